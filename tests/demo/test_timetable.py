import pytest

from secours.demo.labels import Words
from secours.demo.timetable import TIMETABLE, Act, Timetable, follow
from secours.demo.town import TROUBLES
from secours.languages import LANGUAGES


class Enough(Exception):
    """The clock of a test has run long enough."""


class Log:
    """A town that only writes down what happens to it, and its clock."""

    def __init__(self, until_s: float) -> None:
        self.lines: list[str] = []
        self.said: list[str] = []
        self._now_s = 0.0
        self._until_s = until_s

    async def break_(self, name: str) -> None:
        self.lines.append(f"{self._now_s:g} break {name}")

    async def heal(self, name: str) -> None:
        self.lines.append(f"{self._now_s:g} heal {name}")

    def announce(self, sentence: Words) -> None:
        self.said.append(sentence["fr"])

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self._now_s += seconds
        if self._now_s > self._until_s:
            raise Enough


async def followed(timetable: Timetable, until_s: float) -> Log:
    log = Log(until_s)
    with pytest.raises(Enough):
        await follow(log, timetable, log.announce, sleep=log.sleep)
    return log


async def test_timetable_is_followed_over_and_over() -> None:
    acts = (
        Act(2, "break", "sun", {"fr": "dark"}),
        Act(5, "heal", "sun", {"fr": "day"}),
    )

    log = await followed(Timetable(acts, loop_s=10), until_s=16)

    assert log.lines == ["2 break sun", "5 heal sun", "12 break sun", "15 heal sun"]
    assert log.said == ["dark", "day", "dark", "day"]


async def test_own_timetable_breaks_what_there_is_and_heals_it_all() -> None:
    log = await followed(TIMETABLE, until_s=TIMETABLE.loop_s)

    broken = [line.split()[2] for line in log.lines if " break " in line]
    assert set(broken) <= set(TROUBLES)
    assert {"signal", "meta", "mains", "line"} <= set(broken)
    assert log.lines[0].endswith("break signal")
    assert log.lines[-1].endswith("heal all")


def test_times_go_up_and_sentences_are_there_in_every_language() -> None:
    times = [act.at_s for act in TIMETABLE.acts]

    assert times == sorted(times)
    assert times[-1] < TIMETABLE.loop_s
    assert {tuple(act.sentence) for act in TIMETABLE.acts} == {LANGUAGES}
