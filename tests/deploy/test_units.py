"""The units, users and folders of `deploy/`, read by systemd's own programs."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from servers.debian import found, needs

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("secours-*.*"))
SYSTEM_UNITS = Path("/usr/lib/systemd/system")
EXPOSED_LESS_THAN = 2.0
FOLDERS = (
    *("etc/secours", "etc/secours/probes.yaml", "etc/secours/secrets"),
    *("run/secours", "var/lib/secours"),
)

needs_systemd = needs("systemd-analyze", "systemd")


def analysed(*argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [found("systemd-analyze"), *argv], capture_output=True, text=True, check=False
    )


@pytest.fixture
def root(processes: None, tmp_path: Path) -> Path:
    """Make a machine on which all that the units start is installed."""
    shutil.copytree(SYSTEM_UNITS, tmp_path / "usr/lib/systemd/system", symlinks=True)
    for unit in UNITS:
        for line in unit.read_text().splitlines():
            if line.startswith(("ExecStart=", "ExecStartPre=")):
                program = tmp_path / line.partition("=/")[2].split()[0]
                program.parent.mkdir(parents=True, exist_ok=True)
                program.write_text("#!/bin/sh\n")
                program.chmod(0o755)
    return tmp_path


def installed(root: Path, unit: str, text: str) -> None:
    folder = root / "etc/systemd/system"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / unit).write_text(text)


@needs_systemd
def test_systemd_has_nothing_to_say_of_any_unit(root: Path) -> None:
    for unit in UNITS:
        installed(root, unit.name, unit.read_text())

    done = analysed(f"--root={root}", "verify", *(unit.name for unit in UNITS))

    assert [unit.name for unit in UNITS] == [
        *("secours-dashboard.service", "secours-dashboard.socket"),
        *("secours-engine.service", "secours-wall.service"),
    ]
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_a_word_that_systemd_does_not_know_would_be_found(root: Path) -> None:
    text = (DEPLOY / "systemd/secours-engine.service").read_text()
    installed(root, "secours-engine.service", text.replace("WatchdogSec", "Watchdog"))

    done = analysed(f"--root={root}", "verify", "secours-engine.service")

    assert "Unknown key 'Watchdog'" in done.stderr


@pytest.mark.usefixtures("processes")
@needs_systemd
@pytest.mark.parametrize("name", ["engine", "dashboard"])
def test_a_service_has_few_rights(name: str) -> None:
    unit = DEPLOY / f"systemd/secours-{name}.service"

    done = analysed("security", "--offline=true", "--no-pager", str(unit))
    checks = analysed("security", "--offline=true", "--json=short", str(unit))

    level = float(done.stdout.rpartition(".service: ")[2].split()[0])
    assert level < EXPOSED_LESS_THAN
    kept = {each["name"] for each in json.loads(checks.stdout) if not each["set"]}
    rights = {name for name in kept if name.startswith("CapabilityBoundingSet")}
    raw = "CapabilityBoundingSet=~CAP_NET_(BIND_SERVICE|BROADCAST|RAW)"
    assert rights == ({raw} if name == "engine" else set())


@needs_systemd
@pytest.mark.parametrize(
    "line",
    [
        *("Type=notify", "RestartSec=2", "StartLimitIntervalSec=0", "WatchdogSec=20"),
        *("SupplementaryGroups=dialout", "AmbientCapabilities=CAP_NET_RAW"),
        *("CapabilityBoundingSet=CAP_NET_RAW", "RuntimeDirectoryPreserve=yes"),
    ],
)
def test_what_was_promised_of_the_engine_stands_in_its_unit(line: str) -> None:
    text = (DEPLOY / "systemd/secours-engine.service").read_text()

    assert line in text.splitlines()


@pytest.mark.usefixtures("processes")
@needs("systemd-sysusers", "systemd")
@pytest.mark.skipif(os.geteuid() != 0, reason="run as root: folders are given away")
def test_users_groups_and_folders_come_of_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "etc/secours").mkdir(parents=True)
    (tmp_path / "etc/secours/probes.yaml").write_text("")
    users = [str(file) for file in sorted((DEPLOY / "sysusers.d").glob("*.conf"))]
    folders = str(DEPLOY / "tmpfiles.d/secours.conf")

    for argv in (
        [found("systemd-sysusers"), f"--root={tmp_path}", *users],
        [found("systemd-tmpfiles"), f"--root={tmp_path}", "--create", folders],
    ):
        subprocess.run(argv, capture_output=True, text=True, check=True)

    groups = (tmp_path / "etc/group").read_text().splitlines()
    (dialout,) = (line for line in groups if line.startswith("dialout:"))
    assert dialout.endswith(":secours")
    passwd = (tmp_path / "etc/passwd").read_text().splitlines()
    fields = {line.split(":")[0]: line.split(":")[2:] for line in passwd}
    assert fields["secours"][3:] == ["/var/lib/secours", "/usr/sbin/nologin"]
    assert fields["secours-wall"][3:] == ["/var/lib/secours-wall", "/bin/sh"]
    user, group = map(int, fields["secours"][:2])
    assert {name: rights(tmp_path / name) for name in FOLDERS} == {
        "etc/secours": (0, group, 0o750),
        "etc/secours/probes.yaml": (0, group, 0o640),
        "etc/secours/secrets": (0, 0, 0o700),
        "run/secours": (user, group, 0o700),
        "var/lib/secours": (user, group, 0o700),
    }


def rights(path: Path) -> tuple[int, int, int]:
    facts = path.stat()
    return facts.st_uid, facts.st_gid, stat.S_IMODE(facts.st_mode)
