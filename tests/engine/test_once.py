import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from plans import channel, component, plan, probe

from secours import probes
from secours.engine import once
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Result,
    Verdict,
    failed,
    ok,
    unknown,
)
from secours.model.plan import Config
from secours.model.sections.channel import Path, Probe
from secours.model.snapshot import State
from secours.probes import ProbeType


class Line:
    """Settings of a probe over a serial line, or over none."""

    def __init__(self, port: str | int = 1) -> None:
        self.port = port


Probing = Callable[[Any, Path | None], Awaitable[Outcome]]
FINE = ok(Evidence.SERVED)


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Probing], None]:
    """Let all probes of the test be this one."""

    def install(probing: Probing) -> None:
        found = ProbeType(Line, probing, Evidence.SERVED, "")
        monkeypatch.setattr(probes, "find", lambda _: found)

    return install


def heard(_probe: Probe, _result: Result) -> None:
    """Nobody listens."""


def measured(config: Config, retries: int = 0) -> dict[str, Outcome]:
    results = once.measure(once.select(config), retries, heard)
    return {result.probe.split("/")[1]: result.outcome for result in results}


def over(name: str, port: str | int, **options: Any) -> Any:
    return channel(name, probes=(probe(name, settings=Line(port), **options),))


def test_probes_of_one_serial_line_take_turns(
    probed: Callable[[Probing], None],
) -> None:
    running, most, together = 0, 0, 1

    async def probing(settings: Line, _path: Path | None) -> Outcome:
        nonlocal running, most
        running += 1
        most = max(most, running)
        while most < together:  # noqa: ASYNC110 -- the others make it more
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)  # in which one too many may come
        running -= 1
        return FINE

    probed(probing)

    same = measured(plan(*(over(name, "/dev/ttyX") for name in "abc")))
    assert (most, [o.verdict for o in same.values()]) == (1, [Verdict.OK] * 3)

    together = 3
    measured(plan(*(over(name, 5060) for name in "abc")))
    assert most == 3


def test_a_turn_that_comes_too_late_is_unknown_and_never_failed(
    probed: Callable[[Probing], None],
) -> None:
    async def probing(_settings: Line, _path: Path | None) -> Outcome:
        await asyncio.Event().wait()
        return FINE

    probed(probing)
    parts = [over(name, "/dev/ttyX", timeout_s=0.3) for name in "ab"]

    outcomes = measured(plan(*parts))

    assert sorted((o.verdict, o.reason) for o in outcomes.values()) == [
        (Verdict.FAILED, Reason.TIMEOUT),
        (Verdict.UNKNOWN, Reason.DEVICE_BUSY),
    ]


@pytest.mark.parametrize(
    ("outcome", "runs"),
    [
        (failed(Reason.REFUSED), 3),
        (failed(Reason.AUTH, Evidence.SERVED), 1),
        (failed(Reason.SIM_LOCKED), 1),
        (failed(Reason.RATE_LIMITED), 1),
        (unknown(Reason.PERMISSION), 1),
        (FINE, 1),
    ],
)
def test_only_what_failed_and_cannot_lock_an_account_is_tried_again(
    probed: Callable[[Probing], None], outcome: Outcome, runs: int
) -> None:
    ran = 0

    async def probing(_settings: Line, _path: Path | None) -> Outcome:
        nonlocal ran
        ran += 1
        return outcome

    probed(probing)

    measured(plan(over("sms", 1, retry_every_s=0.01)), retries=2)

    assert ran == runs


def test_a_peer_that_asks_to_wait_longer_is_not_asked_again(
    probed: Callable[[Probing], None],
) -> None:
    ran = 0

    async def probing(_settings: Line, _path: Path | None) -> Outcome:
        nonlocal ran
        ran += 1
        return Outcome(
            verdict=Verdict.FAILED, reason=Reason.DEFERRED, retry_after_s=60.0
        )

    probed(probing)

    measured(plan(over("sms", 1, retry_every_s=0.01)), retries=2)

    assert ran == 1


def test_a_probe_that_does_not_let_go_does_not_hold_up_the_end(
    probed: Callable[[Probing], None], capfd: pytest.CaptureFixture[str]
) -> None:
    async def probing(_settings: Line, _path: Path | None) -> Outcome:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue

    probed(probing)

    outcomes = measured(plan(over("sms", 1, timeout_s=0.2)))

    assert outcomes["sms"].reason is Reason.TIMEOUT
    assert "Task was destroyed" not in capfd.readouterr().err


def test_one_result_decides_and_a_path_that_is_down_is_not_the_channel(
    probed: Callable[[Probing], None],
) -> None:
    reference = Probe(
        id="paths/lan/tls",
        owner="lan",
        name="tls",
        type="tls",
        settings=Line(),
        timeout_s=1.0,
    )

    async def probing(_settings: Line, path: Path | None) -> Outcome:
        return failed(Reason.TIMEOUT, timeout_s=1)

    probed(probing)
    config = plan(
        Path(name="lan", references=(reference,)),
        channel("mail", probes=(probe("mail", via="lan"),)),
        channel("sms", probes=(probe("sms"),)),
    )
    selection = once.select(config)

    shot = once.decide(selection, once.measure(selection, 0, heard))

    states = {v.name: (v.standing.state, v.standing.reason) for v in shot.channels}
    assert states["sms"] == (State.DOWN, Reason.TIMEOUT)
    assert states["mail"] == (State.UNKNOWN, Reason.OWN_LINK)


def test_references_of_paths_that_no_chosen_probe_takes_are_not_run() -> None:
    reference = Probe(
        id="paths/4g/tls", owner="4g", name="tls", type="tls", settings=Line()
    )
    config = plan(Path(name="4g", references=(reference,)), channel("sms"))

    assert [p.id for p in once.select(config).config.probes()] == ["channels/sms/tcp"]


def test_naming_a_component_runs_what_it_has() -> None:
    paid = probe("power:grid", cost=True)
    config = plan(channel("sms"), component("power:grid", probes=(paid,)))

    chosen = once.select(config, ["power:grid"]).config.probes()

    assert [p.id for p in chosen] == ["components/power:grid/tcp"]
