"""Whether Secours itself is well: as a command, as a plugin, and for real Nagios."""

import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from dashboard.served import rooms, stamped
from printed import checker
from render.sent_notices import proven_way
from render.snapshots import snapshot
from render.standbys import STANDBYS
from servers import nagios
from servers.command import Command, until

from secours import places
from secours.cli import run
from secours.engine import clock, lock
from secours.engine.published import snapshot_file, watchdog
from secours.model.observed import Reason
from secours.wire.nagios.perfdata import perfdata

__all__ = ["rooms"]

PLAN = """
site: {name: Test, language: en}
channels: {desk: {purposes: [alert], depends_on: [], test: {every: 7d}}}
plan: [{purpose: alert, audience: staff, primary: desk, last_resort: Walk}]
"""


def publish(*, ago_s: float = 1.0, **given: Any) -> None:
    shown = stamped(snapshot(**given), ago_s=ago_s, max_age_s=20.0)
    snapshot_file.write(shown, places.runtime_dir())


@pytest.fixture
def engine(rooms: Path) -> Any:
    """Hold the locks of an engine."""
    with lock.hold(places.data_dir(), places.runtime_dir()):
        yield rooms


def asked(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    code = run(["self-check", *options])
    return code, capsys.readouterr().out


def found(capsys: pytest.CaptureFixture[str]) -> tuple[int, Mapping[str, str]]:
    """Return the exit code and how bad each finding is, of an answer that is valid."""
    code, out = asked(capsys, "--format", "json")
    answer = json.loads(out)
    checker("self-check").validate(answer)
    words = ("ok", "warning", "critical", "unknown")
    assert answer["state"] == words[code]
    return code, {each["finding"]: each["severity"] for each in answer["findings"]}


def test_an_engine_that_stamps_is_well(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish()

    assert found(capsys) == (0, {})
    text = asked(capsys, "--lang", "en")
    assert text == (0, "● the engine runs; what it says is 1 s old\n")
    code, line = asked(capsys, "--format", "nagios", "--lang", "en")
    words, _, performance = line.partition("|")
    assert (code, words) == (
        0,
        "SECOURS OK - the engine runs; what it says is 1 s old",
    )
    data = {each.label: each for each in perfdata(performance)[0]}
    assert data.keys() == {"age", "findings", "engine cpu"}
    assert (data["age"].unit, data["engine cpu"].unit) == ("s", "c")
    assert 1.0 <= data["age"].value < 20.0


def test_held_notices_are_a_warning(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(held_until=clock.now().utc)

    assert found(capsys) == (1, {"notices-held": "warning"})


@pytest.mark.parametrize(
    ("proof", "finding", "words"),
    [
        ({"days": 3.0}, {}, ""),
        (
            {"days": 11.0},
            {"proof-overdue": "warning"},
            "Notices over duty: test arrived 11 d ago; overdue (wanted every 7 d)",
        ),
        (
            {"days": 3.0, "reason": Reason.REFUSED},
            {"proof-failed": "warning"},
            "test arrived 3 d ago; the latest test failed: connection refused",
        ),
    ],
    ids=["proven", "overdue", "failed"],
)
def test_proof_of_a_way_that_failed_or_is_overdue_is_a_warning(
    engine: Path,
    capsys: pytest.CaptureFixture[str],
    proof: dict[str, Any],
    finding: dict[str, str],
    words: str,
) -> None:
    publish(targets=(proven_way(**proof),))

    assert found(capsys) == (int(bool(finding)), finding)
    assert words in asked(capsys, "--lang", "en")[1]


def test_its_trouble_and_its_plan_are_warnings(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ailing = ("disk", "clock", "lagging", "intervals:45", "moon")
    publish(
        trouble=ailing, config_error="probes.yaml:1:1", example=True, words_lost=True
    )
    for _ in range(watchdog.OFTEN):
        watchdog.note_restart(places.runtime_dir())

    code, seen = found(capsys)

    names = (*ailing, "plan-refused", "plan-example", "words-lost", "restarted-often")
    assert (code, seen) == (1, dict.fromkeys(names, "warning"))
    assert "EXAMPLE PLAN" in asked(capsys, "--lang", "en")[1]


@pytest.mark.parametrize(
    ("part", "expected"),
    [("shows", {}), ("both probe", {"standby": "warning"})],
    ids=["follows", "monitors"],
)
def test_a_standby_that_monitors_on_its_own_needs_somebody(
    engine: Path,
    capsys: pytest.CaptureFixture[str],
    part: str,
    expected: Mapping[str, str],
) -> None:
    snapshot_file.write(
        stamped(STANDBYS[part], ago_s=1.0, max_age_s=20.0), places.runtime_dir()
    )

    assert found(capsys) == (len(expected), expected)
    said = asked(capsys, "--lang", "en")[1]
    assert ("STANDBY: monitors on its own since" in said) is bool(expected)


def test_a_channel_that_is_down_is_not_its_illness(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(alert="xxxx", coordinate="xxxx")

    assert found(capsys) == (0, {})


def test_a_snapshot_that_is_old_is_critical(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(ago_s=60.0)

    assert found(capsys) == (2, {"stale": "critical"})
    assert "stuck" in asked(capsys, "--lang", "en")[1]


def test_a_snapshot_of_another_boot_is_critical(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot_file.write(snapshot(), places.runtime_dir())

    assert found(capsys) == (2, {"stale": "critical"})
    _, line = asked(capsys, "--format", "nagios")
    assert "'age'=U;;15;0;" in line


def test_an_engine_that_publishes_nothing_is_critical(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert found(capsys) == (2, {"no-snapshot": "critical"})


def test_a_snapshot_that_is_damaged_is_critical(
    engine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text("{")

    assert found(capsys) == (2, {"damaged": "critical"})


def test_without_an_engine_it_is_critical_as_soon_as_nothing_is_fresh(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(ago_s=1.0)
    soon = found(capsys)
    publish(ago_s=60.0)
    then = found(capsys)
    (places.runtime_dir() / snapshot_file.SNAPSHOT).unlink()
    at_last = found(capsys)

    assert soon == (1, {"no-engine": "warning"})
    assert then == (2, {"no-engine": "critical", "stale": "critical"})
    assert at_last == (2, {"no-engine": "critical"})


def test_where_none_ever_ran_nothing_is_known(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (places.data_dir() / lock.NAME).unlink()

    assert found(capsys) == (3, {"unseen": "unknown"})
    assert "SECOURS_DATA" in asked(capsys, "--lang", "en")[1]


def test_what_publishes_elsewhere_is_not_said_to_be_dead(
    engine: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    elsewhere = engine / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(elsewhere))

    assert found(capsys) == (3, {"unseen": "unknown"})
    assert "XDG_RUNTIME_DIR" in asked(capsys, "--lang", "en")[1]


def test_a_folder_that_cannot_be_looked_into_says_nothing_of_secours(
    rooms: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = rooms / "probes.yaml"
    file.touch()
    monkeypatch.setenv("SECOURS_DATA", str(file / "state"))

    assert found(capsys) == (3, {"unseen": "unknown"})


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_it_speaks_the_language_asked_for(
    rooms: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    words = {"fr": "aucune", "nl": "geen", "de": "keine", "en": "no engine"}

    assert words[language] in asked(capsys, "--lang", language)[1]


@pytest.mark.usefixtures("processes")
@nagios.NEEDED
async def test_nagios_takes_our_command_and_reads_what_it_says(tmp_path: Path) -> None:
    secours = Command(tmp_path)
    file = secours.plan(PLAN)
    env = [f"{name}={secours.env[name]}" for name in ("PYTHONPATH", "SECOURS_DATA")]
    env += [f"XDG_RUNTIME_DIR={secours.env['XDG_RUNTIME_DIR']}"]
    ours = (sys.executable, "-m", "secours", "self-check", "--format", "nagios")
    folder = tmp_path / "nagios"
    folder.mkdir()
    main = nagios.configured(folder, ["/usr/bin/env", *env, *ours])

    assert "Things look okay" in nagios.verified(main)
    async with secours.running("run", "--config", str(file)) as engine:
        await until(secours, "self-check")
        async with nagios.running(main):
            well = await nagios.judged(main, 0)
            engine.send_signal(signal.SIGKILL)
            await engine.wait()
            ill = await nagios.judged(main, 1)

    assert well["plugin_output"].startswith("SECOURS OK - the engine runs")
    assert "'age'=" in well["performance_data"]
    assert ill["plugin_output"].startswith("SECOURS WARNING - no engine runs")
