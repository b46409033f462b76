"""Hand one notice to a service by Apprise: a program of its own.

On standard input is JSON: `url`, `title`, `text`, `urgent`. It ends with 0 where the
service took it; what went wrong is on standard output, and may repeat the address.

With `--check` nothing is sent: on standard input is a list of addresses, and on
standard output what Apprise makes of each: `good`, `wrong` or `lacking`.

Source: Apprise, "Development API".
"""

import json
import logging
import sys
from typing import Any


def main() -> int:
    """Send it, or check; return the exit code."""
    given = json.load(sys.stdin.buffer)
    if sys.argv[1:] == ["--check"]:
        json.dump([_reading(address) for address in given], sys.stdout)
        return 0
    return _sent(given)


def _sent(notice: dict[str, Any]) -> int:
    import apprise

    logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.WARNING)
    service = apprise.Apprise()
    if not service.add(notice["url"]):
        return 1
    kind = apprise.NotifyType.WARNING if notice["urgent"] else apprise.NotifyType.INFO
    body, title = notice["text"], notice["title"]
    taken = service.notify(
        body, title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
    )
    return 0 if taken else 1


def _reading(address: str) -> str:
    import apprise
    from apprise.manager_plugins import NotificationManager

    if apprise.Apprise.instantiate(address):
        return "good"
    known: Any = NotificationManager()  # type: ignore[no-untyped-call]
    scheme = address.partition("://")[0].lower()
    return "lacking" if scheme in known and not known[scheme].enabled else "wrong"


if __name__ == "__main__":
    sys.exit(main())
