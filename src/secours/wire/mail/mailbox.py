"""Our own test messages in a mailbox: note its end, find them, remove them.

Only messages with a mark of ours are ever touched: they are removed one by one, and
where the server can only remove all that are marked deleted, only while nobody else
marked any.

Source: RFC 3501 sections 6.4 (FETCH, SEARCH, STORE, EXPUNGE), 7.3.1 (UIDNEXT); RFC 4315
(UIDPLUS); RFC 6154 (special-use mailboxes).
"""

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from msgspec import Struct

from secours.model.observed import Evidence, Reason
from secours.model.runs import Stop
from secours.wire.mail.imap import ImapSession
from secours.wire.mail.imap_syntax import ImapResponse, Token, utf7
from secours.wire.mail.messages import HEADER
from secours.wire.numbers import whole
from secours.wire.own_message import (
    SIGNED_LIFETIME_S,
    SIGNED_PREFIX,
    SignedMark,
    signed_mark_in,
)

MARKED = f"BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID {HEADER.upper()})]"
ORIGINAL = re.compile(rf"^(?:{HEADER}|Message-ID):.*{SIGNED_PREFIX}", re.I | re.M)
MOST = 50  # messages left behind that are removed at once
JUNK = "\\junk"  # RFC 6154 section 2
USUAL_JUNK = frozenset(
    utf7(name).lower()
    for name in (
        *("Junk", "Spam", "Junk E-mail", "Junk Email", "Junk-E-Mail", "Bulk Mail"),
        *("Courrier indésirable", "Indésirables", "Pourriel", "Pourriels"),
        *("Ongewenste e-mail", "Ongewenst", "Junk-mail", "Spamverdacht", "Spambox"),
    )
)


class Box(Struct):
    """A mailbox, as the server writes its name, and the number of its next message."""

    name: str
    next: int = 1
    junk: bool = False


class Found(NamedTuple):
    """A message with a mark of ours; a bounce or an answer has it in the subject."""

    number: int
    mark: SignedMark
    is_original: bool


async def boxes(session: ImapSession, inbox: str) -> list[Box]:
    """Return the mailbox and those for junk, each with its present end."""
    every = [Box(inbox), *(Box(name, junk=True) for name in await _junk(session))]
    every[0].next = await _next(session, every[0])
    chosen = every[:1]
    for box in every[1:]:
        if box.name == inbox:
            continue
        with suppress(Stop):  # one that we may not open
            box.next = await _next(session, box)
            chosen.append(box)
    return chosen


async def arrived(session: ImapSession, box: Box) -> list[Found]:
    """Open a mailbox, and return our messages since the last look, no bounces."""
    if _is_empty(await session.select(box.name)):
        return []
    found, highest = await _with_mark(session, f"{box.next}:*")
    found = [m for m in found if m.number >= box.next and m.is_original]
    box.next = max(box.next, highest + 1)
    return found


async def tidy(session: ImapSession, box: Box) -> None:
    """Open a mailbox, and remove messages that our earlier runs left."""
    await session.select(box.name)
    since = time.strftime("%d-%b-%Y", time.gmtime(time.time() - 2 * SIGNED_LIFETIME_S))
    begins = f'"{SIGNED_PREFIX}"'
    answer = await session.command(
        f"UID SEARCH SINCE {since} OR HEADER {HEADER} {begins} SUBJECT {begins}"
    )
    numbers = _numbers(answer, session.progress.proven)[-MOST:]
    if not numbers:
        return
    found, _ = await _with_mark(session, ",".join(map(str, numbers)))
    now = time.time()
    await remove(session, [m.number for m in found if m.mark.left_behind(now)])


async def remove(session: ImapSession, numbers: Iterable[int]) -> None:
    """Remove these messages of the open mailbox."""
    if not (ours := set(numbers)):
        return
    listed = ",".join(map(str, sorted(ours)))
    await session.wanted(f"UID STORE {listed} +FLAGS.SILENT (\\Deleted)")
    if "UIDPLUS" in session.can:
        await session.wanted(f"UID EXPUNGE {listed}")
        return
    answer = await session.wanted("UID SEARCH DELETED")
    marked = _numbers(answer, session.progress.proven)
    if set(marked) <= ours:
        await session.wanted("EXPUNGE")


async def _junk(session: ImapSession) -> list[str]:
    listed = await session.command('LIST "" "*"')
    marked = _marked(listed)
    if not marked and "SPECIAL-USE" in session.can:
        marked = _marked(await session.command('LIST (SPECIAL-USE) "" "*"'))
    return marked or [
        name
        for _, delimiter, name in _listed(listed)
        if name.rpartition(delimiter or "\0")[2].lower() in USUAL_JUNK
    ]


def _marked(answer: ImapResponse) -> list[str]:
    return [name for attributes, _, name in _listed(answer) if JUNK in attributes]


def _listed(answer: ImapResponse) -> list[tuple[list[str], str, str]]:
    """Read `* LIST (attributes) "/" name`, without those that cannot be opened."""
    listed = []
    for line in answer.lines("LIST"):
        if len(line) < 3 or not isinstance(line[0], list):
            continue
        attributes = [str(word).lower() for word in line[0]]
        if "\\noselect" not in attributes and "\\nonexistent" not in attributes:
            listed.append((attributes, _text(line[1]), _text(line[2])))
    return listed


async def _next(session: ImapSession, box: Box) -> int:
    """Return the number of the next message."""
    opened = await session.select(box.name)
    codes = opened.codes("UIDNEXT")
    if codes and codes[0].isdecimal():
        return whole(codes[0], session.progress.proven)
    if _is_empty(opened):
        return 1
    _, highest = await _with_mark(session, "*")
    return highest + 1


def _is_empty(opened: ImapResponse) -> bool:
    """Tell whether a mailbox is; some servers refuse to fetch from such a one."""
    return any(line.upper() == b"0 EXISTS" for line, _ in opened.told)


async def _with_mark(session: ImapSession, which: str) -> tuple[list[Found], int]:
    """Fetch the marks of messages, and the highest number among them.

    Raises:
        Stop: the server refuses; with some messages it only says that others are gone,
            RFC 2180 section 4.1.
    """
    answer = await session.command(f"UID FETCH {which} (UID {MARKED})")
    fetched, marked, highest = answer.lines("FETCH"), [], 0
    if answer.status.kind != "OK" and not fetched:
        raise session.refused(answer.status, Reason.REJECTED)
    for line in fetched:
        told = line[0] if line and isinstance(line[0], list) else []
        number = _number(told, session.progress.proven)
        highest = max(highest, number)
        header = b" ".join(part for part in told if isinstance(part, bytes))
        text = re.sub(r"\r\n(?=[ \t])", "", header.decode("latin"))
        if number and (ours := signed_mark_in(text)):
            marked.append(Found(number, ours, bool(ORIGINAL.search(text))))
    return marked, highest


def _number(told: list[Token], proven: Evidence) -> int:
    """Return the UID in `(UID 5 ...)`, 0 where there is none."""
    words = [word.upper() if isinstance(word, str) else "" for word in told]
    after = words[words.index("UID") + 1 :] if "UID" in words else []
    return whole(after[0], proven) if after and after[0].isdecimal() else 0


def _numbers(answer: ImapResponse, proven: Evidence) -> list[int]:
    words = [str(word) for line in answer.lines("SEARCH") for word in line]
    return sorted(whole(word, proven) for word in words if word.isdecimal())


def _text(token: Token) -> str:
    return token.decode("latin") if isinstance(token, bytes) else str(token)
