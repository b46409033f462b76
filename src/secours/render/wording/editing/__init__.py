"""Words on edits of the plan."""
