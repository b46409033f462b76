"""Schedule of the probes' runs.

The times are kept here, on the steady clock; APScheduler wakes this by a single job,
which goes by the wall clock and runs when the first of them is due. When the wall clock
is set, or the machine was asleep, the job is placed anew: else a step back would stop
them all.
"""

import asyncio
import hashlib
import heapq
import logging
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from secours.engine.clock import jump_s
from secours.model.observed import Instant

log = logging.getLogger(__name__)
logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every job

LOOK_EVERY_S = 1.0
JUMP_S = 1.0  # the wall clock may drift by less without harm
ASLEEP_S = 5.0
AFTER_DEFECT_S = 60.0
LET_GO_S = 1.0  # what running probes get at the end
WAKE_GAP_S = 0.03  # what is due within it begins together: to be woken costs
WAKE_AT_LEAST_EVERY_S = 3600.0
CLOCK_S = 0.001  # what the clock leaves out of a moment


def spread(name: str) -> float:
    """Return a fixed number from 0 to 1 for a name."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


class WakeTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Trigger of a job that repeats after a varying number of seconds."""

    def __init__(self, wait_s: Callable[[], float]) -> None:
        """Ask `wait_s` after each run of the job."""
        self._wait_s = wait_s

    def get_next_fire_time(self, _before: datetime | None, now: datetime) -> datetime:
        """Return when the job runs next."""
        return now + timedelta(seconds=self._wait_s())


class Schedule:
    """Schedule of named runs, one of each at a time.

    `begin(name)` runs it and returns the steady second of its next run, None for
    never again.
    """

    def __init__(
        self,
        begin: Callable[[str], Awaitable[float | None]],
        now: Callable[[], Instant],
    ) -> None:
        self.due_s: dict[str, float] = {}  # a run under way is due until it is over
        self.ended_s = now().steady_s  # when a run was last over
        self._begin = begin
        self._now = now
        self._running: dict[str, asyncio.Task[None]] = {}
        self._waiting: list[tuple[float, str]] = []  # a heap; `due_s` says what holds
        self._wakes_s = 0.0
        self._job: Job | None = None
        self._jobs = AsyncIOScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},  # calls it, as it is over at once
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )

    def start(self) -> None:
        """Start the job."""
        self._job = self._jobs.add_job(self._begin_due, WakeTrigger(self._wait_s))
        self._jobs.start()

    async def stop(self) -> None:
        """Start no more runs and cancel the running ones."""
        self._waiting.clear()  # a wake may be on its way
        if self._job is not None:
            self._job = None
            self._jobs.shutdown(wait=False)
        for task in self._running.values():
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=LET_GO_S)
        await asyncio.sleep(0)  # APScheduler shuts down in the loop's next turn

    def place(self, name: str, due_s: float) -> None:
        """Set its next run to this steady second."""
        self.due_s[name] = due_s
        if name not in self._running:  # else it will be placed when it is over
            heapq.heappush(self._waiting, (due_s, name))
            if due_s < self._wakes_s:
                self.wake_anew()

    def bring_forward(self, name: str, due_s: float) -> None:
        """Set its next run to this steady second if that is earlier."""
        if name in self.due_s and name not in self._running:
            due_s = max(due_s, self._now().steady_s)
            if due_s < self.due_s[name]:
                self.place(name, due_s)

    def drop(self, name: str) -> None:
        """Never run it again; a run under way may end."""
        self.due_s.pop(name, None)

    def runs(self, name: str) -> bool:
        """Tell whether a run of it is under way."""
        return name in self._running

    async def watch_clock(self, jumped: Callable[[float], None]) -> None:
        """Set the job anew whenever the wall clock jumps; report by how much."""
        before = self._now()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            after = self._now()
            by_s = jump_s(before, after)
            if abs(by_s) > JUMP_S or after.since(before) > ASLEEP_S:
                self.wake_anew()
            if abs(by_s) > JUMP_S:
                log.warning("the wall clock jumped by %.1f s", by_s)
                jumped(by_s)
            before = after

    def wake_anew(self) -> None:
        """Set the job by the present clocks."""
        if self._job is not None:
            wait = timedelta(seconds=self._wait_s())
            self._job.modify(next_run_time=self._now().utc + wait)

    def _wait_s(self) -> float:
        """Return the seconds until the first is due, or may start with others."""
        now_s = self._now().steady_s
        first_s = self._waiting[0][0] + CLOCK_S if self._waiting else math.inf
        wait_s = min(max(first_s - now_s, WAKE_GAP_S), WAKE_AT_LEAST_EVERY_S)
        self._wakes_s = now_s + wait_s
        return wait_s

    def _begin_due(self) -> None:
        """Start the due runs, each as a task."""
        now_s = self._now().steady_s
        while self._waiting and self._waiting[0][0] <= now_s:
            due_s, name = heapq.heappop(self._waiting)
            if self.due_s.get(name) == due_s and name not in self._running:
                run = asyncio.create_task(self._run(name), name=name)
                self._running[name] = run

    async def _run(self, name: str) -> None:
        next_s: float | None = self._now().steady_s + AFTER_DEFECT_S
        try:
            next_s = await self._begin(name)
            self.ended_s = self._now().steady_s
        except Exception:
            log.exception("the run of %s was lost: a defect of Secours", name)
        finally:
            del self._running[name]
            if next_s is None:
                self.due_s.pop(name, None)
            elif name in self.due_s:
                self.place(name, next_s)
