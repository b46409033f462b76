from random import Random

from brute import domino, random_plan, smallest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import COMPONENTS, channel, component, needs_among, plan

from secours.core.dependencies import node, way
from secours.core.diagnose import Observation, suspects
from secours.model import Config, Path

NAMES = [f"c{n}" for n in range(5)]


@st.composite
def situations(draw: st.DrawFn) -> tuple[Config, Observation]:
    """Draw a plan with two paths, and for each channel what its probes say."""
    parts = [
        component(
            name,
            *draw(needs_among(COMPONENTS[:index])),
            autonomy_s=draw(st.sampled_from([None, 60.0])),
        )
        for index, name in enumerate(COMPONENTS)
    ]
    ways = [channel(name, *draw(needs_among(COMPONENTS))) for name in NAMES]
    paths = [
        Path(name=name, needs=tuple(map(tuple, draw(needs_among(COMPONENTS)))))
        for name in ("lan", "4g")
    ]
    failing: set[frozenset[str]] = set()
    working: set[frozenset[str]] = set()
    for name in NAMES:
        for path in draw(st.sets(st.sampled_from(["lan", "4g", None]), max_size=2)):
            through = {node(name)} | ({way(path)} if path else set())
            (failing if draw(st.booleans()) else working).add(frozenset(through))
    spent = draw(st.frozensets(st.sampled_from(COMPONENTS), max_size=2))
    return plan(*parts, *ways, *paths), Observation(
        failing=frozenset(failing), working=frozenset(working), spent=spent
    )


def brute_force(config: Config, seen: Observation) -> set[frozenset[str]]:
    """Try every set of up to three."""
    fallen = domino(config, seen.spent)

    def explains(down: set[str]) -> bool:
        gone = fallen(down)
        if not all(through & gone for through in seen.failing):
            return False
        stands = fallen(name for name in down if not name.startswith("channel:"))
        return not any(through & stands for through in seen.working)

    everything = [*config.components, *map(node, config.channels)]
    everything += map(way, config.paths)
    return smallest(everything, explains) if seen.failing else set()


def random_situation(rng: Random) -> tuple[Config, Observation]:
    """Make a small plan, and for each channel what its probes say."""
    config = random_plan(rng, components=5, channels=3, paths=1)
    failing: set[frozenset[str]] = set()
    working: set[frozenset[str]] = set()
    for name in config.channels:
        for path in (None, *config.paths):
            through = {node(name)} | ({way(path)} if path else set())
            said = rng.choice((failing, failing, working, None))
            if said is not None:
                said.add(frozenset(through))
    spent = frozenset(name for name in config.components if rng.random() < 0.2)
    return config, Observation(
        failing=frozenset(failing), working=frozenset(working), spent=spent
    )


def test_suspects_of_many_small_plans_equal_trying_every_set() -> None:
    rng = Random(33)
    for _ in range(10_000):
        config, seen = random_situation(rng)

        found = suspects(config, seen)

        assert set(map(frozenset, found)) == brute_force(config, seen)


@settings(max_examples=60)
@given(situation=situations())
def test_suspects_equal_trying_every_set(
    situation: tuple[Config, Observation],
) -> None:
    config, seen = situation

    found = suspects(config, seen)

    assert set(map(frozenset, found)) == brute_force(config, seen)
    assert len(found) == len(set(found))
    assert [len(cut) for cut in found] == sorted(len(cut) for cut in found)


def seen_down(*names: str, up: tuple[str, ...] = ()) -> Observation:
    return Observation(
        failing=frozenset(frozenset({node(name)}) for name in names),
        working=frozenset(frozenset({node(name)}) for name in up),
    )


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
    failing = frozenset({frozenset({node("sms")})})

    before = suspects(config, Observation(failing=failing))
    after = suspects(
        config, Observation(failing=failing, spent=frozenset({"carrier:a"}))
    )

    assert ("power:grid",) not in before
    assert ("power:grid",) in after
