"""Printed pages and files: the sheet of the plan, and exports of the journal."""
