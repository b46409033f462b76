"""Requests on notices: test a target, acknowledge, show them.

- `notify-test` with `target` and `by`: `notice` is the Dispatch of the test.
- `notices-on` with `by`: notices held since the first start are sent from now on;
  `held` tells whether there were any.
- `ack` with `by` and `code` or `token`: `notice` is the one acknowledged, as it now is.
- `text` with `sender` and `text`: what a gateway was sent; it is an error where no
  gateway of the plan has `answers: true`.
- `notices`, or with `code` or `token` only that one: `targets`, `recipients` and
  `notices`.

`notices` are Dispatches, the newest first, and `targets` are TargetViews, as in the
snapshot; `recipients` are RecipientViews. An unknown or expired code or token is an
error; an acknowledged notice keeps its first acknowledgement.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from secours.engine.control.requests import RequestRefused, RequestTable
from secours.engine.control.statements import signed
from secours.engine.engine import Engine
from secours.model.notices import RecipientView
from secours.model.requests import (
    AckRequest,
    NoticesOnRequest,
    NoticesRequest,
    NotifyTestRequest,
    TextRequest,
)
from secours.model.sections.notify import Recipient
from secours.notify.acknowledgement import NotSent
from secours.outside_text import plain


class NoticeAnswers:
    """Answers for the notices of an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def table(self) -> RequestTable:
        """Return what can be asked."""
        return {
            NotifyTestRequest: _refusing(self._test),
            NoticesOnRequest: self._release,
            AckRequest: _refusing(self._acknowledge),
            NoticesRequest: _refusing(self._show),
            TextRequest: _refusing(self._text),
        }

    async def _test(self, wanted: NotifyTestRequest) -> dict[str, Any]:
        dispatch = self._engine.notices.test(plain(wanted.target), signed(wanted.by))
        return {"notice": dispatch}

    async def _release(self, wanted: NoticesOnRequest) -> dict[str, Any]:
        held = self._engine.notices.release(signed(wanted.by))
        await self._engine.notices.until_written()
        return {"ok": True, "held": held}

    async def _acknowledge(self, wanted: AckRequest) -> dict[str, Any]:
        by = signed(wanted.by)
        notices = self._engine.notices
        dispatch = notices.acknowledge(by, wanted.code, wanted.token)
        await notices.until_written()
        return {"notice": dispatch}

    async def _text(self, came: TextRequest) -> dict[str, Any]:
        settings = [probe.settings for probe in self._engine.config.probes()]
        if not any(getattr(each, "answers", False) for each in settings):
            raise NotSent("commands.notify.no-answers")
        await self._engine.inboxes.answers.take(came.sender, came.text)
        return {}

    async def _show(self, wanted: NoticesRequest) -> dict[str, Any]:
        notices = self._engine.notices
        one = wanted.code or wanted.token
        shown = notices.meant(wanted.code, wanted.token) if one else notices.latest()
        views = notices.views(self._engine.config, self._engine.memory)
        named = self._engine.config.notify.recipients.values()
        recipients = tuple(map(_view, named))
        held = notices.held_until
        told = {"targets": views, "recipients": recipients, "notices": shown}
        return {**told, "held_until": held}


def _view(recipient: Recipient) -> RecipientView:
    return RecipientView(
        name=recipient.name,
        targets=recipient.targets,
        escalate_to=recipient.escalate_to,
        escalate_after_s=float(recipient.escalate_after_s),
    )


def _refusing(
    answer: Callable[[Any], Awaitable[dict[str, Any]]],
) -> Callable[[Any], Awaitable[dict[str, Any]]]:
    async def answered(wanted: Any) -> dict[str, Any]:
        try:
            return {"ok": True, **await answer(wanted)}
        except NotSent as refused:
            raise RequestRefused(refused.message) from None

    return answered
