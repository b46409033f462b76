"""The history in SQLite: tables, writer and readers' rows."""
