"""Matters of a notice that still hold now."""

from collections.abc import Iterable, Iterator, Mapping

from secours.core.notices.due import NoticeMemory
from secours.core.notices.matters import (
    EXERCISE,
    LINE,
    MAINS,
    OWN_LINK,
    PLAYED,
    Matter,
)


def present(
    told: Iterable[Matter], now: Mapping[str, Matter], memory: NoticeMemory
) -> tuple[Matter, ...]:
    """Return the matters that still hold, each as it is now.

    Where its state is unknown now, as just after a start, it is as told.
    """
    return tuple(_present(told, now, memory))


def _present(
    told: Iterable[Matter], now: Mapping[str, Matter], memory: NoticeMemory
) -> Iterator[Matter]:
    for matter in told:
        found = now.get(matter.key)
        if found is not None:
            if bool(found.severity) is bool(matter.severity):
                yield found
        elif not matter.severity or _is_unknown(matter.key, memory):
            yield matter


def _is_unknown(key: str, memory: NoticeMemory) -> bool:
    """Tell whether a matter is absent only because its state is unknown.

    Told matters are remembered while they may still hold, and of these there is a
    matter also when all is well.
    """
    room = key.partition("/")[0]
    always = room in (LINE, EXERCISE, OWN_LINK) or key == MAINS
    return always and key != PLAYED and key in memory.told


def may_return(told: Iterable[Matter], memory: NoticeMemory) -> bool:
    """Tell whether people would not be told again if any of these returned."""
    return any(m.severity and m.key in memory.told for m in told)
