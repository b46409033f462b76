"""Acknowledgement of a notice, by its code or by the link in it."""

from msgspec.structs import replace

from secours.message import Refusal
from secours.model.notices import AckWay, Dispatch, NoticeStep
from secours.notify import codes, outbox
from secours.notify.ledger import NoticeLedger
from secours.notify.notice_text import line
from secours.notify.outbox import Entry


class NotSent(Refusal):
    """The request on a notice or a target cannot be met."""


class Acknowledgements:
    """Acknowledgements of the notices in a ledger."""

    def __init__(self, ledger: NoticeLedger) -> None:
        self._ledger = ledger

    def meant(self, code: str, token: str = "") -> tuple[Dispatch, ...]:
        """Return the notice of a code or a link, by recipient, or raise NotSent."""
        if token:
            return (self._of_link(codes.digest(token)).dispatch,)
        found = self._ledger.box.of_code(codes.meant(code))
        if not found:
            raise NotSent("commands.notify.no-code", code=codes.meant(code)[:20])
        return tuple(entry.dispatch for entry in found)

    def _of_link(self, digest: str) -> Entry:
        """Return the notice of an unused link; raise NotSent if others may know it."""
        acknowledgeable = self._ledger.box.by_token(digest, self._ledger.host.now())
        stamp = self._ledger.stamp
        if acknowledgeable is None or stamp is None:
            raise NotSent("commands.notify.no-link")
        entry, link = acknowledgeable
        if self._ledger.is_private(stamp, link.target):
            return entry
        if not link.refused:
            self._ledger.put(outbox.with_refused(entry, link))
            refused = line(NoticeStep.LINK_REFUSED, entry, target=link.target)
            self._ledger.host.note("", refused)
        raise NotSent("commands.notify.no-link")

    def acknowledge(
        self, by: str, code: str, token: str = "", way: AckWay = ""
    ) -> Dispatch:
        """Note that somebody sees to it; the first one stays; or raise NotSent."""
        dispatch = self.meant(code, token)[0]
        of_all = self._ledger.box.of_code(dispatch.code)
        if dispatch.acknowledged_at is None:
            for entry in of_all:
                now = self._ledger.host.now()
                self._ledger.put(outbox.acknowledged(entry, by, now, way))
                self._ledger.end_if_over(entry.id)
            step = line(NoticeStep.ACKNOWLEDGED, of_all[0])
            self._ledger.host.note(by, replace(step, way=way))
        latest = self._ledger.box.find((dispatch.code, dispatch.recipient))
        return latest.dispatch if latest else dispatch
