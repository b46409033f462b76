"""Show a town on this machine whose channels break and heal, with its wall screen.

Real protocols on real sockets, all on loopback; no account, device or network needed.
Nothing breaks unless somebody breaks it from a second terminal, with --break; --heal
mends it. --play lets things break by a timetable, --tour plays a story of five minutes.
All of it is gone at the end: SIGTERM or Ctrl-C.
"""

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from secours import places, texts
from secours.cli import (
    arguments,
    browser,
    listening,
    next_step,
    printing,
    progress_line,
    prose,
    published,
    recommend,
    up,
)
from secours.cli.refusal import Refused
from secours.demo import control
from secours.demo.labels import Words
from secours.demo.programme import Programme
from secours.demo.tour import EngineStage
from secours.demo.town import Town
from secours.engine import supervise
from secours.engine.control import requests
from secours.engine.published.screens_file import ADDRESS, PORT
from secours.languages import of_terminal
from secours.message import Message, message, why_and_where
from secours.model.requests import EngineRequest
from secours.model.snapshot import Snapshot
from secours.model.story import PLACE, Story
from secours.outside_text import plain

LOOK_EVERY_S = 0.2
PATIENCE_S = 60.0  # for the first results of the whole town, on a slow machine
FIRST = "signal"  # what a newcomer breaks first: the wall's large word turns

