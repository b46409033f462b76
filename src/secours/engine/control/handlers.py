"""Handlers of people's requests to the engine.

A word is answered when every screen has it: `done` is its line of the journal, `kept`
says whether it is on disk yet, and `undo` is the request that undoes it, without its
author. The answer to `undo` has the word taken back, with its author and time, and the
word that holds again.
"""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from msgspec.structs import replace

from secours.core.statements.journal_entry import said
from secours.engine.control import names, statements, undo
from secours.engine.control.handing_down import HandDownAnswers
from secours.engine.control.latest_words import LastWord, LatestWords
from secours.engine.control.notices import NoticeAnswers
from secours.engine.control.requests import (
    WRITTEN_WITHIN_S,
    RequestRefused,
    RequestTable,
)
from secours.engine.engine import Engine
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.requests import (
    NoteRequest,
    PingRequest,
    ProbeRequest,
    StatementRequest,
    UndoRequest,
)
from secours.model.statements import Announced
from secours.outside_text import plain
from secours.render import times
from secours.render.wording.announcement import told_before
from secours.render.wording.journal import line_name, sentence
from secours.render.wording.localizer import Localizer

NOTE_LIMIT = 2000  # characters


class Answers:
    """Answers for an engine."""

    def __init__(
        self, engine: Engine, store: Store, now: Callable[[], Instant]
    ) -> None:
        self._engine = engine
        self._store = store
        self._now = now
        self._said = LatestWords(store)

    def table(self) -> RequestTable:
        """Return what can be asked."""
        return {
            PingRequest: self._ping,
            NoteRequest: self._note,
            ProbeRequest: self._test_now,
            UndoRequest: self._undo,
            **NoticeAnswers(self._engine).table(),
            **HandDownAnswers(self._engine, self._store, self._now).table(),
            **dict.fromkeys(get_args(StatementRequest), self._word),
        }

    def language(self) -> str:
        """Return the language of the site, for refusals."""
        return self._engine.config.site.language

    async def _ping(self, _ping: PingRequest) -> dict[str, Any]:
        version = self._engine.config.version
        return {"ok": True, "pid": os.getpid(), "plan_version": version}

    async def _note(self, note: NoteRequest) -> dict[str, Any]:
        text = plain(note.text, NOTE_LIMIT)
        if not text:
            raise RequestRefused("commands.asked.note-empty")
        now, by = self._now(), plain(note.by)
        self._store.note(now.utc, by, "note", text)
        self._said.note(now, by, text)
        return {"ok": True, "kept": await self._kept()}

    async def _word(self, request: StatementRequest) -> dict[str, Any]:
        told, _ = await self._heard(request)
        return told

    async def _undo(self, undo_request: UndoRequest) -> dict[str, Any]:
        words = self._engine.memory.words
        subject = names.said_of(plain(undo_request.subject), self._engine.config)
        told = partial(self._told, language=undo_request.language)
        last, request, over = self._said.newest(subject, words, told)
        ended = {"ended": told(over)} if over else {}
        answer, now_said = await self._heard(replace(request, by=undo_request.by))
        again = None if now_said.ends else answer["done"]
        return {**answer, "taken_back": told(last), "again": again, **ended}

    async def _heard(
        self, request: StatementRequest
    ) -> tuple[dict[str, Any], LastWord]:
        """Have the core take a word in; return the answer, and the journal's word."""
        now, config = self._now(), self._engine.config
        before = self._engine.memory.words
        word = statements.word(request, config, before, now)
        undone = self._said.undone_by(request)
        if undone is not None:
            word = undo.signed(word, undone.author)
        if isinstance(word, Announced) and before.announced:
            self._refuse_told(word, request.language, now)
        shot = self._engine.hear(word, now)
        answer = statements.answer(word, shot, config.site.language)
        answer["reach"] = statements.reach(word, config, shot, config.site.language)
        answer["undo"] = undo.request(word, before, config, now)
        last = LastWord(
            change=said(word, before, now),
            undo=answer["undo"],
            author=undo.author(answer["undo"], before),
        )
        answer["done"] = sentence(last.entry, self._localizer())
        if undone is None:
            self._said.take(last)
        else:
            self._said.drop(undone.about, self._engine.memory.words)
        stated = await self._engine.stated(WRITTEN_WITHIN_S)
        kept = await self._kept()
        return {"ok": True, "kept": kept if stated else "memory", **answer}, last

    def _refuse_told(self, word: Announced, language: str, now: Instant) -> None:
        """Refuse a repeated note; the first author stays."""
        localizer = Localizer(self._engine.shot(now), language or self.language())
        if announcement := told_before(word, localizer.snapshot):
            raise RequestRefused(
                "commands.asked.told-before",
                line=line_name(word.line, localizer),
                by=announcement.by,
                time=localizer.time(announcement.at.utc),
            )

    def _told(self, last: LastWord, language: str) -> str:
        """Say a word with its author and time, in the site's language for ""."""
        localizer = self._localizer(language)
        timezone = localizer.snapshot.site.timezone
        at = times.moment(last.entry.at, timezone, self._now().utc)
        what = sentence(last.entry, localizer)
        return localizer.say("undo.word", what=what, by=last.entry.by, time=at)

    def _localizer(self, language: str = "") -> Localizer:
        shot = self._engine.shot(self._now())
        return Localizer(shot, language or self.language())

    async def _test_now(self, wanted: ProbeRequest) -> dict[str, Any]:
        channel = self._engine.config.channels.get(wanted.channel)
        if channel is None:
            name = plain(wanted.channel)
            raise RequestRefused("commands.asked.no-channel", name=name)
        self._engine.test_now(channel)
        return {"ok": True, "probes": [probe.id for probe in channel.probes]}

    async def _kept(self) -> str:
        """Return where the notes are: "disk" or "memory"."""
        written = await asyncio.to_thread(self._store.wait_written, WRITTEN_WITHIN_S)
        if written:
            return "disk"
        self._engine.keep_unwritten()
        return "memory"
