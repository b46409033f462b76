"""The present situation and its causes."""
