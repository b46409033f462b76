from pathlib import Path

import pytest
from config.plan_files import mistakes

CHANNELS = """\
channels:
  chat: {purposes: [coordinate], traits: {e2e: yes}}
  mail: {purposes: [coordinate], traits: {e2e: optional, patients: yes}}
  phone: {purposes: [alert, coordinate]}
  bare: {}
plan:
"""


def of_plan(folder: Path, *lines: str) -> list[str]:
    text = CHANNELS + "".join(f"  - {{{line}}}\n" for line in lines)
    return [said.split(": ", 1)[1] for said in mistakes(folder, text)]


def test_a_plan_that_fits_has_no_mistake(tmp_path: Path) -> None:
    assert not of_plan(
        tmp_path,
        "purpose: coordinate, audience: staff, primary: chat, emergency: [mail, phone]",
        "purpose: coordinate, audience: partners, require: [e2e], primary: chat",
        "purpose: coordinate, audience: ward, require: patients, primary: mail",
        "purpose: alert, audience: staff, primary: [phone]",
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "purpose: alert, audience: staff, primary: chat",
            "plan[0].primary: 'chat' does not serve 'alert' (it serves coordinate): "
            "add it to its 'purposes', or take another channel",
        ),
        (
            "purpose: alert, audience: staff, primary: bare",
            "plan[0].primary: 'bare' does not serve 'alert' (it serves no purpose "
            "yet): add it to its 'purposes', or take another channel",
        ),
        (
            "purpose: coordinate, audience: staff, require: [e2e], primary: mail",
            "plan[0].primary: this line requires 'e2e', which 'mail' lacks "
            "(e2e: optional): take another channel",
        ),
        (
            "purpose: coordinate, audience: x, require: [e2e], primary: phone",
            "plan[0].primary: this line requires 'e2e', which 'phone' lacks "
            "(e2e: unknown): take another channel",
        ),
        (
            "purpose: alert, audience: x, primary: phone, emergency: [phone]",
            "plan[0].emergency[0]: 'phone' stands twice in this line: keep one",
        ),
        (
            "purpose: alert, audience: x, primary: phon",
            "plan[0].primary: no such channel 'phon': did you mean 'phone'?",
        ),
        (
            "purpose: alert, audience: x, emergency: phone",
            "plan[0]: 'primary' is missing",
        ),
        (
            "purpose: alert, audience: x, primary: []",
            "plan[0].primary: names no channel: a line needs its first choice",
        ),
        (
            "purpose: allert, audience: x, primary: phone",
            "plan[0].purpose: must be one of alert, coordinate, inform, not 'allert': "
            "did you mean 'alert'?",
        ),
        ("purpose: alert, primary: phone", "plan[0]: 'audience' is missing"),
        (
            "purpose: alert, audience: x, primry: phone, primary: phone",
            "plan[0].primry: unknown key 'primry': did you mean 'primary'?",
        ),
    ],
)
def test_a_line_that_does_not_fit_is_refused(
    tmp_path: Path, line: str, said: str
) -> None:
    assert of_plan(tmp_path, line) == [said]


def test_a_trait_that_nobody_has_is_refused_by_its_name(tmp_path: Path) -> None:
    line = "purpose: coordinate, audience: x, require: [e2ee], primary: chat"

    assert of_plan(tmp_path, line)[0] == (
        "plan[0].require[0]: no such trait 'e2ee': did you mean 'e2e'?"
    )


def test_two_lines_for_the_same_are_refused(tmp_path: Path) -> None:
    line = "purpose: alert, audience: staff, primary: phone"

    assert of_plan(tmp_path, line, line) == [
        "plan[1]: 'alert' for 'staff' stands in the plan already (plan[0], line 7): "
        "write one line for each"
    ]


def test_a_line_does_not_judge_what_is_a_mistake_already(tmp_path: Path) -> None:
    text = """\
channels: {a: {kind: signall}, b: {purposes: [allert]}}
plan: [{purpose: alert, audience: x, primary: b, alternate: a}]
"""
    assert len(mistakes(tmp_path, text)) == 2


def test_a_channel_with_a_mistake_is_still_a_channel(tmp_path: Path) -> None:
    text = """\
channels: {a: [], b: {purposes: [alert]}}
plan: [{purpose: alert, audience: x, primary: b, alternate: a}]
"""
    assert mistakes(tmp_path, text) == [
        "1:15: channels.a: must be a mapping (key: value), not a list"
    ]
