"""What arrived together is settled once; what did not change is not decided anew."""

from collections.abc import Mapping
from typing import Any

import pytest
from core.call_counts import counted
from core.random_events import events, plans
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import channel, component, fold, moment, plan, probe, result, tick
from soak import share_of

from secours.core import step as core
from secours.core.diagnosis import suspects
from secours.core.events import Event, Gathered, Measured, Replanned
from secours.core.memory import EMPTY, Memory
from secours.core.probing import aggregate
from secours.core.step import step
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.snapshot import Standing, State

SIZES = st.lists(st.integers(1, 6), min_size=1)


def together(*results: Measured) -> Gathered:
    return Gathered(results=results)


def gathered(kept: list[Event], sizes: list[int]) -> list[Event]:
    """Put results that follow each other into batches of these sizes.

    Of one probe only one in each: it runs once at a time.
    """
    found: list[Event] = []
    batch: list[Measured] = []
    left = list(sizes)
    for each in kept:
        probe_id = each.result.probe if isinstance(each, Measured) else None
        known = [of.result.probe for of in batch]
        if batch and (len(batch) >= left[0] or probe_id in (None, *known)):
            found.append(together(*batch))
            batch, left = [], [*left[1:], left[0]]
        if isinstance(each, Measured):
            batch.append(each)
        else:
            found.append(each)
    return [*found, *([together(*batch)] if batch else [])]


def folded(config: Config, kept: list[Event]) -> list[Memory]:
    memories = [step(config, EMPTY, Replanned(at=moment(0)))]
    for each in kept:
        memories.append(step(config, memories[-1], each))
    return memories


def undated(standings: Mapping[str, Standing]) -> dict[str, Standing]:
    return {name: replace(each, since=None) for name, each in standings.items()}


@settings(max_examples=share_of(500), deadline=None)
@given(plans(), events())
def test_a_batch_of_one_is_a_result(config: Config, kept: list[Event]) -> None:
    assert folded(config, gathered(kept, [1])) == folded(config, kept)


@settings(max_examples=share_of(500), deadline=None)
@given(plans(), events(), SIZES, st.randoms(use_true_random=True))
def test_the_order_in_which_a_batch_is_told_does_not_matter(
    config: Config, kept: list[Event], sizes: list[int], rng: Any
) -> None:
    told = gathered(kept, sizes)
    again = [
        together(*rng.sample(each.results, len(each.results)))
        if isinstance(each, Gathered)
        else each
        for each in told
    ]
    assert folded(config, again) == folded(config, told)


@settings(max_examples=share_of(500), deadline=None)
@given(plans(), st.data())
def test_a_round_told_at_once_ends_as_one_told_one_by_one(
    config: Config, data: st.DataObject
) -> None:
    """Where nothing was known, nothing rests on which of them was settled first.

    But since when: between them, one after another, more may have been suspected.
    """
    letters = data.draw(st.lists(st.sampled_from("oox"), min_size=6, max_size=6))
    owners = ["sms", "mail", "chat", "sms/udp", "mail/udp", "chat/udp"]
    results = [result(o, x, 5.0) for o, x in zip(owners, letters, strict=True)]

    one_by_one = folded(config, [*results, tick(6)])[-1]
    at_once = folded(config, [together(*results), tick(6)])[-1]

    assert undated(at_once.channels) == undated(one_by_one.channels)
    assert undated(at_once.components) == undated(one_by_one.components)
    assert at_once.explanations == one_by_one.explanations


@settings(max_examples=share_of(500), deadline=None)
@given(plans(), events(), SIZES)
def test_what_is_kept_of_what_did_not_change_is_what_would_be_decided_anew(
    config: Config, kept: list[Event], sizes: list[int]
) -> None:
    told = gathered(kept, sizes)
    reused = folded(config, told)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            aggregate,
            "measured",
            lambda config, node, *asked: aggregate.standing(
                config.owners[node].probes, *asked
            ),
        )
        anew = folded(config, told)

    assert reused == anew


@settings(max_examples=share_of(500), deadline=None)
@given(plans(), events())
def test_what_no_cause_can_take_need_not_be_asked_after(
    config: Config, kept: list[Event]
) -> None:
    everything = [*config.components, *map(channel_node, config.channels)]
    asked = folded(config, kept)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            suspects,
            "taking",
            lambda _config, found, world: {
                n: [*found] for n in everything if n not in world.fallen
            },
        )
        all_asked = folded(config, kept)

    assert asked == all_asked


def test_a_batch_is_settled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    config = plan(*map(channel, "abcdef"))
    settled = counted(monkeypatch, core, "_settle")
    first = fold(config)
    settled.clear()

    memory = step(config, first, together(*(result(n, "o", 1.0) for n in "abcdef")))

    assert len(settled) == 1
    assert all(c.state is State.AVAILABLE for c in memory.channels.values())
    assert memory.at == moment(1.0)


def test_a_batch_that_says_nothing_new_is_not_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = plan(*map(channel, "abc"))
    known = fold(config, *(result(n, "o", 1.0) for n in "abc"), tick(2))
    settled = counted(monkeypatch, core, "_settle")

    step(config, known, together(*(result(n, "o", 16.0) for n in "abc")))

    assert not settled


def test_what_grew_stale_between_two_results_of_a_batch_did_so_at_its_time() -> None:
    config = plan(channel("a", probes=(probe("a", stale_after_s=10.0),)), channel("b"))
    first = fold(config, result("a", "o", 0.0), result("b", "o", 0.0))

    memory = step(
        config, first, together(result("b", "x", 9.0), result("b", "x", 12.0))
    )

    (stale,) = [change for change in memory.fresh if change.name == "a"]
    assert stale.after == State.UNKNOWN
    assert 10.0 < stale.at.steady_s - moment(0).steady_s < 10.1


def test_what_was_measured_in_time_is_not_stale_because_it_was_taken_in_late() -> None:
    config = plan(channel("a", probes=(probe("a", stale_after_s=10.0),)), channel("b"))
    first = fold(config, result("a", "o", 0.0), result("b", "o", 0.0))

    memory = step(
        config, first, together(result("a", "o", 9.0), result("b", "o", 12.0))
    )

    assert not memory.fresh
    assert memory.channels["a"].state is State.AVAILABLE


def test_many_that_change_cost_one_look_at_each_that_did_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"c{n}" for n in range(40)]
    config = plan(component("carrier:x"), *(channel(n, "carrier:x") for n in names))
    memory = fold(config, together(*(result(n, "o", 1.0) for n in names)))
    looked = counted(monkeypatch, aggregate, "standing")

    step(config, memory, result("c7", "x", 20.0))

    assert len(looked) == 1
