"""What ends puts nothing back in use that nothing has measured since."""

from datetime import timedelta

import msgspec
import pytest
from core.trials import say, state, worked
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
    used,
)

from secours.core.events import Event, Resumed, Said
from secours.core.memory import Memory, after_reboot
from secours.core.step import step
from secours.model.observed import Instant, Reason
from secours.model.snapshot import State
from secours.model.statements import Declared, Mark, Withdrawn

MAINS, CARRIER, OTHER = "power:grid", "carrier:a", "carrier:b"
SLOW_S = 1e6  # tested now and then: its proof outlives a word

TOWN = plan(
    component(MAINS),
    component(CARRIER, probes=(probe(CARRIER, stale_after_s=SLOW_S),)),
    component(OTHER),
    channel("sms", CARRIER, probes=(probe("sms", stale_after_s=SLOW_S),)),
    channel("radio", MAINS, probes=(probe("radio", stale_after_s=SLOW_S),)),
    channel("either", [MAINS, OTHER], probes=(probe("either", stale_after_s=SLOW_S),)),
    component("site:cellar", MAINS, autonomy_s=500.0),
    channel("siren", MAINS, probes=(), autonomy_s=1e5),
    channel("bell", MAINS, probes=(), autonomy_s=500.0),
    channel("pager", "site:cellar", probes=()),
    channel("horn", MAINS, probes=()),
)
BY_PEOPLE = ("siren", "bell", "pager", "horn")
FINE = [result(name, "o", 1) for name in (CARRIER, "sms", "radio", "either")]
TAKEN_OUT = [Declared.DOWN, Declared.MAINTENANCE]
REBOOT = Instant(moment(2000).utc, 5.0)


def mark(
    subject: str, says: Declared = Declared.DOWN, second: float = 10, for_s: float = 990
) -> Said:
    until = START + timedelta(seconds=second + for_s)
    at = moment(second)
    return say(Mark(subject=subject, says=says, by="Ann", at=at, until=until), second)


TRIED = [worked(name, 2) for name in BY_PEOPLE]


def later(*events: Event) -> Memory:
    """Return the memory after the word has ended."""
    return fold(TOWN, *FINE, *events, tick(1001))


def then(memory: Memory, *events: Event) -> Memory:
    for event in events:
        memory = step(TOWN, memory, event)
    return memory


FINE_AGAIN = (State.AVAILABLE, Reason.NONE)
UNPROVEN = (State.UNKNOWN, Reason.LAPSED)


@pytest.mark.parametrize("says", TAKEN_OUT)
@pytest.mark.parametrize("subject", ["channel:sms", CARRIER])
def test_what_ends_puts_nothing_back_that_nothing_has_measured_since(
    subject: str, says: Declared
) -> None:
    memory = later(mark(subject, says))

    assert state(memory, "sms") == UNPROVEN
    assert memory.channels["sms"].facts["by"] == "Ann"
    assert used(TOWN, memory) == "radio"


def test_it_is_not_verified_where_it_is_all_there_is() -> None:
    config = plan(channel("sms", probes=(probe("sms", stale_after_s=SLOW_S),)))
    memory = fold(config, result("sms", "o", 1), mark("channel:sms"), tick(1001))

    use = shot(config, memory).recommendations[0].use

    assert use is not None
    assert (use.channel, use.state, use.verified) == ("sms", State.UNKNOWN, False)


@pytest.mark.parametrize("says", TAKEN_OUT)
@pytest.mark.parametrize("second", [500, 1500])
@pytest.mark.parametrize("subject", ["channel:sms", CARRIER])
def test_a_result_of_its_own_newer_than_the_word_puts_it_back(
    subject: str, second: float, says: Declared
) -> None:
    memory = step(TOWN, later(mark(subject, says)), tick(1001))
    assert state(memory, "sms") == UNPROVEN

    memory = fold(
        TOWN, *FINE, mark(subject, says), result("sms", "o", second), tick(2000)
    )

    assert state(memory, "sms") == FINE_AGAIN


