from collections.abc import Callable
from functools import partial, reduce
from itertools import combinations
from operator import or_
from random import Random

from brute import domino, random_plan, smallest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import COMPONENTS, channel, component, needs_among, plan
from soak import share_of

from secours.core.diagnosis.observation import Failure, Observation
from secours.core.diagnosis.suspects import explain, together_explain
from secours.core.graph.dependencies import World
from secours.model.nodes import channel_node, path_node
from secours.model.plan import Config
from secours.model.sections.channel import Path

NAMES = [f"c{n}" for n in range(5)]


MOMENTS = 3  # at which failures began
AUTONOMIES_S = st.sampled_from([None, 60.0])
WAYS = st.sets(st.sampled_from(["lan", "4g", None]), max_size=2)
FEW = st.frozensets(st.sampled_from(COMPONENTS), max_size=2)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Config, Observation]:
    """Draw a plan with two paths, and for each channel what its probes say."""
    parts = [
        component(
            name,
            *draw(needs_among(COMPONENTS[:index])),
            autonomy_s=draw(AUTONOMIES_S),
        )
        for index, name in enumerate(COMPONENTS)
    ]
    ways = [channel(name, *draw(needs_among(COMPONENTS))) for name in NAMES]
    paths = [
        Path(name=name, needs=tuple(map(tuple, draw(needs_among(COMPONENTS)))))
        for name in ("lan", "4g")
    ]
    config = plan(*parts, *ways, *paths)
    failing: dict[frozenset[str], int] = {}
    working: set[tuple[str, int]] = set()
    for name in NAMES:
        for path in draw(WAYS):
            through = frozenset(
                {channel_node(name)} | ({path_node(path)} if path else set())
            )
            order = draw(st.integers(0, MOMENTS - 1))
            if draw(st.booleans()):
                failing[through] = order
            else:
                working |= {(each, order + 1) for each in through}
    return config, _seen(config, failing, working, draw(FEW), draw(FEW))


def random_situation(rng: Random) -> tuple[Config, Observation]:
    """Make a small plan, and for each channel what its probes say."""
    config = random_plan(rng, components=5, channels=3, paths=1)
    failing: dict[frozenset[str], int] = {}
    working: set[tuple[str, int]] = set()
    for name in config.channels:
        for path in (None, *config.paths):
            through = frozenset(
                {channel_node(name)} | ({path_node(path)} if path else set())
            )
            said = rng.choice(("failed", "failed", "works", None))
            if said == "failed":
                failing[through] = rng.randrange(MOMENTS)
            elif said == "works":
                working |= {(each, rng.randint(1, MOMENTS)) for each in through}
    spent = frozenset(name for name in config.components if rng.random() < 0.2)
    base = frozenset(name for name in config.components if rng.random() < 0.1)
    return config, _seen(config, failing, working, base, spent)


def _seen(
    config: Config,
    failing: dict[frozenset[str], int],
    working: set[tuple[str, int]],
    base: frozenset[str],
    spent: frozenset[str],
) -> Observation:
    """Put an observation together as `observe` does: what fell explains itself."""
    fallen = frozenset(domino(config, spent)(base))
    return Observation(
        failing=frozenset(
            Failure(through, order)
            for through, order in failing.items()
            if not through & fallen
        ),
        working=frozenset(each for each in working if each[0] not in fallen),
        world=World(fallen, spent),
    )


def brute_force(config: Config, seen: Observation) -> list[set[frozenset[str]]]:
    """Try every set of up to three, for each group that may have a cause in common."""
    fallen = domino(config, seen.world.spent)
    everything = [*config.components, *map(channel_node, config.channels)]
    everything += map(path_node, config.paths)

    def innocent(down: set[str], order: int) -> bool:
        stands = fallen({n for n in down if not is_channel(n)} | seen.world.fallen)
        return not any(n in stands for n, newer in seen.working if newer > order)

    def blames(down: set[str], failure: Failure) -> bool:
        gone = fallen(down | seen.world.fallen)
        return bool(failure.through & gone) and innocent(down, failure.order)

    alone = {f: smallest(everything, partial(_flip(blames), f)) for f in seen.failing}
    found = []
    for group in _groups(alone):
        newest = max(failure.order for failure in group)

        def explains(
            down: set[str], group: set[Failure] = group, newest: int = newest
        ) -> bool:
            parts = [{cut for cut in alone[f] if cut <= down} for f in group]
            return all(parts) and innocent(down, newest)

        found.append(smallest(everything, explains))
    return found


def _flip(
    blames: Callable[[set[str], Failure], bool],
) -> Callable[[Failure, set[str]], bool]:
    return lambda failure, down: blames(down, failure)


def _groups(alone: dict[Failure, set[frozenset[str]]]) -> list[set[Failure]]:
    """Join failures until no two groups could have a component in common."""
    groups = [{failure} for failure in alone]

    def names(group: set[Failure]) -> set[str]:
        return {name for f in group for cut in alone[f] for name in cut}

    while True:
        pairs = [(a, b) for a, b in combinations(groups, 2) if names(a) & names(b)]
        if not pairs:
            return groups
        a, b = pairs[0]
        groups = [each for each in groups if each not in (a, b)] + [a | b]


def is_channel(name: str) -> bool:
    return name.startswith("channel:")


def check(config: Config, seen: Observation) -> None:
    expected = brute_force(config, seen)

    found = explain(config, seen)

    assert len(found) == len(expected)
    whole = [set(map(frozenset, each.suspects)) for each in found if each.suspects]
    for cuts in expected:
        assert not cuts or cuts in whole
    for each in found:
        sizes = [len(cut) for cut in each.suspects]
        assert sizes == sorted(sizes)
        assert len(each.suspects) == len(set(each.suspects))
        if set(map(frozenset, each.suspects)) not in expected:
            assert each.unexplained, "what explains only a part says so"


