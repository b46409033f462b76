from pathlib import Path

import pytest
from core.audit.hearing_town import FIELD, HOME, OFFICE, SMS, TEXT, device, town
from msgspec.structs import replace
from plans import channel, component, line, plan

from secours.config import load
from secours.config.edit.edits import with_offers
from secours.core.audit.examination import examined
from secours.languages import LANGUAGES, Text
from secours.model.plan import Config
from secours.model.sections.line import Line, Purpose, Tier
from secours.render import terminal
from secours.render.badges import Tone
from secours.render.redundancy.examination_words import brief, lack, sections
from secours.render.section import Section

EXAMPLE = Path(__file__).parents[3] / "probes.yaml"
COLUMNS, ROWS = 80, 24
ANYBODY = replace(FIELD, devices=("mobile", "satphone"))
FIBRE = replace(component("internet:fibre"), label=Text("Fibre"))


def said(config: Config, language: str = "en") -> list[str]:
    """Return what is said of the lines, before which receivers are not declared."""
    return list(brief(examined(config), language))[1:-1]


def test_channel_moves_up_only_if_its_people_hear_it_by_other_means() -> None:
    names = "a", "b", "c", "satphone"
    config = town(*names, groups=(ANYBODY,))
    texts = {n: replace(SMS, name=n, needs=()) for n in names[:3]}
    known = {**texts, "satphone": config.channels["satphone"]}
    one = device("mobile", TEXT, needs=(("carrier:a",),))
    config = replace(config, channels=known, devices={**config.devices, "mobile": one})

    (line_,) = sections(examined(config), "en")[:1]

    assert "move Satphone up (independent)" in line_.paragraphs[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_audit_of_the_example_fits_a_terminal(language: str) -> None:
    config = load(EXAMPLE)
    offers = with_offers(config, str(EXAMPLE))

    lines = brief(examined(config, offers), language)

    rows = [row for line in lines for row in terminal.wrapped(line, COLUMNS)]
    assert len(rows) + 2 <= ROWS  # what leads to the rest, and the prompt


def test_the_mend_is_the_channel_of_the_plan_that_strengthens_the_line_most() -> None:
    config = plan(
        FIBRE,
        component("carrier:a"),
        channel("mail", "internet:fibre"),
        channel("chat", "internet:fibre"),
        channel("sms", "carrier:a"),
        channel("radio"),
        line("mail", "chat"),
    )

    assert said(config) == [
        "COORDINATE · management [coordinate/management]: 1 of 2 channels independent",
        "  Worst single failure: Fibre [internet:fibre] leaves nothing",
        "  Mends most: add Sms, already in the plan; "
        "then no single failure cuts everybody off within 8 h",
    ]


def test_a_line_whose_first_tiers_fall_together_is_to_be_ordered_anew() -> None:
    config = plan(
        FIBRE,
        channel("mail", "internet:fibre"),
        channel("chat", "internet:fibre"),
        channel("sms"),
        channel("radio"),
        line("mail", "chat", "sms", "radio"),
    )

    _, worst, mend = said(config)

    assert worst.endswith("Fibre [internet:fibre] leaves 2 of 4 (Sms, Radio)")
    assert mend == "  Mends most: move Sms up (independent)"


def test_a_line_that_bears_its_worst_failure_needs_no_mend() -> None:
    config = plan(
        FIBRE,
        channel("mail", "internet:fibre"),
        channel("sms"),
        channel("radio"),
        line("mail", "sms", "radio"),
    )

    first, worst = said(config)

    assert first.endswith("3 of 3 channels independent")
    assert worst.endswith("Fibre [internet:fibre] leaves 2 of 3 (Sms, Radio)")


def test_channels_of_unknown_needs_leave_the_worst_failure_unknown() -> None:
    config = plan(
        channel("mail", needs_known=False), channel("sms"), line("mail", "sms")
    )

    first, worst, mend = said(config)

    assert first.endswith("1 of 2 channels independent")
    assert worst == (
        "  Worst single failure: not known: the plan does not say what Mail needs"
    )
    assert mend == "  Mends most: write depends_on for Mail"


def test_a_line_without_a_channel_says_so_and_asks_for_one() -> None:
    unfit = Line(
        purpose=Purpose.ALERT,
        audience="staff",
        tiers=((Tier.PRIMARY, ("chat",)),),
    )
    chat = channel("chat", purposes=frozenset({Purpose.COORDINATE}))
    config = replace(plan(chat), plan=(unfit,))

    assert said(config) == [
        "ALERT · staff [alert/staff]: 0 of 0 channels independent",
        "  Mends most: add a suitable channel",
    ]


def test_sections_say_of_each_line_what_is_left_and_what_a_mend_would_do() -> None:
    mains, hourly = component("power:grid"), component("carrier:a", "power:grid")
    config = plan(
        replace(mains, label=Text("Mains")),
        replace(hourly, autonomy_s=3600.0),
        channel("mail", "power:grid"),
        channel("sms", "carrier:a"),
        channel("radio", probes=()),
        line("mail", "sms"),
    )
    offers = replace(
        config, channels={n: c for n, c in config.channels.items() if n != "radio"}
    )

    own = sections(examined(config), "en")
    new = sections(examined(offers, config), "en")

    assert own[0] == Section(
        "COORDINATE · management",
        [
            "2 of 2 channels independent",
            "Worst single failure: Mains [power:grid] leaves nothing after 1 h",
            "Channels left without mains, of 2: "
            "1 at once, 0 after 2 h, 0 after 4 h, 0 after 8 h",
            "Mends most: add Radio, already in the plan; then no single failure cuts "
            "everybody off within 8 h, after 8 h without mains 1 of 3 is left, "
            "3 of 3 channels are independent",
        ],
        tone=Tone.DEGRADED,
    )
    assert own[1].title == "Receivers"
    assert (
        new[0]
        .paragraphs[-1]
        .startswith(
            "Mends most: add a channel that does without Mains, such as Radio; then no"
        )
    )


def test_sections_say_what_nobody_ever_tried_and_what_to_try_first() -> None:
    radio, siren = (channel(name, probes=()) for name in ("radio", "siren"))
    config = plan(radio, siren, line("siren", "radio"))

    *_, both = sections(examined(config), "en")
    *_, one = sections(examined(config, tried={"siren"}), "en")

    assert both.paragraphs == [
        "never tried: Siren, Radio",
        "Mends most: try Siren first; then 1 is left that nobody tried",
    ]
    assert one.paragraphs == ["never tried: Radio", "Mends most: try Radio first"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sections_of_the_example_are_whole_in_each_language(language: str) -> None:
    config = load(EXAMPLE)

    found = sections(examined(config, with_offers(config, str(EXAMPLE))), language)

    assert len(found) == len(config.plan) + 1  # what people are to try
    for each in found:
        assert each.title
        assert all(each.paragraphs)
        assert not any("{" in words or "audit." in words for words in each.paragraphs)


def weakness(config: Config) -> str:
    return lack(config, "en")


def test_lack_is_whom_nothing_reaches_then_a_failure_then_how_few_are_left() -> None:
    mail, chat = (channel(name, "internet:fibre") for name in ("mail", "chat"))
    sms, radio, dark = channel("sms"), channel("radio"), channel("dark")
    head = "COORDINATE · management: "
    unfit = replace(sms, purposes=frozenset({Purpose.ALERT}))
    unknown = replace(dark, needs_known=False)

    assert weakness(plan(sms, line("sms"))) == f"{head}Sms is the only channel"
    assert weakness(town("sms", groups=(OFFICE,))) == f"{head}no channel reaches Office"
    assert weakness(plan(unfit, line("sms"))) == f"No channel can serve: {head[:-2]}"
    assert weakness(plan(FIBRE, unknown, sms, line("sms", "dark"))) == (
        f"{head}not known: the plan does not say what Dark needs"
    )
    assert weakness(plan(FIBRE, mail, chat, line("mail", "chat"))) == (
        f"{head}Fibre [internet:fibre] leaves nothing"
    )
    assert weakness(town("sms", "siren", groups=(FIELD, HOME))) == (
        f"{head}site:gateway leaves 1 of 2 (Siren)"
    )
    assert weakness(plan(sms, radio, line("sms", "radio"))) == ""
