"""The two hours in which a green at our end was no green at theirs."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from core.receivers.played import Shown, plan_of, shown_of
from msgspec.structs import replace
from plans import moment

from secours.config import load
from secours.config.sections.scenario import load_scenario
from secours.core.replay.whatif import whatif
from secours.model.plan import Config
from secours.model.receivers.reach import Hearing
from secours.model.recording import Claim
from secours.model.snapshot import Recommendation

OWN = Path(__file__).parents[3] / "probes.yaml"
FULL_S = 70 * 60.0  # 1:10 after the start: "mobile voice is full"
EASES_S = 300 * 60.0
TEXTS = frozenset({"sms-operator-a", "sms-operator-b", "sms-gateway-api", "whatsapp"})


@cache
def own_plan() -> Config:
    return load(OWN)


def by_name(lines: tuple[Recommendation, ...]) -> dict[str, Recommendation]:
    return {line.name: line for line in lines}


def test_nobody_is_sent_to_telephones_of_dead_networks() -> None:
    fails = ("carrier:mobile-a", "carrier:mobile-b")

    at_once = whatif(own_plan(), fails, start=moment(0)).steps[0].snapshot
    lines = by_name(at_once.recommendations)
    alert, coordinate = lines["alert/staff"], lines["coordinate/staff"]

    assert not (alert.use and alert.use.channel == "telephone")
    assert coordinate.use
    assert coordinate.use.channel == "teams", "those at home hear it over their fibre"
    assert coordinate.use.reach
    assert [group.group for group in coordinate.use.reach.missed] == ["terrain"]
    assert coordinate.completed_by == ("radio",)


@cache
def march_22(plan: str) -> tuple[Shown, ...]:
    """Play 22 March 2016 with the word of somebody who hears that lines are full."""
    scenario = load_scenario("brussels-2016-03-22")
    marks = tuple(
        Claim(component=name, at_s=FULL_S, until_s=EASES_S)
        for name in ("voice:mobile-a", "voice:mobile-b")
    )
    config = own_plan() if plan == "own" else plan_of(plan)
    return tuple(shown_of(config, replace(scenario, marks=marks)))


PLANS = ("own", "town-hall", "hospital", "utility", "ministry")
of_each_plan = pytest.mark.parametrize("plan", PLANS)


def config_of(plan: str) -> Config:
    return own_plan() if plan == "own" else plan_of(plan)


def while_full(plan: str) -> Iterator[Recommendation]:
    for shown in march_22(plan):
        if FULL_S <= shown.minute * 60 < EASES_S:
            yield from shown.snapshot.recommendations


def _has_a_landline(config: Config, line: Recommendation) -> bool:
    groups = config.audiences[line.audience].groups
    return any("landline" in group.devices for group in groups)


@of_each_plan
def test_nobody_without_a_landline_is_called_while_mobile_voice_is_full(
    plan: str,
) -> None:
    config = config_of(plan)
    telephones = {n for n, c in config.channels.items() if c.kind == "sip-trunk"}

    called = [
        line.name
        for line in while_full(plan)
        if line.use
        and line.use.channel in telephones
        and not _has_a_landline(config, line)
    ]

    assert called == []


@of_each_plan
def test_texts_are_never_refused_while_mobile_voice_is_full(plan: str) -> None:
    config = config_of(plan)
    texts = {n for n, c in config.channels.items() if c.kind in TEXTS}

    heard = {
        (name, group.heard)
        for line in while_full(plan)
        for name, reception in line.receivers.items()
        if name in texts
        for group in reception.groups
        if group.designed is Hearing.WHOLE
    }

    assert heard == {(name, Hearing.WHOLE) for name, _ in heard}
    assert heard, "a plan whose people are sent texts"


@of_each_plan
def test_nothing_but_telephones_is_refused_while_mobile_voice_is_full(
    plan: str,
) -> None:
    config = config_of(plan)

    refused = {
        config.channels[passed.channel].kind
        for line in while_full(plan)
        for passed in line.passed_over
        if passed.reason == "receivers"
    }

    assert refused <= {"sip-trunk", "pstn-fixed"}
