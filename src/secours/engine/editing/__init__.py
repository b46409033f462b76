"""Edits of the plan that people make by forms."""
