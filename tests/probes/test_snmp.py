import asyncio
import signal
import socket
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pysnmp.hlapi.v3arch import asyncio as library  # type: ignore[import-untyped]  # no stubs
from refusals import refusing
from servers.probe_run import ask, said
from servers.scripted import closed_port, udp_server
from servers.snmp_peer import OCTETS, far_away, holding, tlv
from servers.snmpd import (
    MISSING,
    NEEDED,
    SIGNAL,
    STATE,
    TEMPERATURE,
    says_ups,
    snmpd,
    without_refusals,
)

from secours import texts
from secours.model.observed import RUNTIME, Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret, Template
from secours.probes import snmp
from secours.probes.snmp import Check, User

OK, DEGRADED, FAILED = Verdict.OK, Verdict.DEGRADED, Verdict.FAILED
UNKNOWN = Verdict.UNKNOWN
NONE, REACHED, SERVED = Evidence.NONE, Evidence.REACHED, Evidence.SERVED
AUTHENTICATED = Evidence.AUTHENTICATED

COMMUNITY = Template("public-word")
AUTH, PRIV = Secret("auth-secret"), Secret("priv-secret")
SLOWLY_S = 1.0


async def to(port: int, *, timeout_s: float = 20.0, **options: Any) -> Outcome:
    if "v3" not in options:
        options.setdefault("community", COMMUNITY)
    settings = snmp.Settings(host="127.0.0.1", port=port, **options)
    return await ask(snmp, settings, timeout_s=timeout_s)


# ------------------------------------------------------------------ snmpd


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_what_the_library_takes_is_nobodys_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, begun, turned = library.SnmpEngine, threading.Event(), threading.Event()
    others_ran: list[bool] = []

    def slowly() -> Any:
        begun.set()
        others_ran.append(turned.wait(60))
        time.sleep(SLOWLY_S)
        return made()

    monkeypatch.setattr(library, "SnmpEngine", slowly)
    async with snmpd(tmp_path) as (port, _):
        began_s = time.monotonic()
        asking = asyncio.create_task(to(port, timeout_s=60.0))
        while not asking.done():
            await asyncio.sleep(0.01)
            if begun.is_set():
                turned.set()
        took_s = time.monotonic() - began_s

    outcome = await asking
    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)
    assert outcome.latency_s is not None
    assert outcome.latency_s < took_s - 0.9 * SLOWLY_S
    assert others_ran == [True]


