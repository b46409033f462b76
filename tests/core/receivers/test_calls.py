"""Roll calls of several groups, of nobody, and of groups that were not to hear."""

import pytest
from core.receivers.people import (
    device,
    group,
    heard,
    heard_on,
    mark,
    only_line,
    peopled,
    refused,
    roll_call,
)
from msgspec.structs import replace
from plans import channel, component, fold, moment, probe, result, tick

from secours.core.events import Event
from secours.core.memory import after_reboot
from secours.core.replay.whatif import whatif
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sections.channel import Channel
from secours.model.statements import Declared

DAY_S = 86400.0
MASTS_A, MASTS_B = component("carrier:mobile-a"), component("carrier:mobile-b")
MOBILE = device("mobile", split={"text": ("carrier:mobile-a", "carrier:mobile-b")})
PAGER, ASTRID = device("pager", text=()), device("astrid", voice=())
DUTY = group("duty", "mobile", "pager", "astrid", people=2)
FIELD = group("field", "mobile", "astrid", people=40)
BOTH = ("carrier:mobile-a", "carrier:mobile-b")


def lasting(name: str, *services: str) -> Channel:
    """Make a channel whose results count for ten days."""
    own = probe(name, stale_after_s=10 * DAY_S)
    return channel(name, probes=(own,), heard_on=heard_on(*services))


sms, pagers = lasting("sms", "mobile.text"), lasting("pagers", "pager.text")
radio = lasting("radio", "astrid.voice")
WORK: list[Event] = [result(name, "o", 1) for name in ("sms", "pagers", "radio")]


def town() -> Config:
    return peopled(
        *(MASTS_A, MASTS_B, sms, pagers, radio),
        devices=(MOBILE, PAGER, ASTRID),
        groups=(DUTY, FIELD),
    )


def test_line_stays_with_what_all_hear_and_goes_to_no_channel_that_fewer_hear() -> None:
    """The plan puts SMS before the pagers, and the radio outdoes SMS."""
    told = [*WORK, tick(30), mark("carrier:mobile-a", 60)]

    lines = [
        only_line(town(), fold(town(), *told, *more))
        for more in ([], [tick(61)], [tick(65), tick(4000)])
    ]

    assert [line.use and line.use.channel for line in lines] == ["radio"] * 3
    assert refused(lines[-1]) == {"sms": "receivers", "pagers": "receivers"}


def test_roll_call_of_one_group_leaves_that_of_another() -> None:
    told = [*WORK, *(mark(name, 60) for name in BOTH)]
    field, duty = (
        roll_call("sms", 120, field=(18, 20)),
        roll_call("sms", 180, duty=(2, 2)),
    )

    line = only_line(town(), fold(town(), *told, field, duty))

    assert heard(line, "sms") == {"duty": "whole", "field": "part"}
    calls = {g.group: g.call for g in line.receivers["sms"].groups}
    assert calls["field"]
    assert calls["field"].at
    assert calls["field"].at.steady_s == field.at.steady_s


def test_roll_call_of_a_test_before_ages_by_itself() -> None:
    every = {"pagers": replace(pagers, test_every_s=3600.0)}
    config = replace(town(), channels={**town().channels, **every})
    told = [*WORK, roll_call("pagers", 100, field=(18, 20))]
    later = [*told, roll_call("pagers", 7000, duty=(2, 2))]

    before = only_line(config, fold(config, *later, tick(7200)))
    after = only_line(config, fold(config, *later, tick(7400)))

    assert heard(before, "pagers") == {"duty": "whole", "field": "part"}
    assert heard(after, "pagers") == {"duty": "whole", "field": "none"}


def test_roll_call_of_a_test_before_is_on_the_clock_of_a_new_boot() -> None:
    told = [
        *WORK,
        roll_call("sms", 100, field=(18, 20)),
        roll_call("sms", 200, duty=(2, 2)),
    ]
    memory = fold(town(), *told, tick(300))
    assert memory.at
    now = Instant(memory.at.utc, 5.0)

    calls = after_reboot(memory, now).words.trials["sms"].calls

    times = {name: call.at and call.at.steady_s for name, call in calls.items()}
    assert times == {"management/field": -195.0, "management/duty": -95.0}


