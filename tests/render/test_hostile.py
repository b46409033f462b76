"""Every page of a town in which all words are hostile: they stay words."""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from msgspec.structs import replace
from render import plan_page
from render.desk import channels_page, day_of, why_page
from render.entries import changed, engine, note, of, word
from render.hostile import HOSTILE, Poison, hostile
from render.province.provinces import dark_region, double, half_heard
from render.snapshots import NOON, moment

from secours.core.audit.plan import Trying
from secours.core.diagnosis.explanation import Explanation, Group, Suspect
from secours.core.replay.presets import Preset
from secours.core.replay.score import LineScore, Moment, Replay
from secours.languages import Text
from secours.model.nodes import channel_node
from secours.model.observed import Reason, Verdict
from secours.model.recording import Scenario, Turn
from secours.model.requests import NotifyTestRequest
from secours.model.snapshot import Link, State
from secours.render import templates
from secours.render.answers import report
from secours.render.badges import Tone
from secours.render.export import forms, lite
from secours.render.logbook import entries as logbook
from secours.render.logbook import incident, incidents, print_page, shift
from secours.render.logbook.channel_outages import ChannelOutage
from secours.render.logbook.incident import Incident
from secours.render.logbook.shift import ShiftData
from secours.render.outages.page import OutagePage, outages_html
from secours.render.pages import (
    actions,
    channel,
    head,
    in_force,
    notices,
    skeleton,
    strip,
    tell,
)
from secours.render.pages.channel import ChannelAsked, ChannelFacts, ChannelHistory
from secours.render.pages.channel_filter import ChannelFilter
from secours.render.pages.channels import Timelines
from secours.render.pages.effects import Effect
from secours.render.pages.head import PageHead
from secours.render.pages.strip import Window
from secours.render.pages.timeline import Latency, Span
from secours.render.paper import export, sheet
from secours.render.province.page import site_html, site_missing_html, sites_html
from secours.render.province.wall import province_html
from secours.render.section import Section
from secours.render.situation.now import Rights, now_html
from secours.render.wall import wall
from secours.render.wall.stale_cover import stale_html
from secours.render.wording import exercise
from secours.render.wording.localizer import Localizer

BAD = " ".join(HOSTILE)
OURS = (
    "a article b body br button circle datalist dd details div dl dt footer"
    " foreignobject form h1 h2 h3 h4 head header html i input label li link main"
    " meta nav ol option p path rect s section select span style summary svg table"
    " tbody td text th thead time title tr ul"
)
ATTRIBUTES = (
    "action aria-current aria-hidden aria-label autocapitalize autocomplete autofocus"
    " charset class colspan content cx cy d data-copy data-done data-failed data-fold"
    " data-head data-minor data-next data-now data-partly"
    " data-secours-age data-secours-clock data-secours-listen"
    " data-shape data-state data-theme download focusable for height href http-equiv"
    " id lang list max maxlength method min name open placeholder r rel required"
    " role rx scope selected spellcheck style tabindex target text-anchor title"
    " type value viewbox width x y"
)
WITHIN = re.compile(
    r"(act|channels?|incidents|journal|lite|now|outages|paper|plan|shift|sites?|wall|why)"
    r"(\.html|\.csv|\.json)?\?|data:,$"
    r"|(sms:\?|mailto:\?subject=[\w.~%-]*)&body=[\w.~%-]*$"
)
MEASURES = re.compile(r"(--[a-z-]+: ?[\w.% ()*+,/-]*(; ?|$))*")


