"""`secours sites`: how all sites are, at a terminal and for programs."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dashboard.served import rooms, stamped
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from render.snapshots import snapshot
from servers import promtool
from site_views import at_this_moment, fallen, good, line, lost, picture, proof, site

from secours import places
from secours.cli import run, schema
from secours.cli.shells import names
from secours.engine.published import sites_file, snapshot_file
from secours.languages import LANGUAGES, Text
from secours.model.observed import Instant, Reason
from secours.model.sections.line import Purpose
from secours.model.sites.views import SiteState, SiteView
from secours.model.snapshot import COUNTS_AFTER_S, Hub
from secours.render.answers.values import iso

__all__ = ["rooms"]

pytestmark = pytest.mark.usefixtures("still_clock")

MOBILE = "carrier:mobile-a"
WELL = site("dison", good("sms"), good("chat"), line("sms"))
OTHER = site("spa", good("chat"), line("chat"))
FALLBACK = site("eupen", good("chat"), line("chat"), state=SiteState.FALLBACK)
CUT = site("verviers", lost("sms", MOBILE), line(None), state=SiteState.NOTHING_LEFT)
SILENT = site(
    "liège",
    good("sms"),
    line("sms"),
    state=SiteState.NOT_HEARD,
    known=SiteState.PRIMARY,
)


def publish(*sites: SiteView, ago_s: float = 1.0, **more: Any) -> None:
    view = at_this_moment(picture(*sites, name="dison", **more), ago_s)
    sites_file.write(view, places.runtime_dir())


def said(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    run(["sites", "--lang", "en", *options])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("sites", "ago_s", "code"),
    [
        ([WELL, OTHER], 1.0, 0),
        ([WELL, FALLBACK], 1.0, 1),
        ([WELL, SILENT], 1.0, 1),
        ([WELL, replace(OTHER, state=SiteState.OWN_LINK)], 1.0, 1),
        ([WELL, replace(OTHER, state=SiteState.DOUBLE)], 1.0, 1),
        ([WELL, CUT, SILENT], 1.0, 2),
        ([WELL, replace(CUT, state=SiteState.OWN_LINK)], 1.0, 2),
        ([WELL, replace(CUT, lines=())], 1.0, 2),
        ([WELL, replace(CUT, state=SiteState.NOT_HEARD)], 1.0, 1),
        ([WELL, CUT], 31.0, 3),
        ([], 1.0, 3),
    ],
    ids=[
        "all on their primary",
        "a fallback",
        "not heard",
        "own link",
        "double",
        "cannot alert",
        "cannot alert and own link",
        "a line without a channel",
        "an old word counts for nothing",
        "old",
        "none",
    ],
)
def test_its_exit_code_is_the_worst(
    rooms: Path, sites: list[SiteView], ago_s: float, code: int
) -> None:
    publish(*sites, ago_s=ago_s)

    for form in ("text", "json", "nagios", "prometheus"):
        assert run(["sites", "--format", form]) == code


def test_a_site_falls_silent_though_the_engine_says_no_more(rooms: Path) -> None:
    view = at_this_moment(picture(WELL, OTHER), ago_s=6.0)
    early = Instant(view.at.utc - timedelta(seconds=25), view.at.steady_s - 25)
    old = replace(view, sites=(view.sites[0], replace(view.sites[1], heard=early)))
    sites_file.write(old, places.runtime_dir())

    assert run(["sites"]) == 1
    assert run(["sites", "--site", "dison"]) == 0


@pytest.mark.parametrize("form", ["text", "json"], ids=["text", "json"])
def test_that_the_hub_is_not_reached_is_said_beside_it(
    rooms: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    publish(WELL, SILENT)
    shown = stamped(snapshot(), ago_s=1.0, max_age_s=20.0)
    words = "NO CONNECTION TO THE HUB for 20 s.\n"
    for connected, ago_s in ((False, 20), (True, 20), (False, 10)):  # it begins
        at = shown.at
        since = Instant(at.utc - timedelta(seconds=ago_s), at.steady_s - ago_s)
        hub = Hub(url="tls://hub.example.org", since=since, connected=connected)
        snapshot_file.write(replace(shown, hub=hub), places.runtime_dir())

        run(["sites", "--lang", "en", "--format", form])

        said = "" if connected or ago_s < COUNTS_AFTER_S else words
        assert capsys.readouterr().err == said


def stand(*, connected: bool, ago_s: float = 1.0) -> None:
    """Publish our own snapshot, which says how we stand with the hub."""
    shown = stamped(snapshot(), ago_s=ago_s, max_age_s=20.0)
    reason = Reason.NONE if connected else Reason.TIMEOUT
    url = "tls://hub.example.org"
    hub = Hub(url=url, since=shown.at, connected=connected, reason=reason)
    snapshot_file.write(replace(shown, hub=hub), places.runtime_dir())


@pytest.mark.parametrize(
    ("sites", "options", "code"),
    [
        ([WELL, OTHER], [], 3),
        ([WELL, SILENT], [], 3),
        ([WELL, CUT], [], 2),
        ([WELL, OTHER], ["--site", "spa"], 3),
        ([WELL, OTHER], ["--site", "dison"], 0),
    ],
    ids=["others", "not heard", "cannot alert", "one of them", "our own site"],
)
def test_where_the_hub_is_not_reached_nothing_is_known_of_others(
    rooms: Path, sites: list[SiteView], options: list[str], code: int
) -> None:
    publish(*sites)
    stand(connected=False)

    for form in ("text", "json", "nagios", "prometheus"):
        assert run(["sites", "--format", form, *options]) == code


@pytest.mark.parametrize(
    ("connected", "ago_s", "said_so"),
    [(True, 1.0, True), (False, 1.0, False), (True, 60.0, False)],
    ids=["connected", "cut", "long ago"],
)
def test_programs_are_told_whether_the_hub_is_reached(
    rooms: Path,
    capsys: pytest.CaptureFixture[str],
    connected: bool,
    ago_s: float,
    said_so: bool,
) -> None:
    publish(WELL, OTHER)
    stand(connected=connected, ago_s=ago_s)

    found = json.loads(said(capsys, "--format", "json"))
    Draft202012Validator(schema.of("sites")).validate(found)
    assert found["hub"]["connected"] is said_so
    (line_of_nagios,) = said(capsys, "--format", "nagios").splitlines()
    head, _, performance = line_of_nagios.partition("|")
    assert f"'hub reached'={said_so:d};;;0;1" in performance
    why = "" if connected else " (no answer)"  # of what is old, nothing is known
    assert found["hub"]["reason"] == ("timeout" if why else "")
    unheard = f"SECOURS UNKNOWN - NO CONNECTION TO THE HUB{why}; "
    assert head.startswith("SECOURS OK" if said_so else unheard)
    metrics = said(capsys, "--format", "prometheus")
    assert f"secours_hub_connected {said_so:d}\n" in metrics


@pytest.mark.parametrize("command", ["sites", "status", "recommend"])
def test_programs_are_told_that_another_site_has_our_name(
    rooms: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    publish(WELL, OTHER)
    shown = stamped(snapshot(), ago_s=1.0, max_age_s=20.0)
    hub = Hub(url="tls://hub.example.org", since=shown.started, connected=True)
    for doubled in (None, shown.at):
        mine = replace(shown, hub=replace(hub, doubled=doubled))
        snapshot_file.write(mine, places.runtime_dir())
        run([command, "--format", "json"])
        found = json.loads(capsys.readouterr().out)

        assert found["hub"]["doubled"] == (doubled and iso(doubled))


def test_what_an_engine_with_a_hub_left_is_nothing_to_one_without(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(WELL, OTHER)
    snapshot_file.write(
        stamped(snapshot(), ago_s=1.0, max_age_s=20.0), places.runtime_dir()
    )

    assert run(["sites", "--lang", "en"]) == 3
    assert capsys.readouterr().out == ""


def test_it_shows_a_row_for_each_site(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(WELL, FALLBACK, CUT, SILENT)

    assert said(capsys).splitlines() == [
        "1 of 4 sites cannot alert; 1 is not heard: Liège; 1 uses a fallback.",
        "",
        "● OK          Dison     ALERT: sms                1 s ago",
        "▲ FALLBACK    Eupen     ALERT: chat               1 s ago",
        "✖ NO CHANNEL  Verviers  ALERT: NO USABLE CHANNEL  1 s ago",
        "□ NOT HEARD   Liège     last: OK, 1 s ago",
    ]


def test_a_first_choice_that_is_not_sure_is_no_fallback(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unsure = line("sms", verified=False)
    publish(WELL, site("spa", unsure, state=SiteState.FALLBACK))

    assert said(capsys).splitlines()[2:] == [
        "● OK      Dison  ALERT: sms  1 s ago",
        "▲ UNSURE  Spa    ALERT: sms  1 s ago",
    ]
    found = json.loads(said(capsys, "--format", "json"))["sites"]
    assert [(each["state"], each["unsure"]) for each in found] == [
        ("primary", False),
        ("fallback", True),
    ]


def test_a_site_that_can_do_something_is_said_not_to_be_able_to_do_the_rest(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = line("sms"), line(None, purpose=Purpose.COORDINATE)
    publish(WELL, site("spa", *lines, state=SiteState.NOTHING_LEFT))

    assert said(capsys).splitlines()[-1] == (
        "✖ NO COORDINATION  Spa    ALERT: sms; COORDINATE: NO USABLE CHANNEL  1 s ago"
    )


def test_it_names_what_several_have_lost(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(*(site(f"s{n}", lost("sms", MOBILE), line("x")) for n in range(12)))

    assert said(capsys).splitlines()[-1] == (
        "12 have lost carrier:mobile-a: "
        "S0, S1, S2, S3, S4, S5, S6, S7, S8, S9 and 2 others"
    )


def test_each_audience_is_named_where_they_use_different_channels(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = [line("sms", label=Text("SMS")), line(None, audience="guests")]
    more = [line("chat", Purpose.COORDINATE), line("chat", Purpose.COORDINATE)]
    publish(site("dison", *both, *more))

    row = said(capsys).splitlines()[2]

    assert (
        "ALERT · staff: SMS; ALERT · guests: NO USABLE CHANNEL; COORDINATE: chat" in row
    )


def test_an_audience_has_the_label_of_its_site(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    called = Text("", {"fr": "Visiteurs", "en": "Visitors"})
    visitors = line(None, audience="guests", called=called)
    namesake = line("chat", audience="others", called=called)
    publish(site("dison", line("sms"), visitors, namesake))

    row = said(capsys).splitlines()[2]

    assert "ALERT · Visitors: NO USABLE CHANNEL; ALERT · Visitors: chat" in row
    assert run(["sites", "--lang", "fr", "--format", "json"]) == 2
    printed = json.loads(capsys.readouterr().out)["sites"][0]["lines"][1]
    assert printed["audience"] == "guests"
    assert printed["audience_label"] == "Visiteurs"


@pytest.mark.parametrize("form", ["text", "json", "nagios"])
def test_of_an_old_picture_no_state_is_shown(
    rooms: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    publish(WELL, OTHER, ago_s=40.0)

    assert run(["sites", "--lang", "en", "--format", form]) == 3
    shown = capsys.readouterr()

    assert "more than 30 s" in shown.err
    assert "sms" not in shown.out.replace("'", "")
    assert "OK " not in shown.out
    assert "not heard" in shown.out


def test_one_of_another_boot_is_old(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    view = at_this_moment(picture(WELL))
    sites_file.write(replace(view, boot_id="another"), places.runtime_dir())

    assert run(["sites", "--lang", "en"]) == 3
    assert "another boot" in capsys.readouterr().err


def test_programs_get_what_the_schema_says(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    validator = Draft202012Validator(schema.of("sites"))
    hit = [site(n, lost("sms", MOBILE), fallen(MOBILE), line("x")) for n in "ab"]
    publish(WELL, SILENT, *hit, province=True)

    for options in ([], ["--site", "dison"], ["--reach"], ["--reach", "all"]):
        found = json.loads(said(capsys, "--format", "json", *options))
        validator.validate(found)
    found = json.loads(said(capsys, "--format", "json"))

    assert list(found) == [
        *("schema", "at", "age_s", "stale", "name", "province", "hub"),
        *("sentence", "sites", "causes"),
    ]
    assert (found["name"], found["province"], found["stale"]) == ("dison", True, False)
    assert found["hub"] is None  # there is no snapshot that says it
    first, silent, *_ = found["sites"]
    assert (first["state"], first["lines"][0]["use"]) == ("primary", "sms")
    assert 1.0 <= first["heard_age_s"] < 10.0
    assert (silent["state"], silent["known"]) == ("not-heard", "primary")
    assert silent["lines"] == []
    (cause,) = found["causes"]
    assert (cause["components"], cause["sites"]) == ([MOBILE], ["a", "b"])
    assert cause["words"] == "2 have lost carrier:mobile-a"


def test_every_key_says_what_it_means() -> None:
    whole = schema.of("sites")

    for part in [whole, *whole["$defs"].values()]:
        for key, inner in part.get("properties", {}).items():
            assert inner.get("description"), key


def test_only_a_province_says_what_it_sent(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(WELL, OTHER)

    assert run(["sites", "--lang", "en", "--pending"]) == 3
    assert "not that of a province" in capsys.readouterr().err
    publish(WELL, OTHER, province=True)
    assert json.loads(said(capsys, "--pending", "--format", "json"))["orders"] == []
    assert "orders" not in json.loads(said(capsys, "--format", "json"))


def test_one_site_is_shown_with_all_it_said(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = site(
        "dison",
        good("sms", label=Text("SMS")),
        lost("chat"),
        proof(MOBILE, 4.0),
        fallen("provider:meta", path="4g"),
        line("sms"),
    )
    publish(whole, CUT)

    shown = said(capsys, "--site", "dison")

    assert "Verviers" not in shown.partition("\n")[2]
    assert "  OK    SMS\n  DOWN  chat\n" in shown
    assert "  OK    carrier:mobile-a                5 s ago\n" in shown
    assert "  DOWN  provider:meta over the path 4g  1 min ago\n" in shown
    assert run(["sites", "--site", "dison"]) == 0


def test_a_site_that_is_none_is_3_with_the_nearest(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(WELL, CUT)

    for options in (["--site", "dsion"], ["--reach", "dsion"]):
        assert run(["sites", "--lang", "en", *options]) == 3
        assert "did you mean 'dison'?" in capsys.readouterr().err


def test_over_what_they_reach_each_other(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(WELL, OTHER, CUT, SILENT)

    assert said(capsys, "--reach").splitlines()[2:] == [
        "Dison → Spa       chat",
        "Dison → Verviers  no channel works at both ends",
        "Dison → Liège     unknown, last: sms",
    ]
    assert said(capsys, "--reach", "spa").splitlines()[2] == "Spa → Dison     chat"
    assert len(said(capsys, "--reach", "all").splitlines()) == 2 + 12


def test_what_is_old_promises_to_reach_nobody(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(WELL, OTHER, ago_s=40.0)

    assert "Dison → Spa  unknown, last: chat" in said(capsys, "--reach")


def test_a_monitoring_system_gets_one_line(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(WELL, CUT, SILENT)

    (text,) = said(capsys, "--format", "nagios").splitlines()

    head, _, performance = text.partition("|")
    assert head == (
        "SECOURS CRITICAL - 1 of 3 sites cannot alert; 1 is not heard: Liège."
    )
    assert "'sites primary'=1;;;0;3 " in performance
    assert "'sites not-heard'=1;;;0;3" in performance


@pytest.mark.usefixtures("processes")
@promtool.NEEDED
def test_prometheus_takes_what_is_printed(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(WELL, CUT, SILENT)

    text = said(capsys, "--format", "prometheus")

    assert promtool.remarks("check", "metrics", given=text) == ""
    assert 'secours_site_state{site="verviers",state="nothing-left"} 1\n' in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_none_is_followed_it_says_what_to_do(
    rooms: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert run(["sites", "--lang", language]) == 3
    shown = capsys.readouterr()

    assert shown.out == ""
    assert "secours run" in shown.err


def test_a_file_that_nobody_understands_is_3(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (places.runtime_dir() / sites_file.SITES).write_text("{")

    assert run(["sites", "--lang", "en"]) == 3
    assert "cannot be understood" in capsys.readouterr().err


def test_words_of_others_cannot_drive_the_terminal(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nasty = "\x1b[31mred\n\x07"
    text = Text(nasty)
    part = fallen("carrier:x", label=text)
    evil = [
        site(
            f"{n}{nasty}",
            lost(nasty, "carrier:x", label=text),
            part,
            line(nasty, label=text, audience=nasty, called=text),
            label=text,
        )
        for n in range(2)
    ]
    publish(*evil)

    for options in ([], ["--reach", "all"], ["--site", evil[0].name]):
        shown = said(capsys, *options)
        assert "\x1b" not in shown
        assert "\x07" not in shown


def test_names_of_sites_complete(rooms: Path) -> None:
    assert names.of("sites", None, os.devnull) == []
    publish(WELL, SILENT)

    assert names.of("sites", None, os.devnull) == ["dison", "liège"]
