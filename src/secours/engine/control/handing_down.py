"""Requests of the province to hand a word down to sites.

`hand-down` has `sites` and `by`, and the `word` as a request to a site. The answer has
the `number` and `sites` of the order, and `undo`, the request that takes it back,
without its author.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from secours.core.sites.orders_in_force import in_force, take_back, where_newest
from secours.engine.control import statements
from secours.engine.control.requests import RequestRefused, RequestTable
from secours.engine.engine import Engine
from secours.engine.orders.handing_down import HandingDown
from secours.engine.store.store import Store
from secours.model.observed import Instant
from secours.model.requests import (
    ExerciseRequest,
    HandDownRequest,
    MarkRequest,
    OrderRequest,
    UnmarkRequest,
)
from secours.model.sites.handed_down import HandedDown
from secours.model.sites.membership import ALL
from secours.model.statements import Declared, Exercise, Mark, OrderedWord, Withdrawn
from secours.outside_text import plain
from secours.render.wording.sites import province_word
from secours.render.wording.sites.names import names_of
from secours.sites.orders import words

LIVES_S = 30 * 86400.0  # as long as the hub keeps it
HANDED = "handed-down"  # a note of the journal


class HandDownAnswers:
    """Answers for the province."""

    def __init__(
        self, engine: Engine, store: Store, now: Callable[[], Instant]
    ) -> None:
        self._engine, self._store, self._now = engine, store, now

    def table(self) -> RequestTable:
        """Return what can be asked."""
        return {HandDownRequest: self._hand_down}

    async def _hand_down(self, request: HandDownRequest) -> dict[str, Any]:
        handing, config = self._handing(), self._engine.config
        by, now = statements.signed(request.by), self._now()
        sites, but = _sites(request, handing.orders)
        word = statements.for_others(replace(request.word, by=by), config, now)
        what, before = _what(word), handing.orders
        author = config.site.name.in_(config.site.language)
        order, on_disk = await handing.hand(
            words.kind_of(word),
            words.written(word),
            what,
            author=author,
            by=by,
            until=_until(word, now),
            ends=None if isinstance(word, Withdrawn) else word.until,
            sites=sites,
            request=_about(request.word),
            but=but,
        )
        language = config.site.language
        others = self._engine.sites.others(now)
        in_words = province_word.what(order, names_of(others, language))
        to = ", ".join((*sites, *(f"-{site}" for site in but)))
        noted = f"{in_words} → {to}"
        self._store.note(now.utc, by, HANDED, noted)
        return {
            "ok": True,
            "kept": "disk" if on_disk else "memory",
            "language": language,
            "number": order.number,
            "what": what,
            "words": in_words,
            "sites": list(sites),
            "undo": _undo(order, before, sites, now),
        }

    def _handing(self) -> HandingDown:
        handing = self._engine.sites.orders.handing_down
        if handing is None:
            raise RequestRefused("commands.hand-down.no-province")
        return handing


def _sites(
    request: HandDownRequest, orders: Sequence[HandedDown]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sites that a word goes to, and those of all that it does not go to."""
    names = tuple(
        dict.fromkeys(name for each in request.sites if (name := plain(each)))
    )
    if not names:
        raise RequestRefused("commands.hand-down.whom")
    names = (ALL,) if ALL in names else names
    where, but = where_newest(request.takes_back, names, orders)
    if not where:
        raise RequestRefused("commands.asked.said-since")
    return where, but


def _about(word: OrderRequest) -> OrderRequest:
    """Return the subject of a request, without its author, reason and end."""
    match word:
        case MarkRequest(subject=subject, says=says):
            return MarkRequest(subject=subject, says=says)
        case UnmarkRequest(subject=subject, says=only):
            return UnmarkRequest(subject=subject, says=only)
        case ExerciseRequest(action=action, fails=fails):
            return ExerciseRequest(action=action, fails=fails)


def _undo(
    order: HandedDown, before: Sequence[HandedDown], sites: Sequence[str], now: Instant
) -> HandDownRequest | None:
    """Return the request that takes it back, if nothing was said before it."""
    word = take_back(order)
    said_before = any(
        take_back(each) == word
        and (each.to_all or ALL in sites or any(to.site in sites for to in each.to))
        for each, _ in in_force(before, now.utc)
    )
    if word is None or said_before:
        return None
    if isinstance(word, UnmarkRequest):
        word = replace(word, mistaken=True)
    return HandDownRequest(sites=tuple(sites), word=word, takes_back=order.number)


def _until(word: OrderedWord, now: Instant) -> datetime:
    """Return until when sites may take a word in; a distrust has no end of its own."""
    latest = now.utc + timedelta(seconds=LIVES_S)
    if isinstance(word, Withdrawn) or word.until is None:
        return latest
    if isinstance(word, Mark) and word.says is Declared.DISTRUSTED:
        return latest
    return min(word.until, latest)


def _what(word: OrderedWord) -> str:
    match word:
        case Mark():
            return f"{word.subject} {word.says.value}"
        case Exercise():
            return f"exercise {' + '.join(word.fails)}"
    says = word.says.value if word.says else ""
    return " ".join(filter(None, (word.kind, word.subject, says, "withdrawn")))
