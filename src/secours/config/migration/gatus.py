"""Endpoints of Gatus, from its configuration in YAML.

Source: github.com/TwiN/gatus, README.md and config/endpoint/endpoint.go.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from secours.config.migration.drafts import Draft, NotTaken, given, split
from secours.config.reader.document import resolve

LIST, PUSHED, SUITES, NOTICES = "endpoints", "external-endpoints", "suites", "alerting"
UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
LENGTH = re.compile(rf"(\d+(?:\.\d+)?)({'|'.join(UNITS_S)})")
VARIABLE = re.compile(r"\$(?:\$|\{(\w+)\}|([A-Za-z_]\w*))")
CLIENT = {"insecure", "timeout", "ignore-redirect"}  # of its options, those taken
YES = (True, "y", "Y", "yes", "on")  # go-yaml v3, decode.go


class Endpoint(Struct, rename="kebab"):
    """An endpoint, as far as it is taken; the names are Gatus's."""

    name: str = ""
    group: str = ""
    enabled: bool | None = True
    url: str = ""
    method: str | None = None
    body: str | None = None
    graphql: bool = False
    headers: dict[str, str | float | bool | None] = {}
    interval: str | int | None = None
    conditions: list[str] = []
    dns: dict[str, str] = {}
    client: dict[str, Any] = {}
    heartbeat: dict[str, str | int] = {}


def take(written: object, begin: Callable[[str], Draft]) -> Draft:
    """Return what an endpoint becomes, or one that reports in by itself.

    Raises:
        NotTaken: no test of ours stands for it.
        msgspec.ValidationError: a value is none of Gatus's.
    """
    endpoint = msgspec.convert(written, Endpoint, strict=False)
    channel = begin(" ".join(filter(None, (endpoint.group, endpoint.name))))
    if endpoint.enabled is False:
        raise NotTaken("commands.import.paused")
    if endpoint.url:
        channel.probe |= given(_probe(endpoint, channel))
        channel.probe |= given({"interval": _length(endpoint.interval)})
    elif every := _length(endpoint.heartbeat.get("interval")):
        channel.probe |= {"type": "heartbeat", "every": every}
    else:
        raise NotTaken("commands.import.no-interval")
    for condition in map(str.strip, endpoint.conditions):
        _ask_for(condition, channel)
    return channel


def _probe(endpoint: Endpoint, channel: Draft) -> dict[str, Any]:
    client = endpoint.client
    others = ["graphql"] if endpoint.graphql else []
    others += [f"client: {name}" for name in sorted({*client} - CLIENT)]
    if others:
        raise NotTaken("commands.import.option", option=others[0])
    url = _text(endpoint.url)
    timeout = {"timeout": _length(client.get("timeout"))}
    verify = {"verify": False if client.get("insecure") in YES else None}
    if question := endpoint.dns:
        name, record = question.get("query-name"), question.get("query-type")
        server = url.removesuffix(":53")
        lookup = {"type": "dns", "name": name, "server": server, "record": record}
        return {**lookup, **timeout}
    parts = split(url)
    at = {"host": parts.hostname, "port": parts.port}
    if parts.scheme in ("http", "https"):
        return {**_http(endpoint, channel), **timeout, **verify}
    by_scheme: dict[str, dict[str, Any]] = {
        "tcp": {"type": "tcp", **at},
        "tls": {"type": "tls", **at, **verify},
        "starttls": {"type": "smtp", **at, "security": "starttls", **verify},  # of mail
        "icmp": {"type": "icmp", "host": url.removeprefix("icmp://")},
    }
    if parts.scheme not in by_scheme:
        raise NotTaken("commands.import.type", type=parts.scheme or url)
    return {**by_scheme[parts.scheme], **timeout}


def _http(endpoint: Endpoint, channel: Draft) -> dict[str, Any]:
    for name, value in endpoint.headers.items():
        channel.header(name, _text(str(value)))
    body, method = _text(endpoint.body or ""), (endpoint.method or "GET").upper()
    return {
        "type": "http",
        "url": channel.address(_text(endpoint.url)),
        "method": None if method == "GET" else method,
        "body": channel.secret("body", body) if body else None,
        "follow": False if endpoint.client.get("ignore-redirect") in YES else None,
    }


def _ask_for(condition: str, channel: Draft) -> None:
    """Let a test ask for what a condition does, or note that it does not."""
    probe = channel.probe
    for types, pattern, option, value in CONDITIONS:
        match = re.fullmatch(pattern, condition) if probe["type"] in types else None
        if match and option == "expect_json":
            probe.setdefault(option, {})[match[1]] = value(match[2])
            return
        if match and option not in probe:
            probe[option] = value(match[1])
            return
    if condition in IMPLIED:
        return
    if OPPOSITE.match(condition):  # an ok here would be a failure there
        raise NotTaken("commands.import.option", option=condition)
    channel.lost.append(condition)


def _text(text: str) -> str:
    """Return a text with references as ours: `$NAME` there is `${NAME}` here."""

    def written(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return f"${{{name}}}" if name else "$"

    return VARIABLE.sub(written, text)


def _length(written: object) -> str | None:
    """Return a length of time of Go's, as `90s`; None for none, or zero."""
    if isinstance(written, str):
        parts = LENGTH.findall(written)
        if "".join(number + unit for number, unit in parts) != written.strip():
            raise NotTaken("commands.import.option", option=written)
        length_s = sum(float(number) * UNITS_S[unit] for number, unit in parts)
    else:
        length_s = written * UNITS_S["ns"] if isinstance(written, int) else 0.0
    return f"{length_s:g}s" if length_s else None


IMPLIED = {"[CONNECTED] == true", "[DNS_RCODE] == NOERROR", "[STATUS] >= 200"}  # in ok
OPPOSITE = re.compile(r"\[(CONNECTED|DNS_RCODE)\]|\[STATUS\] *(!=|>)")
HTTP, TLS = ("http",), ("http", "tls", "smtp")
ALL = (*TLS, "tcp", "icmp", "dns")
CONDITIONS: tuple[tuple[Iterable[str], str, str, Callable[[str], Any]], ...] = (
    (
        HTTP,
        r"\[STATUS\] == (?:any\()?([\d, ]+)\)?",
        "expect_status",
        lambda codes: [*map(int, re.findall(r"\d+", codes))],
    ),
    (
        HTTP,
        r"\[STATUS\] < ([3-6]00)",
        "expect_status",
        lambda code: [f"200-{int(code) - 1}"],
    ),
    (HTTP, r"\[BODY\] == pat\(\*([^*?\[\]]+)\*\)", "expect_text", str),
    (HTTP, r"\[BODY\]\.([\w.]+) == ([^\s(]+)", "expect_json", resolve),
    (("dns",), r"\[BODY\] == ([^\s(]+)", "expect", str),
    (ALL, r"\[RESPONSE_TIME\] <=? (\d+)", "slow_after", "{}ms".format),
    (TLS, r"\[CERTIFICATE_EXPIRATION\] >=? (\w+)", "expires_within", _length),
)
