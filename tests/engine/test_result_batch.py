import asyncio
import time
from contextlib import suppress

from plans import result

from secours.core.events import Gathered
from secours.engine.result_batch import TIMES, ResultBatch

GENEROUSLY_S = 60.0


class Core:
    """Takes in what is gathered, and may need long for it."""

    def __init__(self) -> None:
        self.took_in: list[list[str]] = []
        self.at_s: list[float] = []
        self.needs_s = 0.0
        self.defect: Exception | None = None
        self.gathering = ResultBatch(self.take_in)

    def take_in(self, event: Gathered) -> None:
        self.at_s.append(time.monotonic())
        self.took_in.append([each.result.probe for each in event.results])
        time.sleep(self.needs_s)  # as deciding holds the loop
        if self.defect:
            raise self.defect

    @property
    def apart_s(self) -> float:
        """Return how long after the first event the second began."""
        return self.at_s[1] - self.at_s[0]

    async def add(self, *names: str) -> None:
        async with asyncio.timeout(GENEROUSLY_S):
            await asyncio.gather(
                *(self.gathering.add(result(n, "o", 1)) for n in names)
            )


def ids(*names: str) -> list[str]:
    return [f"channels/{name}/tcp" for name in names]


async def _begun() -> None:
    """Let those that were just begun wait for their turn."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_a_quiet_engine_takes_a_result_in_with_the_next_turn() -> None:
    core = Core()
    adding = asyncio.create_task(core.add("a"))
    for _ in range(5):
        await asyncio.sleep(0)

    assert core.took_in == [ids("a")]
    await adding


async def test_what_one_turn_brings_is_one_event() -> None:
    core = Core()

    await core.add("a", "b", "c")

    assert core.took_in == [ids("a", "b", "c")]


async def test_after_a_long_decision_the_next_results_wait_for_each_other() -> None:
    core = Core()
    core.needs_s = 0.01
    await core.add("a")

    first = asyncio.create_task(core.add("b"))
    await _begun()
    await asyncio.gather(first, core.add("c"))

    assert core.took_in == [ids("a"), ids("b", "c")]
    assert core.apart_s > (1 + TIMES) * core.needs_s * 0.9


async def test_they_wait_for_a_quarter_of_a_second_at_most() -> None:
    core = Core()
    core.needs_s = 0.5
    await core.add("a")
    core.needs_s = 0.0

    await core.add("b")

    assert core.apart_s < TIMES * 0.5 / 2  # they do not wait so long, nor half of it


async def test_however_long_deciding_takes_half_of_the_time_is_for_tests() -> None:
    core = Core()
    core.needs_s = 1.0
    await core.add("a")
    core.needs_s = 0.0

    await core.add("b")

    assert core.apart_s > 1.95


async def test_what_else_happens_finds_them_taken_in() -> None:
    core = Core()
    core.needs_s = 0.2
    await core.add("a")
    adding = asyncio.create_task(core.add("b"))
    await _begun()

    core.gathering.take_in()
    await adding
    core.gathering.take_in()
    await asyncio.sleep(0.3)  # until when it would have been taken in by itself

    assert core.took_in == [ids("a"), ids("b")]


async def test_a_run_that_is_cancelled_takes_no_other_with_it() -> None:
    core = Core()
    core.needs_s = 0.05
    await core.add("a")
    cancelled = asyncio.create_task(core.add("b"))
    other = asyncio.create_task(core.add("c"))
    await _begun()

    cancelled.cancel()
    with suppress(asyncio.CancelledError):
        await cancelled
    await other

    assert core.took_in == [ids("a"), ids("b", "c")]


async def test_a_defect_reaches_each_run_that_waits() -> None:
    core = Core()
    core.defect = ZeroDivisionError()
    adding = [core.gathering.add(result(name, "o", 1)) for name in "ab"]

    told = await asyncio.gather(*adding, return_exceptions=True)
    core.defect = None
    await core.add("c")

    assert [type(each) for each in told] == [ZeroDivisionError] * 2
    assert core.took_in[-1] == ids("c")
