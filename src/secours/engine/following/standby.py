"""Standby: it shows the first's state, or probes by itself.

It probes once a person says so, or the first was silent for as long as the plan allows;
then only a person has it follow again. People's words at the first are kept on this
disk as they come, and hold on when the first is gone.
"""

import asyncio
import logging
import os
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from secours.core import inheritance
from secours.core.events import Replanned
from secours.core.inheritance import Said
from secours.core.memory import Memory, heard_until, held_until
from secours.core.snapshot import take
from secours.core.statements.words_in_force import Words
from secours.core.step import step
from secours.engine import clock, last_good_plan, state_file, supervise
from secours.engine.control import requests, runtime_folder
from secours.engine.control.requests import RequestRefused, RequestTable
from secours.engine.control.statements import signed
from secours.engine.engine import Engine
from secours.engine.following import role as roles
from secours.engine.following.first import First, NoFirst
from secours.engine.following.first_monitor import FirstMonitor
from secours.engine.following.first_request import SILENT, FirstState
from secours.engine.following.role import Role
from secours.engine.orders import ledger
from secours.engine.published import snapshot_file
from secours.engine.reload import Source, in_one_line
from secours.engine.store import saved_memory
from secours.engine.store.durable_files import Files
from secours.engine.store.reader import ENGINE
from secours.engine.store.store import Store
from secours.message import Fact
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.requests import EngineRequest, PingRequest, TakeoverRequest
from secours.model.snapshot import Snapshot, Standby
from secours.outside_text import plain

log = logging.getLogger(__name__)

STAMP_EVERY_S = 2.0
KEEP_EVERY_S = 60.0  # interval at which the time of its last answer is saved
WORDS_HOLD_S = 3600.0  # after its last answer; longer by `takeover_after`
Probing = Callable[[Config, Memory, asyncio.Event], Awaitable[None]]
"""Runs an engine of a plan and a memory until an event is set."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Environment of a standby: disk, folder in memory, plan, clock."""

    store: Store
    file: Path  # of the plan
    publish_in: Path
    now: Callable[[], Instant]
    province: bool = False  # it follows all sites


