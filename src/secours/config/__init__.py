"""probes.yaml: read into a `Config`, or every mistake in it at once."""

from secours.config.reader.file import language_in, load, read
from secours.config.reader.mistakes import BadConfig

__all__ = ["BadConfig", "language_in", "load", "read"]
