"""What an audit says of those who are to be reached."""

import pytest
from core.audit.hearing_town import FIELD, HOME, OFFICE, town
from msgspec.structs import replace
from printed import checker, printed
from render.plan_page import audited, works

from secours.core.audit.examination import examined
from secours.languages import LANGUAGES
from secours.model.plan import Config
from secours.model.sections.line import Purpose
from secours.render.badges import Tone
from secours.render.redundancy import audit_words as audit
from secours.render.redundancy.examination_words import brief
from secours.render.redundancy.findings import findings
from secours.render.wording.localizer import Localizer


def every(config: Config, language: str = "en") -> str:
    sections = audit.sections(audited(config, language), language)
    return "\n".join(row for each in sections for row in each.paragraphs)


def in_brief(config: Config, language: str = "en") -> list[str]:
    return [*brief(examined(config), language)]


def test_audit_says_whom_each_channel_misses_and_what_cuts_them_off() -> None:
    said = every(town("sms", "radio", groups=(FIELD, HOME, OFFICE)))

    assert "No channel here reaches: Office." in said
    assert "Does not reach, as designed: Radio: Home." in said
    assert (
        "One failure leaves these nothing: site:gateway, Sms itself,"
        " power:grid (after 2 h): Home." in said
    )


def test_audit_says_what_wakes_nobody_and_on_what_is_not_known() -> None:
    said = every(town("satphone", "siren", groups=(HOME,), purpose=Purpose.ALERT))

    assert "Wakes nobody: Satphone." in said
    assert "On what it is heard is not said, taken to reach everybody: Siren." in said


def test_one_screen_names_each_group_by_its_soonest_failure() -> None:
    rows = in_brief(town("sms", "radio", groups=(FIELD, HOME)))

    assert rows[2].endswith("radio:mast leaves 1 of 2 (Sms)")
    assert rows[3] == "  Receivers: without site:gateway nothing for Home"
    assert rows[4] == (
        "  Mends most: add Siren, already in the plan; "
        "then no single failure cuts a group off within 8 h"
    )


def test_one_screen_says_whom_nothing_reaches_and_which_device_would_do() -> None:
    dumb = town("sms", "radio", groups=(FIELD, OFFICE), require=("e2e",))
    traits = {"e2e": "yes"}
    channels = {
        n: replace(c, traits=traits) if n in ("sms", "radio") else c
        for n, c in dumb.channels.items()
    }

    rows = in_brief(replace(dumb, channels=channels))

    assert rows[3] == "  Receivers: no channel reaches Office"
    assert rows[4] == "  Mends most: equip Office with astrid; then Office is reached"


@pytest.mark.parametrize("language", LANGUAGES)
def test_receivers_that_nobody_declared_are_said_once(language: str) -> None:
    config = town("sms", "radio", groups=())

    assert len(in_brief(config, language)[-1].split(" · ")) == 2  # the line by name
    assert "eceivers not declared" in every(config) or language != "en"


def test_page_says_what_would_reach_those_who_are_missed() -> None:
    config = town("sms", "radio", groups=(FIELD, HOME, OFFICE))
    localizer = Localizer(works(config), "en")
    found = findings(audited(config, "en"), examined(config), localizer, acts=False)

    (weakness,) = [each for each in found if "not everybody" in each.what]

    assert weakness.tone is Tone.DOWN
    assert weakness.mend == [
        "COORDINATE · management: add Siren, already in the plan; then Office is "
        "reached, only 1 single failure still cuts a group off within 8 h, after 8 h "
        "without mains 2 of 3 are left"
    ]


def test_line_that_misses_some_by_design_alone_is_no_worse_than_other_advice() -> None:
    config = town("sms", "radio", "siren", groups=(HOME,))
    localizer = Localizer(works(config), "en")
    found = findings(audited(config, "en"), examined(config), localizer, acts=False)

    tones = [each.tone for each in found]

    assert tones == sorted(tones, key=[Tone.DEGRADED, Tone.UNKNOWN].index)


def test_json_has_how_each_group_is_reached() -> None:
    answer = audited(town("sms", groups=(HOME,)))

    checker("audit").validate(printed(answer))
    assert answer.labels["management/home"] == "Home"
    assert answer.labels["device:astrid"] == "astrid"
    assert answer.lines[0].groups[0].hears == ("sms",)
