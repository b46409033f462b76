"""What other sites say, and what is known of each by that."""
