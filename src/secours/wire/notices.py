"""A notice in a chat or on a topic, and its mark for reading it back.

It is plain text, with labels of the plan and words of peers: each probe type that sends
one keeps markup from working in it.

Source: Telegram Bot API, sendMessage (4096 characters); ntfy documentation,
"Limitations" (4096 bytes); Slack, "Truncating content" (4000 characters).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable

from secours.message import BadValue
from secours.model.notices import Notice
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.wire.own_message import OwnMessage
from secours.wire.progress import heed_cancellation

MOST_BYTES = 4000  # what any of them takes in one message
LOOK_S = 30.0  # a look that takes longer says more of the way than of the notice
DEFERRED_S = 30.0  # where the peer does not say how long to wait
UNREADABLE = (Reason.AUTH, Reason.REJECTED)
BROKEN = "\u2060"  # a word joiner: not seen, and no part of a name or an entity


def address(
    to: str, own: str | None, *, option: str, form: re.Pattern[str], example: str
) -> str:
    """Return a notice's recipient: as it is written, or `own`, the test's `option`.

    Raises:
        BadValue: it has a wrong form, or nothing is written and the test has none.
    """
    if not to and own is None:
        raise BadValue("plan.option.no-own", option="to", other=option)
    if to and not form.fullmatch(to):
        raise BadValue("plan.option.address", option="to", example=example)
    return to or str(own)


def body(notice: Notice) -> str:
    """Return the text under a title: all of it, or the brief one if too long."""
    return notice.brief if _is_long(notice) else notice.text


def whole(notice: Notice) -> str:
    """Return title and text, for messages without a title."""
    if _is_long(notice) or notice.text.startswith(notice.title):
        return body(notice)
    return f"{notice.title}\n\n{notice.text}"


def _is_long(notice: Notice) -> bool:
    return len(f"{notice.title}{notice.text}".encode()) > MOST_BYTES


def calling_nobody(text: str) -> str:
    """Break mentions and entities of a chat in a text."""
    return re.sub("[@&]", rf"\g<0>{BROKEN}", text)


def known_by(mark: str) -> OwnMessage:
    """Return the message to look for: a notice with this mark."""
    return OwnMessage(token=mark, expires=False)


async def read_back(
    ours: OwnMessage,
    look: Callable[[], Awaitable[bool]],
    proven: Evidence = Evidence.AUTHENTICATED,
) -> bool:
    """Wait until a notice is there; false where we may write but not read.

    A failed look says nothing of the notice, which is on its way: we look again.

    Raises:
        Stop: time was up first: failed, `not-delivered`.
    """
    readable = True

    async def found() -> bool:
        nonlocal readable
        try:
            async with asyncio.timeout(LOOK_S):
                return await look()
        except (OSError, EOFError, Stop) as error:
            heed_cancellation()
            if isinstance(error, Stop):
                readable = not _shut(error.outcome)
                await asyncio.sleep(_wait_s(error.outcome))
            return not readable

    await ours.until_found(found, proven)
    return readable


def _shut(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.OK or outcome.reason in UNREADABLE


def _wait_s(outcome: Outcome) -> float:
    """Return how long the peer makes us wait before the next look."""
    if outcome.reason is not Reason.DEFERRED:
        return 0.0
    return outcome.retry_after_s or DEFERRED_S
