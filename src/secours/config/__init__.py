"""probes.yaml: reads it into a `Config`, or reports every mistake."""

from secours.config.file import language_in, load, read
from secours.config.reader.mistakes import BadConfig
from secours.config.reader.trust import exposed

__all__ = ["BadConfig", "exposed", "language_in", "load", "read"]
