"""The story: its steps in order, how fast, and what is left when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from secours.demo.programme import Programme
from secours.demo.tour import STEPS, Tour, TourStep
from secours.demo.town import TROUBLES
from secours.languages import LANGUAGES
from secours.model.story import Story


class Log:
    """A stage that writes down what happens on it."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.stories: list[Story | None] = []

    async def break_(self, name: str) -> None:
        assert name in TROUBLES
        self.seen.append(f"break {name}")

    async def heal(self, name: str) -> None:
        assert name in {*TROUBLES, "all"}
        self.seen.append(f"heal {name}")

    async def distrust(self, name: str) -> None:
        self.seen.append(f"distrust {name}")

    async def trust(self, name: str) -> None:
        self.seen.append(f"trust {name}")


async def turns() -> None:
    """Let everything that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


@asynccontextmanager
async def programme(log: Log, stopped: list[str]) -> AsyncIterator[Programme]:
    playing = Programme(
        log,
        lambda _: None,
        log.stories.append,
        command="secours demo --break signal",
        stopped=lambda: stopped.append("!"),
    )
    yield playing
    await playing.close()


def steps(log: Log) -> list[int | None]:
    return [story.step for story in log.stories if story]


async def test_next_goes_through_all_steps_and_the_end_says_what_to_do() -> None:
    log = Log()
    async with programme(log, []) as playing:
        playing.play_tour()
        await turns()
        for _ in STEPS:
            assert playing.next()
            await turns()
        over = playing.is_playing

    assert steps(log) == [*range(1, len(STEPS) + 1), None]
    assert over is False
    last = log.stories[-1]
    assert last is not None
    assert all(
        "secours demo --break signal" in last.words[language] for language in LANGUAGES
    )


async def test_everything_that_the_story_does_is_taken_back() -> None:
    log = Log()
    async with programme(log, []) as playing:
        playing.play_tour()
        for _ in STEPS:
            await turns()
            playing.next()
        await turns()

    done = {line.split()[1] for line in log.seen if line.startswith(("br", "dis"))}
    undone = {line.split()[1] for line in log.seen if line.startswith(("heal", "tr"))}
    assert done == {"meta", "mains", "signal", "line"}
    assert done <= undone


async def test_hand_ends_the_story_its_words_and_its_distrust() -> None:
    log, stopped = Log(), list[str]()
    async with programme(log, stopped) as playing:
        playing.play_tour()
        await turns()
        playing.take_over()
        await turns()
        went_on = playing.next()
        playing.take_over()

    assert log.stories[-1] is None
    assert log.seen[-1] == "trust signal"
    assert (went_on, stopped) == (False, ["!"])


async def test_step_lasts_its_time_and_a_pause_holds_it() -> None:
    seen: list[int] = []

    short = [TourStep(name=name, words={}, lasts_s=0.0, acts=()) for name in ("a", "b")]
    await Tour(short).play(Log(), lambda number, _: seen.append(number))
    assert seen == [1, 2]

    paused = Tour(short)
    paused.pause()
    playing = asyncio.create_task(
        paused.play(Log(), lambda number, _: seen.append(number))
    )
    await turns()
    assert seen == [1, 2, 1]
    paused.next()
    await turns()
    assert seen == [1, 2, 1, 2]
    paused.pause(paused=False)
    await playing


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_step_has_words_in_every_language_short_enough_for_a_telephone(
    step: TourStep,
) -> None:
    assert tuple(step.words) == LANGUAGES
    assert all(0 < len(words) <= 200 for words in step.words.values())


def test_story_is_of_five_minutes() -> None:
    assert 240 <= sum(step.lasts_s for step in STEPS) <= 300
