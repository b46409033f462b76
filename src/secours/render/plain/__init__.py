"""The wall as one plain page without scripts."""
