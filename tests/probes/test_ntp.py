import socket
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers import chrony
from servers.ntp_server import ntp_server
from servers.probe_run import ask, said
from servers.scripted import closed_port, udp_server

from secours import texts
from secours.languages import LANGUAGES
from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.sections.field_types import Duration
from secours.probes import ntp
from secours.wire.net import sockets

NONE, REACHED, SERVED = Evidence.NONE, Evidence.REACHED, Evidence.SERVED


async def to(port: int, *, timeout_s: float = 20.0, **options: Any) -> Outcome:
    settings = ntp.Settings(host="127.0.0.1", port=port, **options)
    return await ask(ntp, settings, timeout_s=timeout_s)


async def test_server_with_our_time_is_served() -> None:
    async with ntp_server() as port:
        outcome = await to(port)

    assert said(outcome) == (Verdict.OK, SERVED, Reason.NONE)
    assert outcome.facts["stratum"] == 2
    assert abs(float(outcome.facts["offset_s"])) < 10.0  # of a busy machine


@pytest.mark.parametrize("ahead_s", [3600.0, -3600.0])
async def test_clocks_that_differ_leave_open_which_is_wrong(ahead_s: float) -> None:
    async with ntp_server(ahead_s=ahead_s) as port:
        outcome = await to(port)
        within = await to(port, max_offset=Duration(7200))

    assert said(outcome) == (Verdict.DEGRADED, SERVED, Reason.CLOCK)
    assert float(outcome.facts["offset_s"]) == pytest.approx(ahead_s, abs=1)
    assert said(within) == (Verdict.OK, SERVED, Reason.NONE)


@pytest.mark.parametrize("held_s", [-8000.0, 8000.0])
async def test_a_server_that_lies_of_its_own_delay_excuses_no_clock(
    held_s: float,
) -> None:
    async with ntp_server(ahead_s=3600.0, held_s=held_s) as port:
        outcome = await to(port)

    assert said(outcome) == (Verdict.DEGRADED, SERVED, Reason.CLOCK)


async def test_timestamps_of_the_next_era_are_understood() -> None:
    until_2040_s = 15 * 365 * 86400.0
    async with ntp_server(ahead_s=until_2040_s) as port:
        outcome = await to(port)

    assert float(outcome.facts["offset_s"]) == pytest.approx(until_2040_s, abs=1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"leap": 3}, (Verdict.FAILED, SERVED, Reason.REPORTED)),
        ({"stratum": 16}, (Verdict.FAILED, SERVED, Reason.REPORTED)),
        (
            {"stratum": 0, "reference": b"RATE"},
            (Verdict.DEGRADED, SERVED, Reason.RATE_LIMITED),
        ),
        (
            {"stratum": 0, "reference": b"DENY"},
            (Verdict.FAILED, SERVED, Reason.REJECTED),
        ),
        (
            {"leap": 3, "stratum": 0, "reference": b"RSTR"},
            (Verdict.FAILED, SERVED, Reason.REJECTED),
        ),
        (
            {"leap": 3, "stratum": 0, "reference": b"INIT"},
            (Verdict.FAILED, SERVED, Reason.REPORTED),
        ),
        (
            {"leap": 3, "stratum": 0, "reference": bytes(4)},
            (Verdict.FAILED, SERVED, Reason.REPORTED),
        ),
        ({"mode": 3}, (Verdict.FAILED, REACHED, Reason.TIMEOUT)),
        ({"cookie": bytes(8)}, (Verdict.FAILED, REACHED, Reason.TIMEOUT)),
        ({"cut": 47}, (Verdict.FAILED, REACHED, Reason.TIMEOUT)),
        ({"unset": True}, (Verdict.FAILED, REACHED, Reason.TIMEOUT)),
    ],
)
async def test_answer_is_judged_by_what_it_says(
    answer: dict[str, Any], expected: tuple[Verdict, Evidence, Reason]
) -> None:
    async with ntp_server(**answer) as port:
        outcome = await to(port, timeout_s=0.5)

    assert said(outcome) == expected


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ({"root_dispersion_s": 0.9}, Reason.NONE),
        ({"root_delay_s": 1.8}, Reason.NONE),
        ({"root_dispersion_s": 1.1}, Reason.REPORTED),
        ({"root_delay_s": 2.2}, Reason.REPORTED),
        ({"root_delay_s": 1.2, "root_dispersion_s": 0.6}, Reason.REPORTED),
        ({"root_dispersion_s": 16.0, "ahead_s": 5.0}, Reason.REPORTED),
        ({"root_dispersion_s": 16.0, "ahead_s": 3600.0}, Reason.CLOCK),
    ],
)
async def test_server_too_far_from_a_clock_of_reference_sets_none(
    root: dict[str, float], reason: Reason
) -> None:
    async with ntp_server(**root) as port:  # type: ignore[arg-type]  # all are floats
        outcome = await to(port)

    verdict = Verdict.DEGRADED if reason else Verdict.OK
    assert said(outcome) == (verdict, SERVED, reason)
    if reason is Reason.REPORTED:
        for language in LANGUAGES:
            words = texts.detail(language, reason, outcome.facts)
            assert "too-uncertain" not in words
            assert "distance_s" not in words


