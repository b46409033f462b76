from random import Random
from typing import Any

from brute import domino, random_plan, smallest
from core.audit.hearing_town import FIELD, HOME, OFFICE, TEXT, VOICE, device, town
from msgspec.structs import replace
from plans import channel, line

from secours.core.audit.line import LineAudit, examine
from secours.core.audit.takers import GroupAudit, Later
from secours.core.graph import devices
from secours.core.receivers import hearing
from secours.languages import Text
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.receivers.audiences import Audience, Device, PeopleGroup
from secours.model.sections.line import Purpose


def found(*names: str, groups: tuple[PeopleGroup, ...], **options: Any) -> LineAudit:
    config = town(*names, groups=groups, **options)
    return examine(config, config.plan[0])


def test_audit_says_which_channels_miss_a_group_by_design() -> None:
    first, second = found("sms", "radio", groups=(FIELD, HOME)).groups

    assert first == GroupAudit(
        group="field",
        people=20,
        hears=("sms", "radio"),
        misses=(),
        cut_off_by=(Later(component="power:grid", after_s=36000.0),),
    )
    assert (second.hears, second.misses) == (("sms",), ("radio",))


def test_audit_says_what_alone_leaves_a_group_with_nothing_and_after_how_long() -> None:
    [home] = found("sms", "radio", groups=(HOME,)).groups

    assert home.cut_off_by == (
        Later(component="site:gateway", after_s=0.0),
        Later(component="channel:sms", after_s=0.0),
        Later(component="power:grid", after_s=7200.0),
    )


def test_group_is_cut_off_only_when_the_last_operator_is_gone() -> None:
    [home] = found("sms", groups=(HOME,)).groups

    assert not {"carrier:a", "carrier:b"} & {e.component for e in home.cut_off_by}


def test_workplace_counts_in_an_alert_only_where_somebody_is_there() -> None:
    staffed = replace(OFFICE, name="watch", staffed=True)
    alert = found("mail", groups=(OFFICE, staffed), purpose=Purpose.ALERT)

    assert [each.hears for each in alert.groups] == [(), ("mail",)]


def test_alert_names_the_channels_that_wake_nobody_or_not_everybody() -> None:
    alert = found("satphone", "siren", groups=(HOME,), purpose=Purpose.ALERT)
    chat = found("satphone", "siren", groups=(HOME,))

    assert (alert.wakes_nobody, chat.wakes_nobody) == (("satphone",), ())


def test_audit_names_the_channels_of_which_nobody_says_on_what_they_are_heard() -> None:
    declared = found("sms", "siren", groups=(HOME,))
    undeclared = found("sms", "siren", groups=())

    assert (declared.receivers_declared, declared.heard_unknown) == (True, ("siren",))
    assert undeclared.groups == ()
    assert (undeclared.receivers_declared, undeclared.heard_unknown) == (False, ())


# A town with one operator: calls reach its people over the mast that texts need, too.
ONE = device("mobile", TEXT, needs=(("carrier:a",),))
VOICES = channel("phones", heard_on=(("mobile", TEXT),))


def one_operator(*names: str, groups: tuple[PeopleGroup, ...]) -> LineAudit:
    made = town(*names, groups=groups)
    made = replace(
        made,
        channels={**made.channels, "phones": VOICES},
        devices={**made.devices, "mobile": ONE},
    )
    return examine(made, made.plan[0])


def test_channels_whose_receivers_one_failure_takes_are_one_way() -> None:
    line = one_operator("sms", "phones", "radio", groups=(FIELD,))

    assert line.independence.ways == 2
    assert line.steps[0].shares == ("carrier:a",)
    assert line.steps[1].shares_later == ("power:grid",)


def test_channels_that_some_group_hears_otherwise_are_two_ways() -> None:
    line = one_operator("sms", "phones", groups=(FIELD, replace(HOME, devices=())))
    heard = one_operator("sms", "siren", groups=(HOME,))

    assert (line.independence.ways, heard.independence.ways) == (1, 2)


def test_what_takes_all_receivers_leaves_no_channel() -> None:
    line = one_operator("sms", "phones", groups=(HOME,))
    both = one_operator("sms", "phones", "radio", groups=(FIELD,))

    assert line.single_points == ("carrier:a",)
    assert line.single_points_later == (Later(component="power:grid", after_s=7200.0),)
    assert ("carrier:a", "radio:mast") in both.cut_sets


def test_channel_that_nobody_hears_is_no_way() -> None:
    line = found("sms", "radio", groups=(HOME,))

    assert line.independence.channels == ("sms",)


def random_town(rng: Random) -> Config:
    """Draw a plan of one line, whose groups hear its channels by a few devices."""
    made = random_plan(rng, components=6, channels=4)
    names = tuple(made.components)

    def drawn(name: str) -> Device:
        some = rng.sample(names, k=min(2, len(names)))
        split = some if rng.random() < 0.5 else ()
        needs = () if split else ((some[0],),)
        lives = rng.choice((None, 60.0))
        return device(name, VOICE, *split, needs=needs, autonomy_s=lives)

    known = {name: drawn(name) for name in ("mobile", "desk", "ears")}
    has = {n: tuple(rng.sample(tuple(known), k=rng.randint(0, 2))) for n in "ab"}
    groups = (PeopleGroup(name=n, label=Text(n), devices=d) for n, d in has.items())
    audience = Audience(name="management", groups=tuple(groups))
    heard = {n: tuple((d, VOICE) for d in known if rng.random() < 0.6) for n in "ab"}
    return replace(
        made,
        channels={
            n: replace(c, heard_on=rng.choice((None, *heard.values())))
            for n, c in made.channels.items()
        },
        devices=known,
        audiences={"management": audience},
        plan=(line(*made.channels),),
    )


def brute_cut_sets(config: Config, heard: list[str]) -> set[frozenset[str]]:
    fallen, nodes = domino(config), devices.of(config)
    hearers = hearing.of(config)[config.plan[0].name]

    def lost(node: str, gone: set[str]) -> bool:
        fed = nodes[node].autonomy_s
        return any(
            gone.issuperset(clause)
            and not (fed and any(need.startswith("power:") for need in clause))
            for clause in nodes[node].needs
        )

    def useless(name: str, gone: set[str]) -> bool:
        ways = [way for each in hearers[name] for way in each.ways]
        deaf = all(way and all(lost(n, gone) for n in way) for way in ways)
        return channel_node(name) in gone or deaf

    def nothing(down: set[str]) -> bool:
        gone = fallen(down)
        return all(useless(name, gone) for name in heard)

    return smallest([*config.components, *map(channel_node, heard)], nothing)


def test_what_leaves_a_line_nothing_equals_trying_every_failure() -> None:
    rng = Random(30)
    for _ in range(300):
        config = random_town(rng)
        audited = examine(config, config.plan[0])
        hearers = hearing.of(config)[config.plan[0].name]
        heard = [n for n, each in hearers.items() if any(h.ways for h in each)]

        found = {*audited.cut_sets, *audited.cut_sets_with_channels}

        assert not heard or set(map(frozenset, found)) == brute_cut_sets(config, heard)
