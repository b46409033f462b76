"""A second reading of the rules of the core, to hold the first one against."""
