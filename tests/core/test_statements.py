from datetime import timedelta

import pytest
from msgspec.structs import replace
from plans import (
    START,
    channel,
    component,
    fold,
    line,
    moment,
    plan,
    result,
    shot,
    tick,
    used,
)

from secours.core import deadlines
from secours.core.events import Replanned, Said, Ticked
from secours.core.memory import Memory, after_reboot
from secours.core.statements import expiry
from secours.core.statements.words_in_force import Words
from secours.core.step import step
from secours.model.observed import Evidence, Instant, Reason
from secours.model.sections.channel import Channel
from secours.model.snapshot import State
from secours.model.statements import (
    Confirmed,
    Declared,
    Exercise,
    Mark,
    Pin,
    Trial,
    Withdrawn,
    Word,
)

TOWN = plan(
    component("power:grid"),
    component("identity:ad"),
    component("carrier:a", "power:grid", autonomy_s=3600.0),
    channel("teams", "identity:ad"),
    channel("sms", "carrier:a"),
    channel("radio", probes=(), test_every_s=7 * 86400.0),
)
FINE = [result(name, "o", 1) for name in ("teams", "sms")]
LINE = "coordinate/management"
YEAR_S = 365 * 86400.0


def say(word: Word, second: float) -> Said:
    return Said(word=word, at=moment(second))


def mark(subject: str, says: Declared, second: float, for_s: float = 1e5) -> Said:
    until = START + timedelta(seconds=second + for_s)
    word = Mark(
        subject=subject, says=says, by="Ann", why="seen", at=moment(second), until=until
    )
    return say(word, second)


def test_component_declared_down_takes_what_needs_it() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DOWN, 10))

    assert memory.components["identity:ad"].state is State.DOWN
    assert memory.components["identity:ad"].declared_by == "Ann"
    assert memory.channels["teams"].presumed == "identity:ad"
    assert used(TOWN, memory) == "sms"


def test_success_measured_after_it_contradicts_the_word_and_is_journalled() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DOWN, 10))

    memory = step(TOWN, memory, result("teams", "o", 20))

    assert memory.channels["teams"].state is State.AVAILABLE
    contradiction = [c for c in memory.fresh if c.subject == "plan"]
    assert [(c.name, c.after, c.reason) for c in contradiction] == [
        ("identity:ad", "teams", Reason.CONTRADICTION)
    ]
    memory = step(TOWN, memory, result("teams", "o", 30))
    assert [c for c in memory.fresh if c.subject == "plan"] == []


def test_mains_declared_down_starts_the_countdown_from_that_moment() -> None:
    memory = fold(TOWN, *FINE, mark("power:grid", Declared.DOWN, 10))

    until = memory.channels["sms"].until
    assert until is not None
    assert until.since(moment(0)) == 10 + 3600


def test_channel_declared_up_is_available_until_a_failure_is_measured_after_it() -> (
    None
):
    down = [result("teams", "x", second) for second in (10, 15)]
    memory = fold(TOWN, *FINE, *down, mark("channel:teams", Declared.UP, 20))

    assert memory.channels["teams"].state is State.AVAILABLE
    assert memory.channels["teams"].reason is Reason.DECLARED
    assert memory.channels["teams"].facts["by"] == "Ann"

    memory = step(TOWN, memory, result("teams", "x", 30))
    assert memory.channels["teams"].state is State.DOWN


def test_word_lapses_at_its_date_and_the_journal_says_so() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DOWN, 10, for_s=20))

    memory = step(TOWN, memory, tick(40))

    assert memory.components["identity:ad"].state is State.UNKNOWN
    assert ("mark", "identity:ad", Reason.LAPSED) in [
        (c.subject, c.name, c.reason) for c in memory.fresh
    ]


def test_word_taken_back_no_longer_holds() -> None:
    taken_back = Withdrawn(kind="mark", subject="identity:ad", by="Bob")

    memory = fold(
        TOWN, *FINE, mark("identity:ad", Declared.DOWN, 10), say(taken_back, 20)
    )

    assert memory.components["identity:ad"].state is State.UNKNOWN


def test_distrusted_component_sets_aside_every_channel_that_needs_it() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DISTRUSTED, 10))

    assert memory.channels["teams"].state is State.AVAILABLE
    assert memory.channels["teams"].aside is Reason.SET_ASIDE
    found = shot(TOWN, memory).recommendations[0]
    assert found.use is not None
    assert found.use.channel == "sms"
    assert found.backup is not None
    assert found.backup.channel == "radio"
    assert found.passed_over[0].reason is Reason.SET_ASIDE


