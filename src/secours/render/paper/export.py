"""The journal to take along: CSV for a spreadsheet, JSON, and a page that prints.

Pure. The rows are those of `secours journal --format csv` and `json`.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from msgspec.structs import asdict

from secours.render.answers import journal
from secours.render.answers.journal import JournalLine
from secours.render.answers.values import encoded
from secours.render.escape import esc
from secours.render.pages.journal import JournalRow, moment, table_html, utc
from secours.render.wording.localizer import Localizer

COLUMNS = JournalLine.__struct_fields__
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(entries: Sequence[JournalRow]) -> str:
    """Return the entries as CSV; a spreadsheet runs nothing of what is in it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_harmless(asdict(journal.line(entry))) for entry in entries)
    return text.getvalue()


def as_json(entries: Sequence[JournalRow], site: str) -> str:
    """Return the entries as JSON."""
    return encoded(journal.answer(entries, site)).decode()


def as_page(entries: Sequence[JournalRow], localizer: Localizer, at: datetime) -> str:
    """Return the entries as one page of HTML that needs nothing else and prints."""
    return paper(
        localizer.say("page.journal"), table_html(entries, localizer), localizer, at
    )


def paper(title: str, body: str, localizer: Localizer, at: datetime) -> str:
    """Draw a dated page for A4, black on white. `body` is HTML."""
    site = localizer.in_language(localizer.snapshot.site.name)
    style = files("secours.render.stylesheets").joinpath("paper.css").read_text("utf-8")
    dated = localizer.say(
        "paper.printed",
        when=f"{moment(at, localizer)} ({utc(at)})",
        zone=_zone(localizer),
    )
    version = localizer.say(
        "paper.plan", version=localizer.snapshot.plan_version[:12] or "—"
    )
    example = localizer.say("note.example") if localizer.snapshot.example else ""
    return (
        f'<!DOCTYPE html><html lang="{localizer.language}"><head><meta charset="utf-8">'
        f"<title>{esc(title)} · {esc(site)}</title><style>{style}</style></head><body>"
        f"<header><h1>{esc(title)}</h1><p>{esc(site)}</p><p>{esc(dated)}</p>"
        f"<p>{esc(version)}</p><p>{esc(example)}</p></header><main>{body}</main></body></html>"
    )


def _zone(localizer: Localizer) -> str:
    return localizer.snapshot.site.timezone


def _harmless(found: dict[str, Any]) -> dict[str, Any]:
    """Keep a spreadsheet from running what somebody noted as a formula."""
    return {
        key: f"'{value}" if str(value or "").startswith(FORMULA) else value
        for key, value in found.items()
    }
