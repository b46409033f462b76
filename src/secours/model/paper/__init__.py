"""Printing that prints itself."""
