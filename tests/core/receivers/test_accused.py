"""What failures take from people whose cause is only inferred: since when, how sure."""

import pytest
from core.receivers.people import (
    device,
    group,
    heard,
    heard_on,
    mark,
    only_line,
    peopled,
    roll_call,
)
from plans import channel, component, fold, probe, result

from secours.core.events import Event
from secours.model.observed import Evidence, ok
from secours.model.plan import Config
from secours.model.sections.channel import Channel

LASTING_S = 86400.0
MASTS, ASTRID = component("carrier:mobile-a"), component("radio:astrid")
MOBILE = device("mobile", text=("carrier:mobile-a",))
FIELD = group("field", "mobile")


def lasting(name: str, *needs: str, on: str | None = None) -> Channel:
    """Make a channel whose results count for a day."""
    own = probe(name, stale_after_s=LASTING_S)
    pairs = heard_on(on) if on else None
    return channel(name, *needs, probes=(own,), heard_on=pairs)


def works(*names: str) -> list[Event]:
    return [result(name, "o", 1) for name in names]


def fails(*names: str, at: float = 60) -> list[Event]:
    return [result(name, "x", s) for s in (at, at + 6) for name in names]


def test_word_that_it_is_down_is_newer_than_a_text_that_arrived_before_it() -> None:
    """Its own probe failed before the text: that alone is contradicted."""
    masts = component(
        "carrier:mobile-a", probes=(probe("carrier:mobile-a", stale_after_s=LASTING_S),)
    )
    parts = (masts, lasting("sms", "carrier:mobile-a", on="mobile.text"))
    config = peopled(*parts, devices=(MOBILE,), groups=(FIELD,))
    arrived = result("sms", ok(Evidence.DELIVERED), 80)
    events = [*works("carrier:mobile-a"), *fails("carrier:mobile-a"), arrived]

    before = only_line(config, fold(config, *events))
    after = only_line(config, fold(config, *events, mark("carrier:mobile-a", 90)))

    assert heard(before, "sms") == {"field": "whole"}
    assert heard(after, "sms") == {"field": "none"}


GATES = [lasting(name, "carrier:mobile-a") for name in ("gate", "desk")]


def test_roll_call_holds_over_failures_that_began_before_it() -> None:
    """It is confirmed after the roll call that they failed, and was so before it."""
    sms = lasting("sms", on="mobile.text")
    config = peopled(MASTS, *GATES, sms, devices=(MOBILE,), groups=(FIELD,))
    failed = fails("gate", "desk")
    called = roll_call("sms", 63, field=(4, 4))
    again = roll_call("sms", 59, field=(4, 4))
    ok = works("gate", "desk", "sms")

    after = only_line(config, fold(config, *ok, *failed[:2], called, *failed[2:]))
    before = only_line(config, fold(config, *ok, again, *failed))

    assert heard(after, "sms") == {"field": "whole"}
    assert heard(before, "sms") == {"field": "none"}


def test_roll_call_gives_way_to_newer_failures_of_the_same_cause_alone() -> None:
    """Mail fails after it for reasons of its own: that takes nothing from people."""
    both = ("carrier:mobile-a", "radio:astrid")
    tablet = device("tablet", data=both)
    gates = [lasting(name, *both) for name in ("gate", "desk", "door")]
    chat = lasting("chat", on="tablet.data")
    parts = [*gates, chat, lasting("mail")]
    people = group("field", "tablet")
    config = peopled(MASTS, ASTRID, *parts, devices=(tablet,), groups=(people,))
    called = roll_call("chat", 80, field=(4, 4))
    ok = works("gate", "desk", "door", "chat", "mail")
    events = [*ok, *fails("gate", "desk"), called]

    apart = only_line(config, fold(config, *events, *fails("mail", at=100)))
    together = only_line(config, fold(config, *events, *fails("door", at=100)))

    assert heard(apart, "chat") == {"field": "whole"}
    assert heard(together, "chat") == {"field": "none"}