@pytest.mark.usefixtures("processes")
@NEEDED
@pytest.mark.parametrize(
    "who",
    [
        {"community": COMMUNITY},
        {"v3": User(user="plain", auth_key=AUTH)},
        {
            "v3": User(
                user="probe", auth="SHA-256", auth_key=AUTH, priv="AES", priv_key=PRIV
            )
        },
        # SHA-1 is shorter than these keys, and there are two ways to stretch it.
        *(
            {"v3": User(user=u, auth="SHA", auth_key=AUTH, priv=p, priv_key=PRIV)}
            for u, p in (
                ("short192", "AES-192"),
                ("short256", "AES-256"),
                ("cisco256", "AES-256-C"),
            )
        ),
    ],
)
async def test_agent_accepts_us_and_its_values_are_fine(
    tmp_path: Path, who: dict[str, Any]
) -> None:
    checks = (
        Check(oid=SIGNAL, expect=42, warn="40:", fail=50),
        Check(oid=STATE, expect="^LOCK"),
        Check(oid=TEMPERATURE, warn="~:30"),
    )
    async with snmpd(tmp_path) as (port, _):
        bare = await to(port, **who)
        outcome = await to(port, **who, checks=checks)

    assert said(bare) == (OK, AUTHENTICATED, Reason.NONE)
    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_worst_value_decides(tmp_path: Path) -> None:
    fine, missing = Check(oid=SIGNAL), Check(oid=MISSING)
    low, lower = Check(oid=SIGNAL, warn="50:"), Check(oid=SIGNAL, fail="50:")
    text = Check(oid=STATE, warn="1:")
    async with snmpd(tmp_path) as (port, _):
        outcomes = [
            said(await to(port, checks=checks))
            for checks in (
                (fine, low),
                (low, missing),
                (missing, lower, fine),
                (Check(oid=STATE, expect="SEARCHING"), fine),
                (Check(oid=SIGNAL, expect=4),),
                (Check(oid=SIGNAL, expect="4"),),
                (text,),
            )
        ]
        many = await to(port, checks=20 * (fine,) + (lower,))

    assert outcomes == [
        (DEGRADED, AUTHENTICATED, Reason.CONTENT),
        (UNKNOWN, NONE, Reason.CONTENT),
        (FAILED, AUTHENTICATED, Reason.CONTENT),
        (FAILED, AUTHENTICATED, Reason.CONTENT),
        (FAILED, AUTHENTICATED, Reason.CONTENT),
        (FAILED, AUTHENTICATED, Reason.CONTENT),
        (UNKNOWN, NONE, Reason.CONTENT),
    ]
    assert many.verdict is FAILED
    assert many.facts == {"what": SIGNAL, "said": "42", "limit": "50:"}


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_wrong_community_looks_like_silence_and_says_so(tmp_path: Path) -> None:
    async with snmpd(tmp_path) as (port, _):
        outcome = await to(port, community=Template("another-word"), timeout_s=0.6)

    assert said(outcome) == (FAILED, NONE, Reason.TIMEOUT)
    assert outcome.facts["hint"] == "community"
    assert "another" not in str(outcome)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_users_and_keys_that_are_refused_are_told_apart(tmp_path: Path) -> None:
    wrong = Secret("not-the-secret")
    async with snmpd(tmp_path) as (port, _):
        nobody = await to(port, v3=User(user="nobody", auth_key=AUTH))
        key = await to(port, v3=User(user="plain", auth_key=wrong))
        bare = await to(port, v3=User(user="probe", auth="sha256", auth_key=AUTH))
        private = User(user="probe", auth="sha256", auth_key=AUTH, priv_key=wrong)
        mute = await to(port, v3=private, timeout_s=4.0)

    assert said(nobody) == (FAILED, SERVED, Reason.AUTH)
    assert nobody.facts["said"] == "Unknown USM user"
    assert said(key) == (FAILED, SERVED, Reason.AUTH)
    assert key.facts["said"] == "Wrong SNMP PDU digest"
    assert said(bare) == (FAILED, SERVED, Reason.AUTH)
    assert said(mute) == (FAILED, REACHED, Reason.TIMEOUT)
    assert mute.facts["hint"] == "privacy-key"


@pytest.mark.usefixtures("processes")
@NEEDED
@pytest.mark.parametrize("private", [False, True])
async def test_wrong_authentication_key_is_not_called_a_privacy_key(
    tmp_path: Path, private: bool
) -> None:
    user = User(
        user="probe" if private else "plain",
        auth="sha256" if private else "sha",
        auth_key=Secret("not-the-secret"),
        priv_key=PRIV if private else None,
    )
    async with (
        snmpd(tmp_path) as (port, _),
        without_refusals(port) as discreet,
    ):
        told = await to(port, v3=user)
        silent = await to(discreet, v3=user, timeout_s=2.0)

    words = texts.detail("en", silent.reason, silent.facts)
    assert said(told) == (FAILED, SERVED, Reason.AUTH)
    assert said(silent) == (FAILED, REACHED, Reason.TIMEOUT)
    assert "a wrong authentication" in words
    assert ("or privacy key" in words) is private


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_agent_that_is_frozen_is_a_timeout(tmp_path: Path) -> None:
    async with snmpd(tmp_path) as (port, process):
        process.send_signal(signal.SIGSTOP)
        outcome = await to(port, v3=User(user="plain", auth_key=AUTH), timeout_s=0.5)

    assert said(outcome) == (FAILED, NONE, Reason.TIMEOUT)
    assert "hint" not in outcome.facts


# ------------------------------------------------------------------ other peers


async def test_closed_port_is_refused() -> None:
    outcome = await to(closed_port(socket.SOCK_DGRAM))

    assert said(outcome) == (FAILED, NONE, Reason.REFUSED)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("answer", [b"HTTP/1.1 400\r\n", b"\x30\x82\xff\xff\x02"])
async def test_noise_is_no_answer(answer: bytes) -> None:
    async with udp_server(lambda _: answer) as port:
        outcome = await to(port, timeout_s=3.0)

    assert said(outcome) == (FAILED, REACHED, Reason.TIMEOUT)


@pytest.mark.usefixtures("processes")
async def test_our_own_question_come_back_is_no_answer() -> None:
    async with udp_server(lambda question: question) as port:
        outcome = await to(port, timeout_s=3.0)

    assert said(outcome) == (FAILED, REACHED, Reason.TIMEOUT)


