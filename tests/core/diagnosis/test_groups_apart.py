"""Failures that share nothing have no say in what the others take, or leave in use."""

from plans import channel, component, fold, line, moment, plan, result, used

from secours.core.events import Event, Said
from secours.core.memory import Memory
from secours.core.step import step
from secours.model.observed import Evidence, Reason, degraded
from secours.model.plan import Config
from secours.model.snapshot import State
from secours.model.statements import Declared, Mark, Trial

MOBILE, FIBRE = "carrier:m", "internet:fibre"
SLOW = degraded(Reason.SLOW, Evidence.SERVED)


def fold_on(config: Config, memory: Memory, *events: Event) -> Memory:
    for event in events:
        memory = step(config, memory, event)
    return memory


def failing(name: str, *seconds: float) -> list[Event]:
    return [result(name, "x", second) for second in seconds]


def is_up(second: float) -> Said:
    at = moment(second)
    word = Mark(subject="channel:radio", says=Declared.UP, by="Ana", at=at)
    return Said(word=word, at=at)


# ------------------------------------------------- a word, and what failed since it

MAST = plan(
    component(MOBILE),
    *(channel(name, MOBILE) for name in "ab"),
    channel("radio", MOBILE, probes=()),
    channel("z"),
    line("a", "b", "radio"),
)
MAST_FINE = [result(name, "o", 1) for name in ("a", "b", "z")]
MAST_DOWN = [event for name in "ab" for event in failing(name, 10, 15)]


def test_up_stands_against_a_later_failure_that_shares_nothing_with_it() -> None:
    memory = fold(MAST, *MAST_FINE, *MAST_DOWN)
    assert memory.channels["radio"].presumed == MOBILE
    assert used(MAST, memory) is None

    memory = fold_on(MAST, memory, is_up(20), *failing("z", 30, 35))

    assert memory.channels["z"].state is State.DOWN
    assert memory.channels["radio"].state is State.AVAILABLE
    assert used(MAST, memory) == "radio"


def test_up_yields_to_a_later_failure_of_the_same_group() -> None:
    config = plan(
        *MAST.components.values(), *MAST.channels.values(), channel("c", MOBILE)
    )
    fine = [*MAST_FINE, result("c", "o", 1)]

    memory = fold(config, *fine, *MAST_DOWN, is_up(20), *failing("c", 30, 35))

    assert memory.channels["radio"].presumed == MOBILE


def test_a_logged_test_stands_against_a_later_failure_that_shares_nothing() -> None:
    """It clears what it needs, and so is not even at risk."""
    tried = Said(
        word=Trial(channel="radio", worked=True, by="Ana", at=moment(20)), at=moment(20)
    )

    memory = fold(MAST, *MAST_FINE, *MAST_DOWN, tried, *failing("z", 30, 35))

    assert memory.channels["radio"].state is State.AVAILABLE
    assert not memory.channels["radio"].at_risk


# ------------------------------------------------ whose word holds up what is at risk


def tried_and_said(*, test: float, word: float) -> list[Event]:
    trial = Trial(channel="radio", worked=True, by="Ana", at=moment(test))
    return [Said(word=trial, at=moment(test)), is_up(word)]


def test_up_alone_holds_up_what_every_likely_cause_takes() -> None:
    memory = fold(MAST, *MAST_FINE, *tried_and_said(test=3, word=20), *MAST_DOWN)
    memory = fold_on(MAST, memory, is_up(20))

    assert memory.channels["radio"].reason is Reason.DECLARED
    assert memory.channels["radio"].evidence is Evidence.NONE


def test_an_older_test_still_counts_where_another_cause_spares_it() -> None:
    config = plan(component(MOBILE), *list(MAST.channels.values())[::2], line("radio"))
    fine = [result("a", "o", 1)]

    memory = fold(
        config, *fine, *tried_and_said(test=3, word=20), *failing("a", 10, 15)
    )
    memory = fold_on(config, memory, is_up(20))

    assert memory.suspects == ((MOBILE,), ("channel:a",))
    assert memory.channels["radio"].at_risk == MOBILE
    assert memory.channels["radio"].evidence is Evidence.EXERCISED


# --------------------------------------------------------- degraded beside a failure


def slow_together(*names: str) -> list[Event]:
    return [result(name, SLOW, second) for second in (10, 15) for name in names]


OFFICE = plan(
    component(FIBRE),
    *(channel(name, FIBRE) for name in ("chat", "wiki")),
    channel("z"),
)
OFFICE_FINE = [result(name, "o", 1) for name in OFFICE.channels]


def test_two_degraded_together_keep_their_suspect_when_something_else_fails() -> None:
    memory = fold(OFFICE, *OFFICE_FINE, *slow_together("chat", "wiki"))
    assert memory.suspects == ((FIBRE,),)

    memory = fold_on(OFFICE, memory, *failing("z", 20, 25))

    failed, weak = memory.explanations
    assert (failed.channels, failed.suspects) == (("z",), (("channel:z",),))
    assert (weak.channels, weak.suspects) == (("chat", "wiki"), ((FIBRE,),))


def test_two_degraded_together_keep_their_suspect_beside_one_that_is_alone() -> None:
    memory = fold(OFFICE, *OFFICE_FINE, *slow_together("chat", "wiki", "z"))

    assert memory.suspects == ((FIBRE,),)
    assert memory.explanations[0].channels == ("chat", "wiki")


def test_degraded_channels_that_share_nothing_are_explained_apart() -> None:
    config = plan(
        component(FIBRE),
        component(MOBILE),
        *(channel(name, FIBRE) for name in ("chat", "wiki")),
        *(channel(name, MOBILE) for name in ("sms", "push")),
    )

    memory = fold(config, *slow_together("chat", "wiki", "sms", "push"))

    assert [(each.channels, each.suspects) for each in memory.explanations] == [
        (("chat", "wiki"), ((FIBRE,),)),
        (("push", "sms"), ((MOBILE,),)),
    ]


def test_one_of_two_degraded_that_is_cleared_leaves_the_other_alone() -> None:
    config = plan(
        component(FIBRE), *(channel(name, FIBRE) for name in ("chat", "wiki", "z"))
    )

    memory = fold(
        config, result("chat", SLOW, 1), result("z", "o", 2), result("wiki", SLOW, 3)
    )

    assert memory.suspects == ()


def test_a_suspect_of_what_is_degraded_takes_nothing_beside_a_failure() -> None:
    config = plan(
        *OFFICE.components.values(),
        *OFFICE.channels.values(),
        channel("radio", FIBRE, probes=()),
        channel("pager"),
        line("radio", "z", "pager"),
    )
    fine = [*OFFICE_FINE, result("pager", "o", 1)]
    slow = slow_together("chat", "wiki")

    memory = fold(config, *fine, *slow, *failing("z", 20, 25))

    assert (FIBRE,) in memory.suspects
    assert memory.channels["radio"].state is State.UNKNOWN
    assert not memory.channels["radio"].at_risk
