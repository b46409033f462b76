"""A notice as a chat or a topic carries it, and how it is known when it is read back.

What it says is plain text, in which labels of the plan and words of peers may stand:
each probe type that sends one sees to it that nothing in it is taken for markup.

Source: Telegram Bot API, sendMessage (4096 characters); ntfy documentation,
"Limitations" (4096 bytes); Slack, "Truncating content" (4000 characters).
"""

import re
from collections.abc import Awaitable, Callable

from secours.message import BadValue
from secours.model.notices import Notice
from secours.model.observed import Evidence, Reason, Verdict
from secours.model.runs import Stop
from secours.wire.own_message import OwnMessage

MOST_BYTES = 4000  # what any of them takes in one message
UNREADABLE = (Reason.AUTH, Reason.REJECTED)
BROKEN = "\u2060"  # a word joiner: not seen, and no part of a name or an entity


def address(
    to: str, own: str | None, *, option: str, form: re.Pattern[str], example: str
) -> str:
    """Return whom a notice goes to: as it is written, or `own`, the test's `option`.

    Raises:
        BadValue: it has not the form, or nothing is written and the test has none.

    """
    if not to and own is None:
        raise BadValue("plan.option.no-own", option="to", other=option)
    if to and not form.fullmatch(to):
        raise BadValue("plan.option.address", option="to", example=example)
    return to or str(own)


def body(notice: Notice) -> str:
    """Return what is said under a title: all of it, or in brief where it is long."""
    return notice.brief if _is_long(notice) else notice.text


def whole(notice: Notice) -> str:
    """Return title and text, for where a message has no title of its own."""
    if _is_long(notice) or notice.text.startswith(notice.title):
        return body(notice)
    return f"{notice.title}\n\n{notice.text}"


def _is_long(notice: Notice) -> bool:
    return len(f"{notice.title}{notice.text}".encode()) > MOST_BYTES


def calling_nobody(text: str) -> str:
    """Break what a chat would take for somebody's name, or for a coded letter."""
    return re.sub("[@&]", rf"\g<0>{BROKEN}", text)


def known_by(mark: str) -> OwnMessage:
    """Return the message that is looked for: a notice whose mark was written so."""
    return OwnMessage(token=mark, expires=False)


async def read_back(
    ours: OwnMessage,
    look: Callable[[], Awaitable[bool]],
    proven: Evidence = Evidence.AUTHENTICATED,
) -> bool:
    """Wait until a notice is there; tell where we may write but not read.

    Raises:
        Stop: time was up first, or the peer failed meanwhile.

    """
    try:
        await ours.until_found(look, proven)
    except Stop as stop:
        outcome = stop.outcome
        if outcome.verdict is Verdict.OK or outcome.reason in UNREADABLE:
            return False
        raise
    return True
