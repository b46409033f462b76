"""JSON answers of the commands."""
