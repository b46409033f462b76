from secours.engine.probing.runner import LATEST, Lag


def lag_after(*waited_s: float) -> Lag:
    lag = Lag()
    for each_s in waited_s:
        for _ in range(LATEST):
            lag.note(each_s)
    return lag


def test_tests_that_begin_in_time_are_no_lag() -> None:
    assert lag_after(0.3).by_s == 0.0


def test_tests_that_wait_long_are() -> None:
    assert lag_after(0.0, 2.0).by_s == 2.0


def test_it_is_over_when_they_wait_for_much_less() -> None:
    assert lag_after(2.0, 0.8).by_s == 0.8
    assert lag_after(2.0, 0.8, 0.4, 0.8).by_s == 0.0


def test_a_machine_that_slept_once_does_not_lag() -> None:
    lag = lag_after(0.0)
    for _ in range(LATEST // 3):
        lag.note(3600.0)

    assert lag.by_s == 0.0


def test_few_tests_are_no_load() -> None:
    lag = Lag()
    for _ in range(LATEST - 1):
        lag.note(60.0)

    assert lag.by_s == 0.0
