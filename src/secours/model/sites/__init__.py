"""Many sites: how one takes part among others, and what they know of each other."""
