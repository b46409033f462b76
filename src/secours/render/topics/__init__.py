"""Retained topics of a broker: the state of everything."""
