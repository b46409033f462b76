"""Notices on the pages: targets, attempts, and acknowledgements.

Pure. A notice accepted by a relay is never shown as arrived: it has another word and
shape.
"""

from collections.abc import Iterator
from typing import TypeAlias

from markupsafe import Markup
from msgspec import Struct

from secours.model.notices import UNFIT, Attempt, Dispatch, Fitness, Stage, TargetView
from secours.model.requests import AckRequest, NoticesOnRequest, NotifyTestRequest
from secours.render import proofs, templates
from secours.render.badges import Badge, Tone
from secours.render.templates import Row
from secours.render.templates.links import LinkedWords, PageLink, action_link
from secours.render.wording.localizer import Localizer

MOST_NOTICES = 10
ACK = "ack"  # in the address
NoticeRequest: TypeAlias = AckRequest | NotifyTestRequest | NoticesOnRequest
TONES = {
    Fitness.SHARES: Tone.DEGRADED,
    Fitness.UNKNOWN_NEEDS: Tone.UNKNOWN,
    Fitness.DOWN: Tone.DOWN,
    Fitness.DISTRUSTED: Tone.ASIDE,
    Fitness.UNUSABLE: Tone.DOWN,
}
"""Fit targets have none: nothing was measured of them."""


class NoticeRow(Struct, frozen=True, kw_only=True):
    """Target or notice as drawn, with the request it allows."""

    name: str  # of the target, or the code
    html: Markup
    button: str  # the key of its words
    request: NoticeRequest | None  # None where nothing can be done


def waiting(localizer: Localizer, *, acts: bool) -> list[LinkedWords]:
    """Return the unacknowledged notices; `acts` adds links to do so."""
    return [
        (_in_a_line(code, sent, localizer), _link(code, localizer) if acts else None)
        for code, sent in localizer.snapshot.unacknowledged().items()
    ]


def in_hand(localizer: Localizer) -> list[str]:
    """Return who sees to what still holds, once for each notice."""
    by_code = {each.code: each for each in localizer.snapshot.notices if each.in_hand}
    return [
        localizer.say(
            "notices.in_hand",
            code=each.code,
            by=each.acknowledged_by,
            way=_way(each, localizer),
            time=localizer.time(each.acknowledged_at or each.at),
            title=each.title or None,
        )
        for each in by_code.values()
    ]


def _way(notice: Dispatch, localizer: Localizer) -> str | None:
    """Return by what a notice was acknowledged, where not on a screen."""
    way = notice.acknowledged_way
    return localizer.say(f"notices.way.{way}") if way else None


def _in_a_line(code: str, sent: tuple[Dispatch, ...], localizer: Localizer) -> str:
    first = sent[0]
    over = (
        f"{each.target} ({_badge(each, localizer).word})"
        for one in sent
        for each in _latest(one).values()
    )
    return localizer.say(
        "notices.waits",
        code=code,
        time=localizer.time(min(each.at for each in sent)),
        title=first.title or None,
        on=", ".join(dict.fromkeys(over)) or None,
    )


def _link(code: str, localizer: Localizer) -> PageLink:
    return action_link("notices.ack", code, localizer, do=ACK, code=code)


def asked(code: str | None, localizer: Localizer) -> AckRequest | None:
    """Return the acknowledgement that an address asks for, if that notice waits."""
    waits = code and code in localizer.snapshot.unacknowledged()
    return AckRequest(code=code) if code and waits else None


def held(localizer: Localizer) -> str:
    """Return that notices are held, and until when; "" where not."""
    until = localizer.snapshot.held_until
    return localizer.say("notify.held", time=localizer.time(until)) if until else ""


def will(request: NoticeRequest, localizer: Localizer) -> list[str]:
    """Return the effect of a request."""
    if isinstance(request, NoticesOnRequest):
        return [localizer.say("act.will.notices-on")]
    if isinstance(request, NotifyTestRequest):
        return [localizer.say("act.will.notify-test", name=request.target)]
    sent = localizer.snapshot.unacknowledged().get(request.code, ())
    titles = [localizer.quoted(each.title) for each in sent[:1] if each.title]
    return [localizer.say("act.will.ack", code=request.code), *titles]


def done_html(request: NoticeRequest, localizer: Localizer) -> Markup:
    """Draw that a request was taken."""
    time = localizer.time(localizer.snapshot.at.utc)
    name: str | None
    match request:
        case AckRequest():
            key, name = "notices.acknowledged.now", request.code
        case NotifyTestRequest():
            key, name = "notices.test.begun", request.target
        case _:
            key, name = "notices.on.now", None
    return _drawn("done", localizer, said=localizer.say(key, name=name, time=time))


def targets(localizer: Localizer) -> list[NoticeRow]:
    """Return each target, with its fitness and the result of its last test."""
    return [_target(view, localizer) for view in localizer.snapshot.targets]


