"""Orders of the province: signed, fetched, and read as words."""
