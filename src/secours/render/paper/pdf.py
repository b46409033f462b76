"""The sheet as PDF, for a printer and for a memory stick.

Its text in Courier, which every reader and printer has and whose letters are all as
wide, so that columns stay columns; rows that are not indented are bold, as they are
titles or what to use. On one page of A4 if that can be read, else on several; each says
when it was true.

Source: ISO 32000-1 sections 7.5 (the parts of a file), 9.6.2.2 (standard fonts) and
annex D.2 (WinAnsiEncoding, which is code page 1252).
"""

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from secours import texts
from secours.model.snapshot import Snapshot
from secours.render.paper.sheet import sheet_text, true_at
from secours.render.wording.localizer import Localizer

WIDE_PT, HIGH_PT, MARGIN_PT = 595, 842, 42  # A4, and what no printer reaches
SIZES_PT = (11.0, 10.0, 9.0, 8.0)  # on one page; on several the second
LETTER, LEADING = 0.6, 1.2  # of the type size
FURTHER = "    "  # before what a row goes on with
SIGNS = str.maketrans({"\u202f": "\u00a0", "→": ">", "\u2212": "-"})


def sheet_pdf(rows: Sequence[str], snapshot: Snapshot, language: str) -> bytes:
    """Return the rows of a snapshot's sheet as a file."""
    localizer = Localizer(snapshot, texts.language_of(language))
    foot = localizer.say("sheet.printed", time=true_at(localizer))
    size = next((s for s in SIZES_PT if len(_pages(rows, s)) == 1), SIZES_PT[1])
    pages = _pages(rows, size)
    return _file(
        [
            _content(page, f"{foot} · {number}/{len(pages)}", size)
            for number, page in enumerate(pages, 1)
        ]
    )


def sheet_rows(
    snapshot: Snapshot,
    language: str,
    *,
    states: bool,
    how: bool,
    occasions: Iterable[str] = (),
) -> list[str]:
    """Return the rows of a sheet, after the occasions on which it is printed."""
    said = [texts.say(language, f"paper.on.{each}") for each in occasions]
    head = [texts.say(language, "paper.because", what=", ".join(said))] if said else []
    return [*head, *sheet_text(snapshot, language, states=states, how=how).splitlines()]


def _pages(rows: Sequence[str], size: float) -> list[list[tuple[str, bool]]]:
    """Return the rows of each page, wrapped, each with whether it is bold."""
    letters = int((WIDE_PT - 2 * MARGIN_PT) / (size * LETTER))
    high = int((HIGH_PT - 2 * MARGIN_PT) / (size * LEADING)) - 2  # and the foot
    wrapped = [
        (part, not row.startswith(" ")) for row in rows for part in _wrap(row, letters)
    ]
    return [wrapped[at : at + high] for at in range(0, len(wrapped), high)]


def _wrap(row: str, letters: int) -> list[str]:
    indent = row[: len(row) - len(row.lstrip())]
    return textwrap.wrap(
        row, letters, subsequent_indent=indent + FURTHER, drop_whitespace=True
    ) or [""]


def _content(page: Sequence[tuple[str, bool]], foot: str, size: float) -> bytes:
    """Return the commands that draw a page."""
    top = HIGH_PT - MARGIN_PT - size
    head = f"BT {size * LEADING:g} TL {MARGIN_PT} {top:g} Td".encode()
    rows = (
        b"/%s %g Tf (%s) Tj T*" % (b"B" if bold else b"N", size, _escaped(row))
        for row, bold in page
    )
    low = f"1 0 0 1 {MARGIN_PT} {MARGIN_PT} Tm".encode()
    return b"\n".join((head, *rows, low, b"(%s) Tj ET" % _escaped(foot)))


def _escaped(row: str) -> bytes:
    """Write a text as a string of PDF in WinAnsiEncoding."""
    raw = b"".join(map(_letter, row.translate(SIGNS)))
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _letter(letter: str) -> bytes:
    """Encode a letter: as it is, else without its accents, else as a question mark."""
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        plainer = unicodedata.normalize("NFKD", letter).encode("cp1252", "ignore")
        return plainer or b"?"


def _file(contents: Sequence[bytes]) -> bytes:
    """Return a file of pages: its objects, and the table of where each begins."""
    made, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), list[int]()
    for number, each in enumerate(_objects(contents), 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start, count = len(made), len(places) + 1
    made += b"xref\n0 %d\n0000000000 65535 f \n" % count
    made += b"".join(b"%010d 00000 n \n" % at for at in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % count
    return bytes(made + b"startxref\n%d\n%%%%EOF\n" % start)


def _objects(contents: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the catalog, the pages, two fonts, then each page and what it shows."""
    numbers = range(5, 5 + 2 * len(contents), 2)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    yield b"<< /Type /Catalog /Pages 2 0 R >>"
    yield (
        b"<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 %d %d]"
        b" /Resources << /Font << /N 3 0 R /B 4 0 R >> >> >>"
        % (kids, len(contents), WIDE_PT, HIGH_PT)
    )
    for font in (b"Courier", b"Courier-Bold"):
        yield (
            b"<< /Type /Font /Subtype /Type1 /BaseFont /%s"
            b" /Encoding /WinAnsiEncoding >>" % font
        )
    for number, content in zip(numbers, contents, strict=True):
        yield b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R >>" % (number + 1)
        yield b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
