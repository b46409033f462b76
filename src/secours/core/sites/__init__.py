"""What other sites say, and what that is worth."""