class Parts(HTMLParser):
    """The elements of a page, their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


@cache
def pages() -> dict[str, Markup]:
    """Return all that is drawn, by what it is."""
    return {
        f"{name} {n}": html
        for n, (name, html) in enumerate(
            [
                *screens(),
                *silent(),
                *desk(),
                *planned(),
                *told(),
                *paper(),
                *provincial(),
            ]
        )
    }


def screens() -> Iterator[tuple[str, Markup]]:
    """Yield what shows the state of the town."""
    shown = hostile()
    suspects = tuple(
        Group(
            suspects=tuple(
                Suspect(names=names, explains=("channel:sms",), takes=(BAD,))
                for names in each.suspects
            ),
            ask=BAD,
        )
        for each in shown.explanations
    )
    why = Explanation(groups=suspects, cleared={BAD: (BAD,)})
    localizer = Localizer(shown, "fr", 3.0)
    now = now_html(
        localizer, day_of(shown), {Preset.POWER: (BAD,)}, rights=Rights(acts=True)
    )
    frame = PageHead(page="now", theme="light", asked=(("text", BAD), (BAD, BAD)))
    framed = head.page_html(localizer, frame, now)
    yield "now", now
    yield "head", framed
    yield "now", now_html(localizer, rights=Rights(is_known=False))
    yield "channels", channels_page(shown, "fr", acts=True)
    yield "why", why_page(shown, "fr")
    yield "why", why_page(shown, "fr", why, asked="sms")
    yield "lite", lite.lite_html(shown, "fr", age_s=3.0)
    yield "lite", lite.lite_html(shown, "fr", age_s=300.0, unstable=True)
    yield "lite", lite.waiting_html(shown, "fr", refused=BAD)
    yield "lite", lite.error_html(shown, "fr")
    yield "exercise", exercise.block(localizer)
    for age_s in (3.0, 300.0):
        fed = {
            "html": framed,
            "stale_html": stale_html(shown, "fr"),
            "title": BAD,
            "band": False,
            "age": age_s,
            "max_age": 15.0,
        }
        inside = skeleton.inside_html(
            shown, "fr", fed=fed, theme="dark", script="/x.js", plain="lite?x"
        )
        yield "skeleton", inside
    yield "missing", skeleton.missing_html("fr", [(BAD, "wall?lang=fr")])


def silent() -> Iterator[tuple[str, Markup]]:
    """Yield what is shown where all is cut, and what is reported upwards."""
    shown = hostile()
    all_cut = tuple(replace(each, all_cut=True) for each in shown.orders)
    cut = Localizer(replace(shown, orders=all_cut), "fr", 3.0)
    yield "wall", wall.plain_html(cut, None, 1.0)
    yield "now", now_html(cut)
    (whom,) = shown.reports
    said = report.sections(report.answer(cut, whom), cut)
    yield "report", print_page.paper("report.html", BAD, cut, NOON, sections=said)


def provincial() -> Iterator[tuple[str, Markup]]:
    """Yield what shows all sites, and what one of them sees of itself."""
    shown = replace(hostile(), own_link=Link.OK)
    localizer = Localizer(shown, "fr", 3.0)
    for make in (dark_region, half_heard, double):
        told = make(20).view
        view = replace(
            Poison().of(told),
            boot_id=told.boot_id,
            sites=tuple(
                replace(site, missed=3, standby=True)
                for site in Poison().of(told.sites)
            ),
        )
        name = view.sites[0].name
        yield "province", province_html(localizer, view, age_s=3.0)
        yield "sites", sites_html(localizer, view, age_s=3.0)
        yield "site", site_html(localizer, view, name=name, age_s=3.0)
        yield "site", site_missing_html(localizer, name, view)
        yield "lite", lite.lite_html(shown, "fr", age_s=3.0, sites=view)


def desk() -> Iterator[tuple[str, Markup]]:
    """Yield what an officer sees of a channel, an outage and a plan."""
    shown = hostile()
    localizer, view = Localizer(shown, "fr", 3.0), shown.channels[0]
    fared = ChannelFacts(
        passed={BAD: (3, 4)},
        latencies={BAD: Latency(median_s=0.1, p95_s=2.0, count=9)},
        needs=((BAD, shown.components[0].name),),
        traits={BAD: "no"},
        trial=word("test", "sms", "worked", said=BAD),
    )
    spans = [
        Span(
            start=NOON - timedelta(hours=3),
            end=NOON,
            state=State.DOWN,
            reason=Reason.CONTENT,
            facts={"what": BAD},
        )
    ]
    window = Window(NOON - timedelta(hours=5), NOON)
    asked = ChannelAsked(name=BAD, tested_s=shown.at.steady_s)
    past = ChannelHistory(window=window, spans=spans, fared=fared)
    yield "channel", channel.channel_html(view, localizer, asked, past, acts=True)
    yield "channel", channel.missing_html(BAD, localizer)
    over = Timelines(window=window, spans={channel_node(view.name): spans})
    yield (
        "channels",
        channels_page(shown, "fr", over=over, wish=ChannelFilter(text=BAD)),
    )
    bars = strip.bars(spans, window, localizer, label=BAD)
    rows = [("", strip.axis(window, localizer)), (BAD, bars)]
    yield "strip", strip.timelines(rows, localizer)
    whole = Section(BAD, (BAD,), (BAD, "x"), ((BAD, BAD),), Tone.DOWN)
    for drawn in (Section("", (BAD,)), whole):
        yield "sections", templates.fill("sections.html", "fr", sections=[drawn])
    played = Replay(
        scenario=Scenario(
            name=BAD,
            title=Text(BAD),
            start=NOON,
            duration_s=60.0,
            lesson=Text(BAD),
            sources=(BAD,),
        ),
        timeline=(Moment(minute=0, snapshot=shown),),
        lines=(
            LineScore(
                line=BAD,
                minutes_without_channel=0.0,
                minutes_on_a_channel_down=0.0,
                changes=0,
            ),
        ),
    )
    tests = [(view.name, (Turn(0.0, Verdict.FAILED),))]
    page = OutagePage(
        scenario=played.scenario,
        recorded=[(BAD, Text(BAD))],
        tests=tests,
        readable=False,
        touched=False,
        played=played,
    )
    yield "outages", outages_html(page, localizer)


def planned() -> Iterator[tuple[str, Markup]]:
    """Yield what a plan rests on."""
    config = plan_page.hostile(BAD)
    for fails in ((), ("power:grid", BAD)):
        yield "plan", plan_page.drawn(*fails, config=config, now=hostile())


def _changes() -> Effect:
    """Return what changes, all of it in hostile words."""
    line = {"line": BAD, "use": (BAD, BAD), "backup": (BAD, BAD)}
    return Effect(said=[BAD], lines=[line], rest=BAD)


def told() -> Iterator[tuple[str, Markup]]:
    """Yield what is said between the forms."""
    localizer = Localizer(hostile(), "fr", 3.0)
    answer: dict[str, Any] = {
        "kept": "memory",
        "recommendations": [
            {
                "use": BAD,
                "pinned": True,
                "state": "down",
                "purpose": "alert",
                "audience": BAD,
            }
        ],
    }
    yield from (("held", each.html) for each in in_force.statements(localizer))
    yield "done", actions.done_html(BAD, answer, moment(), localizer)
    yield "will", actions.will_html([BAD], _changes(), localizer)
    yield "refused", actions.refused_html(BAD, localizer)
    rows = (*notices.targets(localizer), *notices.recent(localizer))
    yield from (("notice", each.html) for each in rows)
    yield "done", notices.done_html(NotifyTestRequest(target=BAD), localizer)
    for sent in hostile().notices:
        yield "ack", forms.ack_html(sent, localizer, nameless=True)
    yield "ack", forms.refused_html(localizer, BAD, BAD)
    yield "entrance", forms.entrance_html("fr", BAD, "access.wrong")
    real = replace(hostile(), rehearsal=None)
    up = [
        replace(each, use=each.use and replace(each.use, state=State.AVAILABLE))
        for each in real.recommendations
    ]
    real = replace(real, recommendations=tuple(up))  # what is pinned works
    begun = [replace(each, uri_scheme="mailto") for each in real.channels]
    real = replace(real, channels=tuple(begun))
    told = tell.to_tell(Localizer(real, "fr", 3.0))
    assert told
    yield from (("tell", each.html) for each in told)


def paper() -> Iterator[tuple[str, Markup]]:
    """Yield what is printed or taken along."""
    shown = hostile()
    localizer = Localizer(shown, "fr", 3.0)
    entries = [
        note(BAD, by=BAD),
        engine(BAD, BAD),
        engine("trouble.began", BAD),
        of(Poison().of(changed("sms", "o", "x").change)),
        of(word("mark", BAD, "distrusted", said=BAD)),
        of(word("pin", f"alert/{BAD}", BAD)),
        of(word("watch", "", "handed", said=BAD, to=BAD)),
    ]
    fell = ChannelOutage(
        channel=BAD,
        began=NOON,
        reason=Reason.DECLARED,
        facts={"by": BAD, "said": BAD},
    )
    outage = Incident(outages=(fell,), lines=(f"alert/{BAD}",), without=(f"x/{BAD}",))
    wish = logbook.JournalFilter(text="")
    yield "journal", logbook.page_html(entries, wish, localizer)
    wish = logbook.JournalFilter(text=BAD)
    yield "journal", logbook.page_html([], wish, localizer, trouble=BAD)
    yield "incident", incidents.page_html([outage], outage, [("at", BAD)], localizer)
    yield "journal", export.as_page(entries, localizer, NOON)
    yield "incident", incident.facts_html(outage, localizer)
    yield "incident", incident.incident_page(outage, entries, localizer, NOON)
    tests = [Trying(channel=BAD, every_s=60.0, standing="never")]
    found = ShiftData(tests=tests, changes=entries, trouble=BAD)
    yield "shift", shift.page_html(found, localizer, acts=True)
    yield "shift", shift.paper_html(found, localizer, NOON, is_fresh=False)
    yield "sheet", sheet.sheet_html(shown, "fr", states=True)
    yield "sheet", sheet.sheet_html(shown, "fr", states=False)


@pytest.mark.parametrize("name", pages())
def test_a_page_of_hostile_words_has_only_elements_of_ours(name: str) -> None:
    found = Parts(pages()[name])

    script = (
        {"script", "src", "type", "template"} if name.startswith("skeleton") else set()
    )
    assert found.elements <= set(OURS.split()) | script
    assert {name for name, _ in found.attributes} <= set(ATTRIBUTES.split()) | script
    for attribute, value in found.attributes:
        assert attribute != "href" or WITHIN.match(value), value
        assert attribute != "style" or MEASURES.fullmatch(value), value


@pytest.mark.parametrize("name", pages())
def test_a_page_of_hostile_words_says_them_on_one_line(name: str) -> None:
    words = Parts(pages()[name]).words

    assert re.search("beacon.invalid|bad=1|position:fixed", words)
    assert all(c.isprintable() or c in "\n\u00a0\u202f" for c in words)


def test_every_template_was_drawn() -> None:
    templates.environment.cache_clear()
    pages.cache_clear()

    pages()

    folder = Path(str(files(templates)))
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.html")}
    drawn = {name for _, name in templates.environment().cache or {}}
    assert drawn == names
