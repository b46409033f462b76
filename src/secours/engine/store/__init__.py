"""Storage on disk: the history in SQLite, and small files beside it."""
