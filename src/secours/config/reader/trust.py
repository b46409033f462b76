"""Permissions of a plan: its writers decide what is run and read here.

Writers are those of the file, of a folder above it, or of a link to it: a folder's
entries can be replaced; in a sticky folder, only by their owner. Programs and secrets
that a plan names are not checked.

Source: path_resolution(7); inode(7), "The file type and mode".
"""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from secours.message import Message, message

MOST_LINKS = 40  # path_resolution(7)


class Exposure(Struct, frozen=True):
    """A path to the plan that other users may write."""

    problem: str
    path: str
    said: Message


def exposed(file: str | os.PathLike[str]) -> Exposure | None:
    """Return the exposure if any other user could have changed a file."""
    for step, facts in _way_to(file):
        path = str(step)
        if facts.st_uid not in (0, os.geteuid()):
            sentence = message("plan.exposed.of-another-user", path=path)
            return Exposure(problem="of-another-user", path=path, said=sentence)
        if _open_to(stat.S_IWOTH, facts):
            sentence = message("plan.exposed.open-to-others", path=path)
            return Exposure(problem="open-to-others", path=path, said=sentence)
    return None


def shared(file: str | os.PathLike[str]) -> tuple[str, str] | None:
    """Return a path that a group may write, and the group."""
    for path, facts in _way_to(file):
        if _open_to(stat.S_IWGRP, facts) and not _is_private(facts):
            return str(path), _group(facts.st_gid)
    return None


def _way_to(file: str | os.PathLike[str]) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the file, its folders, and the same for link targets."""
    ways, visited = [Path(file).absolute()], set[Path]()
    for way in ways:  # links append to it
        for path in (way, *way.parents):
            if path in visited:
                continue
            visited.add(path)
            with suppress(OSError):  # removed meanwhile
                facts = path.lstat()
                yield path, facts
                if stat.S_ISLNK(facts.st_mode) and len(ways) <= MOST_LINKS:
                    ways.append(path.parent / path.readlink())


def _open_to(who: int, facts: os.stat_result) -> bool:
    """Tell whether a class may write it; the mode of a link is ignored."""
    if stat.S_ISLNK(facts.st_mode):
        return False
    sticky = stat.S_ISDIR(facts.st_mode) and facts.st_mode & stat.S_ISVTX
    return bool(facts.st_mode & who) and not sticky


def _is_private(facts: os.stat_result) -> bool:
    """Tell whether a group is the owner's alone, or root's.

    Many systems give each user a group of the same name and number, and let it write.
    """
    if facts.st_gid == 0:
        return True
    with suppress(KeyError):
        owner, group = pwd.getpwuid(facts.st_uid), grp.getgrgid(facts.st_gid)
        own = group.gr_name == owner.pw_name and group.gr_gid == owner.pw_gid
        return own and not set(group.gr_mem) - {owner.pw_name}
    return False


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
