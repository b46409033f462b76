"""Show what changed and what people noted, newest first; note something; or verify it.

The history is read beside the engine and needs none running. A note goes to the engine,
which alone writes. To verify is to tell the core again what it was told: it must say
the same.
"""

import argparse
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from secours import places, texts
from secours.cli import arguments, printing, prose, published, usage
from secours.cli.refusal import Refused, unreadable
from secours.cli.requests import noted, sent
from secours.config.reader import durations
from secours.engine import state_file
from secours.engine.published import snapshot_file
from secours.engine.store import verify
from secours.engine.store.database.reset import DAMAGED, Reset
from secours.engine.store.database.schema import Newer
from secours.engine.store.reader import HistoryReader, JournalEntry
from secours.message import Fact, Message, message, why_and_where
from secours.model.requests import NoteRequest
from secours.render import times
from secours.render.answers import journal as journal_answer
from secours.render.paper import export
from secours.render.wording import journal
from secours.render.wording.localizer import Localizer, zone

WRITTEN_WITHIN_S = 10.0  # events of the snapshot


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `journal`."""
    arguments.add_format(parser, "text", "json", "csv")
    parser.add_argument(
        "--since",
        type=_moment,
        metavar="WHEN",
        help="from then on: 2h ago as '2h', or a date and time such as 2026-11-24T14:00"
        " (on the site's clock, unless it has a time zone)",
    )
    parser.add_argument(
        "--limit",
        type=arguments.at_least(1),
        default=100,
        metavar="N",
        help="at most so many, the newest (default: 100)",
    )
    parser.add_argument("--note", metavar="TEXT", help="add this to the journal")
    parser.add_argument("--by", metavar="NAME", help="who notes it")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="replay the log since the engine started: it has to give the changes of"
        " the journal and the newest snapshot",
    )
    arguments.add_language(parser)
    parser.add_argument("--config", metavar="FILE", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the journal, or add to it."""
    if args.note is not None or args.by is not None:
        return _note(args)
    if args.verify:
        return _verify(args)
    _print(args)
    return 0


def _note(args: argparse.Namespace) -> int:
    text, by = args.note or "", args.by or ""
    if not text.strip() or not by.strip():
        raise Refused(message("commands.journal.needs"))
    answer = sent(NoteRequest(text=text, by=by))
    prose.say(noted(answer, _localizer(args).language))
    return 0


def _verify(args: argparse.Namespace) -> int:
    """Verify that the log, replayed, gives the same."""
    try:
        newest, _ = snapshot_file.read(places.runtime_dir())
    except (places.NoPlace, FileNotFoundError, snapshot_file.Corrupt):
        raise Refused(message("commands.verify.no-snapshot")) from None
    try:
        with _history() as history:
            verify.await_written(history, newest, WRITTEN_WITHIN_S)
            again = verify.refold(history, newest)
            begun = history.begun_anew()
    except verify.Incomplete as incomplete:
        why = incomplete.message
        raise Refused(message("commands.verify.incomplete", why=why)) from None
    since = times.second(again.since, newest.site.timezone)
    facts: dict[str, Fact] = {"events": again.events, "since": since}
    if again.changes != again.journal:
        raise _differs(message("commands.verify.other-changes", **facts))
    if again.snapshot != state_file.encoded(newest):
        raise _differs(message("commands.verify.other-snapshot", **facts))
    same = message("commands.verify.same", **facts, changes=len(again.changes))
    said = (same, _gap(begun, newest.site.timezone)) if begun else (same,)
    language = arguments.language_of(args, newest.site.language)
    printing.timed([texts.in_words(language, each) for each in said], newest, language)
    return 0


def _differs(what: Message) -> Refused:
    """Refuse a log that differs, perhaps from before an upgrade."""
    return Refused(message("commands.verify.differs", what=what))


def _gap(reset: Reset, timezone: str) -> Message:
    """Say since when there is a history."""
    where = {"file": reset.aside} if reset.why == DAMAGED else {}
    at = times.second(reset.at, timezone)
    return message("commands.verify.begun", at=at, **where)


@contextmanager
def _history() -> Iterator[HistoryReader]:
    folder = places.data_dir()
    try:
        with HistoryReader(folder) as history:
            yield history
    except FileNotFoundError:
        raise Refused(message("commands.history.none", folder=str(folder))) from None
    except Newer as newer:
        raise unreadable(folder, newer.message) from None
    except OSError as error:
        raise unreadable(folder, why_and_where(error)) from None
    except sqlite3.Error as error:
        said = message("commands.os.said", said=str(error))
        raise unreadable(folder, said) from None


def _print(args: argparse.Namespace) -> None:
    since = args.since
    if since and not since.tzinfo:
        since = since.replace(tzinfo=zone(_localizer(args).snapshot.site.timezone))
    with _history() as history:
        entries = history.journal(since=since, limit=args.limit)
    match args.format:
        case "json":
            printing.as_json(journal_answer.answer(entries))
        case "csv":
            printing.lines(export.as_csv(entries).splitlines())
        case _:
            localizer = _localizer(args)
            lines = _lines(entries, localizer)
            printing.timed(lines, localizer.snapshot, localizer.language)


def _localizer(args: argparse.Namespace) -> Localizer:
    """Return the localizer of the site's language and channel names."""
    shot = published.known(args.config or places.plan_file())
    return Localizer(shot, arguments.language_of(args, shot.site.language))


def _lines(entries: Sequence[JournalEntry], localizer: Localizer) -> Iterator[str]:
    for entry in entries:
        at = times.second(entry.at, localizer.snapshot.site.timezone)
        yield f"{at}  {journal.author(entry)}  {journal.sentence(entry, localizer)}"


def _moment(text: str) -> datetime:
    """Parse a moment: an age, or a date and time, perhaps without a zone."""
    try:
        return datetime.now(UTC) - timedelta(seconds=durations.read(text))
    except (ValueError, OverflowError):  # no length of time, or before the year 1
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise usage.wrong(
            "commands.usage.moment", length="2h", date="2026-11-24T14:00"
        ) from None
    return moment
