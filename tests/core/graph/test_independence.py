"""Two channels are independent only in the world as it is now."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import (
    COMPONENTS,
    channel,
    component,
    fold,
    line,
    moment,
    needs_among,
    plan,
    probe,
    result,
    shot,
    tick,
)
from soak import share_of

from secours.core.events import Event, Replanned, Resumed, Said
from secours.core.graph import independence
from secours.core.graph.dependencies import World, of
from secours.core.graph.independence import Overlap, Possible
from secours.core.memory import Memory
from secours.core.step import step
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.snapshot import Backup, Explained
from secours.model.statements import Declared, Mark, Withdrawn

FIBRE, MOBILE = "internet:fibre", "carrier:a"
TOWN = plan(
    component(FIBRE),
    component(MOBILE),
    channel("teams", [FIBRE, MOBILE]),
    channel("sms", MOBILE),
    channel("radio"),
    line("teams", "sms", "radio"),
)
FINE = [result(name, "o", 1) for name in TOWN.channels]


def marked_down(second: float) -> Said:
    at = moment(second)
    word = Mark(subject=FIBRE, says=Declared.DOWN, by="Ann", at=at)
    return Said(word=word, at=at)


def withdrawn(second: float) -> Said:
    word = Withdrawn(kind="mark", subject=FIBRE, by="Ann")
    return Said(word=word, at=moment(second))


def backup(memory: Memory, config: Config = TOWN) -> Backup:
    found = shot(config, memory).recommendations[0].backup
    assert found is not None
    return found


def test_what_is_left_of_two_ways_is_shared() -> None:
    config = plan(*TOWN.components.values(), *list(TOWN.channels.values())[:2])
    fine = FINE[:2]

    before = backup(fold(config, *fine), config)
    after = backup(fold(config, *fine, marked_down(10)), config)

    assert (before.channel, before.independent) == ("sms", True)
    assert (after.channel, after.independent, after.shares) == ("sms", False, (MOBILE,))


def test_another_that_is_independent_now_is_the_backup() -> None:
    assert backup(fold(TOWN, *FINE)).channel == "sms"
    assert backup(fold(TOWN, *FINE, marked_down(10))).channel == "radio"


def test_independence_is_lost_at_once_and_regained_when_it_has_held() -> None:
    memory = fold(TOWN, *FINE, marked_down(10), withdrawn(20))

    assert backup(memory).channel == "radio"
    for second in range(30, 640, 15):
        for name in TOWN.channels:
            memory = step(TOWN, memory, result(name, "o", second))
        if second < 620:
            assert backup(memory).channel == "radio"
    memory = step(TOWN, memory, tick(640))
    assert backup(memory).channel == "sms"
    assert backup(memory).independent


def test_what_a_suspect_took_and_a_test_cleared_says_when_it_counts() -> None:
    """It shares nothing, and yet is no independent backup for a while."""
    config = plan(
        *TOWN.components.values(),
        channel("teams", FIBRE),
        channel("sms", MOBILE),
        channel("call", MOBILE),
        line("teams", "sms", "call"),
    )
    fine = [result(name, "o", 1) for name in config.channels]
    failed = [result("call", "x", second) for second in (10, 15)]

    memory = fold(config, *fine, *failed)
    taken = backup(memory, config)
    assert (taken.channel, taken.independent, taken.shares) == ("sms", False, ())
    assert taken.regained == {}

    memory = step(config, memory, result("sms", "o", 20))
    cleared = backup(memory, config)
    assert (cleared.channel, cleared.independent, cleared.shares) == ("sms", False, ())
    assert cleared.regained == {"sms": moment(620)}

    for second in range(35, 635, 15):
        memory = step(config, memory, result("sms", "o", second))
    assert backup(memory, config).regained == {}
    assert backup(memory, config).independent


def test_what_only_the_new_plan_holds_apart_has_not_held_before_it() -> None:
    """Minutes without an event came before the edit; the old plan held in them."""
    one = plan(
        component("power:grid"),
        channel("mail", "power:grid"),
        channel("chat", "power:grid"),
        failback_after_s=60.0,
    )
    apart = replace(one, channels={**one.channels, "chat": channel("chat")})
    memory = fold(one, *(result(name, "o", 1) for name in one.channels))

    edited = step(apart, memory, Replanned(at=moment(1000)))  # all is stale since 181

    def backup_at(second: float) -> tuple[bool, tuple[str, ...]]:
        found = backup(step(apart, edited, tick(second)), apart)
        return found.independent, found.shares

    assert backup_at(1000) == (False, ("power:grid",))
    assert backup_at(1059) == (False, ("power:grid",))
    assert backup_at(1061) == (True, ())


def test_without_a_wait_it_counts_at_once_also_while_others_are_measured() -> None:
    config = replace(TOWN, failback_after_s=0.0)
    heard: list[Event] = [Resumed(at=moment(0)), *FINE[:2], tick(30), marked_down(40)]
    memory = fold(config, *heard)  # nobody ever heard of the radio
    memory = step(config, memory, Resumed(at=moment(500), since=moment(41)))

    memory = step(config, memory, withdrawn(501))

    assert backup(memory, config).channel == "sms"
    assert backup(memory, config).independent


def test_every_likely_cause_must_leave_them_independent() -> None:
    """The failed call may be the carrier's fault; then teams has only the fibre."""
    config = plan(
        *TOWN.components.values(),
        channel("teams", [FIBRE, MOBILE]),
        channel("mail", FIBRE),
        channel("call", MOBILE),
        line("teams", "mail", "call"),
    )
    fine = [result(name, "o", 1) for name in config.channels]
    failed = [result("call", "x", second) for second in (10, 15)]

    memory = fold(config, *fine, *failed)

    assert (MOBILE,) in memory.suspects
    assert backup(memory, config).shares == (FIBRE,)


