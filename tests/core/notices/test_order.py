"""Over which targets a notice is tried: each rule, then random plans by trying."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from brute import random_plan
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import channel, component, fold, moment, plan, probe, result, tick
from soak import share_of

from secours.core.events import Event, Said
from secours.core.memory import EMPTY, Memory
from secours.core.notices.order import TRIED, order
from secours.languages import Text
from secours.model.nodes import channel_node, path_node
from secours.model.notices import Fitness
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.sections.channel import MaintenanceWindow, Needs, Path
from secours.model.sections.notify import Notify, Recipient, Target
from secours.model.snapshot import Link, Standing, State
from secours.model.statements import Declared, Mark

FIBRE, MOBILE, META = "internet:fibre", "carrier:a", "provider:meta"
TOWN = plan(
    component(FIBRE),
    component(MOBILE),
    component(META),
    channel("whatsapp", META),
    channel("messenger", META),
    channel("mail", FIBRE),
    channel("sms", MOBILE),
    channel("fax", needs_known=False),
)
FINE = [result(name, "o", 1) for name in TOWN.channels]


def with_targets(config: Config, *targets: Target) -> Config:
    names = tuple(target.name for target in targets)
    duty = Recipient(name="duty", label=Text("Duty"), targets=names)
    held = {target.name: target for target in targets}
    return replace(config, notify=Notify(recipients={"duty": duty}, targets=held))


def through(*names: str) -> list[Target]:
    return [Target(name=name, through=name) for name in names]


def ranked(
    config: Config, *events: Event, memory: Memory | None = None
) -> list[tuple[str, Fitness]]:
    known = fold(config, *events) if memory is None else memory
    found = order(config, known, config.notify.recipients["duty"])
    return [(each.target, each.fitness) for each in found]


def marked(subject: str, says: Declared, second: float = 10) -> Said:
    at = moment(second)
    return Said(word=Mark(subject=subject, says=says, by="Ann", at=at), at=at)


def failed(*names: str) -> list[Event]:
    return [result(name, "x", 20 + place) for place in (0, 5) for name in names]


def test_where_all_works_the_order_is_that_of_the_plan() -> None:
    config = with_targets(TOWN, *through("sms", "mail"))

    assert ranked(config, *FINE) == [
        ("sms", Fitness.OUTSIDE),
        ("mail", Fitness.OUTSIDE),
    ]


def test_before_anything_is_known_nothing_is_left_out() -> None:
    config = with_targets(TOWN, *through("fax", "sms"))

    assert ranked(config, memory=EMPTY) == [
        ("sms", Fitness.OUTSIDE),
        ("fax", Fitness.UNKNOWN_NEEDS),
    ]


def test_what_failed_is_tried_last_of_all() -> None:
    config = with_targets(TOWN, *through("mail", "fax", "sms"))

    assert ranked(config, *FINE, *failed("mail")) == [
        ("sms", Fitness.OUTSIDE),
        ("fax", Fitness.UNKNOWN_NEEDS),
        ("mail", Fitness.DOWN),
    ]


def test_what_a_likely_cause_takes_comes_after_what_it_does_not() -> None:
    """Either of two causes explains the two failures; each takes one other target."""
    config = plan(
        component(MOBILE),
        component(META),
        channel("whatsapp", MOBILE, META),
        channel("messenger", MOBILE, META),
        channel("sms", MOBILE),
        channel("radio"),
    )
    config = with_targets(config, *through("sms", "radio"))
    fine = [result(name, "o", 1) for name in config.channels]

    assert ranked(config, *fine, *failed("whatsapp", "messenger")) == [
        ("radio", Fitness.OUTSIDE),
        ("sms", Fitness.SHARES),
    ]


def test_within_a_class_what_works_best_is_first() -> None:
    config = with_targets(TOWN, *through("whatsapp", "mail", "sms"))
    slow = [result("mail", "d", second) for second in (1, 5, 9)]
    events = [*FINE[:2], *FINE[3:], *slow]
    doubted = result("whatsapp", "x", 11)

    assert [name for name, _ in ranked(config, *events)] == ["whatsapp", "sms", "mail"]
    assert ranked(config, *events, doubted)[0] == ("sms", Fitness.OUTSIDE)


def test_an_address_whose_needs_nobody_said_comes_late() -> None:
    url = Target(name="url", needs_known=False)
    config = with_targets(TOWN, url, *through("sms"))

    assert ranked(config, *FINE) == [
        ("sms", Fitness.OUTSIDE),
        ("url", Fitness.UNKNOWN_NEEDS),
    ]


def test_an_address_falls_with_all_alternatives_of_a_need() -> None:
    url = Target(name="url", needs=((FIBRE, MOBILE),))
    config = with_targets(TOWN, url)
    fibre, mobile = (marked(name, Declared.DOWN) for name in (FIBRE, MOBILE))

    assert ranked(config, *FINE, fibre) == [("url", Fitness.OUTSIDE)]
    assert ranked(config, *FINE, fibre, mobile) == [("url", Fitness.DOWN)]


def test_what_is_distrusted_is_never_tried_even_if_nothing_else_is_left() -> None:
    config = with_targets(TOWN, *through("sms"))
    word = marked(channel_node("sms"), Declared.DISTRUSTED)

    assert ranked(config, *FINE, word) == [("sms", Fitness.DISTRUSTED)]
    assert ranked(config, *FINE, word, *failed("sms")) == [("sms", Fitness.DISTRUSTED)]


def test_what_has_nothing_left_but_what_is_distrusted_is_not_tried() -> None:
    url = Target(name="url", needs=((FIBRE, MOBILE),))
    config = with_targets(TOWN, url, *through("mail"))
    distrust = marked(FIBRE, Declared.DISTRUSTED)

    assert ranked(config, *FINE, distrust) == [
        ("url", Fitness.OUTSIDE),
        ("mail", Fitness.DISTRUSTED),
    ]
    for says in (Declared.DOWN, Declared.MAINTENANCE):
        assert ranked(config, *FINE, distrust, marked(MOBILE, says)) == [
            ("mail", Fitness.DISTRUSTED),
            ("url", Fitness.DISTRUSTED),
        ]


def test_maintenance_is_no_distrust() -> None:
    config = with_targets(TOWN, *through("mail", "sms"))
    word = marked(FIBRE, Declared.MAINTENANCE)
    planned = replace(
        TOWN.channels["mail"],
        maintenance=(MaintenanceWindow(start=moment(-60).utc, end=moment(600).utc),),
    )
    announced = replace(config, channels={**config.channels, "mail": planned})
    wanted = [("sms", Fitness.OUTSIDE), ("mail", Fitness.DOWN)]

    assert ranked(config, *FINE, word) == wanted
    assert ranked(announced, *FINE) == wanted


# ------------------------------------------------------------------ our own paths

LAN, MODEM = Path(name="lan", needs=((FIBRE,),)), Path(name="lte", interface="wwan0")
PATHS = replace(TOWN, paths={"lan": LAN, "lte": MODEM})


def over(path: str) -> Target:
    return Target(name=path, through="mail", carrier=probe("mail", via=path))


def with_path(memory: Memory, name: str, link: Link) -> Memory:
    """Return the memory of a path that was judged so."""
    now = memory.worlds[0]
    fallen = now.world.fallen | ({path_node(name)} if link is Link.DOWN else set())
    now = now._replace(world=now.world._replace(fallen=fallen))
    return replace(memory, paths={**memory.paths, name: link}, worlds=(now,))


def test_what_lies_behind_our_own_link_shares_its_fate() -> None:
    behind = Target(name="behind", needs=((FIBRE,),))
    beside = Target(name="beside", needs=((FIBRE, MOBILE),))
    config = with_targets(PATHS, behind, *through("mail"), beside)
    memory = with_path(fold(config, *FINE), "lan", Link.DOWN)
    hidden = Standing(state=State.UNKNOWN, reason=Reason.OWN_LINK)
    memory = replace(memory, channels={**memory.channels, "mail": hidden})

    assert ranked(config, memory=memory) == [
        ("beside", Fitness.OUTSIDE),
        ("behind", Fitness.SHARES),
        ("mail", Fitness.SHARES),
    ]


def test_a_carrier_falls_and_is_distrusted_with_its_path() -> None:
    config = with_targets(PATHS, over("lan"), over("lte"))
    memory = with_path(fold(config, *FINE), "lan", Link.DOWN)
    config_lte = replace(
        config, paths={"lan": LAN, "lte": replace(MODEM, needs=((MOBILE,),))}
    )

    assert ranked(config, memory=memory) == [
        ("lte", Fitness.OUTSIDE),
        ("lan", Fitness.DOWN),
    ]
    assert ranked(config_lte, *FINE, marked(MOBILE, Declared.DISTRUSTED)) == [
        ("lan", Fitness.OUTSIDE),
        ("lte", Fitness.DISTRUSTED),
    ]


# ------------------------------------------------------------------ random plans

SEEDS = st.randoms(use_true_random=False)


def random_case(rng: Random) -> tuple[Config, Memory]:
    """Make a plan with targets, and let some of it fail or be spoken of."""
    config = random_plan(rng, components=6, channels=5)
    channels = {
        name: replace(each, needs_known=rng.random() < 0.9)
        for name, each in config.channels.items()
    }
    names = list(config.components)
    targets = [
        Target(
            name=f"t{n}", through=rng.choice([None, *channels]), needs=_any(rng, names)
        )
        for n in range(rng.randint(1, 6))
    ]
    config = with_targets(replace(config, channels=channels), *targets)
    events: list[Any] = [result(name, "o", 1) for name in channels]
    bad = [name for name in channels if rng.random() < 0.4]
    events += failed(*bad)
    for subject in (*names, *map(channel_node, channels)):
        if rng.random() < 0.2:
            events.append(marked(subject, rng.choice(tuple(Declared)), 40))
    return config, fold(config, *events, tick(rng.choice([41, 60, 400])))


def _any(rng: Random, names: Sequence[str]) -> Needs:
    if not names:
        return ()
    return tuple(
        tuple(rng.sample(names, min(len(names), rng.randint(1, 2))))
        for _ in range(rng.randint(0, 2))
    )


def rules(config: Config, memory: Memory) -> list[tuple[str, tuple[str, ...]]]:
    """Return what each node needs now: not its power while its battery lasts."""
    spent = memory.worlds[0].world.spent
    return [
        (node, clause)
        for node, owner in config.owners.items()
        for clause in owner.needs
        if node in spent
        or not owner.autonomy_s
        or not any(need.startswith("power:") for need in clause)
    ]


def standings(config: Config, memory: Memory) -> Mapping[str, Standing]:
    channels = {channel_node(n): s for n, s in memory.channels.items()}
    return {**memory.components, **channels}


def needs(target: Target) -> Needs:
    own = ((channel_node(target.through),),) if target.through else ()
    return (*own, *target.needs)


def lying_down(config: Config, memory: Memory) -> set[str]:
    return {
        node
        for node, each in standings(config, memory).items()
        if each.state is State.DOWN
    }


def lacking(target: Target, gone: set[str]) -> bool:
    return any(gone.issuperset(clause) for clause in needs(target))


def spread(roots: set[str], gone: set[str], config: Config, memory: Memory) -> set[str]:
    """Return what is taken when of a need nothing is left, and some of it is taken."""
    taken, before = set(roots), -1
    while before != len(taken):
        before = len(taken)
        for node, clause in rules(config, memory):
            if not taken.isdisjoint(clause) and (taken | gone).issuperset(clause):
                taken.add(node)
    return taken


def spoken_of(memory: Memory, *says: Declared) -> set[str]:
    words = memory.words
    found = [*words.marks.values(), *words.distrusts.values()]
    return {mark.subject for mark in found if mark.says in says}


@given(SEEDS)
@settings(max_examples=share_of(400), deadline=None)
def test_every_target_has_its_place_and_the_dead_are_last(rng: Random) -> None:
    config, memory = random_case(rng)
    found = ranked(config, memory=memory)
    fit = dict(found)
    down = lying_down(config, memory)
    idle = spread(spoken_of(memory, Declared.MAINTENANCE), down, config, memory)

    assert sorted(fit) == sorted(config.notify.targets)
    places = [TRIED.index(fitness) for _, fitness in found]
    assert places == sorted(places)
    for name, target in config.notify.targets.items():
        if fit[name] is not Fitness.DISTRUSTED:
            assert (fit[name] is Fitness.DOWN) == lacking(target, down | idle)


@given(SEEDS)
@settings(max_examples=share_of(400), deadline=None)
def test_exactly_what_is_distrusted_by_closure_is_never_tried(rng: Random) -> None:
    config, memory = random_case(rng)
    fit = dict(ranked(config, memory=memory))
    down = lying_down(config, memory)
    idle = spread(spoken_of(memory, Declared.MAINTENANCE), down, config, memory)
    distrusted = spread(
        spoken_of(memory, Declared.DISTRUSTED), down | idle, config, memory
    )
    gone = down | idle | distrusted

    for name, target in config.notify.targets.items():
        taken = any(
            gone.issuperset(clause) and not distrusted.isdisjoint(clause)
            for clause in needs(target)
        )
        assert (fit[name] is Fitness.DISTRUSTED) == taken


@given(SEEDS)
@settings(max_examples=share_of(400), deadline=None)
def test_what_is_outside_stands_with_each_of_the_likeliest_causes(rng: Random) -> None:
    config, memory = random_case(rng)
    fit = dict(ranked(config, memory=memory))
    down = lying_down(config, memory)
    outlived = [clause for _, clause in rules(config, memory) if down >= set(clause)]

    for each in memory.explanations:
        for cut in each.likeliest:
            gone, before = down | set(cut), -1
            while before != len(gone):
                before = len(gone)
                gone |= {
                    node
                    for node, clause in rules(config, memory)
                    if gone.issuperset(clause) and clause not in outlived
                }
            for name, target in config.notify.targets.items():
                if fit[name] is Fitness.OUTSIDE:
                    assert not lacking(target, gone)
