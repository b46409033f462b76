"""The process that probes: a plan comes in, snapshots and history go out.

The state changes in one place, `Engine._take_in`: an event goes through the core's one
step, changes go to the store, and the next stamp shows them.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from secours import logs
from secours.core import fast_path
from secours.core.events import (
    Event,
    Gathered,
    Measured,
    Replanned,
    Resumed,
    Said,
    Ticked,
)
from secours.core.memory import Memory
from secours.core.probing import intervals
from secours.core.step import definition
from secours.engine import clock, last_good_plan, state_file
from secours.engine.clock import DOUBTED_FROM_S, Doubt
from secours.engine.notice_host import EngineHost
from secours.engine.printing.kept_sheet import KeptSheet
from secours.engine.printing.sheet_printer import SheetPrinter
from secours.engine.probing.runner import Runs
from secours.engine.probing.schedule import Schedule, spread
from secours.engine.published import snapshot_file
from secours.engine.published.service_manager import ServiceManager
from secours.engine.published.stamp_timing import StampTiming
from secours.engine.reasoner import Reasoning
from secours.engine.reload import Source, in_one_line
from secours.engine.result_batch import ResultBatch
from secours.engine.sites_room import SitesRoom
from secours.engine.store import backlog, former_names, saved_memory
from secours.engine.store.database import retention, rows
from secours.engine.store.durable_files import Files
from secours.engine.store.probe_notes import ProbeNotes
from secours.engine.store.reader import ENGINE
from secours.engine.store.store import Store
from secours.model.observed import Instant, Result, Verdict
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Probe
from secours.model.snapshot import Snapshot, Standby
from secours.model.statements import Word
from secours.notify.answers.inboxes import Inboxes
from secours.notify.dispatcher import Notices
from secours.notify.outbox import Outbox
from secours.notify.outside_beat import OutsideBeat
from secours.run.tidy import secrets_of, told_apart

log = logging.getLogger(__name__)

ASLEEP_S = 10.0  # no event and no tick for so long: the machine was asleep
STORE_MEMORY_EVERY_S = 60.0
FILES_AGAIN_S = 5.0  # after the disk refused one
NOTHING = Outbox()


class Engine:
    """The plan in force, the core's memory, and all output."""

    def __init__(
        self,
        config: Config,
        memory: Memory,
        store: Store,
        publish_in: Path,
        now: Callable[[], Instant],
        *,
        file: Path = Path("probes.yaml"),
        refused: str | None = None,
        outbox: Outbox = NOTHING,
        standby: Callable[[Instant], Standby | None] = lambda _: None,
        province: bool = False,
    ) -> None:
        """Start; `refused` says why the plan is the last good one, not the `file`.

        The `outbox` has the notices that an engine before this one left unsent;
        `standby` returns the standby role, if any; the `province` follows all sites.
        """
        self._core = Reasoning(config, memory, store, now)
        self._store, self._publish_in, self._now = store, publish_in, now
        self.runs = Runs(now, notes=ProbeNotes(store))
        self._schedule = Schedule(self._probe, now)
        self._batch = ResultBatch(self._take_in)
        self._probes: dict[str, Probe] = {}
        self._began_s: dict[str, float] = {}  # of the latest run, by Probe.id
        self._stamps = StampTiming(now)
        self._file = file
        self._files = Files(store.folder)
        self._stated: Future[bool] | None = None
        self._config_error, self._standby = refused, standby
        self._doubt = Doubt(retention.certainly_past(store.folder), self._core.started)
        store.clock_doubted = self._doubt.holds(self._core.started)
        self._told: tuple[str, ...] = ()  # the trouble that the journal knows of
        self._stuck = self._unpublished = False
        self._beat, self._anew = OutsideBeat(), store.anew
        self._manager = ServiceManager()
        self.sites = SitesRoom(
            self, now, store, publish_in, self._files, province=province
        )
        self.notices = Notices(
            outbox,
            clock.boot_id(),
            EngineHost(now, store, self.runs, publish_in, self._files),
        )
        self.inboxes = Inboxes(self.notices.ledger)
        self._paper = (
            SheetPrinter(now, store, publish_in, self._files),
            KeptSheet(now, store.folder),
        )
        self._beside = True  # perhaps what an engine before us could not write
        self._stored_s = self._filed_s = self._core.started.steady_s

    @property
    def config(self) -> Config:
        """Return the plan in force."""
        return self._core.config

    @property
    def memory(self) -> Memory:
        """Return the core's memory."""
        return self._core.memory

    async def run(self, source: Source, stop: asyncio.Event) -> None:
        """Probe, stamp and follow the file until `stop` is set."""
        self._note_start()
        if self.memory.at:  # before the plan: time before this start does not count
            self._core.take_in(Resumed(at=self._now()))
        self._follow_plan(self.config, self._now())
        self._core.take_in(Resumed(at=self._now()))
        self._state()
        self._schedule.start()
        stopped = asyncio.create_task(stop.wait())
        loops = {
            asyncio.create_task(self._keep_stamping()),
            asyncio.create_task(self._schedule.watch_clock(self._doubt_clock)),
            asyncio.create_task(source.watch(self.accept, self._refuse)),
        }
        try:
            over, _ = await asyncio.wait(
                {stopped, *loops}, return_when=asyncio.FIRST_COMPLETED
            )
            for task in over - {stopped}:
                task.result()  # a loop ends by a defect only: die, and be restarted
        finally:
            self._manager.stop()
            for task in (stopped, *loops):
                task.cancel()
            await asyncio.gather(stopped, *loops, return_exceptions=True)
            await self._schedule.stop()
            await self._leave_others()
            self._batch.take_in()
            self._keep_memory(in_store=True)
            self._note("stop", "")

    async def _leave_others(self) -> None:
        """Stop all publishing."""
        await self._beat.stop()
        others = (self.sites, self.inboxes, *self._paper)
        await asyncio.gather(*(each.stop() for each in others))
        await self.notices.stop()

    def _note_start(self) -> None:
        """Note the start, and results that a kill kept from the disk."""
        self._note("start", self.config.version)
        if self._config_error:
            self._note("config-error", self._config_error)
        if self.memory.words.lost:
            self._note("words-lost", "")
        for health in self.memory.probes.values():
            if health.last:
                self._store.result(health.last)

    def hear(self, word: Word, at: Instant) -> Snapshot:
        """Take a person's word in; every screen has it when this returns."""
        self._take_in(Said(word=word, at=at))
        self._keep_memory(in_store=True)
        if not self._is_stuck():
            self._stamp()
        return self.shot(self._now())

    async def stated(self, within_s: float) -> bool:
        """Wait until people's words are in their file; tell whether they are."""
        if self._stated is None:
            return False
        if self._stated.done() and not self._stated.result():
            self._state()
        written = asyncio.wrap_future(self._stated)
        await asyncio.wait({written}, timeout=within_s)
        return written.done() and written.result()

    def keep_unwritten(self) -> None:
        """Keep unwritten entries beside the snapshot while the disk refuses them."""
        left = self._store.unwritten()
        if backlog.keep(left, self._publish_in):
            self._beside = bool(left)

    def test_now(self, channel: Channel) -> None:
        """Run the probes of a channel at once."""
        for probe in channel.probes:
            self._schedule.bring_forward(probe.id, self._now().steady_s)

    # ------------------------------------------------------------ events

    def _take_in(self, event: Event) -> None:
        """Let the core take an event in, show it, and bring urgent probes forward."""
        if not isinstance(event, Gathered):
            self._batch.take_in()  # they came before
        slept_since = self.memory.at
        if slept_since and event.at.since(slept_since) > ASLEEP_S:
            self._core.take_in(Resumed(at=event.at, since=slept_since))
        before = self.memory
        self._core.take_in(event)
        then = (before.words, before.lines)
        if (self.memory.words, self.memory.lines) != then:
            self._state()
        if not isinstance(event, Ticked) or self.memory.fresh:
            self._stamps.show(news=fast_path.has_news(before, self.memory))
        if intervals.hurries(before, self.memory):
            self._bring_forward()

    async def _probe(self, name: str) -> float | None:
        """Run a probe; return the steady second of its next run."""
        probe = self._probes.get(name)
        if probe is None:
            return None
        self._began_s[name] = self._now().steady_s
        tested = self._tested(probe)
        hurried = intervals.hurried(self.memory, probe)
        ran = await self.runs.run(probe, self.config.paths, hurried=hurried)
        result = rows.rounded(ran)
        now_s = self._now().steady_s
        planned = self._probes.get(name)
        if planned is None:
            return None
        if self._tested(planned) != tested:
            return now_s  # it ran by a plan that is no longer in force
        first = name not in self.memory.probes
        await self._batch.add(Measured(result=result, at=self._now()))
        planned = self._probes.get(name)
        if planned is None:
            return None
        # Many results may come before the loop has time for what keeps stamping.
        if self._stamps.is_overdue:
            self._stamp_unless_stuck()
        self._began_s[name] = result.at.steady_s
        return max(self._now().steady_s, self._next_s(planned, result, first=first))

    def _tested(self, probe: Probe) -> tuple[str, object]:
        """Return what a probe tests by the plan in force, its secrets included."""
        return definition(self.config, probe), probe.settings

    def _next_s(self, probe: Probe, result: Result, *, first: bool) -> float:
        """Return the steady second of the run after this result."""
        delay_s = intervals.delay_s(self.config, self.memory, probe)
        if result.outcome.verdict is Verdict.OK:
            # All first runs come close together; from the second on they are spread.
            if first and not _strict(probe):
                delay_s *= 0.5 + 0.5 * spread(probe.id)
            delay_s += self.runs.lag.by_s * spread(probe.id)
        return result.at.steady_s + delay_s

    def _bring_forward(self) -> None:
        """Bring forward probes now in demand."""
        for name, probe in self._probes.items():
            if name in self._began_s:
                delay_s = intervals.delay_s(self.config, self.memory, probe)
                self._schedule.bring_forward(name, self._began_s[name] + delay_s)

    # ------------------------------------------------------------ the plan

    def _follow_plan(self, config: Config, at: Instant) -> None:
        """Put a plan in force and place its probes."""
        logs.hide(secrets_of(config))
        self._core.follow(config, at)
        self._keep_plan()
        former_names.keep(self._store, config, at)
        before, self._probes = self._probes, {p.id: p for p in config.probes()}
        for name, probe in self._probes.items():
            if name in before and probe.settings != before[name].settings:
                self._began_s.pop(name, None)  # a renewed secret is tried at once
        self.runs.learn(self._probes.values(), told_apart(config))
        self._take_in(Replanned(at=at))
        for name in [n for n in self._schedule.due_s if n not in self._probes]:
            self._schedule.drop(name)
            self._began_s.pop(name, None)
        self._place_all()

    def _place_all(self) -> None:
        """Place known probes at their time; spread those that are new or changed."""
        now_s = self._now().steady_s
        known = self._began_s.keys() & self.memory.probes.keys()
        over_s = intervals.first_runs_s(len(self._probes.keys() - known))
        for name, probe in self._probes.items():
            if name in known:
                delay_s = intervals.delay_s(self.config, self.memory, probe)
                due_s = max(now_s, self._began_s[name] + delay_s)
            else:
                due_s = now_s + spread(name) * min(probe.interval_s, over_s)
            self._schedule.place(name, due_s)

    def accept(self, config: Config) -> None:
        """Put an edited plan in force."""
        if config != self.config:
            log.info("a new plan is in force: %s", config.version)
            self._note("plan", config.version)
            at = self._now()
            self._take_in(Ticked(at=at))  # what came before, by the plan before
            self._follow_plan(config, at)
        self._config_error = None
        self._stamps.show()

    def _refuse(self, error: Exception) -> None:
        words = in_one_line(error, self.config.site.language)
        self._note("config-error", words)
        self._config_error = words
        self._stamps.show()

    # ------------------------------------------------------------ the stamp

    async def _keep_stamping(self) -> None:
        while True:
            await self._stamps.until_due()
            self._stamp_unless_stuck()
            await self._stamps.rest()

    def _stamp_unless_stuck(self) -> None:
        """Stamp, unless probes are stuck: then it must age."""
        before, self._stuck = self._stuck, self._is_stuck()
        if not self._stuck:
            self._stamp()
        elif not before:
            log.error("no probe that was due has ended: the snapshot is left to age")

    def _stamp(self) -> None:
        """Let time pass in the core and publish its snapshot."""
        at = self._now()
        self._take_in(Ticked(at=at))
        self._stamps.stamped(at)
        due = at.steady_s - self._stored_s >= STORE_MEMORY_EVERY_S
        anew = self._go_on_anew(at)
        self._keep_memory(in_store=due or anew)  # before anybody is shown what it holds
        shot = self.shot(at)
        try:
            snapshot_file.write(shot, self._publish_in)
        except OSError as error:
            if not self._unpublished:
                log.error("the snapshot cannot be published: %s", error)
            self._unpublished = True
        else:
            self._unpublished = False
            self._beat.stamped(self.config, at.steady_s)
            self._manager.stamped(shot)
        self.notices.stamped(self.config, self.memory, shot)
        self._stamped_for_others(shot)
        if self._beside:
            self._look_beside()
        if self._files.refused and at.steady_s - self._filed_s >= FILES_AGAIN_S:
            self._state()
            self._keep_plan()

    def _stamped_for_others(self, shot: Snapshot) -> None:
        """Pass the newest snapshot to the hub of many sites, and to paper."""
        for each in self._paper:
            each.stamped(self.config, shot)
        self.inboxes.stamped(shot)
        self.sites.stamped(self.config, shot)

    def _go_on_anew(self, at: Instant) -> bool:
        """Tell whether the history was begun anew; its log can then be replayed."""
        if self._store.anew == self._anew:
            return False
        self._anew = self._store.anew
        self._core.log_base(at)
        self._keep_plan()
        return True

    def _look_beside(self) -> None:
        """Keep a file of unwritten entries while there are any."""
        exists = (self._publish_in / backlog.NAME).exists()
        if exists is not self._store.holds:
            self.keep_unwritten()
        else:
            self._beside = exists

    def shot(self, at: Instant) -> Snapshot:
        """Return the snapshot of a moment."""
        shot = self._core.shot(
            at, config_error=self._config_error, trouble=self._trouble(at)
        )
        targets = self.notices.views(self.config, self.memory)
        return replace(
            self.sites.view(self.config, shot),
            targets=targets,
            notices=self.notices.latest(),
            held_until=self.notices.held_until,
            paper=tuple(each.trouble for each in self._paper if each.trouble),
            standby=self._standby(at),
        )

    def _keep_memory(self, *, in_store: bool) -> None:
        text = saved_memory.written(self.memory, clock.boot_id())
        with suppress(OSError):  # where the snapshot is refused too, which is logged
            state_file.replace(self._publish_in / saved_memory.NAME, text)
        if in_store:
            self._store.remember(saved_memory.IN_STORE, text, urgent=True)
            self._stored_s = self._now().steady_s

    def _state(self) -> None:
        """Keep people's words, and the channels in use, beside the store."""
        self._filed_s = self._now().steady_s
        text = saved_memory.stated(self.memory, clock.boot_id())
        self._stated = self._files.keep(saved_memory.STATEMENTS, text)

    def _keep_plan(self) -> None:
        self._files.keep(
            last_good_plan.NAME, last_good_plan.written(self.config, self._file)
        )
        self._store.remember(
            last_good_plan.NAME, last_good_plan.named(self.config, self._file)
        )

    def _is_stuck(self) -> bool:
        """Tell whether probes are due and none has ended for far too long."""
        now_s = self._now().steady_s
        shortest_s = min(map(_shortest_s, self._probes.values()), default=0.0)
        return any(
            now_s - max(due_s, self._schedule.ended_s)
            > 2 * shortest_s + self._probes[name].timeout_s
            for name, due_s in self._schedule.due_s.items()
            if name in self._probes and name not in self.runs.waiting
        )

    def _trouble(self, at: Instant) -> tuple[str, ...]:
        """Return the engine's troubles; the journal has their changes."""
        doubted = self._store.clock_doubted = self._doubt.holds(at)
        disk = self._store.trouble or ("disk" if self._files.refused else None)
        kept_s = math.ceil(self.runs.shortest_kept_s)
        words = (
            disk,
            self._store.begun_anew,
            "clock" if doubted else None,
            f"intervals:{kept_s}" if kept_s else None,
            "lagging" if self.runs.lag.by_s else None,
            self.inboxes.trouble,
        )
        trouble = tuple(word for word in words if word)
        to_note = tuple(word for word in trouble if word != self._store.begun_anew)
        for word in to_note:
            if word not in self._told:
                self._note("trouble", word)
        for word in self._told:
            if word not in to_note:
                self._note("trouble-over", word)
        self._told = to_note
        return trouble

    def _doubt_clock(self, by_s: float) -> None:
        self._note("clock", f"{by_s:+.1f}")
        self._doubt.note_jump(by_s, self._now())
        if abs(by_s) >= DOUBTED_FROM_S:
            self._core.log_base(self._now())  # rows of that date may soon be forgotten
        self._stamps.show()

    def _note(self, kind: str, text: str) -> None:
        self._store.note(self._now().utc, ENGINE, kind, text)


def _strict(probe: Probe) -> bool:
    """Tell whether a run before its time is unwanted: by the plan, or for its cost."""
    return probe.interval_written or probe.cost


def _shortest_s(probe: Probe) -> float:
    """Return the shortest possible interval of a probe."""
    if _strict(probe):
        return probe.interval_s
    return min(probe.interval_s, probe.watch_every_s)
