"""`python -m secours.dashboard`: become the dashboard's server."""

import argparse
import os
import sys

from secours.config import written_language
from secours.dashboard.access import policy
from secours.dashboard.engine.source import config_path
from secours.dashboard.launch import command
from secours.languages import of_terminal
from secours.texts import in_words

REFUSED = 3


def main() -> None:
    """Replace this process, so that signals reach the server itself."""
    parser = argparse.ArgumentParser(prog="secours.dashboard")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--base-path", default="")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--known-only", action="store_true")
    parser.add_argument("--trusted-proxy", action="append", metavar="NETWORK")
    parser.add_argument("--user-header", metavar="NAME")
    asked = parser.parse_args()
    _set(asked)
    try:
        policy.check(policy.settings(os.environ), asked.address)
    except policy.AccessRefused as refused:
        words = in_words(_language(), refused.message)
        print(words, file=sys.stderr)  # noqa: T201 -- for the person who starts it
        sys.exit(REFUSED)
    argv = command(asked.port, asked.address, asked.base_path)
    os.execv(argv[0], argv)


def _language() -> str:
    """Return the language of the site, else of the terminal."""
    try:
        written = written_language(config_path().read_bytes())
    except OSError:
        written = None
    return written or of_terminal(os.environ)


def _set(asked: argparse.Namespace) -> None:
    """Hand the settings on to the server; what is asked goes before what was set."""
    if asked.read_only:
        os.environ[policy.READ_ONLY] = "1"
    if asked.known_only:
        os.environ[policy.KNOWN_ONLY] = "1"
    if asked.trusted_proxy:
        os.environ[policy.TRUSTED_PROXY] = ",".join(asked.trusted_proxy)
    if asked.user_header:
        os.environ[policy.USER_HEADER] = asked.user_header


if __name__ == "__main__":
    main()
