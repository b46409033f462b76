"""The end of a channel's reception: its people's masts and devices run down."""

from core.receivers.field_town import (
    FIELD,
    HANDSETS,
    HOME,
    SMS,
    TEXT,
    VOICE,
    channel_of,
    device,
    oks,
    reasons,
    recommend,
    said,
    town,
    use,
)
from msgspec.structs import replace
from plans import channel, component, moment, probe, result, tick

from secours.core.events import Event, Said
from secours.core.replay.whatif import Step, whatif
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.receivers.audiences import DeviceNeeds
from secours.model.snapshot import Recommendation, State
from secours.model.statements import Declared, Mark, Trial

DARK = said("power:grid", 10)
END = 7210  # of the masts


def works(config: Config, *seconds: float) -> list[Event]:
    return [event for second in seconds for event in oks(config, second)]


def end(found: Recommendation, name: str = "sms") -> float | None:
    until = found.until.get(name)
    return None if until is None else round(until.since(moment(0)), 3)


def test_channel_lasts_no_longer_than_the_masts_of_its_people() -> None:
    config = town(SMS, HANDSETS)

    found = recommend(config, *works(config, 1), DARK)

    assert end(found) == END
    assert end(found, "radio") == 36010


def test_channel_ends_by_itself_before_its_people_do() -> None:
    gateway = replace(SMS, needs=(("power:grid",),), autonomy_s=3600.0)
    config = town(gateway, HANDSETS)

    assert end(recommend(config, *works(config, 1), DARK)) == 3610


def test_channel_that_is_down_has_no_end() -> None:
    config = town(SMS, HANDSETS)
    failed = said("channel:sms", 20)

    found = recommend(config, *works(config, 1), DARK, failed)

    assert found.until.keys() == {"radio"}


def test_channel_has_no_end_while_its_people_have_power() -> None:
    config = town(SMS, HANDSETS)

    assert recommend(config, *works(config, 1)).until == {}


def test_end_is_that_of_the_last_who_hear_it() -> None:
    slow = replace(town(SMS).components["carrier:b"], autonomy_s=10800.0)
    config = town(SMS, HANDSETS, slow)

    assert end(recommend(config, *works(config, 1), DARK)) == 10810


def test_end_counts_the_batteries_of_devices() -> None:
    needs = {TEXT: DeviceNeeds()}
    phones = replace(device("mobile", TEXT), services=needs, autonomy_s=3600.0)
    config = town(SMS, HANDSETS)
    config = replace(config, devices={**config.devices, "mobile": phones})

    assert end(recommend(config, *works(config, 1), DARK)) == 3610


def test_end_is_nearer_where_the_other_way_is_set_aside() -> None:
    fibre = component("internet:fibre")
    choice = (("internet:fibre", "carrier:a"),)
    phones = device("mobile", TEXT, needs=choice)
    config = town(SMS, HANDSETS, fibre)
    config = replace(config, devices={**config.devices, "mobile": phones})
    read = said("internet:fibre", 20, Declared.DISTRUSTED)

    assert end(recommend(config, *works(config, 1), DARK)) is None
    assert end(recommend(config, *works(config, 1), DARK, read)) == END


def test_audience_without_groups_has_an_end_too() -> None:
    config = town(SMS, HANDSETS, groups=())

    assert end(recommend(config, *works(config, 1), DARK)) == END


def test_line_leaves_in_the_last_minutes_for_what_all_hear_as_well() -> None:
    config = town(SMS, HANDSETS)
    dark = [*works(config, 1), DARK, *works(config, 6300)]

    assert use(config, *dark) == "sms"
    left = recommend(config, *dark, tick(6311))
    assert channel_of(left.use) == "radio"
    assert reasons(left) == {"sms": Reason.ENDING}
    assert left.still_usable == ("sms",)


PHONES = channel("phones", heard_on=(("mobile", VOICE),))
MODEM = replace(SMS, needs=(("carrier:a",),))  # our own needs the masts, too


def test_line_does_not_move_to_what_ends_at_the_same_time() -> None:
    """A move helps nobody that is to be made again within minutes."""
    config = town(MODEM, PHONES, HANDSETS, groups=(FIELD, HOME))
    dark = [*works(config, 1), DARK, *works(config, 6300)]

    found = recommend(config, *dark, tick(6311))

    assert end(found, "sms") == end(found, "phones") == END
    assert found.use is not None
    assert (found.use.channel, found.use.state) == ("sms", State.DEGRADED)


