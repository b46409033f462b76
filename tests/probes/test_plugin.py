import asyncio
import errno
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers.probe_run import ask, said

from secours.message import our_user
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret, Template
from secours.probes import plugin

OK, DEGRADED, FAILED = Verdict.OK, Verdict.DEGRADED, Verdict.FAILED
UNKNOWN, SERVED, NONE = Verdict.UNKNOWN, Evidence.SERVED, Evidence.NONE


async def shell(script: str, *, timeout_s: float = 20.0, **options: Any) -> Outcome:
    settings = plugin.Settings(command=("/bin/sh", "-c", script), **options)
    return await ask(plugin, settings, timeout_s=timeout_s)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("exit 0", (OK, SERVED, Reason.NONE)),
        ("exit 1", (DEGRADED, SERVED, Reason.REPORTED)),
        ("exit 2", (FAILED, SERVED, Reason.REPORTED)),
        ("exit 3", (UNKNOWN, NONE, Reason.REPORTED)),
        ("exit 4", (UNKNOWN, NONE, Reason.BROKEN)),
        ("exit 127", (UNKNOWN, NONE, Reason.BROKEN)),
        ("exit 139", (UNKNOWN, NONE, Reason.BROKEN)),
        ("kill -SEGV $$", (UNKNOWN, NONE, Reason.BROKEN)),
        ("kill -KILL $$", (UNKNOWN, NONE, Reason.BROKEN)),
    ],
)
async def test_return_code_decides(
    end: str, expected: tuple[Verdict, Evidence, Reason]
) -> None:
    outcome = await shell(f"echo 'DISK what it says | a=1'; {end}")

    assert said(outcome) == expected


@pytest.mark.usefixtures("processes")
async def test_first_line_up_to_the_bar_is_what_it_said() -> None:
    outcome = await shell("printf 'LOAD \\033[31m high | load=7;5;9\\nmore\\n'; exit 1")

    assert outcome.facts == {"said": "LOAD [31m high"}


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("code", [0, 1, 2, 3])
async def test_silence_proves_nothing(code: int) -> None:
    outcome = await shell(f"exit {code}")

    assert said(outcome) == (UNKNOWN, NONE, Reason.BROKEN)
    assert outcome.facts == {"problem": "no-output", "code": code}


@pytest.mark.usefixtures("processes")
async def test_signal_is_named() -> None:
    outcome = await shell("echo OK; kill -SEGV $$")

    assert outcome.facts == {"problem": "ended-by-signal", "what": "SIGSEGV"}


@pytest.mark.usefixtures("processes")
async def test_output_on_standard_error_is_none() -> None:
    outcome = await shell("echo OK >&2")

    assert said(outcome) == (UNKNOWN, NONE, Reason.BROKEN)


@pytest.mark.usefixtures("processes")
async def test_a_megabyte_of_output_is_cut_and_blocks_nothing() -> None:
    outcome = await shell("head -c 1000000 /dev/zero | tr '\\0' x; exit 2")

    assert said(outcome) == (FAILED, SERVED, Reason.REPORTED)
    assert outcome.facts == {"said": 200 * "x"}


@pytest.mark.usefixtures("processes")
async def test_decimal_comma_is_refused_in_words() -> None:
    outcome = await shell("echo 'OK | time=0,5s size=3'")

    assert said(outcome) == (OK, SERVED, Reason.NONE)
    assert outcome.facts == {"said": "OK", "refused": "time=0,5s"}


@pytest.mark.usefixtures("processes")
async def test_plugin_speaks_the_c_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "fr_BE.UTF-8")

    outcome = await shell("echo $LC_ALL")

    assert outcome.facts == {"said": "C"}


@pytest.mark.usefixtures("processes")
async def test_plugin_sees_its_secrets_and_none_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "ours")
    env = {"PASSWORD": Template("hunter2")}

    outcome = await shell(
        "echo $(printenv PASSWORD | wc -c) $PASSWORD [$MAIL_PASSWORD]", env=env
    )

    assert outcome.facts == {"said": "8 *** []"}


async def test_missing_secret_is_unknown() -> None:
    outcome = await shell("echo OK", env={"PASSWORD": Template(None, "PASSWORD")})

    assert said(outcome) == (UNKNOWN, NONE, Reason.SECRET_MISSING)


@pytest.mark.usefixtures("processes")
async def test_plugin_finds_nothing_to_read() -> None:
    outcome = await shell("read line || echo nothing")

    assert outcome.facts == {"said": "nothing"}


