"""The autonomy of a component, declared or measured by a probe."""

from pathlib import Path

import pytest
from config.plan_files import TWO_CHANNELS, advice, mistakes, read

UPS = "type: nut, host: h, ups: it"
SNMP = "type: snmp, host: h, community: public"
MINUTES = "checks: [{oid: 1.3.6.1.2.1.33.1.2.3.0}]"


def plan(probes: str, autonomy: str) -> str:
    return f"""\
components:
  power:grid: {{label: Grid}}
  power:feed: {{depends_on: [power:grid], probes: [{probes}]}}
  power:site: {{depends_on: [power:feed], autonomy: {autonomy}}}
{TWO_CHANNELS}"""


@pytest.mark.parametrize(
    ("probes", "name"),
    [
        (f"{{{UPS}}}", "nut"),
        (f"{{{UPS}, name: cellar}}", "cellar"),
        (f"{{{SNMP}, {MINUTES}}}", "snmp"),
    ],
)
def test_probe_that_measures_a_battery_is_found_by_its_name(
    tmp_path: Path, probes: str, name: str
) -> None:
    config = read(tmp_path, plan(probes, f"{{from: {name}, declared: 4h}}"))

    site = config.components["power:site"]
    assert site.measured_by == f"components/power:feed/{name}"
    assert site.autonomy_s == 4 * 3600


def test_length_of_time_alone_is_declared(tmp_path: Path) -> None:
    site = read(tmp_path, plan("", "30m")).components["power:site"]

    assert (site.autonomy_s, site.measured_by) == (1800, None)


WRONG = [
    (f"{{{UPS}}}", "{from: nit, declared: 4h}", "did you mean 'nut'?"),
    (f"{{{SNMP}}}", "{from: snmp, declared: 4h}", "no probe 'snmp' measures a battery"),
    ("", "{from: ups, declared: 4h}", "no probe 'ups' measures a battery"),
    (f"{{{UPS}}}", "{from: nut}", "'declared' is missing"),
    (f"{{{UPS}}}", "{declared: 4h}", "'from' is missing"),
    (f"{{{UPS}}}", "{from: nut, declared: 0}", "longer than 0"),
]


@pytest.mark.parametrize(("probes", "autonomy", "words"), WRONG)
def test_what_measures_nothing_is_a_mistake_at_its_place(
    tmp_path: Path, probes: str, autonomy: str, words: str
) -> None:
    (said,) = mistakes(tmp_path, plan(probes, autonomy))

    assert said.startswith("4:")
    assert "components.power:site.autonomy" in said
    assert words in said


@pytest.mark.parametrize(
    ("probe", "place"),
    [
        ("type: nut, host: h, ups: it, port: 0", "probes[0].port"),
        ("type: nut, host: h, ups: it, prot: 1", "probes[0].prot"),
        ("type: nutt, name: nut, host: h, ups: it", "probes[0].type"),
        ("type: nut, host: h", "probes[0]"),
    ],
)
def test_mistake_of_the_probe_is_no_second_one_of_the_autonomy(
    tmp_path: Path, probe: str, place: str
) -> None:
    (said,) = mistakes(tmp_path, plan(f"{{{probe}}}", "{from: nut, declared: 4h}"))

    assert f"components.power:feed.{place}" in said


def test_two_probes_of_one_name_are_told_apart_by_names(tmp_path: Path) -> None:
    text = plan(f"{{{UPS}}}", "{from: nut, declared: 4h}")
    text += f"  more: {{purposes: [alert], probes: [{{{UPS}}}]}}\n"

    (said,) = mistakes(tmp_path, text)

    assert "several probes are named 'nut'" in said


def test_supply_that_nothing_measures_is_told_how(tmp_path: Path) -> None:
    said = advice(read(tmp_path, plan("", "30m")))

    told = [each for each in said if each.startswith("components.power:feed")]
    assert told == [
        "components.power:feed: neither probed nor tested by people: try"
        " {type: nut, host: 127.0.0.1, ups: myups}"
    ]
    assert not any(
        "power:feed" in each
        for each in advice(read(tmp_path, plan(f"{{{UPS}}}", "30m")))
    )