PLAYED = {
    "play": message("commands.demo.done.play"),
    "tour": message("commands.demo.done.tour"),
    "next": message("commands.demo.done.next"),
    "pause": message("commands.demo.done.pause"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `demo`."""
    parser.add_argument(
        "--break", dest="broken", metavar="NAME", help="break something in the demo"
    )
    plays = parser.add_mutually_exclusive_group()
    plays.add_argument("--heal", metavar="NAME", help="heal it again, or 'all'")
    plays.add_argument(
        "--once",
        action="store_true",
        help="measure the town once, print what `recommend` prints, and end",
    )
    arguments.add_answer(parser, "text", "json")
    parser.add_argument("--address", default=ADDRESS, help=argparse.SUPPRESS)
    parser.add_argument(
        "--port",
        type=arguments.port,
        help=f"the port of the wall screen (default: {PORT}, or a free one)",
    )
    plays.add_argument(
        "--still",
        action="store_true",
        help="nothing breaks unless you break it (the default)",
    )
    plays.add_argument(
        "--play", action="store_true", help="let things break and heal by a timetable"
    )
    plays.add_argument(
        "--tour",
        action="store_true",
        help="play a story of five minutes, explained on the page of what to use now",
    )
    plays.add_argument(
        "--next", action="store_true", help="go on to the next step of that story"
    )
    plays.add_argument(
        "--pause",
        action="store_true",
        help="stay at this step of it, until --next or --tour",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="only print the wall's address"
    )


def run(args: argparse.Namespace) -> int:
    """Show the town, or break and heal in the one shown."""
    chosen, args.lang = args.lang, args.lang or of_terminal(os.environ)
    if not args.once:
        by_hand = _is_by_hand(args)
        if _is_played_there(args) or by_hand:
            return 0
        up.refuse_without_screens()
    _progress(args.lang, message("commands.demo.starting"))
    socket = _socket()
    with TemporaryDirectory(prefix="secours-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # The children inherit this, and the snapshot is read from there.
        os.environ["SECOURS_DATA"] = str(folder / "state")
        os.environ["XDG_RUNTIME_DIR"] = str(places.ours_alone(folder / "run"))
        try:
            if args.once:
                return asyncio.run(_once(folder, args.lang, args))
            return asyncio.run(_show(folder, args, socket, plan_language=chosen))
        finally:  # of the service's user it is elsewhere
            shutil.rmtree(places.runtime_dir(), ignore_errors=True)


def _socket() -> Path:
    """Return the socket of a demo: in this user's own folder, not in the demo's."""
    return places.runtime_root() / "demo.sock"


# ------------------------------------------------------------------ by hand


def _is_by_hand(args: argparse.Namespace) -> bool:
    """Break and heal in the demo of another terminal, if asked to."""
    wanted = {"break": args.broken, "heal": args.heal}
    actions = {action: name for action, name in wanted.items() if name is not None}
    for action, name in actions.items():
        answer = _ask({"do": action, "name": name})
        if not answer.get("ok"):
            raise Refused(_no_such(name, answer))
        broken = message("commands.demo.broken", names=", ".join(answer["broken"]))
        _print(args.lang, broken)
    return bool(actions)


def _is_played_there(args: argparse.Namespace) -> bool:
    """Make the demo of another terminal play, step or pause, if asked to.

    Where none runs, ours will play it.
    """
    for do in PLAYED:
        if not getattr(args, do):
            continue
        try:
            answer = control.ask(_socket(), {"do": do})
        except control.NoDemo as nobody:
            if do in ("play", "tour"):
                return False
            raise _none(nobody) from None
        if not answer.get("ok"):
            raise Refused(message("commands.demo.no-tour", command=_command()))
        _print(args.lang, PLAYED[do])
        return True
    return False


def _ask(request: dict[str, str]) -> dict[str, Any]:
    try:
        return control.ask(_socket(), request)
    except control.NoDemo as nobody:
        raise _none(nobody) from None


def _none(nobody: control.NoDemo) -> Refused:
    """Say that no demo answers, and how one is started."""
    start = message("commands.demo.start-one", command=_command())
    return Refused(nobody.message, start)


def _command() -> str:
    return f"{next_step.command()} demo"


def _no_such(name: str, answer: Mapping[str, Any]) -> Message:
    """Return that no such name is in the demo, with the known ones."""
    nearest = answer.get("nearest") or ""
    facts = {"name": plain(name, 40), "nearest": nearest}
    names = ", ".join(answer.get("names", ()))
    return message("commands.demo.no-such-there", **facts, names=names)


# ------------------------------------------------------------------ once


async def _once(folder: Path, language: str, args: argparse.Namespace) -> int:
    """Measure the whole town, print what to use, and clean up."""
    with supervise.stop_on_signals() as stop:
        async with _town(folder, language) as town:
            if args.broken:
                await _break(town, args.broken)
            child = supervise.engine(str(town.config_path), **town.environment)
            alive = asyncio.create_task(supervise.keep_alive([child], stop))
            try:
                measured = await _measured(stop, language)
            finally:
                stop.set()
                refused = await alive
    if measured is None:
        # A refusal has its own words; a signal needs none.
        return refused or 130
    shot, age_s = measured
    return recommend.show(shot, age_s, args.format, language)


async def _break(town: Town, name: str) -> None:
    if name not in town.names:
        names = ", ".join(town.names)
        raise Refused(message("commands.demo.no-such", name=name, names=names))
    await town.break_(name)


async def _measured(
    stop: asyncio.Event, language: str
) -> tuple[Snapshot, float] | None:
    """Wait until every probe has a result; None if stopped."""
    ends_s = asyncio.get_running_loop().time() + PATIENCE_S
    with progress_line.count(sys.stderr, partial(_measured_words, language)) as show:
        while not stop.is_set():
            shot, age_s = _published()
            if shot is not None:
                there, of = _counted(shot)
                show(there, of)
                if there == of > 0:
                    return shot, age_s
            if asyncio.get_running_loop().time() > ends_s:
                limit = f"{PATIENCE_S:.0f}"
                raise Refused(message("commands.demo.not-measured", limit=limit))
            await asyncio.sleep(LOOK_EVERY_S)
    return None


def _published() -> tuple[Snapshot | None, float]:
    try:
        return published.snapshot()
    except Refused:
        return None, 0.0  # none yet


def _measured_words(language: str, there: int, of: int) -> str:
    said = message("commands.demo.measured", there=there, of=of)
    return texts.in_words(language, said)


def _counted(shot: Snapshot) -> tuple[int, int]:
    """Return the number of probes with a result, and of all."""
    views: tuple[Any, ...] = (*shot.channels, *shot.components, *shot.paths)
    probes = [probe for view in views for probe in view.probes]
    return sum(1 for probe in probes if probe.at), len(probes)


# ------------------------------------------------------------------ the show


async def _show(
    folder: Path, args: argparse.Namespace, socket: Path, *, plan_language: str | None
) -> int:
    """Run the town, the engine and the screens until told to stop."""
    story = folder / "story.json"
    opened = listening.opened_at_will(args.address, args.port, PORT)
    port = opened.getsockname()[1]
    with (
        listening.with_localhost([opened], args.lang) as listeners,
        supervise.stop_on_signals() as stop,
    ):
        async with (
            _town(folder, plan_language) as town,
            _programme(town, story, args.lang) as programme,
            _control(town, socket, programme),
        ):
            _progress(args.lang, message("commands.demo.starting.screens"))
            env = {**town.environment, "SECOURS_CONFIG": str(town.config_path)}
            children = (
                supervise.engine(str(town.config_path), **env),
                supervise.dashboard(
                    listeners, args.address, port, **env, **{PLACE: str(story)}
                ),
            )
            beginning = asyncio.create_task(_begin(town, programme, args, port, stop))
            try:
                return await supervise.keep_alive(children, stop)
            finally:
                beginning.cancel()
                await asyncio.gather(beginning, return_exceptions=True)


async def _begin(
    town: Town,
    programme: Programme,
    args: argparse.Namespace,
    port: int,
    stop: asyncio.Event,
) -> None:
    """Print the addresses once there is an answer, and start playing."""
    with suppress(Refused):  # shown all the same, with its lacks
        await _measured(stop, args.lang)
    await browser.listening(args.address, port)
    site = up.site_address(args.address, port)
    wall, now = f"{site}/wall", f"{site}/now"
    _explain(wall, now, town, args.lang)
    if args.play:
        programme.play_timetable()
    elif args.tour:
        programme.play_tour()
    if not args.no_browser:
        await browser.show(now if args.tour else wall)


@asynccontextmanager
async def _town(folder: Path, language: str | None) -> AsyncIterator[Town]:
    """Open the town; without a language each screen uses that of its viewer."""
    async with AsyncExitStack() as stack:
        try:
            opening = Town.open(folder, language=language)
            town = await stack.enter_async_context(opening)
        except OSError as error:
            why = why_and_where(error)
            raise Refused(message("commands.demo.cannot-open", why=why)) from None
        yield town


@asynccontextmanager
async def _programme(town: Town, file: Path, language: str) -> AsyncIterator[Programme]:
    """Yield the programme; the block ends it."""

    def announce(words: Words) -> None:
        printing.announce(words[language])

    def stopped() -> None:
        printing.announce(texts.in_words(language, message("commands.demo.by-hand")))

    programme = Programme(
        EngineStage(town, _told_to_engine, language),
        announce,
        partial(_narrate, file),
        command=f"{_command()} --break {FIRST}",
        stopped=stopped,
    )
    try:
        yield programme
    finally:
        await programme.close()


def _narrate(file: Path, story: Story | None) -> None:
    """Write the narration for the screens, or remove it."""
    if story is None:
        file.unlink(missing_ok=True)
        return
    new = file.with_suffix(".new")
    new.write_bytes(msgspec.json.encode(story))
    new.replace(file)


async def _told_to_engine(request: EngineRequest) -> None:
    """Send a statement on a channel to the engine, as `mark` does."""
    with suppress(requests.NoEngine):  # it is ending, or starts again
        await asyncio.to_thread(requests.ask, places.runtime_dir(), request)


@asynccontextmanager
async def _control(
    town: Town, socket: Path, programme: Programme
) -> AsyncIterator[None]:
    """Listen to a second terminal."""
    try:
        async with control.serve(town, socket, programme):
            yield
    except control.DemoRuns as another:
        raise Refused(another.message) from None


def _explain(wall: str, now: str, town: Town, language: str) -> None:
    command = _command()
    for sentence in (
        message("commands.wall-screen", url=wall),
        message("commands.demo.now", url=now),
        message("commands.demo.first", command=command, name=FIRST),
        message("commands.demo.heal", command=command),
        message("commands.demo.names", names=", ".join(town.names)),
        message("commands.demo.tour", command=command),
        message("commands.demo.end"),
    ):
        _print(language, sentence)


def _print(language: str, said: Message) -> None:
    printing.announce(texts.in_words(language, said))


def _progress(language: str, said: Message) -> None:
    """Print progress; standard output is for the answer."""
    prose.warn(texts.in_words(language, said))
