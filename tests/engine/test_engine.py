import asyncio
import errno
import logging
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from engine.town import take_away
from msgspec import Struct
from msgspec.structs import replace
from plans import channel, component, plan, probe

from secours import probes
from secours.core.events import Event, Measured, Replanned, Ticked
from secours.core.memory import EMPTY, Memory
from secours.core.probing import intervals
from secours.core.probing.intervals import REFUSALS
from secours.core.step import step
from secours.engine import clock, reasoner
from secours.engine.control import requests
from secours.engine.control.handlers import Answers
from secours.engine.engine import Engine
from secours.engine.probing import runner, schedule
from secours.engine.published import service_manager, snapshot_file, stamp_timing
from secours.engine.store import durable_files
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store
from secours.model.observed import (
    Evidence,
    Instant,
    Outcome,
    Reason,
    Result,
    failed,
    ok,
)
from secours.model.plan import Config
from secours.model.secret import Secret
from secours.model.sections.channel import Channel
from secours.model.snapshot import Snapshot, State
from secours.model.statements import Declared, Mark
from secours.probes import ProbeType

GENEROUSLY_S = 60.0
QUICK: dict[str, Any] = {
    "type": "fake",
    "interval_s": 0.1,
    "watch_every_s": 0.05,
    "retry_every_s": 0.02,
    "timeout_s": 3.0,
}


class FakeSource:
    """A file that is edited by calling what watches it."""

    def __init__(self) -> None:
        self.accept: Callable[[Config], None]
        self.refuse: Callable[[str], None]

    async def watch(
        self, accept: Callable[[Config], None], refuse: Callable[[str], None]
    ) -> None:
        self.accept, self.refuse = accept, refuse
        await asyncio.Event().wait()


@dataclass
class World:
    """An engine at work, and what it is told and shows."""

    folder: Path
    down: set[str] = field(default_factory=set)
    runs: Counter[str] = field(default_factory=Counter)
    source: FakeSource = field(default_factory=FakeSource)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    over: "asyncio.Task[None] | None" = None

    async def probe(self, settings: str, _path: object) -> Outcome:
        self.runs[settings] += 1
        return failed(Reason.REFUSED) if settings in self.down else ok(Evidence.SERVED)

    def channel(self, name: str, **options: Any) -> Channel:
        one = probe(name, settings=name, **{**QUICK, **options})
        return channel(name, probes=(one,))

    async def until(self, true: Callable[[Snapshot], object]) -> Snapshot:
        """Wait for a snapshot of which something is true."""
        async with asyncio.timeout(GENEROUSLY_S):
            while True:
                assert self.over is None or not self.over.done()
                if (self.folder / snapshot_file.SNAPSHOT).exists():
                    snapshot, _ = snapshot_file.read(self.folder)
                    if true(snapshot):
                        return snapshot
                await asyncio.sleep(0.01)

    async def runs_again(self, name: str, times: int = 3) -> None:
        await self.runs_until(name, self.runs[name] + times)

    async def runs_until(self, name: str, goal: int) -> None:
        async with asyncio.timeout(GENEROUSLY_S):
            while self.runs[name] < goal:
                assert self.over is None or not self.over.done()
                await asyncio.sleep(0.005)

    async def ask(self, **request: Any) -> dict[str, Any]:
        return await asyncio.to_thread(requests.ask, self.folder, request)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    kind = ProbeType(str, made.probe, Evidence.SERVED, "")
    monkeypatch.setattr(probes, "find", lambda _name: kind)
    monkeypatch.setattr(stamp_timing, "STAMP_EVERY_S", 0.05)
    monkeypatch.setattr(stamp_timing, "STAMP_GAP_S", 0.01)
    monkeypatch.setattr(intervals, "FIRST_RUNS_S", 0.05)
    monkeypatch.setattr(schedule, "LOOK_EVERY_S", 0.02)
    return made


