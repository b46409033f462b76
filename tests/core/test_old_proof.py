"""A success older than a failure clears nobody: what it may have taken is tried."""

import pytest
from plans import (
    channel,
    component,
    fold,
    line,
    moment,
    plan,
    probe,
    result,
    shot,
    tick,
    used,
)

from secours.core.events import Event, Said
from secours.core.probing import intervals
from secours.core.step import step
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import State
from secours.model.statements import Declared, Mark

CARRIER = "carrier:a"
ROUNDTRIP = probe("sms", "roundtrip", interval_s=900.0, cost=True, timeout_s=60.0)


def town(sms: Probe = ROUNDTRIP) -> Config:
    return plan(
        component(CARRIER),
        channel("voice", CARRIER),
        channel("sms", CARRIER, probes=(sms,)),
        channel("radio"),
        channel("pager", CARRIER, probes=()),
        line("sms", "radio", "voice"),
    )


FINE = [result(name, "o", 1) for name in ("sms/roundtrip", "voice", "radio")]
FAILS = [result("voice", "x", 60), result("radio", "o", 62), result("voice", "x", 65)]


def test_an_old_round_trip_does_not_clear_the_carrier_whose_voice_is_gone() -> None:
    config = town()

    memory = fold(config, *FINE, *FAILS)

    assert (CARRIER,) in memory.suspects
    assert memory.channels["sms"].at_risk == CARRIER
    assert memory.channels["sms"].state is State.AVAILABLE


def test_its_test_is_hurried_at_once_and_once() -> None:
    config = town()
    memory = fold(config, *FINE, *FAILS)

    assert intervals.hurried(memory, ROUNDTRIP)
    assert (
        intervals.delay_s(config, memory, ROUNDTRIP) == 64
    )  # after its latest run began

    memory = step(config, memory, result("sms/roundtrip", "?", 70))
    assert not intervals.hurried(memory, ROUNDTRIP)
    assert intervals.delay_s(config, memory, ROUNDTRIP) == 900


def test_the_line_holds_while_the_test_is_under_way() -> None:
    config = town()

    memory = fold(config, *FINE, *FAILS)
    assert used(config, memory) == "sms"

    memory = step(config, memory, tick(125))
    assert used(config, memory) == "sms"

    for second in range(75, 140, 15):
        memory = step(config, memory, result("radio", "o", second))
        memory = step(config, memory, result("voice", "x", second + 1))
    assert used(config, memory) == "radio"


def test_a_test_that_ends_without_an_answer_ranks_it_behind_newer_proof() -> None:
    config = town()

    memory = fold(config, *FINE, *FAILS, result("sms/roundtrip", "?", 70))

    assert used(config, memory) == "radio"
    assert memory.channels["sms"].state is State.AVAILABLE


def test_a_test_that_succeeds_clears_it_and_the_carrier() -> None:
    config = town()

    memory = fold(config, *FINE, *FAILS, result("sms/roundtrip", "o", 70))

    assert used(config, memory) == "sms"
    assert memory.channels["sms"].at_risk is None
    assert memory.suspects == (("channel:voice",),)
    assert memory.channels["pager"].state is State.UNKNOWN


def test_a_channel_at_risk_is_not_newly_chosen_before_it_is_tried() -> None:
    config = plan(
        *town().components.values(),
        *town().channels.values(),
        line("voice", "sms", "radio"),
    )

    memory = fold(config, *FINE, *FAILS)

    assert used(config, memory) == "radio"


def test_a_success_that_is_newer_clears_at_once() -> None:
    config = town()
    tried = result("sms/roundtrip", "o", 61)

    memory = fold(config, *FINE, FAILS[0], tried, FAILS[1], FAILS[2])

    assert memory.suspects == (("channel:voice",),)
    assert used(config, memory) == "sms"


def test_an_unconfirmed_failure_puts_nothing_at_risk() -> None:
    memory = fold(town(), *FINE, FAILS[0])

    assert memory.channels["sms"].at_risk is None
    assert not memory.risks


def test_what_is_at_risk_is_not_verified() -> None:
    config = plan(
        *town().components.values(), *town().channels.values(), line("sms", "pager")
    )

    memory = fold(config, *FINE, *FAILS, result("sms/roundtrip", "x", 70))

    use = shot(config, memory).recommendations[0].use
    assert use is not None
    assert (use.channel, use.state, use.verified) == ("sms", State.AVAILABLE, False)


def test_a_backup_that_a_likely_cause_takes_shares_nothing_with_what_needs_none() -> (
    None
):
    """It needs nothing that the one in use needs; it may be down already."""
    config = plan(
        component("internet:fibre"),
        *town().components.values(),
        channel("mail", "internet:fibre"),
        *town().channels.values(),
        line("mail", "sms"),
    )

    memory = fold(config, result("mail", "o", 63), *FINE, *FAILS)

    found = shot(config, memory).recommendations[0].backup
    assert found is not None
    assert (found.channel, found.independent) == ("sms", False)
    assert found.shares == ()
    assert memory.channels["sms"].at_risk == CARRIER


# ------------------------------------------------------ what it needs is not known


def leased(name: str) -> Config:
    """Return a leased line of which nobody knows what it needs, before another."""
    return plan(
        component(CARRIER),
        channel("leased", needs_known=False, probes=(probe("leased", timeout_s=10.0),)),
        channel(name, probes=() if name == "radio" else (probe(name),)),
        line("leased", name),
    )


def carrier_down(second: float) -> Said:
    at = moment(second)
    return Said(word=Mark(subject=CARRIER, says=Declared.DOWN, by="Ana", at=at), at=at)


@pytest.mark.parametrize("other", ["radio", "mail"])
def test_a_channel_of_unknown_needs_keeps_its_line_while_it_is_tried(
    other: str,
) -> None:
    config = leased(other)
    memory = fold(config, result("leased", "o", 1), result("mail", "o", 1))

    memory = step(config, memory, carrier_down(30))

    assert memory.channels["leased"].may_need == (CARRIER,)
    assert memory.channels["leased"].at_risk == CARRIER
    assert intervals.hurried(memory, config.channels["leased"].probes[0])
    assert used(config, memory) == "leased"
    use = shot(config, memory).recommendations[0].use
    assert use is not None
    assert not use.verified
    cleared = step(config, memory, result("leased", "o", 31))
    assert not cleared.channels["leased"].at_risk
    assert used(config, cleared) == "leased"


@pytest.mark.parametrize("test", [result("leased", "x", 31), tick(30 + 11.1)])
def test_one_that_its_test_does_not_clear_leaves_the_line(test: Event) -> None:
    config = leased("mail")
    fine = [result("leased", "o", 1), result("mail", "o", 1)]

    memory = fold(config, *fine, carrier_down(30), test)

    assert used(config, memory) == "mail"


def test_a_degraded_channel_of_unknown_needs_keeps_its_line_too() -> None:
    config = leased("radio")

    memory = fold(config, result("leased", "d", 1), carrier_down(30))

    assert memory.channels["leased"].state is State.DEGRADED
    assert used(config, memory) == "leased"


def test_no_test_clears_a_channel_of_what_is_distrusted() -> None:
    config = leased("mail")
    fine = [result("leased", "o", 1), result("mail", "o", 1)]
    word = Mark(subject=CARRIER, says=Declared.DISTRUSTED, by="Ana", at=moment(60))

    memory = fold(config, *fine, Said(word=word, at=moment(60)))

    assert not memory.channels["leased"].at_risk
    assert used(config, memory) == "mail"