def _target(view: TargetView, localizer: Localizer) -> NoticeRow:
    tone = TONES.get(view.fitness)
    tests = [each for each in localizer.snapshot.notices if each.test]
    tried = [_latest(each).get(view.name) for each in tests]
    last = next((each for each in tried if each is not None), None)
    return NoticeRow(
        name=view.name,
        html=_drawn(
            "target",
            localizer,
            name=view.name,
            through=localizer.short_name(view.through) if view.through else "",
            tone=tone,
            fitness=localizer.say(
                f"notices.fitness.{view.fitness}", what=view.detail or None
            ),
            proof=proofs.sentence(view, localizer),
            last=_row(last, localizer) if last else None,
        ),
        button="notices.test.send",
        request=None if view.fitness in UNFIT else NotifyTestRequest(target=view.name),
    )


def recent(localizer: Localizer) -> list[NoticeRow]:
    """Return the latest notices, each with its attempts."""
    waiting = [sent[0] for sent in localizer.snapshot.unacknowledged().values()]
    return [
        NoticeRow(
            name=each.code,
            html=_notice(each, localizer),
            button="notices.ack.of",
            request=AckRequest(code=each.code) if each in waiting else None,
        )
        for each in localizer.snapshot.notices[:MOST_NOTICES]
    ]


def _notice(notice: Dispatch, localizer: Localizer) -> Markup:
    rows = [_row(each, localizer) for each in notice.attempts]
    return _drawn(
        "notice",
        localizer,
        code=notice.code,
        title=notice.title,
        facts=list(_facts(notice, localizer)),
        badge=_badge_of(notice, localizer),
        attempts=rows,
    )


def _facts(notice: Dispatch, localizer: Localizer) -> Iterator[str]:
    """Yield when it was due, its recipient, and its acknowledgement."""
    yield localizer.say("notices.due", time=localizer.time(notice.at))
    if notice.test:
        yield localizer.say("notices.test")
    else:
        yield localizer.say("notices.to", name=_called(notice.recipient, localizer))
    if before := notice.escalated_from:
        yield localizer.say("notices.escalated", name=_called(before, localizer))
    if notice.acknowledged_at:
        yield localizer.say(
            "notices.acknowledged",
            by=notice.acknowledged_by,
            way=_way(notice, localizer),
            time=localizer.time(notice.acknowledged_at),
        )
    elif notice.asks:
        yield localizer.say("notices.unacknowledged")


def _called(recipient: str, localizer: Localizer) -> str:
    """Return a recipient's label in the plan."""
    sent = localizer.snapshot.notices
    labels = (each.label for each in sent if each.recipient == recipient)
    return next(filter(None, map(localizer.in_language, labels)), recipient)


def _latest(notice: Dispatch) -> dict[str, Attempt]:
    """Return the last attempt on each target."""
    return {each.target: each for each in notice.attempts}


def _row(attempt: Attempt, localizer: Localizer) -> Row:
    again = localizer.say("notices.again") if attempt.again else ""
    reason, facts = attempt.reason, attempt.facts
    why = localizer.plainly_of_notice(reason, facts) if reason else ""
    return {
        "target": attempt.target,
        "badge": _badge(attempt, localizer),
        "when": localizer.time(attempt.at),
        "detail": " · ".join(filter(None, (why, again))),
    }


def _badge_of(notice: Dispatch, localizer: Localizer) -> Badge:
    """Return the progress of the farthest attempt; a call beside it is none."""
    carrying = (each for each in notice.attempts if not each.rings)
    farthest = max(carrying, key=_progress, default=None)
    if farthest is not None:
        return _badge(farthest, localizer)
    key = "notices.none" if notice.over else "notices.waiting"
    return Badge(Tone.DOWN if notice.over else Tone.UNKNOWN, localizer.say(key))


def _progress(attempt: Attempt) -> tuple[int, bool]:
    stage = None if attempt.is_lost else attempt.stage
    return [None, *Stage].index(stage), attempt.under_way


def _badge(attempt: Attempt, localizer: Localizer) -> Badge:
    """Return the progress of an attempt: a disc only once it has arrived."""
    match attempt.stage:
        case Stage.ARRIVED:
            return Badge(Tone.OK, localizer.say("notices.arrived"))
        case Stage.ACCEPTED if not attempt.is_lost:
            awaited = (
                "notices.receipt.awaited"
                if attempt.under_way
                else "notices.receipt.none"
            )
            beside = localizer.say(awaited)
            return Badge(Tone.ANSWERS, localizer.say("notices.accepted"), beside)
    if attempt.under_way:
        return Badge(Tone.UNKNOWN, localizer.say("notices.sending"))
    return Badge(Tone.DOWN, localizer.say("notices.refused"))


def _drawn(part: str, localizer: Localizer, /, **values: object) -> Markup:
    return templates.part("notices.html", part, localizer.language, **values)
