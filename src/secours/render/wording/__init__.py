"""What is said the same way on every screen, in the terminal and on paper."""
