"""What is printed as JSON of many sites."""
