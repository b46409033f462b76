"""The history in SQLite: its tables, what goes in, and what goes out again."""
