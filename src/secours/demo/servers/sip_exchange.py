"""A telephone exchange that answers SIP OPTIONS over UDP and takes no calls.

Source: RFC 3261 sections 8.2 (what a server does), 8.2.6 (headers of an answer), 11.2
(OPTIONS), 7.3.3 (short names of headers), 21.5.4 (503); RFC 3581 section 4 (rport).
"""

import re
import secrets

from secours.demo.servers.faults import Fault
from secours.demo.servers.loopback import UdpServer

REQUEST = re.compile(r"([A-Z]+) +(sips?:\S+) +SIP/2\.0")
LONG = {"v": "via", "f": "from", "t": "to", "i": "call-id"}
COPIED = ("via", "from", "to", "call-id", "cseq")  # RFC 3261 section 8.2.6.2
Headers = list[tuple[str, str]]


class Exchange(UdpServer):
    """Answers OPTIONS with 200; when unavailable everything gets 503."""

    def reply(self, datagram: bytes, sender: tuple[str, int]) -> bytes | None:
        """Answer a request."""
        first, headers = _read(datagram)
        request = REQUEST.fullmatch(first)
        there = {name for name, _ in headers}
        if not request or request[1] == "ACK" or not there.issuperset(COPIED):
            return None  # keep-alives, noise, and ACK
        return _answer(self._status(request[1]), headers, sender)

    def _status(self, method: str) -> str:
        if Fault.UNAVAILABLE in self.faults:
            return "503 Service Unavailable"
        return "200 OK" if method == "OPTIONS" else "405 Method Not Allowed"


def _read(datagram: bytes) -> tuple[str, Headers]:
    """Return the first line and the headers, names long and in lower case."""
    head = datagram.decode("utf-8", "replace").partition("\r\n\r\n")[0]
    first, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon:
            headers.append((LONG.get(name, name), value.strip()))
    return first, headers


def _answer(status: str, headers: Headers, sender: tuple[str, int]) -> bytes:
    lines = [f"SIP/2.0 {status}"]
    latest_hop = True
    for name, value in headers:
        if name == "via" and latest_hop:
            value, latest_hop = _stamped(value, sender), False
        if name == "to" and ";tag=" not in value:
            value += f";tag={secrets.token_hex(4)}"
        if name in COPIED:
            lines.append(f"{name.title()}: {value}")
    lines += ["Allow: OPTIONS", "Accept: application/sdp", "Content-Length: 0"]
    return "\r\n".join((*lines, "", "")).encode()


def _stamped(via: str, sender: tuple[str, int]) -> str:
    """Write the source of a request into its Via, RFC 3581 section 4."""
    host, port = sender
    if not re.search(r";rport(?=[;,]|$)", via):
        return via
    filled = f";received={host};rport={port}"
    return re.sub(r";rport(?=[;,]|$)", filled, via, count=1)
