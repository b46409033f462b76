"""probes.yaml: read into a `Config`, or every mistake in it at once."""

from secours.config.advice import warnings
from secours.config.probe_reference import ProbeDescription, describe
from secours.config.reader.file import load, read, written_language
from secours.config.reader.mistakes import BadConfig
from secours.config.schema import schema
from secours.config.starter import starter

__all__ = [
    "BadConfig",
    "ProbeDescription",
    "describe",
    "load",
    "read",
    "schema",
    "starter",
    "warnings",
    "written_language",
]
