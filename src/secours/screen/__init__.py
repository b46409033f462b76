"""What a Snapshot looks like: HTML of the wall, JSON of the commands. Pure."""