@pytest.mark.parametrize("word", ["test", "up"])
def test_a_word_newer_than_it_puts_it_back(word: str) -> None:
    said = {
        "test": worked("sms", 1500),
        "up": mark("channel:sms", Declared.UP, 1500),
    }
    memory = fold(TOWN, *FINE, mark("channel:sms"), tick(1001), said[word])

    assert memory.channels["sms"].state is State.AVAILABLE
    by_word = memory.channels["sms"].reason is Reason.DECLARED
    assert by_word is (word == "up")


def test_a_word_that_it_works_proves_it_no_longer_than_it_lasts() -> None:
    up = mark("channel:sms", Declared.UP, 1500, for_s=500)

    memory = fold(TOWN, *FINE, mark("channel:sms"), tick(1001), up, tick(2001))

    assert state(memory, "sms") == UNPROVEN


def test_a_test_of_the_component_itself_puts_back_what_needs_it() -> None:
    memory = later(mark(CARRIER))
    assert state(memory, "sms") == UNPROVEN

    memory = step(TOWN, memory, result(CARRIER, "o", 1500))
    assert state(memory, "sms") == FINE_AGAIN

    memory = step(TOWN, memory, tick(1500 + 2 * SLOW_S))
    assert not memory.words.lapsed


def test_a_test_of_the_component_before_the_word_puts_nothing_back() -> None:
    memory = later(result(CARRIER, "o", 5), mark(CARRIER))

    assert state(memory, "sms") == UNPROVEN


@pytest.mark.parametrize("says", TAKEN_OUT)
def test_a_component_without_tests_leaves_unknown_what_needs_it(
    says: Declared,
) -> None:
    memory = later(mark(MAINS, says))

    assert state(memory, "radio") == UNPROVEN
    assert memory.channels["radio"].facts == {"by": "Ann", "component": MAINS}
    assert state(memory, "either") == FINE_AGAIN
    assert state(step(TOWN, memory, result("radio", "o", 1500)), "radio") == FINE_AGAIN


def test_what_can_choose_is_unknown_when_all_it_can_choose_from_is() -> None:
    memory = later(mark(MAINS), mark(OTHER, second=11, for_s=980))

    assert state(memory, "either") == UNPROVEN


def test_what_can_choose_is_unknown_when_the_rest_is_down() -> None:
    memory = later(mark(MAINS), mark(OTHER, second=11, for_s=1e6))

    assert state(memory, "either") == UNPROVEN


@pytest.mark.parametrize("says", [Declared.MAINTENANCE, Declared.DISTRUSTED])
def test_what_can_choose_is_unknown_when_the_rest_is_not_to_be_used(
    says: Declared,
) -> None:
    memory = later(mark(MAINS), mark(OTHER, says, second=11, for_s=1e6))

    assert state(memory, "either") == UNPROVEN


def test_its_own_proof_speaks_only_where_it_is_newer_than_all_of_that() -> None:
    before = later(
        mark(MAINS),
        result("either", "o", 500),
        mark(OTHER, Declared.MAINTENANCE, second=800, for_s=1e6),
    )
    after = step(TOWN, before, result("either", "o", 1500))

    assert state(before, "either") == UNPROVEN
    assert state(after, "either") == FINE_AGAIN


def unproven(memory: Memory) -> list[str]:
    return [name for name in BY_PEOPLE if state(memory, name) != FINE_AGAIN]


@pytest.mark.parametrize("second", [1001, 1e5 + 60, 3e5])
def test_what_lasted_through_a_word_on_its_battery_is_not_left_unproven(
    second: float,
) -> None:
    memory = then(later(*TRIED, mark(MAINS)), tick(second))

    assert unproven(memory) == ["bell", "pager", "horn"]
    assert {state(memory, name) for name in ("bell", "pager", "horn")} == {UNPROVEN}


def test_a_battery_that_was_not_full_lasts_through_no_word_that_outlived_it() -> None:
    first = mark(MAINS, second=5, for_s=450)  # 50 s are left of 500
    memory = fold(TOWN, *FINE, *TRIED, first, mark(MAINS, second=460, for_s=100))

    assert unproven(then(memory, tick(561))) == ["bell", "pager", "horn"]


