"""Run the engine and the wall screen; each is started again if it dies.

Ends both on SIGTERM or Ctrl-C. With --no-engine it runs the screens alone, beside an
engine of the same user that `secours run` or a service keeps.
"""

import argparse
import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit

from secours import logs, places, texts
from secours.cli import (
    arguments,
    listening,
    plan_file,
    printing,
    prose,
    province,
    standby_options,
)
from secours.cli.refusal import Refused, language_of_site, refuse_without
from secours.engine import access_token, last_good_plan, lock, supervise
from secours.engine.following.first import First
from secours.engine.published import screens_file
from secours.engine.published.screens_file import ADDRESS, PORT, ScreensAddress
from secours.message import message, why_and_where
from secours.model.plan import Config
from secours.wire.net.addresses import is_loopback
from secours.wire.net.server_socket import numeric

STDOUT = 1
SCREENS = ("streamlit", "plotly", "starlette", "uvicorn")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `up`."""
    plan_file.add_config(parser)
    parser.add_argument(
        "--address",
        default=ADDRESS,
        help=f"where the screens listen (default: {ADDRESS}, this machine only)",
    )
    parser.add_argument(
        "--port",
        type=arguments.port,
        default=PORT,
        help=f"the port of the screens (default: {PORT})",
    )
    arguments.add_base_path(parser)
    parser.add_argument(
        "--no-engine",
        action="store_true",
        help="start no engine: show what another process of this user measures",
    )
    parser.add_argument(
        "--read-only", action="store_true", help="show no page with an action"
    )
    parser.add_argument(
        "--known-only",
        action="store_true",
        help="show nothing, not even the wall, to somebody who is not known",
    )
    arguments.add_log_format(parser)
    parser.add_argument(
        "--trusted-proxy",
        metavar="NETWORK",
        action="append",
        help="a reverse proxy that says who looks, such as 192.0.2.10/32 (repeatable)",
    )
    parser.add_argument(
        "--user-header",
        metavar="NAME",
        help="the header in which that proxy names the user",
    )
    standby_options.add_follow(parser)
    province.add_province(parser)


def run(args: argparse.Namespace) -> int:
    """Keep both running until stopped."""
    logs.choose(args.log_format)
    logs.begin()
    refuse_without_screens()
    folder, file = places.data_dir(), os.path.abspath(args.config)
    places.keep_private(folder)
    config = _plan(args, folder, file)
    province.refuse_without_sites(args, config)
    if not args.no_engine and (pid := lock.holder(folder)) is not None:
        raise Refused(message("commands.engine.held", folder=str(folder), pid=str(pid)))
    sockets = listening.of_systemd(args)
    sockets = sockets or [listening.opened(args.address, args.port)]
    with listening.with_localhost(sockets, language_of_site(args)) as listeners:
        warn_of_other_path(config, args.base_path, language_of_site(args))
        token = token_asked(folder, config, language_of_site(args))
        screens = supervise.dashboard(
            listeners, args.address, args.port, *_access(args), SECOURS_CONFIG=file
        )
        engines = () if args.no_engine else (_engine(args, file),)
        site = site_address(args.address, args.port, args.base_path)
        wall = message("commands.wall-screen", url=f"{site}/wall")
        printing.announce(texts.in_words(language_of_site(args), wall))
        show_link(f"{site}/", token, language_of_site(args))
        where = ScreensAddress(
            address=args.address, port=args.port, base_path=args.base_path
        )
        with screens_file.announced(where):
            return asyncio.run(_until_told((*engines, screens)))


def _plan(args: argparse.Namespace, folder: Path, file: str) -> Config | None:
    """Return the plan, else the last good one, and print its warnings.

    Beside another engine its starter prints them, who has the secrets too.
    """
    try:
        config = plan_file.config_in(args.config)
    except Refused:
        last_good = last_good_plan.load(folder, Path(file))
        if last_good is None and not args.no_engine:
            raise  # else the engine reports it
        return last_good
    if not args.no_engine:
        plan_file.warn(args.config, config)
    return config


def _engine(args: argparse.Namespace, file: str) -> supervise.Child:
    """Return the engine as a child, a standby if options say so, or raise Refused."""
    refuse_itself(standby_options.first_of(args), args.address, args.port)
    flags = [*standby_options.flags_of(args), *province.flags_of(args)]
    return supervise.engine(file, *flags)


def _access(args: argparse.Namespace) -> list[str]:
    """Return the options of address and access."""
    flags = ["--base-path", args.base_path] if args.base_path else []
    flags += ["--read-only"] if args.read_only else []
    flags += ["--known-only"] if args.known_only else []
    for network in args.trusted_proxy or ():
        flags += ["--trusted-proxy", network]
    if args.user_header:
        flags += ["--user-header", args.user_header]
    return flags


def token_asked(folder: Path, config: Config | None, language: str) -> str | None:
    """Return the token asked of local viewers, and warn of none, or raise Refused."""
    if config is not None and config.access.loopback_open:
        return None
    try:
        token = access_token.obtain(folder)
    except OSError as error:
        why = why_and_where(error)
        raise Refused(message("commands.link.failed", why=why)) from None
    if token is None:
        words = texts.in_words(language, message("commands.access.open"))
        prose.warn(words)
    return token


def show_link(url: str, token: str | None, language: str) -> None:
    """Tell a person at the terminal the link; it goes into no log."""
    if token is not None and os.isatty(STDOUT):
        said = message("commands.link.person", url=f"{url}?token={token}")
        printing.announce(texts.in_words(language, said))


def site_address(address: str, port: int, base_path: str = "") -> str:
    """Return where a browser on this machine finds the screens."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    address = numeric(address)
    host = anywhere.get(address, f"[{address}]" if ":" in address else address)
    return f"http://{host}:{port}{base_path}"


def warn_of_other_path(config: Config | None, base_path: str, language: str) -> None:
    """Warn that the links in notices do not lead to the screens."""
    url = config.site.public_url if config else None
    path = urlsplit(url).path if url else base_path
    if path != base_path:
        facts = {"url": str(url), "path": path or "/", "served": base_path or "/"}
        words = texts.in_words(language, message("commands.other-path", **facts))
        prose.warn(words)


def refuse_without_screens() -> None:
    """Raise Refused at once if the dashboard cannot start."""
    refuse_without(SCREENS, "commands.dashboard-extra", "dashboard")


def refuse_itself(first: First | None, address: str, port: int) -> None:
    """Raise Refused at once if it would follow itself."""
    if first is None:
        return
    parts = urlsplit(first.url)
    host, usual = parts.hostname or "", 443 if parts.scheme == "https" else 80
    if (parts.port or usual) == port and (is_loopback(host) or host == address):
        raise Refused(message("commands.follow.itself", url=first.url))


async def _until_told(children: tuple[supervise.Child, ...]) -> int:
    with supervise.stop_on_signals() as stop:
        return await supervise.keep_alive(children, stop)
