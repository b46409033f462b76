"""Options that several probe types take, checked when probes.yaml is read.

Source: RFC 3986 section 3.2.2 (an IPv6 address before a port stands in brackets).
"""

import re
from ipaddress import ip_address

HIGHEST_PORT = 65535


def check_port(port: int) -> None:
    """Refuse what is no port.

    Raises:
        ValueError: the text says what a port is.

    """
    if not 1 <= port <= HIGHEST_PORT:
        raise ValueError(f"port must be 1 to {HIGHEST_PORT}")


def check_modem(port: str | None, modemmanager: int | str | None) -> None:
    """Refuse a modem that is named in two ways, or in none.

    Raises:
        ValueError: the text says what is wanted.

    """
    if (port is None) == (modemmanager is None):
        raise ValueError("must have one of port and modemmanager")
    if port is not None and not port.strip():
        raise ValueError("port must name a device, such as /dev/ttyUSB2")
    if isinstance(modemmanager, int) and modemmanager < 0:
        raise ValueError("modemmanager must be a number from 0, or any")


def status_range(status: int | str) -> range:
    """Read `204`, `"204"` or `"200-299"`.

    Raises:
        ValueError: it is none of them.

    """
    found = re.fullmatch(r"([1-9]\d\d)(?:-([1-9]\d\d))?", str(status))
    wanted = range(int(found[1]), int(found[2] or found[1]) + 1) if found else ()
    if not wanted:
        raise ValueError(f"expect_status is 200 or 200-299, not {status!r}")
    return wanted


def host_port(text: str, port: int | None = None) -> tuple[str, int | None]:
    """Take `host`, `host:port`, `[v6]:port` or a bare address apart.

    Raises:
        ValueError: there is no host, or what follows it is no port.

    """
    try:
        ip_address(text)
    except ValueError:
        pass
    else:
        return text, port
    found = re.fullmatch(r"(\[[^\]]+\]|[^:\[\]]+)(?::(\d{1,5}))?", text)
    if not found:
        raise ValueError(f"must be host or host:port, not {text!r}")
    if found[2] is None:
        return found[1].strip("[]"), port
    check_port(int(found[2]))
    return found[1].strip("[]"), int(found[2])