def test_what_falls_with_what_two_measurements_take_is_surely_lost() -> None:
    """What stands between the two answered before, and is not tested again."""
    core = component(
        "internet:core", "carrier:mobile-a", probes=(probe("internet:core"),)
    )
    tablet = device("tablet", data=("data:a",))
    chat = lasting("chat", on="tablet.data")
    parts = (MASTS, core, component("data:a", "internet:core"))
    people = group("field", "tablet")
    config = peopled(*parts, *GATES, chat, devices=(tablet,), groups=(people,))
    ok = works("internet:core", "gate", "desk", "chat")

    line = only_line(config, fold(config, *ok, *fails("gate", "desk")))

    assert heard(line, "chat") == {"field": "none"}
    assert line.receivers["chat"].groups[0].sure


WAYS = ("radio:astrid", "internet:x", "data:y", "site:z")


def ambiguous() -> Config:
    """Make a plan where people need all; two pairs of channels need two each."""
    ways = [component(name) for name in WAYS]
    pairs = {"gate": WAYS[:2], "desk": WAYS[:2], "door": WAYS[2:], "hall": WAYS[2:]}
    shared = [lasting(name, *needs) for name, needs in pairs.items()]
    cells = [lasting(name, MASTS.name) for name in ("cell", "modem")]
    phones = device("mobile", text=(*WAYS, MASTS.name))
    text = lasting("sms", on="mobile.text")
    return peopled(
        *(MASTS, *ways), *shared, *cells, text, devices=(phones,), groups=(FIELD,)
    )


def test_roll_call_gives_way_to_a_later_suspicion_of_what_was_presumed_lost() -> None:
    config = ambiguous()
    lost = [*works("cell", "modem", "gate", "desk", "sms"), *fails("cell", "modem")]
    called = [*lost, roll_call("sms", 80, field=(20, 20))]

    before = only_line(config, fold(config, *called))
    after = only_line(config, fold(config, *called, *fails("gate", "desk", at=100)))

    assert heard(before, "sms") == {"field": "whole"}
    assert heard(after, "sms") == {"field": "none"}


@pytest.mark.parametrize("later", [("gate", "desk"), ("door", "hall")])
def test_roll_call_gives_way_to_the_newest_of_two_suspicions(
    later: tuple[str, str],
) -> None:
    config = ambiguous()
    first = {"gate", "desk", "door", "hall"} - {*later}
    events = [*works("gate", "desk", "door", "hall", "sms"), *fails(*sorted(first))]
    called = [*events, roll_call("sms", 80, field=(20, 20))]

    before = only_line(config, fold(config, *called))
    after = only_line(config, fold(config, *called, *fails(*later, at=100)))

    assert heard(before, "sms") == {"field": "whole"}
    assert heard(after, "sms") == {"field": "none"}


def test_battery_of_a_device_runs_down_with_what_is_known_to_be_down_alone() -> None:
    gates = [lasting(name, "power:grid") for name in ("gate", "desk")]
    radio = lasting("radio", on="mobile.text")
    phones = device("mobile", text=("power:grid",), autonomy_s=3600.0)
    config = peopled(
        component("power:grid"), *gates, radio, devices=(phones,), groups=(FIELD,)
    )
    presumed = [*works("gate", "desk", "radio"), *fails("gate", "desk")]

    guessed = only_line(config, fold(config, *presumed))
    told = only_line(config, fold(config, *presumed, mark("power:grid", 70)))

    assert guessed.until == {}
    assert set(told.until) == {"radio"}


def test_roll_call_gives_way_to_a_later_suspicion_of_what_was_known_lost() -> None:
    config = ambiguous()
    lost = [*works("cell", "gate", "desk", "door", "hall", "sms"), mark(MASTS.name, 20)]
    called = [*lost, roll_call("sms", 80, field=(20, 20))]

    before = only_line(config, fold(config, *called))
    after = only_line(config, fold(config, *called, *fails("gate", "desk", at=100)))
    elsewhere = only_line(config, fold(config, *called, *fails("cell", at=100)))

    assert heard(before, "sms") == {"field": "whole"}
    assert heard(after, "sms") == {"field": "none"}
    assert heard(elsewhere, "sms") == {"field": "whole"}
