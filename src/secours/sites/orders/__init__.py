"""The province's orders as they travel: signed, fetched, and read as words."""
