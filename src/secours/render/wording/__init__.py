"""Sentences shared by all screens, the terminal and paper."""
