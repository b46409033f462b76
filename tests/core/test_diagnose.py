from collections.abc import Iterable
from itertools import combinations

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


def fallen(config: Config, down: Iterable[str], spent: frozenset[str]) -> set[str]:
    """Let fall what falls, again and again until nothing more does."""
    needs = {c.name: (c.needs, c.autonomy_s or 0) for c in config.components.values()}
    needs |= {node(c.name): (c.needs, 0) for c in config.channels.values()}
    needs |= {way(p.name): (p.needs, 0) for p in config.paths.values()}
    gone, before = set(down), None
    while before != len(gone):
        before = len(gone)
        for name, (clauses, autonomy_s) in needs.items():
            lasting = autonomy_s > 0 and name not in spent
            for clause in clauses:
                fed = any(need.startswith("power:") for need in clause)
                if set(clause) <= gone and not (fed and lasting):
                    gone.add(name)
    return gone


def explains(config: Config, seen: Observation, down: tuple[str, ...]) -> bool:
    gone = fallen(config, down, seen.spent)
    shared = [name for name in down if not name.startswith("channel:")]
    stands = fallen(config, shared, seen.spent)
    return all(through & gone for through in seen.failing) and not any(
        through & stands for through in seen.working
    )


def brute_force(config: Config, seen: Observation) -> set[frozenset[str]]:
    """Try every set of up to three."""
    everything = [*config.components, *map(node, config.channels)]
    everything += map(way, config.paths)
    found: list[frozenset[str]] = []
    for size in range(4):
        for down in combinations(everything, size):
            if any(smaller <= set(down) for smaller in found):
                continue
            if explains(config, seen, down):
                found.append(frozenset(down))
    return set(found) if seen.failing else set()


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
