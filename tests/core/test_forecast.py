from datetime import timedelta

import pytest
from core.receivers.people import device, group, heard_on, peopled
from plans import (
    START,
    channel,
    component,
    fold,
    line,
    moment,
    plan,
    probe,
    result,
    shot,
    tick,
)

from secours.core.events import Event, Said
from secours.core.memory import Memory
from secours.core.step import step
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.receivers.audiences import Device
from secours.model.sections.channel import Channel, Component, MaintenanceWindow, Path
from secours.model.sections.line import Purpose
from secours.model.snapshot import Forecast
from secours.model.statements import Declared, Mark

HOUR_S = 3600.0
BATTERY = plan(
    component("power:grid"),
    component("carrier:a", "power:grid", autonomy_s=2 * HOUR_S),
    component("carrier:b", "power:grid", autonomy_s=4 * HOUR_S),
    channel("sms", "carrier:a", probes=(probe("sms", interval_s=300.0),)),
    channel("voice", "carrier:b", probes=(probe("voice", interval_s=300.0),)),
)


def cut(second: float) -> Event:
    mark = Mark(subject="power:grid", says=Declared.DOWN, by="Anne", at=moment(second))
    return Said(word=mark, at=moment(second))


def told(memory: Memory, config: Config = BATTERY) -> list[tuple[float, str | None]]:
    start_s = moment(0).steady_s
    seen = shot(config, memory)
    return [(each.at.steady_s - start_s, each.use) for each in seen.forecast]


def lost() -> Memory:
    return fold(BATTERY, result("sms", "o", 1), result("voice", "o", 1), cut(2))


def test_without_a_countdown_nothing_is_foreseen() -> None:
    memory = fold(BATTERY, result("sms", "o", 1), result("voice", "o", 1))

    assert shot(BATTERY, memory).forecast == ()


def test_each_change_is_foreseen_with_its_time_the_last_one_being_nothing() -> None:
    assert shot(BATTERY, lost()).forecast == (
        Forecast(
            at=moment(2 + 2 * HOUR_S - 900),
            purpose=Purpose.COORDINATE,
            audience="management",
            use="voice",
        ),
        Forecast(
            at=moment(2 + 4 * HOUR_S),
            purpose=Purpose.COORDINATE,
            audience="management",
            use=None,
        ),
    )


def test_what_was_foreseen_is_what_happens() -> None:
    memory = lost()
    foreseen = told(memory)
    happened = []
    for second in range(15, 5 * int(HOUR_S), 15):
        for name, falls_s in (("sms", 2 * HOUR_S), ("voice", 4 * HOUR_S)):
            letter = "o" if second < 2 + falls_s else "x"
            memory = step(BATTERY, memory, result(name, letter, float(second)))
            happened += [change for change in memory.fresh if change.subject == "line"]

    start_s = moment(0).steady_s
    seen = [
        (round(change.at.steady_s - start_s), change.after or None)
        for change in happened
    ]
    assert seen == foreseen


def test_a_change_that_has_come_is_foreseen_no_longer() -> None:
    memory = lost()
    for second in range(15, int(3 * HOUR_S), 15):
        memory = step(BATTERY, memory, result("voice", "o", float(second)))

    assert told(memory) == [(2 + 4 * HOUR_S, None)]


def test_a_channel_that_works_again_is_taken_back_when_it_has_held() -> None:
    config = plan(channel("sms"), channel("voice"))
    events = [result("sms", "o", 1), result("voice", "o", 1)]
    events += [result("sms", "x", 5), result("sms", "x", 10)]
    events += [result("sms", "o", 20), result("sms", "o", 30)]

    (back,) = shot(config, fold(config, *events, tick(40))).forecast

    assert (back.use, back.at.steady_s) == ("sms", moment(630).steady_s)


def test_a_line_that_loses_nothing_is_not_named() -> None:
    wire = channel("wire")
    calm = line("wire", audience="staff")
    config = plan(*BATTERY.components.values(), *BATTERY.channels.values(), wire, calm)

    memory = fold(
        config,
        *(result(name, "o", 1) for name in ("sms", "voice", "wire")),
        cut(2),
    )

    assert shot(config, memory).forecast == ()


@pytest.mark.parametrize("second", [140, 140.1, 140.123457, 141.7])
def test_a_flapping_channel_on_its_battery_is_demoted_in_its_last_minutes_too(
    second: float,
) -> None:
    flaps = [result("sms", "ox"[n % 2], 5.0 * n) for n in range(2, 27)]
    memory = fold(BATTERY, *flaps, result("voice", "o", 135), cut(second))
    assert memory.channels["sms"].reason is Reason.FLAPPING

    (demoted_s, then), _ = told(memory)

    assert demoted_s == pytest.approx(second + 2 * HOUR_S - 900)
    assert then == "voice"


def window(begin_s: float, end_s: float) -> tuple[MaintenanceWindow, ...]:
    start, end = (START + timedelta(seconds=second) for second in (begin_s, end_s))
    return (MaintenanceWindow(start=start, end=end),)


def unattended(name: str, *needs: str, **options: object) -> Channel:
    """Return a channel whose only test is fresh for ever."""
    lasting = probe(name, stale_after_s=1e6)
    return channel(name, *needs, probes=(lasting,), **options)


