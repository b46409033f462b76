"""The first counts as silent only for as long as somebody listened."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from render.snapshots import snapshot
from servers.silent_resolver import silent_resolver

from secours.core.memory import EMPTY
from secours.engine.following import first_monitor, first_request
from secours.engine.following.first import First
from secours.engine.following.first_monitor import ASLEEP_S, FirstMonitor
from secours.engine.following.first_request import FirstState, Unheard
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.sections.site import Site

FIRST = First(url="http://127.0.0.1:1", token="t" * 43)
START = Instant(datetime(2026, 11, 24, 3, 0, tzinfo=UTC), 1000.0)


class Clock:
    def __init__(self) -> None:
        self.passed_s = 0.0

    def now(self) -> Instant:
        utc = START.utc + timedelta(seconds=self.passed_s)
        return Instant(utc, START.steady_s + self.passed_s)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    async def silence(*_: object) -> FirstState:
        raise Unheard("unheard")

    monkeypatch.setattr(first_request, "ask", silence)
    return Clock()


def listener(clock: Clock) -> FirstMonitor:
    return FirstMonitor(FIRST, "me", lambda: Config(site=Site()), clock.now)


async def test_silence_counts_from_when_we_began_to_listen(clock: Clock) -> None:
    ours = listener(clock)
    for _ in range(10):
        clock.passed_s += ASLEEP_S - 1
        await ours.ask_once()

    assert ours.silent_s(clock.now()) == 10 * (ASLEEP_S - 1)


async def test_a_sleep_is_no_silence_of_the_first(clock: Clock) -> None:
    ours = listener(clock)
    await ours.ask_once()
    clock.passed_s += 8 * 3600
    await ours.ask_once()
    clock.passed_s += 3

    assert ours.silent_s(clock.now()) == 3


async def test_a_sleep_while_a_question_is_under_way_is_no_silence_of_the_first(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asleep(*_: object) -> FirstState:
        clock.passed_s += 8 * 3600
        raise Unheard("unheard")

    ours = listener(clock)
    monkeypatch.setattr(first_request, "ask", asleep)
    await ours.ask_once()

    assert ours.silent_s(clock.now()) == 0


async def test_it_goes_on_to_listen_whatever_what_it_heard_does(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_monitor, "EVERY_S", 0.0)
    heard, again = [0], asyncio.Event()

    def defect() -> None:
        heard[0] += 1
        if heard[0] > 2:
            again.set()
        raise ValueError

    going = asyncio.create_task(listener(clock).go_on(defect))
    async with asyncio.timeout(60):
        await again.wait()
    going.cancel()

    assert not going.done()


async def test_it_ends_when_it_is_cancelled_while_the_resolver_is_silent() -> None:
    first = First(url="http://first.test", token="t" * 43)
    ours = FirstMonitor(first, "me", lambda: Config(site=Site()), Clock().now)
    with silent_resolver() as asked:
        going = asyncio.create_task(ours.go_on(lambda: None))
        assert await asyncio.to_thread(asked.wait, 60)
        going.cancel()
        over, _ = await asyncio.wait({going}, timeout=60)

    assert over


@pytest.mark.parametrize(
    ("language", "wrong", "said"),
    [
        ("fr", Unheard("unheard"), "127.0.0.1:1 n\u2019est pas entendu"),
        (
            "fr",
            Unheard("unheard", Reason.REFUSED),
            "127.0.0.1:1 n\u2019est pas entendu (connexion refusée)",
        ),
        (
            "nl",
            Unheard("token"),
            "127.0.0.1:1 wordt niet gehoord (hij weigert ons token)",
        ),
    ],
)
async def test_why_the_first_is_not_heard_is_logged_in_the_plans_language(
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    language: str,
    wrong: Unheard,
    said: str,
) -> None:
    async def fail(*_: object) -> FirstState:
        raise wrong

    monkeypatch.setattr(first_request, "ask", fail)
    plan = Config(site=Site(language=language))
    await FirstMonitor(FIRST, "me", lambda: plan, clock.now).ask_once()

    assert caplog.messages == [said]


async def test_only_bad_news_of_the_first_is_a_warning(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ours = listener(clock)
    caplog.set_level("INFO")
    await ours.ask_once()
    heard = FirstState(name="first", at=START, shot=snapshot(), memory=EMPTY, said=b"")

    async def answer(*_: object) -> FirstState:
        return heard

    monkeypatch.setattr(first_request, "ask", answer)
    monkeypatch.setattr(first_request, "believed", lambda came, *_: came)
    await ours.ask_once()

    assert [(each.levelname, each.message) for each in caplog.records] == [
        ("WARNING", "127.0.0.1:1 is not heard"),
        ("INFO", "127.0.0.1:1 is heard"),
    ]
