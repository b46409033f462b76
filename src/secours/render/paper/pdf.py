"""The sheet as PDF, for a printer and for a memory stick.

Text in Courier, a standard font of fixed width, keeps its columns. Rows without indent
are bold: titles, and channels to use. Cyrillic, Greek and Arabic names are
transliterated; the foot reports missing letters. One page of A4 if legible, else
several, each with the time of its data.

Source: ISO 32000-1 sections 7.5 (the parts of a file), 9.6.2.2 (standard fonts) and
annex D.2 (WinAnsiEncoding, which is code page 1252); ICAO Doc 9303 part 3 section 6
(Cyrillic, and Arabic without its escapes), ELOT 743 (Greek).
"""

# ruff: noqa: RUF001 -- letters of other alphabets are among its subjects

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from secours import texts
from secours.model.snapshot import Snapshot
from secours.render.paper.sheet import sheet_text, true_at
from secours.render.wording.localizer import Localizer

WIDE_PT, HIGH_PT, MARGIN_PT = 595, 842, 42  # A4, and what no printer reaches
SIZES_PT = (11.0, 10.0, 9.0, 8.0)  # on one page; on several the second
LETTER, LEADING = 0.6, 1.2  # of the type size
FURTHER = "    "  # indent of continuation rows
MISSING = "?"
SIGNS = {"\u202f": "\u00a0", "→": ">", "\u2212": "-", "Ł": "L", "ł": "l"}
LETTERS = """
    а a б b в v г g ґ g д d ђ d е e ё e є ie ж zh з z и i і i ї i й i ј j к k л l љ lj
    м m н n њ nj о o п p р r с s т t ћ c у u ў u ф f х kh ц ts ч ch џ dz ш sh щ shch
    ъ ie ы y э e ю iu я ia
    α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t
    υ y φ f χ ch ψ ps ω o
    ا a أ a إ i آ a ب b ت t ة h ث th ج j ح h خ kh د d ذ dh ر r ز z س s ش sh ص s ض d
    ط t ظ z ع e غ gh ف f ق q ك k ک k ل l م m ن n ه h و w ؤ w ى a ي y ئ y ی y پ p چ ch
    ژ zh گ g
"""
PAIRS = iter(LETTERS.split())
LATIN = {"ь": "", "ء": "", **dict(zip(PAIRS, PAIRS, strict=True))}


def sheet_pdf(rows: Sequence[str], snapshot: Snapshot, language: str) -> bytes:
    """Return the rows of a snapshot's sheet as a file."""
    localizer = Localizer(snapshot, texts.language_of(language))
    foot = localizer.say("sheet.printed", time=true_at(localizer))
    plain = [_printable(row) for row in rows]
    lacks = "".join(plain).count(MISSING) > "".join(rows).count(MISSING)
    note = f" · {localizer.say('paper.letters', what=MISSING)}" if lacks else ""
    size = next((s for s in SIZES_PT if len(_pages(plain, s)) == 1), SIZES_PT[1])
    pages = _pages(plain, size)
    return _file(
        [
            _content(page, _printable(f"{foot} · {number}/{len(pages)}{note}"), size)
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
    raw = row.encode("cp1252", "replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _printable(row: str) -> str:
    """Write a text in letters that the encoding has."""
    return "".join(map(_latin, unicodedata.normalize("NFC", row)))


def _latin(letter: str) -> str:
    """Return a letter as it is, transliterated, without its accents, or `MISSING`."""
    letter = SIGNS.get(letter, letter)
    low = letter.lower()
    if (latin := LATIN.get(low)) is not None:
        return latin if low == letter else latin.capitalize()
    with suppress(UnicodeEncodeError):
        letter.encode("cp1252")
        return letter
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    parts = unicodedata.normalize("NFKD", letter)
    if parts != letter:
        return "".join(map(_latin, parts))
    return "" if unicodedata.combining(letter) else MISSING


def _file(contents: Sequence[bytes]) -> bytes:
    """Return a file of pages: its objects, and the table of where each begins."""
    output, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), list[int]()
    for number, each in enumerate(_objects(contents), 1):
        places.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start, count = len(output), len(places) + 1
    output += b"xref\n0 %d\n0000000000 65535 f \n" % count
    output += b"".join(b"%010d 00000 n \n" % at for at in places)
    output += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % count
    return bytes(output + b"startxref\n%d\n%%%%EOF\n" % start)


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
