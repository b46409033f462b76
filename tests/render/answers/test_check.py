from math import inf
from typing import Any

import pytest
from msgspec.structs import replace
from plans import channel, component, moment, plan, probe, result
from printed import checker, printed
from render.answers.two_channels import FINE, TWO, seen

from secours.render.answers import check, recommend, status, values

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


@pytest.mark.parametrize(("letter", "code"), [("o", 1), ("x", 2), ("?", 3)])
def test_what_ails_the_engine_is_a_warning_of_status(letter: str, code: int) -> None:
    shown = seen(TWO, result("sms", letter, 1), FINE[1])
    ailing = replace(shown, trouble=("disk", "store-damaged"))

    answer = status.answer(ailing, 1.0, "en")

    assert printed(answer)["trouble"] == ["disk", "store-damaged"]
    assert check.exit_code(answer) == code
    assert "trouble" not in printed(status.answer(shown, 1.0, "en"))


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
