"""What is now, and why: the answers, the channels, and what probably failed."""