def test_distrust_never_lapses_by_itself() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DISTRUSTED, 10, for_s=5))

    memory = step(TOWN, memory, tick(1000))

    assert memory.channels["teams"].aside is Reason.SET_ASIDE


def test_component_in_maintenance_sets_aside_what_needs_it() -> None:
    memory = fold(TOWN, *FINE, mark("carrier:a", Declared.MAINTENANCE, 10))

    assert memory.channels["sms"].aside is Reason.MAINTENANCE


def pin(name: str, second: float = 10, for_s: float = 1e5) -> Said:
    until = START + timedelta(seconds=second + for_s)
    word = Pin(line=LINE, channel=name, by="Ann", at=moment(second), until=until)
    return say(word, second)


def test_pinned_channel_is_used_with_the_unpinned_answer_beside_it() -> None:
    found = shot(TOWN, fold(TOWN, *FINE, pin("sms"))).recommendations[0]

    assert found.use is not None
    assert (found.use.channel, found.use.pinned) == ("sms", True)
    assert found.unpinned is not None
    assert found.unpinned.channel == "teams"


def test_pinned_channel_that_is_down_is_shown_as_pinned_and_down() -> None:
    down = [result("sms", "x", second) for second in (20, 25)]

    found = shot(TOWN, fold(TOWN, *FINE, pin("sms"), *down)).recommendations[0]

    assert found.use is not None
    assert (found.use.channel, found.use.state) == ("sms", State.DOWN)
    assert found.unpinned is not None
    assert found.unpinned.channel == "teams"


def test_pin_expires() -> None:
    memory = fold(TOWN, *FINE, pin("sms", for_s=50), tick(61))

    assert not memory.words.pins


def tried(name: str, second: float, *, worked: bool = True) -> Said:
    return say(Trial(channel=name, worked=worked, by="Ann", at=moment(second)), second)


WEEK = 7 * 86400.0


@pytest.mark.parametrize(
    ("weeks", "expected", "warnings"),
    [
        (0.9, State.AVAILABLE, ()),
        (1.1, State.AVAILABLE, (Reason.TEST_DUE,)),
        (1.9, State.AVAILABLE, (Reason.TEST_DUE,)),
        (2.1, State.UNKNOWN, (Reason.TEST_DUE,)),
    ],
)
def test_channel_that_people_test_ages(
    weeks: float, expected: State, warnings: tuple[Reason, ...]
) -> None:
    memory = fold(TOWN, tried("radio", 10), tick(10 + weeks * WEEK))

    assert memory.channels["radio"].state is expected
    assert memory.channels["radio"].warnings == warnings


def test_test_logged_while_the_wall_clock_was_ahead_ages_all_the_same() -> None:
    ahead = Instant(moment(10 + 100 * WEEK).utc, moment(10).steady_s)
    word = Trial(channel="radio", worked=True, by="Ann", at=ahead)

    memory = fold(TOWN, Said(word=word, at=ahead), tick(20))  # and is right again
    seen = [step(TOWN, memory, tick(10 + n * WEEK)) for n in (0.9, 1.1, 2.1)]

    states = [each.channels["radio"].state for each in seen]
    assert states == [State.AVAILABLE, State.AVAILABLE, State.UNKNOWN]
    assert Reason.TEST_DUE in seen[1].channels["radio"].warnings
    since = seen[2].channels["radio"].since
    assert since
    assert since.since(moment(10 + 2 * WEEK)) == pytest.approx(0, abs=0.01)


def test_channel_that_people_tried_is_proven_exercised() -> None:
    standing = fold(TOWN, tried("radio", 10)).channels["radio"]

    assert standing.evidence is Evidence.EXERCISED
    assert standing.evidence_at == moment(10)


def test_when_people_tried_a_channel_last_is_known_beside_what_probes_measure() -> None:
    probed = fold(TOWN, tried("sms", 10, worked=False), result("sms", "o", 20))

    assert probed.channels["sms"].state is State.AVAILABLE
    assert probed.channels["sms"].tried_at == moment(10)
    assert fold(TOWN, tick(10)).channels["radio"].tried_at is None


def test_channel_that_failed_when_people_tried_it_is_down() -> None:
    standing = fold(TOWN, tried("radio", 10, worked=False)).channels["radio"]

    assert (standing.state, standing.reason) == (State.DOWN, Reason.DECLARED)


def test_test_by_people_does_not_hide_what_a_probe_measures() -> None:
    down = [result("sms", "x", second) for second in (20, 25)]

    assert fold(TOWN, tried("sms", 10), *down).channels["sms"].state is State.DOWN


def exercise(*fails: str, second: float = 10, for_s: float = 1e5) -> Said:
    until = START + timedelta(seconds=second + for_s)
    return say(Exercise(fails=fails, by="Ann", at=moment(second), until=until), second)


