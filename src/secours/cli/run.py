"""Run the engine in the foreground, until SIGTERM or Ctrl-C.

With --http it serves the wall as one plain page at /lite, the snapshot as JSON at
/api/v1/snapshot, and takes heartbeats at /api/v1/beat/NAME, without the dashboard.
Beyond this machine the page leaves out how channels are used, and all details.
"""

import argparse
import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from secours import logs, places, texts
from secours.cli import (
    arguments,
    listening,
    plan_file,
    printing,
    province,
    standby_options,
    up,
    usage,
)
from secours.cli.refusal import Refused, cannot_listen, language_of_site, refuse_without
from secours.config import BadConfig
from secours.engine import lock, process
from secours.engine.following.first import NoFirst
from secours.engine.published import screens_file
from secours.engine.published.current import plan_at
from secours.engine.published.screens_file import ScreensAddress
from secours.message import message, why_and_where
from secours.wire.net.server_socket import listen, numeric

ADDRESS = "127.0.0.1"
SERVERS = ("starlette", "uvicorn")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    plan_file.add_config(parser)
    parser.add_argument(
        "--http",
        metavar="[ADDRESS:]PORT",
        type=_address,
        help=f"serve the plain page there (address: {ADDRESS}, this machine only)",
    )
    arguments.add_log_format(parser)
    arguments.add_base_path(parser)
    parser.add_argument(
        "--verbose", action="store_true", help="log more than what went wrong"
    )
    standby_options.add_follow(parser)
    province.add_province(parser)


def run(args: argparse.Namespace) -> int:
    """Run until stopped."""
    logs.choose(args.log_format)
    logs.begin(logging.INFO if args.verbose else logging.WARNING)
    file = Path(os.path.abspath(args.config))
    language = language_of_site(args)
    province.refuse_without_sites(args, plan_at(file))
    first = standby_options.first_of(args)
    up.refuse_itself(first, *(args.http or ("", 0)))
    serving = _listening(language, file, args) if args.http else nullcontext(())
    try:
        with serving as held, _plain_page(args):
            process.run_until_told(
                file,
                listening=held,
                base_path=args.base_path,
                first=first,
                province=args.province,
            )
    except BadConfig as bad:
        raise Refused(*bad.mistakes, language=bad.language) from None
    except (lock.LockHeld, NoFirst) as refused:
        raise Refused(refused.message) from None
    except OSError as error:
        why = why_and_where(error)
        raise Refused(message("commands.engine.cannot-run", why=why)) from None
    return 0


def _plain_page(args: argparse.Namespace) -> AbstractContextManager[None]:
    """Point `secours link` to the plain page, unless the dashboard runs here."""
    folder = places.found_runtime_dir()
    if not args.http or (folder and screens_file.read(folder)):
        return nullcontext()
    address, port = args.http
    where = ScreensAddress(address=address, port=port, base_path=args.base_path)
    return screens_file.announced(where)


def _address(text: str) -> tuple[str, int]:
    """Read where to listen: `8502`, `192.0.2.1:8502`, `[::]:8502`."""
    address, colon, port = text.rpartition(":")
    bare = address.removeprefix("[").removesuffix("]")
    unclear = (bool(colon) and not bare) or (":" in bare and bare == address)
    if unclear or not (port.isascii() and port.isdigit()):
        raise usage.wrong(
            "commands.usage.address", forms="ADDRESS:PORT, [ADDRESS]:PORT"
        )
    return bare or ADDRESS, arguments.port(port)


@contextmanager
def _listening(
    language: str, config: Path, args: argparse.Namespace
) -> Iterator[Sequence[socket.socket]]:
    """Hold the sockets of the plain page, and print where it is."""
    address, port = args.http
    refuse_without(SERVERS, "commands.http-extra", "http")
    try:
        opened = listen(address, port)
    except OSError as error:
        raise Refused(cannot_listen(address, port, error)) from None
    host = f"[{address}]" if ":" in address else numeric(address)
    url = f"http://{host}:{port}{args.base_path}/lite"
    with listening.with_localhost([opened], language) as listeners:
        sentence = message("commands.plain-page", url=url)
        printing.announce(texts.in_words(language, sentence))
        token = up.token_asked(places.data_dir(), plan_at(config), language)
        up.show_link(url, token, language)
        yield listeners
