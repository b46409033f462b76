"""What people ask of the engine over its socket, and what it answers."""
