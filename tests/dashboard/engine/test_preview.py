from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from requested import requested

from secours import config as plans
from secours import places
from secours.core.events import Measured, Replanned
from secours.core.memory import Memory
from secours.core.snapshot import take
from secours.core.step import step
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.preview import foresee
from secours.engine import clock, state_file
from secours.engine.store import saved_memory
from secours.model.observed import Evidence, Reason, Result, failed, ok
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.pages import effects
from secours.render.wording.localizer import Localizer

PLAN = """
site: {name: Town}
channels:
  teams: {purposes: [alert], probes: [{type: tcp, host: 192.0.2.1, port: 1}]}
  sms: {purposes: [alert], probes: [{type: tcp, host: 192.0.2.1, port: 2}]}
plan:
  - {purpose: alert, audience: staff, primary: teams, alternate: sms, last_resort: x}
"""
DOWN = {"do": "mark", "subject": "channel:teams", "says": "down", "by": "Anne"}


@pytest.fixture
def town(rooms: Path) -> Config:
    file = rooms / "probes.yaml"
    file.write_text(PLAN, "utf-8")
    return plans.load(file)


def remembered(town: Config) -> Memory:
    """Keep the memory of an engine that has seen both channels work."""
    at = clock.now()
    memory = step(town, Memory(), Replanned(at=at))
    for probe in town.probes():
        result = Result(probe=probe.id, at=at, outcome=ok(Evidence.SERVED))
        memory = step(town, memory, Measured(result=result, at=at))
    text = saved_memory.written(memory, clock.boot_id())
    state_file.replace(places.runtime_dir() / saved_memory.NAME, text)
    return memory


def shot(town: Config, memory: Memory) -> Snapshot:
    now = clock.now()
    return take(town, memory, at=now, boot_id=clock.boot_id(), started=now)


def uses(shown: Snapshot) -> list[str | None]:
    return [line.use.channel if line.use else None for line in shown.recommendations]


def test_what_follows_is_what_the_core_makes_of_the_word(town: Config) -> None:
    memory = remembered(town)
    before = shot(town, memory)

    seen = foresee(requested(DOWN), Localizer(before, "en"))

    assert seen is not None
    assert uses(seen.before) == uses(before) == ["teams"]
    assert uses(seen.after) == ["sms"]
    folders = places.runtime_dir(), places.data_dir()
    assert saved_memory.recall(*folders, clock.boot_id(), clock.now()) == memory


def test_a_mark_on_the_backup_says_what_becomes_of_it(town: Config) -> None:
    localizer = Localizer(shot(town, remembered(town)), "en")

    seen = foresee(requested({**DOWN, "subject": "channel:sms"}), localizer)

    assert seen is not None
    effect = effects.follows(*seen, localizer)
    assert effect.said == ["Down then: sms"]
    assert effect.lines[0]["backup"][1] == "if that fails: no other safe channel"


def test_a_screen_with_another_backup_foresees_nothing(town: Config) -> None:
    shown = shot(town, remembered(town))
    line = shown.recommendations[0]
    assert line.backup is not None
    other = replace(line, backup=replace(line.backup, shares=("power:grid",)))

    spoilt = replace(shown, recommendations=(other,))

    assert foresee(requested(DOWN), Localizer(spoilt, "en")) is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"subject": "channel:nobody"}, "no component or channel is called"),
        ({"by": ""}, "a word is signed"),
        ({"for_s": -1.0}, "above 0"),
    ],
)
def test_what_the_engine_would_refuse_is_refused_in_its_words(
    town: Config, wrong: dict[str, object], words: str
) -> None:
    shown = shot(town, remembered(town))

    with pytest.raises(NotDone, match=words):
        foresee(requested({**DOWN, **wrong}), Localizer(shown, "en"))


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda shown: Localizer(replace(shown, plan_version="other"), "en"),
        lambda shown: Localizer(replace(shown, boot_id="other"), "en"),
        lambda shown: Localizer(shown, "en", screen_age_s=3600.0),
    ],
    ids=["another plan", "another boot", "old"],
)
def test_what_is_not_surely_so_is_not_foreseen(
    town: Config, spoilt: Callable[[Snapshot], Localizer]
) -> None:
    shown = shot(town, remembered(town))

    assert foresee(requested(DOWN), spoilt(shown)) is None


def test_a_memory_that_gives_another_answer_than_the_screen_foresees_nothing(
    town: Config,
) -> None:
    memory = remembered(town)
    at = clock.now()
    probe = town.channels["teams"].probes[0]
    bad = Result(probe=probe.id, at=at, outcome=failed(Reason.TIMEOUT))
    for _ in range(2):
        memory = step(town, memory, Measured(result=bad, at=at))

    shown = shot(town, memory)

    assert uses(shown) == ["sms"]
    assert foresee(requested(DOWN), Localizer(shown, "en")) is None


def test_a_plan_that_cannot_be_read_foresees_nothing(town: Config, rooms: Path) -> None:
    shown = shot(town, remembered(town))
    (rooms / "probes.yaml").write_text("[", "utf-8")

    assert foresee(requested(DOWN), Localizer(shown, "en")) is None
