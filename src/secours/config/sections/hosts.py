"""Hosts of probes: a bare name or address, without scheme, port or path.

Anything around it would be looked up as part of the name and fail: the channel would
be down, though only its line in the plan is wrong.
Source: RFC 1123 section 2.1, RFC 4291 section 2.2, RFC 3986 section 3.2.
"""

import re
from ipaddress import ip_address

from secours.config.reader.mistakes import shown
from secours.message import Message, message

LONGEST, LONGEST_LABEL = 253, 63
LABEL = r"[^\W]([\w-]*[^\W])?"
AROUND = re.compile(
    r"\s*(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?"
    r"(?P<host>\[[^\]]+\]|[^/:@]+|[^/@]*::[^/@]*)"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)


def refusal(text: str, *, has_port: bool) -> Message | None:
    """Return why a text is no host, and its host part; None if it is one."""
    if is_host(text):
        return None
    facts: dict[str, str] = {}
    if "@" not in text:  # a password may precede it
        facts["found"] = shown(text)
    match = AROUND.fullmatch(text)
    host = match["host"].strip().strip("[]") if match else ""
    if match and is_host(host):
        facts["meant"] = shown(host)
        if has_port and match["port"]:
            facts["port"] = f"port: {match['port']}"
    return message("plan.option.host", **facts)


def is_host(text: str) -> bool:
    """Tell whether a text is a host name or an address."""
    try:
        ip_address(text)
    except ValueError:
        return _is_name(text)
    return True


def _is_name(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    if len(text) > LONGEST or labels[-1].isdecimal():  # a malformed address
        return False
    return all(
        len(label) <= LONGEST_LABEL and re.fullmatch(LABEL, label) for label in labels
    )
