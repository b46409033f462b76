"""The page of all channels, as the server draws it of a real history."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from dashboard.desk import ago, at
from dashboard.served import stamped
from msgspec.structs import replace
from render.snapshots import change, snapshot

from secours import places
from secours.dashboard.access.policy import KNOWN, Viewer
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import source
from secours.dashboard.feed import Wish, feed
from secours.dashboard.views import channels
from secours.engine.published import snapshot_file
from secours.engine.store.store import Store
from secours.model.snapshot import Link
from secours.render.wording.localizer import Localizer


@pytest.fixture(autouse=True)
def _published(rooms: Path) -> None:
    assert rooms
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store(places.data_dir())) as opened:
        opened.note(ago(90_000).utc, "secours", "start", "v1")
        found = (
            at(change("sms", "?", "o", 0), 89_000),
            at(change("sms", "o", "x", 0), 3600),
            at(
                change("carrier:mobile-a", "?", "o", 0, subject="component"),
                89_000,
            ),
            of_path(Link.UNKNOWN, Link.OK, 89_000),
            of_path(Link.OK, Link.DOWN, 7200),
            of_path(Link.DOWN, Link.OK, 3600),
        )
        opened.changes(found)
        assert opened.wait_written(60.0)
        yield opened


def of_path(before: Link, after: Link, second: float) -> Any:
    made = change("lan", "o", "o", 0, subject="path")
    return at(replace(made, before=before, after=after), second)


def drawn(*asked: tuple[str, str], acts: bool = False) -> str:
    visit = Visit(viewer=Viewer(kind=KNOWN), acts=acts, looks=True)
    address = Address("channels", (("lang", "en"), *asked))

    def draw(*of: Any) -> Any:
        return channels.draw(Localizer(*of), address, visit)

    return str(feed(source.look, draw, Wish(language="en"))["html"])


def strips(html: str) -> dict[str, str]:
    """Return what each strip says to who does not see it, by what it is of."""
    labels = re.findall(r'class="s-strip" role="img" aria-label="([^"]*)"', html)
    return {name: said for name, _, said in (each.partition(": ") for each in labels)}


def test_channels_components_and_paths_have_their_strips(store: Store) -> None:
    said = strips(drawn())

    assert len(said) == len(snapshot().channels) + 2
    assert said["On-call SMS"].endswith("Down once, for 1 h.")
    assert said["Opérateur A"] == "Usable for 100% of the time measured. Never down."
    assert said["lan"].endswith("Down once, for 1 h.")


def test_another_time_and_fewer_channels_are_in_the_address(store: Store) -> None:
    html = drawn(("days", "7"), ("state", "unavailable"))

    assert "1 of 8 shown" in html
    assert html.count('href="channel?') == 1
    assert "Not measured for 5 d" in strips(html)["On-call SMS"]


def test_who_may_act_is_led_there() -> None:
    assert "act?lang=en&amp;subject=channel%3Asms" in drawn(acts=True)
    assert "act?" not in drawn()


def test_without_a_history_it_is_said_and_the_rest_is_there() -> None:
    html = drawn()

    assert "There is no history yet." in html
    for view in snapshot().channels:
        assert view.label.in_("en") in html