def test_exercise_keeps_the_real_answer_and_gives_a_second_one() -> None:
    memory = fold(TOWN, *FINE, exercise("identity:ad"), result("teams", "o", 20))

    found = shot(TOWN, memory)

    assert used(TOWN, memory) == "teams"
    assert found.rehearsal is not None
    played = found.rehearsal.recommendations[0].use
    assert played is not None
    assert played.channel == "sms"
    assert found.rehearsal.channels["teams"].state is State.DOWN
    assert memory.channels["teams"].state is State.AVAILABLE


def test_real_change_of_recommendation_ends_an_exercise() -> None:
    down = [result("teams", "x", second) for second in (20, 25)]

    memory = fold(TOWN, *FINE, result("radio", "?", 2), exercise("carrier:a"), *down)

    assert used(TOWN, memory) == "sms"
    assert memory.words.exercise is None


def test_exercise_ends_at_its_hour() -> None:
    memory = fold(TOWN, *FINE, exercise("carrier:a", for_s=50), tick(61))

    assert memory.words.exercise is None


def test_what_people_said_survives_a_reboot() -> None:
    memory = fold(TOWN, *FINE, mark("power:grid", Declared.DOWN, 10))
    booted = Instant(START + timedelta(seconds=1010), 5.0)

    memory = after_reboot(memory, booted)

    assert memory.probes == {}
    assert booted.since(memory.words.marks["power:grid"].at) == 1000.0


def test_every_word_is_journalled_with_its_author() -> None:
    words = [
        mark("identity:ad", Declared.DOWN, 10),
        pin("sms"),
        tried("radio", 10),
        exercise("carrier:a"),
        say(Withdrawn(kind="pin", subject=LINE, by="Ann"), 11),
    ]

    for said in words:
        memory = step(TOWN, fold(TOWN, *FINE), said)
        assert memory.fresh[0].reason is Reason.DECLARED
        assert memory.fresh[0].facts["by"] == "Ann"


def test_line_of_another_audience_is_not_pinned() -> None:
    config = plan(
        *(c for c in TOWN.channels.values() if isinstance(c, Channel)),
        *TOWN.components.values(),
        line("teams", "sms"),
        replace(line("teams", "sms"), audience="staff"),
    )

    found = shot(config, fold(config, *FINE, pin("sms"))).recommendations

    assert [r.use.channel for r in found if r.use] == ["sms", "teams"]


# ------------------------------------------------------------------ a clock that is set


def jumped(second: float, by_s: float) -> Ticked:
    """Let time pass until then, on a wall clock that was set since."""
    at = moment(second)
    return Ticked(at=replace(at, utc=at.utc + timedelta(seconds=by_s)))


@pytest.mark.parametrize("by_s", [-9 * YEAR_S, -3600.0, 3600.0, 9 * YEAR_S])
def test_a_word_lasts_as_long_as_it_was_given_whatever_the_clock_says(
    by_s: float,
) -> None:
    said = (
        mark("identity:ad", Declared.DOWN, 10, for_s=7200),
        pin("radio", 11, for_s=7200),
        exercise("power:grid", second=12, for_s=7200),
    )
    memory = fold(TOWN, *FINE, *said)

    held = step(TOWN, memory, jumped(7200, by_s))
    over = step(TOWN, held, jumped(7220, by_s))

    assert held.words == memory.words
    assert replace(over.words, lapsed={}) == Words()


def test_a_word_of_another_boot_ends_at_its_date() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DOWN, 0, for_s=7200))
    started = Instant(START + timedelta(seconds=3600), 5.0)

    def in_force(second: float) -> bool:
        at = Instant(START + timedelta(seconds=second), second - 3595.0)
        return bool(
            step(TOWN, after_reboot(memory, started), Ticked(at=at)).words.marks
        )

    assert in_force(7190)
    assert not in_force(7210)


def test_the_date_of_a_word_is_shown_on_the_clock_as_it_is_now() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DOWN, 10, for_s=7200))
    moved = step(TOWN, memory, jumped(100, 3600))

    assert shot(TOWN, memory).marks[0].until == moment(7210).utc
    assert shot(TOWN, moved).marks[0].until == moment(7210 + 3600).utc


def test_the_choice_of_a_line_outlives_a_reboot() -> None:
    memory = fold(TOWN, *FINE)
    started = Instant(moment(600).utc, 5.0)

    held = after_reboot(memory, started).lines[LINE]

    assert held.channel == memory.lines[LINE].channel == "teams"
    assert started.since(held.since) == pytest.approx(600 - 1, abs=5)


