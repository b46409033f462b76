"""What damage, chance and malice make of bytes, from a seed."""

import re
from collections.abc import Callable, Sequence
from random import Random

LONGEST_BYTES = 1 << 16
NASTY = (
    *(b"\0", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\xe2\x80\xae", b"\x1b[2J"),
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b'"', b"'", b"\\", b"%", b"<", b"${"),
    *(b"0", b"-1", b"1e999", b"NaN", b"Infinity", b"-0", b"null", b"true", b"0x"),
    *(b"9" * 9, b"9" * 25, b"9" * 5000, "٣".encode(), "²".encode(), b"%d" % (1 << 64)),
    *(b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00+14:00", b"1970-01-01T00:00:00"),
)  # fmt: skip
OPENING = (b"(", b"[", b"{", b"<", b'{"a":', b"[{", b"<a>", b"- ", b'"', b"* ", b"=?")
NUMBER = re.compile(rb"\d+")

Change = Callable[[bytearray, Random, Sequence[bytes]], None]


def mutated(raw: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Change some bytes in one to five ways; `others` are texts and words to put in."""
    changed = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        chance.choice(CHANGES)(changed, chance, others)
    return bytes(changed[:LONGEST_BYTES])


def _span(changed: bytearray, chance: Random) -> slice:
    start = chance.randint(0, len(changed))
    longest = chance.choice((1, 4, 16, 64, len(changed)))
    return slice(start, min(len(changed), start + chance.randint(0, longest)))


def _flip(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    if changed:
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)


def _set(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    if changed:
        changed[chance.randrange(len(changed))] = chance.randrange(256)


def _cut(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    del changed[_span(changed, chance)]


def _end(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    del changed[chance.randint(0, len(changed)) :]


def _double(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    there = _span(changed, chance)
    changed[there.stop : there.stop] = changed[there] * chance.choice(
        (1, 1, 2, 30, 500)
    )


def _insert(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    there = _span(changed, chance)
    changed[there if chance.random() < 0.5 else slice(there.stop, there.stop)] = (
        chance.choice(NASTY)
    )


def _count(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    """Put another number, or none at all, where one stands."""
    if found := list(NUMBER.finditer(changed)):
        start, end = chance.choice(found).span()
        changed[start:end] = chance.choice(NASTY)


def _nest(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    there = _span(changed, chance)
    changed[there] = chance.choice(OPENING) * chance.choice((3, 40, 1100, 20_000))


def _splice(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    if others:
        other = bytearray(chance.choice(others))
        changed[_span(changed, chance)] = other[_span(other, chance)] or other


def _exchange(changed: bytearray, chance: Random, others: Sequence[bytes]) -> None:
    lines = changed.splitlines(keepends=True)
    if lines:
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
        changed[:] = b"".join(lines)


CHANGES: tuple[Change, ...] = (
    *(_flip, _set, _cut, _end, _double, _insert, _insert),
    *(_count, _nest, _splice, _splice, _exchange),
)
