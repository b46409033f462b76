import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import channel, component, fold, moment, plan, probe, result, shot, tick
from soak import share_of

from secours.core.events import Measured, Replanned, Ticked
from secours.core.memory import Memory
from secours.core.step import step
from secours.model.observed import Reason, failed
from secours.model.plan import Config
from secours.model.sections.channel import Path, Probe
from secours.model.snapshot import Change, Snapshot, State

NAMES = ("a", "b", "power:grid")
PATHS = (Path(name="lan"), Path(name="4g"))
CONFIG = plan(
    component("power:grid", probes=(probe("power:grid"),)),
    component("carrier:a", "power:grid", autonomy_s=1200.0),
    channel("a", "carrier:a"),
    channel("b"),
    channel("radio", ["carrier:a"], probes=()),
    Path(
        name="lan",
        references=(probe("lan", "dns", id="paths/lan/dns", via="lan"),),
    ),
    failback_after_s=120.0,
)

histories = st.lists(
    st.tuples(
        st.sampled_from(("a", "b", "power:grid", "path lan/dns")),
        st.sampled_from("odx?"),
        st.integers(1, 400),
    ),
    max_size=30,
)


def written(history: list[tuple[str, str, int]]) -> list[Measured]:
    second, events = 0.0, []
    for name, letter, wait_s in history:
        second += wait_s
        events.append(result(name, letter, second))
    return events


def transitions(events: list[Measured | Ticked]) -> list[Change]:
    memory = step(CONFIG, Memory(), Replanned(at=moment(0)))
    changes = list(memory.fresh)
    for event in events:
        memory = step(CONFIG, memory, event)
        changes += memory.fresh
    return changes


@settings(max_examples=share_of(500))
@given(history=histories, ticks=st.lists(st.integers(1, 9000), max_size=20))
def test_delays_count_from_the_events_however_often_the_clock_ticks(
    history: list[tuple[str, str, int]], ticks: list[int]
) -> None:
    events: list[Measured | Ticked] = list(written(history))
    end = tick(20_000)
    extra = [tick(second) for second in ticks]

    ticked = sorted([*events, *extra], key=lambda event: event.at.steady_s)

    assert transitions([*ticked, end]) == transitions([*events, end])


@settings(max_examples=share_of(500))
@given(history=histories)
def test_folding_again_gives_the_same_snapshot(
    history: list[tuple[str, str, int]],
) -> None:
    events = written(history)

    first, again = fold(CONFIG, *events), fold(CONFIG, *events)

    assert shot(CONFIG, first) == shot(CONFIG, again)


@settings(max_examples=share_of(500))
@given(history=histories, cut=st.integers(0, 30))
def test_memory_that_was_put_away_goes_on_as_if_nothing_had_happened(
    history: list[tuple[str, str, int]], cut: int
) -> None:
    events = written(history)
    kept = msgspec.json.encode(fold(CONFIG, *events[:cut]))

    memory = msgspec.json.decode(kept, type=Memory)
    for event in events[cut:]:
        memory = step(CONFIG, memory, event)

    assert replace(memory, fresh=()) == replace(fold(CONFIG, *events), fresh=())


@settings(max_examples=share_of(500))
@given(history=histories)
def test_snapshot_survives_the_file_it_is_published_in(
    history: list[tuple[str, str, int]],
) -> None:
    snapshot = shot(CONFIG, fold(CONFIG, *written(history)))

    again = msgspec.json.decode(msgspec.json.encode(snapshot), type=Snapshot)

    assert again == snapshot


def test_result_grows_stale_at_its_own_time_not_at_the_next_tick() -> None:
    config = plan(channel("a"), channel("b", probes=()))
    memory = fold(config, result("a", "o", 85), result("a", "o", 100))

    memory = step(config, memory, tick(900))

    stale = memory.channels["a"]
    assert stale.state is State.UNKNOWN
    assert stale.since is not None
    assert 145 < stale.since.since(moment(0)) < 145.1  # 3 x watch_every


def test_late_result_does_not_turn_the_clock_back() -> None:
    config = plan(channel("a"))
    memory = fold(config, tick(100), result("a", "o", 90))

    assert memory.at == moment(100)
    assert memory.channels["a"].state is State.AVAILABLE


def test_change_names_both_states_and_the_reason() -> None:
    config = plan(channel("a"), channel("b"))
    memory = fold(config, result("a", "o", 1), result("b", "o", 1))

    for second in (10, 15):
        memory = step(config, memory, result("a", "x", second))

    assert [(c.subject, c.name, c.before, c.after) for c in memory.fresh] == [
        ("channel", "a", "available", "down"),
        ("line", "coordinate/management", "a", "b"),
    ]
    assert memory.fresh[0].reason == "refused"
    assert memory.changes[:2] == tuple(reversed(memory.fresh))