def test_while_words_may_be_lost_nothing_is_verified_until_it_is_confirmed() -> None:
    lost = fold(TOWN, *FINE, pin("radio"))
    lost = replace(lost, words=replace(lost.words, lost=True))
    lost = step(TOWN, lost, Replanned(at=moment(11)))

    line = shot(TOWN, lost).recommendations[0]
    sure = step(TOWN, lost, say(Confirmed(by="Bob"), 20))

    assert line.use is not None
    assert line.unpinned is not None
    assert not line.use.verified
    assert not line.unpinned.verified
    assert shot(TOWN, lost).words_lost
    assert not shot(TOWN, sure).words_lost
    again = shot(TOWN, sure).recommendations[0].unpinned
    assert again is not None
    assert again.verified


def test_a_pin_on_what_is_set_aside_waits_until_it_is_not() -> None:
    """Whoever pinned it did not know that it must not be used."""
    for says in (Declared.DISTRUSTED, Declared.MAINTENANCE):
        memory = fold(TOWN, *FINE, pin("sms"), mark("channel:sms", says, 20))
        use = shot(TOWN, memory).recommendations[0].use
        assert use is not None
        assert (use.channel, use.pinned) == ("teams", False)

    back = Withdrawn(kind="mark", subject="channel:sms", by="Ann")
    words = (pin("sms"), mark("channel:sms", Declared.DISTRUSTED, 20), say(back, 30))
    use = shot(TOWN, fold(TOWN, *FINE, *words)).recommendations[0].use
    assert use is not None
    assert (use.channel, use.pinned) == ("sms", True)


# ------------------------------------------------------------------ asking first


def asking(memory: Memory) -> list[str]:
    seen = shot(TOWN, memory)
    said = expiry.asking((*seen.marks, *seen.pins), seen.at)
    return [word.by for word in said]


@pytest.mark.parametrize(
    ("for_s", "before_s"),
    [
        (20 * 3600, 3600),  # at most an hour before
        (2 * 3600, 720),  # the last tenth
        (1800, 300),  # at least five minutes before
        (240, 120),  # and not at once
    ],
)
@pytest.mark.parametrize("word", ["mark", "pin"])
def test_a_word_asks_to_be_confirmed_before_it_ends(
    word: str, for_s: float, before_s: float
) -> None:
    said = {
        "mark": mark("identity:ad", Declared.DOWN, 10, for_s=for_s),
        "pin": pin("sms", 10, for_s=for_s),
    }
    memory = fold(TOWN, *FINE, said[word])
    asks = 10 + for_s - before_s

    assert asking(step(TOWN, memory, tick(asks - 1))) == []
    assert asking(step(TOWN, memory, tick(asks + 1))) == ["Ann"]
    assert asking(step(TOWN, memory, tick(10 + for_s + 1))) == []


def test_the_moment_from_which_a_word_asks_is_one_at_which_something_changes() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.UP, 10, for_s=7200))

    found = list(deadlines.deadlines(TOWN, memory, moment(10)))

    assert any(abs(at_s - moment(10 + 7200 - 720).steady_s) < 1 for at_s in found)


def test_what_is_said_again_asks_no_more_and_holds_since_it_was_said_first() -> None:
    words = [mark("identity:ad", Declared.DOWN, 10, for_s=7200)]
    words += [mark("identity:ad", Declared.DOWN, 7000, for_s=7200)]

    memory = step(TOWN, fold(TOWN, *FINE, *words), tick(7100))

    assert asking(memory) == []
    assert shot(TOWN, memory).marks[0].began == moment(10)


def test_a_distrust_asks_from_its_date_on() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DISTRUSTED, 10, 7200))

    assert asking(step(TOWN, memory, tick(7200))) == []
    assert asking(step(TOWN, memory, tick(7220))) == ["Ann"]


@pytest.mark.parametrize("by_s", [-9 * YEAR_S, -3600.0, 3600.0, 9 * YEAR_S])
def test_a_word_asks_when_it_ought_to_whatever_the_clock_says(by_s: float) -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DOWN, 10, for_s=7200))

    assert asking(step(TOWN, memory, jumped(6400, by_s))) == []
    assert asking(step(TOWN, memory, jumped(6500, by_s))) == ["Ann"]


def test_a_word_of_another_boot_asks_before_its_date() -> None:
    memory = fold(TOWN, *FINE, mark("identity:ad", Declared.DOWN, 10, for_s=7200))
    after = after_reboot(memory, Instant(moment(3600).utc, 5.0))

    def asks(second: float) -> list[str]:
        at = Instant(moment(second).utc, second - 3595.0)
        return asking(step(TOWN, after, Ticked(at=at)))

    assert asks(6480) == []
    assert asks(6500) == ["Ann"]
