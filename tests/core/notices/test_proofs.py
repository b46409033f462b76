"""Which way of notices is to be tested now, by the calendar of the site."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from secours.core.notices.proofs import due
from secours.model.notices import Fitness, TargetView, WayProof
from secours.model.observed import Instant, Reason
from secours.model.sections.notify import Notify, Target

BRUSSELS = ZoneInfo("Europe/Brussels")
DAY_S = 86400.0
MONDAY = datetime(2026, 3, 2, 10, tzinfo=BRUSSELS)


def at(moment: datetime, *, off_s: float = 0.0) -> Instant:
    """Return a moment by a clock that is off, on a machine that runs since 2026."""
    boot = datetime(2026, 1, 1, tzinfo=UTC)
    utc = moment.astimezone(UTC)
    return Instant(utc + timedelta(seconds=off_s), (utc - boot).total_seconds())


def known(begun: datetime | None) -> WayProof:
    return WayProof(
        since=at(MONDAY - timedelta(days=30)), begun=at(begun) if begun else None
    )


def told(
    every_s: float = 7 * DAY_S, hour: time = time(10), prove: bool | None = None
) -> Notify:
    targets = {name: Target(name=name, prove=prove) for name in ("sms", "mail")}
    return Notify(targets=targets, prove_every_s=every_s, prove_at=hour)


def asked(
    moment: datetime, begun: datetime | None, notify: Notify | None = None
) -> str | None:
    return due(notify or told(), {"sms": known(begun)}, at(moment), moment)


def test_every_seven_days_are_mondays_at_the_hour_of_the_site() -> None:
    last = MONDAY - timedelta(days=7)
    hours = timedelta(hours=1)

    assert asked(MONDAY, last) == "sms"
    assert asked(MONDAY + timedelta(seconds=1), last) == "sms"
    assert asked(MONDAY - timedelta(seconds=1), last) is None
    assert asked(MONDAY + 2 * hours, last) is None
    assert asked(MONDAY + timedelta(minutes=5), MONDAY) is None
    assert asked(MONDAY + timedelta(days=1), MONDAY) is None


def test_first_proof_is_at_the_next_such_hour() -> None:
    assert asked(MONDAY + timedelta(days=3), None) == "sms"
    assert asked(MONDAY + timedelta(days=3, hours=3), None) is None


def test_missed_proof_is_made_up_once_and_not_next_to_the_following_one() -> None:
    last, thursday = MONDAY - timedelta(days=21), MONDAY + timedelta(days=3)
    friday = MONDAY + timedelta(days=4)

    assert asked(thursday, last) == "sms"
    assert asked(friday, thursday) is None
    assert asked(MONDAY + timedelta(days=7), thursday) == "sms"
    assert asked(friday, last) == "sms"
    assert asked(MONDAY + timedelta(days=7), friday) is None
    assert asked(MONDAY + timedelta(days=14), friday) == "sms"


def test_proofs_are_a_minute_apart_in_the_order_of_the_plan() -> None:
    now = MONDAY + timedelta(seconds=5)
    proofs = {"sms": known(MONDAY), "mail": known(None)}

    assert due(told(), proofs, at(now), now) is None
    later = MONDAY + timedelta(seconds=61)
    assert due(told(), proofs, at(later), later) == "mail"


def test_change_to_summer_time_makes_no_proof_of_the_day_before() -> None:
    monday = datetime(2026, 10, 19, 10, tzinfo=BRUSSELS)
    sunday = datetime(2026, 10, 25, 10, 30, tzinfo=BRUSSELS)

    assert asked(sunday, monday) is None
    assert asked(sunday + timedelta(days=1), monday) == "sms"


def test_hour_late_in_the_evening_lasts_past_midnight() -> None:
    notify = told(DAY_S, time(23, 30))
    night = datetime(2026, 3, 3, 0, 45, tzinfo=BRUSSELS)
    begin = datetime(2026, 3, 2, 23, 30, tzinfo=BRUSSELS)

    assert asked(night, begin - timedelta(days=1), notify) == "sms"
    assert asked(night, begin, notify) is None


def test_way_that_asks_for_no_proof_gets_none_and_a_plan_without_them_none() -> None:
    last = MONDAY - timedelta(days=7)

    assert asked(MONDAY, last, told(prove=False)) is None
    assert asked(MONDAY, last, told(prove=True)) == "sms"
    assert asked(MONDAY, last, Notify(targets=told().targets)) is None


@pytest.mark.parametrize("off_s", [-400 * DAY_S, 400 * DAY_S])
def test_clock_that_was_set_makes_no_proof_look_fresh(off_s: float) -> None:
    wrong, right = at(MONDAY, off_s=off_s), at(MONDAY + timedelta(days=10))
    kept = Instant(wrong.utc, right.steady_s)  # of another boot, with a wrong clock
    real = WayProof(since=wrong, begun=wrong, proven=wrong)

    assert real.age_s(wrong, right) >= 10 * DAY_S
    assert WayProof(since=kept).age_s(kept, right) == max(0.0, 10 * DAY_S - off_s)


def test_proof_is_overdue_after_half_as_long_again_and_by_its_failure_at_once() -> None:
    since = WayProof(since=at(MONDAY))
    proven = WayProof(since=at(MONDAY), proven=at(MONDAY + timedelta(days=7)))

    def lack(proof: WayProof, days: float, every_s: float | None = 7 * DAY_S) -> str:
        view = TargetView(
            name="sms",
            through=None,
            fitness=Fitness.OUTSIDE,
            proof=proof,
            prove_every_s=every_s,
        )
        return view.proof_lack(at(MONDAY + timedelta(days=days)))

    assert lack(since, 10) == ""
    assert lack(since, 11) == "proof-overdue"
    assert lack(proven, 17) == ""
    assert lack(proven, 18) == "proof-overdue"
    assert lack(proven, 18, None) == ""
    failed = WayProof(since=at(MONDAY), reason=Reason.REFUSED)
    assert lack(failed, 1) == "proof-failed"
    assert lack(failed, 1, None) == ""
