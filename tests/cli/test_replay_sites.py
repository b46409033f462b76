"""What `secours replay --sites` prints of a province, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from printed import checker

from secours.cli import run as run_command

PLAN = """
site: {{name: Town hall of {name}, language: en}}
sites: {{name: {name}, hub: "tls://hub.example:4222"}}
paths:
  fibre:
    depends_on: [power:grid]
    references:
      - {{type: tls, host: one.example}}
      - {{type: tls, name: other, host: two.example}}
components: {{power:grid: {{}}}}
channels:
  sms: {{purposes: [alert], depends_on: [carrier:mobile-a], probes: [{{type: tls, host: a.example}}]}}
  radio: {{purposes: [alert], depends_on: [], probes: [{{type: tls, host: b.example}}]}}
plan:
  - {{purpose: alert, audience: staff, primary: sms, last_resort: Walk, {more}}}
"""  # noqa: E501 -- a plan is easier to read with a channel a line
ALONE = "channels: {sms: {purposes: [alert], probes: [{type: tls, host: a.example}]}}\n"
DRILL = """
scenario: drill
title: A drill
start: 2026-01-01T00:00:00Z
duration: 60m
observe:
  sms: [[10m, failed], [40m, ok]]
causes:
  - {component: "power:grid", from: 20m, to: 30m, state: failed}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, more in (("dison", ""), ("spa", "alternate: radio")):
        text = PLAN.format(name=name, more=more)
        (tmp_path / f"{name}.yaml").write_text(text)
    outages = tmp_path / "outages"
    outages.mkdir()
    (outages / "drill.yaml").write_text(DRILL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_sentence_is_printed_whenever_it_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (
        run_command(["replay", "outages/drill.yaml", "--sites", ".", "--lang", "en"])
        == 0
    )

    told = capsys.readouterr().out.splitlines()
    assert told[0] == "A drill"
    turned = [line.split(maxsplit=1) for line in told[3:]]
    assert [time for time, _ in turned] == [
        "0:00",
        "0:11",
        "0:20",
        "0:30",
        "0:41",
        "0:51",
    ]
    said = [words for _, words in turned]
    assert said[0] == said[-1] == "2 sites: all on their primary channel."
    assert said[1] == said[3] != said[2]
    assert "1 of 2 sites cannot alert" in said[1]
    assert "2 of 2 sites are not heard" in said[2]


@pytest.mark.usefixtures("folder")
def test_states_of_each_site_are_in_the_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    argv = ["replay", "outages/drill.yaml", "--sites", ".", "--format", "json"]
    assert run_command(argv) == 0

    found: Any = json.loads(capsys.readouterr().out)
    checker("replay-sites").validate(found)
    states = {moment["minute"]: moment["states"] for moment in found["timeline"]}
    assert states[0.0] == {"dison": "primary", "spa": "primary"}
    assert states[11.0] == {"dison": "nothing-left", "spa": "fallback"}
    assert states[20.0] == {"dison": "not-heard", "spa": "not-heard"}


def test_what_is_no_folder_of_sites_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(path: Path) -> str:
        argv = ["replay", "outages/drill.yaml", "--sites", str(path), "--lang", "en"]
        assert run_command(argv) == 3
        return capsys.readouterr().err

    assert "no plan is in" in refused(folder / "nowhere")
    (folder / "zz.yaml").write_text((folder / "spa.yaml").read_text())
    assert "two plans are of the site spa" in refused(folder)
    (folder / "zz.yaml").write_text(ALONE)
    assert "zz.yaml is the plan of a site by itself" in refused(folder)


def test_province_of_the_package_is_played(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drill = str(folder / "outages" / "drill.yaml")
    assert run_command(["replay", drill, "--sites", "province", "--lang", "en"]) == 0

    assert "20 sites: all on their primary channel." in capsys.readouterr().out
