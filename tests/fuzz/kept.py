"""Targets in `engine`: its socket, and its files where a disk damaged them."""

import sqlite3
from contextlib import closing, suppress
from enum import StrEnum
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, get_args

import msgspec
from fuzz.target import Target
from hypothesis import strategies as st
from plans import moment

from secours import config, texts
from secours.core.events import Replanned, Said, Ticked
from secours.core.memory import EMPTY
from secours.core.snapshot import take
from secours.core.step import step
from secours.engine import state_file
from secours.engine.backup import archive
from secours.engine.backup.archive import NoBackup
from secours.engine.control import requests, statements
from secours.engine.control.requests import RequestTable
from secours.engine.orders import intake
from secours.engine.published import snapshot_file
from secours.engine.state_file import encoded
from secours.engine.store import backlog, event_log, saved_memory
from secours.engine.store.database import schema
from secours.engine.store.reader import HistoryReader
from secours.model.plan import Config
from secours.model.requests import (
    NoteRequest,
    PingRequest,
    ProbeRequest,
    StatementRequest,
)
from secours.model.sites.views import Order
from secours.sites.orders import inbox, words
from secours.sites.orders.inbox import Forged
from secours.sites.orders.words import UnknownSubject

PLAN = b"""
channels:
  mail: {purposes: [alert], probes: [{type: tcp, host: localhost, port: 25}]}
  phone: {purposes: [alert], depends_on: [power:grid]}
components:
  power:grid: {probes: [{type: heartbeat, every: 1m}]}
plan:
  - {purpose: alert, audience: all, primary: mail, alternate: phone}
"""
BOOT = "boot"
PUBLIC = "UDDBYB5DJU4SZSCH4MD7TDFQ3SPAGEIAJVUDDLWZ3FB6TZENWKGJNEIC"  # of a province
LEAST, MOST = -(1 << 63), (1 << 63) - 1  # that a cell holds


@cache
def plan() -> Config:
    """Return a small plan."""
    return config.read(PLAN, "probes.yaml")


# ------------------------------------------------------------------ the socket


async def request(raw: bytes) -> None:
    """Answer a line of the socket: it is met or refused, and neither is a defect."""
    line = raw.partition(b"\n")[0]
    raw_answer = await requests._answer(table(), lambda: "en", line)
    answer = msgspec.json.decode(raw_answer)
    assert answer.get("error") != texts.say("en", "commands.asked.defect")


def table() -> RequestTable:
    """Return what can be asked, of an engine that only thinks."""

    async def word(asked: StatementRequest) -> dict[str, Any]:
        now, before = moment(60), step(plan(), EMPTY, Replanned(at=moment(0)))
        heard = statements.word(asked, plan(), before.words, now)
        after = step(plan(), before, Said(word=heard, at=now))
        shot = take(plan(), after, at=now, boot_id=BOOT, started=moment(0))
        return statements.answer(heard, shot, "en")

    async def other(asked: object) -> dict[str, Any]:
        return {"ok": True, **msgspec.to_builtins(asked)}

    return {
        PingRequest: other,
        NoteRequest: other,
        ProbeRequest: other,
        **dict.fromkeys(get_args(StatementRequest), word),
    }


# ------------------------------------------------------------------ files


def snapshot(raw: bytes) -> None:
    """Read a published snapshot."""
    with TemporaryDirectory() as folder:
        Path(folder, snapshot_file.SNAPSHOT).write_bytes(raw)
        found, age_s = snapshot_file.read(Path(folder))
    assert age_s >= 0
    encoded(found)


def memory(raw: bytes) -> None:
    """Start with a memory that was kept, beside the snapshot and in the data folder."""
    with TemporaryDirectory() as folder:
        here, there = Path(folder, "run"), Path(folder, "data")
        for room, name in ((here, saved_memory.NAME), (there, saved_memory.STATEMENTS)):
            room.mkdir()
            (room / name).write_bytes(raw)
        for boot in (BOOT, "another"):
            now = moment(120)
            found = saved_memory.recall(here, there, boot, now)
            began = step(plan(), found, Replanned(at=now))
            shot = take(plan(), began, at=now, boot_id=boot, started=now)
            assert msgspec.json.decode(encoded(shot), type=type(shot)) == shot
            step(plan(), began, Ticked(at=moment(121)))


def notes(raw: bytes) -> None:
    """Take in what no disk took from the engine before."""
    with TemporaryDirectory() as folder:
        Path(folder, backlog.NAME).write_bytes(raw)
        for left in backlog.found(Path(folder)):
            assert msgspec.json.decode(encoded(left), type=backlog.Backlog) == left


def event(raw: bytes) -> None:
    """Read a row of the log of events: its kind, then what tells it."""
    kind, _, text = raw.partition(b"\n")
    event_log.read(kind.decode("utf-8", "replace"), text, moment(0))


