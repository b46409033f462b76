"""What commands print in the site's language, without an engine."""

from pathlib import Path
from typing import Any

import pytest

from secours.cli import run as run_command
from secours.engine.control import requests

ANSWER: dict[str, Any] = {
    "kept": "disk",
    "done": "Radio HS",
    "ends": None,
    "recommendations": [],
}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand for an engine that takes every word in."""
    answer = dict(ANSWER)
    monkeypatch.setattr(requests, "ask", lambda *_asked: answer)
    return answer


@pytest.mark.parametrize(
    ("language", "kept", "line"),
    [
        ("fr", "disk", "noté : Radio HS"),
        (
            *("nl", "memory"),
            "genoteerd, alleen in het geheugen: de schijf weigert: Radio HS",
        ),
        ("de", "disk", "notiert: Radio HS"),
        ("en", "disk", "noted: Radio HS"),
    ],
)
def test_a_word_is_noted_in_the_language_of_the_site(
    engine: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    language: str,
    kept: str,
    line: str,
) -> None:
    engine |= {"language": language, "kept": kept}

    assert run_command(["mark", "power:grid", "down", "--by", "Ana"]) == 0

    assert capsys.readouterr().out == f"{line}\n"


def test_an_end_is_said_in_the_language_of_the_site(
    engine: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    engine |= {"language": "fr", "ends": "24/11 16:40 CET"}

    assert run_command(["pin", "alert", "sms", "--by", "Ana"]) == 0

    said = capsys.readouterr().out
    assert said == "noté : Radio HS, jusqu\u2019au 24/11 16:40 CET\n"


@pytest.mark.usefixtures("engine")
def test_a_note_is_noted_in_the_language_of_the_plan(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = "site: {language: fr}\nchannels: {radio: {depends_on: []}}\n"
    (tmp_path / "probes.yaml").write_text(plan)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("SECOURS_CONFIG", raising=False)

    assert run_command(["journal", "--note", "essai", "--by", "Ana"]) == 0

    assert capsys.readouterr().out == "noté\n"
