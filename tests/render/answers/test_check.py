from math import inf
from typing import Any

import pytest
from msgspec.structs import replace
from plans import channel, component, fold, moment, plan, probe, result, shot
from printed import checker, printed

from secours.core.events import Measured
from secours.model.observed import Evidence, Reason, degraded, failed, unknown
from secours.model.plan import Config, Screen
from secours.model.snapshot import Snapshot
from secours.render.answers import check, recommend, status, values


def seen(config: Config, *events: Measured) -> Snapshot:
    """Return the snapshot after these events, one that is believed for 30 s."""
    return replace(shot(config, fold(config, *events)), screen=Screen(max_age_s=30.0))


TWO = plan(channel("sms"), channel("mail"))
FINE = (result("sms", "o", 1), result("mail", "o", 1))


# ------------------------------------------------------------------ check


def test_check_has_the_keys_of_the_interface_and_no_other() -> None:
    answer = check.answer(seen(TWO, *FINE), "en")

    assert printed(answer) == {
        "schema": 1,
        "site": "Secours",
        "at": "2026-01-01T00:00:01.000Z",
        "state": "available",
        "channels": [entry("sms"), entry("mail")],
        "components": [],
    }


def entry(name: str) -> dict[str, Any]:
    return {
        "channel": name,
        "state": "available",
        "warnings": [],
        "evidence": "served",
        "reason": "",
        "detail": "",
        "probes": [
            {
                "probe": "tcp",
                "type": "tcp",
                "path": None,
                "outcome": "ok",
                "evidence": "served",
                "latency_ms": None,
                "reason": "",
                "detail": "",
            }
        ],
    }


@pytest.mark.parametrize(
    ("letters", "state", "code"),
    [
        ("oo", "available", 0),
        ("od", "degraded", 1),
        ("ox", "down", 2),
        ("o?", "unknown", 3),
        ("d?", "unknown", 3),
        ("x?", "down", 2),
        ("xd", "down", 2),
    ],
)
def test_the_worst_decides_down_before_unknown_before_degraded(
    letters: str, state: str, code: int
) -> None:
    events = (result("sms", letters[0], 1), result("mail", letters[1], 1))

    answer = check.answer(seen(TWO, *events), "en")

    assert (answer.state, check.exit_code(answer)) == (state, code)


def test_a_warning_leaves_the_channel_available_and_the_whole_degraded() -> None:
    warned = degraded(Reason.TLS_EXPIRING, Evidence.SERVED, days=3)
    answer = check.answer(seen(TWO, FINE[0], result("mail", warned, 1)), "en")

    mail = answer.channels[1]
    assert (mail.state, mail.warnings) == ("available", ("tls-expiring",))
    assert "expires in 3 d" in mail.detail
    assert (mail.probes[0].outcome, mail.probes[0].reason) == (
        "degraded",
        "tls-expiring",
    )
    assert check.exit_code(answer) == 1


def test_a_device_that_is_missing_is_an_unknown_outcome_and_a_channel_down() -> None:
    missing = unknown(Reason.NO_DEVICE, what="/dev/ttyUSB2")
    answer = check.answer(seen(TWO, FINE[0], result("mail", missing, 1)), "en")

    mail = answer.channels[1]
    assert (mail.state, mail.reason) == ("down", "no-device")
    assert (mail.probes[0].outcome, mail.probes[0].evidence) == (
        "unknown",
        "none",
    )
    assert check.exit_code(answer) == 2


def test_what_nobody_asked_for_is_listed_and_does_not_count() -> None:
    config = plan(channel("sms"), channel("radio", probes=()))
    snapshot = seen(config, FINE[0])

    asked, not_asked = (check.answer(snapshot, "en", n) for n in ((), ("radio",)))

    assert not_asked.channels[1].reason == "not-probed"
    assert (check.exit_code(asked), check.exit_code(not_asked)) == (3, 0)


def test_nothing_measured_at_all_is_unknown_and_never_fine() -> None:
    config = plan(channel("radio", probes=()))

    answer = check.answer(seen(config), "en", {"radio"})

    assert check.exit_code(answer) == 3


def test_a_component_counts_and_bears_its_own_key() -> None:
    config = plan(channel("sms"), component("carrier:a", probes=(probe("carrier:a"),)))

    answer = check.answer(seen(config, FINE[0], result("carrier:a", "x", 1)), "en")

    assert printed(answer)["components"][0]["component"] == "carrier:a"
    assert check.exit_code(answer) == 2


def test_details_are_in_the_language_asked_for() -> None:
    events = (FINE[0], result("mail", failed(Reason.TIMEOUT, timeout_s=10), 1))

    details = [
        check.answer(seen(TWO, *events), language).channels[1].detail
        for language in ("fr", "nl", "de", "en")
    ]

    assert len(set(details)) == 4
    assert all("10 s" in detail for detail in details)


def test_what_lives_on_a_battery_says_how_long_it_holds() -> None:
    config = plan(
        component("power:grid", probes=(probe("power:grid"),)),
        channel("sms", "power:grid", autonomy_s=600.0),
    )
    snapshot = seen(config, result("power:grid", "x", 1), result("sms", "o", 2))

    now, later = (status.answer(snapshot, age_s, "en") for age_s in (0.0, 300.0))

    details = [answer.channels[0].detail for answer in (now, later)]
    assert details == [
        "battery soon empty: holds another 9 min",
        "battery soon empty: holds another 4 min",
    ]


# ------------------------------------------------------------------ status


def test_status_says_since_when_and_how_old() -> None:
    answer = status.answer(seen(TWO, *FINE), 4.0, "en")

    sms = answer.channels[0]
    assert sms.since == "2026-01-01T00:00:01.000Z"
    assert (sms.evidence_age_s, answer.age_s, answer.stale) == (
        4.0,
        4.0,
        False,
    )
    assert check.exit_code(answer) == 0


@pytest.mark.parametrize("age_s", [30.1, inf])
def test_a_stale_status_is_unknown(age_s: float) -> None:
    answer = status.answer(seen(TWO, *FINE), age_s, "en")

    assert (answer.stale, check.exit_code(answer)) == (True, 3)
    assert answer.age_s == (None if age_s == inf else age_s)


def test_status_does_not_count_a_channel_that_nothing_tests() -> None:
    config = plan(channel("sms"), channel("radio", probes=()))

    assert check.exit_code(status.answer(seen(config, FINE[0]), 1.0, "en")) == 0


# ------------------------------------------------------------------ schemas


def test_answers_are_valid_by_their_schemas() -> None:
    config = plan(
        component("carrier:a", probes=(probe("carrier:a"),)),
        channel("sms", "carrier:a"),
        channel("mail"),
    )
    snapshots = [
        seen(config, result("sms", a, 1), result("mail", b, 1))
        for a in "odx?"
        for b in "ox"
    ]

    for snapshot in snapshots:
        for command, answer in (
            ("check", check.answer(snapshot, "fr")),
            ("status", status.answer(snapshot, inf, "fr")),
            ("recommend", recommend.answer(snapshot, 1.0, "fr")),
        ):
            checker(command).validate(printed(answer))


def test_times_are_utc() -> None:
    assert values.iso(moment(61.5)) == "2026-01-01T00:01:01.500Z"
    assert values.iso_or_null(None) is None
