"""The answer of an exercise: what it takes is down, and all else stands as it does."""

from datetime import timedelta

import pytest
from core.receivers.people import device, group, heard, heard_on, peopled, roll_call
from plans import (
    START,
    channel,
    component,
    fold,
    moment,
    plan,
    probe,
    result,
    shot,
    tick,
)

from secours.core.events import Event, Said
from secours.model.plan import Config
from secours.model.sections.channel import Path
from secours.model.snapshot import Rehearsal, State
from secours.model.statements import Declared, Exercise, Mark, Trial, Word

BATTERY_S = 1000.0
DAY_S = 86400.0
RADIO = channel("radio", probes=(), test_every_s=7 * DAY_S)
TOWN = plan(
    component("power:grid"),
    component("carrier:a", "power:grid", autonomy_s=BATTERY_S),
    component("internet:a"),
    component("internet:b"),
    channel("mail", ["internet:a", "internet:b"]),
    channel("sms", "carrier:a"),
    channel("sat"),
    RADIO,
)


def say(word: Word, second: float) -> Said:
    return Said(word=word, at=moment(second))


def play(*fails: str, second: float = 20) -> Said:
    until = START + timedelta(seconds=second + DAY_S)
    return say(Exercise(fails=fails, by="Ann", at=moment(second), until=until), second)


def tried(name: str, second: float) -> Said:
    return say(Trial(channel=name, worked=True, by="Ann", at=moment(second)), second)


def mark(subject: str, says: Declared, second: float) -> Said:
    return say(Mark(subject=subject, says=says, by="Ann", at=moment(second)), second)


def works(second: float, *names: str) -> list[Event]:
    return [result(name, "o", second) for name in names or ("mail", "sms", "sat")]


FINE: list[Event] = [*works(1), tried("radio", 2), *works(10)]


def played(config: Config, *events: Event) -> Rehearsal:
    found = shot(config, fold(config, *events)).rehearsal
    assert found is not None
    return found


def answer(rehearsal: Rehearsal) -> tuple[str | None, bool, str | None]:
    """Return what the first line uses, whether that is verified, and its backup."""
    line = rehearsal.recommendations[0]
    use, backup = line.use, line.backup
    return (
        use.channel if use else None,
        bool(use and use.verified),
        backup.channel if backup else None,
    )


def steadily(*names: str, until: float) -> list[Event]:
    return [e for s in range(30, int(until), 15) for e in works(s, *names)]


@pytest.mark.parametrize("later", [21, 500])
def test_channel_that_an_exercise_leaves_alone_keeps_its_proof(later: float) -> None:
    rehearsal = played(
        TOWN,
        *FINE,
        play("channel:mail"),
        *steadily(until=later),
        *works(later),
        tick(later),
    )

    assert answer(rehearsal) == ("sms", True, "sat")
    assert rehearsal.channels["mail"].state is State.DOWN
    assert rehearsal.channels["sat"].evidence_at == moment(later)


def test_what_an_exercise_takes_stays_down_though_it_answers() -> None:
    rehearsal = played(TOWN, *FINE, play("carrier:a"), *works(21), *works(30))

    assert rehearsal.channels["sms"].state is State.DOWN
    assert answer(rehearsal) == ("mail", True, "sat")


@pytest.mark.parametrize("word", [tried("sms", 40), mark("sms", Declared.UP, 40)])
def test_word_said_during_an_exercise_frees_nothing_that_it_takes(word: Said) -> None:
    rehearsal = played(TOWN, *FINE, play("carrier:a"), word, tick(50))

    assert rehearsal.channels["sms"].state is State.DOWN


def test_what_lives_on_a_battery_works_in_an_exercise_until_that_ends() -> None:
    end = 20 + BATTERY_S
    before = [*FINE, play("power:grid"), *steadily(until=end - 1)]

    early, late = played(TOWN, *before), played(TOWN, *before, *works(end + 30))

    assert early.channels["sms"].until == moment(end)
    assert early.channels["sms"].state is State.DEGRADED  # its last minutes
    assert late.channels["sms"].state is State.DOWN


def test_battery_that_ends_in_an_exercise_is_not_outlived_by_real_successes() -> None:
    long_after = 20 + BATTERY_S + 100

    rehearsal = played(TOWN, *FINE, play("power:grid"), *steadily(until=long_after))

    assert rehearsal.channels["sms"].state is State.DOWN


def test_roll_call_during_an_exercise_returns_no_device_that_it_takes() -> None:
    config = peopled(
        component("carrier:a"),
        channel("chat", heard_on=heard_on("mobile.data")),
        channel("mail", heard_on=heard_on("desk.data")),
        devices=(device("mobile", data=("carrier:a",)), device("desk", data=())),
        groups=(group("all", "mobile", "desk"),),
    )
    fine = [result(name, "o", 1) for name in ("chat", "mail")]

    rehearsal = played(
        config, *fine, play("carrier:a"), roll_call("chat", 30, all=(10, 10))
    )

    assert answer(rehearsal)[0] == "mail"
    assert heard(rehearsal.recommendations[0], "chat") == {"all": "none"}


def test_exercise_takes_what_only_something_really_down_was_left_for() -> None:
    down = mark("internet:a", Declared.DOWN, 5)

    rehearsal = played(TOWN, *FINE, down, play("internet:b"), *works(30))

    assert rehearsal.channels["mail"].state is State.DOWN


def test_exercise_takes_nothing_that_lives_without_what_is_really_down() -> None:
    down = mark("carrier:a", Declared.DOWN, 25)

    rehearsal = played(TOWN, *FINE, play("channel:mail"), down, *works(30))

    assert answer(rehearsal)[0] == "sms"


def test_battery_that_really_runs_down_is_no_fuller_in_an_exercise() -> None:
    down = mark("power:grid", Declared.DOWN, 5)

    rehearsal = played(TOWN, *FINE, down, play("power:grid", second=30))

    assert rehearsal.channels["sms"].until == moment(5 + BATTERY_S)


def test_channel_behind_a_path_that_an_exercise_takes_is_not_verified() -> None:
    config = plan(
        component("carrier:a"),
        Path(name="4g", needs=(("carrier:a",),)),
        channel("mail", probes=(probe("mail", via="4g"),)),
        channel("sat"),
    )
    fine = [result(name, "o", second) for second in (1, 30) for name in ("mail", "sat")]

    rehearsal = played(config, *fine[:2], play("carrier:a"), *fine[2:])

    assert answer(rehearsal)[:2] == ("sat", True)


def test_backup_in_an_exercise_is_independent_in_each_likely_world() -> None:
    config = plan(
        component("power:grid"),
        component("power:own"),
        component("carrier:a", "power:grid"),
        channel("web"),
        channel("chat", "carrier:a"),
        channel("fax", "carrier:a"),
        channel("sms", ["power:grid", "power:own"]),
        channel("sat", "power:own"),
    )
    names = ("web", "chat", "fax", "sms", "sat")
    fails = [result(name, "x", 12 + n) for n in (0, 5) for name in ("chat", "fax")]

    rehearsal = played(config, *works(10, *names), *fails, play("channel:web"))

    assert answer(rehearsal) == ("sms", True, "sat")
    backup = rehearsal.recommendations[0].backup
    assert backup is not None
    assert not backup.independent  # either may be what failed
