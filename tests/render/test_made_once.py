from collections.abc import Callable

from render.snapshots import snapshot

from secours.model.snapshot import Snapshot
from secours.render import made_once as module
from secours.render.made_once import made_once
from secours.render.redact import discreet


def counted() -> tuple[list[tuple[object, ...]], Callable[..., object]]:
    """Return a drawing, and the list of what it was asked to draw."""
    asked: list[tuple[object, ...]] = []

    @made_once
    def draw(shown: Snapshot, language: str, *, line: int = 0) -> object:
        asked.append((shown, language, line))
        return object()

    return asked, draw


def test_who_looks_at_the_same_sees_what_was_drawn_once() -> None:
    asked, draw = counted()
    shown = snapshot()

    assert draw(shown, "fr", line=1) is draw(shown, "fr", line=1)
    assert draw(shown, "fr") is not draw(shown, "nl")
    assert len(asked) == 3


def test_a_snapshot_that_says_the_same_is_drawn_anew() -> None:
    asked, draw = counted()

    assert draw(snapshot(), "fr") is not draw(snapshot(), "fr")
    assert len(asked) == 2


def test_only_the_newest_are_kept_and_not_all_that_is_asked_of_them() -> None:
    asked, draw = counted()
    shown, another, *newer = (snapshot() for _ in range(module.SNAPSHOTS + 1))
    draw(shown, "fr")
    draw(another, "fr")
    for line in range(2 * module.MOST):
        draw(another, "fr", line=line)
    before = len(asked)
    draw(another, "fr", line=2 * module.MOST - 1)
    for each in (*newer, shown):
        draw(each, "fr")

    assert len(asked) == before + 1 + len(newer) + 1


def test_strangers_share_what_they_may_see() -> None:
    shown = snapshot()

    assert discreet(shown) is discreet(shown)
    assert discreet(shown) is not shown
