import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import time_machine

from secours.engine import clock
from secours.engine.probing import schedule
from secours.engine.probing.schedule import Schedule, spread

EVERY_S = 0.05
GENEROUSLY_S = 60.0


class Clockwork:
    """Something to schedule: counts its runs, and can be held up."""

    def __init__(self) -> None:
        self.runs = 0
        self.ran = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()
        self.at_once = self.most_at_once = 0

    async def begin(self, _name: str) -> float:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.runs += 1
            self.ran.set()
            await self.free.wait()
            return clock.now().steady_s + EVERY_S
        finally:
            self.at_once -= 1

    async def runs_again(self, times: int = 1) -> None:
        for _ in range(times):
            self.ran.clear()
            await asyncio.wait_for(self.ran.wait(), GENEROUSLY_S)


@asynccontextmanager
async def _going(work: Clockwork) -> AsyncIterator[Schedule]:
    going = Schedule(work.begin, clock.now)
    going.start()
    watch = asyncio.create_task(going.watch_clock(lambda _by_s: None))
    try:
        yield going
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        await going.stop()


async def test_it_runs_again_and_again() -> None:
    work = Clockwork()
    async with _going(work) as going:
        going.place("p", clock.now().steady_s)

        await work.runs_again(5)

        assert going.ended_s <= clock.now().steady_s


@pytest.mark.parametrize("by_s", [-3600, 3600])
async def test_a_jump_of_the_wall_clock_does_not_stop_it(
    monkeypatch: pytest.MonkeyPatch, by_s: float
) -> None:
    monkeypatch.setattr(schedule, "LOOK_EVERY_S", 0.02)
    work = Clockwork()
    with time_machine.travel(clock.now().utc, tick=True) as traveller:
        async with _going(work) as going:
            going.place("p", clock.now().steady_s)
            await work.runs_again(2)

            traveller.shift(by_s)

            await work.runs_again(5)


async def test_a_jump_forward_does_not_run_everything_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "LOOK_EVERY_S", 0.02)
    work = Clockwork()
    with time_machine.travel(clock.now().utc, tick=True) as traveller:
        async with _going(work) as going:
            going.place("later", clock.now().steady_s + 1800)
            going.place("p", clock.now().steady_s + 0.5)

            traveller.shift(3600)
            await work.runs_again(2)

            assert not going.runs("later")
            assert "later" in going.due_s


async def test_a_wake_before_time_begins_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken = _woken(monkeypatch)
    work = Clockwork()
    with time_machine.travel(clock.now().utc, tick=True) as traveller:
        async with _going(work) as going:
            going.place("p", clock.now().steady_s + 1800)
            traveller.shift(3600)
            going.place("q", clock.now().steady_s)  # APScheduler looks at its clock

            await work.runs_again()

            assert len(woken) > 0
            assert not going.runs("p")
            assert work.runs == 1


async def test_what_is_due_close_together_begins_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken = _woken(monkeypatch)
    begun_s: dict[str, float] = {}
    all_begun = asyncio.Event()

    async def begin(name: str) -> None:
        begun_s[name] = clock.now().steady_s
        if len(begun_s) == 500:
            all_begun.set()

    going = Schedule(begin, clock.now)
    now_s = clock.now().steady_s
    due_s = {f"p{n}": now_s + spread(f"p{n}") for n in range(500)}
    for name, each_s in due_s.items():
        going.place(name, each_s)
    going.start()
    await asyncio.wait_for(all_begun.wait(), GENEROUSLY_S)
    took_s = clock.now().steady_s - now_s
    await going.stop()

    assert all(begun_s[name] >= due_s[name] for name in due_s)
    assert len(woken) < 1.5 * took_s / schedule.WAKE_GAP_S


def _woken(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Return a list that grows whenever APScheduler wakes a schedule."""
    woken: list[None] = []
    begin_due = Schedule._begin_due

    def begin(going: Schedule) -> None:
        woken.append(None)
        begin_due(going)

    monkeypatch.setattr(Schedule, "_begin_due", begin)
    return woken


async def test_never_two_runs_of_one_at_once() -> None:
    work = Clockwork()
    work.free.clear()
    async with _going(work) as going:
        going.place("p", clock.now().steady_s)
        await work.runs_again()
        going.place("p", clock.now().steady_s)
        going.bring_forward("p", clock.now().steady_s)
        going.wake_anew()
        await asyncio.sleep(0.1)
        work.free.set()

        await work.runs_again(2)

    assert work.most_at_once == 1


async def test_what_comes_forward_runs_now() -> None:
    work = Clockwork()
    async with _going(work) as going:
        going.place("p", clock.now().steady_s + 3600)
        going.bring_forward("p", clock.now().steady_s + 7200)
        assert going.due_s["p"] < clock.now().steady_s + 3601

        going.bring_forward("p", 0)

        await work.runs_again()


async def test_what_is_dropped_runs_no_more() -> None:
    work = Clockwork()
    async with _going(work) as going:
        going.place("p", clock.now().steady_s)
        await work.runs_again()
        going.drop("p")
        going.place("q", clock.now().steady_s)
        before = work.runs

        await work.runs_again(3)

        assert work.runs - before <= 4
        assert list(going.due_s) == ["q"]


async def test_a_run_under_way_is_due_until_it_is_over() -> None:
    work = Clockwork()
    work.free.clear()
    async with _going(work) as going:
        due_s = clock.now().steady_s
        going.place("p", due_s)
        await work.runs_again()

        assert going.due_s["p"] == due_s
        assert going.runs("p")


async def test_the_end_cancels_what_runs() -> None:
    work = Clockwork()
    work.free.clear()
    async with _going(work) as going:
        going.place("p", clock.now().steady_s)
        await work.runs_again()

    assert work.at_once == 0


async def test_a_defect_is_tried_again_and_is_no_end_of_a_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "AFTER_DEFECT_S", 0.02)
    tries = asyncio.Queue[None]()

    async def begin(_name: str) -> float:
        tries.put_nowait(None)
        raise KeyError("a defect")

    going = Schedule(begin, clock.now)
    ended_s = going.ended_s
    going.start()
    going.place("p", clock.now().steady_s)

    for _ in range(3):
        await asyncio.wait_for(tries.get(), GENEROUSLY_S)

    assert going.ended_s == ended_s
    await going.stop()


def test_phases_are_spread_and_stay() -> None:
    phases = [spread(f"channels/c{number}/tcp") for number in range(1000)]

    assert min(phases) < 0.05
    assert max(phases) > 0.95
    assert spread("channels/c1/tcp") == phases[1]


async def test_the_end_is_no_error_of_jobs_just_begun(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Clockwork()
    work.free.clear()
    for turns in range(6):
        going = Schedule(work.begin, clock.now)
        for number in range(20):
            going.place(f"job {number}", clock.now().steady_s)
        going.start()
        for _ in range(turns):
            await asyncio.sleep(0)

        await going.stop()

    assert caplog.records == []


async def test_nothing_begins_after_the_end() -> None:
    work = Clockwork()
    for turns in range(8):
        going = Schedule(work.begin, clock.now)
        going.start()
        for _ in range(turns):
            await asyncio.sleep(0)
        going.place("p", clock.now().steady_s)

        await going.stop()
        over = work.runs
        for _ in range(10):
            await asyncio.sleep(0)
        await asyncio.sleep(2 * schedule.WAKE_GAP_S)

        assert (work.runs, work.at_once) == (over, 0)
