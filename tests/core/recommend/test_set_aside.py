"""Distrust is a fact of its own, and spreads with all that is gone."""

from typing import Any

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
)

from secours.core.events import Event, Said
from secours.core.memory import Memory
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Path
from secours.model.sections.line import Line
from secours.model.statements import Declared, Mark, Withdrawn

FIBRE, RADIO = "internet:fibre", "carrier:a"


def mark(subject: str, says: Declared, second: float, **options: Any) -> Said:
    at = moment(second)
    return Said(
        word=Mark(subject=subject, says=says, by="Ann", at=at, **options), at=at
    )


def town(*parts: Channel | Path | Line) -> Config:
    return plan(component(FIBRE), component(RADIO), *parts)


def aside(memory: Memory, name: str = "mail") -> Reason:
    return memory.channels[name].aside


def test_a_later_word_of_somebody_else_that_lapses_leaves_the_distrust() -> None:
    config = town(channel("mail", FIBRE))
    down = mark(FIBRE, Declared.DOWN, 20, until=moment(30).utc)

    memory = fold(
        config,
        result("mail", "o", 1),
        mark(FIBRE, Declared.DISTRUSTED, 10),
        down,
        result("mail", "o", 40),
    )

    assert aside(memory) is Reason.SET_ASIDE
    assert [m.says for m in shot(config, memory).marks] == [Declared.DISTRUSTED]
    assert shot(config, memory).recommendations[0].use is None


def test_one_of_two_marks_can_be_withdrawn() -> None:
    withdrawn = Withdrawn(kind="mark", subject=FIBRE, says=Declared.DOWN, by="Ann")

    memory = fold(
        town(channel("mail", FIBRE)),
        mark(FIBRE, Declared.DISTRUSTED, 10),
        mark(FIBRE, Declared.DOWN, 20),
        Said(word=withdrawn, at=moment(30)),
    )

    assert aside(memory) is Reason.SET_ASIDE
    assert not memory.words.marks


DOWN = [mark(RADIO, Declared.DOWN, 11)]
MAINTAINED = [mark(RADIO, Declared.MAINTENANCE, 11)]
DISTRUSTED = [mark(RADIO, Declared.DISTRUSTED, 11)]


@pytest.mark.parametrize("other", [DOWN, MAINTAINED, DISTRUSTED])
def test_alternatives_that_are_gone_in_different_ways_leave_nothing_to_trust(
    other: list[Event],
) -> None:
    config = town(channel("mail", [FIBRE, RADIO]))

    memory = fold(
        config, result("mail", "o", 1), mark(FIBRE, Declared.DISTRUSTED, 10), *other
    )

    assert aside(memory) is Reason.SET_ASIDE


def test_an_alternative_that_is_left_is_trusted() -> None:
    config = town(channel("mail", [FIBRE, RADIO]))

    memory = fold(config, mark(FIBRE, Declared.DISTRUSTED, 10))

    assert aside(memory) is Reason.NONE


def test_a_failure_alone_sets_nothing_aside() -> None:
    config = town(channel("mail", [FIBRE, RADIO]))

    memory = fold(config, mark(FIBRE, Declared.DOWN, 10), *DOWN)

    assert aside(memory) is Reason.NONE


def test_one_way_failed_and_the_other_over_what_is_distrusted() -> None:
    ways = [probe("mail", f"tcp {via}", via=via, way_of="tcp") for via in ("lan", "4g")]
    paths = [
        Path(name="lan", needs=((FIBRE,),)),
        Path(name="4g", needs=((RADIO,),)),
    ]
    config = town(channel("mail", probes=tuple(ways)), *paths)
    fine = [result("mail/tcp lan", "o", 1), result("mail/tcp 4g", "o", 1)]
    failed = [result("mail/tcp 4g", "x", second) for second in (20, 25)]

    before = fold(config, *fine, mark(FIBRE, Declared.DISTRUSTED, 10))
    after = fold(config, *fine, mark(FIBRE, Declared.DISTRUSTED, 10), *failed)

    assert aside(before) is Reason.NONE
    assert aside(after) is Reason.SET_ASIDE


# ------------------------------------------------------------------ unknown needs


def unknown_needs(name: str) -> Channel:
    return channel(name, needs_known=False)


PBX = town(
    unknown_needs("pbx"),
    channel("mail", FIBRE),
    channel("radio", RADIO),
    line("pbx", "mail", "radio"),
)
FINE = [result(name, "o", 1) for name in PBX.channels]


def used(memory: Memory) -> tuple[str | None, bool | None, str | None]:
    found = shot(PBX, memory).recommendations[0]
    return (
        found.use.channel if found.use else None,
        found.use.verified if found.use else None,
        found.backup.channel if found.backup else None,
    )


def test_a_channel_that_declares_nothing_is_nobodys_independent_backup() -> None:
    found = shot(PBX, fold(PBX, *FINE)).recommendations[0]

    assert found.use is not None
    assert (found.use.channel, found.use.verified) == ("pbx", True)
    assert found.backup is not None
    assert (found.backup.channel, found.backup.independent) == ("mail", False)


def test_while_something_is_down_what_may_need_it_comes_last() -> None:
    memory = fold(PBX, *FINE, mark(RADIO, Declared.DOWN, 10), tick(30))

    assert used(memory) == ("mail", True, "pbx")
    assert memory.channels["pbx"].may_need == (RADIO,)
    assert shot(PBX, memory).recommendations[0].backup is not None


def test_a_newer_proof_of_its_own_lifts_it_for_a_failure_but_not_for_distrust() -> None:
    failed = fold(PBX, *FINE, mark(RADIO, Declared.DOWN, 10), result("pbx", "o", 20))
    distrusted = fold(
        PBX, *FINE, mark(RADIO, Declared.DISTRUSTED, 10), result("pbx", "o", 20)
    )

    assert failed.channels["pbx"].may_need == ()
    assert used(failed)[:2] == ("pbx", True)
    assert distrusted.channels["pbx"].may_need == (RADIO,)
    assert used(distrusted)[:2] == ("mail", True)


def test_alone_it_is_used_but_not_verified() -> None:
    config = town(unknown_needs("pbx"))

    memory = fold(config, result("pbx", "o", 1), mark(FIBRE, Declared.DISTRUSTED, 10))

    use = shot(config, memory).recommendations[0].use
    assert use is not None
    assert (use.channel, use.verified) == ("pbx", False)


def test_of_those_that_may_need_it_the_one_that_works_comes_first() -> None:
    config = town(
        channel("pbx", needs_known=False, probes=()),
        unknown_needs("pager"),
        line("pbx", "pager"),
    )
    works = result("pager", "o", 1)

    memory = fold(config, works, mark(FIBRE, Declared.DISTRUSTED, 10))

    use = shot(config, memory).recommendations[0].use
    assert use is not None
    assert (use.channel, use.verified) == ("pager", False)
