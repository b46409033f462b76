"""Outbox: told matters, and each notice with all needed to send it again.

A value, kept as one JSON document. The next engine continues what is not over: a notice
under way may have arrived or not, so it is sent again, and says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours.core.notices.due import NoticeMemory
from secours.core.notices.matters import Matter
from secours.core.statements import steady_clock
from secours.model.notices import AckWay, Attempt, Dispatch, Stage, WayProof
from secours.model.observed import Instant, Reason
from secours.model.sections.notify import NoticeKind
from secours.notify.hold import Hold

MOST = 200  # finished notices; the journal has older ones
MOST_ATTEMPTS = 50  # of one notice
MOST_LINKS = 20  # of one notice, that can be used
MOST_LOST = 3  # attempts over one target, each of which may cost money
UNCLEAR = frozenset({Reason.TIMEOUT, Reason.PROTOCOL, Reason.CONTENT, Reason.BROKEN})
"""Reasons why an attempt not taken may have arrived."""
LINK_HOLDS = timedelta(hours=24)


class AckLink(Struct, frozen=True, kw_only=True):
    """A link to acknowledge one notice, once, and to look at it after."""

    token: str  # its digest
    until: Instant
    target: str = ""  # over which it was sent; "" in an older version
    refused: bool = False  # others may have read it; it is in the journal


class Entry(Struct, frozen=True, kw_only=True):
    """One notice to one recipient, and its state."""

    dispatch: Dispatch
    matters: tuple[Matter, ...] = ()  # told in it; none in a test
    due: Instant  # since when it, or one that it replaced, waits to be taken
    taken: Instant | None = None  # since when it, or one before it, waits for a person
    links: tuple[AckLink, ...] = ()
    interrupted: bool = False  # the engine stopped while it was sent
    cut_off: tuple[datetime, ...] = ()  # the attempts that were under way then
    sent: bool = False  # no target is tried any more
    tried: tuple[str, ...] = ()  # targets on which its predecessors were lost
    passed_on: bool = False  # to the recipient of its escalation
    proof: bool = False  # a periodic test, requested by nobody

    @property
    def id(self) -> tuple[str, str]:
        """Return its id: all recipients of a notice share its code."""
        return self.dispatch.code, self.dispatch.recipient

    @property
    def keys(self) -> frozenset[str]:
        """Return the keys of its matters."""
        return frozenset(matter.key for matter in self.matters)

    @property
    def worse(self) -> bool:
        """Tell whether any matter in it is wrong."""
        return any(matter.severity for matter in self.matters)

    @property
    def is_past_proof(self) -> bool:
        """Tell whether it is a periodic proof of which nothing more is awaited."""
        under_way = any(attempt.under_way for attempt in self.dispatch.attempts)
        return self.proof and self.dispatch.over and not under_way

    @property
    def settled(self) -> bool:
        """Tell whether it was taken, and no receipt is awaited."""
        return any(
            attempt.stage is Stage.ARRIVED or not attempt.under_way
            for attempt in self._takings
        )

    @property
    def accepted(self) -> bool:
        """Tell whether it was taken, in an attempt neither cut off by us nor lost."""
        return any(True for _ in self._takings)

    @property
    def _takings(self) -> Iterator[Attempt]:
        for attempt in filter(_carries, self.dispatch.attempts):
            cut_off = attempt.at in self.cut_off and attempt.stage is Stage.ACCEPTED
            if attempt.stage is not None and not (cut_off or attempt.is_lost):
                yield attempt


def presses(matter: Matter) -> bool:
    """Tell whether a matter needs timely attention: a test to be made does not."""
    return bool(matter.severity) and matter.kind is not NoticeKind.TEST_OVERDUE


class Outbox(Struct, frozen=True, kw_only=True):
    """All notices, the oldest first, and the matters told."""

    boot_id: str = ""  # to which its steady times belong
    at: Instant | None = None  # when it was last changed
    edition: int = 0  # higher in a newer outbox
    told: NoticeMemory = NoticeMemory()
    recipients: tuple[str, ...] | None = None  # of the plan; None: not known yet
    hold: Hold | None = None  # nobody is told anything yet
    proofs: Mapping[str, WayProof] = {}  # by target
    by_id: Mapping[str, Entry] = {}

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return all notices, the oldest first."""
        return tuple(self.by_id.values())

    def find(self, id_: tuple[str, str]) -> Entry | None:
        """Return one notice to one recipient."""
        return self.by_id.get(_key(id_))

    def of_code(self, code: str) -> tuple[Entry, ...]:
        """Return the notice with this code, to each of its recipients."""
        return tuple(entry for entry in self.entries if entry.dispatch.code == code)

    def by_token(self, digest: str, at: Instant) -> tuple[Entry, AckLink] | None:
        """Return a link that is not too old, with its notice."""
        for entry in self.entries:
            for link in entry.links:
                if link.token == digest and at.since(link.until) < 0:
                    return entry, link
        return None

    def stands(self, entry: Entry) -> bool:
        """Tell whether somebody is to see to it, in no test and in none newer."""
        dispatch = entry.dispatch
        if dispatch.test or not entry.worse:
            return False
        newer = takewhile(lambda each: each.id != entry.id, reversed(self.entries))
        same = (each for each in newer if each.dispatch.recipient == dispatch.recipient)
        return not entry.keys <= frozenset().union(*(each.keys for each in same))

    def put(self, entry: Entry) -> "Outbox":
        """Return it with a notice, in place of its older state."""
        return replace(self, by_id={**self.by_id, _key(entry.id): entry})

    def bounded(self) -> "Outbox":
        """Return it without the oldest finished notices above the limit.

        Kept are those that nobody was told, those that wait for a person, and the
        newest to each recipient: he may have a link to acknowledge it. Of a periodic
        proof that has ended nothing is kept here.
        """
        newest = {e.dispatch.recipient: key for key, e in self.by_id.items()}
        last = frozenset(newest.values())
        of_past = (pair for pair in self.by_id.items() if pair[0] not in last)
        over = [key for key, entry in of_past if entry.dispatch.over]
        dropped = frozenset(over[: max(0, len(over) - MOST)])
        dropped |= {key for key, each in self.by_id.items() if each.is_past_proof}
        if not dropped:
            return self
        kept = {key: e for key, e in self.by_id.items() if key not in dropped}
        return replace(self, by_id=kept)


