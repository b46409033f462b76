"""probes.yaml: read into a `Config`, or every mistake in it at once."""

from secours.config.reader.file import load, read
from secours.config.reader.mistakes import BadConfig, Mistake

__all__ = ["BadConfig", "Mistake", "load", "read"]