@asynccontextmanager
async def _running(
    world: World, config: Config, *, history: Path | None = None, memory: Memory = EMPTY
) -> AsyncIterator[Engine]:
    with closing(Store(history or world.folder, retry_s=0.05)) as store:
        running = Engine(config, memory, store, world.folder, clock.now)
        async with requests.serve(
            world.folder, Answers(running, store, clock.now).table()
        ):
            run = running.run(world.source, world.stop)  # type: ignore[arg-type] # fake
            world.over = asyncio.create_task(run)
            try:
                yield running
            finally:
                world.stop.set()
                async with asyncio.timeout(GENEROUSLY_S):
                    await world.over


async def _until_logged(words: str) -> None:
    logged = asyncio.Event()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if words in record.getMessage():
                logged.set()

    listener = Listener()
    logging.getLogger().addHandler(listener)
    try:
        await asyncio.wait_for(logged.wait(), GENEROUSLY_S)
    finally:
        logging.getLogger().removeHandler(listener)


def _used(snapshot: Snapshot) -> str | None:
    """Return what to use, once everything has been measured."""
    advice = snapshot.recommendations[0]
    return advice.use.channel if advice.use and not advice.measuring else None


async def test_what_breaks_is_seen_and_the_recommendation_changes(world: World) -> None:
    async with _running(world, plan(world.channel("mail"), world.channel("sms"))):
        await world.until(lambda s: _used(s) == "mail")
        world.down.add("mail")
        seen = await world.until(lambda s: _used(s) == "sms")

    assert seen.channel("mail").standing.state is State.DOWN
    assert seen.channel("mail").standing.reason is Reason.REFUSED
    with HistoryReader(world.folder) as history:
        steps = [(c.subject, c.name, c.after) for c in history.transitions()]
        kinds = {entry.kind for entry in history.journal()}
        latest = history.latest("channels/mail/tcp")
    assert ("channel", "mail", "down") in steps
    assert ("line", "coordinate/management", "sms") in steps
    assert kinds == {"start", "stop", "change"}
    assert latest is not None
    assert latest.outcome == failed(Reason.REFUSED)


async def test_younger_proofs_wait_for_the_next_stamp_and_news_does_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamp_timing, "STAMP_EVERY_S", 10 * GENEROUSLY_S)
    monkeypatch.setattr(stamp_timing, "YOUNGER_WAITS", 1e9)
    lasting = world.channel("a", stale_after_s=GENEROUSLY_S)  # a late test is no news
    async with _running(world, plan(lasting)):
        await world.until(lambda s: s.channels[0].standing.state is State.AVAILABLE)
        await world.runs_again("a")
        before, _ = snapshot_file.read(world.folder)
        await world.runs_again("a")
        after, _ = snapshot_file.read(world.folder)
        world.down.add("a")
        await world.until(lambda s: s.channels[0].standing.state is State.DOWN)

    assert after.at == before.at


async def test_what_people_now_rely_on_is_probed_earlier(world: World) -> None:
    slow = {"interval_s": 3600.0}
    config = plan(
        world.channel("mail"), world.channel("sms"), world.channel("radio", **slow)
    )
    async with _running(world, config):
        await world.until(lambda s: _used(s) == "mail")
        world.down.add("mail")
        await world.until(lambda s: _used(s) == "sms")

        await world.runs_again("radio")


async def test_what_may_have_failed_with_a_channel_is_tried_at_once(
    world: World,
) -> None:
    rarely = {"interval_s": 3600.0, "watch_every_s": 3600.0}
    shared = component("cloud:x")
    mail, chat, radio = (
        replace(world.channel(name, **options), needs=needs)
        for name, options, needs in (
            ("mail", {}, (("cloud:x",),)),
            ("chat", rarely, (("cloud:x",),)),
            ("radio", rarely, ()),
        )
    )
    async with _running(world, plan(shared, mail, chat, radio)):
        await world.until(
            lambda s: _used(s) == "mail" and world.runs["chat"] and world.runs["radio"]
        )
        assert (world.runs["chat"], world.runs["radio"]) == (1, 1)
        world.down |= {"mail", "chat"}

        snapshot = await world.until(lambda s: _used(s) == "radio")
        await world.until(lambda s: s.channel("chat").standing.state is State.DOWN)

    assert snapshot.recommendations[0].passed_over[0].channel == "mail"
    assert world.runs["radio"] == 1
    with HistoryReader(world.folder) as history:
        uses = [c.after for c in history.changes_of("line", "coordinate/management")]
    assert uses == ["radio"]  # not the chat on the way