def test_suspects_of_many_small_plans_equal_trying_every_set() -> None:
    rng = Random(33)
    for _ in range(share_of(10_000)):
        check(*random_situation(rng))


@settings(max_examples=share_of(500), deadline=None)
@given(situation=situations())
def test_suspects_equal_trying_every_set(
    situation: tuple[Config, Observation],
) -> None:
    check(*situation)


def seen_down(*names: str, up: tuple[str, ...] = ()) -> Observation:
    return Observation(
        failing=frozenset(
            Failure(frozenset({channel_node(name)}), 0) for name in names
        ),
        working=frozenset((channel_node(name), 1) for name in up),
    )


def suspects(config: Config, seen: Observation) -> tuple[tuple[str, ...], ...]:
    return tuple(s for each in explain(config, seen) for s in each.suspects)


META = plan(
    component("provider:meta", prior=0.2),
    component("service:whatsapp", prior=0.5),
    component("carrier:a", prior=0.1),
    channel("whatsapp", "service:whatsapp", "provider:meta", "carrier:a"),
    channel("messenger", "provider:meta", "carrier:a"),
    channel("sms", "carrier:a"),
)


def test_two_channels_of_one_provider_are_one_failure() -> None:
    found = suspects(META, seen_down("whatsapp", "messenger", up=("sms",)))

    assert found[0] == ("provider:meta",)
    assert ("carrier:a",) not in found


def test_ambiguity_is_listed_the_likeliest_first_and_the_channel_alone_last() -> None:
    found = suspects(META, seen_down("whatsapp", up=("sms",)))

    assert found == (
        ("service:whatsapp",),
        ("provider:meta",),
        ("channel:whatsapp",),
    )


def test_what_a_working_channel_needs_is_exonerated() -> None:
    found = suspects(META, seen_down("whatsapp", up=("messenger",)))

    assert found == (("service:whatsapp",), ("channel:whatsapp",))


def test_nothing_failing_blames_nothing() -> None:
    assert suspects(META, seen_down(up=("sms",))) == ()


def test_alternatives_fall_together() -> None:
    config = plan(
        component("internet:fibre"),
        component("carrier:a"),
        channel("signal", ["internet:fibre", "carrier:a"]),
        channel("telegram", ["internet:fibre", "carrier:a"]),
    )

    found = suspects(config, seen_down("signal", "telegram"))

    assert found[0] == ("carrier:a", "internet:fibre")


def test_autonomy_that_has_run_out_lets_the_feed_be_blamed() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=60.0),
        channel("sms", "carrier:a"),
    )
    failing = frozenset({Failure(frozenset({channel_node("sms")}), 0)})
    spent = World(spent=frozenset({"carrier:a"}))

    before = suspects(config, Observation(failing=failing))
    after = suspects(config, Observation(failing=failing, world=spent))

    assert ("power:grid",) not in before
    assert ("power:grid",) in after


def test_a_success_older_than_the_failure_clears_nobody() -> None:
    older = Observation(
        failing=frozenset({Failure(frozenset({channel_node("whatsapp")}), 1)}),
        working=frozenset({(channel_node("messenger"), 1)}),
    )

    assert ("provider:meta",) in suspects(META, older)


def test_what_is_known_down_is_the_base_of_every_set_and_adds_nothing() -> None:
    config = plan(
        component("internet:fibre"),
        component("carrier:a"),
        channel("signal", ["internet:fibre", "carrier:a"]),
    )
    seen = Observation(
        failing=frozenset({Failure(frozenset({channel_node("signal")}), 0)}),
        world=World(fallen=frozenset({"internet:fibre"})),
    )

    assert suspects(config, seen) == (("carrier:a",), ("channel:signal",))


def test_four_causes_that_share_nothing_are_four_explanations() -> None:
    parts = [component(f"provider:{n}") for n in "abcd"]
    means = [channel(f"{n}{m}", f"provider:{n}") for n in "abcd" for m in "12"]
    config = plan(*parts, *means)

    found = explain(config, seen_down(*(mean.name for mean in means)))

    assert [each.suspects[0] for each in found] == [(f"provider:{n}",) for n in "abcd"]
    assert not any(each.unexplained for each in found)


def test_where_nothing_explains_all_what_explains_most_is_shown() -> None:
    """Four causes at once, and each two are bound by a channel that needs both."""
    names = "abcde"
    parts = [component(f"provider:{n}") for n in names]
    own = [channel(f"{n}{m}", f"provider:{n}") for n in names for m in "12"]
    bound = [channel(a + b, f"provider:{a}", f"provider:{b}") for a, b in ("ab", "bc")]
    bound += [channel("cd", "provider:c", "provider:d")]
    bound += [channel("de", "provider:d", "provider:e")]
    config = plan(*parts, *own, *bound)

    (found,) = explain(config, seen_down(*config.channels))

    assert ("provider:b", "provider:c", "provider:d") in found.suspects
    assert {"a1", "a2", "e1", "e2"} <= set(found.unexplained)


@settings(max_examples=share_of(500))
@given(
    st.dictionaries(
        st.frozensets(st.sampled_from("abcde"), min_size=1, max_size=3),
        st.integers(1, 63),
    )
)
def test_what_some_explain_together_is_what_their_parts_do(
    explains: dict[frozenset[str], int],
) -> None:
    found = dict(together_explain("dbace", explains))

    for some, mask in found.items():
        parts = (part for part in explains if part <= frozenset(some))
        assert mask == reduce(or_, (explains[part] for part in parts), 0)
    assert len(found) == 5 + 10 + 10
