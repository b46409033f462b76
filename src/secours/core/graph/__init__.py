"""What hangs on what: falls, cut sets, independence, and what is set aside."""
