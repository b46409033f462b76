"""The commands that talk to a running engine, against a real one."""

# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

import asyncio
import csv
import io
import os
import signal
import socket
import sqlite3
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from servers.command import Command, Done, ended, until
from servers.greeting import EXPECT, greeting
from servers.scripted import closed_port, endless, tcp_server

from secours.cli import schema
from secours.engine.published.snapshot_file import SNAPSHOT
from secours.engine.store.database.schema import NAME
from secours.wire.nagios.perfdata import perfdata

LIMIT_S = 60.0
MAX_AGE_S = 20.0  # of the plan

PLAN = """
site: {{name: Salle, language: fr}}
probing: {{interval: 1s, watch_every: 500ms, retry_every: 300ms, timeout: 5s}}
screen: {{max_age: 20s}}
channels:
  signal:
    label: Signal
    how: Groupe DIR
    purposes: [coordinate]
    depends_on: []
    probes: [{first}]
  element:
    label: Element
    purposes: [coordinate]
    depends_on: []
    probes: [{second}]
plan:
  - purpose: coordinate
    audience: management
    primary: signal
    alternate: element
    last_resort: Salle de crise
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def port() -> Iterator[int]:
    with greeting() as number:
        yield number


@pytest.fixture
async def engine(secours: Command, port: int) -> AsyncIterator[Process]:
    """Run an engine whose first channel is down and whose second is up."""
    secours.plan(PLAN.format(first=tcp(closed_port()), second=tcp(port)))
    async with secours.running("run") as process:
        yield process


def tcp(number: int) -> str:
    return f"{{type: tcp, host: 127.0.0.1, port: {number}, expect: '{EXPECT}'}}"


def decided(done: Done) -> bool:
    """Tell whether both channels have been measured, as their probes will find them."""
    if done.code != 1:
        return False
    line = done.answer["recommendations"][0]
    return bool(line["passed_over"]) and bool(line["use"]["verified"])


@pytest.mark.smoke
async def test_recommend_says_what_to_use_and_why(
    secours: Command, engine: Process
) -> None:
    done = await until(secours, "recommend", "--format", "json", holds=decided)

    Draft202012Validator(schema.of("recommend")).validate(done.answer)
    line = done.answer["recommendations"][0]
    assert (line["use"]["channel"], line["use"]["tier"]) == ("element", "alternate")
    assert [(p["channel"], p["reason"]) for p in line["passed_over"]] == [
        ("signal", "refused")
    ]
    assert 0 <= done.answer["age_s"] < 20
    assert (done.code, done.err) == (1, "")


async def test_recommend_speaks_to_people(secours: Command, engine: Process) -> None:
    await until(secours, "recommend", "--format", "json", holds=decided)

    french = await secours.run("recommend")
    english = await secours.run("recommend", "--lang", "en")

    assert french.out.splitlines() == [
        "COORDONNER · direction [coordinate/management] : utilisez Element.",
        "  Sinon : pas d’autre canal sûr.",
        "  Pourquoi : Signal : connexion refusée.",
    ]
    assert "use Element" in english.out
    assert "connection refused" in english.out


async def test_recommend_speaks_to_a_monitoring_system(
    secours: Command, engine: Process
) -> None:
    await until(secours, "recommend", "--format", "json", holds=decided)

    done = await secours.run("recommend", "--format", "nagios")

    assert done.code == 1
    words, _, performance = done.out.strip().partition("|")
    assert words == "SECOURS WARNING - COORDONNER · direction : Element"
    assert perfdata(performance)[1] == ()


async def test_status_shows_every_channel_and_its_age(
    secours: Command, engine: Process
) -> None:
    await until(secours, "recommend", "--format", "json", holds=decided)

    done = await secours.run("status", "--format", "json")

    Draft202012Validator(schema.of("status")).validate(done.answer)
    assert done.code == 2
    signal_, element = done.answer["channels"]
    assert (signal_["state"], signal_["reason"]) == ("down", "refused")
    assert (element["state"], element["evidence"]) == ("available", "served")
    assert element["since"].endswith("Z")
    assert not done.answer["stale"]


@pytest.mark.smoke
async def test_a_frozen_engine_is_an_old_answer_and_3(
    secours: Command, port: int
) -> None:
    plan = PLAN.format(first=tcp(closed_port()), second=tcp(port))
    secours.plan(plan.replace("max_age: 20s", "max_age: 3s"))
    async with secours.running("run") as engine:
        await until(secours, "recommend", "--format", "json", holds=decided)
        engine.send_signal(signal.SIGSTOP)
        try:
            recommended = await until(secours, "recommend", holds=lambda d: d.code == 3)
            status = await secours.run("status", "--format", "json")
            read = await secours.run("status")
            nagios = await secours.run("recommend", "--format", "nagios")
        finally:
            engine.send_signal(signal.SIGCONT)

    assert status.code == nagios.code == 3
    assert "Signal, Element" in recommended.out  # the order of the plan
    assert "connexion" not in recommended.out  # and no state at all
    assert "la surveillance est arrêtée" in recommended.err
    assert (status.answer["state"], status.answer["stale"]) == ("unknown", True)
    assert read.out.startswith("DONNÉES PÉRIMÉES")  # also where only this is read
    assert "●" not in read.out
    assert nagios.out.startswith("SECOURS UNKNOWN - DONNÉES PÉRIMÉES")


# ------------------------------------------------------------------ run


async def test_a_second_engine_is_3_and_names_the_first(
    secours: Command, engine: Process
) -> None:
    await until(secours, "recommend")

    second = await secours.run("run")

    assert (second.code, second.out) == (3, "")
    assert f"processus {engine.pid}" in second.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_engine_ends_cleanly(
    secours: Command, port: int, number: signal.Signals
) -> None:
    secours.plan(PLAN.format(first=tcp(port), second=tcp(port)))
    process = await secours.start("run")
    await until(secours, "recommend")

    process.send_signal(number)
    done = await ended(process)

    assert (done.code, done.err) == (0, "")


async def test_the_engine_refuses_a_bad_file(secours: Command) -> None:
    secours.plan(PLAN.format(first="{type: tpc}", second=tcp(1)))

    done = await secours.run("run")

    assert done.code == 3
    assert "tpc" in done.err
    assert "Traceback" not in done.err


# ------------------------------------------------------------------ journal


@pytest.mark.smoke
async def test_the_journal_has_what_changed_and_what_people_noted(
    secours: Command, engine: Process
) -> None:
    await until(secours, "recommend", "--format", "json", holds=decided)
    noted = await secours.run("journal", "--note", "=Radio handed out", "--by", "Anne")
    done = await until(
        secours,
        *("journal", "--format", "json"),
        holds=lambda done: "handed" in done.out and "signal" in done.out,
    )
    table = await secours.run("journal", "--format", "csv")
    text = await secours.run("journal", "--limit", "1")

    assert (noted.code, noted.out) == (0, "noté\n")
    Draft202012Validator(schema.of("journal")).validate(done.answer)
    entries = done.answer["entries"]
    note = next(e for e in entries if e["kind"] == "note")
    assert (note["by"], note["text"]) == ("Anne", "=Radio handed out")
    fall = next(
        e for e in entries if (e["subject"], e["name"]) == ("channel", "signal")
    )
    assert (fall["after"], fall["reason"]) == ("down", "refused")
    rows = list(csv.DictReader(io.StringIO(table.out)))
    assert [r["text"] for r in rows if r["kind"] == "note"] == ["'=Radio handed out"]
    assert text.out.splitlines()[1:] == ["Heures : UTC."]


@pytest.mark.parametrize("half", [("--note", "words"), ("--by", "Anne")])
async def test_a_note_needs_words_and_a_name(
    secours: Command, half: tuple[str, str]
) -> None:
    done = await secours.run("journal", *half)

    assert done.code == 3
    assert "--note TEXT and --by NAME" in done.err


async def test_a_note_without_an_engine_is_3(secours: Command) -> None:
    done = await secours.run("journal", "--note", "words", "--by", "Anne")

    assert done.code == 3
    assert done.err.startswith("not noted: no engine runs here")


async def test_the_log_is_verified_while_the_engine_runs(
    secours: Command, engine: Process
) -> None:
    await until(secours, "recommend", "--format", "json", holds=decided)
    await secours.run("mark", "element", "down", "--by", "Anne")

    done = await secours.run("journal", "--verify")

    assert done.code == 0, done.err
    assert "rejoués, donnent les mêmes" in done.out


async def test_a_log_that_was_changed_is_not_verified(
    secours: Command, engine: Process
) -> None:
    await until(secours, "recommend", "--format", "json", holds=decided)
    before = await secours.run("journal", "--verify")  # it is written a little later
    [history] = secours.folder.rglob(NAME)
    with closing(sqlite3.connect(history)) as database, database:
        database.execute("UPDATE transition SET after = 'available'")

    done = await secours.run("journal", "--verify")

    assert (before.code, done.code) == (0, 3)
    assert "ne donnent pas les changements" in done.err
    assert "modifié, soit une autre version de Secours l’a écrit" in done.err


async def test_nothing_is_verified_where_nothing_was_published(
    secours: Command,
) -> None:
    done = await secours.run("journal", "--verify")

    assert done.code == 3
    assert "not verified: no engine has published a snapshot" in done.err


async def test_stamps_stay_fresh_while_a_big_plan_is_read_and_begun(
    secours: Command, port: int
) -> None:
    secours.plan(PLAN.format(first=tcp(port), second=tcp(port)))
    many = "".join(
        f"  c{n}: {{purposes: [coordinate], probes: [{tcp(closed_port())}],"
        f" depends_on: [power:p{n % 50}]}}\n"
        for n in range(1000)
    )
    parts = "components:\n" + "".join(f"  power:p{n}: {{}}\n" for n in range(50))
    async with secours.running("run") as engine:
        await until(secours, "recommend")
        snapshot = next(secours.folder.rglob(SNAPSHOT))
        secours.plan(f"channels:\n{many}{parts}plan: []\n")
        gaps, text, stamped_s = [0.0], b"", time.monotonic()
        ends_s = stamped_s + LIMIT_S
        while time.monotonic() < ends_s:
            await asyncio.sleep(0.1)
            if (fresh := snapshot.read_bytes()) != text:
                gaps.append(time.monotonic() - stamped_s)
                if b'"c999"' in fresh and b'"c999"' not in text:
                    ends_s = time.monotonic() + 5  # all its probes begin within 2 s
                text, stamped_s = fresh, time.monotonic()
        engine.kill()  # what it does with so much at its end is not the question

    assert b'"c999"' in text
    assert max(*gaps, time.monotonic() - stamped_s) < MAX_AGE_S


async def test_no_answer_of_a_peer_stops_the_stamps(secours: Command) -> None:
    async with (
        tcp_server(endless(b"OK" * 500)) as first,
        tcp_server(endless(b"A" * 1000)) as second,
    ):
        evil = (
            f"{{type: tcp, host: 127.0.0.1, port: {first}, expect: 'OK.*ready'}}",
            f"{{type: tcp, host: 127.0.0.1, port: {second}, expect: '(A+)+$x'}}",
        )
        secours.plan(PLAN.format(first=evil[0], second=evil[1]))
        async with secours.running("run") as engine:
            try:
                await until(secours, "status", "--format", "json", holds=both_failed)
                done = await secours.run("recommend", "--format", "json")
            finally:
                engine.kill()

    assert done.answer["age_s"] < MAX_AGE_S


def both_failed(done: Done) -> bool:
    """Tell whether both channels said what nobody expected."""
    if not done.out:
        return False
    return [c["reason"] for c in done.answer["channels"]] == ["content", "content"]


# ------------------------------------------------------------------ up


async def test_up_keeps_engine_and_wall_alive(secours: Command, port: int) -> None:
    secours.plan(PLAN.format(first=tcp(closed_port()), second=tcp(port)))
    wall = closed_port()
    process = await secours.start("up", "--port", str(wall))
    try:
        await until(secours, "recommend", "--format", "json", holds=decided)
        await listens(wall)
        first = pid_of_engine(secours)
        os.kill(first, signal.SIGKILL)
        second = await another_engine(secours, first)
        await until(secours, "recommend", "--format", "json", holds=decided)
    finally:
        process.send_signal(signal.SIGTERM)
        done = await ended(process)

    assert done.code == 0
    assert done.out == f"écran mural : http://127.0.0.1:{wall}/wall\n"
    assert "the engine died (SIGKILL): again in 0.5 s" in done.err
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", wall)).close()


async def test_up_replaces_an_engine_that_is_frozen(
    secours: Command, port: int
) -> None:
    secours.plan(PLAN.format(first=tcp(closed_port()), second=tcp(port)))
    process = await secours.start("up", "--port", str(closed_port()))
    try:
        await until(secours, "recommend", "--format", "json", holds=decided)
        first = pid_of_engine(secours)
        os.kill(first, signal.SIGSTOP)
        await another_engine(secours, first)
        await until(secours, "recommend", "--format", "json", holds=decided)
    finally:
        process.send_signal(signal.SIGTERM)
        done = await ended(process)

    assert "the engine froze (no stamp for 15 s): again in 0.5 s" in done.err
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


async def test_up_refuses_a_taken_port_and_a_bad_file(
    secours: Command, port: int
) -> None:
    secours.plan(PLAN.format(first=tcp(port), second=tcp(port)))
    taken = await secours.run("up", "--port", str(port))
    secours.plan(PLAN.format(first="{type: tpc}", second=tcp(1)))
    bad = await secours.run("up")

    assert (taken.code, bad.code) == (3, 3)
    assert f"impossible d’écouter sur 127.0.0.1, port {port}" in taken.err
    assert "tpc" in bad.err


async def test_up_starts_with_the_last_good_plan_of_a_bad_file(
    secours: Command, port: int
) -> None:
    good = PLAN.format(first=tcp(closed_port()), second=tcp(port))
    secours.plan(good)
    async with secours.running("run"):
        await until(secours, "recommend", "--format", "json", holds=decided)
    secours.plan(good.replace("channels:", "chanels:"))
    process = await secours.start("up", "--port", str(closed_port()))
    try:
        done = await until(
            secours,
            *("recommend", "--format", "json"),
            holds=lambda done: decided(done) and done.answer["config_error"],
        )
        text = await secours.run("recommend")
        secours.plan(good)
        await until(
            secours,
            *("recommend", "--format", "json"),
            holds=lambda done: decided(done) and not done.answer["config_error"],
        )
    finally:
        process.send_signal(signal.SIGTERM)
        said = await ended(process)

    assert "chanels" in done.answer["config_error"]
    assert "le dernier bon plan est en vigueur" in text.out
    assert "the last good plan is in force" in said.err
    assert "died" not in said.err


async def test_up_refuses_where_an_engine_runs(
    secours: Command, engine: Process
) -> None:
    await until(secours, "recommend")

    done = await secours.run("up", "--port", str(closed_port()))

    assert done.code == 3
    assert f"processus {engine.pid}" in done.err


def pid_of_engine(secours: Command) -> int:
    """Return the process that wrote itself into the lock, 0 while none has."""
    return int((secours.folder / "state" / "engine.lock").read_text() or 0)


async def another_engine(secours: Command, first: int) -> int:
    """Wait until another engine has published, and return its process."""
    before = secours.engine_began
    async with asyncio.timeout(LIMIT_S):
        while secours.engine_began == before:  # noqa: ASYNC110 -- a file
            await asyncio.sleep(0.1)
    assert pid_of_engine(secours) != first
    return pid_of_engine(secours)


async def listens(port: int) -> None:
    """Wait until somebody listens there."""
    ends_s = time.monotonic() + LIMIT_S
    while time.monotonic() < ends_s:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        await writer.wait_closed()
        return
    raise AssertionError("nobody listens")
