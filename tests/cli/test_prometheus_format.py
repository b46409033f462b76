"""`--format prometheus` of the commands that ask an engine: nothing old looks green."""

from pathlib import Path

import pytest
from dashboard.served import rooms, stamped
from render.snapshots import snapshot
from servers import promtool

from secours import places
from secours.cli import run
from secours.engine.published import snapshot_file

__all__ = ["rooms"]


def printed(capsys: pytest.CaptureFixture[str], command: str, ago_s: float) -> str:
    shown = stamped(snapshot(), ago_s=ago_s, max_age_s=20.0)
    snapshot_file.write(shown, places.runtime_dir())
    run([command, "--format", "prometheus"])
    return capsys.readouterr().out


@pytest.mark.usefixtures("processes")
@promtool.NEEDED
@pytest.mark.parametrize("command", ["status", "recommend"])
def test_prometheus_takes_what_is_printed(
    rooms: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    said = printed(capsys, command, 1.0)

    assert promtool.remarks("check", "metrics", given=said) == ""


def test_an_old_state_is_unknown(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    young, old = printed(capsys, "status", 1.0), printed(capsys, "status", 60.0)

    assert 'secours_channel_state{channel="sms",state="available"} 1\n' in young
    assert 'secours_channel_state{channel="sms",state="available"} 0\n' in old
    assert 'secours_channel_state{channel="sms",state="unknown"} 1\n' in old


def test_an_old_recommendation_is_none(
    rooms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    young, old = printed(capsys, "recommend", 1.0), printed(capsys, "recommend", 60.0)

    assert "secours_line_use{" in young
    assert "secours_line_" not in old
    assert "secours_timestamp_seconds " in old
