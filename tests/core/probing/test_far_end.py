"""An answer from beyond the house over a path is worth as much as its references."""

from typing import Any

import pytest
from msgspec.structs import replace
from plans import channel, component, fold, plan, probe, result, shot, used

from secours.core.events import Event
from secours.core.memory import Memory
from secours.core.step import step
from secours.model.observed import Evidence, Reason, failed, ok
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Path, Probe
from secours.model.snapshot import Link, State

LOST = failed(Reason.TIMEOUT)
REFERENCES = tuple(
    probe("lan", name, id=f"paths/lan/{name}", via="lan") for name in ("dns", "tls")
)
LAN = Path(name="lan", references=REFERENCES)
FIBRE = "internet:fibre"


def over_lan(name: str, *needs: str, **options: Any) -> Channel:
    return channel(name, *needs, probes=(probe(name, via="lan", **options),))


def town(mail: Channel) -> Config:
    return plan(component(FIBRE), component("site:it"), over_lan("teams"), mail, LAN)


TOWN = town(over_lan("mail", FIBRE))
FINE: list[Event] = [result(name, "o", 1) for name in ("teams", "mail")]
FINE += [result(f"path lan/{ref.name}", "o", 1) for ref in REFERENCES]


def references_fail(*seconds: float) -> list[Event]:
    names = [ref.name for ref in REFERENCES]
    return [result(f"path lan/{name}", LOST, s) for s in seconds for name in names]


CUT = [*FINE, *references_fail(20, 25)]


def test_references_that_fail_while_a_far_end_answers_are_not_our_own_link() -> None:
    memory = fold(TOWN, *CUT)
    assert memory.paths["lan"] is Link.DOWN

    memory = step(TOWN, memory, result("mail", "o", 30))

    assert memory.paths["lan"] is Link.OK
    assert shot(TOWN, memory).own_link is Link.OK
    assert memory.channels["mail"].state is State.AVAILABLE


def test_an_answer_that_is_older_than_their_failures_says_nothing() -> None:
    events = [*FINE, result("mail", "o", 19), *references_fail(20, 25)]

    assert fold(TOWN, *events).paths["lan"] is Link.DOWN


def test_what_fails_beside_a_far_end_that_answers_is_down_itself() -> None:
    failing = [result("teams", LOST, second) for second in (26, 31)]

    memory = fold(TOWN, *CUT[:-2], result("mail", "o", 22), *CUT[-2:], *failing)
    memory = step(TOWN, memory, result("mail", "o", 32))

    assert memory.paths["lan"] is Link.OK
    assert memory.channels["teams"].state is State.DOWN
    assert used(TOWN, memory) == "mail"


def test_when_the_far_end_falls_silent_too_our_own_link_is_down_at_once() -> None:
    memory = fold(TOWN, *CUT, result("mail", "o", 30), result("mail", LOST, 45))

    assert memory.paths["lan"] is Link.DOWN
    assert memory.channels["mail"].state is not State.DOWN


def test_what_answered_during_the_cut_is_not_forgotten_with_its_failures() -> None:
    lost = [result("mail", LOST, second) for second in (27, 32)]

    memory = fold(TOWN, *CUT, *lost, result("mail", "o", 40))
    after: Memory = step(TOWN, memory, *references_fail(41)[:1])

    for each in (memory, after):
        assert each.paths["lan"] is Link.OK
        assert each.channels["mail"].state is State.AVAILABLE


def unknown_needs() -> Channel:
    return replace(over_lan("mail"), needs_known=False)


@pytest.mark.parametrize(
    ("mail", "evidence"),
    [
        (over_lan("mail", "site:it", FIBRE), Evidence.AUTHENTICATED),
        (over_lan("mail", FIBRE, portal_proof=False), Evidence.SERVED),
        (over_lan("mail", FIBRE), Evidence.REACHED),
        (unknown_needs(), Evidence.AUTHENTICATED),
    ],
    ids=["in the house", "a portal may answer", "only reached", "needs not known"],
)
def test_what_may_not_come_from_beyond_the_house_is_no_reference(
    mail: Channel, evidence: Evidence
) -> None:
    memory = fold(town(mail), *CUT, result("mail", ok(evidence), 30))

    assert memory.paths["lan"] is Link.DOWN


def test_the_hint_of_a_provider_is_no_answer_over_a_path() -> None:
    hint: Probe = probe("mail", "hint", via="lan", hint=True)
    mail = channel("mail", FIBRE, probes=(probe("mail"), hint))

    memory = fold(town(mail), *CUT, result("mail/hint", "o", 30))

    assert memory.paths["lan"] is Link.DOWN
