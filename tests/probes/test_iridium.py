from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from refusals import refusing
from servers.probe_run import ask, said
from servers.pty_modem import Reply, pty_modem

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.runs import Stop
from secours.probes import iridium

AUTHENTICATED, SERVED = Evidence.AUTHENTICATED, Evidence.SERVED
AT = datetime(2026, 11, 24, tzinfo=UTC)
REACHED, NONE, DELIVERED = Evidence.REACHED, Evidence.NONE, Evidence.DELIVERED

PHONE: dict[str, Reply] = {"AT+CSQ": "+CSQ:4", "AT+CREG?": "+CREG:0,1"}
WAITING: dict[str, Reply] = {"AT+SBDS": "+SBDS: 1, 23, 0, -1"}
DATA_TERMINAL: dict[str, Reply] = {"AT+CSQ": "+CSQ:4", "AT+SBDREG?": "+SBDREG:2"}


@pytest.fixture(autouse=True)
def our_own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


async def probed(
    table: Mapping[str, Reply], *, session: bool = False, timeout_s: float = 5.0
) -> Outcome:
    async with pty_modem(table) as terminal:
        settings = iridium.Settings(port=terminal.port, session=session)
        outcome = await ask(iridium, settings, timeout_s=timeout_s)
    assert session or "AT+SBDIX" not in terminal.heard
    return outcome


@pytest.mark.parametrize(
    "table", [PHONE, DATA_TERMINAL, {**PHONE, "AT+CREG?": "+CREG:0,5"}]
)
async def test_registered_terminal_is_authenticated(table: dict[str, Reply]) -> None:
    outcome = await probed(table)

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)
    assert outcome.facts == {"signal": 4, "best": 5}


async def test_terminal_that_cannot_say_whether_it_is_registered_proves_less() -> None:
    outcome = await probed({"AT+CSQ": "+CSQ:4"})

    assert said(outcome) == (Verdict.OK, SERVED, Reason.NONE)


@pytest.mark.parametrize(
    "table",
    [
        {"AT+CSQ": "+CSQ:5", "AT+CREG?": "+CREG:0,0"},
        {"AT+CSQ": "+CSQ:5", "AT+CREG?": "+CREG:0,2"},
        {"AT+CSQ": "+CSQ:5", "AT+CREG?": "+CREG:0,3"},
        {"AT+CSQ": "+CSQ:0", "AT+SBDREG?": "+SBDREG:1"},
        {"AT+CSQ": "+CSQ:5", "AT+SBDREG?": "+SBDREG:3"},
    ],
)
async def test_terminal_that_is_not_registered_is_failed(
    table: dict[str, Reply],
) -> None:
    outcome = await probed(table)

    assert said(outcome) == (Verdict.FAILED, SERVED, Reason.NOT_REGISTERED)


async def test_weak_signal_of_a_registered_terminal_is_degraded() -> None:
    outcome = await probed({**PHONE, "AT+CSQ": "+CSQ:1"})

    assert said(outcome) == (Verdict.DEGRADED, AUTHENTICATED, Reason.WEAK_SIGNAL)
    assert outcome.facts == {"signal": 1, "best": 5}


@pytest.mark.parametrize("table", [PHONE, DATA_TERMINAL])
async def test_terminal_without_any_signal_is_failed_though_registered(
    table: dict[str, Reply],
) -> None:
    outcome = await probed({**table, "AT+CSQ": "+CSQ:0"})

    assert said(outcome) == (Verdict.FAILED, AUTHENTICATED, Reason.WEAK_SIGNAL)
    assert outcome.facts == {"signal": 0, "best": 5}


async def test_session_that_succeeds_without_a_signal_is_still_delivered() -> None:
    table = {**WAITING, "AT+CSQ": "+CSQ:0", "AT+SBDIX": "+SBDIX: 0, 23, 0, -1, 0, 0"}

    outcome = await probed(table, session=True)

    assert said(outcome) == (Verdict.DEGRADED, DELIVERED, Reason.WEAK_SIGNAL)


