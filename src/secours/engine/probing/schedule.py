"""When does each probe run next?

The jobs are APScheduler's, one for each probe, and go by the wall clock; the times that
count are kept here, on the steady clock. When the wall clock is set, or the machine
was asleep, every job is placed anew: otherwise a step back would stop them all.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    JobExecutionEvent,
)
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from secours.engine.clock import jump_s
from secours.model.observed import Instant

log = logging.getLogger(__name__)
logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every job

LOOK_EVERY_S = 1.0
JUMP_S = 1.0  # the wall clock may drift by less without harm
ASLEEP_S = 5.0
SKIPPED_AGAIN_S = 0.1
AFTER_DEFECT_S = 60.0
LET_GO_S = 1.0  # what running probes get at the end


def spread(name: str) -> float:
    """Return a number from 0 to 1, always the same for a name."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


class Schedule:
    """Begins each thing at its time, one run of it at a time.

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
        self._jobs = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={
                "misfire_grace_time": None,
                "coalesce": True,
                "max_instances": 1,
            },
        )
        self._jobs.add_listener(
            self._note_trouble, EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR
        )

    def start(self) -> None:
        """Begin to begin."""
        self._jobs.start()

    async def stop(self) -> None:
        """Begin nothing more and cancel what runs."""
        if self._jobs.running:
            self._jobs.pause()
            await asyncio.sleep(0)  # jobs just begun end in the loop's next turn
            self._jobs.shutdown(wait=False)
        for task in self._running.values():
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=LET_GO_S)
        await asyncio.sleep(0)  # APScheduler shuts down in the loop's next turn

    def place(self, name: str, due_s: float) -> None:
        """Run it at this steady second, instead of when it was to run."""
        self.due_s[name] = due_s
        if name not in self._running:  # else it will be placed when it is over
            self._place_job(name)

    def bring_forward(self, name: str, due_s: float) -> None:
        """Run it at this steady second if it was to run later."""
        if name in self.due_s and name not in self._running:
            due_s = max(due_s, self._now().steady_s)
            if due_s < self.due_s[name]:
                self.place(name, due_s)

    def drop(self, name: str) -> None:
        """Never run it again; a run under way may end."""
        self.due_s.pop(name, None)
        if self._jobs.get_job(name):
            self._jobs.remove_job(name)

    def runs(self, name: str) -> bool:
        """Tell whether a run of it is under way."""
        return name in self._running

    async def watch_clock(self, jumped: Callable[[float], None]) -> None:
        """Place every job anew whenever the wall clock jumps; says by how much."""
        before = self._now()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            after = self._now()
            by_s = jump_s(before, after)
            if abs(by_s) > JUMP_S or after.since(before) > ASLEEP_S:
                self.place_all()
            if abs(by_s) > JUMP_S:
                log.warning("the wall clock jumped by %.1f s", by_s)
                jumped(by_s)
            before = after

    def place_all(self) -> None:
        """Place every job anew by the wall clock of now."""
        for name in self.due_s:
            if name not in self._running:
                self._place_job(name)

    def _place_job(self, name: str) -> None:
        now = self._now()
        wait = timedelta(seconds=max(0.0, self.due_s[name] - now.steady_s))
        self._jobs.add_job(
            self._start,
            DateTrigger(now.utc + wait, UTC),
            args=(name,),
            id=name,
            replace_existing=True,
        )

    async def _start(self, name: str) -> None:
        """Begin a run as a task of its own, so that the job is over at once."""
        if name in self._running or name not in self.due_s:
            return
        self._running[name] = asyncio.create_task(self._run(name), name=name)

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
            elif name in self.due_s and self._jobs.running:
                self.place(name, next_s)

    def _note_trouble(self, event: JobExecutionEvent) -> None:
        """Place a skipped run again: a job of one date is gone once it is skipped."""
        log.warning("the run of %s was skipped", event.job_id)
        name = event.job_id
        if name in self.due_s and name not in self._running:
            self.place(name, self._now().steady_s + SKIPPED_AGAIN_S)
