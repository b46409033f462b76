"""Format of a backup: a tar with its manifest in front, then the members named there.

It is read sequentially, so it may come through a pipe. Members are found by name, never
by path, and only plain files are accepted. NoBackup is raised where it is none,
damaged or of a newer version, OSError where the file cannot be read.

Source: POSIX.1-2024 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format"
for sizes above 8 GiB.
"""

import hashlib
import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO, NoReturn

import msgspec

from secours.engine.state_file import decoded, encoded
from secours.message import Refusal

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_BYTES = 64 * 1024
BLOCK = tarfile.BLOCKSIZE
CHUNK = 1024 * 1024

Progress = Callable[[int, int], None]  # how much is done, of how much


class NoBackup(Refusal):
    """A file is no backup, is damaged, or is not for this version of Secours."""


class Member(msgspec.Struct, frozen=True):
    """One file of a backup, with its size and SHA-256."""

    name: str
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Description of a backup and its members."""

    format: int = FORMAT
    version: str  # of the Secours that made it
    store: int  # the version of the database
    site: str
    at: datetime
    members: tuple[Member, ...]


def digest(file: BinaryIO) -> Member:
    """Return the manifest entry of a file, without a name yet."""
    checksum, length = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        checksum.update(chunk)
        length += len(chunk)
    return Member("", length, checksum.hexdigest())


def write(
    out: BinaryIO,
    manifest: Manifest,
    opened: Callable[[str], BinaryIO],
    progress: Progress,
) -> None:
    """Write a backup; `opened` opens a member; raise OSError where either fails."""
    head = encoded(manifest)
    _write_header(out, MANIFEST, len(head), manifest.at)
    out.write(head + _padding(len(head)))
    all_bytes, written_bytes = sum(member.bytes for member in manifest.members), 0
    for member in manifest.members:
        _write_header(out, member.name, member.bytes, manifest.at)
        with opened(member.name) as file:
            while chunk := file.read(CHUNK):
                out.write(chunk)
                written_bytes += len(chunk)
                progress(written_bytes, all_bytes)
        out.write(_padding(member.bytes))
    out.write(bytes(2 * BLOCK))


def read_manifest(file: BinaryIO) -> Manifest:
    """Read the manifest, the first file of a backup."""
    size = _read_header(file, MANIFEST)
    if size > MANIFEST_BYTES:
        _refuse_foreign()
    try:
        text = _exactly(file, size)
        if decoded(text, _Format).format > FORMAT:
            raise NoBackup("commands.restore.newer")
        manifest: Manifest = decoded(text, Manifest)
    except msgspec.MsgspecError:
        _refuse_foreign()
    _exactly(file, len(_padding(size)))
    return manifest


def read_member(file: BinaryIO, member: Member) -> Iterator[bytes]:
    """Yield the content of a member, which must be the next and match its digest."""
    if _read_header(file, member.name) != member.bytes:
        raise NoBackup("commands.restore.damaged", name=member.name)
    checksum, left_bytes = hashlib.sha256(), member.bytes
    while left_bytes:
        chunk = _exactly(file, min(CHUNK, left_bytes))
        checksum.update(chunk)
        left_bytes -= len(chunk)
        yield chunk
    _exactly(file, len(_padding(member.bytes)))
    if checksum.hexdigest() != member.sha256:
        raise NoBackup("commands.restore.damaged", name=member.name)


class _Format(msgspec.Struct, frozen=True):
    format: int


def _write_header(out: BinaryIO, name: str, length: int, at: datetime) -> None:
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = length, 0o600, int(at.timestamp())
    out.write(header.tobuf(tarfile.GNU_FORMAT))


def _read_header(file: BinaryIO, name: str) -> int:
    """Read the header of the next file, which must have this name; return its size."""
    try:
        header = tarfile.TarInfo.frombuf(_exactly(file, BLOCK), "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError):
        _refuse_foreign()
    plain = header.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
    if header.name != name or not plain or header.size < 0:
        _refuse_foreign()
    return header.size


def _exactly(file: BinaryIO, length: int) -> bytes:
    """Read exactly so many bytes, also in parts from a pipe."""
    parts = []
    while length:
        part = file.read(length)
        if not part:
            raise NoBackup("commands.restore.cut-off")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _padding(length: int) -> bytes:
    return bytes(-length % BLOCK)


def _refuse_foreign() -> NoReturn:
    raise NoBackup("commands.restore.foreign")
