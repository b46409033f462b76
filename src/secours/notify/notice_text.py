"""Words of a notice, as it stands in the outbox and as it goes out, and its journal."""

from msgspec.structs import replace

from secours import texts
from secours.core.notices.matters import Matter
from secours.model.notices import Notice, NoticeEntry, NoticeStep
from secours.notify import outbox
from secours.notify.ledger import Stamp
from secours.notify.outbox import Entry
from secours.render.wording.localizer import Localizer
from secours.render.wording.notice import Wording, words


def telling(stamp: Stamp, entry: Entry, told: tuple[Matter, ...]) -> Entry:
    """Return a notice of these matters, with its title for the screens."""
    entry = replace(entry, matters=told)
    kinds = tuple(dict.fromkeys(matter.kind for matter in told))
    site = stamp.config.site.language
    title = _words(stamp, replace(entry, interrupted=False), site).title
    return replace(entry, dispatch=replace(entry.dispatch, title=title, kinds=kinds))


def notice(stamp: Stamp, entry: Entry, link: str) -> Notice:
    """Return a notice as it goes out, in the language of who gets it."""
    language = _language(stamp, entry)
    wording = _words(stamp, entry, language, link)
    return Notice(
        title=wording.title,
        text=wording.text,
        brief=wording.brief,
        mark=entry.dispatch.code,
        spoken=texts.say(language, "notice.spoken", what=wording.title),
        language=language,
        key=f"{entry.dispatch.recipient} {entry.dispatch.at.isoformat()}",
        urgent=any(map(outbox.presses, entry.matters)),
    )


def _language(stamp: Stamp, entry: Entry) -> str:
    """Return the recipient's language; of a test that of the first at its target."""
    to = entry.dispatch.recipient
    recipients = stamp.config.notify.recipients
    if entry.dispatch.test:
        asked = [each for each in recipients.values() if to in each.targets]
    else:
        asked = [recipients[to]] if to in recipients else []
    return (asked[0].language if asked else None) or stamp.config.site.language


def _words(stamp: Stamp, entry: Entry, language: str, link: str = "") -> Wording:
    dispatch = entry.dispatch
    localizer = Localizer(stamp.shot, language)
    before = stamp.config.notify.recipients.get(dispatch.escalated_from or "")
    return words(
        entry.matters,
        localizer,
        code=dispatch.code,
        link=link,
        exercise=dispatch.exercise,
        again=entry.interrupted,
        test=dispatch.test,
        unanswered=localizer.in_language(before.label) if before else "",
    )


def line(
    step: NoticeStep, entry: Entry, *, target: str = "", before: str = ""
) -> NoticeEntry:
    """Return a line of the journal on a notice."""
    dispatch = entry.dispatch
    return NoticeEntry(
        step=step,
        code=dispatch.code,
        recipient=dispatch.recipient,
        target=target,
        attempt=len(outbox.tries(entry, target)),
        before=before,
        exercise=dispatch.exercise,
    )
