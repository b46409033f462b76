from pathlib import Path

import pytest
from msgspec.structs import replace
from plans import channel, component, line, plan
from render.plan_page import audited

from secours.config import load
from secours.languages import LANGUAGES
from secours.model.plan import Config, Line, Purpose, Text, Tier
from secours.render import terminal
from secours.render.redundancy.brief import brief

EXAMPLE = Path(__file__).parents[3] / "probes.yaml"
COLUMNS, ROWS = 80, 24
FIBRE = replace(component("internet:fibre"), label=Text("Fibre"))


def said(config: Config, language: str = "en") -> list[str]:
    """Return what is said of the lines, before which receivers are not declared."""
    return list(brief(audited(config, language), config, language))[1:-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_audit_of_the_example_fits_a_terminal(language: str) -> None:
    config = load(EXAMPLE)

    lines = brief(audited(config, language), config, language)

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
        "  Mends most: add Sms, already in the plan (it goes on working)",
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
    assert mend == "  Mends most: move Sms up, it does without"


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
        "  Mends most: add a channel that serves it",
    ]
