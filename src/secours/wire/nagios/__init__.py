"""Output of a monitoring plugin: performance data, and their ranges."""