def cell(raw: bytes) -> None:
    """Read a history in one cell of which stands something else."""
    damage = msgspec.json.decode(raw, type=Damage)
    with TemporaryDirectory() as folder:
        Path(folder, schema.NAME).write_bytes(history())
        with closing(schema.open_to_write(Path(folder))) as connection:
            table, column = damage.place.value.split(".")
            with suppress(sqlite3.IntegrityError):  # it does not fit there
                connection.execute(f"UPDATE {table} SET {column} = ?", (damage.value,))
        with HistoryReader(Path(folder)) as reader:
            read_all(reader)


class Place(StrEnum):
    """A column."""

    VERDICT = "result.verdict"
    EVIDENCE = "result.evidence"
    AT = "result.at"
    STEADY = "result.steady_ms"
    LATENCY = "result.latency_us"
    ARRIVED = "result.arrived"
    TEXT = "text.text"
    CHANGED = "transition.at"
    REASON = "transition.reason"
    FACTS = "transition.facts"
    NAME = "transition.name"
    NOTED = "journal.at"
    BY = "journal.by"
    KIND = "event.kind"


class Damage(msgspec.Struct, frozen=True):
    """What stands in the cells of one column."""

    place: Place
    value: Annotated[int, msgspec.Meta(ge=LEAST, le=MOST)] | str | None


LIFE = 1_767_225_600_000
HISTORY = f"""
DROP TRIGGER journal_is_append_only;
INSERT INTO text VALUES (1, 'channels/mail/tcp'), (2, '{{"code":5}}');
INSERT INTO result VALUES
    (1, {LIFE}, 5, 0, 2, NULL, NULL, NULL, 900, NULL, {LIFE}, 2, {LIFE}, 7);
INSERT INTO result VALUES
    (1, {LIFE + 9}, 5, 2, 2, 1, 2, 2, 900, 7000, {LIFE}, 3, {LIFE}, 7);
INSERT INTO transition VALUES
    (1, {LIFE}, 5, 'channel', 'mail', '', 'down', 'refused', '{{}}', {LIFE}, 3);
INSERT INTO journal VALUES (1, {LIFE}, 'Ann', 'note', 'hello');
INSERT INTO event VALUES ({LIFE}, 1, {LIFE}, 5, 'tick', x'');
INSERT INTO kept VALUES ('memory', x'');
"""


@cache
def history() -> bytes:
    """Return a small database."""
    with TemporaryDirectory() as folder:
        with closing(schema.open_to_write(Path(folder))) as connection:
            connection.executescript(HISTORY)
            connection.execute("PRAGMA journal_mode=DELETE")
        return Path(folder, schema.NAME).read_bytes()


def read_all(reader: HistoryReader) -> None:
    """Ask a history for all that it has."""
    for ask in (
        lambda: reader.results("channels/mail/tcp"),
        lambda: reader.journal(since=None, limit=9),
        lambda: reader.changes_of("channel", "mail"),
        lambda: list(reader.events(LIFE, 0, 9)),
        lambda: reader.changes_by(LIFE, 0, 9),
        lambda: reader.kept("memory"),
    ):
        with suppress(sqlite3.Error):
            assert ask() is not None


def backup(raw: bytes) -> None:
    """Read a backup: of each member no more and no other than its manifest says."""
    file = BytesIO(raw)
    for member in archive.read_manifest(file).members:
        found = b"".join(archive.read_member(file, member))
        assert len(found) == member.bytes
        assert sha256(found).hexdigest() == member.sha256


# ------------------------------------------------------------ the province's word


def order(raw: bytes) -> None:
    """Take in what the province says; the memory with it is one that can be read."""
    with suppress(Forged):
        inbox.opened(raw, PUBLIC)
    found = msgspec.json.decode(raw.decode("utf-8", "replace"), type=Order)
    at = moment(60)
    word = words.read(found, plan(), found.age_s, at)
    begun = step(plan(), EMPTY, Replanned(at=moment(0)))
    memory = step(plan(), begun, Said(word=word, at=at))
    kept = saved_memory.stated(memory, BOOT)
    assert state_file.is_sound(msgspec.json.decode(kept, type=saved_memory.SavedMemory))


TARGETS = {
    "backup": Target(backup, (NoBackup,)),
    "request": Target(request),
    "snapshot": Target(snapshot, (snapshot_file.Corrupt,)),
    "memory": Target(memory),
    "unwritten": Target(notes),
    "cell": Target(
        cell,
        (msgspec.MsgspecError, UnicodeDecodeError),
        shape=st.builds(
            Damage,
            st.sampled_from(Place),
            st.integers(LEAST, MOST) | st.text(max_size=20),
        ).map(msgspec.json.encode),
    ),
    "event": Target(event, (msgspec.MsgspecError,)),
    "order": Target(order, (*intake.NO_WORD, UnknownSubject)),
}