def test_new_plan_forgets_what_it_tests_in_another_way() -> None:
    config = plan(channel("a"), channel("b"))
    memory = fold(config, result("a", "o", 1), result("b", "o", 1))
    changed = plan(
        channel("a", probes=(probe("a", settings="another host"),)), channel("b")
    )

    memory = step(changed, memory, Replanned(at=moment(2)))

    assert memory.channels["a"].state is State.UNKNOWN
    assert memory.channels["b"].state is State.AVAILABLE


def test_result_over_another_path_says_nothing_of_the_one_the_plan_has_now() -> None:
    def over(name: str) -> Config:
        return plan(channel("a", probes=(probe("a", via=name),)), *PATHS)

    memory = fold(over("lan"), result("a", "o", 1))

    same = step(over("lan"), memory, Replanned(at=moment(2)))
    other = step(over("4g"), memory, Replanned(at=moment(2)))

    assert same.channels["a"].state is State.AVAILABLE
    assert other.channels["a"].state is State.UNKNOWN


@pytest.mark.parametrize(
    ("before_s", "after_s"), [(2000.0, 90.0), (90.0, 2000.0)], ids=["less", "more"]
)
def test_results_count_for_as_long_as_the_plan_in_force_says(
    before_s: float, after_s: float
) -> None:
    def lasting(seconds: float) -> Config:
        return plan(channel("a", probes=(probe("a", stale_after_s=seconds),)))

    def counts(memory: Memory, second: float) -> bool:
        then = step(lasting(after_s), memory, tick(second))
        return then.channels["a"].state is State.AVAILABLE

    memory = fold(lasting(before_s), result("a", "o", 0))
    edited = step(lasting(after_s), memory, Replanned(at=moment(50)))

    assert counts(edited, after_s - 1)
    assert not counts(edited, after_s + 1)


@pytest.mark.parametrize("owner", ["a", "b"], ids=["in use", "backup"])
def test_longer_interval_leaves_no_gap_in_what_is_known(owner: str) -> None:
    def every(seconds: float) -> Config:
        def rare(name: str) -> Probe:
            return probe(name, interval_s=seconds, interval_written=True)

        return plan(*(channel(name, probes=(rare(name),)) for name in "ab"))

    memory = fold(every(60.0), result("a", "o", 0), result("b", "o", 0))
    edited = step(every(600.0), memory, Replanned(at=moment(10)))
    next_test = step(every(600.0), edited, tick(600))

    assert next_test.channels[owner].state is State.AVAILABLE


def test_new_plan_drops_the_channels_it_has_not() -> None:
    memory = fold(plan(channel("a"), channel("b")), result("b", "o", 1))
    config = plan(channel("a"))

    memory = step(config, memory, Replanned(at=moment(2)))

    assert set(memory.channels) == {"a"}
    assert [(c.name, c.before, c.after, c.at) for c in memory.fresh] == [
        ("b", State.AVAILABLE, "", moment(2))
    ]
    assert [view.name for view in shot(config, memory).channels] == ["a"]


def test_result_of_a_probe_the_plan_no_longer_has_is_ignored() -> None:
    memory = fold(plan(channel("a")), result("gone", "o", 1))

    assert set(memory.probes) == set()


def test_starting_says_nothing_changed_hands_before_all_is_measured() -> None:
    config = plan(channel("a"), channel("b"))

    memory = fold(config, result("b", "o", 1), result("a", "o", 2))

    assert [c for c in memory.changes if c.subject == "line"] == []


def test_how_long_leaving_a_failed_channel_took_is_said_with_what_it_may_take() -> None:
    """Counted from the first failed test; the limit from the failure itself."""
    config = plan(channel("a"), channel("b"))
    first = [result("a", "o", 0), result("b", "o", 0)]

    memory = fold(config, *first, result("a", "x", 15), result("a", "x", 20))

    [change] = [each for each in memory.fresh if each.subject == "line"]
    assert change.facts == {"took_s": 5.0, "limit_s": 15 + 10 + 5 + 10}


def test_a_peer_that_asked_to_be_left_alone_is_left_that_much_later() -> None:
    config = plan(channel("a"), channel("b"))
    first = [result("a", "o", 0), result("b", "o", 0)]
    busy = replace(failed(Reason.STATUS), retry_after_s=30.0)

    memory = fold(config, *first, result("a", busy, 15), result("a", busy, 45))

    [change] = [each for each in memory.fresh if each.subject == "line"]
    assert change.facts == {"took_s": 30.0, "limit_s": 15 + 10 + 30 + 10}


def test_leaving_what_has_not_failed_is_no_switch_to_be_measured() -> None:
    config = plan(channel("a"), channel("b"))
    first = [result("a", "o", 0), result("b", "o", 0)]

    memory = fold(config, *first, result("a", "d", 15), result("a", "d", 20))

    [change] = [each for each in memory.fresh if each.subject == "line"]
    assert change.facts == {}