def test_maintenance_drains_no_battery_and_leaves_nothing_on_one_unproven() -> None:
    memory = later(*TRIED, mark(MAINS, Declared.MAINTENANCE))

    assert unproven(memory) == ["horn"]


def test_a_word_that_ends_later_takes_nothing_that_lasted_through_the_other() -> None:
    memory = later(*TRIED, mark(MAINS, for_s=400), mark(OTHER, for_s=900))

    assert unproven(memory) == ["horn"]


@pytest.mark.parametrize("says", [*TAKEN_OUT, Declared.DISTRUSTED])
@pytest.mark.parametrize("for_s", [400, 990])
def test_a_word_that_ends_is_never_worse_than_the_word(
    says: Declared, for_s: float
) -> None:
    kept = fold(TOWN, *FINE, *TRIED, mark(MAINS, says, for_s=1e6))
    ended = fold(TOWN, *FINE, *TRIED, mark(MAINS, says, for_s=for_s))

    for second in (for_s + 11, 1200, 2000, 1e5):
        in_force, over = then(kept, tick(second)), then(ended, tick(second))
        usable = [n for n, s in in_force.channels.items() if s.fine]
        assert [n for n in usable if not over.channels[n].fine] == []


def test_what_a_person_takes_back_is_over() -> None:
    over = say(Withdrawn(kind="mark", subject="channel:sms", by="Bob"), 500)

    assert state(later(mark("channel:sms"), over), "sms") == FINE_AGAIN


def test_what_is_said_anew_and_taken_back_is_over() -> None:
    over = say(Withdrawn(kind="mark", subject="channel:sms", by="Bob"), 1600)
    memory = later(mark("channel:sms"))

    memory = then(memory, mark("channel:sms", second=1500), over, tick(1601))

    assert state(memory, "sms") == FINE_AGAIN


def test_the_end_of_a_word_that_it_works_is_no_such_end() -> None:
    assert state(later(mark("channel:sms", Declared.UP)), "sms") == FINE_AGAIN


def test_what_was_measured_to_fail_stays_down() -> None:
    failed = [result("sms", "x", second) for second in (500, 505, 510)]

    assert later(mark("channel:sms"), *failed).channels["sms"].state is State.DOWN


def test_said_again_it_counts_from_when_it_was_said_first() -> None:
    again = mark("channel:sms", second=600, for_s=400)

    memory = later(mark("channel:sms"), result("sms", "o", 500), again)

    assert state(memory, "sms") == FINE_AGAIN


def test_a_channel_of_unknown_needs_may_need_it_still() -> None:
    leased = probe("leased", stale_after_s=SLOW_S)
    config = plan(
        component(MAINS), channel("leased", needs_known=False, probes=(leased,))
    )

    memory = fold(config, result("leased", "o", 1), mark(MAINS), tick(1001))
    assert memory.channels["leased"].may_need == (MAINS,)

    memory = step(config, memory, result("leased", "o", 1500))
    assert memory.channels["leased"].may_need == ()


def test_it_outlives_a_restart() -> None:
    kept = msgspec.json.encode(later(mark("channel:sms")))
    memory = msgspec.json.decode(kept, type=Memory)

    memory = then(memory, Resumed(at=moment(1100)), tick(1101))

    assert state(memory, "sms") == UNPROVEN


def test_it_outlives_a_reboot_for_what_only_people_test() -> None:
    memory = later(*TRIED, mark(MAINS))

    memory = after_reboot(memory, REBOOT)
    memory = step(TOWN, memory, Resumed(at=REBOOT))

    assert unproven(memory) == ["bell", "pager", "horn"]


def test_what_is_only_not_known_returns_at_once() -> None:
    memory = later(mark(MAINS), result("either", "o", 5))
    assert "radio" not in memory.recovered

    memory = step(TOWN, memory, result("radio", "o", 1500))

    assert state(memory, "radio") == FINE_AGAIN
