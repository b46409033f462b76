"""Text messages that people write back."""