async def test_secret_that_is_missing_or_too_short_is_unknown() -> None:
    missing = await to(1, community=Template(None, "SNMP_COMMUNITY"))
    short = await to(1, v3=User(user="x", auth_key=Secret("seven77")))

    assert said(missing) == (UNKNOWN, NONE, Reason.SECRET_MISSING)
    assert said(short) == (UNKNOWN, NONE, Reason.SECRET_MISSING)
    assert "seven77" not in str(short)


def test_options_that_make_no_sense_are_refused() -> None:
    user = User(user="x")
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"community": COMMUNITY, "v3": user},
        {"community": COMMUNITY, "port": 0},
    )
    for options in wrong:
        with refusing("must"):
            snmp.Settings(host="x", **options)
    for check in ({"oid": "sysUpTime"}, {"oid": "1.3", "expect": "("}):
        with refusing(r"oid|expect"):
            Check(**check)
    for limit in ("warn", "fail"):
        with refusing(f"{limit} is no range"):
            Check(oid="1.3.6", **{limit: "many"})
    with refusing("auth must be one of"):
        User(user="x", auth="rot13")
    with refusing("auth_key"):
        User(user="x", priv_key=PRIV)


# ------------------------------------------------------------------ far away


@pytest.mark.usefixtures("processes")
@NEEDED
@pytest.mark.parametrize(
    "who", [{"community": COMMUNITY}, {"v3": User(user="plain", auth_key=AUTH)}]
)
async def test_agent_over_a_satellite_is_understood(
    tmp_path: Path, who: dict[str, Any]
) -> None:
    async with (
        snmpd(tmp_path) as (port, _),
        far_away(port, there_and_back_s=1.4) as far,
    ):
        outcome = await to(far, timeout_s=20, **who)

    assert said(outcome) == (OK, AUTHENTICATED, Reason.NONE)


@pytest.mark.usefixtures("processes")
async def test_question_is_sent_again_ever_less_often() -> None:
    at: list[float] = []

    def deaf(_: bytes) -> None:
        at.append(asyncio.get_running_loop().time())

    async with udp_server(deaf) as port:
        await to(port, timeout_s=10)

    waits = [after - before for before, after in pairwise(at)]
    least = zip(waits[:3], (0.9, 1.9, 3.9), strict=True)
    assert all(waited_s > least_s for waited_s, least_s in least)


# ------------------------------------------------------------------ numbers

END_OF_COUNTER64 = 18446744073709551615
COUNTER64, GAUGE, INTEGER, TICKS = 0x46, 0x42, 0x02, 0x43


@pytest.mark.parametrize("expect", [END_OF_COUNTER64, str(END_OF_COUNTER64)])
async def test_counter_is_compared_to_its_end(expect: str | int) -> None:
    async with udp_server(holding(tlv(COUNTER64, b"\0" + 8 * b"\xff"))) as port:
        right = await to(port, checks=(Check(oid=SIGNAL, expect=expect),))
        wrong = await to(port, checks=(Check(oid=SIGNAL, expect=END_OF_COUNTER64 - 1),))
        over = await to(
            port, checks=(Check(oid=SIGNAL, fail=f"0:{END_OF_COUNTER64 - 1}"),)
        )

    assert said(right) == (OK, AUTHENTICATED, Reason.NONE)
    assert said(wrong) == (FAILED, AUTHENTICATED, Reason.CONTENT)
    assert said(over) == (FAILED, AUTHENTICATED, Reason.CONTENT)


@pytest.mark.parametrize(
    ("text", "expect", "verdict"),
    [
        (b"120", 0, FAILED),
        (b"0", 0, OK),
        (b" 0.0", 0, OK),
        (b"on battery", 0, FAILED),
        (b"120", "0", OK),  # which is a pattern
    ],
)
async def test_number_that_an_agent_writes_as_text_is_compared_as_one(
    text: bytes, expect: int | str, verdict: Verdict
) -> None:
    async with udp_server(holding(tlv(OCTETS, text))) as port:
        outcome = await to(port, checks=(Check(oid=SIGNAL, expect=expect),))

    assert outcome.verdict is verdict


