"""Sentences on many sites."""
