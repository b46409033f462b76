"""Telegram: does the Bot API accept our bot, and does a chat take its messages?

Without `chat` an ok shows that the token is accepted. With it a silent message was
put into the chat and was there to be removed again; that a telephone showed it is not
seen, nor that calls or the apps work: bots may work while those are blocked.

A notice is put into the chat and rings. A bot is not told whether anybody gets it, so
it is only ever accepted.

Source: Telegram Bot API, "Making requests", getMe, sendMessage, deleteMessage,
ResponseParameters (retry_after).
"""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from secours.model.notices import Notice, Stage
from secours.model.observed import Evidence, Outcome, Reason, ok
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.wire import notices
from secours.wire.http.api import Service, complaint
from secours.wire.http.api_options import ApiOptions
from secours.wire.own_message import OwnMessage, seldom_with, tidy

BEST = Evidence.DELIVERED
default_interval_s = seldom_with("chat")
REFUSED, NO_SUCH_BOT = 401, 404  # 404 where the token has no good form
TOO_MANY = 429
CHAT = re.compile(r"-?\d{1,19}|@[A-Za-z]\w{3,31}", re.ASCII)


class Settings(ApiOptions, frozen=True, kw_only=True):
    """Bot, and the chat to write to."""

    token: Secret
    """Token of the bot, named as ${NAME}."""
    chat: int | str | None = None
    """Number of the chat to write to, or @name of a public channel."""
    base_url: str = "https://api.telegram.org"
    """Address of the Bot API."""


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Ask for the bot; with a chat, write to it and remove that."""
    bot = await _known_bot(settings, path)
    if settings.chat is None:
        return ok(Evidence.AUTHENTICATED)
    return await _round_trip(bot, settings.chat)


def addressee(settings: Settings, to: str) -> str:
    """Return the chat of a notice, by default the test's, or raise BadValue."""
    own = None if settings.chat is None else str(settings.chat)
    return notices.address(
        to, own, option="chat", form=CHAT, example="-1001234567890, @town"
    )


async def send(
    settings: Settings, path: Path | None, notice: Notice
) -> AsyncIterator[Stage]:
    """Write a notice to a chat."""
    bot = await _known_bot(settings, path)
    text = notices.calling_nobody(notices.whole(notice))
    ours = notices.known_by(notices.calling_nobody(notice.mark))
    chat = addressee(settings, notice.to)
    no_preview = {"is_disabled": True}
    await bot.write(chat, text, ours, link_preview_options=no_preview)
    yield Stage.ACCEPTED


async def _known_bot(settings: Settings, path: Path | None) -> "_Bot":
    service = Service(settings.base_url, path, settings)
    token = settings.token.reveal().strip()
    bot = _Bot(service, f"/bot{quote(token, safe=':')}/")
    me = await bot.call("getMe")
    if not isinstance(me, dict) or me.get("is_bot") is not True:
        raise Stop(service.lacks("is_bot"))
    service.prove(Evidence.AUTHENTICATED)
    return bot


async def _round_trip(bot: "_Bot", chat: int | str) -> Outcome:
    ours = OwnMessage()
    number = await bot.write(chat, ours.text, ours, disable_notification=True)
    accepted = ok(Evidence.AUTHENTICATED, sent=1)
    shown = ours.delivered()
    removing = bot.call("deleteMessage", chat_id=chat, message_id=number)
    outcome, removed = await tidy(accepted, removing)
    return shown if removed else outcome


class _Bot(Struct, frozen=True):
    service: Service
    where: str  # holds the token

    async def call(self, method: str, **document: Any) -> Any:
        """Call one method and return its result."""
        answer = await self.service.ask(
            "POST" if document else "GET",
            self.where + method,
            document=document or None,
        )
        if answer.status != NO_SUCH_BOT or b'"ok"' not in answer.body:
            self.service.check(answer)
        reply = self.service.json(answer)
        if not isinstance(reply, dict) or not isinstance(reply.get("ok"), bool):
            raise Stop(self.service.another("Telegram"))
        self.service.prove(Evidence.SERVED)
        if not reply["ok"]:
            code = reply.get("error_code", answer.status)
            said = complaint(reply)
            if code == TOO_MANY:
                raise Stop(self.service.limited(answer, said))
            raise Stop(self.service.failed(self._reason(code), code=code, said=said))
        self.service.check(answer)
        return reply.get("result")

    async def write(
        self, chat: int | str, text: str, ours: OwnMessage, **options: Any
    ) -> int:
        """Write a message to a chat, and return its number there."""
        sent = await self.call("sendMessage", chat_id=chat, text=text, **options)
        number = sent.get("message_id") if isinstance(sent, dict) else None
        if not isinstance(number, int) or not ours.is_in(sent.get("text", text)):
            raise Stop(self.service.nonsense(problem="no-message"))
        return number

    def _reason(self, code: Any) -> Reason:
        if self.service.proven is Evidence.AUTHENTICATED:
            return Reason.REJECTED
        return Reason.AUTH if code in (REFUSED, NO_SUCH_BOT) else Reason.STATUS
