"""HTTP over a path, and the APIs that are spoken over it."""
