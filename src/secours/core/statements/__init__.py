"""Words of people, and the end of each."""
