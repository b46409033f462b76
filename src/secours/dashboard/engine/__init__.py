"""What the dashboard has of the engine: its snapshot, its history, and the process."""
