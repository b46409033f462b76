"""Nobody is told to use what nobody hears: reach of a line, by loss against design."""

import pytest
from core.receivers.field_town import (
    DATA,
    FIELD,
    HANDSETS,
    HOME,
    OPERATORS,
    SMS,
    TEXT,
    VOICE,
    A,
    both_dead,
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
from plans import channel, component, fold, line, moment, probe, result, shot, tick

from secours.core.events import Event, Said
from secours.core.notices.order import order
from secours.core.replay.whatif import whatif
from secours.languages import Text
from secours.model.observed import Evidence, Reason, ok
from secours.model.plan import Config
from secours.model.receivers.audiences import PeopleGroup, group_key
from secours.model.receivers.reach import Hearing, Reception, RollCall
from secours.model.sections.line import Purpose
from secours.model.sections.notify import Notify, Recipient, Target
from secours.model.snapshot import Recommendation, State, Use
from secours.model.statements import Declared, Trial

MAIL = channel("mail", heard_on=(("mobile", DATA), ("desk", DATA)))
RUNNER = channel("runner", heard_on=(("ears", VOICE),), probes=())
SIREN = channel("siren")  # nobody says on what it is heard


def called(name: str, second: float, **reached: tuple[int, int]) -> Said:
    return called_of("management", name, second, **reached)


def called_of(
    audience: str, name: str, second: float, **reached: tuple[int, int]
) -> Said:
    calls = {
        group_key(audience, group): RollCall(answered=a, asked=n)
        for group, (a, n) in reached.items()
    }
    word = Trial(channel=name, worked=True, by="Ana", reached=calls, at=moment(second))
    return Said(word=word, at=moment(second))


def told(found: Recommendation) -> Use:
    assert found.use is not None
    return found.use


def reach_of(found: Recommendation) -> Reception:
    reach = told(found).reach
    assert reach is not None
    return reach


def test_channel_that_nobody_hears_is_not_used_and_keeps_its_own_state() -> None:
    config = town(SMS, HANDSETS)

    memory = fold(config, *oks(config, 1), *both_dead(10))

    found = shot(config, memory).recommendations[0]
    assert channel_of(found.use) == "radio"
    assert reasons(found) == {"sms": Reason.RECEIVERS}
    assert memory.channels["sms"].state is State.AVAILABLE


def test_nothing_is_left_where_surely_nobody_hears_anything() -> None:
    config = town(SMS, MAIL, groups=(HOME,))

    assert use(config, *oks(config, 1), *both_dead(10)) is None


def test_one_of_two_operators_makes_a_channel_degraded_and_not_left() -> None:
    config = town(SMS, MAIL)

    found = recommend(config, *oks(config, 1), said("carrier:a", 10))

    assert channel_of(found.use) == "sms"
    assert told(found).state is State.DEGRADED
    assert [g.heard for g in reach_of(found).missed] == [Hearing.PART]
    assert not told(found).as_planned


def test_fewer_hear_it_and_one_that_all_hear_better_is_used() -> None:
    config = town(SMS, HANDSETS)

    found = recommend(config, *oks(config, 1), said("carrier:a", 10))

    assert channel_of(found.use) == "radio"
    assert found.still_usable == ("sms",)
    assert reasons(found) == {"sms": Reason.RECEIVERS}


def test_fewer_hear_it_and_a_degraded_one_that_all_hear_is_used() -> None:
    config = town(SMS, HANDSETS)
    slow = [result("radio", "d", second) for second in (5, 9)]

    assert use(config, *oks(config, 1), *slow, said("carrier:a", 10)) == "radio"


def test_fewer_hear_it_and_another_group_none_of_the_other() -> None:
    config = town(SMS, HANDSETS, groups=(FIELD, HOME))

    found = recommend(config, *oks(config, 1), said("carrier:a", 10))

    assert channel_of(found.use) == "sms"
    assert found.completed_by == ("radio",)


def test_what_is_missed_by_design_costs_no_rank_and_is_told() -> None:
    config = town(HANDSETS, SMS, groups=(FIELD, HOME))

    found = recommend(config, *oks(config, 1))

    assert channel_of(found.use) == "radio"
    assert found.use
    assert told(found).as_planned
    assert [(g.group, g.designed) for g in reach_of(found).missed] == [
        ("home", Hearing.NONE)
    ]
    assert (reach_of(found).people, reach_of(found).of) == (20, 80)
    assert found.completed_by == ("sms",)


def test_channel_that_completes_the_one_in_use_is_probed_as_hard() -> None:
    office = PeopleGroup(name="office", label=Text("Office"), devices=("desk",))
    config = town(HANDSETS, SMS, MAIL, groups=(FIELD, HOME, office))

    memory = fold(config, *oks(config, 1))

    (choice,) = memory.choices.values()
    assert choice.use
    assert choice.backup
    told = {choice.use.channel, choice.backup.channel, *choice.completed_by}
    assert memory.watched == told == {"radio", "sms", "mail"}


def test_loss_by_a_battery_that_nobody_measures_is_unverified_and_comes_last() -> None:
    config = town(SMS, HANDSETS, groups=(HOME,))
    dark = [*oks(config, 1), said("power:grid", 10)]

    before = recommend(config, *dark, *oks(config, 7000))
    after = recommend(config, *dark, *oks(config, 7000), *oks(config, 7211))

    assert channel_of(before.use) == "sms"
    assert before.use
    assert told(before).verified
    assert channel_of(after.use) == "radio"  # that nobody at home ever had
    assert reasons(after) == {"sms": Reason.RECEIVERS}


def test_what_only_inference_takes_is_still_named_where_nothing_is_left() -> None:
    config = town(SMS, groups=(HOME,))

    found = recommend(
        config, *oks(config, 1), said("power:grid", 10), *oks(config, 7211)
    )

    assert channel_of(found.use) == "sms"
    assert (told(found).state, told(found).verified) == (State.UNKNOWN, False)
    assert found.last_resort.plain


def test_forecast_names_the_channel_that_is_left_as_the_masts_end() -> None:
    config = town(SMS, HANDSETS)

    memory = fold(config, *oks(config, 1), said("power:grid", 10))

    coming = [(each.use, each.at) for each in shot(config, memory).forecast]
    assert coming[0] == ("radio", moment(6310))  # the last quarter of an hour


def test_one_modem_of_ours_does_not_take_the_network_from_people_elsewhere() -> None:
    ours = probe("carrier:a", device="/dev/ttyUSB2")
    sms = replace(
        SMS, needs=(("carrier:a",),), probes=(probe("sms", device="/dev/ttyUSB2"),)
    )
    only_a = device("mobile", TEXT, needs=(("carrier:a",),))
    config = town(MAIL, HANDSETS, sms, replace(A, probes=(ours,)), groups=(FIELD,))
    config = replace(config, devices={**config.devices, "mobile": only_a})
    config = replace(config, plan=(line("mail2", "radio"),))
    by_text = channel("mail2", heard_on=(("mobile", TEXT),))
    config = replace(config, channels={**config.channels, "mail2": by_text})
    dead = [result(n, "x", s) for s in (10, 15) for n in ("carrier:a", "sms")]

    found = recommend(config, *oks(config, 1), result("carrier:a", "o", 1), *dead)

    assert channel_of(found.use) == "radio"
    assert fold_loss(config, "mail2", *oks(config, 1), *dead) == "inferred"


def test_two_measurements_that_agree_take_it_surely() -> None:
    config = town(
        channel("gate", heard_on=(("mobile", TEXT),)),
        replace(SMS, needs=(("carrier:a",),)),
        replace(A, probes=(probe("carrier:a"),)),
        HANDSETS,
        line("gate", "radio"),
    )
    only_a = device("mobile", TEXT, needs=(("carrier:a",),))
    config = replace(config, devices={**config.devices, "mobile": only_a})
    dead = [result(n, "x", s) for s in (10, 15) for n in ("carrier:a", "sms")]

    assert fold_loss(config, "gate", *oks(config, 1), *dead) == "sure"


def fold_loss(config: Config, name: str, *events: Event) -> str:
    reach = fold(config, *events).reach.get(config.plan[0].name, {})
    return reach[name].loss.name.lower() if name in reach else "none"


def test_text_that_arrived_speaks_for_its_network() -> None:
    sms = replace(SMS, needs=(("carrier:a",),))
    config = town(sms, HANDSETS, groups=(HOME,))
    arrived = ok(Evidence.DELIVERED)
    dark = [*oks(config, 1), said("power:grid", 10), tick(7300)]

    late = [result("sms", arrived, s) for s in (7310, 7315)]
    found = recommend(config, *dark, *late)

    assert found.receivers["sms"].groups[0].heard is Hearing.PART  # b by inference


def test_return_waits_for_failback() -> None:
    config = town(SMS, HANDSETS)
    back = [said(name, 100, Declared.UP) for name in OPERATORS]
    until = [*oks(config, 1), *both_dead(10), *oks(config, 90), *back]
    held = [event for s in range(130, 700, 40) for event in oks(config, s)]

    assert use(config, *until) == "radio"
    assert use(config, *until, *held, tick(699)) == "radio"
    assert use(config, *until, *held, tick(701)) == "sms"


def test_desk_is_not_heard_at_night_but_where_somebody_is_on_duty() -> None:
    mail = channel("mail", heard_on=(("desk", DATA),))
    office = PeopleGroup(name="office", label=Text("O"), devices=("desk",))
    alert = line("mail", purpose=Purpose.ALERT)
    asleep = town(mail, alert, groups=(office,))
    staffed = town(mail, alert, groups=(replace(office, staffed=True),))

    heard = [
        recommend(config, *oks(config, 1)).receivers["mail"].groups[0].heard
        for config in (asleep, staffed)
    ]

    assert heard == [Hearing.NONE, Hearing.WHOLE]


@pytest.mark.parametrize("name", ["runner", "siren"])
def test_courier_and_what_says_nothing_are_heard_by_all(name: str) -> None:
    config = town(SMS, RUNNER, SIREN, line("sms", name), groups=(HOME,))

    assert use(config, *oks(config, 1), *both_dead(10)) == name


def test_roll_call_holds_over_the_end_of_a_battery_before_it() -> None:
    config = town(SMS, HANDSETS, groups=(HOME,))
    dark = [*oks(config, 1), said("power:grid", 10)]
    asked = {"home": (60, 60)}

    before_the_masts = [*dark, called("sms", 3600, **asked), *oks(config, 7300)]
    after_the_masts = [
        *dark,
        tick(7300),
        called("sms", 7301, **asked),
        *oks(config, 7310),
    ]

    assert use(config, *before_the_masts) == "radio"
    assert use(config, *after_the_masts) == "sms"


def test_roll_call_counts_for_the_group_of_its_own_audience() -> None:
    config = town(SMS, HANDSETS, groups=(HOME,))
    dark = [*oks(config, 1), said("power:grid", 10), tick(7300)]

    of_others = called_of("staff", "sms", 7301, home=(60, 60))

    assert use(config, *dark, of_others, *oks(config, 7310)) == "radio"


def test_backup_shares_what_takes_the_receivers_of_both() -> None:
    only_a = device("mobile", TEXT, DATA, needs=(("carrier:a",),))
    config = town(SMS, MAIL, HANDSETS, groups=(FIELD,))
    config = replace(config, devices={**config.devices, "mobile": only_a})

    found = recommend(config, *oks(config, 1))

    assert channel_of(found.backup) == "radio"
    assert found.backup is not None
    assert found.backup.skipped == {"mail": ("carrier:a",)}
    assert found.backup.reach


def test_audience_without_groups_loses_only_its_proof() -> None:
    config = town(SMS, HANDSETS, groups=())

    found = recommend(config, *oks(config, 1), *both_dead(10))
    fewer = recommend(config, *oks(config, 1), said("carrier:a", 10))

    assert channel_of(found.use) == "radio"
    assert reasons(found) == {"sms": Reason.RECEIVERS}
    assert channel_of(fewer.use) == "sms"
    assert fewer.use
    assert told(fewer).as_planned
    assert told(fewer).reach is None


def test_registration_of_a_modem_does_not_undo_that_calls_do_not_pass() -> None:
    voice = component("voice:a", "carrier:a")
    tel = channel("tel", "voice:a", probes=(probe("tel", device="/dev/ttyUSB2"),))
    config = town(voice, tel, SMS, groups=())
    full = [*oks(config, 1), said("voice:a", 10)]
    registered = result("tel", ok(Evidence.AUTHENTICATED), 20)
    answered = result("tel", ok(Evidence.DELIVERED), 20)

    assert use(config, *full, registered) == "sms"
    assert use(config, *full, answered, tick(21)) == "sms"  # until it has held
    assert fold(config, *full, registered).channels["tel"].state is State.DOWN
    assert fold(config, *full, answered).channels["tel"].state is State.AVAILABLE


def test_notice_goes_first_where_its_device_receives_and_leaves_nothing_out() -> None:
    config = town(SMS, HANDSETS)
    targets = {name: Target(name=name, through=name) for name in ("sms", "radio")}
    duty = Recipient(name="duty", label=Text("Duty"), targets=tuple(targets))
    notify = Notify(recipients={"duty": duty}, targets=targets)
    config = replace(config, notify=notify)

    memory = fold(config, *oks(config, 1), *both_dead(10))

    assert [each.target for each in order(config, memory, duty)] == ["radio", "sms"]


def test_whatif_counts_nothing_as_left_that_nobody_hears() -> None:
    config = town(SMS, HANDSETS)

    step = whatif(config, list(OPERATORS), start=moment(0)).steps[0]

    assert step.left(step.snapshot.recommendations[0]) == ("radio",)
    assert {fall.name for fall in step.falls} == {*OPERATORS}


def test_failure_that_our_own_power_explains_says_nothing_of_people_elsewhere() -> None:
    fixed = component("carrier:fixed", probes=(probe("carrier:fixed"),))
    site = component("power:site")
    desk_line = device("landline", VOICE, needs=(("carrier:fixed",),))
    pbx = channel("pbx", "power:site", "carrier:fixed")
    told = channel("told", heard_on=(("landline", VOICE),))
    home = PeopleGroup(name="home", label=Text("Home"), devices=("landline",))
    config = town(fixed, site, pbx, told, line("told"), groups=(home,))
    config = replace(config, devices={**config.devices, "landline": desk_line})
    dead = [result(n, "x", s) for s in (20, 25) for n in ("carrier:fixed", "pbx")]
    fine = [*oks(config, 1), result("carrier:fixed", "o", 1)]

    assert fold_loss(config, "told", *fine, *dead) == "sure"
    dark = [*fine, said("power:site", 10), *dead]
    assert fold_loss(config, "told", *dark) == "inferred"


def test_channel_that_nobody_hears_by_design_is_no_independent_backup() -> None:
    config = town(SMS, HANDSETS, groups=(HOME,))

    found = recommend(config, *oks(config, 1)).backup

    assert channel_of(found) == "radio"
    assert found is not None
    assert not found.independent


def test_channel_that_is_down_itself_is_not_said_to_work_unheard() -> None:
    config = town(SMS, HANDSETS)
    dead = [result("sms", "x", second) for second in (20, 25)]

    found = recommend(config, *oks(config, 1), *both_dead(10), *dead)

    assert reasons(found) == {"sms": Reason.REFUSED}


@pytest.mark.parametrize(("answered", "used"), [(18, "sms"), (0, "radio")])
def test_roll_call_costs_its_channel_nothing_for_those_who_are_absent(
    answered: int, used: str
) -> None:
    config = town(SMS, HANDSETS)

    asked = called("sms", 5, field=(answered, 20))
    found = recommend(config, *oks(config, 1), asked, *oks(config, 10))

    assert channel_of(found.use) == used
    assert found.receivers["sms"].groups[0].call is not None
    assert told(found).as_planned == (used == "sms")


def test_people_who_answered_are_counted_as_reached() -> None:
    config = town(SMS, groups=(FIELD, HOME))

    asked = called("sms", 5, field=(18, 20))
    found = recommend(config, *oks(config, 1), asked, *oks(config, 10))

    assert (reach_of(found).people, reach_of(found).of) == (78, 80)


def test_what_arrives_here_says_nothing_of_the_mains_of_others() -> None:
    at_home = device("landline", VOICE, needs=(("power:grid",),))
    told = channel("told", "power:grid", heard_on=(("landline", VOICE),))
    group = PeopleGroup(name="home", label=Text("Home"), devices=("landline",))
    config = town(told, HANDSETS, groups=(group,))
    config = replace(config, devices={**config.devices, "landline": at_home})
    arrived = [result("told", ok(Evidence.DELIVERED), second) for second in (20, 25)]

    dark = [*oks(config, 1), said("power:grid", 10), *arrived]

    assert fold_loss(config, "told", *dark) == "sure"


def test_loss_is_sure_only_where_it_is_for_every_group() -> None:
    fixed = component("carrier:fixed")
    at_home = device("landline", VOICE, needs=(("carrier:fixed",),))
    told = channel("told", heard_on=(("landline", VOICE), ("mobile", VOICE)))
    groups = (HOME, PeopleGroup(name="old", label=Text("Old"), devices=("landline",)))
    config = town(fixed, told, HANDSETS, groups=groups)
    config = replace(config, devices={**config.devices, "landline": at_home})

    cut = [*oks(config, 1), said("power:grid", 10), said("carrier:fixed", 20)]

    assert fold_loss(config, "told", *cut) == "fewer"
    assert fold_loss(config, "told", *cut, tick(7300)) == "inferred"


def test_forecast_knows_when_the_batteries_of_devices_end() -> None:
    told = channel("told", heard_on=(("tablet", DATA),))
    tablet = device("tablet", DATA, autonomy_s=3600.0)
    group = PeopleGroup(name="all", label=Text("All"), devices=("tablet", "astrid"))
    config = town(told, HANDSETS, groups=(group,))
    config = replace(config, devices={**config.devices, "tablet": tablet})

    memory = fold(config, *oks(config, 1), said("power:grid", 10))

    coming = [(each.use, each.at) for each in shot(config, memory).forecast]
    assert coming[0] == ("radio", moment(2710))  # the last quarter of an hour


def test_device_that_each_of_two_suspects_takes_is_lost_by_inference() -> None:
    both = ("carrier:a", "radio:mast")
    needs = (("carrier:a",), ("radio:mast",))
    gate, desk = (channel(name, *both) for name in ("gate", "desk"))
    told = channel("told", heard_on=(("tablet", DATA),))
    tablet = device("tablet", DATA, needs=needs)
    group = PeopleGroup(name="all", label=Text("All"), devices=("tablet",))
    config = town(gate, desk, told, HANDSETS, line("told", "radio"), groups=(group,))
    config = replace(config, devices={**config.devices, "tablet": tablet})
    dead = [result(n, "x", second) for second in (10, 15) for n in ("gate", "desk")]

    memory = fold(config, *oks(config, 1), *dead)

    assert {names for names in memory.suspects if len(names) == 1} == {
        (name,) for name in both
    }
    assert fold_loss(config, "told", *oks(config, 1), *dead) == "inferred"
