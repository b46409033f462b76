from plans import (
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
from secours.model.plan import Purpose
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


def told(memory: Memory) -> list[tuple[float, str | None]]:
    start_s = moment(0).steady_s
    seen = shot(BATTERY, memory)
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
