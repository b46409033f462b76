"""Dependency graph: falls, cut sets, independence, channels set aside."""
