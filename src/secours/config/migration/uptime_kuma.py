"""Monitors of Uptime Kuma, from the backup that it exports as JSON.

Source: github.com/louislam/uptime-kuma, server/model/monitor.js `toJSON` and
server/monitor-types/smtp.js; the file has `version`, `monitorList` and
`notificationList`.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from secours.config.migration.drafts import Draft, NotTaken, given

LIST, NOTICES = "monitorList", "notificationList"
SECURITY = {"secure": "tls", "starttls": "starttls"}


class Monitor(Struct):
    """A monitor, as far as it is taken; the names are Uptime Kuma's."""

    name: str = ""
    type: str = ""
    active: bool | None = True
    url: str | None = None
    method: str | None = None
    hostname: str | None = None
    port: int | None = None
    interval: float | None = None
    timeout: float | None = None
    maxretries: int | None = None
    keyword: str | None = None
    invertKeyword: bool | None = None
    ignoreTls: bool | None = None
    upsideDown: bool | None = None
    maxredirects: int | None = None
    accepted_statuscodes: list[str] | None = None
    dns_resolve_type: str | None = None
    dns_resolve_server: str | None = None
    proxyId: int | None = None
    headers: str | None = None
    body: str | None = None
    authMethod: str | None = None
    basic_auth_user: str | None = None
    smtpSecurity: str | None = None
    conditions: Any = None


def take(written: object, begin: Callable[[str], Draft]) -> Draft:
    """Return what a monitor becomes; raise NotTaken or msgspec.ValidationError."""
    monitor = msgspec.convert(written, Monitor, strict=False)
    channel = begin(monitor.name)
    if monitor.active is False:
        raise NotTaken("commands.import.paused")
    for option in ("upsideDown", "proxyId", "conditions"):
        if getattr(monitor, option):
            raise NotTaken("commands.import.option", option=option)
    channel.probe |= given(_probe(monitor, channel))
    if monitor.type != "push":
        channel.probe |= given(
            {
                "interval": _seconds(monitor.interval),
                "timeout": _seconds(monitor.timeout),
                "confirm": monitor.maxretries + 1 if monitor.maxretries else None,
            }
        )
    return channel


def _probe(monitor: Monitor, found: Draft) -> dict[str, Any]:
    if monitor.type in ("http", "keyword"):
        return _http(monitor, found)
    server = (monitor.dns_resolve_server or "").partition(",")[0].strip()
    port = f":{monitor.port}" if server and monitor.port not in (None, 53) else ""
    question = {"name": monitor.hostname, "record": monitor.dns_resolve_type}
    host = {"host": monitor.hostname}
    security = SECURITY.get(monitor.smtpSecurity or "")
    by_type: dict[str, dict[str, Any]] = {
        "port": {"type": "tcp", **host, "port": monitor.port},
        "ping": {"type": "icmp", **host},
        "dns": {"type": "dns", **question, "server": server + port},
        "push": {"type": "heartbeat", "every": _seconds(monitor.interval or 60)},
        "smtp": {"type": "smtp", **host, "port": monitor.port, "security": security},
    }
    if monitor.type not in by_type:
        raise NotTaken("commands.import.type", type=monitor.type)
    return by_type[monitor.type]


def _http(monitor: Monitor, channel: Draft) -> dict[str, Any]:
    if monitor.authMethod not in (None, "", "null", "basic"):
        raise NotTaken("commands.import.option", option=monitor.authMethod)
    words = "forbid_text" if monitor.invertKeyword else "expect_text"
    method = (monitor.method or "GET").upper()
    url = channel.address((monitor.url or "").replace("${", "$${"))
    if monitor.basic_auth_user:
        channel.header("Authorization", "")
    for name, value in _headers(monitor.headers).items():
        channel.header(name, str(value).replace("${", "$${"))
    codes = monitor.accepted_statuscodes
    return {
        "type": "http",
        "url": url,
        "method": None if method == "GET" else method,
        "body": channel.secret("body") if monitor.body else None,
        "expect_status": None if codes == ["200-299"] else codes,
        words: monitor.keyword if monitor.type == "keyword" else None,
        "follow": False if monitor.maxredirects == 0 else None,
        "verify": False if monitor.ignoreTls else None,
    }


def _headers(text: str | None) -> dict[str, str | float | bool | None]:
    if not text:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, str | float | bool | None])
    except msgspec.DecodeError:  # a ValidationError is one too
        raise NotTaken("commands.import.option", option="headers") from None


def _seconds(length_s: float | None) -> str | None:
    return f"{length_s:g}s" if length_s else None
