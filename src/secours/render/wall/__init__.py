"""The wall: layout, words, and drawing."""
