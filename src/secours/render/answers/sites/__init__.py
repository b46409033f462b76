"""What the commands print as JSON of other sites."""
