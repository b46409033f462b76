import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace
from printed import printed
from render.entries import Entry, changed, engine, note, word
from render.snapshots import NOON, change, moment, snapshot

from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Result,
    failed,
    ok,
    unknown,
)
from secours.model.snapshot import Change
from secours.render.answers import incident as incident_answer
from secours.render.logbook import channel_outages, incident
from secours.render.logbook.incident import Incident
from secours.render.wording.localizer import Localizer

LINES = {
    "alert/management": ("sms", "calls"),
    "alert/staff": ("calls",),
    "coordinate/management": ("teams",),
}
PLAN = ("sms", "calls", "teams")
OUTCOMES: dict[str, Outcome] = {
    "o": ok(Evidence.SERVED),
    "x": failed(Reason.TIMEOUT),
    "?": unknown(Reason.PERMISSION),
}


def found(*changes: Change) -> list[Incident]:
    """Return the incidents in changes that were recorded when they came to be."""
    recorded = sorted(changes, key=lambda each: each.at.utc)
    return incident.incidents(recorded, LINES, PLAN)


def switch(line: str, before: str, after: str, ago_s: float) -> Change:
    at = moment(ago_s)
    return Change(at=at, subject="line", name=line, before=before, after=after)


def ago(second: float) -> datetime:
    return NOON - timedelta(seconds=second)


def test_an_incident_has_its_times_its_channels_and_its_audiences() -> None:
    (one,) = found(
        change("calls", "x", "o", 100),
        change("calls", "o", "x", 500),
        switch("alert/management", "sms", "calls", 600),
        change("sms", "x", "o", 200),
        change("sms", "o", "x", 600),
    )

    assert one.detected == ago(600)
    assert one.switched == ago(600)
    assert one.ended == ago(100)
    assert one.channels == ("sms", "calls")
    assert one.lines == ("alert/management", "alert/staff")
    assert one.audiences == ("management", "staff")
    assert one.without == ()
    assert one.over


def test_what_is_only_no_longer_measured_has_not_come_back() -> None:
    (one,) = found(change("sms", "o", "x", 600), change("sms", "x", "?", 300))

    assert not one.over


def test_what_comes_back_for_a_moment_is_still_the_same_incident() -> None:
    flapping = (
        change("sms", "o", "x", 3000),
        change("sms", "x", "d", 2700),
        change("sms", "d", "x", 2400),
        change("sms", "x", "o", 2000),
    )

    (one,) = found(*flapping)
    later = found(*flapping, change("sms", "o", "x", 1000))

    assert (one.detected, one.ended) == (ago(3000), ago(2000))
    assert [each.detected for each in later] == [ago(1000), ago(3000)]


def test_a_line_left_with_no_channel_is_named() -> None:
    (one,) = found(
        change("teams", "o", "x", 600),
        switch("coordinate/management", "teams", "", 600),
    )

    assert one.without == ("coordinate/management",)
    assert one.switched is None
    assert "none was left" in incident.facts_html(one, Localizer(snapshot(), "en"))


def test_line_that_has_none_of_the_channels_is_not_of_the_incident() -> None:
    fall = change("calls", "o", "x", 600)

    (alone,) = found(fall, switch("coordinate/management", "teams", "", 590))
    (unknown,) = found(fall, switch("coordinate/former", "teams", "", 590))

    assert (alone.without, alone.audiences) == ((), ("management", "staff"))
    assert unknown.without == ("coordinate/former",)  # the plan has it no more


def test_move_to_no_channel_is_no_switch_but_the_one_to_another_after_it() -> None:
    fall = (
        change("teams", "o", "x", 600),
        switch("coordinate/management", "teams", "", 600),
    )

    (one,) = found(*fall, switch("coordinate/management", "", "calls", 500))
    (back,) = found(*fall, switch("coordinate/management", "", "teams", 500))

    assert (one.switched, back.switched) == (ago(500), None)
    assert one.without == ("coordinate/management",)


def test_line_that_is_back_within_a_second_was_not_left_without_a_channel() -> None:
    fall = (
        change("teams", "o", "x", 600),
        switch("coordinate/management", "teams", "", 600),
    )

    (one,) = found(*fall, switch("coordinate/management", "", "calls", 599.5))
    (later,) = found(*fall, switch("coordinate/management", "", "calls", 599))

    assert (one.without, one.switched) == ((), ago(599.5))
    assert later.without == ("coordinate/management",)


def test_going_back_to_the_first_choice_is_no_switch() -> None:
    (one,) = found(
        change("calls", "o", "x", 900),
        change("calls", "x", "o", 600),
        switch("alert/management", "calls", "sms", 500),
    )

    assert one.switched is None


