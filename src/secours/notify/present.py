"""What of a notice is still so, by what is known now."""

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
    """Return what is still so of these matters, each as it is now.

    Where nobody knows how one is now, as just after a start, it is as it was told.
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
    """Tell whether nothing is said of it now only because nobody knows how it is.

    What people were told of is remembered while it may still be so, and of these there
    is something to say also when they are as they should be.
    """
    room = key.partition("/")[0]
    always = room in (LINE, EXERCISE, OWN_LINK) or key == MAINS
    return always and key != PLAYED and key in memory.told


def may_return(told: Iterable[Matter], memory: NoticeMemory) -> bool:
    """Tell whether people would not be told anew, should any of it be so again."""
    return any(m.severity and m.key in memory.told for m in told)
