"""What a site makes of the province's orders: words said here, plans put in the file.

A word of the province is one more word to the core, with its author; the site's own is
above it there. A plan is checked as an edit is, and then taken in like one.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from secours import texts
from secours.core import statements
from secours.core.memory import Memory
from secours.engine.orders import ledger, plans
from secours.engine.orders.plans import PlanRefused
from secours.engine.reload import in_one_line
from secours.engine.store.durable_files import Files
from secours.engine.store.reader import ENGINE
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sites.membership import Accepts
from secours.model.sites.views import Order, OrderAnswer, OrderKind, OrderOutcome
from secours.model.statements import Withdrawn, Word
from secours.sites.orders import words
from secours.sites.orders.words import OrderedWord, UnknownSubject

WRITTEN_WITHIN_S = 2.0
HANDED_DOWN, REFUSED = "plan-handed-down", "order-refused"  # notes of the journal
NO_WORD = (
    msgspec.MsgspecError,
    OverflowError,
    TypeError,
    RecursionError,
)  # or at no possible time
ACCEPTED_AS = {
    OrderKind.MARK: Accepts.WORDS,
    OrderKind.EXERCISE: Accepts.EXERCISES,
    OrderKind.PLAN: Accepts.PLANS,
}


class Reasoner(Protocol):
    """The engine, as far as an order reaches."""

    @property
    def config(self) -> Config:
        """Return the plan in force."""

    @property
    def memory(self) -> Memory:
        """Return what the core remembers."""

    def hear(self, word: Word, at: Instant) -> object:
        """Take a word in."""

    async def stated(self, within_s: float) -> bool:
        """Wait until what people said is in its file; tell whether it is."""


class SiteDesk:
    """Takes in what the province says to this site, and remembers what it took."""

    def __init__(
        self,
        engine: Reasoner,
        store: Store,
        files: Files,
        file: Path,
        now: Callable[[], Instant],
    ) -> None:
        """Go on from what is remembered; `file` is the plan's."""
        self._engine, self._store, self._files = engine, store, files
        self._file, self._now = file, now
        self._ledger = self._on_disk = ledger.recall(store.folder)

    @property
    def answers(self) -> tuple[OrderAnswer, ...]:
        """Return what became of the latest orders, the newest last."""
        return self._ledger.answers

    @property
    def plan_refused(self) -> str:
        """Return why the newest plan of the province is refused, "" where it is not."""
        return self._ledger.plan_refused

    def newest(self, province: str) -> int:
        """Return the number of the newest order of a province."""
        return self._ledger.newest.get(province, 0)

    async def take(self, order: Order, age_s: float) -> OrderAnswer:
        """Take in an order that is the province's, and say what became of it."""
        if not self._accepts(order):
            return _answer(order, OrderOutcome.NOT_ACCEPTED)
        if order.kind is OrderKind.PLAN:
            return await self._plan(order)
        return self._word(order, age_s)

    async def keep(self, province: str, answer: OrderAnswer | None) -> int:
        """Keep what became of an order; return up to which number all is on disk.

        That it was taken is written after what it said: alone, it would have that pass
        for known when it comes again.
        """
        if answer is not None:
            self._remember(province, answer)
        known = self._ledger
        if known != self._on_disk and await self._engine.stated(WRITTEN_WITHIN_S):
            written = self._files.keep(ledger.NAME, ledger.written(known))
            if await asyncio.wrap_future(written):
                self._on_disk = known
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
        wanted = ACCEPTED_AS.get(order.kind)
        return sites is not None and (wanted is None or wanted in sites.accept)

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
        """Say why a word would change nothing, None where it does."""
        said = self._engine.memory.words
        if statements.is_displaced(said, word):
            return OrderOutcome.OWN_EXERCISE
        if isinstance(word, Withdrawn) and statements.hear(said, word) == said:
            return OrderOutcome.NOTHING
        return None

    async def _plan(self, order: Order) -> OrderAnswer:
        config = self._engine.config
        try:
            await asyncio.to_thread(plans.check, order.text, self._file, config)
            await asyncio.to_thread(plans.put, order.text, self._file)
        except PlanRefused as refused:
            why = texts.in_words(config.site.language, refused.message)
        except Exception as error:  # noqa: BLE001 -- the plan in force outlives all
            why = in_one_line(error, config.site.language)
        else:
            by = words.signature(order)
            self._store.note(self._now().utc, by, HANDED_DOWN, "")
            self._ledger = msgspec.structs.replace(self._ledger, plan_refused="")
            return _answer(order, OrderOutcome.TAKEN)
        self._ledger = msgspec.structs.replace(self._ledger, plan_refused=why)
        return _answer(order, OrderOutcome.PLAN_REFUSED, why)


def _answer(order: Order, outcome: OrderOutcome, why: str = "") -> OrderAnswer:
    return OrderAnswer(number=order.number, outcome=outcome, why=why)