class StandingBy:
    """A standby, from its start on."""

    def __init__(
        self,
        first: First,
        config: Config,
        memory: Memory,
        machine: Machine,
        *,
        refused: str | None = None,
    ) -> None:
        self.config = config
        self.refused = refused  # why the plan is the last good one
        self._engine: Engine | None = None  # while it probes
        self._machine = machine
        self._files = Files(machine.store.folder)
        self._memory = memory
        self._instance = secrets.token_hex(8)
        self._leave = asyncio.Event()
        self._news = asyncio.Event()
        self._inherited: tuple[object, ...] = ()
        self._orders = ledger.Ledger()  # of the province, that the first has taken
        self._was_heard: bool | None = None
        self._monitor = FirstMonitor(first, self._instance, self._plan, machine.now)
        self._role = self._begin(first)
        self._kept_s = self._role.since.steady_s

    def _begin(self, first: First) -> Role:
        """Return the kept role; a new standby follows."""
        now, folder = self._machine.now(), self._machine.store.folder
        role = roles.load(folder, clock.boot_id(), now)
        if role is None:
            role = Role(boot_id=clock.boot_id(), url=first.url, since=now)
            self._note("standby-follows", first.url)
        if role.url != first.url:
            role = replace(role, url=first.url, first="", heard=None)
            self._note("standby-follows", first.url)
        self._note("standby-probes" if role.probing else "standby-shows", first.url)
        roles.save(folder, role)
        return role

    async def run(self, source: Source, probe: Probing, stop: asyncio.Event) -> None:
        """Follow or probe, until `stop` is set."""
        ending = asyncio.create_task(stop.wait())
        ending.add_done_callback(lambda _: self._leave.set())
        try:
            async with supervise.kept(self._monitor.go_on(self._heard)):
                while not stop.is_set():
                    self._leave = asyncio.Event()
                    if self._role.probing:
                        await probe(self.config, self._memory, self._leave)
                    else:
                        await self._follow(source)
        finally:
            ending.cancel()

    @contextmanager
    def probing_with(self, engine: Engine) -> Iterator[None]:
        """Use this engine's state, while inside."""
        self._engine = engine
        try:
            yield
        finally:
            self.config, self._engine = engine.config, None

    # ------------------------------------------------------------ what is known

    def view(self, at: Instant) -> Standby:
        """Return the standby's view: its first, and the state of that."""
        wrong, latest, role = self._monitor.wrong, self._monitor.latest, self._role
        return Standby(
            url=self._monitor.first.url,
            host=self._monitor.first.host,
            first=latest.name if latest else role.first,
            heard=latest.at if latest else role.heard,
            problem=wrong.problem or ("" if self._monitor.is_heard(at) else SILENT),
            reason=wrong.reason,
            facts=wrong.facts,
            probing=role.probing,
            since=role.since,
            by=role.by,
            takes_over=self._takes_over(at),
            instance=self._instance,
        )

    def _takes_over(self, at: Instant) -> Instant | None:
        after_s = self._plan().takeover_after_s
        if after_s is None or self._role.probing or self._monitor.is_heard(at):
            return None
        return at.later(after_s - self._monitor.silent_s(at))

    def _plan(self) -> Config:
        return self._engine.config if self._engine else self.config

    def _heard(self) -> None:
        """Note the state of the first, and take over when due."""
        now = self._machine.now()
        latest, is_heard = self._monitor.latest, self._monitor.is_heard(now)
        if is_heard is not self._was_heard:
            host = self._monitor.first.host
            name = latest.name if latest else self._role.first or host
            self._note("standby-heard" if is_heard else "standby-unheard", name)
        self._was_heard = is_heard
        if latest is not None:
            self._keep_heard(latest, now)
            if not self._role.probing:
                self._inherit(latest)
                self._inherit_orders(latest.orders)
        after_s = self._plan().takeover_after_s
        silent_s = self._monitor.silent_s(now)
        if not self._role.probing and after_s is not None and silent_s >= after_s:
            self._take_over("", "")
        self._news.set()

    def _keep_heard(self, latest: FirstState, now: Instant) -> None:
        """Keep the time of its state: now and then, and when it falls silent."""
        is_silent, role = bool(self._monitor.wrong.problem), self._role
        is_due = now.steady_s - self._kept_s >= KEEP_EVERY_S
        if role.first == latest.name and (
            role.heard == latest.at or not (is_due or is_silent)
        ):
            return
        self._kept_s = now.steady_s
        self._keep_role(replace(self._role, first=latest.name, heard=latest.at))

    def _inherit(self, latest: FirstState) -> None:
        """Keep people's words of the first, where they changed."""
        aside = {
            view.name
            for view in latest.shot.channels
            if view.standing.aside is Reason.SET_ASIDE
        }
        basis = (latest.said, aside, self.config)
        if basis == self._inherited and not self._files.refused:
            return
        words = inheritance.closed(self.config, latest.memory.words, latest.shot)
        self._memory = replace(latest.memory, words=words)
        self._keep_memory()
        self._inherited = basis
        if not self._role.knows_words:
            self._keep_role(replace(self._role, knows_words=True))

    def _inherit_orders(self, orders: ledger.Ledger) -> None:
        """Keep the orders that the first took, so that none is taken again here."""
        if orders == self._orders and not self._files.refused:
            return
        self._orders = orders
        here = ledger.recall(self._machine.store.folder)
        self._files.keep(ledger.NAME, ledger.written(ledger.joined(orders, here)))

    def _keep_memory(self) -> None:
        text = saved_memory.stated(self._memory, clock.boot_id())
        try:
            state_file.replace(self._machine.publish_in / saved_memory.NAME, text)
        except OSError as error:
            log.error("what people said is not kept beside the snapshot: %s", error)
        self._files.keep(saved_memory.STATEMENTS, text)
        self._machine.store.remember(saved_memory.IN_STORE, text, urgent=True)

    def _keep_role(self, role: Role) -> bool:
        self._role = role
        return roles.save(self._machine.store.folder, role)

    # ------------------------------------------------------------ it follows

    async def _follow(self, source: Source) -> None:
        """Show the first's state, until it is to probe."""
        folder = self._machine.publish_in
        # Other requests belong to the first.
        table: RequestTable = {
            PingRequest: self._ping,
            EngineRequest: self._elsewhere,
            **self.table(),
        }
        self._keep_plan()
        async with (
            requests.serve(
                folder, table, lambda: self.config.site.language
            ) as listener,
            runtime_folder.kept(folder, listener),
        ):
            loops = {
                asyncio.create_task(self._keep_publishing()),
                asyncio.create_task(source.watch(self._accept, self._refuse)),
                asyncio.create_task(self._leave.wait()),
            }
            over, _ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
            for task in loops - over:
                task.cancel()
            await asyncio.gather(*(loops - over), return_exceptions=True)
            for task in over:
                task.result()  # a loop ends by a defect only: die, and be restarted

    async def _keep_publishing(self) -> None:
        """Publish after each answer; until the first one, the old snapshot ages.

        Once it is to probe, the first's state is no longer published: it would look
        like its own.
        """
        await self._news.wait()
        while not self._leave.is_set():
            self._publish()
            self._news.clear()
            try:
                async with asyncio.timeout(STAMP_EVERY_S):
                    await self._news.wait()
            except TimeoutError:
                pass

    def _publish(self) -> None:
        now, store = self._machine.now(), self._machine.store
        latest = self._monitor.latest
        shot = latest.shot if latest else self._of_plan(now)
        disk = store.trouble or ("disk" if self._files.refused else None)
        clocks = "clocks" if latest and not latest.has_our_clock else None
        ours = tuple(e for e in (disk, clocks) if e and e not in shot.trouble)
        shown = replace(
            shot,
            standby=self.view(now),
            config_error=self.refused or shot.config_error,
            trouble=(*ours, *shot.trouble),
        )
        try:
            snapshot_file.write(shown, self._machine.publish_in)
        except OSError as error:
            log.error("the snapshot cannot be published: %s", error)

    def _of_plan(self, now: Instant) -> Snapshot:
        """Return the plan, and people's words at the first, as a stale snapshot."""
        words = self._memory.words
        memory = step(self.config, Memory(words=words), Replanned(at=now))
        at = self._role.heard or now
        return take(self.config, memory, at=at, boot_id="", started=now)

    def _accept(self, config: Config) -> None:
        self.config, self.refused = config, None
        self._keep_plan()
        self._note("plan", config.version)

    def _keep_plan(self) -> None:
        text = last_good_plan.written(self.config, self._machine.file)
        self._files.keep(last_good_plan.NAME, text)

    def _refuse(self, error: Exception) -> None:
        self.refused = in_one_line(error, self.config.site.language)
        self._note("config-error", self.refused)

    # ------------------------------------------------------------ what is asked

    def table(self) -> RequestTable:
        """Return what can be asked of a standby, whichever part it plays."""
        return {TakeoverRequest: self._asked}

    async def _ping(self, _: object) -> dict[str, Any]:
        return {"ok": True, "pid": os.getpid(), "plan_version": self.config.version}

    async def _elsewhere(self, _: object) -> dict[str, Any]:
        raise RequestRefused("commands.standby.follows", **self._who())

    async def _asked(self, request: TakeoverRequest) -> dict[str, Any]:
        by, why = signed(request.by), plain(request.why)
        if request.back:
            await self._refuse_back()
            on_disk = self._go_back(by, why)
        else:
            if self._role.probing:
                raise RequestRefused("commands.standby.probes-already")
            on_disk = self._take_over(by, why)
        return {
            "ok": True,
            "kept": "disk" if on_disk else "memory",
            "language": self.config.site.language,
            "recommendations": [],
        }

    def _who(self) -> dict[str, Fact]:
        view = self.view(self._machine.now())
        return {"first": view.first or self._monitor.first.host, "url": view.url}

    def _take_over(self, by: str, why: str) -> bool:
        """Probe from now on, with people's words at the first; tell if that is kept."""
        now, name = self._machine.now(), str(self._who()["first"])
        if self._monitor.latest is not None and not self._inherited:  # just went back
            self._inherit(self._monitor.latest)
        memory = self._memory
        words = memory.words
        if not self._knows_words(now):
            words = replace(words, lost=True)
        stopped = memory.at
        self._memory = Memory(
            words=words,
            lines=memory.lines,
            recovered=held_until(memory.recovered, stopped, now) if stopped else {},
            reach=memory.reach,
            heard_again=heard_until(memory, stopped, now) if stopped else {},
            faulty=memory.faulty,
        )
        kept = self._turn(by, probing=True)
        self._note("standby-takes-over", _signed(by, why), by)
        self._machine.store.changes(inheritance.changes(words, name, now))
        return kept

    def _knows_words(self, now: Instant) -> bool:
        """Tell whether few words of the first can be missing here.

        A standby that waited as long as the plan says took over in time; one that was
        away meanwhile, or left to wait, cannot know what was distrusted.
        """
        latest, after_s = self._monitor.latest, self._plan().takeover_after_s
        heard = latest.at if latest else self._role.heard
        if not self._role.knows_words or heard is None:
            return False
        return 0 <= now.since(heard) <= (after_s or 0.0) + WORDS_HOLD_S

    async def _refuse_back(self) -> None:
        """Refuse to follow again where words here are missing at the first."""
        if not self._role.probing:
            raise RequestRefused("commands.standby.follows-already", **self._who())
        await self._monitor.ask_once()
        latest, is_heard = self._monitor.latest, self._monitor.answers()
        if latest is None or not is_heard:
            raise RequestRefused("commands.standby.unheard", **self._who())
        config = self._plan()
        here = self._engine.memory.words if self._engine else self._memory.words
        there = inheritance.closed(config, latest.memory.words, latest.shot)
        if found := inheritance.beyond(here, there):
            said = _listed(found)
            raise RequestRefused("commands.standby.unsaid", what=said, **self._who())

    def _go_back(self, by: str, why: str) -> bool:
        """Follow from now on."""
        self._inherited = ()
        kept = self._turn(by, probing=False)
        self._note("standby-back", _signed(by, why), by)
        return kept

    def _turn(self, by: str, *, probing: bool) -> bool:
        now = self._machine.now()
        role = replace(self._role, probing=probing, since=now, by=by)
        kept = self._keep_role(role)
        self._leave.set()
        return kept

    def _note(self, kind: str, text: str, by: str = "") -> None:
        self._machine.store.note(self._machine.now().utc, by or ENGINE, kind, text)


def refuse_own_words(words: Words, folder: Path) -> None:
    """Raise NoFirst where people's words here would be lost by following."""
    if found := inheritance.beyond(words, Words()):
        facts = {"folder": str(folder), "what": _listed(found)}
        raise NoFirst("commands.standby.own-words", **facts)


async def _no_standby(_: object) -> dict[str, Any]:
    raise RequestRefused("commands.standby.none")


NO_STANDBY: RequestTable = {TakeoverRequest: _no_standby}


def _signed(by: str, why: str) -> str:
    return ": ".join(filter(None, (by, why)))


def _listed(said: Iterable[Said]) -> str:
    return ", ".join(" ".join(filter(None, each)) for each in said)
