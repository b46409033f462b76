"""The snapshot that every screen and command shows, and the watch over its stamp."""
