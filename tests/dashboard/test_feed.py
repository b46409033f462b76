import math
from collections.abc import Callable
from pathlib import Path

import pytest
from dashboard.served import stamped
from markupsafe import Markup
from msgspec.structs import replace
from render.snapshots import snapshot

from secours import places
from secours.dashboard.engine.source import Look, look
from secours.dashboard.feed import Wish, feed
from secours.dashboard.views import wall
from secours.engine.published import snapshot_file, watchdog
from secours.model.snapshot import Snapshot
from secours.render.wall.wall import wall_html

PLAN = """
site: {name: Town, language: nl}
channels:
  radio: {kind: radio-astrid, how: "Post 3"}
plan:
  - {purpose: alert, audience: staff, primary: radio, last_resort: "Stuur iemand"}
"""


def drawn(shown: Snapshot, language: str, age_s: float) -> Markup:
    return Markup(wall_html(shown, language, age_s=age_s))


def seen(shown: Snapshot, age_s: float) -> Callable[[], Look]:
    return lambda: Look(snapshot=shown, age_s=age_s)


def test_the_stamp_is_what_the_watchdog_goes_by() -> None:
    first, again = snapshot(), snapshot()
    later = replace(first, at=replace(first.at, steady_s=first.at.steady_s + 5))

    stamps = [
        feed(seen(shown, age_s), drawn, Wish())["at"]
        for shown, age_s in ((first, 1.0), (again, 6.0), (later, 1.0))
    ]

    assert stamps[0] == stamps[1] != stamps[2]


def test_the_age_is_that_of_the_snapshot_and_not_of_the_drawing() -> None:
    fed = feed(seen(snapshot(), 7.5), drawn, Wish())

    assert (fed["age"], fed["max_age"], fed["lang"]) == (7.5, 15.0, "fr")


def test_two_who_look_within_a_second_see_one_drawing_each_with_its_age() -> None:
    shown = snapshot()
    early, late, later = (
        feed(seen(shown, age_s), wall.drawn_in_seconds, Wish())
        for age_s in (7.1, 7.9, 8.0)
    )

    assert early["html"] is late["html"]
    assert (early["age"], late["age"]) == (7.1, 7.9)
    assert early["html"] == wall_html(shown, "fr", age_s=7.1)
    assert later["html"] == wall_html(shown, "fr", age_s=8.0)


@pytest.mark.parametrize("age_s", [math.inf, math.nan, -3.0])
def test_an_age_that_nobody_knows_is_drawn_as_it_was(age_s: float) -> None:
    shown = snapshot()

    assert wall.drawn_in_seconds(shown, "fr", age_s) == wall_html(
        shown, "fr", age_s=age_s
    )


def test_an_engine_that_was_restarted_often_is_said_on_every_cover(
    rooms: Path,
) -> None:
    words = "La surveillance est tombée 3 fois en 5 minutes"
    for _ in range(3):
        watchdog.note_restart(places.runtime_dir())
    waiting = feed(look, drawn, Wish(language="fr"))
    snapshot_file.write(stamped(snapshot()), places.runtime_dir())
    stale = feed(look, drawn, Wish())
    (places.runtime_dir() / watchdog.NAME).unlink()
    well = feed(look, drawn, Wish())

    assert words in waiting["stale_html"]
    assert words in stale["stale_html"]
    assert words not in well["stale_html"]


@pytest.mark.parametrize("age_s", [math.inf, math.nan, -3.0])
def test_an_age_that_nobody_knows_is_stale(age_s: float) -> None:
    assert feed(seen(snapshot(), age_s), drawn, Wish())["age"] < 0


def test_the_language_asked_for_wins_over_that_of_the_site() -> None:
    fed = feed(seen(snapshot(), 1.0), drawn, Wish(language="en"))

    assert fed["lang"] == "en"
    assert "Do not trust this screen." in fed["stale_html"]
    assert "STALE" not in fed["html"]


def test_a_page_that_cannot_be_drawn_is_a_cover_without_a_traceback() -> None:
    def broken(*_: object) -> Markup:
        raise RuntimeError("secret detail")

    fed = feed(seen(snapshot(), 1.0), broken, Wish())

    assert "ERREUR D\u2019AFFICHAGE" in fed["stale_html"]
    assert "SMS" in fed["stale_html"]
    assert fed["age"] < 0
    assert fed["html"] == ""
    assert "secret detail" not in str(fed)


def test_a_snapshot_that_cannot_be_read_is_a_cover() -> None:
    def broken() -> Look:
        raise snapshot_file.Corrupt("nonsense")

    fed = feed(broken, drawn, Wish(language="en"))

    assert "DISPLAY ERROR" in fed["stale_html"]
    assert fed["age"] < 0


def test_without_a_snapshot_the_plan_is_shown_without_states(rooms: Path) -> None:
    (rooms / "probes.yaml").write_text(PLAN, "utf-8")

    fed = feed(look, drawn, Wish())

    assert fed["lang"] == "nl"
    assert "NOG GEEN GEGEVENS" in fed["stale_html"]
    assert "ALARMEREN" in fed["stale_html"]
    assert "Stuur iemand" in fed["stale_html"]
    assert fed["age"] < 0


def test_a_plan_with_a_mistake_says_where_it_is(rooms: Path) -> None:
    (rooms / "probes.yaml").write_text("chanels: {}\n", "utf-8")

    fed = feed(look, drawn, Wish(language="en"))

    assert "PLAN CANNOT BE READ" in fed["stale_html"]
    assert "probes.yaml:1:1" in fed["stale_html"]


def test_a_missing_plan_is_said(rooms: Path) -> None:
    fed = feed(look, drawn, Wish(language="en"))

    assert "PLAN CANNOT BE READ" in fed["stale_html"]


def test_what_the_engine_publishes_is_what_is_seen(rooms: Path) -> None:
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())

    fed = feed(look, drawn, Wish())

    assert 0 <= fed["age"] < 2
    assert fed["answers"] == ["calls", "teams"]
    assert fed["title"] == "▲ Secours"


def test_without_a_snapshot_what_is_no_state_can_be_read_above_a_band(
    rooms: Path,
) -> None:
    (rooms / "probes.yaml").write_text(PLAN, "utf-8")

    def labels(shown: Snapshot, language: str, _: float) -> Markup:
        return Markup("").join(view.label.in_(language) for view in shown.channels)

    fed = feed(look, labels, Wish(band=True))
    without = feed(look, labels, Wish())

    assert "ASTRID-radio" in fed["html"]
    assert fed["band"] is True
    assert "NOG GEEN GEGEVENS" in fed["stale_html"]
    assert fed["age"] < 0
    assert (without["html"], without["band"]) == ("", False)


def test_where_nothing_can_be_read_the_cover_is_no_band(rooms: Path) -> None:
    def broken(*_: object) -> Markup:
        raise RuntimeError

    missing = feed(look, drawn, Wish(band=True))
    wrong = feed(seen(snapshot(), 1.0), broken, Wish(band=True))
    (rooms / "probes.yaml").write_text(PLAN, "utf-8")
    planned = feed(look, broken, Wish(band=True))

    for fed in (missing, wrong, planned):
        assert (fed["html"], fed["band"]) == ("", False)
        assert fed["age"] < 0
