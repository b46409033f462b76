"""HTTP over a path, and APIs over it."""
