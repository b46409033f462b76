"""Text messages that people write back: what they mean, and what they are answered.

The code of a notice acknowledges it, for who has it; a question is answered by the line
that is read out over the radio; anything else once by a line of help. Nothing that is
written here says anything of a channel, a component or the plan. A sender's number can
be forged: it decides who is answered, and by a code who has acknowledged.

What is sent costs money, and another machine may answer it: few are, and no message of
somebody who is not told is answered at all.
"""

import asyncio
import logging
import unicodedata
from collections import deque
from contextlib import suppress
from functools import lru_cache, partial
from typing import NamedTuple

from secours import probes, texts
from secours.languages import LANGUAGES
from secours.message import BadValue
from secours.model.notices import Notice, NoticeEntry, NoticeStep
from secours.model.observed import Facts, Outcome, Reason, unknown
from secours.model.plan import Config
from secours.model.requests import NAME_LIMIT
from secours.model.secret import SecretMissing
from secours.model.sections.notify import Recipient, Target
from secours.notify import codes
from secours.notify.acknowledgement import Acknowledgements, NotSent
from secours.notify.answers.telephone import country, international
from secours.notify.ledger import NoticeLedger, Stamp
from secours.notify.sending import carried
from secours.notify.targets import best
from secours.outside_text import plain

log = logging.getLogger(__name__)

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0
MOST_AN_HOUR = 10  # answers, to all together
MOST_NOTED = 20  # messages of one number in an hour, in the journal
LONGEST = 500  # characters of a message that are read
LONGEST_NOTED = 160
LONGEST_NAME = 11  # of a sender that is no number, TS 23.040 section 9.1.2.5
DIGITS_SHOWN = 3  # of a stranger's number
ANSWERED_BY = "", "ack", "ok", "code", "bestätigen"  # besides the words of a notice


class MessageLimit:
    """Limit of messages in a time, for each key."""

    def __init__(self, most: int, within_s: float) -> None:
        self._most, self._within_s = most, within_s
        self._done: dict[str, deque[float]] = {}

    def allows(self, at_s: float, key: str = "") -> bool:
        """Tell whether there may be another one."""
        done = self._done.get(key, ())
        return sum(at_s - each < self._within_s for each in done) < self._most

    def spend(self, at_s: float, key: str = "") -> bool:
        """Count one, if there may be another one; tell whether."""
        allowed = self.allows(at_s, key)
        if allowed:
            self._done.setdefault(key, deque(maxlen=self._most)).append(at_s)
        return allowed


class Owner(NamedTuple):
    """Recipient with a number, and the target that it stands in."""

    recipient: Recipient
    target: Target


class TextAnswers:
    """Reader of what people write back, and sender of answers."""

    def __init__(self, ledger: NoticeLedger) -> None:
        self._ledger, self._host = ledger, ledger.host
        self._notices = Acknowledgements(ledger)
        self._to_each = MessageLimit(1, MINUTE_S)
        self._to_all = MessageLimit(MOST_AN_HOUR, HOUR_S)
        self._helped = MessageLimit(1, DAY_S)
        self._noted = MessageLimit(MOST_NOTED, HOUR_S)
        self._noted_of_others = MessageLimit(1, MINUTE_S)
        self._others: list[str] = []  # unknown senders, not in the journal yet
        self._asked: dict[str, str] = {}  # device by number to be answered
        self._sending: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Send no more answers."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def take(
        self, sender: str, text: str, *, over: str = "", whole: bool = True
    ) -> bool:
        """Do what a message asks for; tell whether it is of a recipient.

        A part of a longer one is no code: a machine may quote a notice there. Nobody
        acknowledges or is answered over a target that others may read, nor where the
        message came over such a modem or, without one, gateway.
        """
        stamp, now_s = self._ledger.stamp, self._host.now().steady_s
        number, owners = _owners(stamp.config, sender) if stamp else ("", [])
        if stamp is None or not owners:
            self._others.append(_masked(sender))
            self._note_others()
            return False
        if self._noted.spend(now_s, number):
            said = plain(text, LONGEST_NOTED, "…")
            self._note(NoticeStep.TEXT, owners[0], said=said)
        owners = self._unread_by_others(stamp, owners, over)
        code = code_in(text) if whole else ""
        if self._acknowledges(code, owners, stamp.config.site.language):
            await self._ledger.until_written()
        elif owners and whole and asks_for_state(text):
            self._asked[number] = over
            self.catch_up()
        elif owners and self._helped.allows(now_s, number):
            line = texts.say(_language(stamp, owners[0]), "answer.help")
            if self._answer(number, owners, stamp, line):
                self._helped.spend(now_s, number)
        return True

    def catch_up(self) -> None:
        """Answer who asked, a minute after the last answer; note that others wrote."""
        self._note_others()
        stamp, now_s = self._ledger.stamp, self._host.now().steady_s
        for number, over in list(self._asked.items()):
            if stamp is not None and self._to_each.allows(now_s, number):
                del self._asked[number]
                _, owners = _owners(stamp.config, number)
                if owners := self._unread_by_others(stamp, owners, over):
                    line = _state(stamp, owners[0], now_s)
                    self._answer(number, owners, stamp, line)

    def _unread_by_others(
        self, stamp: Stamp, owners: list[Owner], over: str
    ) -> list[Owner]:
        """Return those whose targets, and what their message came over, are private."""
        private = partial(self._ledger.is_private, stamp)
        if not all(map(private, _carried_by(over, stamp.config))):
            return []
        return [o for o in owners if private(o.target.name)]

    def _acknowledges(self, code: str, owners: list[Owner], language: str) -> bool:
        """Acknowledge the notice of a code, if one of these has it."""
        try:
            recipients = {each.recipient for each in self._notices.meant(code)}
        except NotSent:
            return False
        for recipient, target in owners:
            if recipients & {recipient.name, target.name}:  # the target's of a test
                by = plain(recipient.label.in_(language) or recipient.name, NAME_LIMIT)
                self._notices.acknowledge(by, code, way="text")
                return True
        return False

    def _answer(
        self, number: str, owners: list[Owner], stamp: Stamp, text: str
    ) -> bool:
        """Begin to send an answer, by the best target now; tell whether it may be."""
        now_s, recipient = self._host.now().steady_s, owners[0].recipient
        own = (o.target for o in owners if o.recipient is recipient)
        names = [target.name for target in own if not target.rings]
        target = best(stamp.config, stamp.memory, names, tried=())
        if target is None or not self._to_each.allows(now_s, number):
            return False
        if not self._to_all.spend(now_s):
            return False
        self._to_each.spend(now_s, number)
        task = asyncio.create_task(self._send(Owner(recipient, target), stamp, text))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return True

    async def _send(self, owner: Owner, stamp: Stamp, text: str) -> None:
        try:
            outcome = await carried(
                stamp.config,
                owner.target,
                Notice(title=text, text=text, brief=text, mark="", urgent=False),
                lambda _: self._note(NoticeStep.ANSWERED, owner),
                self._host.turn,
                lambda: self._hindrance(owner.target.name),
                receipts=False,
            )
        except Exception:  # whatever it is, notices are sent and messages read
            log.exception("a text message is not answered: a defect of Secours")
        else:
            if outcome is not None:
                log.warning("a text message is not answered: %s", outcome.reason)

    def _hindrance(self, target: str) -> Outcome | None:
        stamp = self._ledger.stamp
        private = stamp is not None and self._ledger.is_private(stamp, target)
        return None if private else unknown(Reason.SET_ASIDE)

    def _note(self, step: NoticeStep, owner: Owner, **facts: str) -> None:
        name, target = owner.recipient.name, owner.target.name
        told = NoticeEntry(step=step, recipient=name, target=target, facts=facts)
        self._host.note("", told)

    def _note_others(self) -> None:
        """Note at most once a minute that messages of others came, and no word."""
        if self._others and self._noted_of_others.spend(self._host.now().steady_s):
            first, *more = self._others
            facts: Facts = {"said": first, "n": len(more)}
            self._host.note("", NoticeEntry(step=NoticeStep.STRANGER, facts=facts))
            self._others = []


