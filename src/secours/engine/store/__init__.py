"""What is kept on disk: the history in SQLite, and small files beside it."""
