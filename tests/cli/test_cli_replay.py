import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from printed import checker

from secours.cli import run as run_command
from secours.config.sections.scenario import load_scenario, recordings

PLAN = """
site: {name: Test, language: en}
channels:
  whatsapp: {label: WhatsApp, purposes: [coordinate], probes: [{type: smtp, host: a.invalid}]}
  sms: {label: Text messages, purposes: [coordinate], probes: [{type: smtp, host: b.invalid}]}
plan:
  - {purpose: coordinate, audience: staff, primary: whatsapp, alternate: sms, last_resort: Walk}
"""  # noqa: E501 -- a plan is easier to read with a channel a line
DRILL = """
scenario: drill
title: A drill
start: 2026-01-01T00:00:00Z
duration: 60m
confidence: low
lesson: Drill more.
sources: ["https://one.invalid/", "https://two.invalid/"]
observe:
  whatsapp: [[10m, failed], [20m, ok]]
causes: []
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "probes.yaml").write_text(PLAN)
    (tmp_path / "drill.yaml").write_text(DRILL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SECOURS_CONFIG", raising=False)
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:
    assert run_command(["replay", *argv, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("folder")
def test_a_file_is_replayed_on_ones_own_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = answer(capsys, "drill.yaml")

    uses = [
        (moment["minute"], line["use"]["channel"])
        for moment in found["timeline"]
        for line in moment["recommendations"]
    ]
    assert uses[0] == (0.0, "whatsapp")
    assert [name for _, name in uses if name == "sms"]
    assert uses[-1][1] == "whatsapp"
    assert found["scenario"] == "drill"
    assert found["score"]["changes"] == 2
    assert found["score"]["minutes_without_channel"] == 0
    assert 0 < found["score"]["minutes_on_a_channel_down"] < 1


@pytest.mark.usefixtures("folder")
def test_the_answer_has_the_shape_of_its_schema(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = answer(capsys, "drill.yaml")

    assert list(found) == ["schema", "scenario", "timeline", "score"]
    assert list(found["timeline"][0]) == [
        "minute",
        "recommendations",
        "suspects",
        "known_down",
        "explanations",
    ]
    checker("replay").validate(found)


def test_its_hours_are_those_of_the_site(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "probes.yaml"
    plan = file.read_text(encoding="utf-8")
    assert "site: {" in plan
    file.write_text(plan.replace("site: {", "site: {timezone: Asia/Kolkata, "))

    assert run_command(["replay", "drill.yaml", "--config", "probes.yaml"]) == 0

    about = capsys.readouterr().out.splitlines()[1]
    assert about == "2026-01-01 05:30 IST, 1 h"


@pytest.mark.usefixtures("folder")
def test_in_words_each_line_has_its_times_and_its_score(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["replay", "drill.yaml", "--config", "probes.yaml"]) == 0

    title, about, _, head, *rest = capsys.readouterr().out.splitlines()
    assert title == "A drill"
    assert about == "2026-01-01 00:00 UTC, 1 h"
    assert head == "COORDINATE · staff"
    assert rest[0] == "     0:00  WhatsApp · 1st choice"
    assert rest[1] == "     0:10  Text messages · 2nd choice"
    assert rest[2] == "     0:30  WhatsApp · 1st choice"
    assert rest[3].startswith("  no channel for 0 s, on a channel that was down for ")
    assert rest[3].endswith(" s, changes: 2")
    assert "  0:10  the channel WhatsApp alone" in "\n".join(rest)
    assert rest[-4:-1] == [
        "Lesson: Drill more.",
        "How well it is documented: poorly",
        "Sources: https://one.invalid/, https://two.invalid/",
    ]
    assert rest[-1].startswith("All lines: no channel for 0 s, ")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "fr",
            (
                "Un exercice",
                "Leçon : Exercez-vous.",
                "Sources : ",
                "Toutes les lignes : ",
            ),
        ),
        ("nl", ("Un exercice", "Les: Exercez-vous.", "Bronnen: ", "Alle lijnen: ")),
        ("de", ("Ein Planspiel", "Lehre: Exercez-vous.", "Quellen: ", "Alle Zeilen: ")),
        ("en", ("Un exercice", "Lesson: Exercez-vous.", "Sources: ", "All lines: ")),
    ],
)
def test_all_of_it_is_in_the_language(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    language: str,
    said: tuple[str, ...],
) -> None:
    text = DRILL.replace("A drill", "{fr: Un exercice, de: Ein Planspiel}")
    (folder / "drill.yaml").write_text(
        text.replace("Drill more.", "{fr: Exercez-vous.}")
    )
    (folder / "probes.yaml").write_text(PLAN.replace("language: en", "language: fr"))

    assert run_command(["replay", "drill.yaml", "--lang", language]) == 0

    out = capsys.readouterr().out
    assert not [words for words in said if words not in out]
    if language != "en":
        assert not re.search(r"\b(without|changes|confidence|channel|lines)\b", out)


@pytest.mark.usefixtures("folder")
def test_a_recording_of_the_package_is_replayed_on_the_reference_plan(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = answer(capsys, "starlink-2025-07-24", "--reference")

    last = found["timeline"][-1]["recommendations"]
    assert len(last) == 8
    assert found["score"]["changes"] == 2


@pytest.mark.usefixtures("folder")
def test_an_outage_that_touches_nothing_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["replay", "starlink-2025-07-24"]) == 0

    said = capsys.readouterr().err
    assert said == "Nothing in this plan is touched by this outage.\n"


def test_the_list_has_every_recording(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["replay", "--list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(recordings())
    assert answer(capsys, "--list")["recordings"][0]["scenario"] == recordings()[0]


def test_the_list_speaks_the_language_of_the_site(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    first = recordings()[0]
    titles = load_scenario(first).title
    file = folder / "probes.yaml"
    file.write_text(PLAN.replace("language: en", "language: fr"))

    assert run_command(["replay", "--list"]) == 0

    listed = capsys.readouterr().out.splitlines()[0]
    assert listed.endswith(f"  {titles.in_('fr')}")
    assert titles.in_("fr") != titles.in_("en")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "name a recorded outage: 'secours replay --list' shows them"),
        (["meta"], "there is no such file, nor a recording of that name"),
        (["bad.yaml"], "bad.yaml:2:1: 'start' is missing"),
        (["empty.yaml"], "empty.yaml:1:1: the file is empty\n"),
        (["drill.yaml", "--config", "none.yaml"], "none.yaml:1:1: there is no such"),
    ],
)
def test_what_cannot_be_replayed_is_3_with_the_reason(
    folder: Path, capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    (folder / "empty.yaml").touch()
    (folder / "bad.yaml").write_text("\nscenario: bad\nduration: 1h\nobserve: {}\n")

    assert run_command(["replay", *argv]) == 3

    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.usefixtures("processes")
def test_two_processes_say_the_same(folder: Path) -> None:
    """The order of sets differs from one process to the next; an answer may not."""
    argv = [sys.executable, "-m", "secours", "replay", "meta-2021-10-04", "--reference"]
    told = {
        subprocess.run(
            [*argv, "--format", "json"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **seed},
            cwd=folder,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    }

    assert len(told) == 1


def test_what_an_officer_distrusts_is_named_from_its_minute_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = PLAN.replace(
        "purposes: [coordinate], probes: [{type: smtp, host: a.invalid}]",
        "purposes: [coordinate], depends_on: [identity:ad],"
        " probes: [{type: smtp, host: a.invalid}]",
    ).replace("channels:", "components: {identity:ad: {label: AD}}\nchannels:")
    (folder / "probes.yaml").write_text(shared)
    claim = "{component: 'identity:ad', at: 5m, state: distrusted, until: 30m}"
    (folder / "drill.yaml").write_text(f"{DRILL}marks: [{claim}]\n")

    assert run_command(["replay", "drill.yaml"]) == 0
    written = capsys.readouterr().out
    found = answer(capsys, "drill.yaml")

    assert "     0:05  Do not use: WhatsApp (compromised" in written
    named = [moment.get("do_not_use") for moment in found["timeline"]]
    assert named[0] is None
    assert [each["channel"] for each in named[-1]] == ["whatsapp"]
    checker("replay").validate(found)
