"""What is taken back leaves everything as if it had not been said."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace
from plans import (
    START,
    channel,
    component,
    fold,
    moment,
    plan,
    probe,
    result,
    tick,
    used,
)

from secours.core import fast_path, overrides
from secours.core.events import Event, Said
from secours.core.memory import Memory, after_reboot
from secours.core.statements.new_word import EARLIER_KEPT
from secours.core.step import step
from secours.model.observed import Evidence, Instant, Reason
from secours.model.snapshot import Standing, State
from secours.model.statements import Declared, Mark, Trial, Withdrawn, Word

SLOW_S = 1e6  # tested now and then: its proof outlives a word
TOWN = plan(
    component("power:grid"),
    channel("radio", "power:grid", probes=()),
    channel("pager", probes=(), test_every_s=86400.0),
    channel("sms", probes=(probe("sms", stale_after_s=SLOW_S),)),
)
UNPROVEN = (State.UNKNOWN, Reason.LAPSED)
WORKS = (State.AVAILABLE, Reason.NONE)
REBOOT = Instant(moment(2000).utc, 5.0)


def say(word: Word, second: float) -> Said:
    return Said(word=word, at=moment(second))


def tried(name: str, second: float, *, worked: bool = True, by: str = "Ann") -> Said:
    word = Trial(channel=name, worked=worked, by=by, remark="r", at=moment(second))
    return say(word, second)


def untried(name: str, second: float) -> Said:
    return say(Withdrawn(kind="test", subject=name, by="Bob"), second)


def mark(
    subject: str,
    second: float,
    says: Declared = Declared.DOWN,
    for_s: float = 1e5,
    since: float | None = None,
) -> Said:
    until = START + timedelta(seconds=second + for_s)
    began = None if since is None else moment(since)
    word = Mark(
        subject=subject, says=says, by="A", at=moment(second), until=until, since=began
    )
    return say(word, second)


def unmark(subject: str, second: float, *, mistaken: bool) -> Said:
    word = Withdrawn(kind="mark", subject=subject, mistaken=mistaken, by="Bob")
    return say(word, second)


def timeless(memory: Memory) -> dict[str, Standing]:
    """Return how everything stands, without since when: that the past decides."""
    every = {**memory.components, **memory.channels}
    return {name: replace(standing, since=None) for name, standing in every.items()}


def state(memory: Memory, name: str) -> tuple[State, Reason]:
    standing = memory.channels[name]
    return standing.state, standing.reason


# ------------------------------------------------------------------ a logged test


@pytest.mark.parametrize("worked", [True, False])
@pytest.mark.parametrize("name", ["radio", "pager", "sms"])
def test_a_test_that_is_taken_back_was_never_said(name: str, worked: bool) -> None:
    events: tuple[Event, ...] = (
        result("sms", "o", 1),
        mark("power:grid", 5),
        tick(9),
    )
    before = fold(TOWN, *events, tick(20))
    said = fold(TOWN, *events, tried(name, 10, worked=worked))

    memory = step(TOWN, said, untried(name, 20))

    assert timeless(said) != timeless(before)
    assert timeless(memory) == timeless(before)
    assert memory.words == before.words
    assert used(TOWN, memory) == used(TOWN, before)


def test_the_test_before_it_holds_again_and_may_be_taken_back_too() -> None:
    before = fold(TOWN, tick(5))
    said = (tried("radio", 10, by="Eve"), tried("radio", 20, worked=False))
    once = fold(TOWN, tick(5), *said, untried("radio", 30))
    twice = step(TOWN, once, untried("radio", 40))
    thrice = step(TOWN, twice, untried("radio", 50))

    assert once.words.trials["radio"].by == "Eve"
    assert once.channels["radio"].evidence is Evidence.EXERCISED
    assert once.channels["radio"].tried_at == moment(10)
    assert once.words == fold(TOWN, tick(5), tried("radio", 10, by="Eve")).words
    assert twice.words == thrice.words == before.words
    assert timeless(twice) == timeless(before)


def test_so_many_tests_can_be_taken_back_and_no_more() -> None:
    seconds = [10.0 * n for n in range(1, EARLIER_KEPT + 4)]
    memory = fold(TOWN, *(tried("radio", second) for second in seconds))

    for _ in seconds:
        memory = step(TOWN, memory, untried("radio", 1000))

    assert memory.words.trials["radio"].at == moment(20)
    assert not memory.words.former_trials
    assert not memory.words.earlier_trials


@pytest.mark.parametrize("later", ["worked", "failed"])
def test_test_that_proved_what_a_mark_left_unproven_stays_under_a_newer_one(
    later: str,
) -> None:
    """What it proved would have to be unproven again, and is not kept."""
    proved = ended(tried("sms", 110), tried("sms", 115, worked=later == "worked"))

    once = step(TOWN, proved, untried("sms", 120))
    twice = step(TOWN, once, untried("sms", 130))

    assert once.words.former_trials == {}
    assert twice.words == once.words
    assert state(twice, "sms") == WORKS


@pytest.mark.parametrize("says", [Declared.MAINTENANCE, Declared.UP])
def test_test_under_a_mark_is_taken_back_and_none_before_it(says: Declared) -> None:
    marked = mark("channel:radio", 15, says)
    memory = fold(TOWN, tried("radio", 10), marked, tried("radio", 20))

    once = step(TOWN, memory, untried("radio", 30))

    assert once.words.trials["radio"].at == moment(10)
    assert once.words.former_trials == {}


def test_where_no_test_is_logged_nothing_is_taken_back() -> None:
    memory = fold(TOWN, tried("pager", 10))

    assert step(TOWN, memory, untried("radio", 20)).words == memory.words


def test_the_journal_says_whose_test_is_taken_back_by_whom() -> None:
    memory = fold(TOWN, tried("radio", 10), untried("radio", 20))

    [change] = [each for each in memory.fresh if each.subject == "test"]
    assert (change.name, change.after, change.facts["by"]) == (
        "radio",
        "withdrawn",
        "Bob",
    )


def test_a_restart_and_a_reboot_forget_neither_it_nor_the_one_before() -> None:
    said = fold(TOWN, tried("radio", 10, by="Eve"), tried("radio", 20, worked=False))
    kept = msgspec.json.decode(msgspec.json.encode(said), type=Memory)

    restarted = step(TOWN, kept, untried("radio", 30))
    booted = step(
        TOWN,
        after_reboot(said, REBOOT),
        Said(word=Withdrawn(kind="test", subject="radio", by="B"), at=REBOOT),
    )

    assert restarted.words.trials["radio"].at == moment(10)
    assert booted.words.trials["radio"].by == "Eve"
    assert booted.words.trials["radio"].at == Instant(moment(10).utc, 5.0 - 1990.0)


def test_a_reboot_forgets_no_earlier_test() -> None:
    said = fold(TOWN, *(tried("radio", second) for second in (10, 20, 30)))
    memory = after_reboot(said, REBOOT)

    for _ in range(2):
        taken_back = Withdrawn(kind="test", subject="radio", by="B")
        memory = step(TOWN, memory, Said(word=taken_back, at=REBOOT))

    assert memory.words.trials["radio"].at == Instant(moment(10).utc, 5.0 - 1990.0)


# ----------------------------------------------- what a mark left unproven before it


def ended(*events: Event) -> Memory:
    """Return the memory after a mark has ended, and what else was said."""
    marked = (result("sms", "o", 1), mark("channel:sms", 10, for_s=90), tick(101))
    return fold(TOWN, *marked, *events)


def test_what_only_that_test_proved_is_unproven_again() -> None:
    proved = ended(tried("sms", 110))

    assert state(proved, "sms") == WORKS
    assert state(step(TOWN, proved, untried("sms", 120)), "sms") == UNPROVEN


def test_what_a_probe_or_an_earlier_test_proved_too_is_not() -> None:
    measured = ended(tried("sms", 110), result("sms", "o", 115), untried("sms", 120))
    earlier = ended(tried("sms", 110), tried("sms", 115), untried("sms", 120))

    assert state(measured, "sms") == state(earlier, "sms") == WORKS


def test_what_an_earlier_test_proved_is_not_unproven_by_one_on_a_channel_down() -> None:
    down = [result("sms", "x", second) for second in (112, 113)]
    failed = tried("sms", 115, worked=False)

    memory = ended(tried("sms", 110), *down, failed, untried("sms", 120))

    assert memory.words.lapsed == memory.words.displaced == {}


def test_a_reboot_does_not_forget_what_would_be_unproven() -> None:
    booted = after_reboot(ended(tried("sms", 110)), REBOOT)

    [mark_again] = booted.words.displaced.values()
    assert mark_again.at == Instant(moment(10).utc, 5.0 - 1990.0)


def test_what_was_proved_for_good_stays_so_when_the_proof_is_old() -> None:
    config = plan(channel("sms", probes=(probe("sms", stale_after_s=20.0),)))
    marked = (result("sms", "o", 1), mark("channel:sms", 10, for_s=90), tick(101))
    proofs = (tried("sms", 110), result("sms", "o", 115), result("sms", "o", 116))

    memory = fold(config, *marked, *proofs, tick(200), untried("sms", 210))

    assert memory.words.lapsed == {}
    assert memory.words.displaced == {}


def test_first_success_after_such_a_mark_is_taken_as_news() -> None:
    said = ended(tried("sms", 110))

    assert said.words.displaced
    assert fast_path._spoke_s(said) == 1010.0
    measured = step(TOWN, said, result("sms", "o", 115))
    assert measured.words.displaced == {}


def test_mark_taken_back_as_mistaken_leaves_what_the_one_before_left_unproven() -> None:
    again = ended(mark("channel:sms", 110))

    mistaken = step(TOWN, again, unmark("channel:sms", 120, mistaken=True))
    over = step(TOWN, again, unmark("channel:sms", 120, mistaken=False))

    assert state(mistaken, "sms") == UNPROVEN
    assert mistaken.words == ended().words
    assert state(over, "sms") == WORKS
    assert over.words.displaced == {}


def test_a_mark_that_ends_takes_the_place_of_the_one_before() -> None:
    again = ended(mark("channel:sms", 110, for_s=10), tick(121))

    assert again.words.displaced == {}
    assert again.words.lapsed["channel:sms"].at == moment(110)


def test_up_said_again_from_before_a_mistaken_mark_covers_no_failure_since() -> None:
    """Restored, it holds from when it was said first."""
    up = mark("channel:sms", 20, Declared.UP)
    failures = [result("sms", "x", second) for second in (30, 35)]
    mistaken = mark("channel:sms", 40)
    restored = mark("channel:sms", 50, Declared.UP, since=20)

    memory = fold(TOWN, result("sms", "o", 1), up, *failures, mistaken, restored)
    anew = fold(
        TOWN, result("sms", "o", 1), *failures, mark("channel:sms", 50, Declared.UP)
    )

    assert overrides.still_said(TOWN.owners, memory, {}).marks == {}
    assert state(memory, "sms") == (State.DOWN, Reason.REFUSED)
    assert state(anew, "sms") == (State.AVAILABLE, Reason.DECLARED)


def test_up_said_again_frees_nothing_of_what_fell_since_it_was_said_first() -> None:
    up, fell = mark("channel:radio", 20, Declared.UP), mark("power:grid", 30)
    mistaken = mark("channel:radio", 40)
    restored = mark("channel:radio", 50, Declared.UP, since=20)
    anew = mark("channel:radio", 50, Declared.UP)

    memory = fold(TOWN, up, fell, mistaken, restored)

    assert memory.channels == fold(TOWN, up, fell, tick(50)).channels
    assert state(memory, "radio")[0] is State.DOWN
    assert state(fold(TOWN, up, fell, mistaken, anew), "radio")[0] is State.AVAILABLE


def test_up_said_again_from_before_a_mistaken_mark_leaves_the_rest_as_it_was() -> None:
    up = mark("channel:sms", 110, Declared.UP)
    restored = mark("channel:sms", 130, Declared.UP, since=110)
    marked = mark("channel:sms", 120)

    assert ended(up, marked, restored).words.lapsed == ended(up).words.lapsed
    assert ended(up, marked, restored).words.displaced == {}
    assert ended(up, marked, mark("channel:sms", 130, Declared.UP)).words.lapsed == {}


def test_a_word_put_back_is_dated_after_what_took_its_place() -> None:
    """Else the journal ends with the state that was between."""
    config = plan(component("power:grid"), channel("c", probes=(probe("c"),)))
    down = Mark(subject="channel:c", says=Declared.DOWN, by="Ann", at=moment(2))
    up = replace(down, says=Declared.UP, at=moment(5))
    again = replace(down, at=moment(8), since=moment(2))
    words = [Said(word=each, at=each.at) for each in (down, up, again)]

    memory = fold(config, result("c", "o", 1), *words)

    told = [(c.at, c.after) for c in memory.changes if c.name == "c"]
    assert told[:2] == [(moment(5), State.DOWN), (moment(5), State.AVAILABLE)]