async def test_an_interval_that_is_written_is_kept(world: World) -> None:
    written = {"interval_s": 3600.0, "interval_written": True}
    config = plan(world.channel("mail"), world.channel("sms", **written))
    async with _running(world, config):
        await world.until(lambda s: _used(s) == "mail")
        await world.runs_again("mail", 10)

    assert world.runs["sms"] == 1


async def test_disk_that_refuses_stops_no_probe_and_is_shown(world: World) -> None:
    (world.folder / "disk").write_text("no folder")
    config = plan(world.channel("mail"))
    async with _running(world, config, history=world.folder / "disk"):
        await world.until(lambda s: s.trouble == ("disk",))
        await world.runs_again("mail")
        answer = await world.ask(do="journal", by="Ana", text="held in memory")
        (world.folder / "disk").unlink()
        await world.until(lambda s: s.trouble == ())

    assert answer == {"ok": True, "kept": "memory"}
    with HistoryReader(world.folder / "disk") as history:
        words = [(e.kind, e.text) for e in history.journal() if e.kind != "change"]
    assert ("note", "held in memory") in words
    assert ("trouble", "disk") in words
    assert ("trouble-over", "disk") in words


async def test_snapshot_that_cannot_be_published_stops_no_probe(world: World) -> None:
    history = world.folder.parent / f"{world.folder.name}-history"
    async with _running(world, plan(world.channel("mail")), history=history):
        await world.until(lambda s: _used(s) == "mail")
        take_away(world.folder)
        await world.runs_again("mail")
        world.folder.mkdir()

        await world.until(lambda s: _used(s) == "mail")


@pytest.mark.parametrize("by_s", [-3600, 3600])
async def test_jump_of_the_wall_clock_stops_nothing_and_is_shown(
    world: World, by_s: float
) -> None:
    with time_machine.travel(clock.now().utc, tick=True) as traveller:
        async with _running(world, plan(world.channel("mail"))):
            await world.until(lambda s: _used(s) == "mail")
            traveller.shift(by_s)
            await world.until(lambda s: s.trouble == ("clock",))
            await world.runs_again("mail", 5)

            snapshot = await world.until(lambda s: _used(s) == "mail")

    assert snapshot.channel("mail").standing.state is State.AVAILABLE
    with HistoryReader(world.folder) as history:
        assert any(entry.kind == "clock" for entry in history.journal())


@pytest.mark.parametrize(("by_s", "more"), [(2, 0), (-2, 0), (3600, 1)])
async def test_small_step_of_the_wall_clock_logs_no_memory(
    world: World, monkeypatch: pytest.MonkeyPatch, by_s: float, more: int
) -> None:
    logged: list[Instant] = []
    monkeypatch.setattr(
        reasoner.Reasoning, "log_base", lambda _core, at: logged.append(at)
    )
    monkeypatch.setattr(reasoner.Reasoning, "_based", clock.now(), raising=False)
    with time_machine.travel(clock.now().utc, tick=True) as traveller:
        async with _running(world, plan(world.channel("mail"))):
            await world.until(lambda s: _used(s) == "mail")
            before = len(logged)
            traveller.shift(by_s)
            await _until_logged("the wall clock jumped")
            await world.runs_again("mail")

    assert len(logged) - before == more


async def test_a_start_in_1970_is_shown_until_the_clock_is_set(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "AFTER_JUMP_S", 0.2)
    now = clock.now().utc
    with time_machine.travel(datetime(1970, 1, 1, tzinfo=UTC), tick=True) as traveller:
        async with _running(world, plan(world.channel("mail"))):
            begun = await world.until(lambda s: _used(s) == "mail")
            later = await world.until(lambda s: s.at.since(begun.at) > 0.5)
            traveller.move_to(now)
            await world.until(lambda s: s.trouble == ())

    assert begun.trouble == later.trouble == ("clock",)


