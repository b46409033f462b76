"""Audiences by the plan's own label, wherever a line of the plan is named."""

from collections.abc import Callable
from pathlib import Path

import pytest
from config.plan_files import read
from msgspec import convert, json
from msgspec.structs import replace
from plans import fold, plan, result, shot
from render.desk import channels_page, now_page
from render.plan_page import audited
from render.wall.wall_words import HOSTILE

from secours.cli import answer_text, nagios
from secours.core.audit.examination import examined
from secours.core.notices.matters import matters
from secours.core.sites.own_view import own_view
from secours.languages import LANGUAGES, Text
from secours.model.snapshot import Snapshot
from secours.render.answers import recommend
from secours.render.export.lite import lite_html
from secours.render.paper.sheet import sheet_html, sheet_text
from secours.render.redundancy import audit_words as audit_wording
from secours.render.redundancy import findings
from secours.render.redundancy.examination_words import brief, sections
from secours.render.wall.wall import wall_html
from secours.render.wording.localizer import Localizer
from secours.render.wording.notice import words

PLAN = """\
site: {language: fr}
channels:
  phone: {purposes: [alert], probes: [{type: tcp, host: a.invalid, port: 1}]}
audiences:
  doctors: {label: {fr: Médecins, nl: Artsen}, groups: {all: {devices: [landline]}}}
plan:
  - {purpose: alert, audience: doctors, primary: phone, last_resort: Runner}
  - {purpose: alert, audience: staff, primary: phone, last_resort: Runner}
"""
SAID = {"fr": "Médecins", "nl": "Artsen", "de": "Médecins", "en": "Médecins"}
USUAL = {"fr": "personnel", "nl": "personeel", "de": "Personal", "en": "staff"}


def town(folder: Path, letter: str = "o") -> Snapshot:
    config = read(folder, PLAN)
    return shot(config, fold(config, result("phone", letter, 1)))


def notice(shown: Snapshot, language: str) -> str:
    told = [each for each in matters(plan(), shown) if each.severity]
    return words(told, Localizer(shown, language), code="K7Q2").text


def told(shown: Snapshot, language: str) -> str:
    answer = recommend.answer(shown, 1.0, language)
    said = answer_text.recommendations(answer, shown, language, fresh=True)
    return "\n".join(said)


def in_one_line(shown: Snapshot, language: str) -> str:
    answer = recommend.answer(shown, 1.0, language)
    return nagios.recommendations(answer, Localizer(shown, language), 0, fresh=True)


SCREENS: dict[str, Callable[[Snapshot, str], str]] = {
    "wall": lambda shown, language: wall_html(shown, language, age_s=1.0),
    "now": now_page,
    "lite": lambda shown, language: lite_html(shown, language, age_s=1.0),
    "channels": channels_page,
    "sheet": lambda shown, language: sheet_text(shown, language, states=True),
    "page": lambda shown, language: sheet_html(shown, language, states=True),
    "notice": notice,
    "recommend": told,
    "nagios": in_one_line,
}
TEXTS = {"sheet", "notice", "recommend", "nagios"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", SCREENS)
def test_an_audience_has_the_label_of_the_plan(
    screen: str, language: str, tmp_path: Path
) -> None:
    said = SCREENS[screen](town(tmp_path, "x"), language)

    assert SAID[language] in said
    assert USUAL[language] in said
    assert "· doctors" not in said
    assert "(doctors)" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_audit_has_the_label_of_the_plan(language: str, tmp_path: Path) -> None:
    config = read(tmp_path, PLAN)
    answer = audited(config, language)
    said = [
        str([*brief(examined(config), language)]),
        str(sections(examined(config), language)),
        str(audit_wording.sections(answer, language)),
        str(findings.strengths(answer, language)),
    ]

    assert all(SAID[language] in each for each in said)
    assert answer.lines[0].audience == "doctors"


def test_json_has_the_name_of_the_plan(tmp_path: Path) -> None:
    answer = recommend.answer(town(tmp_path), 1.0, "fr")

    assert [line.audience for line in answer.recommendations] == ["doctors", "staff"]


def test_other_sites_are_told_the_label(tmp_path: Path) -> None:
    config = read(tmp_path, f"{PLAN}sites: {{name: dison, hub: 'nats://127.0.0.1'}}\n")
    shown = shot(config, fold(config, result("phone", "o", 1)))

    lines = own_view(config, shown).lines

    assert [line.called.in_("nl") for line in lines] == ["Artsen", ""]


def test_what_an_older_version_published_has_no_labels(tmp_path: Path) -> None:
    shown = town(tmp_path)
    older = json.decode(json.encode(shown))
    del older["site"]["audiences"]

    read_again = convert(older, Snapshot)

    assert Localizer(read_again, "fr").audience("doctors") == "doctors"


@pytest.mark.parametrize("screen", SCREENS)
def test_the_label_of_another_site_is_never_markup(screen: str, tmp_path: Path) -> None:
    shown = town(tmp_path, "x")
    audiences = {"doctors": Text(HOSTILE)}
    shown = replace(shown, site=replace(shown.site, audiences=audiences))

    said = SCREENS[screen](shown, "fr")

    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "<img" not in said or screen in TEXTS
