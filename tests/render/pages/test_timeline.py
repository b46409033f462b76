from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.snapshots import NOON, STATES, change, moment

from secours.model.observed import Evidence, Reason, Result, failed, ok, unknown
from secours.model.snapshot import Change, State
from secours.render.pages import timeline
from secours.render.pages.timeline import SEEN, START, STOP, Share, Span

LETTERS = {state: letter for letter, state in STATES.items()}
HOUR = timedelta(hours=1)


def ago(second: float) -> datetime:
    return NOON - timedelta(seconds=second)


def now(letter: str, since_s: float) -> Span:
    return Span(start=ago(since_s), end=NOON, state=STATES[letter])


def drawn(spans: Sequence[Span]) -> str:
    """Write spans as `o60 x30`: a letter, and how many seconds it lasted."""
    return " ".join(
        f"{LETTERS[s.state] if s.watched else '-'}{s.lasted_s:.0f}" for s in spans
    )


def test_states_follow_the_changes_and_the_first_says_what_was_before() -> None:
    changes = [change("sms", "x", "o", 30), change("sms", "d", "x", 60)]

    found = timeline.spans(changes, now("o", 30), ago(100))

    assert drawn(found) == "d40 x30 o30"
    assert found[1].reason is Reason.TIMEOUT


def test_what_changed_before_the_time_shown_still_holds_in_it() -> None:
    found = timeline.spans([change("sms", "o", "x", 500)], now("x", 500), ago(100))

    assert drawn(found) == "x100"


def test_without_any_change_only_the_present_state_is_known() -> None:
    assert drawn(timeline.spans([], now("o", 30), ago(100))) == "?70 o30"
    assert drawn(timeline.spans([], now("?", 300), ago(100))) == "?100"


def test_a_state_that_the_history_does_not_have_yet_is_the_present_one() -> None:
    found = timeline.spans([change("sms", "?", "o", 80)], now("x", 10), ago(100))

    assert drawn(found) == "?20 o70 x10"


def test_while_no_engine_ran_nothing_is_known() -> None:
    silent = ((ago(70), ago(40)), (ago(20), ago(10)))
    found = timeline.spans(
        [change("sms", "?", "o", 90), change("sms", "o", "x", 30)],
        now("x", 30),
        ago(100),
        silent,
    )

    assert drawn(found) == "?10 o20 -30 o10 x10 -10 x10"


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([], []),
        ([(900, STOP), (500, START)], [(900, 500)]),
        ([(800, SEEN), (500, START)], [(800, 500)]),
        ([(900, STOP), (890, START)], []),
        ([(500, START)], [(1000, 500)]),
        ([(2000, STOP), (500, START)], [(1000, 500)]),
        ([(500, START), (500, SEEN)], []),
        ([(1000, START), (300, SEEN)], []),
    ],
)
def test_an_engine_is_silent_from_its_last_sign_to_the_next_start(
    marks: list[tuple[int, str]], found: list[tuple[int, int]]
) -> None:
    said = [(ago(second), kind) for second, kind in marks]
    expected = tuple((ago(start), ago(end)) for start, end in found)

    assert timeline.silences(said, ago(1000)) == expected


@given(
    st.lists(st.tuples(st.integers(0, 4000), st.sampled_from("odx?")), max_size=12),
    st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 900)), max_size=3),
    st.integers(1, 3600),
)
def test_every_second_has_one_state_that_of_the_latest_change(
    steps: list[tuple[int, str]], silent: list[tuple[int, int]], since_s: int
) -> None:
    ordered = sorted(dict(steps).items(), reverse=True)
    changes: list[Change] = []
    before = "?"
    for second, letter in ordered:
        changes.append(change("sms", before, letter, second))
        before = letter
    holds = now(before, ordered[-1][0] if ordered else 0)
    quiet = tuple((ago(first), ago(first - long)) for first, long in silent)

    found = timeline.spans(changes, holds, ago(since_s), quiet)

    assert sum(span.lasted_s for span in found) == since_s
    for span in found:
        middle = span.start + (span.end - span.start) / 2
        hushed = any(first <= middle < last for first, last in quiet)
        said = [STATES[letter] for s, letter in ordered if ago(s) <= middle]
        expected = State.UNKNOWN if hushed or not said else said[-1]
        assert span.state is expected
        assert span.watched is not hushed


def test_worst_is_the_worst_state_within_the_window() -> None:
    found = timeline.spans(
        [change("sms", "o", "x", 50), change("sms", "x", "o", 49)],
        now("o", 49),
        ago(80),
    )

    assert timeline.worst(found, ago(80), NOON) is State.DOWN
    assert timeline.worst(found, ago(80), ago(50)) is State.AVAILABLE
    assert timeline.worst(found, ago(49), NOON) is State.AVAILABLE


def test_worst_is_available_only_where_nearly_all_was_measured() -> None:
    def window(unknown_s: float) -> State:
        changes = [change("sms", "?", "o", 100 - unknown_s)]
        found = timeline.spans(changes, now("o", 100 - unknown_s), ago(100))
        return timeline.worst(found, ago(100), NOON)

    assert window(5) is State.AVAILABLE
    assert window(20) is State.UNKNOWN
    assert timeline.worst([], ago(100), NOON) is State.UNKNOWN


def test_availability_counts_only_what_was_measured() -> None:
    found = timeline.spans(
        [
            change("sms", "?", "o", 80),
            change("sms", "o", "x", 60),
            change("sms", "x", "d", 40),
            change("sms", "d", "x", 10),
        ],
        now("x", 10),
        ago(100),
    )

    share = timeline.share(found)

    assert share == Share(
        measured_s=80.0, usable_s=50.0, down_s=30.0, unknown_s=20.0, downs=2
    )
    assert share.usable == 50 / 80
    assert Share(unknown_s=9.0).usable is None


def test_a_silence_in_the_middle_of_a_failure_is_not_a_second_one_by_itself() -> None:
    found = timeline.spans(
        [change("sms", "o", "x", 60)], now("x", 60), ago(100), ((ago(40), ago(20)),)
    )

    share = timeline.share(found)

    assert (share.down_s, share.downs) == (40.0, 1)


def result(second: float, letter: str = "o", latency_s: float | None = None) -> Result:
    outcome = {
        "o": ok(Evidence.SERVED, latency_s=latency_s),
        "x": failed(Reason.TIMEOUT),
        "?": unknown(Reason.PERMISSION),
    }[letter]
    return Result(probe="p", at=moment(second), outcome=outcome)


def test_the_answer_time_is_the_middle_and_the_nearest_rank() -> None:
    found = timeline.latency(n / 1000 for n in range(100, 0, -1))

    assert found is not None
    assert (found.median_s, found.p95_s, found.count) == (0.0505, 0.095, 100)
    assert timeline.latency([]) is None


def test_a_failure_began_with_the_first_bad_test_after_a_good_one() -> None:
    def run(letters: str) -> list[Result]:
        return [result(10 * n, letter) for n, letter in enumerate(reversed(letters))]

    assert timeline.failed_since([run("xox?x")]) == (ago(20), ago(30))
    assert timeline.failed_since([run("oxx"), run("oxxxx")]) == (ago(30), ago(40))
    assert timeline.failed_since([run("ooo")]) is None
    assert timeline.failed_since([run("xx"), []]) is None
    assert timeline.run_up(run("xx")) == (None, ago(10))
