from random import Random

from brute import random_plan
from core.audit.hearing_town import FIELD, HOME, OFFICE, town
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import channel, component, line, plan

from secours.core.audit.examination import (
    HOUR_S,
    HOURS,
    LineStrength,
    PlanChange,
    Proposal,
    WorstFailure,
    changes,
    examined,
    strength,
    weakest,
)
from secours.core.audit.line import examine
from secours.core.graph import dependencies
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.receivers.audiences import PeopleGroup
from secours.model.sections.line import Line, Purpose, Tier

UNTIL_S = HOUR_S * HOURS[-1]
HOURLY = replace(component("carrier:hourly", "power:grid"), autonomy_s=HOUR_S)
DAILY = replace(component("carrier:daily", "power:grid"), autonomy_s=24 * HOUR_S)
TOWN = plan(
    component("power:grid"),
    HOURLY,
    DAILY,
    channel("mail", "power:grid"),
    channel("sms", "carrier:hourly"),
    channel("radio", "carrier:daily"),
    channel("satphone", traits={"wakes_people": "no"}),
    line("mail", "sms"),
)


def changed(config: Config, asked: Line, change: PlanChange) -> Config:
    """Make the change in the plan itself."""
    lines, people = list(config.plan), dict(config.audiences)
    if change.channel:
        more = (Tier.EMERGENCY, (change.channel,))
        place = lines.index(asked)
        lines[place] = replace(asked, tiers=(*asked.tiers, more))
    if change.device:
        audience = people[asked.audience]
        groups = tuple(
            replace(g, devices=(*g.devices, change.device))
            if g.name == change.group
            else g
            for g in audience.groups
        )
        people[asked.audience] = replace(audience, groups=groups)
    return replace(config, plan=tuple(lines), audiences=people)


def drawn(rng: Random) -> Config:
    """Draw a plan with groups, where a battery lasts for a minute or a day."""
    drawn = random_plan(rng, components=5, channels=5)
    config = town(groups=tuple(rng.sample((FIELD, HOME, OFFICE), rng.randint(0, 3))))
    means = {**drawn.channels, **config.channels}
    parts = {**config.components, **drawn.components}
    parts = {
        name: replace(part, autonomy_s=part.autonomy_s and rng.choice((60.0, 86400.0)))
        for name, part in parts.items()
    }
    some = rng.sample([*means], rng.randint(1, min(4, len(means))))
    purpose = rng.choice((Purpose.ALERT, Purpose.COORDINATE))
    return replace(
        config, components=parts, channels=means, plan=(line(*some, purpose=purpose),)
    )


def lasting(config: Config, channels: tuple[str, ...], *roots: str) -> list[str]:
    """Return the channels that stand at the last hour after failures."""
    times = dependencies.of(config).fall_times(dict.fromkeys(roots, 0.0))
    return [name for name in channels if times[channel_node(name)] > UNTIL_S]


@given(seed=st.integers(0, 10**6))
def test_proposal_is_the_best_change_and_its_effect_that_of_the_changed_plan(
    seed: int,
) -> None:
    config = drawn(Random(seed))
    [asked] = config.plan
    own = {n: c for n, c in config.channels.items() if n in config.planned or "a" in n}
    found = examined(replace(config, channels=own), config).lines[0]

    tried = {
        each: strength(plan := changed(config, asked, each), plan.plan[0])
        for each in changes(config, asked)
    }

    best = min([found.now.lacks, *(each.lacks for each in tried.values())])
    if found.proposal is None:
        assert best == found.now.lacks
    else:
        assert best < found.now.lacks
        after = found.proposal.after
        assert tried[found.proposal.change] == after
        assert after.lacks == best
        for other in found.proposal.equals:
            assert (tried[other].lacks, tried[other].reserve) == (best, after.reserve)


@given(seed=st.integers(0, 10**6))
def test_strength_is_what_failing_each_component_shows(seed: int) -> None:
    config = random_plan(Random(seed), components=6, channels=4)
    config = replace(config, plan=(line(*config.channels),))
    asked, names = config.plan[0], tuple(config.channels)
    found = strength(config, asked)

    left = {root: lasting(config, names, root) for root in config.components}
    if len(names) == 1:
        left[channel_node(names[0])] = []
    assert {*found.single_points} == {root for root, each in left.items() if not each}
    assert found.least == min([len(names), *map(len, left.values())])
    if found.worst:
        assert [*found.worst.left] == left[found.worst.name]
    assert found.ways == examine(config, asked).independence.ways


def added(config: Config, offers: Config | None = None) -> Proposal:
    proposal = examined(config, offers).lines[0].proposal
    assert proposal
    return proposal


def test_proposal_wakes_people_where_the_line_alerts() -> None:
    alert = replace(TOWN, plan=(line("mail", "sms", purpose=Purpose.ALERT),))

    assert added(TOWN).change == PlanChange(channel="radio")
    assert added(TOWN).equals == (PlanChange(channel="satphone"),)
    assert added(alert).equals == ()


def test_strength_without_mains_leaves_what_another_supply_feeds() -> None:
    solar = channel("beacon", "power:solar")
    fed = plan(
        component("power:grid"),
        component("power:solar"),
        channel("mail", "power:grid"),
        solar,
        line("beacon"),
    )

    assert strength(fed, fed.plan[0]).hours == ()
    both = replace(fed, plan=(line("mail", "beacon"),))
    assert strength(both, both.plan[0]).hours == (("beacon",),) * len(HOURS)


