"""What a Snapshot looks like: the wall, the pages, paper, and JSON. Pure."""
