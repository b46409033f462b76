"""All that an engine would go on from, in one file, and put in its place again."""
