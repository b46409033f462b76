"""Other sites: messages and their weight."""