def of(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Return notices in an outbox's form."""
    return {_key(entry.id): entry for entry in entries}


def _key(id_: tuple[str, str]) -> str:
    return "/".join(id_)


def resumed(outbox: Outbox, boot_id: str, now: Instant) -> Outbox:
    """Return it for a new engine: what was under way is to be repeated."""
    same_boot = boot_id != "" and outbox.boot_id == boot_id
    entries, hold = outbox.entries, outbox.hold
    if not same_boot:
        entries = tuple(_moved(entry, now) for entry in entries)
        hold = hold and replace(hold, since=steady_clock.moved(hold.since, now))
    entries = tuple(map(_interrupted, entries))
    proofs = outbox.proofs
    if not same_boot:
        proofs = {name: _proof_moved(proof, now) for name, proof in proofs.items()}
    return replace(outbox, boot_id=boot_id, by_id=of(entries), hold=hold, proofs=proofs)


def _proof_moved(proof: WayProof, now: Instant) -> WayProof:
    """Move its moments to this boot's steady clock."""
    known = {"since": proof.since, "begun": proof.begun, "proven": proof.proven}
    moved = {name: steady_clock.moved(at, now) for name, at in known.items() if at}
    return replace(proof, **moved)


def _moved(entry: Entry, now: Instant) -> Entry:
    """Move its moments from the steady clock of another boot to this one's."""
    links = tuple(
        replace(
            link,
            until=Instant(link.until.utc, steady_clock.steady(link.until.utc, now)),
        )
        for link in entry.links
    )
    return replace(
        entry,
        due=steady_clock.moved(entry.due, now),
        taken=steady_clock.moved(entry.taken, now) if entry.taken else None,
        links=links,
    )


def _interrupted(entry: Entry) -> Entry:
    """Return it with nothing under way; it is sent again unless surely received."""
    if not any(attempt.under_way for attempt in entry.dispatch.attempts):
        return entry
    is_over = entry.settled or entry.dispatch.over
    carrying = filter(_carries, entry.dispatch.attempts)
    under_way = (each.at for each in carrying if each.under_way)
    entry = replace(_ended(entry), cut_off=(*entry.cut_off, *under_way))
    if entry.dispatch.test:  # a test is not repeated by itself
        return over(entry)
    return entry if is_over else replace(entry, sent=False, interrupted=True)


def with_attempt(entry: Entry, attempt: Attempt) -> Entry:
    """Return it with one more attempt."""
    attempts = (*entry.dispatch.attempts, attempt)[-MOST_ATTEMPTS:]
    return replace(entry, dispatch=replace(entry.dispatch, attempts=attempts))


def with_progress(entry: Entry, of: Attempt, **changes: Any) -> Entry:
    """Return it with the state of one attempt changed."""
    attempts = tuple(
        replace(each, **changes)
        if (each.target, each.at) == (of.target, of.at)
        else each
        for each in entry.dispatch.attempts
    )
    return replace(entry, dispatch=replace(entry.dispatch, attempts=attempts))


def with_link(entry: Entry, token: str, at: Instant, target: str = "") -> Entry:
    """Return it with one more link, by its token's digest."""
    until = at.later(LINK_HOLDS.total_seconds())
    link = AckLink(token=token, until=until, target=target)
    return replace(entry, links=(*entry.links, link)[-MOST_LINKS:])


def with_refused(entry: Entry, link: AckLink) -> Entry:
    """Return it with a link noted as refused."""
    marked = (replace(e, refused=True) if e == link else e for e in entry.links)
    return replace(entry, links=tuple(marked))


def acknowledged(entry: Entry, by: str, at: Instant, way: AckWay) -> Entry:
    """Return it as acknowledged; its links remain, to show who was the first."""
    told = {"acknowledged_by": by, "acknowledged_at": at.utc, "acknowledged_way": way}
    return replace(entry, dispatch=replace(entry.dispatch, **told), sent=True)


def over(entry: Entry) -> Entry:
    """Return it as finished."""
    return replace(entry, dispatch=replace(entry.dispatch, over=True), sent=True)


def stopped(entry: Entry) -> Entry:
    """Return it as not being sent any more."""
    return over(_ended(entry))


def _ended(entry: Entry) -> Entry:
    ended = tuple(replace(each, under_way=False) for each in entry.dispatch.attempts)
    return replace(entry, dispatch=replace(entry.dispatch, attempts=ended))


def after(entry: Entry, older: Sequence[Entry]) -> Entry:
    """Return it waiting since the oldest of those that it replaces."""
    times = [each.taken for each in older if each.taken is not None]
    return replace(
        entry,
        due=min((entry.due, *(e.due for e in older)), key=_steady_s),
        taken=min(times, key=_steady_s, default=None),
    )


def _steady_s(at: Instant) -> float:
    return at.steady_s


def in_place_of(entry: Entry, untaken: Sequence[Entry]) -> Entry:
    """Return it as the continuation of these, which nobody took.

    If one of them may still arrive, this one counts as a repetition.
    """
    lost = [each for each in untaken if not each.accepted]
    if not untaken or len(lost) < len(untaken):
        return replace(entry, tried=(), interrupted=False)
    tried = {name for each in lost for name in each.tried}
    tried |= {attempt.target for each in lost for attempt in each.dispatch.attempts}
    doubt = any(_is_in_doubt(each) for each in lost)
    return replace(entry, tried=tuple(sorted(tried)), interrupted=doubt)


def _is_in_doubt(entry: Entry) -> bool:
    """Tell whether somebody may have it, or may yet get it."""
    begun = [*filter(_carries, entry.dispatch.attempts)]
    unclear = (a.under_way or may_have_come(entry, a.target) for a in begun)
    return bool(begun) and (entry.interrupted or any(unclear))


def without(entry: Entry, taken: Iterable[Entry]) -> Entry:
    """Return it without matters that these tell as well."""
    told = {_said(matter) for each in taken for matter in each.matters}
    return replace(
        entry, matters=tuple(m for m in entry.matters if _said(m) not in told)
    )


def _said(matter: Matter) -> tuple[str, str, str, int]:
    return matter.kind, matter.key, matter.state, matter.severity


def merged(older: Iterable[Entry], matters: Iterable[Matter]) -> tuple[Matter, ...]:
    """Return these matters, with those of untaken notices that they lack."""
    newest: dict[str, Matter] = {}
    for entry in older:
        newest |= {matter.key: matter for matter in entry.matters}
    found = {matter.key: matter for matter in matters}
    return (*found.values(), *(m for key, m in newest.items() if key not in found))


def may_have_come(entry: Entry, target: str) -> bool:
    """Tell whether it may have arrived over a target unconfirmed."""
    return any(
        each.reason in UNCLEAR or each.facts.get("problem") == "not-taken"
        for each in tries(entry, target)
    )


def tries(entry: Entry, target: str) -> tuple[Attempt, ...]:
    """Return the attempts over one target."""
    return tuple(each for each in entry.dispatch.attempts if each.target == target)


def is_under_way(entry: Entry, attempt: Attempt) -> bool:
    """Tell whether an attempt is still running."""
    same = (each for each in tries(entry, attempt.target) if each.at == attempt.at)
    return any(each.under_way for each in same)


def under_way(entry: Entry) -> set[str]:
    """Return the targets of running attempts."""
    return {each.target for each in entry.dispatch.attempts if each.under_way}


def losing(entry: Entry) -> set[str]:
    """Return the targets over which it was lost as often as it may be."""
    lost = [each.target for each in entry.dispatch.attempts if each.is_lost]
    return {target for target in lost if lost.count(target) >= MOST_LOST}


def awaited(entry: Entry) -> list[Attempt]:
    """Return the taken attempts that may still get a receipt."""
    carrying = filter(_carries, entry.dispatch.attempts)
    return [each for each in carrying if each.under_way and each.stage]


def _carries(attempt: Attempt) -> bool:
    """Tell whether an attempt hands the text over, and does not only ring."""
    return not attempt.rings
