"""Latest words of people, and the request that takes each back.

They are kept in the history, so that one may be taken back after a restart too. A word
whose state before is no longer known is not among them.
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from msgspec.structs import replace

from secours.config.reader.mistakes import shown, suggestion
from secours.core.statements.words_in_force import Words
from secours.engine import state_file
from secours.engine.control import undo
from secours.engine.control.requests import RequestRefused
from secours.engine.store.reader import JournalEntry, kept
from secours.engine.store.store import Store
from secours.model.nodes import plain_name
from secours.model.observed import Instant
from secours.model.requests import InverseRequest, StatementRequest
from secours.model.snapshot import Change

log = logging.getLogger(__name__)

NAME = "last-said"
KEPT = 200  # of a long night
EXERCISE, NOTE = "exercise", "note"
NOT_UNDONE = {  # by the kind of word: why it is not taken back, and what helps
    "announced": "commands.asked.not-undone-told",
    NOTE: "commands.asked.not-undone-note",
    "watch": "commands.asked.not-undone-watch",
}


class LastWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word as the journal has it, and the request that takes it back, if any."""

    change: Change
    undo: InverseRequest | None
    author: str = ""  # of the word that it would put back in force

    @property
    def entry(self) -> JournalEntry:
        """Return it as a line of the journal."""
        at, facts = self.change.at.utc, self.change.facts
        by = str(facts.get("by", ""))
        if self.change.subject == NOTE:
            text = str(facts.get("said", ""))
            return JournalEntry(at=at, by=by, kind=NOTE, text=text)
        return JournalEntry(at=at, by=by, kind="change", text="", change=self.change)

    @property
    def about(self) -> tuple[str, str]:
        """Return the kind of word, and its subject."""
        kind = self.change.subject
        return kind, "" if kind == EXERCISE else self.change.name

    @property
    def ends(self) -> bool:
        """Tell whether it takes another word back."""
        return self.change.after == "withdrawn"

    def is_of(self, subject: str) -> bool:
        """Tell whether a name means its subject; a line may be named by its purpose."""
        kind, name = self.about
        names = {kind} if kind == EXERCISE else {name, plain_name(name)}
        return subject in (names | {name.partition("/")[0]} if kind == "pin" else names)


class LatestWords:
    """Latest words of an engine, the newest at the end."""

    def __init__(self, store: Store) -> None:
        self._store = store
        damaged = partial(log.warning, "what was said last cannot be read: %s")
        source = partial(kept, store.folder, NAME)
        self._known = state_file.read(source, list[LastWord], damaged) or []

    def take(self, last: LastWord) -> None:
        """Note a word."""
        self._keep([*self._known, last])

    def note(self, at: Instant, by: str, text: str) -> None:
        """Note an entry in the journal; of notes the newest is kept."""
        facts = {"by": by, "said": text}
        noted = Change(at=at, subject=NOTE, name="", before="", after="", facts=facts)
        words = [each for each in self._known if each.change.subject != NOTE]
        self._keep([*words, LastWord(change=noted, undo=None)])

    def undone_by(self, request: StatementRequest) -> LastWord | None:
        """Return the word that a request takes back; None for no undoing of ours.

        Requests do not name that author: anybody could speak in the name of another.
        The language, as a page adds it, is only of the answer.
        """
        asked = replace(request, language="")
        matching = (
            each
            for each in reversed(self._known)
            if each.undo and replace(each.undo, by=request.by) == asked
        )
        return next(matching, None)

    def drop(self, about: tuple[str, str], words: Words) -> None:
        """Forget the newest word on a subject, which was taken back.

        The word before may be taken back now, if it holds again.
        """
        latest = list(self._known)
        places = [n for n, each in enumerate(latest) if each.about == about]
        if len(places) > 1:
            before = latest[places[-2]]
            request = undo.renewed(before.undo, words)
            latest[places[-2]] = replace(before, undo=request)
        if places:
            del latest[places[-1]]
        self._keep(latest)

    def newest(
        self, subject: str, words: Words, in_words: Callable[[LastWord], str]
    ) -> tuple[LastWord, InverseRequest, LastWord | None]:
        """Return the newest word, of a subject if named, and its undoing.

        With it the newest of all, if that is another: it has ended by itself.

        For a named subject, a word that cannot be undone hides no other kind of word.
        `in_words` puts a word into a sentence.

        Raises:
            RequestRefused: there is none, or it cannot be taken back.
        """
        of_subject = [
            each for each in self._known if not subject or each.is_of(subject)
        ]
        in_force = [each for each in self._known if not undo.is_over(each.undo, words)]
        standing = [each for each in of_subject if each in in_force]
        ended = (
            of_subject[-1] if of_subject and of_subject[-1] not in in_force else None
        )
        if not standing and ended:
            raise RequestRefused("commands.asked.said-ended", what=in_words(ended))
        if not standing:
            names = list(dict.fromkeys(_name(each) for each in in_force if each.undo))
            near = suggestion(subject, names) if names else ""
            name = shown(subject) if subject else ""
            raise RequestRefused("commands.asked.nothing-said", name=name, meant=near)
        newest = {each.about: each for each in standing}  # of each kind of word
        undone = (
            [e for e in standing if e.undo and e is newest[e.about]] if subject else []
        )
        last = (undone or standing)[-1]
        if last.undo is None:
            kind, _ = last.about
            slug = NOT_UNDONE.get(kind, "commands.asked.not-undone")
            raise RequestRefused(slug, what=in_words(last))
        return last, last.undo, ended

    def _keep(self, words: Sequence[LastWord]) -> None:
        self._known = list(words)[-KEPT:]
        self._store.remember(NAME, msgspec.json.encode(self._known), urgent=True)


def _name(last: LastWord) -> str:
    kind, name = last.about
    return plain_name(name) if name else kind
