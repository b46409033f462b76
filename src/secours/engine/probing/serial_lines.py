"""Which serial lines does a probe speak over? Those who share one take turns."""

import os
from typing import Any

PORT_OPTIONS = ("port", "read_port")  # of Settings; a number is no serial line


def serial_lines(settings: Any) -> list[str]:
    """Return the serial lines that a probe speaks over, in an order for locking."""
    ports = {getattr(settings, option, None) for option in PORT_OPTIONS}
    return sorted(
        {os.path.realpath(p) for p in ports if isinstance(p, str) and "/" in p}
    )
