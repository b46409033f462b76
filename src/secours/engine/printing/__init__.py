"""Paper that prints itself, and the sheet kept in a folder."""
