"""Strike our secrets out of what a peer said, as it stands or coded.

A peer repeats what it was sent: in an error page, a greeting, a line of a protocol. It
may write it as in a URL, in HTML, in a string of a program, in hexadecimal, or in
base64 with more around it. It may break it over lines, or lose what is no plain letter,
and what it says may have been cut in the middle of a secret.

Source: RFC 3986 section 2.1 (percent-encoding), RFC 4648 sections 4 and 5 (base64),
RFC 7617 section 2 (a name and a password in one), RFC 4616 section 2 (likewise).
"""

import base64
import html
import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from secours.model.observed import Outcome
from secours.model.secret import SHORTEST
from secours.outside_text import LONGEST

STRUCK = "***"
STRETCH = 12  # of a longer secret, so many characters in a row are struck
HALF = 8  # of a shorter one half, if it has as many
BARE = 8  # letters and digits of a secret that are looked for without what is between
CUT = LONGEST - 8  # a text as long as this may have been cut in the middle of a secret
BEGINNING = 4  # of a secret, that is struck at the end of such a text
DEPTH = 3  # how often a text may be coded
OURS = ("problem",)  # a slug of ours, whatever it resembles
FREE_TEXT = ("said", "phrase", "refused")  # the peer's own sentences
_CODED = re.compile(
    r"(?P<percent>(?:%[0-9a-f]{2})+)|(?P<entity>&(?:\#[0-9]{1,7}|\#x[0-9a-f]{1,6}|\w{1,31});)"
    r"|(?:\\u(?P<unicode>[0-9a-f]{4}))|(?:\\x(?P<byte>[0-9a-f]{2}))|(?:\\(?P<letter>.))"
    r"|(?P<half>(?:%[0-9a-f]?|&[\#\w]*|\\[ux]?[0-9a-f]{0,3})\Z)",
    re.IGNORECASE,
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_BROKEN = re.compile(r"(?:[A-Za-z0-9+/_-]{8,}\s+)+[A-Za-z0-9+/_-]+={0,2}")
_HEX = re.compile(r"(?:[0-9a-f]:?){12,}", re.IGNORECASE)
_STANDARD = str.maketrans("-_", "+/")

Span = tuple[int, int]


def redacted(outcome: Outcome, secrets: Iterable[str]) -> Outcome:
    """Return an outcome in whose facts no secret stands."""
    known = {secret.strip() for secret in secrets} - {""}
    if not known:
        return outcome
    short = any(len(secret) < SHORTEST for secret in known)
    facts = {
        name: STRUCK
        if short and name in FREE_TEXT
        else strike(fact, known)
        if isinstance(fact, str) and name not in OURS
        else fact
        for name, fact in outcome.facts.items()
    }
    return replace(outcome, facts=facts)


def strike(text: str, secrets: Iterable[str]) -> str:
    """Strike secrets out of a text, however it is coded."""
    views = [view for secret in secrets for view in _views(secret)]
    wanted = {_folded(view)[0] for view in views}
    bare = {_bare(view)[0] for view in views}
    bare = {secret for secret in bare if len(secret) >= BARE}
    ends = len(text) >= CUT
    spans: list[Span] = []
    for letters, places in _views(text):
        folded, at = _folded((letters, places))
        for secret in wanted:
            spans += (
                (at[first][0], at[last - 1][1])
                for first, last in _repeated(folded, secret, ends=ends)
            )
        naked, at = _bare((letters, places))
        for secret in bare:
            spans += (
                (at[first][0], at[last - 1][1])
                for first, last in _repeated(naked, secret, ends=False, half=STRETCH)
            )
        spans += _in_base64(letters, places, wanted, ends=ends)
        spans += _in_broken_base64(letters, places, wanted, spans)
        spans += _in_hexadecimal(letters, places, wanted)
    return _without(text, spans)


def _without(text: str, spans: list[Span]) -> str:
    """Put one mark in the place of all that overlaps or touches."""
    kept, end = "", 0
    for start, stop in sorted(spans):
        if start > end or not kept.endswith(STRUCK):
            kept += text[end:start] + STRUCK
        end = max(end, stop)
    return kept + text[end:]


def _repeated(
    text: str, secret: str, *, ends: bool, half: int = HALF
) -> Iterator[Span]:
    """Find where a text repeats a secret, a stretch of it, or at its end the start."""
    size = min(len(secret), STRETCH, max(half, len(secret) // 2))
    for first in range(len(text) - size + 1):
        if text[first : first + size] in secret:
            yield first, first + size
    if ends:
        for length in range(min(size - 1, len(text)), BEGINNING - 1, -1):
            if text.endswith(secret[:length]):
                yield len(text) - length, len(text)
                return


def _in_base64(
    letters: str,
    places: list[Span],
    wanted: Iterable[str],
    *,
    ends: bool,
    again: bool = True,  # base64 of base64 too
) -> Iterator[Span]:
    """Find words that hold a secret in base64, wherever in it the secret begins."""
    for word in _BASE64.finditer(letters):
        coded = word[0].rstrip("=").translate(_STANDARD)
        cut = ends and word.end() == len(letters)
        for skipped in range(4):
            part = coded[skipped:]
            part = part[: len(part) - (len(part) % 4 == 1)]
            held = base64.b64decode(part + "=" * (-len(part) % 4))
            text = held.decode("utf-8", "replace")
            if _holds(text, wanted, ends=cut) or (
                again and any(_in_base64(*_whole(text), wanted, ends=cut, again=False))
            ):
                yield places[word.start()][0], places[word.end() - 1][1]
                break


def _in_broken_base64(
    letters: str, places: list[Span], wanted: Iterable[str], found: Iterable[Span]
) -> Iterator[Span]:
    """Find such words broken over lines, RFC 2045 section 6.8, and not found yet."""
    known = list(found)
    for word in _BROKEN.finditer(letters):
        start, stop = places[word.start()][0], places[word.end() - 1][1]
        if any(first < stop and start < last for first, last in known):
            continue
        joined = "".join(word[0].split())
        if any(_in_base64(*_whole(joined), wanted, ends=False)):
            yield start, stop


def _in_hexadecimal(
    letters: str, places: list[Span], wanted: Iterable[str]
) -> Iterator[Span]:
    for word in _HEX.finditer(letters):
        digits = word[0].replace(":", "")
        for part in (digits, digits[1:]):
            held = bytes.fromhex(part[: len(part) // 2 * 2]).decode("utf-8", "replace")
            if _holds(held, wanted, ends=False):
                yield places[word.start()][0], places[word.end() - 1][1]
                break


def _holds(text: str, wanted: Iterable[str], *, ends: bool) -> bool:
    folded, _ = _folded(_whole(text))
    return any(next(_repeated(folded, each, ends=ends), None) for each in wanted)


# ------------------------------------------------------------------ ways to write it


def _whole(text: str) -> tuple[str, list[Span]]:
    return text, [(at, at + 1) for at in range(len(text))]


def _views(text: str) -> Iterator[tuple[str, list[Span]]]:
    """Return a text as it stands, then decoded, with each letter's place in it."""
    letters, places = _whole(text)
    yield letters, places
    for _ in range(DEPTH):
        before = letters
        letters, places = _decoded(letters, places)
        if letters == before:
            return
        yield letters, places


def _decoded(text: str, places: list[Span]) -> tuple[str, list[Span]]:
    letters, at, end = "", list[Span](), 0
    for code in _CODED.finditer(text):
        meant = _meant(code)
        letters += text[end : code.start()] + meant
        at += places[end : code.start()]
        at += [(places[code.start()][0], places[code.end() - 1][1])] * len(meant)
        end = code.end()
    return letters + text[end:], at + places[end:]


def _meant(code: re.Match[str]) -> str:
    match code.lastgroup:
        case "percent":
            return bytes.fromhex(code[0].replace("%", "")).decode("utf-8", "replace")
        case "entity":
            return html.unescape(code[0])
        case "unicode" | "byte":
            return chr(int(code[code.lastgroup], 16))
        case "letter":
            return " " if code["letter"] in "nrt" else code["letter"]
    return ""  # half of one: the text was cut


def _folded(view: tuple[str, list[Span]]) -> tuple[str, list[Span]]:
    """Return it in small letters and single spaces: more is not kept of a text."""
    letters, at = [""], list[Span]()
    for letter, place in zip(*view, strict=True):
        blank = letter == "+" or letter.isspace() or not letter.isprintable()
        small = " " if blank else letter.lower()
        if small == " " and letters[-1] == " ":
            at[-1] = (at[-1][0], place[1])
            continue
        letters += small
        at += [place] * len(small)
    return "".join(letters), at


def _bare(view: tuple[str, list[Span]]) -> tuple[str, list[Span]]:
    """Return nothing but its plain letters and digits, in small letters."""
    kept = [
        (letter.lower(), place)
        for letter, place in zip(*view, strict=True)
        if letter.isascii() and letter.isalnum()
    ]
    return "".join(letter for letter, _ in kept), [place for _, place in kept]
