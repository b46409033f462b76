from datetime import timedelta

from plans import moment

from secours.engine import clock
from secours.model.observed import Instant


def test_both_clocks_go_on() -> None:
    first, second = clock.now(), clock.now()

    assert second.since(first) >= 0
    assert second.utc.utcoffset() == timedelta(0)


def test_a_boot_has_an_identity_that_stays() -> None:
    assert clock.boot_id() == clock.boot_id()
    assert len(clock.boot_id()) == 36


def test_time_that_passes_is_no_jump() -> None:
    assert clock.jump_s(moment(0), moment(60)) == 0


def test_a_clock_set_back_is_a_jump() -> None:
    after = Instant(moment(60).utc - timedelta(hours=1), moment(60).steady_s)

    assert clock.jump_s(moment(0), after) == -3600
