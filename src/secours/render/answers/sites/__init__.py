"""JSON answers about other sites."""
