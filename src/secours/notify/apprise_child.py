"""Hand one notice to a service by Apprise: a program of its own.

On standard input is JSON: `url`, `title`, `text`, `urgent`, `within_s`. It ends with 0
where the service took it. Otherwise there is JSON on standard output: `failed`, a word
for what went wrong, and where the service answered `code` and `said`, its own words,
which may repeat the address.

Source: Apprise, "Development API"; Requests, "Errors and Exceptions".
"""

import json
import logging
import sys
from typing import Any

LONGEST = 200  # of what a service says
CONNECT_SHARE = 0.25  # of the time that it has
UNCONNECTED = {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"}
LATE = {"ReadTimeout", "ReadTimeoutError"}

Seen = list[dict[str, Any]]


def main() -> int:
    """Send it; return the exit code."""
    import apprise
    from apprise.plugins import custom_json

    notice = json.load(sys.stdin.buffer)
    logging.disable()
    seen: Seen = []
    _watch(vars(custom_json)["requests"].Session, seen)  # by which Apprise sends
    service = apprise.Apprise()
    if not service.add(notice["url"]):
        return _told({"failed": "bad-address"})
    for each in service:
        each.socket_connect_timeout = notice["within_s"] * CONNECT_SHARE
        each.socket_read_timeout = notice["within_s"]
    kind = apprise.NotifyType.WARNING if notice["urgent"] else apprise.NotifyType.INFO
    body, title = notice["text"], notice["title"]
    taken = service.notify(
        body, title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
    )
    return 0 if taken else _told(seen[-1] if seen else {"failed": "not-taken"})


def _told(problem: dict[str, Any]) -> int:
    print(json.dumps(problem))  # noqa: T201
    return 1


def _watch(sessions: Any, seen: Seen) -> None:
    """Have what comes of each request noted, as Apprise only logs it."""
    send = sessions.send

    def sending(*args: Any, **options: Any) -> Any:
        try:
            answer = send(*args, **options)
        except OSError as error:
            seen.append({"failed": _word(error)})
            raise
        word = "status" if answer.status_code >= 400 else "not-taken"
        said = answer.text[:LONGEST]
        seen.append({"failed": word, "code": answer.status_code, "said": said})
        return answer

    sessions.send = sending


def _word(error: OSError) -> str:
    """Return what went wrong, by what Requests raises and what that was raised for."""
    inner = error.args[0] if error.args else None
    names = {
        type(each).__name__ for each in (error, inner, getattr(inner, "reason", 0))
    }
    if "SSLError" in names:
        return "tls-failed"
    if names & UNCONNECTED:
        return "unreachable"
    return "timeout" if names & LATE else "connection-closed"


if __name__ == "__main__":
    sys.exit(main())
