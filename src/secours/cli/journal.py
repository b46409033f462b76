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

from secours import places
from secours.cli import arguments, printing
from secours.cli.refusal import Refused
from secours.config.reader import durations
from secours.engine.control import requests
from secours.engine.published import snapshot_file
from secours.engine.store import verify
from secours.engine.store.reader import HistoryReader, JournalEntry
from secours.engine.store.schema import Newer
from secours.render.answers import journal as journal_answer
from secours.render.paper import export

WRITTEN_WITHIN_S = 10.0  # what the snapshot rests on


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `journal`."""
    arguments.add_format(parser, "text", "json", "csv")
    parser.add_argument(
        "--since",
        type=_moment,
        metavar="WHEN",
        help="from then on: 2h ago as '2h', or a date and time such as 2026-11-24T14:00"
        " (UTC unless it says otherwise)",
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
        help="tell the core again what it was told since the engine started: does it"
        " come to the same changes and the same snapshot?",
    )
    parser.add_argument("--config", metavar="FILE", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the journal, or add to it."""
    if args.note is not None or args.by is not None:
        return _note(args.note or "", args.by or "")
    if args.verify:
        return _verify()
    _print(_entries(args.since, args.limit), args.format)
    return 0


def _note(text: str, by: str) -> int:
    if not text.strip() or not by.strip():
        raise Refused("a note needs --note TEXT and --by NAME")
    try:
        request = {"do": "journal", "text": text, "by": by}
        answer = requests.ask(places.runtime_dir(), request)
    except requests.NoEngine as nobody:
        raise Refused(f"not noted: {nobody}") from None
    if error := answer.get("error"):
        raise Refused(f"not noted: {error}")
    held = answer.get("kept") == "memory"
    print("noted" + (", in memory only: the disk refuses" if held else ""))
    return 0


def _verify() -> int:
    """Say whether the log, told to the core again, says the same."""
    try:
        published, _ = snapshot_file.read(places.runtime_dir())
    except (places.NoPlace, FileNotFoundError, snapshot_file.Corrupt):
        raise Refused("not verified: no engine has published a snapshot") from None
    try:
        with _history() as history:
            verify.await_written(history, published, WRITTEN_WITHIN_S)
            again = verify.refold(history, published)
    except verify.Incomplete as incomplete:
        raise Refused(f"not verified: the log is incomplete: {incomplete}") from None
    since = again.since.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    told = f"{again.events} events since {since}"
    if again.changes != again.journal:
        raise Refused(f"{told} do not come to the changes that the journal has")
    if again.snapshot != snapshot_file.encoded(published):
        raise Refused(f"{told} do not come to the newest snapshot")
    same = f"{len(again.changes)} changes and the newest snapshot"
    print(f"{told}, told again, come to the same {same}")
    return 0


def _entries(since: datetime | None, limit: int) -> list[JournalEntry]:
    with _history() as history:
        return history.journal(since=since, limit=limit)


@contextmanager
def _history() -> Iterator[HistoryReader]:
    folder = places.data_dir()
    try:
        with HistoryReader(folder) as history:
            yield history
    except FileNotFoundError:
        raise Refused(f"there is no history in {folder} yet") from None
    except (Newer, OSError, sqlite3.Error) as error:
        raise Refused(f"the history in {folder} cannot be read: {error}") from None


def _print(entries: Sequence[JournalEntry], form: str) -> None:
    match form:
        case "json":
            printing.as_json(journal_answer.answer(entries))
        case "csv":
            printing.lines(export.as_csv(entries).splitlines())
        case _:
            printing.lines(_lines(entries))


def _lines(entries: Sequence[JournalEntry]) -> Iterator[str]:
    for entry in entries:
        at = entry.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        yield f"{at}  {entry.by}  {_said(entry)}"


def _said(entry: JournalEntry) -> str:
    change = entry.change
    if change is None:
        return entry.text or entry.kind
    why = f" ({change.reason})" if change.reason else ""
    if "took_s" in change.facts:  # from its first failed test on
        took_s, limit_s = change.facts["took_s"], change.facts["limit_s"]
        why = f" (took {took_s} s, at most {limit_s} s)"
    before, after = change.before or "-", change.after or "-"
    said = f": {entry.text}" if entry.text else ""
    return f"{change.subject} {change.name}: {before} -> {after}{why}{said}"


def _moment(text: str) -> datetime:
    """Read a moment: so long ago, or a date and time."""
    try:
        return datetime.now(UTC) - timedelta(seconds=durations.read(text))
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        words = "must be such as 2h, or 2026-11-24T14:00"
        raise argparse.ArgumentTypeError(words) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
