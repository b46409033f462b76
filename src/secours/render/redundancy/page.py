"""Page of the plan: failures tried, its strength, the picture of needs.

Pure: a snapshot, the plan, and its audit in, HTML out.
"""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from secours import texts
from secours.core import batteries
from secours.core.audit.examination import PlanExamination
from secours.core.replay.whatif import Falls, Outlook, nodes_of
from secours.languages import Text
from secours.model.plan import Config
from secours.render import templates
from secours.render.answers.audit import AuditAnswer, labels
from secours.render.badges import Tone
from secours.render.outages.page import OUTAGE
from secours.render.redundancy import audit_words as audit_wording
from secours.render.redundancy import choice as choices
from secours.render.redundancy import findings, hearers, needs_picture, rows
from secours.render.redundancy.choice import APART, FAILS, NOW, FailureChoice, Names
from secours.render.redundancy.needs_layout import HIGH, WIDE
from secours.render.redundancy.rows import HOURS, SHAPES, Quality
from secours.render.templates.links import PageLink, choice_links, link
from secours.render.wall import unsafe_band
from secours.render.wording.localizer import Localizer

ZOOM: Final = "zoom"
MOST_FINDINGS = 9  # drawn at once
MOST_NAMED = 4  # out of use now
MOST_KNOWN = 600  # offered by a search

Outage = tuple[str, Text]
"""A recorded outage: its name and label."""


class PlanPage(Struct, frozen=True, kw_only=True):
    """Plan, audit, and the failure that the viewer tries."""

    config: Config
    choice: FailureChoice
    answer: AuditAnswer
    examination: PlanExamination
    outlook: Outlook | None = None  # while something fails
    counted: Sequence[str] = ()  # failing too, as out of use now
    lasted: Sequence[tuple[str, float]] = ()  # failures already down now
    outages: Sequence[Outage] = ()
    zoom: str = ""
    acts: bool = False  # the viewer may


def plan_html(localizer: Localizer, shown: PlanPage | None) -> Markup:
    """Draw the page; None is an unreadable plan."""
    if shown is None:
        return templates.fill("redundancy.html", localizer.language, refused=True)
    config, choice, outlook = shown.config, shown.choice, shown.outlook
    names = labels(config, localizer.language)
    falls = falls_of(outlook)
    out = _out_of_use(shown, falls, localizer)
    weaknesses = findings.findings(
        shown.answer, shown.examination, localizer, acts=shown.acts
    )
    sections = audit_wording.sections(shown.answer, localizer.language)
    return templates.fill(
        "redundancy.html",
        localizer.language,
        refused=False,
        edit=link("edit", localizer.language) if shown.acts else "",
        choice=choice,
        buttons=choices.buttons(config, names, choice, localizer),
        fields=[*((FAILS, name) for name in choice.fails), *choice.others],
        known=_known(config, names),
        offers=choices.offers(choice, names),
        chips=choices.chips(choice, names),
        unsafe=unsafe_band.band(localizer),
        hours=_hours(localizer),
        rows=rows.imagined(outlook, out, localizer)
        if outlook
        else rows.present(localizer),
        legend=_legend(localizer),
        hearers=[*hearers.tables(config, localizer)],
        on_battery=not batteries.supply(config).isdisjoint(choice.fails),
        falls=rows.falls(outlook, shown.counted, names, localizer) if outlook else [],
        since=[
            localizer.say("redundancy.since", name=names[name], since_s=int(since_s))
            for name, since_s in shown.lasted
        ],
        counted=_named(shown.counted, names, localizer),
        apart=choice.link(choice.fails, **{NOW: APART}),
        out=_named(out, names, localizer),
        together=choice.counting(),
        strengths=findings.strengths(shown.answer, localizer.language),
        findings=weaknesses[:MOST_FINDINGS],
        minor=weaknesses[MOST_FINDINGS:],
        words=templates.fill("sections.html", localizer.language, sections=sections),
        picture=needs_picture.picture(
            config, falls, choice, names, localizer, shown.zoom
        ),
        zooms=_zooms(shown, localizer),
        wide=WIDE,
        high=HIGH,
        listed=needs_picture.listed(config, names, localizer),
        outages=[
            PageLink(
                words=localizer.in_language(title) or name,
                address=link("outages", localizer.language, [(OUTAGE, name)]),
            )
            for name, title in shown.outages
        ],
    )


def _named(nodes: Sequence[str], names: Names, localizer: Localizer) -> str:
    """Name the first of them, and count the others."""
    said = [names[node] for node in nodes]
    return texts.first_of(localizer.language, said, MOST_NAMED)


def falls_of(outlook: Outlook | None) -> Falls:
    """Return every node that falls, by name; {} while nothing fails."""
    if outlook is None:
        return {}
    found = (fall for step in outlook.steps for fall in step.falls)
    return {fall.name: fall for fall in (*found, *outlook.later)}


def _out_of_use(shown: PlanPage, falls: Falls, localizer: Localizer) -> list[str]:
    """Return the nodes out of use now that are taken to work here."""
    at_once = {name for name, fall in falls.items() if not fall.after_s}
    found = choices.unusable(shown.config, localizer.snapshot)
    return [name for name in found if name not in at_once]


def _known(config: Config, names: Names) -> list[str]:
    """Return the search suggestions, each an unambiguous name."""
    called = [names[node] for node in nodes_of(config)]
    options = (
        names[node] if called.count(names[node]) == 1 else node
        for node in nodes_of(config)
    )
    return list(options)[:MOST_KNOWN]


def _hours(localizer: Localizer) -> list[tuple[str, str]]:
    unit = localizer.say("unit.hour")
    return [(f"{100 * n / HOURS:g}%", f"{n} {unit}") for n in range(HOURS + 1)]


def _legend(localizer: Localizer) -> list[tuple[Quality, Tone, str]]:
    words = {
        Quality.FIRST: texts.rank(localizer.language, 1),
        Quality.FALLBACK: localizer.say("redundancy.look.fallback"),
        Quality.UNSURE: localizer.say("redundancy.look.unsure"),
        Quality.NOTHING: localizer.say("then.nothing"),
    }
    return [(quality, SHAPES[quality], said) for quality, said in words.items()]


def _zooms(shown: PlanPage, localizer: Localizer) -> list[PageLink]:
    zoom = shown.zoom if shown.zoom in needs_picture.ZOOMS else needs_picture.USUAL_ZOOM
    part, choice = needs_picture.PART, shown.choice
    return choice_links(
        {n: localizer.say(f"redundancy.zoom.{n}") for n in needs_picture.ZOOMS},
        zoom,
        lambda n: choice.link(choice.fails, part, **{ZOOM: n}),
    )
