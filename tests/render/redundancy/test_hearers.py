from msgspec.structs import replace
from plans import channel, line, plan
from render import hearing
from render.plan_page import drawn
from render.snapshots import ALERT, snapshot, with_line

from secours.languages import Text
from secours.model.plan import Config
from secours.model.receivers.audiences import (
    Audience,
    Device,
    DeviceNeeds,
    DeviceService,
    PeopleGroup,
)
from secours.model.sections.line import Purpose
from secours.model.snapshot import Snapshot
from secours.render.redundancy.hearers import tables
from secours.render.templates import Row
from secours.render.wording.localizer import Localizer

MOBILE = Device(
    name="mobile",
    label=Text(translations={"en": "Mobile phone", "fr": "Mobile"}),
    services={DeviceService.TEXT: DeviceNeeds()},
)


def config() -> Config:
    made = plan(*map(channel, ALERT), line(*ALERT, purpose=Purpose.ALERT))
    groups = (
        PeopleGroup(
            name="field", label=Text("Field"), devices=("mobile", "pager"), people=20
        ),
        PeopleGroup(name="home", label=Text("At home"), devices=("mobile",)),
    )
    management = Audience(name="management", groups=groups)
    pager = replace(MOBILE, name="pager", label=Text("Pager"))
    return replace(
        made,
        devices={"mobile": MOBILE, "pager": pager},
        audiences={"management": management},
    )


def found(shown: Snapshot, language: str = "en") -> list[Row]:
    return [*tables(config(), Localizer(shown, language))]


def said(shown: Snapshot, language: str = "en") -> list[list[str]]:
    """Return for each group how it hears each channel of the first line."""
    (table,) = found(shown, language)
    return [
        [
            f"{badge.glyph} {badge.word}".strip() if badge else "-"
            for _, badge in row["heard"][0]
        ]
        for row in table["rows"]
    ]


def test_each_group_has_its_devices_and_how_many_they_are() -> None:
    (table,) = found(hearing.unheard())

    assert table["heads"] == ["ALERT"]
    assert [(row["name"], row["devices"]) for row in table["rows"]] == [
        ("Field (20)", "Mobile phone, Pager"),
        ("At home", "Mobile phone"),
    ]


def test_each_group_says_which_channels_it_hears_now_and_by_design() -> None:
    shown = hearing.hears(
        hearing.unheard(),
        0,
        {
            "sms": hearing.heard("--"),
            "pager": hearing.heard("p-", designed="o-"),
            "runner": hearing.inferred("-o"),
        },
    )

    assert said(shown, "fr") == [
        ["✖ NON REÇU", "●", "▲ EN PARTIE", "□ NON VÉRIFIÉ"],
        ["✖ NON REÇU", "●", "-", "●"],
    ]


def test_channel_that_does_not_work_shows_its_own_state() -> None:
    shown = hearing.hears(snapshot("xooo"), 0, {"sms": hearing.heard("--")})

    assert said(shown)[0][0] == "✖ DOWN"


def test_plan_without_groups_has_no_such_table() -> None:
    shown = with_line(hearing.unheard(), 0, receivers={})

    assert found(shown) == []
    assert "s-hearers" not in drawn()


def test_page_of_the_plan_has_the_table() -> None:
    page = drawn(config=config(), now=hearing.unheard(), language="fr")

    assert "Qui reçoit quoi" in page
    assert "NON REÇU" in page
