"""Whatever is said at once nothing lies over anything: every choice of seven things."""

from collections.abc import Iterator
from itertools import product

import pytest
from dashboard.drawing import drawing, listed
from msgspec.structs import replace
from playwright.sync_api import Browser
from render import town_statements
from render.snapshots import with_line

from secours.model.snapshot import Link, Snapshot
from secours.render.wall.wall import wall_html

pytestmark = pytest.mark.browser

THINGS = ("mark", "exercise", "own link", "mains", "example", "trouble", "hidden")


def shown_with(things: frozenset[str]) -> Snapshot:
    """Return a town in which these things are so at once."""
    shown = town_statements.town("xooo", "xooo")
    if "mark" in things:
        shown = town_statements.set_aside()
    if "own link" in things:
        shown = replace(shown, own_link=Link.DOWN)
    if "mains" in things:
        shown = with_line(shown, 0, on_battery=True)
    if "trouble" in things:
        shown = replace(shown, trouble=("disk",))
    shown = replace(shown, example="example" in things)
    if "hidden" in things:
        more = [replace(line, audience="staff") for line in shown.recommendations]
        shown = replace(shown, recommendations=(*shown.recommendations, *more))
    return town_statements.rehearsed(shown) if "exercise" in things else shown


def choices() -> Iterator[frozenset[str]]:
    for taken in product((False, True), repeat=len(THINGS)):
        yield frozenset(n for n, is_so in zip(THINGS, taken, strict=True) if is_so)


@pytest.mark.parametrize("distance_m", [5.0, 8.0])
def test_whatever_is_said_at_once_nothing_lies_over_anything(
    chromium: Browser, distance_m: float
) -> None:
    drawn: dict[str, str] = {}
    for things in choices():
        shown = shown_with(things)
        far = replace(shown, screen=replace(shown.screen, distance_m=distance_m))
        drawn[", ".join(sorted(things))] = wall_html(far, "fr", age_s=4.0)
    with drawing(chromium) as screen:
        faults = screen.faults(drawn)

    assert len(drawn) == 2 ** len(THINGS)
    assert not faults, listed(faults)
