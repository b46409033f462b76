"""Notices out: recipients, targets, their order, and the outcome."""
