"""Execution of the province's orders at a site.

A word of the province is one more word to the core, with its author, beneath the site's
own.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from secours import texts
from secours.core.memory import Memory
from secours.core.statements import new_word, words_in_force
from secours.engine.orders import ledger
from secours.engine.store.durable_files import Files
from secours.engine.store.reader import ENGINE
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sites.membership import Accepts
from secours.model.sites.views import Order, OrderAnswer, OrderKind, OrderOutcome
from secours.model.statements import OrderedWord, Withdrawn, Word
from secours.sites.orders import words
from secours.sites.orders.words import UnknownSubject

WRITTEN_WITHIN_S = 2.0
REFUSED = "order-refused"  # a note of the journal
# The last three of a word at no possible time.
NO_WORD = (msgspec.MsgspecError, OverflowError, TypeError, RecursionError)
ACCEPTED_AS = {
    OrderKind.MARK: Accepts.WORDS,
    OrderKind.EXERCISE: Accepts.EXERCISES,
}


class Reasoner(Protocol):
    """The engine, as far as orders need it."""

    @property
    def config(self) -> Config:
        """Return the plan in force."""

    @property
    def memory(self) -> Memory:
        """Return the core's memory."""

    def hear(self, word: Word, at: Instant) -> object:
        """Take a word in."""

    async def stated(self, within_s: float) -> bool:
        """Wait until people's words are in their file; tell whether they are."""


class OrderIntake:
    """Intake of the province's orders at this site, with a ledger."""

    def __init__(
        self,
        engine: Reasoner,
        store: Store,
        files: Files,
        now: Callable[[], Instant],
    ) -> None:
        self._engine, self._store = engine, store
        self._files, self._now = files, now
        self._ledger = self._on_disk = ledger.recall(store.folder)

    @property
    def answers(self) -> tuple[OrderAnswer, ...]:
        """Return the answers to the latest orders, the newest last."""
        return self._ledger.answers

    def newest(self, province: str) -> int:
        """Return the number of the newest order of a province."""
        return self._ledger.newest.get(province, 0)

    async def take(self, order: Order, age_s: float) -> OrderAnswer:
        """Take in an order of the province, and return the answer."""
        if order.kind is OrderKind.PLAN:
            why = texts.say(self._engine.config.site.language, "order.plans-ended")
            return _answer(order, OrderOutcome.PLAN_REFUSED, why)
        if not self._accepts(order):
            return _answer(order, OrderOutcome.NOT_ACCEPTED)
        return self._word(order, age_s)

    async def keep(self, province: str, answer: OrderAnswer | None) -> int:
        """Keep the answer to an order; return up to which number all is on disk.

        The ledger is written after the words: without them, it would have an order that
        comes again pass for taken.
        """
        if answer is not None:
            self._remember(province, answer)
        current = self._ledger
        if current != self._on_disk and await self._engine.stated(WRITTEN_WITHIN_S):
            written = self._files.keep(ledger.NAME, ledger.written(current))
            if await asyncio.wrap_future(written):
                self._on_disk = current
        return self._on_disk.newest.get(province, 0)

    def _remember(self, province: str, answer: OrderAnswer) -> None:
        self._ledger = ledger.answered(self._ledger, province, answer)
        if answer.outcome is OrderOutcome.TAKEN:
            return
        language = self._engine.config.site.language
        what = texts.say(language, f"order.{answer.outcome.value}", why=answer.why)
        self._store.note(self._now().utc, ENGINE, REFUSED, what)

    def _accepts(self, order: Order) -> bool:
        sites = self._engine.config.sites
        is_back = order.kind is OrderKind.WITHDRAWN
        wanted = ACCEPTED_AS.get(order.kind)
        return sites is not None and (is_back or wanted in sites.accept)

    def _word(self, order: Order, age_s: float) -> OrderAnswer:
        at, config = self._now(), self._engine.config
        try:
            word = words.read(order, config, age_s, at)
        except NO_WORD:
            return _answer(order, OrderOutcome.UNREADABLE)
        except UnknownSubject as unknown:
            return _answer(order, OrderOutcome.UNKNOWN_SUBJECT, str(unknown))
        if refused := self._idle(word):
            return _answer(order, refused)
        self._engine.hear(word, at)
        return _answer(order, OrderOutcome.TAKEN)

    def _idle(self, word: OrderedWord) -> OrderOutcome | None:
        """Return why a word would change nothing, None where it does."""
        said = self._engine.memory.words
        if words_in_force.is_displaced(said, word):
            return OrderOutcome.OWN_EXERCISE
        if isinstance(word, Withdrawn) and new_word.hear(said, word) == said:
            return OrderOutcome.NOTHING
        return None


def _answer(order: Order, outcome: OrderOutcome, why: str = "") -> OrderAnswer:
    return OrderAnswer(number=order.number, outcome=outcome, why=why)
