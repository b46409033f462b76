"""What an earlier version read is read for one release more, and counts for nothing."""

from pathlib import Path

import pytest
from config.plan_files import mistakes, read

from secours.cli.plan_file import advice_words
from secours.config.advice import warnings

CHANNELS = "channels: {radio: {}}\n"


def said(folder: Path, text: str, place: str) -> list[tuple[int, str]]:
    found = warnings(read(folder, text))
    return [(a.line, advice_words(a, "en")) for a in found if a.where == place]


@pytest.mark.parametrize(
    "section",
    [
        '{token: "${CAP_TOKEN}", certificate: weather.pem}',
        "\n  token: word\n  more: [1, {}]",
        "",
    ],
)
def test_a_section_cap_loads_and_is_warned_of_at_its_line(
    tmp_path: Path, section: str
) -> None:
    text = f"{CHANNELS}cap: {section}\n"

    assert mistakes(tmp_path, text) == []
    assert said(tmp_path, text, "cap") == [
        (
            2,
            "cap: warnings of other organisations are no longer taken in:"
            " delete this section, which the next version refuses",
        )
    ]


def test_a_plan_without_it_is_not_warned(tmp_path: Path) -> None:
    assert said(tmp_path, CHANNELS, "cap") == []