def declared(name: str, ago_s: float) -> Change:
    facts = {"by": "Anne", "said": "no carrier"}
    return change(name, "o", "x", ago_s, reason=Reason.DECLARED, facts=facts)


def test_what_people_declared_is_apart_from_what_was_measured() -> None:
    measured, said = found(
        declared("calls", 700),
        change("sms", "o", "x", 600),
        switch("alert/management", "sms", "teams", 600),
        change("calls", "x", "o", 500),
        change("sms", "x", "o", 400),
        declared("calls", 300),
    )

    assert (said.declared, said.channels, said.ended) == (True, ("calls",), None)
    assert (measured.declared, measured.channels) == (False, ("sms",))
    assert (said.detected, measured.detected) == (ago(700), ago(600))
    assert (said.switched, measured.switched) == (None, ago(600))
    assert incident.begun(said, {"a": run("oxx")}) == said


def test_what_was_declared_later_began_as_said_and_was_detected_when_said() -> None:
    """A line that left the channel before that did not leave it for the outage."""
    since = ago(7200).isoformat()
    recorded = [
        change("sms", "?", "o", 3600),
        switch("alert/management", "sms", "calls", 1800),
        switch("alert/management", "calls", "sms", 1700),
        word("mark", "channel:sms", "down", since=since, ago_s=600),
        declared("sms", 3600),
        switch("alert/management", "sms", "calls", 600),
    ]

    (one,) = incident.incidents(recorded, LINES, PLAN)

    assert (one.began, one.detected, one.switched) == (ago(7200), ago(600), ago(600))
    localizer = Localizer(snapshot(), "en")
    facts = incident.facts_html(one, localizer)
    assert "Declared down</dt><dd><time" in facts
    assert "2026-11-24 03:04:07" in facts
    (row,) = printed(incident_answer.answer(one, localizer))["outages"]
    assert row["down_at"] == "2026-11-24T00:14:07.000+00:00"
    assert row["said_at"] == "2026-11-24T02:04:07.000+00:00"
    assert row["up_at"] is None


def test_each_channel_of_an_incident_has_its_own_times_and_cause() -> None:
    (one,) = found(
        change("sms", "o", "x", 3600),
        change("calls", "o", "x", 3300, reason=Reason.REFUSED, facts={}),
        change("sms", "x", "o", 3000),
        change("calls", "x", "o", 2700),
    )
    (said,) = found(declared("teams", 600))
    localizer = Localizer(snapshot(), "en")

    rows = channel_outages.rows([*one.outages, *said.outages], localizer)
    page = incident.incident_page(one, [], localizer, NOON)
    answer = printed(incident_answer.answer(one, localizer))

    assert [
        (
            row["channel"],
            row["began"].clock,
            row["ended"] and row["ended"].clock,
            row["known_by"],
        )
        for row in rows
    ] == [
        ("On-call SMS", "02:14:07", "02:24:07", "measured"),
        ("Voice calls", "02:19:07", "02:29:07", "measured"),
        ("Teams", "03:04:07", None, "declared"),
    ]
    assert [row["cause"] for row in rows] == [
        "no answer within 10 s",
        "connection refused",
        "declared by Anne: “no carrier”",
    ]
    assert "connection refused" in page
    assert "within 10 min are one incident" in page
    assert [(each["channel"], each["up_at"]) for each in answer["outages"]] == [
        ("sms", "2026-11-24T01:24:07.000+00:00"),
        ("calls", "2026-11-24T01:29:07.000+00:00"),
    ]
    assert "Declared down</dt>" in incident.facts_html(said, localizer)
    assert "first failed test" not in incident.facts_html(said, localizer)


def test_components_and_what_began_before_are_no_incident() -> None:
    part = change("carrier:mobile-a", "o", "x", 60, subject="component")

    assert found(part, change("sms", "x", "o", 30)) == []


def test_outage_of_what_left_the_plan_swallows_no_later_one_and_says_so() -> None:
    edit = replace(change("fax", "x", "?", 9000), after="")
    localizer = Localizer(snapshot(), "en")
    for last, ended in (((edit,), ago(9000)), ((), None)):
        later, one = found(
            change("fax", "o", "x", 9900), *last, change("sms", "o", "x", 600)
        )

        assert (later.channels, later.over) == (("sms",), False)
        assert (one.channels, one.over, one.ended) == (("fax",), True, ended)
        assert "No longer in the plan</dt><dd>fax" in incident.facts_html(
            one, localizer
        )
        page = incident.incident_page(
            one, [changed("fax", "o", "x", 9900)], localizer, NOON
        )
        assert "no longer in the plan" in page
        assert "not over" not in page
        (row,) = printed(incident_answer.answer(one, localizer))["outages"]
        assert (row["up_at"], row["dropped"]) == (None, True)
        assert bool(row["dropped_at"]) == bool(ended)


