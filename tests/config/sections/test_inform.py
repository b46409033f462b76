"""Lines that inform the population: who hears them, and what serves them."""

from pathlib import Path

import pytest
from config.plan_files import advice, mistakes, read

from secours.core.receivers.hearing import of
from secours.model.plan import Config
from secours.model.receivers.reach import Hearing
from secours.model.sections.line import Purpose

TOWN = """
site: {{name: Town, language: en}}
channels:
  site: {{kind: website-public, {own}probes: [{probe}]}}
  sirens: {{kind: siren, test: {{every: 35d}}}}
audiences:
  population:
    groups:
      homes: {{devices: [mobile, home-internet]}}
      schools: {{devices: [desk]}}
plan:
  - {{purpose: {purpose}, audience: population, primary: site,
     last_resort: "Door to door"}}
"""
PROBE = '{type: http, url: "https://www.example.org", expect_text: Crisis}'


def town(purpose: str, own: str = "") -> str:
    return TOWN.format(purpose=purpose, own=own, probe=PROBE)


def on_purpose(config: Config) -> list[str]:
    return [said for said in advice(config) if "purpose" in said]


def test_a_line_informs_groups_that_nobody_counted(tmp_path: Path) -> None:
    config = read(tmp_path, town("inform").replace("primary: site", "primary: sirens"))

    assert config.plan[0].name == "inform/population"
    assert [g.people for g in config.audiences["population"].groups] == [None, None]
    assert on_purpose(config) == []


def test_to_inform_wakes_nobody_so_a_desk_counts(tmp_path: Path) -> None:
    config = read(tmp_path, town("inform"))

    heard = of(config)["inform/population"]["site"]

    assert [each.designed for each in heard] == [Hearing.WHOLE, Hearing.WHOLE]


def test_a_website_in_a_line_to_coordinate_is_taken_for_one_release_more(
    tmp_path: Path,
) -> None:
    config = read(tmp_path, town("coordinate"))

    assert config.channels["site"].purposes == {Purpose.INFORM, Purpose.COORDINATE}
    assert on_purpose(config) == [
        "channels.site: 'website-public' informs the population and serves"
        " 'coordinate' no more: name it in a line with 'purpose: inform', or write"
        " 'purposes: [coordinate]' on the channel; the next release refuses it"
    ]


@pytest.mark.parametrize(
    ("purpose", "own"),
    [
        ("inform", ""),
        ("coordinate", "purposes: [coordinate], "),
        ("coordinate", "purposes: [inform, coordinate], "),
    ],
)
def test_a_website_that_serves_what_it_is_said_to_is_not_warned_of(
    purpose: str, own: str, tmp_path: Path
) -> None:
    config = read(tmp_path, town(purpose, own))

    assert on_purpose(config) == []
    assert config.channels["site"].former_purposes == frozenset()


def test_a_website_wakes_nobody(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, town("alert"))

    assert "'site' does not serve 'alert'" in said or "serves inform" in said


def test_a_siren_is_no_means_to_coordinate(tmp_path: Path) -> None:
    (said,) = mistakes(
        tmp_path, town("coordinate").replace("primary: site", "primary: sirens")
    )

    assert "alert, inform" in said
