"""Advice on groups, devices and channels that never meet."""

from pathlib import Path

import pytest
from config.plan_files import read

from secours.cli.plan_file import advice_words
from secours.config.advice import Advice, warnings

CHANNELS = """\
channels:
  phones: {kind: sip-trunk}
  radio: {kind: radio-astrid}
  chat: {kind: teams}
  sat: {kind: satphone-iridium}
  own: {depends_on: [], purposes: [alert, coordinate]}
"""
STAFF = "audiences: {staff: {groups: {field: {devices: [mobile, astrid]}}}}"


def said(folder: Path, rest: str) -> list[str]:
    """Return what is said of receivers, each with its place."""
    config = read(folder, f"{CHANNELS}{rest}\n")
    return [_placed(each) for each in warnings(config) if each.column]


def _placed(advice: Advice) -> str:
    return f"{advice.line}:{advice.column}: {advice_words(advice, 'en')}"


def test_plan_whose_groups_hear_all_is_not_advised_on(tmp_path: Path) -> None:
    rest = f"""\
{STAFF}
plan:
  - {{purpose: alert, audience: staff, primary: [phones, radio]}}
  - {{purpose: coordinate, audience: staff, primary: chat}}"""

    assert said(tmp_path, rest) == []


def test_audiences_without_groups_are_named_once_with_an_example(
    tmp_path: Path,
) -> None:
    rest = """\
audiences: {partners: {label: Partners}}
plan:
  - {purpose: alert, audience: staff, primary: phones}
  - {purpose: coordinate, audience: staff, primary: chat}
  - {purpose: coordinate, audience: partners, primary: chat}"""

    assert said(tmp_path, rest) == [
        "9:32: plan[0].audience: nobody knows who of staff, partners hears which"
        " channel: name their groups, such as audiences: {staff: {groups: {all:"
        " {people: 20, devices: [mobile, landline]}}}}"
    ]


def test_audience_that_no_line_has_is_named_with_the_one_meant(tmp_path: Path) -> None:
    rest = """\
audiences: {staf: {}, staff: {groups: {all: {devices: mobile}}}}
plan: [{purpose: alert, audience: staff, primary: phones}]"""

    assert said(tmp_path, rest) == [
        "7:19: audiences.staf: no line of the plan is for this audience:"
        " did you mean 'staff'?"
    ]


def test_line_of_an_audience_that_is_not_declared_has_the_one_meant(
    tmp_path: Path,
) -> None:
    rest = """\
audiences: {staff: {groups: {all: {devices: mobile}}}}
plan:
  - {purpose: alert, audience: staff, primary: phones}
  - {purpose: coordinate, audience: staf, primary: phones}"""

    assert said(tmp_path, rest) == [
        "10:37: plan[1].audience: nobody knows who of staf hears which channel:"
        " did you mean 'staff'? Or name their groups, such as audiences: {staf:"
        " {groups: {all: {people: 20, devices: [mobile, landline]}}}}"
    ]


def test_device_that_no_channel_is_heard_on_is_named(tmp_path: Path) -> None:
    rest = """\
audiences:
  staff:
    groups:
      field: {devices: [pager, mobile]}
      home: {devices: [mobile, desk, pager]}
plan: [{purpose: alert, audience: staff, primary: phones}]"""

    assert said(tmp_path, rest) == [
        "10:25: audiences.staff.groups.field.devices[0]: no channel of its lines is"
        " heard on pager, desk"
    ]


def test_channel_without_kind_is_heard_by_everybody(tmp_path: Path) -> None:
    rest = """\
audiences: {staff: {groups: {field: {devices: pager}, near: {}}}}
plan: [{purpose: alert, audience: staff, primary: own}]"""

    assert said(tmp_path, rest) == []


def test_group_that_a_line_never_reaches_is_named_with_the_line(
    tmp_path: Path,
) -> None:
    rest = """\
audiences:
  staff: {groups: {field: {devices: astrid}, near: {}, home: {devices: mobile}}}
plan:
  - {purpose: alert, audience: staff, primary: radio}
  - {purpose: coordinate, audience: staff, primary: [chat, radio]}"""

    assert said(tmp_path, rest) == [
        "8:52: audiences.staff.groups.near: no channel of the line reaches near"
        " (alert), near (coordinate), home (alert)"
    ]


def test_desk_wakes_only_where_somebody_is_day_and_night(tmp_path: Path) -> None:
    rest = """\
audiences: {{staff: {{groups: {{room: {{devices: desk{}}}}}}}}}
devices: {{desk: {{voice: []}}}}
channels: {{intercom: {{depends_on: [], purposes: [alert], heard_on: desk.voice}}}}
plan: [{{purpose: alert, audience: staff, primary: intercom}}]
"""
    found = [
        [_placed(e) for e in warnings(read(tmp_path, rest.format(add))) if e.column]
        for add in (", staffed: true", "")
    ]

    assert found[0] == []
    assert found[1] == [
        "1:36: audiences.staff.groups.room: only a device at the office reaches room"
        " (alert): it wakes nobody, unless someone is there day and night"
        " ('staffed: true')",
        "4:51: plan[0].primary[0]: no group hears intercom (alert): give one the"
        " device, or say on what the channel is heard ('heard_on: [mobile.voice]')",
    ]


@pytest.mark.parametrize(
    ("tiers", "place"),
    [
        ("primary: phones, alternate: sat", "8:70: plan[0].alternate[0]"),
        ("primary: [phones, sat]", "8:60: plan[0].primary[1]"),
    ],
)
def test_channel_that_no_group_hears_is_named(
    tmp_path: Path, tiers: str, place: str
) -> None:
    rest = f"{STAFF}\nplan: [{{purpose: alert, audience: staff, {tiers}}}]"

    assert said(tmp_path, rest)[-1] == (
        f"{place}: no group hears sat (alert): give one the device, or say on what the"
        " channel is heard ('heard_on: [mobile.voice]')"
    )
