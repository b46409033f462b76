"""Requests of people to the engine over its socket, and the answers."""
