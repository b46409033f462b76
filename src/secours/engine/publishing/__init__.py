"""What the engine publishes beside its snapshot: the same state, for other programs."""
