"""Which snapshot has the sheet printed, on days played by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace
from plans import component, plan
from render.snapshots import STEADY_S, moment, snapshot

from secours.core.notices import paper
from secours.core.notices.paper import PaperMemory
from secours.model.observed import Instant
from secours.model.paper.settings import Occasion, Printing
from secours.model.snapshot import Link, State

FAILBACK_S = 600.0
CONFIG = replace(
    plan(component("power:grid"), component("power:far")),
    failback_after_s=FAILBACK_S,
)
PRINTER = Printing(printer="ipp://printer.test")


class Day:
    """A day of snapshots; each is `after_s` later than the one before."""

    def __init__(self, given: Printing = PRINTER) -> None:
        self.paper, self.memory = given, PaperMemory()
        self.at = moment()
        self.sees()

    def sees(
        self, after_s: float = 1.0, alert: str = "oooo", **given: Any
    ) -> tuple[Occasion, ...]:
        """Look at a snapshot, print what is due, and return what that was."""
        self.at = self.at.later(after_s)
        shown = replace(snapshot(alert, **given), at=self.at)
        local = self.at.utc
        self.memory = paper.looked(self.memory, self.paper, CONFIG, shown, local)
        due = self.memory.due
        if not paper.may_print(self.memory, self.at):
            return ()
        self.memory = paper.printed(paper.counted(self.memory, self.at), due)
        return due


def down() -> dict[str, Any]:
    return {"own_link": Link.DOWN}


def fine() -> dict[str, Any]:
    return {"own_link": Link.OK}


def test_a_first_look_at_a_day_without_event_prints_nothing() -> None:
    assert Day().sees() == ()


def test_an_event_prints_once_however_long_it_lasts() -> None:
    day = Day()

    assert day.sees(**down()) == ("own-link",)
    assert [day.sees(60.0, **down()) for _ in range(200)] == [()] * 200


def test_an_event_that_flaps_prints_once_until_it_was_over() -> None:
    day = Day()
    day.sees(**down())

    for _ in range(20):
        assert day.sees(1.0, **fine()) == ()
        assert day.sees(FAILBACK_S - 1.0, **fine()) == ()
        assert day.sees(1.0, **down()) == ()
    day.sees(1.0, **fine())
    day.sees(FAILBACK_S, **fine())
    assert day.sees(1.0, **down()) == ("own-link",)


def test_edits_of_the_plan_leave_sheets_for_what_happens() -> None:
    day = Day()
    edits = [day.sees(120.0, plan_version=f"v{number}") for number in range(8)]

    assert edits.count(("plan-changed",)) == 3
    assert day.sees(**down()) == ("own-link", "plan-changed")


def test_an_unknown_link_neither_begins_an_event_nor_ends_one() -> None:
    day = Day()
    assert day.sees(own_link=Link.UNKNOWN) == ()
    day.sees(**down())
    day.sees(5 * FAILBACK_S, own_link=Link.UNKNOWN)

    assert day.sees(**down()) == ()


def test_mains_that_are_known_down_print_and_unknown_ones_do_not() -> None:
    day = Day()

    assert day.sees() == ()
    assert day.sees(known_down=("internet:fibre",)) == ()
    assert day.sees(known_down=("power:far",)) == ()
    assert day.sees(known_down=("power:grid",)) == ("mains-lost",)


def test_two_events_at_once_are_one_sheet() -> None:
    assert Day().sees(alert="xxxx", **down()) == ("own-link", "nothing-left")


def test_a_line_without_channel_prints_and_one_that_is_measured_does_not() -> None:
    day = Day()
    empty = snapshot("xxxx").recommendations[0]

    assert day.sees(recommendations=(replace(empty, measuring=True),)) == ()
    assert day.sees(recommendations=(empty,)) == ("nothing-left",)


def test_pin_on_a_dead_channel_prints_only_where_no_other_is_left() -> None:
    day, line = Day(), snapshot("oooo").recommendations[0]
    assert line.use
    held = replace(line.use, state=State.DOWN, pinned=True)

    pinned = replace(line, use=held, unpinned=line.use)
    assert day.sees(recommendations=(pinned,)) == ()
    lost = replace(pinned, unpinned=None)
    assert day.sees(recommendations=(lost,)) == ("nothing-left",)


def test_only_what_the_plan_names_is_printed() -> None:
    day = Day(Printing(printer="ipp://p", on=("nothing-left",)))

    assert day.sees(**down()) == ()
    assert day.sees(alert="xxxx", **down()) == ("nothing-left",)


def test_six_sheets_in_an_hour_are_the_most_and_the_rest_comes_later() -> None:
    day = Day()
    for number in range(7):
        day.sees(FAILBACK_S / 3, **fine())
        day.memory = replace(day.memory, events={})
        assert day.sees(1.0, **down()) == (("own-link",) if number < 6 else ())

    assert day.memory.due == ("own-link",)
    first = day.memory.sheets[0]
    left_s = paper.WITHIN_S - day.at.since(first)
    assert day.sees(left_s - 1.0, **down()) == ()
    assert day.sees(1.0, **down()) == ("own-link",)


def test_what_was_not_printed_before_it_was_over_is_not_printed() -> None:
    day = Day()
    day.memory = replace(day.memory, sheets=(day.at,) * paper.MOST)
    day.sees(1.0, **down())
    day.sees(1.0, **fine())
    day.sees(FAILBACK_S, **fine())

    assert day.memory.due == ()


def test_a_new_plan_prints_once_its_file_is_left_alone() -> None:
    day = Day()
    written: dict[str, Any] = {"plan_version": "new", "plan_written": day.at.utc}

    assert day.sees(30.0, **written) == ()
    assert day.sees(31.0, **written) == ("plan-changed",)
    assert day.sees(900.0, **written) == ()
    assert day.sees(plan_version="newer", plan_written=None) == ("plan-changed",)


def at_local(day: Day, date: datetime) -> tuple[str, ...]:
    return day.sees((date - day.at.utc).total_seconds())


def test_monday_prints_once_at_its_hour_also_where_that_was_missed() -> None:
    day = Day(Printing(printer="ipp://p", at="06:30"))  # a Tuesday

    assert at_local(day, datetime(2026, 11, 30, 6, 29, tzinfo=UTC)) == ()
    assert at_local(day, datetime(2026, 11, 30, 6, 30, tzinfo=UTC)) == ("monday",)
    assert at_local(day, datetime(2026, 12, 5, 23, 0, tzinfo=UTC)) == ()
    assert at_local(day, datetime(2026, 12, 8, 9, 0, tzinfo=UTC)) == ("monday",)


def test_a_doubtful_clock_makes_no_monday() -> None:
    day = Day()

    assert day.sees(8 * 86400.0, trouble=("clock",)) == ()
    assert day.sees(1.0) == ("monday",)


def test_a_reboot_keeps_events_and_the_sheets_of_the_hour() -> None:
    day = Day()
    day.sees(**down())
    later = Instant(day.at.utc + timedelta(seconds=60), 5.0)  # another steady clock

    moved = paper.resumed(day.memory, "another", later)

    assert [round(later.since(each)) for each in moved.sheets] == [60]
    day.memory, day.at = moved, later
    assert day.sees(**down()) == ()
    assert later.steady_s < STEADY_S


def test_a_sheet_that_was_given_up_is_due_again_while_its_event_lasts() -> None:
    day = Day()
    due = day.sees(**down())

    assert paper.again(day.memory, due).due == ("own-link",)
    day.sees(1.0, **fine())
    day.sees(FAILBACK_S, **fine())
    assert paper.again(day.memory, due).due == ()
    assert paper.again(day.memory, ("monday",)).due == ("monday",)