async def still_running(pid: int) -> bool:
    """Wait a generous while for a process to go."""
    for _ in range(6000):
        if not runs(pid):
            return False
        await asyncio.sleep(0.01)
    return True


def runs(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.smoke
@pytest.mark.usefixtures("processes")
async def test_deadline_takes_the_grandchildren_too(tmp_path: Path) -> None:
    file = tmp_path / "pid"

    outcome = await shell(
        f"trap '' TERM; sleep 60 & echo $! > {file}; wait", timeout_s=4.0
    )

    assert said(outcome) == (UNKNOWN, NONE, Reason.TIMEOUT)
    assert float(outcome.facts["timeout_s"]) > 3.5
    assert not await still_running(int(file.read_text()))


@pytest.mark.usefixtures("processes")
async def test_what_a_plugin_leaves_behind_does_not_keep_us(tmp_path: Path) -> None:
    file = tmp_path / "pid"

    outcome = await shell(f"sleep 60 & echo $! > {file}; echo done")

    assert said(outcome) == (OK, SERVED, Reason.NONE)
    assert not await still_running(int(file.read_text()))


@pytest.mark.usefixtures("processes")
async def test_what_escapes_to_another_session_neither_keeps_us_nor_stays(
    tmp_path: Path,
) -> None:
    file = tmp_path / "pid"
    escape = f"setsid sh -c 'echo $$ > {file}; exec sleep 5' & "

    outcome = await shell(
        f"{escape} while ! [ -s {file} ]; do sleep 0.01; done; echo ok"
    )

    assert said(outcome) == (OK, SERVED, Reason.NONE)
    assert not await still_running(int(file.read_text()))


@pytest.mark.usefixtures("processes")
async def test_missing_command_is_unknown() -> None:
    outcome = await ask(plugin, plugin.Settings(command=("/no/such/check",)))

    assert said(outcome) == (UNKNOWN, NONE, Reason.BROKEN)
    facts = {"problem": "no-such-command", "what": "/no/such/check"}
    assert outcome.facts == facts


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("mode", "text", "reason"),
    [
        (0o644, "#!/bin/sh\necho OK\n", Reason.PERMISSION),
        (0o755, "no program at all", Reason.BROKEN),
        (0o755, "#!/no/such/interpreter\n", Reason.BROKEN),
    ],
)
async def test_command_that_cannot_start_is_unknown(
    tmp_path: Path, mode: int, text: str, reason: Reason
) -> None:
    check = tmp_path / "check"
    check.write_text(text)
    check.chmod(mode)

    outcome = await ask(plugin, plugin.Settings(command=(str(check),)))

    assert said(outcome) == (UNKNOWN, NONE, reason)
    if reason is Reason.PERMISSION:
        facts = {"problem": "may-not-run", "what": str(check), "user": our_user()}
        assert outcome.facts == facts


@pytest.mark.usefixtures("processes")
async def test_command_line_that_is_too_long_is_unknown() -> None:
    settings = plugin.Settings(command=("/bin/echo", "x" * (1 << 20)))

    outcome = await ask(plugin, settings)

    facts = {"problem": "arguments-too-long", "what": "/bin/echo"}
    assert said(outcome) == (UNKNOWN, NONE, Reason.BROKEN)
    assert outcome.facts == facts


async def test_machine_without_room_for_a_process_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(subprocess, "Popen", none_left)

    outcome = await shell("echo OK")

    assert said(outcome) == (UNKNOWN, NONE, Reason.BROKEN)


@pytest.mark.parametrize(
    "command", [(), ("",), ("check", "-p", "${PASSWORD}"), ("check\0",)]
)
def test_command_that_cannot_be_meant_is_refused(command: tuple[str, ...]) -> None:
    with refusing("command"):
        plugin.Settings(command=command)


def test_secret_of_a_plugin_is_not_printed() -> None:
    settings = plugin.Settings(command=("x",), env={"A": Template("hunter2")})

    assert "hunter2" not in repr(settings)
    assert isinstance(settings.env["A"], Secret)


def test_program_that_gains_rights_is_advised_against_unless_it_may(
    tmp_path: Path,
) -> None:
    gains, plain = tmp_path / "check_icmp", tmp_path / "check_load"
    for file in (gains, plain):
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
    gains.chmod(0o4755)

    def advice(program: Path | str, *, privileged: bool = False) -> list[str]:
        settings = plugin.Settings(command=(str(program),), privileged=privileged)
        return [each.slug for each in settings.warnings()]

    assert advice(gains) == ["plan.advice.privileged"]
    assert advice(gains, privileged=True) == advice(plain) == advice("/no/such") == []
