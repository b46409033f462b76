"""Publication of the engine's state for other programs, beside its snapshot."""
