"""Plugins that do harm: nothing that one started is left, and none has our rights."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from pathlib import Path

import pytest
from faults.process_tree import SLOW_S, here, until_here
from servers.command import Command, ended
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.probes import plugin

DEADLINE_S = 1.5  # enough for it to start on a machine that others share
OK = (Verdict.OK, Evidence.SERVED, Reason.NONE)
UNKNOWN = Verdict.UNKNOWN, Evidence.NONE

ESCAPES = {
    "into a session of its own": "setsid sleep 60 & sleep 60",
    "through a double fork": "(setsid sh -c 'sleep 60 & sleep 60 &' &) ; sleep 60",
    "with an empty environment": "env -i setsid /bin/sleep 60 & exec sleep 60",
    "deaf to every signal it may be": (
        "trap '' TERM HUP INT; setsid sh -c 'while :; do sleep 1; done' & wait"
    ),
    "with nothing open": (
        "setsid sleep 60 <&- >&- 2>&- & exec >&- 2>&-; while :; do sleep 1; done"
    ),
    "faster than one can look": (  # each starts the next and is gone
        "echo 'setsid sh ./relay &' > relay; sh ./relay; sleep 60"
    ),
    "without end": "while :; do setsid sleep 60 & sleep 0.002; done",
    "as a crowd": (  # 128 that double, in one group
        "echo '[ $1 = 0 ] || { sh ./double $(($1-1)) & sh ./double $(($1-1)) & };"
        " sleep 60' > double; sh ./double 6"
    ),
}


pytestmark = pytest.mark.usefixtures("processes")


async def run(
    folder: Path, script: str, timeout_s: float = 60.0, *, privileged: bool = False
) -> Outcome:
    """Run a script in a folder, as a plugin."""
    words = ("/bin/sh", "-c", f"cd {folder} && {script}")
    settings = plugin.Settings(command=words, privileged=privileged)
    return await ask(plugin, settings, timeout_s=timeout_s)


@pytest.mark.parametrize("script", ESCAPES.values(), ids=ESCAPES.keys())
async def test_nothing_is_left_after_the_deadline(tmp_path: Path, script: str) -> None:
    running = asyncio.create_task(run(tmp_path, script, DEADLINE_S))
    await until_here(tmp_path, some=True)

    outcome = await running
    await until_here(tmp_path, some=False)

    assert said(outcome) == (*UNKNOWN, Reason.TIMEOUT)
    assert here(tmp_path) == []  # what had started the next one would be seen now


async def test_nothing_is_left_of_a_plugin_that_ends_in_time(tmp_path: Path) -> None:
    script = "setsid sleep 60 & setsid sleep 60 & echo fine"

    outcome = await run(tmp_path, script)

    assert said(outcome) == OK
    await until_here(tmp_path, some=False)


async def test_what_another_run_started_is_left_alone(tmp_path: Path) -> None:
    """Both have orphans: the first to end takes its own and no other."""
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    slow.mkdir()
    quick.mkdir()
    orphan = "(setsid sh -c 'while ! [ -e go ]; do sleep 0.01; done; echo lives > said'"
    running = asyncio.create_task(
        run(slow, f"{orphan} &); while ! [ -s said ]; do sleep 0.01; done; cat said")
    )
    await until_here(slow, some=True)

    outcomes = [await run(quick, "setsid sleep 60 & echo quick") for _ in range(3)]
    (slow / "go").touch()
    outcome = await running

    assert [each.facts["said"] for each in outcomes] == 3 * ["quick"]
    assert (outcome.facts["said"], here(tmp_path)) == ("lives", [])


async def test_many_at_the_same_time_leave_nothing(tmp_path: Path) -> None:
    script = "setsid sleep 60 & (setsid sleep 60 &); echo fine"

    outcomes = await asyncio.gather(*(run(tmp_path, script) for _ in range(12)))

    assert [said(each) for each in outcomes] == 12 * [OK]
    await until_here(tmp_path, some=False)


async def test_plugin_whose_keeper_is_killed_dies_and_is_unknown(
    tmp_path: Path,
) -> None:
    outcome = await run(tmp_path, "kill -KILL $PPID; exec sleep 60")
    await until_here(tmp_path, some=False)

    assert said(outcome) == (*UNKNOWN, Reason.BROKEN)
    assert outcome.facts == {"problem": "ended-by-signal", "what": "SIGKILL"}


# ------------------------------------------------------------------ with the engine

PLAN = """
channels:
  one:
    probes: [{{type: plugin, command: [sh, -c, {script}], timeout: 60s}}]
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("command", ["run", "check"])
async def test_plugin_does_not_outlive_who_runs_it(
    tmp_path: Path, command: str, number: signal.Signals
) -> None:
    folder = tmp_path / "plugin"
    folder.mkdir()
    secours = Command(tmp_path)
    script = f"'cd {folder} && setsid sleep 60 & cd {folder} && exec sleep 60'"
    plan = secours.plan(PLAN.format(script=script))
    engine: Process = await secours.start(command, "--config", str(plan))
    await until_here(folder, some=True)

    engine.send_signal(number)
    await ended(engine)

    await until_here(folder, some=False)


async def test_engine_that_ends_amid_a_plugin_says_nothing_of_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "plugin"
    folder.mkdir()
    secours = Command(tmp_path)
    script = f"'cd {folder}; trap true TERM HUP INT; sleep 60; sleep 60'"
    plan = secours.plan(PLAN.format(script=script))
    engine: Process = await secours.start("run", "--config", str(plan))
    await until_here(folder, some=True)

    engine.terminate()
    _, said = await asyncio.wait_for(engine.communicate(), SLOW_S)

    assert said.decode() == ""


# ------------------------------------------------------------------ what it may

RIGHTS = "grep -E '^(Cap|NoNewPrivs)' /proc/self/status | tr -d '\\n\\t'"


def ours() -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    found = dict(line.split(":\t") for line in lines if ":\t" in line)
    return {k: v for k, v in found.items() if k.startswith(("Cap", "NoNewPrivs"))}


async def test_plugin_has_no_rights(tmp_path: Path) -> None:
    bounding = 16 * "0" if os.geteuid() == 0 else ours()["CapBnd"]

    outcome = await run(tmp_path, RIGHTS)

    none = 16 * "0"
    assert outcome.facts["said"] == (
        f"CapInh:{none}CapPrm:{none}CapEff:{none}CapBnd:{bounding}CapAmb:{none}"
        "NoNewPrivs:1"
    )


async def test_privileged_plugin_keeps_what_the_system_gives(tmp_path: Path) -> None:
    outcome = await run(tmp_path, RIGHTS, privileged=True)

    has = "".join(f"{name}:{value}" for name, value in ours().items())
    assert outcome.facts["said"] == has
    assert ours()["NoNewPrivs"] == "0"
