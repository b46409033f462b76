"""Many channels tested at once: each answer is timed, not the crowd of tests."""

import time
from statistics import median

import pytest
from plans import channel, plan, probe
from servers.apart import http_apart

from secours import probes
from secours.engine import once
from secours.model.observed import Result, Verdict
from secours.model.plan import Config
from secours.model.secret import Secret
from secours.model.sections.channel import Probe

CHANNELS = 150
SLOW_S = 10.0  # on a machine that other tests share


def _heard(_probe: Probe, _result: Result) -> None:
    """Nobody listens."""


def _config(port: int) -> Config:
    settings = probes.find("http").settings(url=Secret(f"http://127.0.0.1:{port}/"))
    options = {"type": "http", "settings": settings, "slow_after_s": SLOW_S}
    names = [f"c{n}" for n in range(CHANNELS)]
    return plan(*(channel(n, probes=(probe(n, **options),)) for n in names))


@pytest.mark.usefixtures("processes")
def test_a_quick_server_is_quick_for_many_channels_at_once() -> None:
    with http_apart() as port:
        began_s = time.monotonic()
        results = once.measure(once.select(_config(port)), 0, _heard)
        all_s = time.monotonic() - began_s

    outcomes = [result.outcome for result in results]
    took_s = [outcome.latency_s or 0.0 for outcome in outcomes]
    assert [o.verdict for o in outcomes] == [Verdict.OK] * CHANNELS, sorted(took_s)
    assert median(took_s) < all_s / 3  # a wait for its turn would be half of all