@pytest.mark.usefixtures("processes")
@chrony.NEEDED
async def test_chrony_with_an_uncertain_source_is_not_fit_to_set_a_clock(
    tmp_path: Path,
) -> None:
    async with (
        ntp_server(root_dispersion_s=1.5, reference=b"GPS\0") as far,
        chrony.chrony(tmp_path, synchronised=True, source=far) as port,
    ):
        outcome = await to(port)

    assert said(outcome) == (Verdict.DEGRADED, SERVED, Reason.REPORTED)
    assert float(outcome.facts["distance_s"]) > 1.5


@pytest.mark.usefixtures("processes")
@chrony.NEEDED
async def test_chrony_is_understood(tmp_path: Path) -> None:
    async with chrony.chrony(tmp_path, synchronised=True) as port:
        right = await to(port)
    async with chrony.chrony(tmp_path, synchronised=False) as port:
        alone = await to(port)

    assert said(right) == (Verdict.OK, SERVED, Reason.NONE)
    assert said(alone) == (Verdict.FAILED, SERVED, Reason.REPORTED)
    assert alone.facts["problem"] == "not-synchronised"


async def test_lost_question_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ntp, "AGAIN_S", 0.05)
    async with ntp_server(deaf=1) as port:
        outcome = await to(port)

    assert said(outcome) == (Verdict.OK, SERVED, Reason.NONE)


async def test_name_with_a_silent_address_is_served_by_its_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolve(*_: object) -> list[str]:
        return ["::1", "127.0.0.1"]

    monkeypatch.setattr(sockets, "resolve", resolve)
    async with ntp_server() as port, udp_server(lambda _: None, "::1", port):
        outcome = await ask(ntp, ntp.Settings(host="time.example", port=port))

    assert said(outcome) == (Verdict.OK, SERVED, Reason.NONE)


async def test_silent_server_is_a_timeout() -> None:
    async with udp_server(lambda _: None) as port:
        outcome = await to(port, timeout_s=0.3)

    assert said(outcome) == (Verdict.FAILED, NONE, Reason.TIMEOUT)


async def test_closed_port_is_refused() -> None:
    outcome = await to(closed_port(socket.SOCK_DGRAM))

    assert said(outcome) == (Verdict.FAILED, NONE, Reason.REFUSED)


async def test_port_may_stand_after_the_host() -> None:
    async with ntp_server() as port:
        outcome = await ask(ntp, ntp.Settings(host=f"127.0.0.1:{port}"))

    assert outcome.verdict is Verdict.OK


@pytest.mark.parametrize("options", [{"port": 0}, {"max_offset": Duration(0)}])
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing("must be"):
        ntp.Settings(host="time.example", **options)
