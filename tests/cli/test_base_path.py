"""`--base-path`: which paths are taken, and what is said of one that leads nowhere."""

import argparse
from pathlib import Path

import pytest
from servers.command import Command
from servers.scripted import closed_port

from secours.cli import arguments

PLAN = """
site: {{name: Test, language: en, public_url: "{url}"}}
channels:
  job: {{purposes: [coordinate], probes: [{{type: heartbeat, every: 5m}}]}}
plan:
  - {{purpose: coordinate, audience: staff, primary: job, last_resort: Walk}}
"""
WARNED = "links in notices lead nowhere"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/secours", "/secours"),
        ("secours/", "/secours"),
        ("/town/secours", "/town/secours"),
        ("/", ""),
        ("", ""),
    ],
    ids=["whole", "bare", "deep", "root", "none"],
)
def test_a_path_has_a_slash_before_it_and_none_after(text: str, path: str) -> None:
    assert arguments.base_path(text) == path


@pytest.mark.parametrize(
    "text", ["/a b", "/é", "/a?b", "/a#b", "/a//b", "/../a", "/.", "/a%2Fb", "/a\n"]
)
def test_what_would_have_to_be_escaped_is_no_path(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where no plan says in which language
    with pytest.raises(argparse.ArgumentTypeError, match="such as /secours"):
        arguments.base_path(text)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("url", "flags", "warned"),
    [
        ("https://crisis.example/secours", [], True),
        ("https://crisis.example/secours", ["--base-path", "/secours"], False),
        ("https://crisis.example", ["--base-path", "/secours"], True),
        ("https://crisis.example/", [], False),
    ],
    ids=["public alone", "both", "served alone", "neither"],
)
async def test_links_in_notices_that_lead_nowhere_are_warned_of(
    tmp_path: Path, url: str, flags: list[str], warned: bool
) -> None:
    command = Command(tmp_path)
    command.plan(PLAN.format(url=url))

    ended = await command.run(  # which refuses to start, having said all of it
        *("up", "--address", "0.0.0.0", "--port", str(closed_port())), *flags
    )

    assert ended.code == 3
    assert (WARNED in ended.err) is warned


@pytest.mark.usefixtures("processes")
async def test_the_links_have_the_path(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.plan(PLAN.format(url="https://crisis.example/secours"))

    done = await command.run("link", "--base-path", "secours")

    assert "no screens are served here now" in done.err
    assert "http://127.0.0.1:8501/secours/?token=" in done.out
    assert "http://127.0.0.1:8501/secours/wall?token=" in done.out
