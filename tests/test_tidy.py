import math
from typing import Any

from plans import moment

from secours.model.observed import Evidence, Outcome, Result, Verdict, ok
from secours.run.tidy import tidy


def _tidy(outcome: Outcome) -> Outcome:
    return tidy(Result(probe="p", at=moment(0), outcome=outcome)).outcome


def test_facts_become_plain_and_short() -> None:
    facts: dict[str, Any] = {
        "said": "a\x1b[31m\nb\ud800" + "c" * 500,
        "good": True,
        "bits": 2**80,
        "level": math.nan,
        "who": ["x"],
        "n": 3,
    }

    tidied = _tidy(ok(Evidence.SERVED, **facts)).facts

    assert tidied["said"] == "a [31m b " + "c" * 191
    assert tidied["good"] == 1
    assert tidied["bits"] == str(2**80)
    assert tidied["level"] == "nan"
    assert tidied["who"] == "['x']"
    assert tidied["n"] == 3


def test_a_latency_that_is_none_is_left_out() -> None:
    assert _tidy(ok(Evidence.SERVED, latency_s=math.inf)).latency_s is None
    assert _tidy(ok(Evidence.SERVED, latency_s=-1.0)).latency_s is None
    assert _tidy(ok(Evidence.SERVED, latency_s=0.5)).latency_s == 0.5


def test_a_plain_result_stays_as_it_is() -> None:
    outcome = Outcome(verdict=Verdict.OK, facts={"code": 220}, retry_after_s=3.0)

    assert _tidy(outcome) == outcome