def test_plan_orders_what_ends_at_the_same_time() -> None:
    """As people who ask what would be, with no channel in use."""
    config = town(MODEM, PHONES, HANDSETS, groups=(FIELD, HOME))

    seen = whatif(config, ["power:grid"], start=moment(0))

    used = {step.after_s: use_at(step) for step in seen.steps}
    assert (used[0], used[6300]) == ("sms", "sms")


def test_plan_orders_of_what_ends_only_what_may_be_used() -> None:
    config = town(MODEM, PHONES, HANDSETS, groups=(FIELD, HOME))
    read = Mark(subject="channel:sms", says=Declared.DISTRUSTED, by="A", at=moment(0))

    seen = whatif(config, ["power:grid"], start=moment(0), marks=[read])

    assert [use_at(step) for step in seen.steps if step.after_s == 6300] == ["phones"]


def test_line_moves_to_what_ends_later_though_the_plan_has_others_before() -> None:
    config = town(MODEM, PHONES, HANDSETS)
    dark = [*works(config, 1), DARK, *works(config, 6300)]

    assert use(config, *dark, tick(6311)) == "radio"


def test_line_leaves_what_ends_and_fails_before() -> None:
    config = town(MODEM, PHONES, HANDSETS, groups=(FIELD, HOME))
    dark = [*works(config, 1), DARK, *works(config, 6300, 6320)]
    slow = [result("sms", "d", second) for second in (6330, 6340)]

    assert use(config, *dark, *slow) == "phones"


def test_line_stays_to_the_end_where_others_reach_fewer() -> None:
    config = town(SMS, HANDSETS, groups=(FIELD, HOME))
    dark = [*works(config, 1), DARK, *works(config, 7200)]

    found = recommend(config, *dark)

    assert found.use is not None
    assert (found.use.channel, found.use.state) == ("sms", State.DEGRADED)
    assert found.use.verified


def test_line_returns_after_failback_when_the_mains_are_back() -> None:
    config = town(SMS, HANDSETS)
    dark = [*works(config, 1), DARK, *works(config, 6320, 6390)]
    back = [*dark, said("power:grid", 6400, Declared.UP), *works(config, 6420)]

    assert use(config, *back) == "radio"
    assert use(config, *back, *works(config, 6980, 7001)) == "sms"


def test_whatif_has_the_moment_at_which_the_line_goes_on() -> None:
    seen = whatif(town(SMS, HANDSETS), ["power:grid"], start=moment(0))

    assert [(s.after_s, use_at(s)) for s in seen.steps][:3] == [
        (0.0, "sms"),
        (6300.0, "radio"),
        (7200.0, "radio"),
    ]


def test_whatif_counts_what_devices_lasted_already() -> None:
    needs = {TEXT: DeviceNeeds()}
    phones = replace(device("mobile", TEXT), services=needs, autonomy_s=3600.0)
    config = town(SMS, HANDSETS)
    config = replace(config, devices={**config.devices, "mobile": phones})

    seen = whatif(
        config, ["power:grid"], start=moment(0), lasted={"power:grid": 1000.0}
    )

    moves = [s.after_s for s in seen.steps if use_at(s) == "radio"]
    assert moves[0] == 3600 - 1000 - 900


def use_at(step: Step) -> str | None:
    return channel_of(step.snapshot.recommendations[0].use)


def test_mast_that_a_call_proved_is_lost_when_its_battery_ends_later() -> None:
    mast = component("carrier:a", "power:grid", autonomy_s=7200.0)
    mast = replace(mast, probes=(probe("carrier:a", stale_after_s=1e9),))
    mobile = device("mobile", TEXT, needs=(("carrier:a",),))
    texts = replace(SMS, needs=(("carrier:a",),))
    config = town(texts, channel("push", heard_on=SMS.heard_on), mast, groups=(HOME,))
    config = replace(config, devices={"mobile": mobile})
    call = Trial(channel="sms", worked=True, by="Ana", at=moment(20))
    events: list[Event] = [
        result("carrier:a", "x", 5),
        DARK,
        Said(word=call, at=moment(20)),
    ]

    proved = recommend(config, *events)
    ended = recommend(config, *events, tick(END + 1))

    assert not proved.receivers["push"].lost
    assert ended.receivers["push"].all_lost