MAIL, VOICE = unattended("mail", "site:it"), unattended("voice")
IN_MAINTENANCE = {
    "channel": plan(
        component("site:it"),
        unattended("mail", "site:it", maintenance=window(600.25, 3000.5)),
        VOICE,
    ),
    "component": plan(
        component("site:it", maintenance=window(600.25, 3000.5)), MAIL, VOICE
    ),
}


@pytest.mark.parametrize("config", IN_MAINTENANCE.values(), ids=IN_MAINTENANCE.keys())
def test_a_window_of_maintenance_is_foreseen_with_its_end(config: Config) -> None:
    memory = fold(config, result("mail", "o", 1), result("voice", "o", 1))

    foreseen = told(memory, config)

    assert foreseen == [(600.25, "voice"), (3000.5 + config.failback_after_s, "mail")]
    happened = []
    for second in range(15, 4000, 15):
        memory = step(config, memory, tick(second))
        happened += [change for change in memory.fresh if change.subject == "line"]
    seen = [(round(c.at.since(moment(0)), 2), c.after or None) for c in happened]
    assert seen == foreseen


def test_the_end_of_a_window_that_has_opened_is_foreseen() -> None:
    config = IN_MAINTENANCE["channel"]
    memory = fold(config, result("mail", "o", 1), result("voice", "o", 1), tick(700))

    assert told(memory, config) == [(3600.5, "mail")]


def test_where_nothing_else_is_left_the_end_of_a_window_is_when_it_is_used() -> None:
    config = plan(unattended("mail", maintenance=window(600, 3000)))
    memory = fold(config, result("mail", "o", 1))

    assert told(memory, config) == [(600, None), (3000, "mail")]


def test_a_window_that_opens_in_more_than_a_day_is_not_told_yet() -> None:
    far = unattended("mail", maintenance=window(90_000, 93_000))
    config = plan(far, VOICE)
    memory = fold(config, result("mail", "o", 1), result("voice", "o", 1))

    assert told(memory, config) == []
    assert told(step(config, memory, tick(4000)), config)[0] == (90_000, "voice")


MOBILE = device("mobile", data=("carrier:a",))
DESK = device("desk", data=())
CHAT = unattended("chat", heard_on=heard_on("mobile.data"))
MAILS = unattended("mail", heard_on=heard_on("desk.data"))


def to_mobiles(*parts: Component, mobile: Device = MOBILE) -> Config:
    """Return a plan whose people hear the chat on mobiles, and mail at a desk."""
    groups = (group("all", "mobile", "desk"),)
    return peopled(*parts, CHAT, MAILS, devices=(mobile, DESK), groups=groups)


def test_a_window_on_the_network_of_the_people_is_foreseen() -> None:
    config = to_mobiles(component("carrier:a", maintenance=window(600, 3000)))
    memory = fold(config, result("chat", "o", 1), result("mail", "o", 1))

    foreseen = told(memory, config)

    assert foreseen == [(600, "mail"), (3600, "chat")]
    assert told(step(config, memory, tick(700)), config) == [(3600, "chat")]


def test_the_battery_of_a_device_behind_another_battery_is_foreseen() -> None:
    config = to_mobiles(
        component("power:grid"),
        component("power:ups", "power:grid", autonomy_s=HOUR_S),
        mobile=device("mobile", data=("power:ups",), autonomy_s=2 * HOUR_S),
    )
    memory = fold(config, result("chat", "o", 1), result("mail", "o", 1), cut(2))

    assert told(memory, config) == [(2 + 3 * HOUR_S - 900, "mail")]


def test_a_channel_set_aside_over_its_only_working_way_is_not_foreseen() -> None:
    ways = (probe("mail", "lan", way_of="tcp", via="lan"), probe("mail", via="4g"))
    config = plan(
        *BATTERY.components.values(),
        component("internet:a"),
        Path(name="lan", needs=(("internet:a",),)),
        Path(name="4g"),
        channel("mail", probes=ways),
        channel("sms", "carrier:a"),
    )
    fine = [result("mail/lan", "o", 1), result("mail", "x", 1), result("sms", "o", 1)]
    intruder = Mark(
        subject="internet:a", says=Declared.DISTRUSTED, by="Anne", at=moment(2)
    )

    memory = fold(config, *fine, Said(word=intruder, at=moment(2)), cut(2))

    assert told(memory, config) == [(2 + 2 * HOUR_S, None)]


def test_hearers_lost_by_measurement_stay_so_in_the_forecast() -> None:
    config = peopled(
        component("power:grid"),
        component("carrier:a", probes=(probe("carrier:a"), probe("carrier:a", "b"))),
        CHAT,
        unattended("mail", "power:grid", autonomy_s=HOUR_S),
        devices=(MOBILE,),
        groups=(group("all", "mobile"),),
    )
    tests = [
        result(name, "x", n) for n in (1, 6) for name in ("carrier:a", "carrier:a/b")
    ]
    fine = [result("chat", "o", 1), result("mail", "o", 1)]

    memory = fold(config, *fine, *tests, cut(7))

    assert told(memory, config) == [(7 + HOUR_S, None)]
