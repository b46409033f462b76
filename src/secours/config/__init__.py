"""probes.yaml: read into a `Config`, or every mistake in it at once."""

from secours.config.reader.file import load, read, written_language
from secours.config.reader.mistakes import BadConfig

__all__ = ["BadConfig", "load", "read", "written_language"]
