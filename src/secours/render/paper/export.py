"""Export of the journal: CSV for a spreadsheet, JSON, and a printed page.

Pure. The rows are those of `secours journal --format csv` and `json`.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup
from msgspec.structs import asdict

from secours.render.answers import journal
from secours.render.answers.journal import JournalLine
from secours.render.answers.values import encoded
from secours.render.logbook.print_page import paper
from secours.render.wording.journal import JournalRow, entry_views
from secours.render.wording.localizer import Localizer

COLUMNS = JournalLine.__struct_fields__
PRINTED = 2000  # entries: the files have all
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(entries: Sequence[JournalRow]) -> str:
    """Return the entries as CSV, safe against formulas of a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_harmless(asdict(journal.line(entry))) for entry in entries)
    return text.getvalue()


def as_json(entries: Sequence[JournalRow], site: str) -> str:
    """Return the entries as JSON."""
    return encoded(journal.answer(entries, site)).decode()


def as_page(
    entries: Sequence[JournalRow],
    localizer: Localizer,
    at: datetime,
    *,
    script: str = "",
) -> Markup:
    """Return the entries as one self-contained page of HTML to print."""
    return paper(
        "journal.html",
        localizer.say("page.journal"),
        localizer,
        at,
        script=script,
        incident=None,
        outages=(),
        strips=None,
        entries=entry_views(entries[:PRINTED], localizer),
        more=localizer.say("journal.more", n=PRINTED) if entries[PRINTED:] else "",
    )


def _harmless(row: dict[str, Any]) -> dict[str, Any]:
    """Quote values that a spreadsheet would run as formulas."""
    return {
        key: f"'{value}" if str(value or "").startswith(FORMULA) else value
        for key, value in row.items()
    }
