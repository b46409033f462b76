"""What goes into a notice, and when: each rule, then what holds on any days."""

from collections.abc import Iterable
from typing import Any

from plans import channel, moment, plan

from secours.core.notices.due import NoticeMemory, due
from secours.core.notices.matters import NOTHING_LEFT, Matter
from secours.model.plan import NoticeKind

TOWN = plan(channel("teams"), channel("sms"), channel("radio"))
LINE = "line/coordinate/management"
ORDER = tuple(TOWN.channels)


def use(name: str, **options: Any) -> Matter:
    """Return what there is to tell of the line when this channel is to be used."""
    settings = {
        "kind": NoticeKind.RECOMMENDATION,
        "key": LINE,
        "state": name,
        "severity": 2 * ORDER.index(name),
        "usable": ORDER[ORDER.index(name) :],
    }
    return Matter(**{**settings, **options})


NOTHING = Matter(kind=NoticeKind.NOTHING_LEFT, key=LINE, severity=NOTHING_LEFT)


class Desk:
    """Whoever is told: looks every two seconds, as the engine does."""

    def __init__(self) -> None:
        self.memory = NoticeMemory()
        self.second = 0.0

    def told(self, *now: Matter, for_s: float = 2.0) -> list[tuple[float, list[str]]]:
        """Let things stand so for a time; return what was told, and when."""
        found = []
        until = self.second + for_s
        while self.second <= until:
            self.memory, matters = due(TOWN, self.memory, now, moment(self.second))
            if matters:
                found.append((self.second, [_said(m) for m in matters]))
            self.second += 2.0
        return found


def _said(matter: Matter) -> str:
    return f"{matter.key.partition('/')[0]} {matter.state} {matter.severity}".strip()


def states(found: Iterable[tuple[float, list[str]]]) -> list[list[str]]:
    return [said for _, said in found]


def test_where_all_is_as_it_should_be_nothing_is_told_at_the_first_start() -> None:
    assert Desk().told(use("teams"), for_s=3600) == []


def test_what_is_worse_is_told_after_two_seconds() -> None:
    desk = Desk()
    desk.told(use("teams"))

    assert desk.told(use("sms"), for_s=600) == [(6.0, ["line sms 2"])]
