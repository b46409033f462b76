"""What to use for each line of the plan, what if it fails, and why nothing else."""
