"""`secours kinds`: what channels there are, and what to write for each."""

import json
from pathlib import Path

import pytest
from config.plan_files import read
from jsonschema import Draft202012Validator

from secours.cli import run as run_command
from secours.cli import schema
from secours.config import catalogue
from secours.languages import LANGUAGES

KINDS = catalogue.load().kinds


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without a plan."""
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    assert run_command(["kinds", *argv]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_has_a_line(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    lines = said(capsys, "--lang", language).splitlines()

    assert [line.split()[0] for line in lines] == [*KINDS]
    for line, kind in zip(lines, KINDS.values(), strict=True):
        assert kind.label.in_(language) in line
        tests = {each.type for each in kind.suggestions} - {"heartbeat"}
        people = {kind.people.in_(language)} if kind.people else set()
        assert all(each in line for each in tests or people)
        assert "heartbeat" not in line


def test_a_line_says_what_it_is_what_it_needs_and_how_it_is_tested(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = said(capsys, "--lang", "en").splitlines()

    assert (
        "courier                Runner; needs nothing; tested by people: a walk of the"
        " round with a written message, in every exercise"
    ) in lines
    assert any(
        line.endswith(
            "IP telephony; needs Fixed operator, the internet of the site, "
            "Power of the building; tested by call_roundtrip, sip"
        )
        for line in lines
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_to_be_pasted_is_a_channel_of_that_kind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    (tmp_path / "signal-root.pem").write_text("")
    page = said(capsys, kind, "--lang", "en")
    pasted = page[page.index(f"\n  {kind}:") :]

    config = read(tmp_path, f"channels:{pasted}")

    assert config.channels[kind].kind == kind
    channel = config.channels[kind]
    assert channel.probes or channel.test_every_s


def test_programs_are_told_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(said(capsys, "sip-trunk", "--format", "json", "--lang", "en"))

    Draft202012Validator(schema.of("kinds")).validate(answer)
    (kind,) = answer["kinds"]
    assert (kind["kind"], kind["needs"]) == (
        "sip-trunk",
        [["carrier:fixed"], ["internet"], ["power:site"]],
    )
    assert kind["heard_on"] == ["mobile.voice", "landline.voice"]


def test_kind_says_on_what_it_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "radio-astrid", "--lang", "en").splitlines()

    assert "  heard_on: astrid" in lines


def test_a_former_name_shows_the_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert "kind: voice-mobile\n" in said(capsys, "voice-mobile-a")


def test_the_table_has_a_row_for_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    rows = said(capsys, "--format", "markdown", "--lang", "en").splitlines()

    assert len(rows) == 2 + len(KINDS)
    assert all(row.count("|") == 3 for row in rows)


def test_a_kind_that_is_not_there_is_looked_for_by_its_meaning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["kinds", "voip", "--lang", "en"]) == 3

    assert "no such kind 'voip': did you mean 'sip-trunk'?" in capsys.readouterr().err


def test_kinds_of_the_plan_here_are_listed_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("probes.yaml").write_text("kinds: own.yaml\nchannels: {c: {kind: horn}}\n")
    Path("own.yaml").write_text(
        "horn: {label: Horn of the town, short_name: Horn, purposes: inform, needs: [],"
        " heard_on: ears, gdpr_note: none, people: a test, source: ours (A),"
        " reviewed: 2026-11-30}\n"
    )

    assert "Horn of the town" in said(capsys, "horn")
    assert said(capsys).splitlines()[-1].startswith("horn")