def code_in(text: str) -> str:
    """Return the code that a message is, after `ack` or alone; "" for any other.

    A quoted notice is no code, as a machine may have sent it: of its words only those
    right before the code may stand there.
    """
    written = _letters(text[:LONGEST])
    code = written[-codes.LENGTH :]
    is_code = len(text) <= LONGEST and len(code) == codes.LENGTH
    return code if is_code and written[: -codes.LENGTH] in _before() else ""


@lru_cache(maxsize=1)
def _before() -> frozenset[str]:
    """Return what may stand before a code, in every language."""
    own = {_letters(texts.say(x, "notice.code.long", code="")) for x in LANGUAGES}
    without = {each.removesuffix(_letters("code")) for each in own}
    return frozenset({*map(_letters, ANSWERED_BY), *own, *without})


def _letters(text: str) -> str:
    """Return letters and digits as in a code, without accents."""
    return codes.meant(unicodedata.normalize("NFKD", text))


def asks_for_state(text: str) -> bool:
    """Tell whether a message is a question mark, or its word in any language."""
    parts = unicodedata.normalize("NFKD", text[:LONGEST])
    word = "".join(filter(str.isalnum, parts.upper()))
    words = {texts.say(language, "answer.status") for language in LANGUAGES}
    return len(text) <= LONGEST and (word in words or (not word and "?" in parts))


def _state(stamp: Stamp, owner: Owner, now_s: float) -> str:
    """Return what to use now; without states where they are old."""
    from secours.render.paper.sheet import radio_line  # which draws pages as well

    shot = stamp.shot
    fresh = now_s - shot.at.steady_s <= shot.screen.max_age_s
    return radio_line(shot, _language(stamp, owner), states=fresh)


def _language(stamp: Stamp, owner: Owner) -> str:
    return owner.recipient.language or stamp.config.site.language


def _owners(config: Config, sender: str) -> tuple[str, list[Owner]]:
    """Return a sender's number, and the recipients who have it, if any."""
    targets = config.notify.targets
    numbers = {name: _number(each) for name, each in targets.items()}
    home = country(numbers.values())
    number = international(sender, home)
    return number, [
        Owner(recipient, targets[name])
        for recipient in config.notify.recipients.values()
        for name in recipient.targets
        if number and international(numbers[name], home) == number
    ]


def _carried_by(device: str, config: Config) -> list[str]:
    """Return the targets over a modem, or with "" over gateways of text messages."""
    return [
        name
        for name, each in config.notify.targets.items()
        if _number(each)
        and each.carrier is not None
        and getattr(each.carrier.settings, "device", "") == device
    ]


def _number(target: Target) -> str:
    """Return the number that a target sends text messages to, "" for none."""
    carrier = target.carrier
    if carrier is None or not hasattr(carrier.settings, "answers"):
        return ""
    kind = probes.find(carrier.type)
    with suppress(SecretMissing, BadValue):
        to = target.to.reveal() if target.to else ""
        return kind.addressee(carrier.settings, to) if kind.addressee else ""
    return ""


def _masked(sender: str) -> str:
    """Return the name of a sender, or the end of its number."""
    written = plain(sender, 4 * LONGEST_NAME)
    if sum(map(str.isdecimal, written)) > DIGITS_SHOWN:
        return f"…{written[-DIGITS_SHOWN:]}"
    return written[:LONGEST_NAME] or "?"
