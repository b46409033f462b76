"""Hand one notice to a service by Apprise: a program of its own.

On standard input is JSON: `url`, `title`, `text`, `urgent`. It ends with 0 where the
service took it; what went wrong is on standard output, and may repeat the address.

Source: Apprise, "Development API".
"""

import json
import logging
import sys


def main() -> int:
    """Send it; return the exit code."""
    import apprise

    notice = json.load(sys.stdin.buffer)
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


if __name__ == "__main__":
    sys.exit(main())