def test_a_backup_that_a_battery_feeds_shares_its_mains_later() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=3600.0),
        channel("sms", "carrier:a"),
        channel("phone", "power:grid", autonomy_s=7200.0),
    )
    memory = fold(config, result("sms", "o", 1), result("phone", "o", 1))

    assert backup(memory, config).independent
    assert backup(memory, config).shares_later == ("power:grid",)


FEW = st.frozensets(st.sampled_from(COMPONENTS), max_size=3)
CUTS = st.sets(
    st.frozensets(st.sampled_from(COMPONENTS), min_size=1, max_size=2), max_size=3
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Config, World, list[Explained]]:
    parts = [
        component(name, *draw(needs_among(COMPONENTS[:place])))
        for place, name in enumerate(COMPONENTS)
    ]
    channels = [channel(name, *draw(needs_among(COMPONENTS))) for name in "ab"]
    config = plan(*parts, *channels)
    down = draw(FEW)
    suspects = [tuple(sorted(cut)) for cut in draw(CUTS)]
    explained = [Explained(channels=(), suspects=tuple(suspects))]
    return config, World(of(config).falls(down)), explained


@settings(max_examples=share_of(500))
@given(worlds())
def test_never_independent_where_one_failure_of_what_is_left_takes_both(
    drawn: tuple[Config, World, list[Explained]],
) -> None:
    config, world, explained = drawn
    if {channel_node("a"), channel_node("b")} & world.fallen:
        return

    worlds = independence.possible(config, world, world, explained)
    found = independence.among(config, worlds).shared("a", "b")

    supposed = [frozenset[str](), *map(frozenset, explained[0].likeliest)]
    lost = False
    for cause in supposed:
        fallen = of(config).falls(cause, world)
        left = [name for name in config.components if name not in fallen]
        takes = [of(config).falls(cause | {name}, world) for name in left] or [fallen]
        lost |= any(
            {channel_node("a"), channel_node("b")} <= each for each in [fallen, *takes]
        )
    assert found.independent == (not lost)


def one_by_one(config: Config, worlds: tuple[Possible, ...]) -> Overlap:
    """Look at each world in whole, whether or not it differs near the two."""
    nodes = of(config)
    pair = {channel_node("a"), channel_node("b")}
    both: set[str] = set()
    later: set[str] = set()
    lost = False
    for world, supposed in worlds:
        if pair.isdisjoint(world.fallen):
            now, ever = nodes.shared("a", "b", world)
            both, later = both | now, later | ever
        elif all(nodes.alone(name, world)[0] for name in pair - world.fallen):
            lost = True
            both |= (
                supposed & config.components.keys() if pair <= world.fallen else set()
            )
    return Overlap(
        independent=not both and not lost,
        at_once=nodes.ordered(both),
        later=nodes.ordered(later - both),
    )


@settings(max_examples=share_of(2000))
@given(worlds())
def test_worlds_that_differ_only_far_away_say_the_same(
    drawn: tuple[Config, World, list[Explained]],
) -> None:
    config, world, explained = drawn
    possible = independence.possible(config, world, world, explained)

    assert independence.among(config, possible).shared("a", "b") == one_by_one(
        config, possible
    )


def test_the_probe_of_a_component_that_failed_counts_as_much_as_a_word() -> None:
    watched = component(FIBRE, probes=(probe(FIBRE),))
    config = plan(watched, *list(TOWN.components.values())[1:], *TOWN.channels.values())
    fine = [*FINE, result(FIBRE, "o", 1)]
    failed = [result(FIBRE, "x", second) for second in (10, 15)]

    assert backup(fold(config, *fine, *failed), config).channel == "radio"
