"""Show where notices go and what became of the latest, or send a test to one target.

At a first start notices are held, so that a plan which is still written tells nobody:
until somebody says --on, here or on the page *Act*, or for an hour after the last edit
of the plan. `notify: {held: false}` in the plan has them sent at once.

A test is marked as one. What comes of it is said as it comes: that the next one on the
way has accepted it is not that it has arrived.

Exit code of a test: 0 where it was accepted or arrived, 3 where it was not.
"""

import argparse
import getpass
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from secours import places, texts
from secours.cli import arguments, printing, prose, published
from secours.cli.refusal import Refused, language_of_site
from secours.engine import clock
from secours.engine.control import requests
from secours.message import message
from secours.model.notices import Attempt, Dispatch, RecipientView, Stage, TargetView
from secours.model.requests import (
    EngineRequest,
    NoticesOnRequest,
    NoticesRequest,
    NotifyTestRequest,
)
from secours.render import proofs, times
from secours.render.answers import notify as answers

LOOK_EVERY_S = 0.2
WAIT_S = 60
NOT_TAKEN = 3


class EngineAnswer(msgspec.Struct, frozen=True):
    """Answer of the engine."""

    targets: tuple[TargetView, ...] = ()
    recipients: tuple[RecipientView, ...] = ()
    notices: tuple[Dispatch, ...] = ()
    notice: Dispatch | None = None
    held: bool = False
    held_until: datetime | None = None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `notify`."""
    does = parser.add_mutually_exclusive_group()
    does.add_argument("--test", metavar="TARGET", help="send a test to this target")
    does.add_argument(
        "--on", action="store_true", help="send notices that were held until now"
    )
    parser.add_argument("--by", metavar="NAME", help="who says so (default: the user)")
    parser.add_argument(
        "--wait",
        type=arguments.at_least(1),
        default=WAIT_S,
        metavar="SECONDS",
        help=f"how long to wait for what comes of it (default: {WAIT_S})",
    )
    arguments.add_answer(parser, "text", "json", config=True)


def run(args: argparse.Namespace) -> int:
    """Show them, or send a test and follow it."""
    language = arguments.language_of(args, language_of_site(args))
    if args.test:
        return _test(args, language)
    if args.on:
        was_held = ask(NoticesOnRequest(by=args.by or _user())).held
        key = "notify.on" if was_held else "notify.on.already"
        prose.say(texts.say(language, key))
        return 0
    shown = ask(NoticesRequest())
    if args.format == "json":
        held = shown.held_until
        printing.as_json(
            answers.answer(shown.targets, shown.notices, held, at=clock.now())
        )
    else:
        shot = published.known(args.config or places.plan_file())
        listed = _listed(shown, shot.site.timezone, language)
        printing.timed(listed, shot, language)
    return 0


def ask(request: EngineRequest) -> EngineAnswer:
    """Ask it; raise Refused if none answers, or it refuses."""
    try:
        answer = requests.ask(places.runtime_dir(), request)
    except requests.NoEngine as nobody:
        raise Refused(nobody.message) from None
    if error := answer.get("error"):
        raise Refused(message("commands.failed", why=error))
    return msgspec.convert(answer, EngineAnswer)


def _test(args: argparse.Namespace, language: str) -> int:
    by = args.by or _user()
    notice = ask(NotifyTestRequest(target=args.test, by=by)).notice
    printed: list[str] = []
    until_s = time.monotonic() + args.wait
    while notice is not None:
        if args.format == "text":
            for news in _news(notice, printed, language):
                printing.announce(news)
        if _is_done(notice) or time.monotonic() > until_s:
            break
        time.sleep(LOOK_EVERY_S)
        notice = next(iter(ask(NoticesRequest(code=notice.code)).notices), notice)
    if notice is None:
        return NOT_TAKEN
    if args.format == "json":
        printing.as_json(answers.answer((), (notice,), at=clock.now()))
    elif not _is_done(notice):
        printing.announce(texts.say(language, "notify.unknown", n=args.wait))
    return 0 if notice.stage else NOT_TAKEN


def _user() -> str:
    """Return who uses this terminal."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise Refused(message("commands.notify.by")) from None


def _is_done(told: Dispatch) -> bool:
    """Tell whether no more can be heard of it."""
    under_way = any(attempt.under_way for attempt in told.attempts)
    return told.stage is Stage.ARRIVED or (bool(told.attempts) and not under_way)


def _news(notice: Dispatch, printed: list[str], language: str) -> Iterator[str]:
    """Yield the new outcomes."""
    for attempt in notice.attempts:
        news = _came_of(attempt, language)
        if news not in printed:
            printed.append(news)
            yield news


def _listed(shown: EngineAnswer, timezone: str, language: str) -> Iterator[str]:
    now = datetime.now(UTC)
    if shown.held_until:
        time = times.moment(shown.held_until, timezone, now)
        yield texts.say(language, "notify.held", time=time)
    if not shown.targets:
        yield texts.say(language, "notify.no-targets")
    for view in shown.targets:
        key = f"notify.target.{view.fitness}"
        yield texts.say(language, key, name=view.name, what=view.detail or None)
        if proof := proofs.state(view, clock.now(), language):
            yield f"  {proof}"
    for recipient in shown.recipients:
        yield _recipient(recipient, language)
    for notice in shown.notices:
        key = "notify.test" if notice.test else "notify.notice"
        yield texts.say(
            language,
            key,
            code=notice.code,
            name=notice.recipient,
            time=times.moment(notice.at, timezone, now),
            title=notice.title,
        )
        yield from (f"  {_came_of(each, language)}" for each in notice.attempts)
        if notice.acknowledged_at is not None:
            at = times.moment(notice.acknowledged_at, timezone, now)
            yield f"  {acknowledged(notice, at, language)}"


def _recipient(recipient: RecipientView, language: str) -> str:
    """Return the targets of a recipient, and the escalation."""
    to = recipient.escalate_to
    return texts.say(
        language,
        "notify.recipient",
        name=recipient.name,
        what=", ".join(recipient.targets),
        after_s=recipient.escalate_after_s if to else None,
        next=to,
    )


def acknowledged(notice: Dispatch, at: str, language: str) -> str:
    """Say who acknowledged a notice, and when."""
    way = notice.acknowledged_way
    return texts.say(
        language,
        "notify.acknowledged",
        code=notice.code,
        by=notice.acknowledged_by,
        way=texts.say(language, f"notices.way.{way}") if way else None,
        time=at,
    )


def _came_of(attempt: Attempt, language: str) -> str:
    """Say what came of an attempt."""
    if attempt.stage is not None and not attempt.is_lost:
        return texts.say(language, f"notify.{attempt.stage}", target=attempt.target)
    if attempt.under_way:
        return texts.say(language, "notify.sending", target=attempt.target)
    why = texts.detail_of_notice(language, attempt.reason, attempt.facts) or None
    return texts.say(language, "notify.failed", target=attempt.target, why=why)
