"""Examination of this machine, with the command that mends each finding."""
