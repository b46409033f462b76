"""Reader of a database's pages without SQLite, which may refuse it.

A leaf of a table has its rows whatever became of the pages above: their numbers and
their values. It does not name its table; unused leaves are read too.

Source: SQLite documentation, fileformat2.html, sections 1.3 (page size), 1.6 (b-tree
pages), 1.5 (overflow), 2.1 (records) and 4.1 (WAL).
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

LEAF = 0x0D  # a leaf of a table, section 1.6
USUAL_BYTES = 4096  # of a page
SIZES = frozenset(2**n for n in range(9, 17))
LONGEST = 1 << 20  # bytes of a row; ours are far shorter
WAL_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24  # section 4.1
INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # by serial type, section 2.1

Value = int | bytes | str | None
Row = tuple[Value, ...]
Read = Callable[[int], bytes]
"""Returns the page of a number."""


class _NoRow(Exception):
    """Not a row that we could have written."""


def rows(path: Path) -> Iterator[Row]:
    """Yield all rows of a database and its WAL, by number, or raise OSError."""
    with _opened(path) as file:
        size = _page_bytes(file)

        def read(number: int) -> bytes:
            file.seek(max(0, number - 1) * size)
            return file.read(size)

        for place, _, page in _pages(file, 0, 0, size):
            if place > 0:  # the first has the names of the tables
                yield from _of_page(page, read)
        with suppress(FileNotFoundError), _opened(Path(f"{path}-wal")) as wal:
            yield from _of_wal(wal, size, read)


def _of_wal(wal: BinaryIO, size: int, read: Read) -> Iterator[Row]:
    """Yield the rows in a WAL, each read by the pages as of its own transaction.

    Behind its last frame a WAL may have frames of before it began again.
    """
    places: dict[int, int] = {}  # of the newest frame of a page, by its number
    frames: list[int] = []  # of this transaction, where their pages are
    salts = b""

    def at(place: int) -> bytes:
        wal.seek(place)
        return wal.read(size)

    def newest(number: int) -> bytes:
        return at(places[number]) if number in places else read(number)

    def transaction() -> Iterator[Row]:
        for place in frames:
            yield from _of_page(at(place), newest)
        frames.clear()

    for place, header, _ in _pages(wal, WAL_HEADER_BYTES, FRAME_HEADER_BYTES, size):
        if header[8:16] != salts:
            yield from transaction()  # which has no end
            salts = header[8:16]
            places.clear()
        places[int.from_bytes(header[:4], "big")] = place
        frames.append(place)
        if any(header[4:8]):  # the last frame of a transaction
            yield from transaction()
    yield from transaction()


def _opened(path: Path) -> BinaryIO:
    if path.exists() and not path.is_file():  # to open a pipe would wait for ever
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    return path.open("rb")


def _page_bytes(file: BinaryIO) -> int:
    size = int.from_bytes(file.read(18)[16:], "big")
    return size if size in SIZES else USUAL_BYTES


def _pages(
    file: BinaryIO, start: int, before: int, size: int
) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield each page with its place and what stands `before` it, so many bytes."""
    place = start + before
    while True:
        file.seek(place - before)
        header, page = file.read(before), file.read(size)
        if len(page) < size:
            return
        yield place, header, page
        place += before + size


def _of_page(page: bytes, read: Read) -> Iterator[Row]:
    if page[0] != LEAF:
        return
    cells = int.from_bytes(page[3:5], "big")
    for place in range(8, min(8 + 2 * cells, len(page) - 1), 2):
        with suppress(_NoRow):
            yield _row(page, int.from_bytes(page[place : place + 2], "big"), read)


def _row(page: bytes, place: int, read: Read) -> Row:
    length, place = _varint(page, place)
    number, place = _varint(page, place)
    payload = _payload(page, place, length, read)
    head, at = _varint(payload, 0)
    value_at = head
    values: list[Value] = []
    while at < head:
        kind, at = _varint(payload, at)
        value, value_at = _value(payload, value_at, kind)
        values.append(value)
    if value_at != length:
        raise _NoRow
    return (number, *values)


def _payload(page: bytes, place: int, length: int, read: Read) -> bytes:
    """Return the payload of a row, also over several pages."""
    size = len(page)
    if length > LONGEST:
        raise _NoRow
    if length <= size - 35:
        return _cut(page, place, length)
    least = (size - 12) * 32 // 255 - 23
    here = least + (length - least) % (size - 4)
    here = here if here <= size - 35 else least
    parts = [_cut(page, place, here)]
    following = int.from_bytes(_cut(page, place + here, 4), "big")
    left_bytes = length - here
    while left_bytes > 0:
        more = read(following)
        parts.append(_cut(more, 4, min(left_bytes, size - 4)))
        following = int.from_bytes(more[:4], "big")
        left_bytes -= size - 4
    return b"".join(parts)


def _value(payload: bytes, place: int, kind: int) -> tuple[Value, int]:
    if kind == 0:
        return None, place
    if kind in (8, 9):
        return kind - 8, place
    if kind in INTEGER_BYTES:
        raw = _cut(payload, place, INTEGER_BYTES[kind])
        return int.from_bytes(raw, "big", signed=True), place + len(raw)
    if kind < 12:  # a float, which we write nowhere, or nothing yet
        raise _NoRow
    raw = _cut(payload, place, (kind - 12) // 2)
    value = raw.decode("utf-8", "replace") if kind % 2 else raw
    return value, place + len(raw)


def _varint(text: bytes, place: int) -> tuple[int, int]:
    """Read a number of one to nine bytes, section 1.6; return also the next place."""
    number = 0
    for byte in _cut(text, place, min(9, max(1, len(text) - place))):
        place += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, place
    raise _NoRow  # the ninth byte would be of a number that we never reach


def _cut(text: bytes, place: int, length: int) -> bytes:
    part = text[place : place + length]
    if len(part) < length:
        raise _NoRow
    return part
