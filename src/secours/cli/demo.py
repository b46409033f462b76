"""Show a town on this machine whose channels break and heal, with its wall screen.

Real protocols on real sockets, all on loopback; no account, device or network needed.
Things break by a timetable, or from a second terminal with --break and --heal. All of
it is gone at the end: SIGTERM or Ctrl-C.
"""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from secours import places, texts
from secours.cli import arguments, browser, printing, prose, published, recommend, up
from secours.cli.refusal import Refused
from secours.demo import control
from secours.demo.labels import Words
from secours.demo.timetable import TIMETABLE, follow
from secours.demo.town import LANGUAGE, Town
from secours.engine import supervise
from secours.message import Message, message, why_and_where
from secours.model.snapshot import ChannelView, ComponentView, PathView, Snapshot
from secours.outside_text import plain

View = ChannelView | ComponentView | PathView

LOOK_EVERY_S = 0.2
PATIENCE_S = 60.0  # for the first results of the whole town, on a slow machine


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `demo`."""
    parser.add_argument(
        "--break", dest="broken", metavar="NAME", help="break something in the demo"
    )
    parser.add_argument("--heal", metavar="NAME", help="heal it again, or 'all'")
    parser.add_argument(
        "--once",
        action="store_true",
        help="measure the town once, print what `recommend` prints, and end",
    )
    arguments.add_format(parser, "text", "json")
    arguments.add_language(parser)
    parser.add_argument("--address", default=up.ADDRESS, help=argparse.SUPPRESS)
    parser.add_argument(
        "--port",
        type=arguments.port,
        help=f"the port of the wall screen (default: {up.PORT}, or a free one)",
    )
    parser.add_argument(
        "--still", action="store_true", help="nothing breaks unless you break it"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="only print the wall's address"
    )


def run(args: argparse.Namespace) -> int:
    """Show the town, or break and heal in the one that is shown."""
    args.lang = texts.language_of(args.lang or os.environ.get("LANG"), LANGUAGE)
    if not args.once and (args.broken or args.heal):
        return _tell(args)
    socket = _socket()
    with TemporaryDirectory(prefix="secours-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # The children inherit this, and what is published is read from there.
        os.environ["SECOURS_DATA"] = str(folder / "state")
        os.environ["XDG_RUNTIME_DIR"] = str(places.ours_alone(folder / "run"))
        if args.once:
            return asyncio.run(_once(folder, args.lang, args))
        return asyncio.run(_show(folder, args.lang, args, socket))


def _socket() -> Path:
    """Return where a demo listens: in this user's own folder, not in the demo's."""
    return places.runtime_root() / "demo.sock"


# ------------------------------------------------------------------ by hand


def _tell(args: argparse.Namespace) -> int:
    """Break and heal in the demo that runs in another terminal."""
    broken: list[str] = []
    for action, name in (("break", args.broken), ("heal", args.heal)):
        if name is None:
            continue
        try:
            answer = control.ask(_socket(), {"do": action, "name": name})
        except control.NoDemo as nobody:
            raise Refused(nobody.message) from None
        if not answer.get("ok"):
            raise Refused(_no_such(name, answer))
        broken = list(answer["broken"])
    said = message("commands.demo.broken", names=", ".join(broken))
    prose.say(texts.in_words(args.lang, said))
    return 0


def _no_such(name: str, answer: Mapping[str, Any]) -> Message:
    """Say that nothing in the demo has this name, and what there is."""
    nearest = answer.get("nearest") or ""
    facts = {"name": plain(name, 40), "nearest": nearest}
    names = ", ".join(answer.get("names", ()))
    return message("commands.demo.no-such-there", **facts, names=names)


# ------------------------------------------------------------------ once


async def _once(folder: Path, language: str, args: argparse.Namespace) -> int:
    """Measure the whole town, print what to use, and leave nothing running."""
    with supervise.stop_on_signals() as stop:
        async with _town(folder, language) as town:
            if args.broken:
                await _break(town, args.broken)
            child = supervise.engine(str(town.config_path), **town.environment)
            alive = asyncio.create_task(supervise.keep_alive([child], stop))
            try:
                found = await _measured(stop)
            finally:
                stop.set()
                refused = await alive
    if found is None:
        # A refusal had its own words; a signal needs none.
        return refused or 130
    shot, age_s = found
    return recommend.show(shot, age_s, args.format, language)


async def _break(town: Town, name: str) -> None:
    if name not in town.names:
        names = ", ".join(town.names)
        raise Refused(message("commands.demo.no-such", name=name, names=names))
    await town.break_(name)


async def _measured(stop: asyncio.Event) -> tuple[Snapshot, float] | None:
    """Wait until every probe has a result; None where it was told to stop."""
    ends_s = asyncio.get_running_loop().time() + PATIENCE_S
    while not stop.is_set():
        try:
            shot, age_s = published.snapshot()
        except Refused:
            shot = None  # none yet
        if shot is not None and _is_complete(shot):
            return shot, age_s
        if asyncio.get_running_loop().time() > ends_s:
            limit = f"{PATIENCE_S:.0f}"
            raise Refused(message("commands.demo.not-measured", limit=limit))
        await asyncio.sleep(LOOK_EVERY_S)
    return None


def _is_complete(shot: Snapshot) -> bool:
    views: list[View] = [*shot.channels, *shot.components, *shot.paths]
    return bool(views) and all(p.at for view in views for p in view.probes)


# ------------------------------------------------------------------ the show


async def _show(
    folder: Path, language: str, args: argparse.Namespace, socket: Path
) -> int:
    """Run the town, the engine and the wall until told to stop."""
    up.refuse_without_screens()
    port = args.port or up.free_port(args.address)
    up.refuse_taken(args.address, port)
    wall = up.wall_address(args.address, port)
    with supervise.stop_on_signals() as stop:
        async with _town(folder, language) as town, _control(town, socket) as by_hand:
            _explain(wall, town, language)
            env = {**town.environment, "SECOURS_CONFIG": str(town.config_path)}
            children = (
                supervise.engine(str(town.config_path), **env),
                supervise.dashboard(args.address, port, **env),
            )
            beside = [asyncio.create_task(_follow(town, language, by_hand, args.still))]
            if not args.no_browser:
                opening = browser.show(wall, args.address, port)
                beside.append(asyncio.create_task(opening))
            try:
                return await supervise.keep_alive(children, stop)
            finally:
                for task in beside:
                    task.cancel()
                await asyncio.gather(*beside, return_exceptions=True)


@asynccontextmanager
async def _town(folder: Path, language: str) -> AsyncIterator[Town]:
    try:
        async with Town.open(folder, language=language) as town:
            yield town
    except OSError as error:
        why = why_and_where(error)
        raise Refused(message("commands.demo.cannot-open", why=why)) from None


@asynccontextmanager
async def _control(town: Town, socket: Path) -> AsyncIterator[asyncio.Event]:
    """Listen to a second terminal; the event says that somebody broke or healed."""
    by_hand = asyncio.Event()
    try:
        async with control.serve(town, socket, by_hand.set):
            yield by_hand
    except control.DemoRuns as another:
        raise Refused(another.message) from None


async def _follow(
    town: Town, language: str, by_hand: asyncio.Event, still: bool
) -> None:
    """Follow the timetable until somebody takes over."""

    def announce(words: Words) -> None:
        printing.announce(words[language])

    if still:
        return
    following = asyncio.create_task(follow(town, TIMETABLE, announce))
    try:
        await by_hand.wait()
        printing.announce(texts.in_words(language, message("commands.demo.by-hand")))
    finally:
        following.cancel()


def _explain(wall: str, town: Town, language: str) -> None:
    for said in (
        message("commands.wall-screen", url=wall),
        message("commands.demo.second-terminal"),
        message("commands.demo.names", names=", ".join(town.names)),
        message("commands.demo.end"),
    ):
        printing.announce(texts.in_words(language, said))
