"""Who hears what, by example: what a duty officer would be angry about."""

from core.receivers.people import (
    HOUR_S,
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
from plans import channel, component, fold, line, probe, result, tick

from secours.core.events import Event
from secours.model.observed import Evidence, ok
from secours.model.sections.channel import Channel
from secours.model.sections.line import Purpose
from secours.model.statements import Declared

GRID = component("power:grid")
MASTS_A = component("carrier:mobile-a", "power:grid", autonomy_s=4 * HOUR_S)
MASTS_B = component("carrier:mobile-b", "power:grid", autonomy_s=4 * HOUR_S)
VOICE_A = component("voice:mobile-a", "carrier:mobile-a")
FIXED = component("carrier:fixed", "power:grid", autonomy_s=4 * HOUR_S)
PARTS = (GRID, MASTS_A, MASTS_B, VOICE_A, FIXED)
MOBILE = device(
    "mobile",
    split={
        "text": ("carrier:mobile-a", "carrier:mobile-b"),
        "data": ("carrier:mobile-a", "carrier:mobile-b"),
    },
)
OF_ONE = device("mobile", voice=("voice:mobile-a",), text=("carrier:mobile-a",))
DESK = device("desk", data=("power:grid", "carrier:fixed"), workplace=True)
FIELD = group("field", "mobile", people=20)

sms = channel("sms", "carrier:mobile-a", heard_on=heard_on("mobile.text"))
web_sms = channel("websms", heard_on=heard_on("mobile.text"))
call = channel("call", heard_on=heard_on("mobile.voice"))
mail = channel("mail", heard_on=heard_on("desk.data"))
courier = channel("courier", heard_on=heard_on("ears.voice"))
anything = channel("anything", heard_on=None)


def arriving(each: Channel, at: float, until: float) -> list[Event]:
    """Let what a channel sends arrive at the other end, each minute."""
    times = [at + 60 * n for n in range(int((until - at) / 60) + 1)]
    return [result(each.name, ok(Evidence.DELIVERED), t) for t in times]


def works(*names: str) -> list[Event]:
    """Let each of these work, at first."""
    return [result(name, "o", 1) for name in names]


def steady(each: Channel) -> Channel:
    """Return a channel whose results count for a day."""
    return replace(each, probes=(probe(each.name, stale_after_s=86400.0),))


def test_reach_of_a_town_with_one_operator_ends_with_that() -> None:
    parts = (*PARTS, steady(web_sms), steady(courier))
    config = peopled(*parts, devices=(OF_ONE,), groups=(FIELD,))
    fine = works("websms", "courier")

    line = only_line(config, fold(config, *fine, mark("carrier:mobile-a", 60)))

    assert heard(line, "websms") == {"field": "none"}
    assert line.use
    assert line.use.channel == "courier"
    assert refused(line) == {"websms": "receivers"}


def test_reach_of_two_operators_is_a_part_while_one_is_dead() -> None:
    parts = (*PARTS, steady(web_sms))
    config = peopled(*parts, devices=(MOBILE,), groups=(FIELD,))
    fine = works("websms")

    line = only_line(config, fold(config, *fine, mark("carrier:mobile-a", 60)))

    assert heard(line, "websms") == {"field": "part"}
    assert line.use
    assert line.use.channel == "websms", "nothing that all hear as well is left"


def test_reach_survives_our_own_modem() -> None:
    """That our modem finds no network says nothing sure of people elsewhere."""
    modem = probe("carrier:mobile-a", device="/dev/ttyUSB2", stale_after_s=86400.0)
    masts = replace(MASTS_A, probes=(modem,))
    own = replace(
        sms, probes=(probe("sms", device="/dev/ttyUSB2", stale_after_s=86400.0),)
    )
    parts = (GRID, masts, VOICE_A, own, steady(web_sms))
    config = peopled(*parts, devices=(OF_ONE,), groups=(FIELD,))
    fine = works("sms", "websms", "carrier:mobile-a")
    dead = [
        result(each, "x", t) for t in (60, 66) for each in ("sms", "carrier:mobile-a")
    ]

    line = only_line(config, fold(config, *fine, *dead))

    assert line.use
    assert line.use.channel == "websms", "one modem is no reason to refuse it"
    assert not line.use.verified
    assert refused(line).get("websms") is None


def test_reach_is_lost_surely_by_two_measurements_that_agree() -> None:
    modem = probe("carrier:mobile-a", device="/dev/ttyUSB2", stale_after_s=86400.0)
    masts = replace(MASTS_A, probes=(modem,))
    parts = (GRID, masts, VOICE_A, steady(sms), steady(web_sms), steady(courier))
    config = peopled(*parts, devices=(OF_ONE,), groups=(FIELD,))
    fine = works("sms", "websms", "courier", "carrier:mobile-a")
    dead = [
        result(each, "x", t) for t in (60, 66) for each in ("sms", "carrier:mobile-a")
    ]

    line = only_line(config, fold(config, *fine, *dead))

    assert refused(line)["websms"] == "receivers"
    assert line.use
    assert line.use.channel == "courier"


def test_reach_outlives_a_battery_of_the_catalogue_while_a_text_arrives() -> None:
    parts = (*PARTS, steady(sms), steady(web_sms))
    config = peopled(*parts, devices=(OF_ONE,), groups=(FIELD,))
    fine = [*works("sms", "websms"), mark("power:grid", 60)]
    arrived = arriving(sms, at=4 * HOUR_S + 120, until=4 * HOUR_S + 600)

    line = only_line(config, fold(config, *fine, *arrived))

    assert heard(line, "websms") == {"field": "whole"}


def test_reach_ends_with_a_battery_of_the_catalogue_but_not_surely() -> None:
    parts = (*PARTS, steady(web_sms), steady(courier))
    config = peopled(*parts, devices=(OF_ONE,), groups=(FIELD,))
    fine = [*works("websms", "courier"), mark("power:grid", 60)]

    before = only_line(config, fold(config, *fine, tick(3.7 * HOUR_S)))
    after = only_line(config, fold(config, *fine, tick(4.1 * HOUR_S)))

    assert before.use
    assert after.use
    assert before.use.channel == "websms"
    assert heard(before, "websms") == {"field": "whole"}
    assert after.use.channel == "courier"
    assert heard(after, "websms") == {"field": "none"}
    assert not after.receivers["websms"].groups[0].sure


def test_reach_that_is_only_presumed_lost_is_named_where_nothing_else_is_left() -> None:
    parts = (*PARTS, steady(web_sms))
    config = peopled(*parts, devices=(OF_ONE,), groups=(FIELD,))
    fine = [*works("websms"), mark("power:grid", 60)]

    line = only_line(config, fold(config, *fine, tick(4.1 * HOUR_S)))

    assert line.use
    assert line.use.channel == "websms"
    assert not line.use.verified
    assert line.last_resort


def _at_night(purpose: Purpose, *, staffed: bool) -> str:
    parts = (*PARTS, steady(mail), line("mail", purpose=purpose))
    wards = group("wards", "desk", people=9, staffed=staffed)
    config = peopled(*parts, devices=(DESK,), groups=(wards,))
    said = only_line(config, fold(config, result("mail", "o", 1)))
    return heard(said, "mail")["wards"]


def test_reach_of_a_desk_counts_in_an_alert_only_where_somebody_is() -> None:
    assert _at_night(Purpose.ALERT, staffed=False) == "none"
    assert _at_night(Purpose.ALERT, staffed=True) == "whole"
    assert _at_night(Purpose.COORDINATE, staffed=False) == "whole"


def test_reach_of_a_courier_is_never_lost() -> None:
    parts = (*PARTS, steady(courier), steady(anything))
    config = peopled(*parts, devices=(MOBILE,), groups=(FIELD,))
    fine = works("courier", "anything")
    dark = [mark(part.name, 60) for part in PARTS]

    line = only_line(config, fold(config, *fine, *dark))

    assert heard(line, "courier") == {"field": "whole"}
    assert heard(line, "anything") == {"field": "whole"}, "nobody said on what"
    assert refused(line) == {}


def _called(second: float, answered: int) -> str:
    parts = (*PARTS, steady(web_sms), steady(courier))
    config = peopled(*parts, devices=(OF_ONE,), groups=(FIELD,))
    fine = [*works("websms", "courier"), mark("power:grid", 60)]
    events = [*fine, roll_call("websms", second, field=(answered, 20))]
    said = only_line(config, fold(config, *events, tick(5 * HOUR_S)))
    return heard(said, "websms")["field"]


def test_roll_call_between_mains_and_masts_does_not_outlive_the_masts() -> None:
    assert _called(HOUR_S, 20) == "none"


def test_roll_call_after_the_end_of_the_masts_holds() -> None:
    assert _called(4.5 * HOUR_S, 20) == "whole"
    assert _called(4.5 * HOUR_S, 18) == "part"
    assert _called(4.5 * HOUR_S, 0) == "none"


def test_roll_call_gives_way_to_a_later_fall() -> None:
    parts = (*PARTS, steady(web_sms))
    config = peopled(*parts, devices=(OF_ONE,), groups=(FIELD,))
    fine = [*works("websms"), roll_call("websms", 30, field=(20, 20))]

    line = only_line(config, fold(config, *fine, mark("carrier:mobile-a", 60)))

    assert heard(line, "websms") == {"field": "none"}


def test_reach_comes_back_for_the_line_after_failback() -> None:
    parts = (*PARTS, steady(web_sms), steady(courier))
    config = peopled(*parts, devices=(OF_ONE,), groups=(FIELD,))
    dead = mark("carrier:mobile-a", 60)
    fine = works("websms", "courier")
    events = [*fine, dead, mark("carrier:mobile-a", 400, Declared.UP)]

    soon = only_line(config, fold(config, *events, tick(900)))
    later = only_line(config, fold(config, *events, tick(1001)))

    assert soon.use
    assert later.use
    assert (soon.use.channel, later.use.channel) == ("courier", "websms")
