"""What is printed or taken along: the sheet of the plan, and exports of the journal."""
