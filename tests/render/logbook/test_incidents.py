from render.snapshots import NOON, change, snapshot

from secours.render.logbook import incident, incidents
from secours.render.logbook.incident import Incident
from secours.render.wording.localizer import Localizer

PLAN = ("sms", "calls", "teams", "pager", "radio", "mail", "sat")
LINES = {"alert/management": ("sms", "calls")}
FOUND = incident.incidents(
    [
        change("sms", "o", "x", 9000),
        change("sms", "x", "o", 6000),
        change("calls", "o", "x", 600),
    ],
    LINES,
    LINES["alert/management"],
)
NEW, OLD = FOUND


def drawn(chosen: Incident | None, *asked: tuple[str, str]) -> str:
    return incidents.page_html(FOUND, chosen, asked, Localizer(snapshot(), "en"))


def test_each_incident_is_a_row_and_the_chosen_one_is_in_full() -> None:
    html = drawn(OLD)

    assert html.count("incidents?lang=en&amp;at=") == 2
    assert html.count('aria-current="true"') == 2  # it, and the period
    assert "50 min" in html
    assert "not over" in html
    assert "Detection (confirmed down)</dt><dd><time" in html


def test_of_a_long_incident_only_the_chosen_one_shows_all_outages() -> None:
    times = range(6, 0, -1)
    changes = [
        each
        for n in times
        for each in (
            change("sms", "o", "x", 600.0 * n),
            change("sms", "x", "o", 600.0 * n - 60),
        )
    ]
    localizer = Localizer(snapshot(), "en")
    (one,) = incident.incidents(changes, LINES, ["sms"])

    assert "and 1 more outage" in incidents.page_html([one], None, [], localizer)
    whole = incidents.page_html([one], one, [], localizer)
    assert whole.count("s-outage") == 6
    assert "more outage" not in whole


def test_outages_that_last_are_shown_whatever_came_before_them() -> None:
    changes = [
        each
        for n in range(16, 8, -1)
        for each in (
            change("sms", "o", "x", 600.0 * n),
            change("sms", "x", "o", 600.0 * n - 60),
        )
    ]
    lasting = [change(name, "o", "x", 600.0 * 8) for name in PLAN[1:]]
    localizer = Localizer(snapshot(), "en")
    for number, over in ((2, 3), (6, 0)):
        recorded = [*changes, *lasting[:number]]
        (one,) = incident.incidents(recorded, LINES, PLAN)

        html = incidents.page_html([one], None, [], localizer)

        assert html.count('class="s-outage s-open"') == number
        assert html.count('class="s-outage"') == over
        assert f"and {8 - over} more outages" in html


def test_the_address_says_which_one_else_it_is_the_latest() -> None:
    at = OLD.detected.isoformat()

    assert incidents.chosen_of([("at", at)], FOUND) == OLD
    assert incidents.chosen_of([("at", "x")], FOUND) == NEW
    assert incidents.chosen_of([], []) is None


def test_the_one_that_is_looked_at_can_be_taken_along() -> None:
    html = drawn(OLD, ("days", "7"))

    assert "incidents.json?lang=en&amp;days=7&amp;at=2026-11-2" in html
    assert "&amp;print=1" in html
    assert "incidents.csv" not in html
    assert "incidents.json" not in drawn(None)


def test_a_quiet_time_is_said() -> None:
    localizer = Localizer(snapshot(), "en")

    html = incidents.page_html([], None, [], localizer)

    assert "No channel was down in this period." in html
    assert incidents.days_of([]) == 90
    assert incidents.days_of([("days", "all")]) is None


def test_the_lines_and_probes_are_those_of_the_plan() -> None:
    shown = snapshot()

    assert incident.lines_of(shown)["alert/management"][0] == "sms"
    assert incident.probes_of("sms", shown) == ["channels/sms/sip"]
    assert incident.probes_of("gone", shown) == []
    assert incident.begun(NEW, {}) == NEW
    assert OLD.detected < NOON