async def test_no_signal_where_nothing_else_is_known_is_failed() -> None:
    outcome = await probed({"AT+CSQ": "+CSQ:0"})

    assert said(outcome) == (Verdict.FAILED, SERVED, Reason.WEAK_SIGNAL)


@pytest.mark.parametrize("code", range(5))
async def test_session_that_succeeds_is_delivered(code: int) -> None:
    session = f"+SBDIX: {code}, 23, 0, -1, 0, 0"
    table = {**WAITING, "AT+CSQ": "+CSQ:3", "AT+SBDIX": session}

    outcome = await probed(table, session=True)

    assert said(outcome) == (Verdict.OK, DELIVERED, Reason.NONE)


@pytest.mark.parametrize(
    "more", [{}, {"AT+SBDS": "+SBDS:0,23,1,7"}, {"AT+SBDS": "ERROR"}], ids=str
)
async def test_session_that_had_nothing_to_send_delivered_nothing(
    more: dict[str, Reply],
) -> None:
    session = "+SBDIX: 0, 23, 0, -1, 0, 0"

    outcome = await probed(
        {"AT+CSQ": "+CSQ:3", "AT+SBDIX": session, **more}, session=True
    )

    assert said(outcome) == (Verdict.OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.parametrize(
    ("code", "verdict", "reason"),
    [
        *((code, Verdict.FAILED, Reason.NOT_DELIVERED) for code in range(5, 15)),
        (15, Verdict.FAILED, Reason.AUTH),
        (16, Verdict.FAILED, Reason.SIM_LOCKED),
        *((code, Verdict.FAILED, Reason.NOT_DELIVERED) for code in range(17, 32)),
        (32, Verdict.FAILED, Reason.NOT_REGISTERED),
        (33, Verdict.FAILED, Reason.NOT_DELIVERED),
        (34, Verdict.FAILED, Reason.NOT_REGISTERED),
        (35, Verdict.UNKNOWN, Reason.DEVICE_BUSY),
        (36, Verdict.DEGRADED, Reason.RATE_LIMITED),
        (37, Verdict.FAILED, Reason.NOT_DELIVERED),
        (38, Verdict.DEGRADED, Reason.RATE_LIMITED),
        (64, Verdict.FAILED, Reason.NOT_DELIVERED),
        (65, Verdict.FAILED, Reason.NOT_DELIVERED),
        (99, Verdict.FAILED, Reason.NOT_DELIVERED),  # of a later terminal
    ],
)
async def test_session_that_fails_names_its_code(
    code: int, verdict: Verdict, reason: Reason
) -> None:
    table = {"AT+CSQ": "+CSQ:3", "AT+SBDIX": f"+SBDIX:{code},23,2,0,0,0"}

    outcome = await probed(table, session=True)

    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert outcome.facts["code"] == code


def test_every_code_that_has_a_meaning_has_words_of_its_own() -> None:
    reserved = "session-failed"
    problems = [name for _, name in iridium.ENDINGS.values() if name != reserved]

    assert len(set(problems)) == len(problems) == 19


async def test_weak_signal_of_a_session_that_succeeds_is_degraded() -> None:
    table = {**WAITING, "AT+CSQ": "+CSQ:1", "AT+SBDIX": "+SBDIX: 0, 23, 0, -1, 0, 0"}

    outcome = await probed(table, session=True)

    assert said(outcome) == (Verdict.DEGRADED, DELIVERED, Reason.WEAK_SIGNAL)


async def test_no_more_sessions_than_allowed_are_held_in_a_day() -> None:
    settings = iridium.Settings(port="/dev/x", session=True, max_per_day=1)
    memory: dict[str, str] = {}
    await iridium.prepare(settings, memory, AT, hurried=True)
    with pytest.raises(Stop) as stopped:
        await iridium.prepare(settings, memory, AT, hurried=True)

    assert said(stopped.value.outcome) == (Verdict.UNKNOWN, NONE, Reason.BUDGET)


def test_sessions_by_schedule_are_never_more_than_a_day_allows() -> None:
    session = iridium.Settings(port="/dev/x", session=True)
    every_s = iridium.default_interval_s(session)

    assert every_s
    assert 86400 / every_s <= session.max_per_day * 0.9


async def test_a_session_in_a_hurry_takes_what_is_kept_for_it() -> None:
    settings = iridium.Settings(port="/dev/x", session=True, max_per_day=2)
    memory: dict[str, str] = {}
    await iridium.prepare(settings, memory, AT)
    with pytest.raises(Stop):
        await iridium.prepare(settings, memory, AT)

    await iridium.prepare(settings, memory, AT, hurried=True)

    assert memory["spent"] == "2"


async def test_what_costs_nothing_is_not_counted() -> None:
    settings = iridium.Settings(port="/dev/x", max_per_day=0)
    memory: dict[str, str] = {}
    await iridium.prepare(settings, memory, AT)

    assert memory == {}


def test_sessions_are_rare_slow_and_paid_for() -> None:
    session = iridium.Settings(port="/dev/x", session=True)
    look = iridium.Settings(port="/dev/x")

    assert iridium.default_interval_s(session) == 3600.0
    assert iridium.default_timeout_s(session) == 120.0
    assert iridium.default_cost(session) is True
    assert iridium.default_interval_s(look) is None
    assert iridium.default_timeout_s(look) is None
    assert iridium.default_cost(look) is None


async def test_network_that_makes_us_wait_is_obeyed() -> None:
    table = {"AT+CSQ": "+CSQ:3", "AT+SBDIX": "+SBDIX:36,23,2,0,0,0"}

    outcome = await probed(table, session=True)

    assert outcome.retry_after_s == 180.0


@pytest.mark.parametrize(
    ("table", "session"),
    [
        ({"AT+CSQ": "+CSQ:9"}, False),
        ({"AT+CSQ": "ERROR"}, False),
        ({"AT+CSQ": "+CSQ:3", "AT+CREG?": "hello"}, False),
        ({"AT+CSQ": "+CSQ:3", "AT+SBDIX": "+SBDIX:0"}, True),
        ({"AT+CSQ": "+CSQ:3", "AT+SBDIX": "ERROR"}, True),
        ({"ATE0": 30_000 * b"\xaa"}, False),
        ({"AT+CSQ": "+CSQ:3", "AT+CREG?": f"+CREG:0,{5000 * '9'}"}, False),
        ({"AT+CSQ": "+CSQ:3", "AT+SBDREG?": f"+SBDREG:{5000 * '9'}"}, False),
        ({"AT+CSQ": "+CSQ:3", "AT+SBDIX": f"+SBDIX:{5000 * '9'},2,0,0,0,0"}, True),
    ],
)
async def test_answer_that_makes_no_sense_is_failed(
    table: dict[str, Reply], session: bool
) -> None:
    outcome = await probed(table, session=session)

    assert said(outcome) == (Verdict.FAILED, REACHED, Reason.PROTOCOL)


async def test_silence_is_a_timeout() -> None:
    outcome = await probed({"ATE0": None}, timeout_s=0.3)

    assert said(outcome) == (Verdict.FAILED, NONE, Reason.TIMEOUT)


async def test_missing_terminal_is_unknown() -> None:
    outcome = await ask(iridium, iridium.Settings(port="/dev/no-such-terminal"))

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.NO_DEVICE)


@pytest.mark.parametrize(
    "options", [{"port": ""}, {"min_signal": 6}, {"max_per_day": -1}]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with refusing("must"):
        iridium.Settings(**{"port": "/dev/ttyUSB2", **options})
