"""What broke while it was measured is no figure: a row says why."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench import peers, targets
from bench.crowd import Progress, Received
from bench.engines import Kept, Stretch, Unsound, enough, sound
from bench.measuring import Scale, Spread
from bench.rows import rate, silent, sites, sizes
from bench.rows.sites import Tally
from bench.table import NotMeasured
from secours.model.observed import (
    Evidence,
    Instant,
    Outcome,
    Reason,
    Result,
    Verdict,
    ok,
)

ROOT = Path(__file__).parents[1]
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = ok(Evidence.SERVED)
BAD = Outcome(verdict=Verdict.FAILED, reason=Reason.TIMEOUT)
WRONG = {"prober": "tcp", "tcp": {"query_response": [{"expect": "^never"}]}}


def _kept(**began_s: list[float]) -> Kept:
    return Kept(
        BEGAN.timestamp(),
        {
            name: [_result(at_s) for at_s in moments]
            for name, moments in began_s.items()
        },
    )


def _result(at_s: float, outcome: Outcome = GOOD) -> Result:
    at = Instant(BEGAN + timedelta(seconds=at_s), at_s)
    return Result(probe="channels/c/tcp", at=at, outcome=outcome)


def _life(kept: Kept, stretches: int = 2) -> sizes.Life:
    each = [Stretch(10 + 10 * n, 20 + 10 * n, 1) for n in range(stretches)]
    return sizes.Life(interval_s=10, start_s=1, stretches=each, mib=[40, 41], kept=kept)


def test_a_channel_that_is_never_tested_again_is_late_until_the_end() -> None:
    kept = _kept(again=[0, 10, 20.5, 30], left=[0, 10])

    assert kept.late_s(10, ends_s=35) == [0, 0.5, 0, 0, 15]


def test_a_channel_that_was_never_tested_is_late_without_end() -> None:
    assert _kept(never=[]).late_s(10, ends_s=35) == [float("inf")]


def test_one_that_is_not_due_yet_is_not_late() -> None:
    assert _kept(c=[0, 10]).late_s(10, ends_s=19) == [0]


def test_failed_tests_of_a_healthy_server_are_named() -> None:
    kept = _kept(c=[0, 10])
    kept.results["c"].append(_result(20, BAD))

    with pytest.raises(Unsound, match=r"1 of 3 tests.*timeout 1"):
        kept.all_passed()


def test_without_any_test_none_has_passed() -> None:
    with pytest.raises(Unsound, match="no test"):
        _kept(c=[]).all_passed()


def test_nine_of_ten_tests_are_enough_to_say_what_one_costs() -> None:
    enough("the engine", 9, 10)
    with pytest.raises(Unsound, match="8 of 10"):
        enough("the engine", 8, 10)


def test_the_cost_is_that_of_the_tests_which_were_done() -> None:
    load = rate.Load({}, "", 1, 10)
    stretch = Stretch(0, 100, cpu_s=1)

    cost_ms = rate._cost_ms(load, _kept(c=[0, *range(1, 100, 11), 100]), stretch)

    assert cost_ms == 100  # of ten within it


def test_a_load_that_was_not_done_has_no_cost() -> None:
    with pytest.raises(Unsound, match="3 of 10 tests"):
        rate._cost_ms(rate.Load({}, "", 1, 10), _kept(c=[1, 2, 3]), Stretch(0, 100, 1))


def test_a_start_that_takes_longer_than_the_interval_is_not_measured() -> None:
    life = _life(_kept(soon=[1], late=[10.2]))

    [row] = sound("start", sizes._start("start", life, 2.0, Spread(1, 1, 1)))

    assert isinstance(row, NotMeasured)
    assert "10.2 s" in row.why


def test_memory_of_an_engine_that_does_nothing_is_not_measured() -> None:
    [row] = sound("memory", sizes._memory(1, _life(_kept(c=[1]))))

    assert isinstance(row, NotMeasured)


def test_results_a_second_are_bound_from_below() -> None:
    life = _life(_kept(c=[1, 11, 21], left=[1, 11]))

    [failed, a_second, late, *_] = sizes._done("load:", life, 2)

    assert failed.reached
    assert not a_second.reached
    assert not late.reached


def test_live_ones_that_never_passed_are_not_measured() -> None:
    kept = _kept(live=[], silent=[])
    kept.results["live"] = kept.results["silent"] = [_result(11, BAD)]

    [row] = sound("load", silent._fared("load", kept, Stretch(10, 20, 1), 1, 1, 10))

    assert isinstance(row, NotMeasured)
    assert "none of 1" in row.why


def test_silent_ones_that_answer_are_not_measured() -> None:
    kept = _kept(live=[11], silent=[11])

    [row] = sound("load", silent._fared("load", kept, Stretch(10, 20, 1), 1, 1, 10))

    assert isinstance(row, NotMeasured)
    assert "silent ones" in row.why


def test_live_ones_of_which_one_failed_are_a_row_that_says_no() -> None:
    kept = _kept(live=[11], silent=[])
    kept.results["live"].append(_result(21, BAD))
    kept.results["silent"] = [_result(11, BAD)]

    found = [*silent._fared("load", kept, Stretch(10, 30, 1), 1, 2, 10)]

    assert [row.reached for row in found] == [True, False, True, True]


@pytest.fixture
def tcp(processes: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    places = (ROOT, ROOT / "src", ROOT / "tests")
    monkeypatch.setenv("PYTHONPATH", ":".join(map(str, places)))
    with targets.serving() as ports:
        yield ports


def test_an_engine_whose_tests_fail_has_no_cost(
    tcp: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "MOST_MS", {"tcp": 0.7})
    monkeypatch.setattr(
        rate, "probe_of", lambda *_: targets.probe_of("tcp", tcp) | {"expect": "never"}
    )

    [row] = rate.rows(Scale(short=True))

    assert isinstance(row, NotMeasured)
    assert "tests of a healthy server failed" in row.why


def test_a_peer_whose_probes_fail_has_no_cost(
    tcp: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(peers.MODULES, "tcp", WRONG)
    target = peers.target_of("tcp", tcp)
    try:
        with (
            peers.blackbox(tmp_path) as exporter,
            pytest.raises(Unsound, match=r"of blackbox_exporter.* failed: \w+"),
        ):
            exporter.drive("tcp", target, 20, 0.5)
    except peers.Missing as missing:
        pytest.skip(str(missing))


def test_a_peer_that_does_not_keep_up_has_no_cost(
    tcp: dict[str, int], tmp_path: Path
) -> None:
    try:
        with peers.blackbox(tmp_path) as exporter, pytest.raises(Unsound, match="did"):
            exporter.drive("tcp", peers.target_of("tcp", tcp), 1e6, 0.5)
    except peers.Missing as missing:
        pytest.skip(str(missing))


def test_what_a_hub_lacks_or_has_again_is_counted_by_site_and_epoch() -> None:
    made = {"dison": Progress("e1", 10, 10), "spa": Progress("e2", 10, 10)}
    whole = {"dison": {"e1": Received(10, 10)}, "spa": {"e2": Received(10, 10)}}
    again = {"dison": {"e1": Received(12, 10)}, "spa": {"e2": Received(9, 9)}}
    other = {"dison": {"e1": Received(10, 10)}, "spa": {"e1": Received(10, 10)}}
    back = {"dison": {"e1": Received(10, 10, 10, 2)}, "spa": {"e2": Received(10, 10)}}

    assert sites.counted(made, whole) == Tally(20)
    assert sites.counted(made, again) == Tally(20, lost=1, duplicates=2)
    assert sites.counted(made, other) == Tally(20, lost=10, duplicates=10)
    assert sites.counted(made, back) == Tally(20, backwards=2)
    assert sites.counted(made, {}) == Tally(20, lost=20)


def test_number_that_no_site_said_is_no_measurement() -> None:
    made = {"dison": Progress("e1", 10, 10)}
    with pytest.raises(Unsound, match="dison never said 11"):
        sites.counted(made, {"dison": {"e1": Received(10, 10, 11)}})
