"""Names of the serial ports that a modem may be at, in /dev.

Source: udev's persistent names (/dev/serial/by-id).
"""

import os
from pathlib import Path

DEV = Path("/dev")
BY_ID = "serial/by-id"
PATTERNS = ("ttyUSB*", "ttyACM*")


def found() -> dict[str, str]:
    """Return each serial port by its plain name, with its persistent name."""
    plain_names = [port for each in PATTERNS for port in sorted(DEV.glob(each))]
    links = sorted((DEV / BY_ID).glob("*"))
    lasting = {os.path.realpath(link): str(link) for link in links}
    names = dict.fromkeys([*map(str, plain_names), *lasting])
    return {name: lasting.get(name, "") for name in names}
