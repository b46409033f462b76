"""`python -m secours.dashboard`: become the dashboard's server."""

import argparse
import os
import sys

from secours.dashboard.access import policy
from secours.dashboard.launch import command
from secours.engine.published.screens_file import ADDRESS, PORT

REFUSED = 3


def main() -> None:
    """Replace this process, so that signals reach the server itself."""
    parser = argparse.ArgumentParser(prog="secours.dashboard")
    parser.add_argument("--address", default=ADDRESS)
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--base-path", default="")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--known-only", action="store_true")
    parser.add_argument("--trusted-proxy", action="append", metavar="NETWORK")
    parser.add_argument("--user-header", metavar="NAME")
    args = parser.parse_args()
    _set(args)
    try:
        policy.check_in_words(args.address)
    except RuntimeError as refused:
        print(refused, file=sys.stderr)  # noqa: T201 -- for the person who starts it
        sys.exit(REFUSED)
    argv = command(args.port, args.address, args.base_path)
    os.execv(argv[0], argv)


def _set(args: argparse.Namespace) -> None:
    """Pass the settings to the server; arguments override the environment."""
    if args.read_only:
        os.environ[policy.READ_ONLY] = "1"
    if args.known_only:
        os.environ[policy.KNOWN_ONLY] = "1"
    if args.trusted_proxy:
        os.environ[policy.TRUSTED_PROXY] = ",".join(args.trusted_proxy)
    if args.user_header:
        os.environ[policy.USER_HEADER] = args.user_header


if __name__ == "__main__":
    main()
