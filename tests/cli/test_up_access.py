from pathlib import Path

from servers.command import Command
from servers.scripted import closed_port

from secours.cli import supervise

PLAN = """
site: {name: Test, language: en}
channels:
  job: {purposes: [coordinate], probes: [{type: heartbeat, every: 5m}]}
plan:
  - {purpose: coordinate, audience: staff, primary: job, last_resort: Walk}
"""


def test_what_is_asked_of_the_dashboard_is_handed_on() -> None:
    child = supervise.dashboard("127.0.0.1", 8501, "--read-only", X="y")

    assert child.argv[-1] == "--read-only"
    assert child.env["X"] == "y"


async def test_up_beyond_this_machine_ends_with_3_where_nobody_could_be_known(
    tmp_path: Path,
) -> None:
    command = Command(tmp_path)
    command.plan(PLAN)

    ended = await command.run(
        "up", "--address", "0.0.0.0", "--port", str(closed_port())
    )

    assert ended.code == 3
    assert "--trusted-proxy with --user-header" in ended.err


async def test_up_hands_on_that_only_the_known_may_look(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.plan(PLAN)

    ended = await command.run(
        *("up", "--address", "0.0.0.0", "--port", str(closed_port())),
        *("--read-only", "--known-only"),
    )

    assert ended.code == 3
    assert "--known-only lets nobody see anything" in ended.err