def test_roll_call_that_nobody_answered_ends_as_what_took_them_comes_back() -> None:
    lost = [*WORK, *(mark(name, 60) for name in BOTH)]
    nobody = [*lost, roll_call("sms", 120, field=(0, 20), duty=(2, 2))]
    up = [mark(name, 4000, Declared.UP) for name in BOTH]

    during = only_line(town(), fold(town(), *nobody, tick(200)))
    after = only_line(town(), fold(town(), *nobody, *up, tick(4100)))

    assert heard(during, "sms") == {"duty": "whole", "field": "none"}
    assert heard(after, "sms") == {"duty": "whole", "field": "whole"}


def test_channel_is_of_use_where_a_group_that_was_not_to_hear_it_answered() -> None:
    """The watch has no telephones by the plan, and answered by them."""
    only_sms = peopled(
        *(MASTS_A, MASTS_B, sms),
        devices=(MOBILE, PAGER, ASTRID),
        groups=(DUTY, group("watch", "pager", people=30)),
    )
    lost = [WORK[0], *(mark(name, 60) for name in BOTH)]

    before = only_line(only_sms, fold(only_sms, *lost, tick(70)))
    answered = [*lost, roll_call("sms", 120, watch=(30, 30)), tick(130)]
    after = only_line(only_sms, fold(only_sms, *answered))

    assert before.use is None
    assert after.use
    assert after.use.channel == "sms"
    assert heard(after, "sms") == {"duty": "none", "watch": "whole"}


def test_channels_left_after_a_failure_are_those_that_somebody_hears() -> None:
    satellite = lasting("satellite", "satphone.voice")
    config = peopled(
        *(MASTS_A, MASTS_B, sms, pagers, satellite),
        devices=(MOBILE, PAGER, ASTRID, device("satphone", voice=())),
        groups=(DUTY, FIELD),
    )

    step = whatif(config, BOTH, start=Instant(WORK[0].at.utc, 0.0)).steps[0]

    (line,) = step.snapshot.recommendations
    assert step.left(line) == ("pagers",)


@pytest.mark.parametrize(
    "says", [Declared.DOWN, Declared.MAINTENANCE, Declared.DISTRUSTED]
)
def test_backup_shares_what_takes_those_who_still_hear_both(says: Declared) -> None:
    fixed = component("carrier:fixed")
    desk = device("desk", data=("carrier:fixed",))
    config = peopled(
        *(MASTS_A, MASTS_B, fixed),
        lasting("chat", "mobile.text", "desk.data"),
        lasting("mail", "desk.data"),
        devices=(MOBILE, desk),
        groups=(group("office", "mobile", "desk"),),
    )
    work: list[Event] = [result(name, "o", 1) for name in ("chat", "mail")]

    told = [*work, *(mark(name, 60, says) for name in BOTH), tick(70)]
    backup = only_line(config, fold(config, *told)).backup

    assert backup
    assert (backup.channel, backup.independent) == ("mail", False)
    assert backup.shares == ("carrier:fixed",)


def test_backup_is_compared_by_its_own_side_where_people_answered() -> None:
    lost = [*WORK, *(mark(name, 60) for name in BOTH)]
    called = [*lost, roll_call("sms", 120, field=(40, 40), duty=(2, 2)), tick(130)]

    line = only_line(town(), fold(town(), *called))

    assert line.use
    assert line.backup
    assert {line.use.channel, line.backup.channel} == {"sms", "pagers"}
    assert line.backup.independent


def test_people_who_answered_on_a_lost_device_hear_until_its_next_need_falls() -> None:
    masts = component("carrier:mobile-a", "power:grid", autonomy_s=1000.0)
    phone = device("phone", text=("power:grid", "carrier:mobile-a"))
    config = peopled(
        *(component("power:grid"), masts, lasting("sms", "phone.text")),
        devices=(phone,),
        groups=(group("field", "phone", people=40),),
    )
    dark: list[Event] = [result("sms", "o", 1), mark("power:grid", 60)]

    told = [*dark, roll_call("sms", 90, field=(40, 40)), tick(100)]
    line = only_line(config, fold(config, *told))

    assert line.use
    assert heard(line, "sms") == {"field": "whole"}
    assert line.until["sms"].since(moment(0)) == 1060
