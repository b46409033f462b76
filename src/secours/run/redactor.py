"""Redaction of our secrets from a peer's words, plain or encoded.

A peer echoes what it was sent: in an error page, a greeting, a line of a protocol. It
may encode it as in a URL, in HTML, in a mail, in a string of a program, in hexadecimal,
or in base64 with more around it. It may break it over lines, or drop special
characters, and its words may have been cut in the middle of a secret.

Source: RFC 3986 section 2.1 (percent-encoding), RFC 4648 sections 4 and 5 (base64),
RFC 2045 section 6.7 (quoted-printable),
RFC 7617 section 2 (a name and a password in one), RFC 4616 section 2 (likewise).
"""

import base64
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from secours.model.observed import Outcome
from secours.model.secret import SHORTEST
from secours.outside_text import LONGEST

STRUCK = "***"
STRETCH = 12  # characters in a row of a longer secret that are struck
HALF = 8  # the same of a shorter secret: half of it, but at least these
BARE = 8  # the least letters and digits to search alone
CUT = LONGEST - 8  # a text this long may have been cut in the middle of a secret
BEGINNING = 4  # the shortest start of a secret struck at the end of such a text
DEPTH = 3  # layers of encoding
OURS = ("problem",)  # facts with slugs of ours, never redacted
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


class Stretches(Struct, frozen=True):
    """Stretches of secrets to strike, and beginnings at a text's end."""

    by_size: Mapping[int, frozenset[str]]
    beginnings: frozenset[str]


class SecretForms(Struct, frozen=True):
    """Secrets in their searchable forms."""

    folded: Stretches
    bare: Stretches  # letters and digits alone


def redacted(
    outcome: Outcome, own: Iterable[str], others: frozenset[str] = frozenset()
) -> Outcome:
    """Return an outcome without secrets in its facts.

    `own` are those that the peer was sent or gave, `others` the rest of the plan's.
    """
    secrets = frozenset(secret.strip() for secret in own) - {""}
    if not (secrets or others):
        return outcome
    short = any(len(secret) < SHORTEST for secret in secrets)
    facts = {
        name: STRUCK
        if short and name in FREE_TEXT
        else strike(fact, secrets, others)
        if isinstance(fact, str) and name not in OURS
        else fact
        for name, fact in outcome.facts.items()
    }
    return replace(outcome, facts=facts)


def strike(text: str, *secrets: Iterable[str]) -> str:
    """Strike secrets out of a text, however encoded."""
    spans: list[Span] = []
    for view in _views(text):
        for some in filter(None, secrets):
            spans += _spans(view, _known(frozenset(some)), ends=len(text) >= CUT)
    return _without(text, spans)


def _spans(
    view: tuple[str, list[Span]], secrets: SecretForms, *, ends: bool
) -> list[Span]:
    """Return where a text shows a secret, as positions before decoding."""
    spans: list[Span] = []
    for looked_at, stretches, at_end in (
        (_folded(view), secrets.folded, ends),
        (_bare(view), secrets.bare, False),
    ):
        letters, at = looked_at
        spans += (
            (at[first][0], at[last - 1][1])
            for first, last in _repeated(letters, stretches, ends=at_end)
        )
    spans += _in_base64(*view, secrets.folded, ends=ends)
    spans += _in_broken_base64(*view, secrets.folded, spans)
    spans += _in_hexadecimal(*view, secrets.folded)
    return spans


@lru_cache(maxsize=256)  # of each probe its own, and those of the plan
def _known(secrets: frozenset[str]) -> SecretForms:
    """Prepare secrets once: a plan has hundreds, and answers are long."""
    views = [view for secret in secrets for view in _views(secret)]
    bare = {_bare(view)[0] for view in views}
    return SecretForms(
        folded=_stretches({_folded(view)[0] for view in views}, HALF),
        bare=_stretches({each for each in bare if len(each) >= BARE}, STRETCH),
    )


