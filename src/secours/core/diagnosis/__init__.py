"""Which failures explain what is seen."""
