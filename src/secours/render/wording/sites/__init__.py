"""What is said of many sites together."""
