"""Commands that cannot say what they found: unknown, never a verdict."""

import asyncio
import sys
from pathlib import Path

import pytest
from servers.command import Command, Done, ended

PLAN = """
site: {name: Test, language: en}
channels:
  pager:
    purposes: [alert]
    depends_on: ["power:grid"]
    probes: [{type: plugin, command: [echo, fine]}]
plan:
  - {purpose: alert, audience: staff, primary: pager, last_resort: Walk}
audiences: {staff: {groups: {all: {devices: []}}}}
"""

ANSWERS = [
    "check",
    "check --format json",
    "check --format nagios",
    "validate",
    "schema",
    "audit",
    "whatif --fail power:grid",
    "replay --list",
    "sheet",
    "--help",
]
WITHOUT_ENGINE = ["status", "recommend", "journal"]  # which they need
BROKEN = {"a full disk": ">/dev/full", "closed": "<&- >&-"}


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.plan(PLAN)
    return command


async def shell(secours: Command, argv: str, streams: str) -> Done:
    """Run a command as a shell does, with what stands behind it."""
    secours.within = ("bash", "-c", f'"$@" {streams}; exit ${{PIPESTATUS[0]}}', "bash")
    return await ended(await secours.start(*argv.split()))


@pytest.mark.parametrize("streams", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("argv", ANSWERS)
async def test_answer_that_cannot_be_written_is_3_and_one_line(
    secours: Command, argv: str, streams: str
) -> None:
    done = await shell(secours, argv, streams)

    assert done.code == 3
    assert len(done.err.splitlines()) == 1
    assert "No space left" in done.err or "Bad file descriptor" in done.err


@pytest.mark.parametrize("streams", [">&-", ">/dev/full 2>&1", ">&- 2>&-"])
@pytest.mark.parametrize("argv", WITHOUT_ENGINE)
async def test_refusal_stays_3(secours: Command, argv: str, streams: str) -> None:
    done = await shell(secours, argv, streams)

    assert done.code == 3
    assert "Traceback" not in done.err


@pytest.mark.parametrize("streams", [">/dev/full 2>/dev/full", ">&- 2>&-"])
@pytest.mark.parametrize("argv", ["check", "--help", "check --nonsense"])
async def test_nothing_can_be_said_at_all(
    secours: Command, argv: str, streams: str
) -> None:
    done = await shell(secours, argv, streams)

    assert (done.code, done.out, done.err) == (3, "", "")


@pytest.mark.parametrize("argv", ["validate", "audit"])
async def test_without_standard_error_the_answer_is_the_same(
    secours: Command, argv: str
) -> None:
    whole = await shell(secours, argv, "2>/dev/null")

    closed = await shell(secours, argv, "2>&-")

    assert (closed.code, closed.out) == (whole.code, whole.out)
    assert closed.out


@pytest.mark.parametrize("streams", ["| true", "2>&1 | true"])
@pytest.mark.parametrize("argv", ["check", "schema", "--help"])
async def test_a_reader_that_left_is_no_verdict_and_no_noise(
    secours: Command, argv: str, streams: str
) -> None:
    done = await shell(secours, argv, streams)

    assert done.code == 141
    assert "Traceback" not in done.err
    assert "Exception ignored" not in done.err


DEFECT = """
import sys
from secours import cli
entry = cli.run  # the module of the command `run` takes its place when it is imported
import secours.cli.{command}
cli.run = entry
broken = sys.modules["secours.cli.{command}"]
def run(args):
    raise {error}
broken.run = run
sys.argv = ["secours", *{argv}]
cli.main()
"""


async def with_a_defect(
    secours: Command, command: str, error: str, *options: str, **env: str
) -> Done:
    """Run a command in which something unforeseen is raised."""
    program = DEFECT.format(command=command, error=error, argv=[command, *options])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        cwd=secours.folder,
        env={**secours.env, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return await ended(process)


@pytest.mark.parametrize("error", ["KeyError('x')", "MemoryError()"])
@pytest.mark.parametrize("command", ["check", "status"])
async def test_defect_is_3_and_one_line(
    secours: Command, command: str, error: str
) -> None:
    done = await with_a_defect(secours, command, error)

    assert (done.code, done.out) == (3, "")
    assert error.partition("(")[0] in done.err
    assert len(done.err.splitlines()) == 1


async def test_defect_is_told_to_a_monitoring_system_on_its_stream(
    secours: Command,
) -> None:
    done = await with_a_defect(secours, "check", "KeyError('x')", "--format", "nagios")

    assert done.code == 3
    assert done.out.startswith("SECOURS UNKNOWN - ")


async def test_whoever_supervises_us_gets_the_trace_and_may_start_us_again(
    secours: Command,
) -> None:
    done = await with_a_defect(secours, "run", "KeyError('x')", SECOURS_SUPERVISED="1")

    assert done.code == 1
    assert "Traceback" in done.err
