from itertools import product
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st
from plans import COMPONENTS, channel, component, needs_among, plan
from soak import share_of

from secours.core.graph.dependencies import Dependencies, World
from secours.model.nodes import channel_node
from secours.model.plan import Config

AUTONOMIES_S = st.sampled_from([None, 1.0, 3.0])
AUTONOMIES_OF_CHANNELS_S = st.sampled_from([None, 2.0])


@st.composite
def plans(draw: st.DrawFn) -> Config:
    """Draw a plan in which a component needs only components before it."""
    parts = []
    for index, name in enumerate(COMPONENTS):
        parts.append(
            component(
                name,
                *draw(needs_among(COMPONENTS[:index])),
                autonomy_s=draw(AUTONOMIES_S),
            )
        )
    names = [f"c{n}" for n in range(draw(st.integers(2, 5)))]
    ways = [
        channel(
            name,
            *draw(needs_among(COMPONENTS)),
            autonomy_s=draw(AUTONOMIES_OF_CHANNELS_S),
        )
        for name in names
    ]
    return plan(*parts, *ways)


def lives(config: Config, roots: dict[str, float]) -> dict[str, float]:
    """Let time run second by second and note when each node falls."""
    needs = {c.name: (c.needs, c.autonomy_s or 0) for c in config.components.values()}
    needs |= {
        channel_node(c.name): (c.needs, c.autonomy_s or 0)
        for c in config.channels.values()
    }
    fallen: dict[str, float] = {}
    for now in range(20):
        before = None
        while before != len(fallen):  # until every domino of this second has fallen
            before = len(fallen)
            for name, (clauses, autonomy_s) in needs.items():
                dry = any(runs_dry(c, fallen, autonomy_s, now) for c in clauses)
                if dry or roots.get(name, inf) <= now:
                    fallen.setdefault(name, now)
    return {name: fallen.get(name, inf) for name in needs}


def runs_dry(
    clause: tuple[str, ...], fallen: dict[str, float], autonomy_s: float, now: int
) -> bool:
    """Tell whether nothing of this clause is left, and no autonomy either."""
    if not all(need in fallen for need in clause):
        return False
    fed = any(need.startswith("power:") for need in clause)
    return now >= max(fallen[need] for need in clause) + (autonomy_s if fed else 0)


@settings(max_examples=share_of(500))
@given(
    config=plans(),
    roots=st.dictionaries(
        st.sampled_from(COMPONENTS), st.integers(0, 3).map(float), max_size=3
    ),
)
def test_fall_times_equal_a_clock_that_runs_second_by_second(
    config: Config, roots: dict[str, float]
) -> None:
    times = Dependencies(config).fall_times(roots)

    assert times == lives(config, roots)


@settings(max_examples=share_of(500))
@given(config=plans())
def test_two_channels_share_what_takes_both(config: Config) -> None:
    dependencies = Dependencies(config)

    alone = {name: lives(config, {name: 0.0}) for name in config.components}
    for one, other in product(config.channels, repeat=2):
        at_once, later = dependencies.shared(one, other)
        for name, fallen in alone.items():
            latest = max(fallen[channel_node(one)], fallen[channel_node(other)])
            assert (name in at_once) == (latest == 0)
            assert (name in later) == (0 < latest < inf)


@settings(max_examples=share_of(500))
@given(config=plans())
def test_relatives_are_what_one_failure_takes_at_once_with_it(config: Config) -> None:
    nodes = [*config.components, *map(channel_node, config.channels)]
    together = [
        {name for name, time in lives(config, {root: 0.0}).items() if time == 0}
        for root in config.components
    ]

    dependencies = Dependencies(config)
    for name in nodes:
        fallen = set().union(*(taken for taken in together if name in taken))
        assert dependencies.relatives(name) == fallen - {name}


def test_channel_with_an_alternative_left_stands() -> None:
    config = plan(
        component("internet:fibre"),
        component("carrier:a"),
        channel("signal", ["internet:fibre", "carrier:a"]),
    )

    times = Dependencies(config).fall_times({"internet:fibre": 5.0})

    assert times[channel_node("signal")] == inf


def test_fed_component_lives_on_for_its_autonomy() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=3600.0),
        channel("sms", "carrier:a"),
    )
    dependencies = Dependencies(config)

    times = dependencies.fall_times({"power:grid": 10.0})

    assert times[channel_node("sms")] == 3610.0
    assert dependencies.cause(channel_node("sms"), times) == "carrier:a"


def test_proof_after_the_fall_lets_a_node_stand_and_what_hangs_on_it() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid"),
        channel("sms", "carrier:a"),
    )

    times = Dependencies(config).fall_times({"power:grid": 10.0}, {"carrier:a": 11.0})

    assert times[channel_node("sms")] == inf


def test_what_falls_later_by_autonomy_is_no_failure_at_once() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=60.0),
        component("carrier:b", "power:grid", autonomy_s=90.0),
        channel("sms", "carrier:a"),
        channel("call", "carrier:b"),
    )

    at_once, later = Dependencies(config).shared("sms", "call")
    assert not at_once
    assert later == {"power:grid"}


@settings(max_examples=share_of(500))
@given(config=plans(), down=st.sets(st.sampled_from(COMPONENTS), max_size=3))
def test_what_takes_a_node_alone_in_the_world_as_it_is(
    config: Config, down: set[str]
) -> None:
    """Each component is tried, beside those that are down already."""
    nodes = Dependencies(config)
    world = World(nodes.falls(frozenset(down & config.components.keys())))

    for name in set(nodes.falls(frozenset(config.components))) - world.fallen:
        takers = {
            part
            for part in config.components
            if part not in world.fallen and name in nodes.falls(world.fallen | {part})
        }
        assert nodes.alone(name, world)[0] == takers
        singles = {cut for cut in nodes.cuts(name, world) if len(cut) == 1}
        assert {part for (part,) in singles} & config.components.keys() == takers
