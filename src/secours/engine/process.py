"""The engine as a process: folders, lock, start and end."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from pathlib import Path

from secours import places
from secours.core.memory import Memory
from secours.engine import (
    access_token,
    clock,
    last_good_plan,
    lock,
    supervise,
)
from secours.engine.backup import saving
from secours.engine.control import requests, runtime_folder
from secours.engine.control.handlers import Answers
from secours.engine.editing.plan_editor import PlanEditor
from secours.engine.engine import Engine
from secours.engine.following import role
from secours.engine.following.first import First
from secours.engine.following.standby import (
    NO_STANDBY,
    Machine,
    StandingBy,
    refuse_own_words,
)
from secours.engine.reload import Source
from secours.engine.store import backlog, durable_files, saved_memory, saved_outbox
from secours.engine.store.reader import ENGINE
from secours.engine.store.store import Store
from secours.engine.supervise import Child
from secours.model.observed import Instant
from secours.model.plan import Config

log = logging.getLogger(__name__)

LEAVE_S = 1.0
GARBAGE = (10_000, 10, 50)  # as gc.set_threshold has them
LONGEST_PAUSE_S = 15.0  # of the plain page, between two starts


def run_until_told(
    config_path: Path,
    *,
    listening: Sequence[socket.socket] = (),
    base_path: str = "",
    first: First | None = None,
    province: bool = False,
) -> None:
    """Run the engine in this process until SIGTERM or SIGINT.

    A plan with mistakes is replaced by the last good one of its file. With a `first`,
    it stands by for that one; the `province` follows all sites.

    The plain page is served on the sockets `listening`, if there are any, under
    `base_path`.

    Raises:
        BadConfig: the plan has mistakes, and there was none before.
        lock.LockHeld: another engine runs from this data folder.
        NoFirst: what people said here would be lost by following.
        places.NoPlace: there is no folder for the snapshot.
        OSError: the plan cannot be read, or no lock can be had.
    """
    try:  # before anything else is in a new folder
        access_token.obtain(places.data_dir())
    except OSError as error:  # a disk that takes nothing stops no probe
        log.error("no token for the screens: %s", error)
    # What is to be kept is written by then; a probe or a look-up that does not let go
    # must not hold up the end.
    leave = threading.Timer(LEAVE_S, os._exit, (0,))
    leave.daemon = True
    look_for_garbage_rarely()

    async def until_told() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with _plain_page(listening, config_path, base_path):
            await run_engine(
                config_path,
                store_in=places.data_dir(),
                publish_in=places.runtime_dir(),
                stop=stop,
                first=first,
                province=province,
            )
        leave.start()

    try:
        asyncio.run(until_told())
    finally:
        leave.cancel()


def look_for_garbage_rarely() -> None:
    """Make full garbage collections rare: one in millions of new objects.

    Nothing in the core's memory refers to itself, so all but a few exceptions are freed
    by reference counts; a full collection of a large plan takes longer than any event.
    """
    gc.set_threshold(*GARBAGE)


async def run_engine(
    config_path: Path,
    *,
    store_in: Path,
    publish_in: Path,
    stop: asyncio.Event,
    now: Callable[[], Instant] = clock.now,
    first: First | None = None,
    province: bool = False,
) -> None:
    """Run the engine until `stop` is set; raise as `run_until_told` does."""
    source = Source(config_path)
    config, refused = last_good_plan.begin(source.load, store_in, config_path)
    with lock.hold(store_in, publish_in):
        # Before the store is opened, which would look like one that lost its memory.
        memory = saved_memory.recall(publish_in, store_in, clock.boot_id(), now())
        is_standby = role.is_kept(store_in)
        if first is None and not is_standby:
            saved_outbox.hold_at_first_start(config, publish_in, store_in, now())
        with _history(config, store_in, publish_in, now) as store:
            here = Machine(
                store=store,
                file=config_path,
                publish_in=publish_in,
                now=now,
                province=province,
            )
            if first is None:
                if is_standby and role.forget(store_in):
                    store.note(now().utc, ENGINE, "standby-ends", "")
                await _probe(here, config, memory, refused, source, stop)
                return
            if not is_standby:
                refuse_own_words(memory.words, store_in)
            standby = StandingBy(first, config, memory, here, refused=refused)

            async def probe(
                config: Config, memory: Memory, leave: asyncio.Event
            ) -> None:
                refused = standby.refused
                await _probe(here, config, memory, refused, source, leave, standby)

            await standby.run(source, probe, stop)


async def _probe(
    here: Machine,
    config: Config,
    memory: Memory,
    refused: str | None,
    source: Source,
    stop: asyncio.Event,
    standby: StandingBy | None = None,
) -> None:
    """Run an engine that probes until `stop` is set."""
    engine = Engine(
        config,
        memory,
        here.store,
        here.publish_in,
        here.now,
        file=here.file,
        refused=refused,
        outbox=saved_outbox.recall(here.publish_in, here.store.folder),
        standby=standby.view if standby else lambda _: None,
        province=here.province,
    )
    answers = Answers(engine, here.store, here.now)
    more = standby.table() if standby else NO_STANDBY
    editor = PlanEditor(engine, here.store, here.now, source)
    table = {**answers.table(), **editor.table(), **more}
    with standby.probing_with(engine) if standby else nullcontext():
        async with (
            requests.serve(here.publish_in, table, answers.language) as listener,
            runtime_folder.kept(here.publish_in, listener),
        ):
            await engine.run(source, stop)


@contextmanager
def _history(
    config: Config, store_in: Path, publish_in: Path, now: Callable[[], Instant]
) -> Iterator[Store]:
    """Open the store; its unwritten entries are kept for the next engine."""
    back_up = saving.before_migration(store_in)
    store = Store(store_in, config.retention, now=now, back_up=back_up)
    for left in backlog.found(publish_in, store_in):
        store.take_in(left)
    try:
        yield store
    finally:
        over = store.close()
        backlog.keep(store.unwritten(), publish_in)
        if over:  # a disk that hangs must not hold up the end
            backlog.keep(store.unwritten(), store_in, write=durable_files.write)


def _plain_page(
    listening: Sequence[socket.socket], config: Path, base_path: str = ""
) -> AbstractAsyncContextManager[None]:
    """Keep a process serving the plain page on these sockets, if there are any.

    It may not slow probing. We hold them, so that nothing is lost while the
    process restarts; it holds no state, so it needs no goodbye.
    """
    if not listening:
        return nullcontext()
    held = tuple(each.fileno() for each in listening)
    where = ("--fd", *map(str, held), "--config", str(config))
    more = ("--parent", str(os.getpid()), "--base-path", base_path)
    child = Child(
        name="plain page",
        argv=(sys.executable, "-m", "secours.web.app", *where, *more),
        passes=held,
        dies_with_us=False,  # it sees to that itself: the engine has threads
        ended_by=signal.SIGKILL,
        longest_pause_s=LONGEST_PAUSE_S,
    )
    return supervise.kept(supervise.keep(child))