def run(letters: str) -> Sequence[Result]:
    """Return results every 10 s until the detection, newest first."""
    return [
        Result(probe="p", at=moment(600 + 10 * place), outcome=OUTCOMES[letter])
        for place, letter in enumerate(reversed(letters))
    ]


def test_it_began_with_the_first_failed_test_after_the_last_good_one() -> None:
    (one,) = found(change("sms", "o", "x", 600))

    begun = incident.begun(one, {"a": run("xoo?x?xx"), "b": run("oooooooo"), "c": ()})

    assert begun.started == ago(630)
    assert begun.worked == ago(650)
    assert incident.begun(one, {"a": ()}) == one


def test_without_a_good_test_before_it_nobody_knows_when_it_last_worked() -> None:
    (one,) = found(change("sms", "o", "x", 600))

    begun = incident.begun(one, {"a": run("xx")})

    assert (begun.started, begun.worked) == (ago(610), None)


def test_the_export_has_the_times_and_what_the_journal_says_in_between() -> None:
    (one,) = found(change("sms", "o", "x", 600), change("sms", "x", "o", 100))
    entries = [note("after", ago_s=50), note("during", ago_s=300), note("b", ago_s=700)]
    localizer = Localizer(snapshot(), "fr")

    within = incident.during(one, entries)
    page = incident.incident_page(one, within, localizer, NOON)
    answer = printed(incident_answer.answer(one, localizer))

    assert [entry.text for entry in within] == ["during"]
    assert "Détection (hors service, confirmé)</dt><dd><time" in page
    assert "24/11/2026 03:04:07" in page
    assert "pas nécessaire" in page
    assert "direction, personnel" not in page
    assert "direction" in page
    assert answer["detected_at"] == "2026-11-24T02:04:07.000+00:00"
    assert answer["started_at"] is None
    assert answer["ended_at"] == "2026-11-24T02:12:27.000+00:00"
    assert answer["channels"] == ["sms"]
    assert answer["audiences"] == ["management"]


def test_an_incident_that_is_not_over_says_so() -> None:
    (one,) = found(change("sms", "o", "x", 600))
    localizer = Localizer(snapshot(), "en")

    assert "not over" in incident.facts_html(one, localizer)
    assert incident.during(one, [changed("sms", "o", "x", 0)]) != []


def strips(one: Incident, *entries: Entry) -> list[list[tuple[str, ...]]]:
    """Return what is drawn of each channel of an incident, on paper."""
    localizer = Localizer(snapshot(), "en")
    within = incident.during(one, entries)
    page = incident.incident_page(one, within, localizer, NOON)
    drawn = page.partition('class="s-looks"')[0]
    rows = drawn.split('class="s-strip"')[1:]
    return [re.findall(r'data-state="(\w+)" style="([^"]*)"', row) for row in rows]


def test_on_paper_the_states_of_its_channels_are_drawn_from_beginning_to_end() -> None:
    entries = [
        changed("calls", "x", "o", 600),
        changed("calls", "o", "x", 800),
        changed("sms", "x", "d", 700),
        changed("sms", "d", "o", 650),
        changed("sms", "o", "x", 1000),
        changed("pager", "o", "d", 900),
    ]
    (one,) = found(*(each.change for each in entries if each.change))

    sms, calls = strips(one, *entries)

    assert sms == [
        ("down", "--x:0%;--w:75%"),
        ("degraded", "--x:75%;--w:12.5%"),
        ("available", "--x:87.5%;--w:12.5%"),
    ]
    assert calls == [("available", "--x:0%;--w:50%"), ("down", "--x:50%;--w:50%")]


def test_on_paper_a_time_without_an_engine_is_not_drawn_as_watched() -> None:
    entries = [
        engine("start", ago_s=400),
        engine("stop", ago_s=800),
        changed("sms", "o", "x", 1000),
    ]
    (one,) = found(*(each.change for each in entries if each.change))

    (sms,) = strips(one, *entries)

    assert sms == [
        ("down", "--x:0%;--w:20%"),
        ("unwatched", "--x:20%;--w:40%"),
        ("down", "--x:60%;--w:40%"),
    ]
