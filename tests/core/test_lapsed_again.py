"""What ran out under a word that ended stays unproven, whatever is said after it."""

from datetime import timedelta

import msgspec
import pytest
from core.trials import state, worked
from plans import START, channel, component, fold, moment, plan, probe, result, tick

from secours.core.events import Event, Said
from secours.core.memory import Memory, after_reboot
from secours.core.renaming import renamed
from secours.core.step import step
from secours.model.observed import Instant, Reason
from secours.model.snapshot import State
from secours.model.statements import Declared, Mark, Withdrawn

GRID, TURBINE = "power:grid", "power:turbine"
SLOW_S = 1e6  # tested now and then: its proof outlives a word
DOWN, MAINTENANCE, UP = Declared.DOWN, Declared.MAINTENANCE, Declared.UP

TOWN = plan(
    component(GRID),
    component(TURBINE),
    channel(
        "radio", GRID, autonomy_s=60.0, probes=(probe("radio", stale_after_s=SLOW_S),)
    ),
    channel("siren", GRID, autonomy_s=2000.0, probes=()),
    channel("horn", [GRID, TURBINE], autonomy_s=60.0, probes=()),
)
UNPROVEN = (State.UNKNOWN, Reason.LAPSED)
WORKS = (State.AVAILABLE, Reason.NONE)


def mark(
    says: Declared,
    second: float,
    for_s: float,
    subject: str = GRID,
    author: str = "",
) -> Said:
    at, until = moment(second), START + timedelta(seconds=second + for_s)
    word = Mark(subject=subject, says=says, by="Ann", at=at, until=until, author=author)
    return Said(word=word, at=at)


FINE = (result("radio", "o", 1), worked("siren", 2), worked("horn", 3))
RAN_OUT = (*FINE, mark(DOWN, 100, for_s=100), tick(1000))


def then(memory: Memory, *events: Event) -> Memory:
    for event in events:
        memory = step(TOWN, memory, event)
    return memory


@pytest.mark.parametrize("says", [DOWN, MAINTENANCE, Declared.DISTRUSTED])
def test_another_word_proves_nothing_that_ran_out_under_the_one_before(
    says: Declared,
) -> None:
    before = fold(TOWN, *RAN_OUT)

    again = then(before, mark(says, 1000, for_s=1e5))

    assert state(before, "radio") == state(again, "radio") == UNPROVEN
    assert state(before, "siren") == state(again, "siren") == WORKS


@pytest.mark.parametrize("says", [DOWN, MAINTENANCE])
def test_the_end_of_another_word_proves_nothing_either(says: Declared) -> None:
    memory = fold(TOWN, *RAN_OUT, mark(says, 1000, for_s=30), tick(1100))

    assert state(memory, "radio") == UNPROVEN
    assert state(memory, "siren") == WORKS


def test_a_proof_since_the_first_word_speaks_for_it_after_the_second() -> None:
    proved = result("radio", "o", 900)
    short = mark(MAINTENANCE, 1000, for_s=30)

    during = fold(TOWN, *RAN_OUT[:-1], proved, short, tick(1010))
    after = then(during, tick(1100))

    assert state(during, "radio") == state(after, "radio") == WORKS


def test_what_ran_out_when_both_alternatives_failed_stays_unproven() -> None:
    """Later words on each of them drained no battery."""
    both = (mark(DOWN, 100, for_s=100), mark(DOWN, 101, 100, TURBINE), tick(300))
    later = (mark(MAINTENANCE, 400, 10), mark(MAINTENANCE, 500, 10, TURBINE))

    memory = fold(TOWN, *FINE, *both, *later, tick(600))

    assert state(memory, "horn") == UNPROVEN
    assert state(memory, "siren") == WORKS


def test_the_one_before_is_forgotten_with_what_proves_the_component() -> None:
    tested = plan(
        component(GRID, probes=(probe(GRID, stale_after_s=SLOW_S),)),
        *TOWN.channels.values(),
        component(TURBINE),
    )
    short = mark(MAINTENANCE, 1000, for_s=30)
    memory = fold(tested, result(GRID, "o", 0.5), *RAN_OUT, short, tick(1100))
    assert state(memory, "radio") == UNPROVEN

    memory = step(tested, memory, result(GRID, "o", 1200))

    assert state(memory, "radio") == WORKS
    assert memory.words.lapsed == {}
    assert memory.words.lapsed_before == {}


@pytest.mark.parametrize("mistaken", [True, False])
def test_who_takes_the_later_word_back_says_that_it_works_or_nothing(
    mistaken: bool,
) -> None:
    said = fold(TOWN, *RAN_OUT, mark(MAINTENANCE, 1000, for_s=1e5))
    word = Withdrawn(kind="mark", subject=GRID, mistaken=mistaken, by="Bob")

    memory = then(said, Said(word=word, at=moment(1010)))

    assert state(memory, "radio") == (UNPROVEN if mistaken else WORKS)


@pytest.mark.parametrize("author", ["", "Liège"])
def test_a_test_taken_back_under_a_later_word_leaves_all_as_before(author: str) -> None:
    """Also where it is the province's word that ended beneath that one."""
    first = mark(MAINTENANCE, 10, 15 if author else 5, "channel:siren", author)
    later = mark(MAINTENANCE, 20, 100, "channel:siren")
    said = fold(TOWN, *FINE, first, later, tick(30))
    untried = Withdrawn(kind="test", subject="siren", by="Bob")

    memory = then(said, worked("siren", 30), Said(word=untried, at=moment(30)))

    assert memory.words.lapsed == said.words.lapsed
    assert memory.words.displaced == said.words.displaced
    assert state(memory, "siren") == state(said, "siren")


def test_up_instead_of_the_later_word_says_that_it_works() -> None:
    said = fold(TOWN, *RAN_OUT, mark(MAINTENANCE, 1000, for_s=1e5))

    memory = then(said, mark(UP, 1010, for_s=10), tick(1030))

    assert state(memory, "radio") == WORKS


def test_a_restart_a_reboot_and_another_name_forget_none_of_them() -> None:
    memory = fold(TOWN, *RAN_OUT, mark(MAINTENANCE, 1000, for_s=30), tick(1100))
    [first] = memory.words.lapsed_before[GRID]

    kept = msgspec.json.decode(msgspec.json.encode(memory), type=Memory)
    booted = after_reboot(memory, Instant(moment(2000).utc, 5.0))
    named = renamed({GRID: "power:mains"}, memory)

    assert kept.words.lapsed_before == memory.words.lapsed_before
    [moved] = booted.words.lapsed_before[GRID]
    assert (moved.at.utc, moved.at.steady_s) == (first.at.utc, 5.0 - 1900.0)
    assert [m.subject for m in named.words.lapsed_before["power:mains"]] == [
        "power:mains"
    ]