def _stretches(secrets: Iterable[str], half: int) -> Stretches:
    by_size: dict[int, set[str]] = {}
    beginnings = set[str]()
    for secret in filter(None, secrets):
        size = min(len(secret), STRETCH, max(half, len(secret) // 2))
        firsts = range(len(secret) - size + 1)
        by_size.setdefault(size, set()).update(secret[n : n + size] for n in firsts)
        beginnings.update(secret[:length] for length in range(BEGINNING, size))
    made = {size: frozenset(found) for size, found in by_size.items()}
    return Stretches(made, frozenset(beginnings))


def _without(text: str, spans: list[Span]) -> str:
    """Replace spans by a mark; those that overlap or touch get one."""
    result, end = "", 0
    for start, stop in sorted(spans):
        if start > end or not result.endswith(STRUCK):
            result += text[end:start] + STRUCK
        end = max(end, stop)
    return result + text[end:]


def _repeated(text: str, secrets: Stretches, *, ends: bool) -> Iterator[Span]:
    """Yield secrets and stretches of them in a text, and at its end a start of one."""
    for size, stretches in secrets.by_size.items():
        for first in range(len(text) - size + 1):
            if text[first : first + size] in stretches:
                yield first, first + size
    if ends:
        for length in range(min(STRETCH - 1, len(text)), BEGINNING - 1, -1):
            if text[-length:] in secrets.beginnings:
                yield len(text) - length, len(text)
                return


def _in_base64(
    letters: str,
    places: list[Span],
    secrets: Stretches,
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
            raw = base64.b64decode(part + "=" * (-len(part) % 4))
            text = raw.decode("utf-8", "replace")
            if _holds(text, secrets, ends=cut) or (
                again and any(_in_base64(*_whole(text), secrets, ends=cut, again=False))
            ):
                yield places[word.start()][0], places[word.end() - 1][1]
                break


def _in_broken_base64(
    letters: str, places: list[Span], secrets: Stretches, earlier: Iterable[Span]
) -> Iterator[Span]:
    """Yield further words in base64, broken over lines (RFC 2045 section 6.8)."""
    spans = list(earlier)
    for word in _BROKEN.finditer(letters):
        start, stop = places[word.start()][0], places[word.end() - 1][1]
        if any(first < stop and start < last for first, last in spans):
            continue
        joined = "".join(word[0].split())
        if any(_in_base64(*_whole(joined), secrets, ends=False)):
            yield start, stop


def _in_hexadecimal(
    letters: str, places: list[Span], secrets: Stretches
) -> Iterator[Span]:
    for word in _HEX.finditer(letters):
        digits = word[0].replace(":", "")
        for part in (digits, digits[1:]):
            text = bytes.fromhex(part[: len(part) // 2 * 2]).decode("utf-8", "replace")
            if _holds(text, secrets, ends=False):
                yield places[word.start()][0], places[word.end() - 1][1]
                break


def _holds(text: str, wanted: Stretches, *, ends: bool) -> bool:
    folded, _ = _folded(_whole(text))
    return next(_repeated(folded, wanted, ends=ends), None) is not None


def _whole(text: str) -> tuple[str, list[Span]]:
    return text, [(at, at + 1) for at in range(len(text))]


def _views(text: str) -> Iterator[tuple[str, list[Span]]]:
    """Yield a text as it is, then decoded, with each letter's position in it."""
    letters, places = _whole(text)
    yield letters, places
    if "=" in text:
        yield _decoded(text.replace("=", "%"), places)  # as in a mail
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
    """Return it in lower case with single spaces, as texts are kept."""
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
    """Return only its letters and digits, in lower case."""
    pairs = [
        (letter.lower(), place)
        for letter, place in zip(*view, strict=True)
        if letter.isascii() and letter.isalnum()
    ]
    return "".join(letter for letter, _ in pairs), [place for _, place in pairs]
