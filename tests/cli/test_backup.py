"""`backup` and `restore` as people run them."""

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from engine.backup.left import LEFT, unpacked
from servers.command import Command, ended, until

from secours.cli import progress_line as module
from secours.cli.progress_line import CLEAR, percent
from secours.engine.store.database import migration_backups, schema
from secours.languages import LANGUAGES

KILLED = """
import os, signal, sys
from secours.cli import run
from secours.engine.backup import archive
archive.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
run(sys.argv[1:])
"""


SPEAKERS = """\
speaker-net:
  {label: Loudspeakers, purposes: [alert], needs: [power:grid], heard_on: [ears],
   gdpr_note: none, people: a test, source: us (V), reviewed: 2026-11-30}
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    """Give the command with a data folder that an engine left."""
    command = Command(tmp_path)
    unpacked("watch", tmp_path)
    (tmp_path / "data").rename(tmp_path / "state")
    (tmp_path / "run").chmod(0o700)
    return command


@pytest.mark.smoke
async def test_there_and_back(secours: Command) -> None:
    saved = await secours.run("backup", "b.tar")
    shutil.rmtree(secours.folder / "state")
    restored = await secours.run("restore", "b.tar")
    journal = await secours.run("journal", "--lang", "en")

    assert (saved.code, saved.err) == (0, "")
    assert saved.out.startswith("b.tar : historique")
    assert (secours.folder / "b.tar").stat().st_mode & 0o777 == 0o600
    assert (restored.code, restored.err) == (0, "")
    where = f"pour Centre de crise, dans {secours.folder / 'state'}\n"
    assert where in restored.out  # not the folder of whoever types it, unseen
    assert "secours mark --confirm" in restored.out
    assert "secours link" in restored.out  # a new folder has a new token
    assert "here we are" in journal.out
    assert "the backup of" in journal.out


@pytest.mark.parametrize("mistake", ["", "mistake: 1\n"])
async def test_kinds_of_the_plan_come_along(secours: Command, mistake: str) -> None:
    plan, kinds = secours.folder / "probes.yaml", secours.folder / "kinds.yaml"
    kinds.write_text(SPEAKERS, "utf-8")
    text = f"kinds: kinds.yaml\n{mistake}{plan.read_text('utf-8')}"
    plan.write_text(text, "utf-8")
    saved = await secours.run("backup", "b.tar")
    kinds.unlink()
    restored = await secours.run("restore", "b.tar")

    assert (saved.code, restored.code, restored.err) == (0, 0, "")
    assert kinds.read_text("utf-8") == SPEAKERS
    assert plan.read_text("utf-8") == text
    assert str(kinds) in restored.out


async def test_it_goes_through_a_pipe(secours: Command) -> None:
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        "set -o pipefail; python -m secours backup - | python -m secours restore -",
        cwd=secours.folder,
        env={
            **secours.env,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )

    done = await ended(process)

    assert done.code == 0, done.err
    assert "Centre de crise" in done.out
    (aside,) = (secours.folder / "state").glob("history.before-restore-*")
    assert str(aside) in done.out


async def test_where_the_folder_in_memory_went_with_the_engine(
    secours: Command,
) -> None:
    secours.env["XDG_RUNTIME_DIR"] = "/dev/null/secours"

    saved = await secours.run("backup", "b.tar")
    restored = await secours.run("restore", "b.tar")

    assert (saved.code, restored.code) == (0, 0), saved.err + restored.err
    assert "probes.yaml" in restored.out


async def test_what_one_that_was_killed_has_left_goes_with_the_next(
    secours: Command,
) -> None:
    (secours.folder / "backups").mkdir()
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, "backup", "backups/b.tar"),
        cwd=secours.folder,
        env=secours.env,
    )
    code = await killed.wait()
    left = os.listdir(secours.folder / "backups")
    saved = await secours.run("backup", "backups/b.tar")

    assert (code, saved.code) == (-signal.SIGKILL, 0), saved.err
    assert left
    assert "b.tar" not in left
    assert os.listdir(secours.folder / "backups") == ["b.tar"]


async def test_a_file_that_is_there_stays_unless_forced(secours: Command) -> None:
    (secours.folder / "b.tar").write_text("mine")

    refused = await secours.run("backup", "b.tar")
    kept = (secours.folder / "b.tar").read_text()
    forced = await secours.run("backup", "b.tar", "--force")

    assert (refused.code, refused.out, kept) == (3, "", "mine")
    assert "--force" in refused.err
    assert forced.code == 0
    assert (secours.folder / "b.tar").stat().st_mode & 0o777 == 0o600


async def test_without_a_history_there_is_nothing_to_back_up(secours: Command) -> None:
    shutil.rmtree(secours.folder / "state")

    done = await secours.run("backup", "b.tar")

    assert (done.code, done.err.count("\n")) == (3, 1)
    assert not (secours.folder / "b.tar").exists()


async def test_a_folder_that_is_not_there_is_said(secours: Command) -> None:
    done = await secours.run("backup", "no/such/b.tar")

    assert (done.code, done.err.count("\n")) == (3, 1)
    assert (
        f"{secours.folder}/no/such n\N{RIGHT SINGLE QUOTATION MARK}est pas un dossier"
        in done.err
    )


async def test_without_the_plans_file_it_says_so(secours: Command) -> None:
    done = await secours.run("backup", "b.tar", "--config", "other.yaml")

    assert done.code == 0
    assert "other.yaml: warning: without the plan" in done.err


async def test_where_the_plan_is_not_put_back_the_exit_code_says_so(
    secours: Command,
) -> None:
    saved = await secours.run("backup", "b.tar")
    (secours.folder / "there").mkdir()

    restored = await secours.run("restore", "b.tar", "--config", "there")

    assert saved.code == 0
    assert restored.code == 1
    assert "Centre de crise" in restored.out
    assert "there" in restored.err


async def test_a_backup_of_another_site_is_said_to_be_one(secours: Command) -> None:
    saved = await secours.run("backup", "b.tar")
    plan = secours.folder / "probes.yaml"
    named = plan.read_text().replace("Centre de crise", "Mairie de Dison")
    plan.write_text(named)
    restored = await secours.run("restore", "b.tar")

    assert saved.code == restored.code == 0
    assert "Centre de crise" in restored.err
    assert "Mairie de Dison" in restored.err


async def test_what_is_no_file_is_sent_through_a_pipe(secours: Command) -> None:
    refused = await secours.run("restore", "/dev/null")

    assert refused.code == 3
    assert "/dev/null" in refused.err
    assert "secours restore -" in refused.err


async def test_a_backup_is_of_a_time_of_the_site(secours: Command) -> None:
    plan = secours.folder / "probes.yaml"
    named = "language: fr, timezone: Europe/Brussels"
    plan.write_text(plan.read_text().replace("language: fr", named))
    saved = await secours.run("backup", "b.tar")
    restored = await secours.run("restore", "b.tar")

    assert saved.code == 0
    assert re.search(r"sauvegarde du \S+ \d\d:\d\d CES?T,", restored.out)


async def test_while_an_engine_runs_nothing_is_restored(secours: Command) -> None:
    async with secours.running("run"):
        await until(secours, "status", holds=lambda done: bool(done.out))
        saved = await secours.run("backup", "b.tar")
        refused = await secours.run("restore", "b.tar")
    restored = await secours.run("restore", "b.tar")
    async with secours.running("run"):
        await until(secours, "status", holds=lambda done: bool(done.out))
        verified = await secours.run("journal", "--verify")

    assert saved.code == 0
    assert refused.code == 3
    assert "déjà" in refused.err
    assert restored.code == 0
    assert verified.code == 0, verified.err


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_newer_history_is_refused_with_what_restores(
    secours: Command, language: str
) -> None:
    store = secours.folder / "state"
    backup = store / migration_backups.name(2, LEFT)
    backup.write_bytes(b"")
    with closing(sqlite3.connect(store / schema.NAME)) as database:
        database.execute("PRAGMA user_version=99")
    plan = secours.folder / "probes.yaml"
    plan.write_text(plan.read_text().replace("language: fr", f"language: {language}"))

    for command in ("journal", "backup"):
        done = await secours.run(command, *(["b.tar"] * (command == "backup")))

        assert done.code == 3
        assert f"secours restore {backup}" in done.err


def test_how_far_it_is_is_shown_where_it_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    at_once, later, piped = Terminal(), Terminal(), StringIO()

    with percent(at_once, "b.tar") as show:
        show(1, 2)
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    for stream in (later, piped):
        with percent(stream, "b.tar") as show:
            show(1, 2)

    assert (at_once.getvalue(), piped.getvalue()) == ("", "")
    assert "b.tar  50 %" in later.getvalue()
    assert later.getvalue().endswith(CLEAR)