@pytest.mark.parametrize("tag", [INTEGER, GAUGE, TICKS, COUNTER64])
async def test_number_of_thousands_of_digits_makes_no_sense(tag: int) -> None:
    async with udp_server(holding(tlv(tag, b"\x7f" + 2000 * b"\xff"))) as port:
        outcome = await to(port, checks=(Check(oid=SIGNAL, warn="1:"),))

    assert (outcome.verdict, outcome.reason) == (FAILED, Reason.PROTOCOL)


@pytest.mark.parametrize("named", [None, snmp.UPTIME])
async def test_value_counts_for_the_object_that_it_is_of(named: str | None) -> None:
    checks = (Check(oid=SIGNAL), Check(oid=snmp.SECONDS_ON_BATTERY, expect=1))
    async with udp_server(holding(tlv(GAUGE, b"\x01"), named)) as port:
        outcome = await to(port, checks=checks)

    assert said(outcome) == (Verdict.UNKNOWN, NONE, Reason.CONTENT)
    missing = checks[0] if named else checks[1]
    assert outcome.facts == {"problem": "no-field", "what": missing.oid}


# ------------------------------------------------------------------ a UPS, RFC 1628

OF_UPS = (
    Check(oid=snmp.SECONDS_ON_BATTERY, expect=0),
    Check(oid=snmp.MINUTES_REMAINING),
    Check(oid=snmp.BATTERY_STATUS),
)


def of_ups(status: int, on_battery_s: int, minutes: int) -> dict[str, int]:
    return {"1.0": status, "2.0": on_battery_s, "3.0": minutes}


@pytest.mark.usefixtures("processes")
@NEEDED
@pytest.mark.parametrize(
    ("values", "verdict", "reason", "warnings", "runtime_s"),
    [
        (of_ups(2, 0, 30), OK, Reason.NONE, (), 1800),
        (of_ups(2, 7, 23), FAILED, Reason.ON_BATTERY, (), 1380),
        (of_ups(3, 0, 2), DEGRADED, Reason.BATTERY_LOW, (Reason.BATTERY_LOW,), 120),
        (of_ups(4, 9, 0), FAILED, Reason.ON_BATTERY, (Reason.BATTERY_LOW,), 0),
        ({"1.0": 2, "2.0": 7}, FAILED, Reason.ON_BATTERY, (), None),
        ({"1.0": 2, "2.0": 0}, UNKNOWN, Reason.CONTENT, (), None),
        ({}, UNKNOWN, Reason.CONTENT, (), None),
        (of_ups(2, 7, -1), FAILED, Reason.ON_BATTERY, (), None),
        (of_ups(2, 7, 2**31 - 1), FAILED, Reason.ON_BATTERY, (), None),
    ],
)
async def test_ups_says_whether_it_has_mains_and_how_long_its_battery_lasts(
    tmp_path: Path,
    values: dict[str, int],
    verdict: Verdict,
    reason: Reason,
    warnings: tuple[Reason, ...],
    runtime_s: int | None,
) -> None:
    async with snmpd(tmp_path) as (port, _):
        says_ups(tmp_path, values)
        outcome = await to(port, checks=OF_UPS)

    assert (outcome.verdict, outcome.reason) == (verdict, reason)
    assert outcome.warnings == warnings
    assert outcome.facts.get(RUNTIME) == runtime_s
    if reason is Reason.ON_BATTERY and runtime_s:
        words = texts.detail("en", reason, outcome.facts)
        assert words == "UPS on battery, 23 min"


async def test_silent_ups_says_nothing_of_the_mains() -> None:
    async with udp_server(lambda _: None) as port:
        silence = await to(port, timeout_s=0.5, checks=OF_UPS)
    closed = await to(closed_port(socket.SOCK_DGRAM), checks=OF_UPS)

    assert said(silence) == (UNKNOWN, NONE, Reason.TIMEOUT)
    assert said(closed) == (UNKNOWN, NONE, Reason.REFUSED)


def test_only_a_check_of_the_minutes_measures_a_battery() -> None:
    def measures(*checks: Check) -> bool:
        given = {"community": COMMUNITY, "checks": checks}
        return snmp.Settings(host="ups.example.org", **given).measures_battery  # type: ignore[arg-type]  # values of both kinds

    assert measures(*OF_UPS)
    assert measures(Check(oid=f".{snmp.MINUTES_REMAINING}"))
    assert not measures(Check(oid=snmp.BATTERY_STATUS))
    assert not measures()
