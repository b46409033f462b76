"""Other sites: their messages, and the picture of each."""
