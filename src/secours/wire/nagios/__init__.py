"""What a monitoring plugin prints: performance data, and the ranges it is held to."""
