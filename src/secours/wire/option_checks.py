"""Options of several probe types, checked when probes.yaml is read.

Source: RFC 3986 section 3.2.2 (an IPv6 address before a port stands in brackets).
"""

import re
from ipaddress import ip_address

from secours.message import BadValue
from secours.wire.numbers import EMERGENCY

MODEMMANAGER = "modemmanager:/"  # line of all its modems, as `any` may be each

HIGHEST_PORT = 65535
LONGEST_SHORT = 5  # digits of a number of no person, as 112 and 18000


def check_port(port: int) -> None:
    """Raise BadValue, with what a port is, for an invalid one."""
    if not 1 <= port <= HIGHEST_PORT:
        raise BadValue("plan.option.from-to", option="port", low=1, high=HIGHEST_PORT)


def telephone(to: str, *, international: bool = False, option: str = "to") -> str:
    """Return a telephone number in the networks' form, without separators.

    Raises:
        BadValue: it is none, or not `international` where it has to be, or one of an
            emergency service: it may take text messages too.
    """
    if not to:
        raise BadValue("plan.option.no-own", option=option, other=option)
    number = re.sub(r"[ ./-]", "", to)
    if EMERGENCY.fullmatch(number):
        raise BadValue("plan.option.short-number", option=option)
    wanted = r"\+[1-9][0-9]{6,14}" if international else r"\+?[0-9]{3,15}"
    if not re.fullmatch(wanted, number):
        raise BadValue("plan.option.telephone", option=option)
    return number


def called(to: str) -> str:
    """Return a person's number to call; raise BadValue for a service's, or none."""
    number = telephone(to)
    if len(number.lstrip("+0")) <= LONGEST_SHORT:
        raise BadValue("plan.option.short-number", option="to")
    return number


def status_range(status: int | str) -> range:
    """Read `204`, `"204"` or `"200-299"`; raise ValueError if it is none."""
    found = re.fullmatch(r"([1-9]\d\d)(?:-([1-9]\d\d))?", str(status))
    wanted = range(int(found[1]), int(found[2] or found[1]) + 1) if found else ()
    if not wanted:
        raise BadValue("plan.option.status", option="expect_status", text=repr(status))
    return wanted


def host_port(text: str, port: int | None = None) -> tuple[str, int | None]:
    """Split `host`, `host:port`, `[v6]:port` or a bare address, or raise ValueError."""
    try:
        ip_address(text)
    except ValueError:
        pass
    else:
        return text, port
    match = re.fullmatch(r"(\[[^\]]+\]|[^:\[\]]+)(?::(\d{1,5}))?", text)
    if not match:
        raise BadValue("plan.option.host-port", text=repr(text))
    if match[2] is None:
        return match[1].strip("[]"), port
    check_port(int(match[2]))
    return match[1].strip("[]"), int(match[2])
