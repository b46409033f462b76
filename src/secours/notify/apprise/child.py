"""Send one notice to a service by Apprise: a program of its own.

Standard input is JSON: `url`, `title`, `text`, `urgent`, `within_s`. It exits with 0
where the service took it. Else standard output is JSON: `failed`, a word for the error,
and where the service answered `code` and `said`, its own words, which may repeat the
address.

It connects to the address of the plan and no other: a redirect is a refusal, and
neither a proxy nor a login comes from the environment, as in all our requests.

With `--check` nothing is sent: standard input is a list of addresses, and standard
output Apprise's judgement of each: `good`, `wrong` or `lacking`.

Source: Apprise, "Development API"; Requests, "Developer Interface", "Errors and
Exceptions".
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
    """Send it, or check; return the exit code."""
    request = json.load(sys.stdin.buffer)
    if sys.argv[1:] == ["--check"]:
        json.dump([_reading(address) for address in request], sys.stdout)
        return 0
    return _sent(request)


def _sent(notice: dict[str, Any]) -> int:
    import apprise

    logging.disable()
    results: Seen = []
    _go_nowhere_else()
    _watch(results)
    service = apprise.Apprise()
    if not service.add(notice["url"]):
        return _told({"failed": "bad-address"})
    for each in service:
        each.socket_connect_timeout = notice["within_s"] * CONNECT_SHARE
        each.socket_read_timeout = notice["within_s"]
    kind = apprise.NotifyType.WARNING if notice["urgent"] else apprise.NotifyType.INFO
    body, title = notice["text"], notice["title"]
    accepted = service.notify(
        body, title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
    )
    return 0 if accepted else _told(results[-1] if results else {"failed": "not-taken"})


def _told(problem: dict[str, Any]) -> int:
    print(json.dumps(problem))  # noqa: T201
    return 1


def _go_nowhere_else() -> None:
    """Restrict every session of the library to the given host."""
    from requests import Session, TooManyRedirects

    def refuse_redirect(_: Any, answer: Any) -> str | None:
        if answer.is_redirect:
            raise TooManyRedirects(response=answer)
        return None

    nothing = property(lambda _: False, lambda _, __: None)
    every: Any = Session
    every.get_redirect_target = refuse_redirect
    every.trust_env = nothing


def _watch(results: Seen) -> None:
    """Record the result of each request, as Apprise only logs it."""
    from requests import Session

    every: Any = Session
    send = every.send

    def sending(*args: Any, **options: Any) -> Any:
        try:
            answer = send(*args, **options)
        except OSError as error:
            refused = getattr(error, "response", None)
            results.append(
                {"failed": _word(error)}
                if refused is None
                else {"failed": "status", "code": refused.status_code}
            )
            raise
        word = "status" if answer.status_code >= 400 else "not-taken"
        said = answer.text[:LONGEST]
        results.append({"failed": word, "code": answer.status_code, "said": said})
        return answer

    every.send = sending


def _word(error: OSError) -> str:
    """Return a word for an error, by the exception of Requests and its cause."""
    inner = error.args[0] if error.args else None
    names = {
        type(each).__name__ for each in (error, inner, getattr(inner, "reason", 0))
    }
    if "SSLError" in names:
        return "tls-failed"
    if names & UNCONNECTED:
        return "unreachable"
    return "timeout" if names & LATE else "connection-closed"


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