def test_effect_says_what_no_longer_cuts_and_what_is_left_without_mains() -> None:
    now, after = examined(TOWN).lines[0].now, added(TOWN).after

    assert now.single_points == ("power:grid",)
    assert now.hours == (("sms",), (), (), ())
    assert after.single_points == ()
    assert after.hours == (("sms", "radio"), ("radio",), ("radio",), ("radio",))


def test_channel_of_the_plan_is_preferred_to_an_offer_that_mends_as_much() -> None:
    few = {name: TOWN.channels[name] for name in ("mail", "sms")}
    radio, pager = TOWN.channels["radio"], channel("pager", "carrier:daily")
    offers = replace(TOWN, channels={"pager": pager, **few, "radio": radio})

    own = added(replace(TOWN, channels={**few, "radio": radio}), offers)
    none = added(replace(TOWN, channels=few), offers)

    assert (own.change, own.equals) == (PlanChange(channel="radio"), ())
    assert none.change == PlanChange(channel="pager")
    assert none.equals == (PlanChange(channel="radio"),)


def test_change_that_mends_nothing_is_not_proposed() -> None:
    names = ("mail", "chat", "call")
    config = plan(
        component("internet:fibre"),
        *(channel(name, "internet:fibre") for name in names),
        line("mail", "chat"),
    )

    found = examined(config).lines[0]

    assert [*changes(config, config.plan[0])] == [PlanChange(channel="call")]
    assert found.now.single_points == ("internet:fibre",)
    assert found.proposal is None


def test_offer_that_mends_more_is_preferred_to_a_channel_of_the_plan() -> None:
    offers = plan(
        component("internet:fibre"),
        *(channel(name, "internet:fibre") for name in ("mail", "chat")),
        channel("radio"),
        line("mail"),
    )
    own = {name: offers.channels[name] for name in ("mail", "chat")}

    assert added(replace(offers, channels=own)).change.channel == "chat"
    assert added(replace(offers, channels=own), offers).change.channel == "radio"


def test_group_that_nothing_reaches_gets_a_device_before_all_else() -> None:
    config = town("sms", "radio", groups=(FIELD, OFFICE))

    found = examined(config).lines[0]

    assert found.now.unreached == ("office",)
    assert added(config).change.group in ("", "office")
    assert added(config).after.unreached == ()


def test_worst_failure_takes_more_at_once_then_is_the_sooner_one() -> None:
    config = plan(
        component("power:grid"),
        replace(component("internet:a", "power:grid"), autonomy_s=HOUR_S),
        *(channel(name, "internet:a") for name in ("mail", "chat")),
        *(
            channel("phone", "internet:b"),
            channel("radio"),
            channel("sms", "power:grid"),
        ),
    )

    def worst(*names: str) -> WorstFailure | None:
        return strength(config, line(*names)).worst

    assert worst("mail", "chat", "radio") == WorstFailure(
        name="internet:a", left=("radio",), after_s=0.0
    )
    assert worst("mail", "sms", "radio") == WorstFailure(
        name="power:grid", left=("radio",), after_s=HOUR_S
    )
    assert worst("radio") == WorstFailure(name="channel:radio", left=(), after_s=0.0)


def test_change_is_tried_of_what_the_line_could_use() -> None:
    e2e = {"traits": {"e2e": "yes"}}
    config = plan(
        *(channel(name, **e2e) for name in ("sms", "radio")),
        channel("open"),
        channel("dark", needs_known=False, **e2e),
        channel("chat", purposes=frozenset({Purpose.ALERT}), **e2e),
    )
    asked = line("sms", require=("e2e",))

    assert [*changes(config, asked)] == [PlanChange(channel="radio")]


def test_channel_that_no_group_hears_is_tried_only_with_its_device() -> None:
    config = town("sms", groups=(HOME,))

    tried = {(each.channel, each.device) for each in changes(config, config.plan[0])}

    assert {("siren", ""), ("mail", "desk"), ("radio", "astrid")} <= tried
    assert ("mail", "") not in tried


def test_line_of_unknown_needs_gets_no_proposal() -> None:
    dark = channel("dark", needs_known=False)
    config = plan(component("power:grid"), dark, channel("radio"), line("dark"))

    found = examined(config).lines[0]

    assert (found.now.needs_unknown, found.proposal) == (("dark",), None)


def test_never_tried_are_those_of_a_line_that_only_people_prove_in_its_order() -> None:
    config = plan(
        channel("radio", probes=(), test_every_s=1.0),
        channel("sms"),
        channel("siren", probes=(), test_every_s=1.0),
        channel("runner", probes=(), test_every_s=1.0),
        line("siren", "sms", "radio"),
    )

    assert examined(config).never_tried == ("siren", "radio")
    assert examined(config, tried={"siren"}).never_tried == ("radio",)


def test_weakest_line_is_the_one_that_lacks_most() -> None:
    config = replace(
        TOWN,
        plan=(
            line("radio", "satphone", "sms"),
            line("mail", purpose=Purpose.ALERT, audience="staff"),
        ),
    )
    sound = plan(channel("a"), channel("b"), line("a", "b"))

    found = weakest(config)

    assert isinstance(found, LineStrength)
    assert found.line == "alert/staff"
    assert weakest(sound) is None


def test_group_without_people_who_hear_anything_counts_as_unreached() -> None:
    deaf = PeopleGroup(name="deaf", label=HOME.label)

    found = examined(town("sms", groups=(deaf, HOME))).lines[0].now

    assert found.unreached == ("deaf",)
