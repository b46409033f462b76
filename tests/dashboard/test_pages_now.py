"""What Now is given: the history of a day, the plan, and who looks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard.desk import write_history, write_plan
from dashboard.served import stamped
from render.snapshots import snapshot

from secours import places
from secours.dashboard import pages, view
from secours.dashboard.access import visit
from secours.dashboard.access.policy import LOCAL, STRANGER, Viewer
from secours.dashboard.address import Address
from secours.dashboard.engine import history
from secours.engine.published import snapshot_file


def drawn(kind: str = LOCAL) -> str:
    came = visit.visit_of(Viewer(kind=kind))
    address = Address("now", (("lang", "en"),))
    return str(view.fed(pages.VIEWS["now"], address, came)["html"])


@pytest.fixture(autouse=True)
def _published(rooms: Path) -> Iterator[None]:
    visit.rules.cache_clear()
    snapshot_file.write(stamped(snapshot("xooo")), places.runtime_dir())
    yield
    visit.rules.cache_clear()


def test_the_last_day_of_each_channel_is_read_from_the_history(rooms: Path) -> None:
    write_history()

    html = drawn()

    assert html.count('class="s-strip"') == 8
    assert 'data-state="degraded"' in html


def test_without_a_history_the_rows_have_no_strips(rooms: Path) -> None:
    html = drawn()

    assert html.count("s-now-row") >= 8
    assert "s-strip" not in html
    assert "s-ticks" not in html


def test_a_history_that_breaks_takes_no_answer_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> None:
        raise history.NoHistory("journal.unreadable")

    monkeypatch.setattr(history, "days", refuse)

    assert "Voice calls" in drawn()


def test_what_if_is_of_the_plan_in_force(rooms: Path) -> None:
    assert "plan?fails" not in drawn()

    write_plan(rooms)

    assert "plan?fails=power%3Agrid" in drawn()


def test_who_may_only_look_is_shown_nothing_to_press(
    rooms: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plan(rooms)
    assert "act?" in drawn()
    monkeypatch.setenv("SECOURS_READ_ONLY", "1")
    visit.rules.cache_clear()

    assert "act?" not in drawn()
    assert "channel?" in drawn()


def test_a_stranger_is_led_nowhere_and_not_told_how(rooms: Path) -> None:
    write_plan(rooms)

    html = drawn(STRANGER)
    content = html[html.index('class="s-now') :]

    assert "On-call SMS" in content
    assert "href" not in content
    assert "ASTREINTE" not in content
