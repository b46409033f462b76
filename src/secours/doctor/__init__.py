"""What this machine lacks to run Secours, and the command that mends each."""
