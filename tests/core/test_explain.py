from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from plans import channel, component, fold, needs_among, plan, probe, result, shot

from secours.core import dependencies
from secours.core.explain import Explanation, explain
from secours.model import Config, Snapshot

META = component("provider:meta")


def seen(config: Config, *states: str) -> Snapshot:
    """Return a snapshot after each `name letter`, twice so that it is confirmed."""
    events = [
        result(state[:-2], state[-1], second)
        for second in (1.0, 2.0)
        for state in states
    ]
    return shot(config, fold(config, *events))


def test_a_suspect_explains_what_fails_with_it() -> None:
    config = plan(
        META,
        component("cloud:x"),
        channel("whatsapp", "provider:meta"),
        channel("messenger", "provider:meta"),
        channel("phone"),
        channel("page", "provider:meta", probes=()),
    )

    found = explain(config, seen(config, "whatsapp x", "messenger x", "phone o"))

    assert found.suspects[0].names == ("provider:meta",)
    assert found.suspects[0].explains == ("channel:messenger", "channel:whatsapp")
    assert found.suspects[0].takes == ("channel:page",)
    assert found.suspects[1].names == ("channel:messenger", "channel:whatsapp")
    assert found.ask is None


def test_what_something_works_through_is_cleared_by_it() -> None:
    config = plan(
        META,
        channel("whatsapp", "provider:meta"),
        channel("messenger", "provider:meta"),
    )

    found = explain(config, seen(config, "whatsapp x", "messenger o"))

    assert [suspect.names for suspect in found.suspects] == [("channel:whatsapp",)]
    assert found.cleared == {"provider:meta": ("channel:messenger",)}


def test_of_several_likely_ones_it_says_what_would_tell_them_apart() -> None:
    config = plan(
        component("internet:fibre"),
        component("cloud:x"),
        channel("teams", "internet:fibre", "cloud:x"),
    )

    found = explain(config, seen(config, "teams x"))

    assert len({len(suspect.names) for suspect in found.suspects}) == 1
    assert found.ask in ("internet:fibre", "cloud:x")


def test_while_nothing_fails_there_is_nothing_to_explain() -> None:
    config = plan(META, channel("whatsapp", "provider:meta"))

    assert explain(config, seen(config, "whatsapp o")) == Explanation()


def test_somebody_s_word_is_no_failure_to_explain() -> None:
    hint = probe("whatsapp", "page", hint=True)
    own = probe("whatsapp")
    config = plan(META, channel("whatsapp", "provider:meta", probes=(own, hint)))
    shown = seen(config, "whatsapp x", "whatsapp/page o")

    assert explain(config, shown).cleared == {}


def test_a_plan_that_is_not_the_one_of_the_snapshot_breaks_nothing() -> None:
    config = plan(META, channel("whatsapp", "provider:meta"))
    shown = replace(seen(config, "whatsapp x"), suspects=(("gone:x",),))

    found = explain(plan(channel("other")), shown)

    assert found.suspects[0].explains == ()


NAMES = ("a", "b", "c", "d")
PARTS = ["provider:p", "cloud:q", "carrier:r"]


@st.composite
def outages(draw: st.DrawFn) -> tuple[Config, list[str]]:
    """Draw a plan of four channels, and what a probe of each says."""
    parts = [
        component(name, *draw(needs_among(PARTS[:place])))
        for place, name in enumerate(PARTS)
    ]
    channels = [channel(name, *draw(needs_among(PARTS))) for name in NAMES]
    letters = draw(st.lists(st.sampled_from("ox?"), min_size=4, max_size=4))
    states = [f"{n} {letter}" for n, letter in zip(NAMES, letters, strict=True)]
    return plan(*parts, *channels), states


@settings(max_examples=150, deadline=None)
@given(outages())
def test_every_suspect_explains_all_that_fails_and_nothing_cleared_could(
    outage: tuple[Config, list[str]],
) -> None:
    config, states = outage
    shown = seen(config, *states)
    failing = {f"channel:{s[0]}" for s in states if s.endswith("x")}
    working = {f"channel:{s[0]}" for s in states if s.endswith("o")}

    found = explain(config, shown)

    assert [suspect.names for suspect in found.suspects] == list(shown.suspects)
    for suspect in found.suspects:
        groups = [
            {f"channel:{name}" for name in each.channels}
            for each in shown.explanations
            if suspect.names in each.suspects
        ]
        assert any(group <= set(suspect.explains) for group in groups)
    for name, by in found.cleared.items():
        taken = dependencies.of(config).falls(frozenset({name}))
        assert set(by) == taken & working
        assert taken & failing


def test_a_success_that_the_plan_rules_out_is_in_the_snapshot() -> None:
    config = plan(
        component("carrier:a", probes=(probe("carrier:a"),)),
        channel("sms", "carrier:a"),
        channel("mail"),
    )
    down = [result("carrier:a", "x", second) for second in (1.0, 2.0)]
    works = result("sms", "o", 3.0)

    assert shot(config, fold(config, *down)).contradictions == ()
    assert shot(config, fold(config, *down, works)).contradictions == (
        ("carrier:a", "sms"),
    )
