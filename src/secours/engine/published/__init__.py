"""The one snapshot that every screen and command shows, and who watches its stamp."""
