"""Many sites: membership, and their views of each other."""