async def test_a_start_behind_what_is_in_the_store_is_shown(world: World) -> None:
    now = clock.now().utc
    with closing(Store(world.folder)) as store:
        store.note(now, "Ana", "note", "past")
        assert store.wait_written(GENEROUSLY_S)

    with time_machine.travel(now - timedelta(days=30), tick=True):
        async with _running(world, plan(world.channel("mail"))):
            await world.until(lambda s: s.trouble == ("clock",))
        with closing(Store(world.folder)) as store:
            Engine(plan(channel("a")), EMPTY, store, world.folder, clock.now)
            assert store.clock_doubted  # and forgets nothing


async def test_a_stuck_scheduler_stops_the_stamp(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _running(world, plan(world.channel("mail"))):
        await world.until(lambda s: _used(s) == "mail")

        with monkeypatch.context() as patch:
            patch.setattr(schedule, "WAKE_GAP_S", 3600.0)  # it is woken no more
            await _until_logged("left to age")
            stopped, _ = snapshot_file.read(world.folder)
            await asyncio.sleep(0.3)  # six stamps long

            assert snapshot_file.read(world.folder)[0].at == stopped.at


async def test_systemd_hears_of_an_engine_until_it_is_stuck(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_manager, "EVERY_S", 0.0)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(world.folder / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", systemd.getsockname())
        async with _running(world, plan(world.channel("mail"))):
            await world.until(lambda s: _used(s) == "mail")
            first, *others = _received(systemd)

            with monkeypatch.context() as patch:
                patch.setattr(schedule, "WAKE_GAP_S", 3600.0)  # it is woken no more
                await _until_logged("left to age")
                _received(systemd)
                await asyncio.sleep(0.3)  # six stamps long

                assert _received(systemd) == []
        last = _received(systemd)

    assert first[:2] == ["READY=1", "WATCHDOG=1"]
    assert all(told[0] == "WATCHDOG=1" for told in others)
    assert ["STOPPING=1"] in last


def _received(systemd: socket.socket) -> list[list[str]]:
    """Return the lines of each datagram that lies there."""
    systemd.setblocking(False)
    found = []
    with suppress(BlockingIOError):
        while True:
            found.append(systemd.recv(1 << 12).decode().splitlines())
    return found


async def test_a_probe_that_ends_late_is_no_stuck_scheduler(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    slow: dict[str, Any] = {"timeout_s": 60.0, "interval_s": 0.1}
    config = plan(world.channel("mail", **slow))
    halt = asyncio.Event()

    async def late(_settings: object, _path: object) -> Outcome:
        await halt.wait()
        return ok(Evidence.SERVED)

    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.ERROR):
        kind = ProbeType(str, late, Evidence.SERVED, "")
        patch.setattr(probes, "find", lambda _name: kind)
        async with _running(world, config):
            begun = await world.until(lambda _s: True)
            await world.until(lambda s: s.at.since(begun.at) > 0.5)

    assert "left to age" not in caplog.text


class OnLine(Struct, frozen=True):
    """Settings of a probe on a serial line."""

    slow: bool
    port: str = "/dev/ttyUSB0"


async def test_a_probe_that_waits_for_its_serial_line_is_no_stuck_scheduler(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, halt = asyncio.Event(), asyncio.Event()

    async def late(settings: OnLine, _path: object) -> Outcome:
        if settings.slow:
            begun.set()
            await halt.wait()
        return ok(Evidence.SERVED)

    kind = ProbeType(OnLine, late, Evidence.SERVED, "")
    monkeypatch.setattr(probes, "find", lambda _name: kind)
    slow = probe("sms", **{**QUICK, "timeout_s": 60.0, "settings": OnLine(slow=True)})
    quick = probe("sim", **{**QUICK, "timeout_s": 0.1, "settings": OnLine(slow=False)})
    parts = (channel(each.owner, probes=(each,)) for each in (slow, quick))
    with caplog.at_level(logging.ERROR):
        async with _running(world, plan(*parts)):
            await asyncio.wait_for(begun.wait(), GENEROUSLY_S)
            shown = await world.until(lambda _shot: True)
            await world.until(lambda s: s.at.since(shown.at) > 1.0)

    assert "left to age" not in caplog.text


async def test_a_notice_that_holds_a_serial_line_makes_no_stuck_scheduler(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(_settings: OnLine, _path: object) -> Outcome:
        return ok(Evidence.SERVED)

    kind = ProbeType(OnLine, found, Evidence.SERVED, "")
    monkeypatch.setattr(probes, "find", lambda _name: kind)
    sim = probe("sim", **{**QUICK, "timeout_s": 0.1, "settings": OnLine(slow=False)})
    with caplog.at_level(logging.ERROR):
        async with _running(world, plan(channel("sim", probes=(sim,)))) as engine:
            await world.until(lambda s: _used(s) == "sim")
            async with engine.runs.line(sim, sends=True):
                shown = await world.until(lambda _shot: True)
                await world.until(lambda s: s.at.since(shown.at) > 1.0)

    assert "left to age" not in caplog.text


async def test_an_engine_that_lags_says_so_until_it_does_no_longer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "LATEST", 5)
    monkeypatch.setattr(runner, "LONG_S", 0.015)
    monkeypatch.setattr(runner, "SHORT_S", 0.01)

    async def work() -> None:
        while True:
            time.sleep(0.03)  # noqa: ASYNC251 -- what is tested
            await asyncio.sleep(0)

    async with _running(world, plan(world.channel("mail"))):
        working = asyncio.create_task(work())
        await world.until(lambda s: s.trouble == ("lagging",))
        working.cancel()
        await world.until(lambda s: not s.trouble)

    with HistoryReader(world.folder) as history:
        noted = {(e.kind, e.text) for e in history.journal()}
    assert {("trouble", "lagging"), ("trouble-over", "lagging")} <= noted


async def test_an_engine_that_lags_spreads_its_tests(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    later_s = 1.0
    by_s = later_s / schedule.spread("channels/mail/tcp")
    monkeypatch.setattr(runner.Lag, "by_s", by_s)

    async with _running(world, plan(world.channel("mail"))):
        await world.runs_until("mail", 1)
        first_s = time.monotonic()
        await world.runs_again("mail", 1)

    assert time.monotonic() - first_s > later_s * 0.9


async def test_without_probes_the_stamp_goes_on(world: World) -> None:
    async with _running(world, plan(channel("radio", probes=()))):
        first = await world.until(lambda _s: True)

        await world.until(lambda s: s.at.since(first.at) > 0.3)


async def test_a_new_plan_is_in_force_at_once(world: World) -> None:
    async with _running(world, plan(world.channel("mail"), world.channel("sms"))):
        await world.until(lambda s: _used(s) == "mail")
        world.source.accept(plan(world.channel("radio"), world.channel("sms")))
        await world.until(lambda s: _used(s) == "radio")
        before = world.runs["mail"]
        await world.runs_again("radio", 5)

        assert world.runs["mail"] - before <= 1

    with HistoryReader(world.folder) as history:
        assert "plan" in {entry.kind for entry in history.journal()}


async def test_time_before_an_edit_passes_by_the_plan_before_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[Config, Event]] = []

    def noted(config: Config, memory: Memory, event: Event) -> Memory:
        taken.append((config, event))
        return step(config, memory, event)

    monkeypatch.setattr(reasoner, "step", noted)
    old, new = plan(world.channel("mail")), plan(world.channel("radio"))
    async with _running(world, old):
        await world.until(lambda s: _used(s) == "mail")
        world.source.accept(new)
        await world.until(lambda s: _used(s) == "radio")

    edit = next(place for place, (config, _) in enumerate(taken) if config == new)
    (before, tick), (_, replanned) = taken[edit - 1 : edit + 1]
    assert before == old
    assert isinstance(replanned, Replanned)
    assert tick == Ticked(at=replanned.at)


async def test_a_broken_edit_is_shown_and_the_plan_stays(world: World) -> None:
    async with _running(world, plan(world.channel("mail"))):
        await world.until(lambda s: _used(s) == "mail")
        world.source.refuse("probes.yaml:3:1: what is this")
        seen = await world.until(lambda s: s.config_error)
        await world.runs_again("mail")
        world.source.accept(plan(world.channel("mail")))
        await world.until(lambda s: s.config_error is None)

    assert seen.config_error == "probes.yaml:3:1: what is this"
    assert _used(seen) == "mail"


async def test_a_result_of_the_plan_before_is_not_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, halt = asyncio.Event(), asyncio.Event()

    async def slow(settings: str, path: object) -> Outcome:
        if settings == "old":
            begun.set()
            await halt.wait()
            return failed(Reason.REFUSED)
        return await world.probe(settings, path)

    kind = ProbeType(str, slow, Evidence.SERVED, "")
    monkeypatch.setattr(probes, "find", lambda _name: kind)

    def mail(settings: str) -> Config:
        one = probe("mail", **{**QUICK, "timeout_s": 60.0, "settings": settings})
        return plan(channel("mail", probes=(one,)))

    async with _running(world, mail("old")):
        await asyncio.wait_for(begun.wait(), GENEROUSLY_S)
        world.source.accept(mail("new"))
        halt.set()
        await world.until(lambda s: _used(s) == "mail")

    with HistoryReader(world.folder) as history:
        verdicts = {r.outcome.verdict for r in history.results("channels/mail/tcp")}
    assert verdicts == {"ok"}


async def test_a_renewed_secret_is_tried_at_once_and_no_old_one_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, halt = asyncio.Event(), asyncio.Event()

    async def asked(settings: Secret, _path: object) -> Outcome:
        if settings.reveal() == "renewed":
            return ok(Evidence.AUTHENTICATED)
        world.runs["old"] += 1
        if world.runs["old"] > REFUSALS:
            begun.set()
            await halt.wait()
        return failed(Reason.AUTH)

    kind = ProbeType(Secret, asked, Evidence.AUTHENTICATED, "")
    monkeypatch.setattr(probes, "find", lambda _name: kind)
    monkeypatch.setattr(intervals, "LOCKOUT_S", 0.1)

    def mail(password: str) -> Config:
        one = probe("mail", **{**QUICK, "timeout_s": 60.0}, settings=Secret(password))
        return plan(channel("mail", probes=(one,)))

    async with _running(world, mail("old")):
        await asyncio.wait_for(begun.wait(), GENEROUSLY_S)
        monkeypatch.setattr(intervals, "LOCKOUT_S", 900.0)
        world.source.accept(mail("renewed"))
        halt.set()
        await world.until(lambda s: _used(s) == "mail")

    with HistoryReader(world.folder) as history:
        found = [r.outcome.reason for r in history.results("channels/mail/tcp")]
    assert found.count(Reason.AUTH) == REFUSALS


async def test_a_refused_password_that_is_renewed_waits_for_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(settings: Secret, _path: object) -> Outcome:
        good = settings.reveal() == "renewed"
        return ok(Evidence.AUTHENTICATED) if good else failed(Reason.AUTH)

    kind = ProbeType(Secret, asked, Evidence.AUTHENTICATED, "")
    monkeypatch.setattr(probes, "find", lambda _name: kind)

    def mail(password: str) -> Config:
        one = probe("mail", **QUICK, settings=Secret(password))
        return plan(channel("mail", probes=(one,)))

    async with _running(world, mail("old")) as engine:
        await world.until(
            lambda _shot: any(
                each.unhurried >= REFUSALS for each in engine.memory.probes.values()
            )
        )
        world.source.accept(mail("renewed"))
        await world.until(lambda s: _used(s) == "mail")


async def test_what_nobody_looked_at_moves_no_line(world: World) -> None:
    """A stop too short for a sleep, and too long for the results before it."""
    names = ("signal", "sms")
    config = plan(*(world.channel(name, stale_after_s=3.0) for name in names))
    now = clock.now()
    stopped = Instant(now.utc - timedelta(seconds=8), now.steady_s - 8)
    memory = step(config, EMPTY, Replanned(at=stopped))
    for name, outcome in (
        ("sms", ok(Evidence.SERVED)),
        ("signal", failed(Reason.REFUSED)),
    ):
        found = Result(probe=f"channels/{name}/tcp", at=stopped, outcome=outcome)
        memory = step(config, memory, Measured(result=found, at=stopped))

    async with _running(world, config, memory=memory) as running:
        await world.until(
            lambda s: all(s.channel(n).standing.state is State.AVAILABLE for n in names)
        )

    assert running.memory.lines["coordinate/management"].channel == "sms"
    lines = [c for c in running.memory.changes if c.subject == "line" and c.before]
    assert lines == []


async def test_people_can_test_a_channel_now(world: World) -> None:
    config = plan(world.channel("mail", interval_s=3600.0, interval_written=True))
    async with _running(world, config):
        await world.until(lambda s: _used(s) == "mail")
        assert world.runs["mail"] == 1
        answer = await world.ask(do="probe", channel="mail")
        await world.runs_until("mail", 2)
        unheard_of = await world.ask(do="probe", channel="pigeon")

    assert answer == {"ok": True, "probes": ["channels/mail/tcp"]}
    assert unheard_of == {"error": "no channel is called pigeon"}


async def test_a_note_is_on_disk_when_it_is_answered(world: World) -> None:
    async with _running(world, plan(world.channel("mail"))):
        answer = await world.ask(do="journal", by="Ana\n", text="Called\x07 them")
        with HistoryReader(world.folder) as history:
            notes = [e for e in history.journal() if e.kind == "note"]
        empty = await world.ask(do="journal", by="Ana", text=" \n")
        alive = await world.ask(do="ping")

    assert answer == {"ok": True, "kept": "disk"}
    assert [(e.by, e.text) for e in notes] == [("Ana", "Called them")]
    assert empty == {"error": "the note is empty"}
    assert alive["ok"]


async def test_a_defect_in_a_loop_ends_the_engine(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: object, **__: object) -> None:
        raise KeyError("a defect")

    monkeypatch.setattr(reasoner, "take", defect)

    with closing(Store(world.folder)) as store:
        config = plan(world.channel("mail"))
        running = Engine(config, EMPTY, store, world.folder, clock.now)
        run = running.run(world.source, world.stop)  # type: ignore[arg-type] # fake
        with pytest.raises(KeyError):
            await asyncio.wait_for(run, GENEROUSLY_S)


async def test_stamps_carry_the_clock_that_was_given(
    world: World,
) -> None:
    def ahead() -> Instant:
        now = clock.now()
        return Instant(now.utc, now.steady_s + 1e6)

    with closing(Store(world.folder)) as store:
        running = Engine(plan(channel("a")), EMPTY, store, world.folder, ahead)
        run = running.run(world.source, world.stop)  # type: ignore[arg-type] # fake
        world.over = asyncio.create_task(run)
        snapshot = await world.until(lambda _s: True)
        world.stop.set()
        await world.over

    assert snapshot.at.steady_s > 1e6


async def test_what_the_disk_refused_is_written_when_somebody_waits_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    now = clock.now()
    until = now.utc + timedelta(hours=1)
    mark = Mark(
        subject="mail", says=Declared.DOWN, by="Ann", why="", at=now, until=until
    )
    with closing(Store(world.folder)) as store:
        running = Engine(plan(channel("mail")), EMPTY, store, world.folder, clock.now)
        with monkeypatch.context() as full:
            full.setattr(durable_files, "write", refuse)
            running.hear(mark, now)
            assert not await running.stated(GENEROUSLY_S)

        assert await running.stated(GENEROUSLY_S)
