import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import OUTCOMES, probe, result

from secours.core.probing.health import Health, absorb, restlessness, standing
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    degraded,
    failed,
    ok,
    unknown,
)

LETTERS = {
    "o": Verdict.OK,
    "d": Verdict.DEGRADED,
    "x": Verdict.FAILED,
    "?": Verdict.UNKNOWN,
}
SIP = probe("sip", confirm=2, recover=2)
STALE_S = 180.0


def after(letters: str, confirm: int = 2, recover: int = 2) -> Health:
    """One result a minute: o ok, d degraded, x failed, ? could not be tested."""
    asked = replace(SIP, confirm=confirm, recover=recover)
    health = Health()
    for minute, letter in enumerate(letters):
        event = result("sip", letter, 60.0 * minute)
        health = aged(absorb(health, asked, event.result))
    return health


def aged(health: Health) -> Health:
    """Let the latest result that counts be fresh for three minutes."""
    if health.counted is None:
        return health
    return replace(health, fresh_until_s=health.counted.steady_s + STALE_S)


def verdict(health: Health, second: float) -> Verdict:
    return standing(health, 1000.0 + second)[0]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("", "?"),
        ("o", "o"),
        ("x", "x"),
        ("d", "d"),
        ("?", "?"),
        ("?o", "o"),
        ("ox", "o"),
        ("oxx", "x"),
        ("oxoxox", "o"),
        ("od", "o"),
        ("odd", "d"),
        ("oxd", "d"),
        ("odx", "d"),
        ("oddx", "d"),
        ("oddxx", "x"),
        ("ddo", "d"),
        ("ddoo", "o"),
        ("xxo", "x"),
        ("xxoo", "o"),
        ("xxdo", "d"),
        ("xxod", "d"),
        ("xxoxo", "x"),
        ("ox?x", "x"),
        ("xo?o", "o"),
    ],
)
def test_verdict_changes_only_after_enough_results_in_a_row(
    letters: str, expected: str
) -> None:
    assert after(letters).verdict is LETTERS[expected]


@given(
    letters=st.text("odx?", max_size=14),
    confirm=st.integers(1, 3),
    recover=st.integers(1, 3),
)
def test_counting_equals_looking_back_over_the_whole_history(
    letters: str, confirm: int, recover: int
) -> None:
    def look_back(history: str) -> str:
        """Decide from the letters themselves, without any counter."""
        if len(history) < 2:
            return history or "?"
        before = look_back(history[:-1])
        tail, back = history[-confirm:], history[-recover:]
        if before != "x" and len(tail) == confirm and set(tail) == {"x"}:
            return "x"
        if before == "o" and len(tail) == confirm and "o" not in tail:
            return "d"
        if before != "o" and len(back) == recover and set(back) == {"o"}:
            return "o"
        if before == "x" and len(back) == recover and "x" not in back:
            return "d"
        return before

    health = after(letters, confirm, recover)

    # after three untested minutes the old results prove nothing: the next one decides
    spoken = [part for part in letters.split("???") if part.strip("?")]
    counted = (spoken[-1] if spoken else "").replace("?", "")
    assert health.verdict is LETTERS[look_back(counted)]


@pytest.mark.parametrize(("second", "expected"), [(180.0, "o"), (180.1, "?")])
def test_old_result_proves_nothing(second: float, expected: str) -> None:
    assert verdict(after("o"), second) is LETTERS[expected]


def test_stale_result_says_so() -> None:
    assert standing(after("o"), 1181.0)[1].reason is Reason.STALE


def test_test_that_could_not_be_made_says_why_once_the_proof_is_old() -> None:
    health = after("o?")

    assert standing(health, 1060.0)[0] is Verdict.OK
    assert standing(health, 1181.0)[1].reason is Reason.PERMISSION


def test_first_result_after_a_silence_decides() -> None:
    event = result("sip", "x", 1000.0)

    health = absorb(after("oo"), SIP, event.result)

    assert health.verdict is Verdict.FAILED


def test_one_lost_packet_leaves_the_words_of_the_verdict_as_they_were() -> None:
    assert standing(after("oox"), 1120.0) == (Verdict.OK, OUTCOMES["o"])


def test_verdict_is_since_the_result_that_confirmed_it() -> None:
    health = after("oxxx")

    assert health.since is not None
    assert health.since.steady_s == 1120.0


@pytest.mark.parametrize(
    ("owner", "outcome", "expected"),
    [
        ("sip", degraded(Reason.TLS_EXPIRING, Evidence.SERVED), Verdict.OK),
        ("sip", degraded(Reason.QUOTA, Evidence.SERVED), Verdict.OK),
        ("sip", degraded(Reason.SLOW, Evidence.SERVED), Verdict.DEGRADED),
        ("sip", unknown(Reason.NO_DEVICE), Verdict.FAILED),
        ("carrier:a", unknown(Reason.NO_DEVICE), Verdict.UNKNOWN),
        ("sip", unknown(Reason.DEVICE_BUSY), Verdict.UNKNOWN),
        ("sip", failed(Reason.AUTH), Verdict.FAILED),
        ("sip", ok(Evidence.REACHED), Verdict.OK),
    ],
)
def test_each_outcome_counts_for_its_side(
    owner: str, outcome: Outcome, expected: Verdict
) -> None:
    event = result(owner, outcome, 0.0)

    health = absorb(Health(), probe(owner), event.result)

    assert health.verdict is expected


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        ("", 0.0),
        ("o", 0.0),
        ("o" * 21, 0.0),
        ("o" * 20 + "x", 1.2 / 20),
        ("x" + "o" * 20, 0.8 / 20),
        ("ox" * 10 + "o", 1.0),
    ],
)
def test_newer_changes_weigh_more(recent: str, expected: float) -> None:
    assert restlessness(recent) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("letters", "expected", "reason"),
    [
        ("o" * 15 + "xxxooo", Verdict.OK, Reason.NONE),
        ("o" * 8 + "oxooxooxooxoo", Verdict.DEGRADED, Reason.FLAPPING),
        ("o" * 8 + "oxooxooxooxoo" + "o" * 21, Verdict.OK, Reason.NONE),
        ("o" * 8 + "oxooxooxoxoxx", Verdict.FAILED, Reason.REFUSED),
    ],
)
def test_flapping_is_degraded_and_hides_no_confirmed_failure(
    letters: str, expected: Verdict, reason: Reason
) -> None:
    verdict, why = standing(after(letters), 0.0)

    assert (verdict, why.reason) == (expected, reason)
