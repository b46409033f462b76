from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import (
    channel,
    component,
    fold,
    moment,
    needs_among,
    plan,
    probe,
    result,
    shot,
    tick,
)
from soak import share_of

from secours.core.diagnosis.explanation import Explanation, explain, spent
from secours.core.events import Said
from secours.core.graph import dependencies
from secours.core.step import step
from secours.model.plan import Config
from secours.model.snapshot import Explained, Snapshot
from secours.model.statements import Declared, Mark

META = component("provider:meta")


def plain(node: str) -> str:
    return node.removeprefix("channel:")


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

    (group,) = found.groups
    first, second = group.suspects
    assert first.names == ("provider:meta",)
    assert first.explains == ("channel:messenger", "channel:whatsapp")
    assert first.takes == ("channel:page",)
    assert second.names == ("channel:messenger", "channel:whatsapp")
    assert group.ask is None


def test_what_something_works_through_is_cleared_by_it() -> None:
    config = plan(
        META,
        channel("whatsapp", "provider:meta"),
        channel("messenger", "provider:meta"),
    )

    found = explain(config, seen(config, "whatsapp x", "messenger o"))

    (group,) = found.groups
    assert [suspect.names for suspect in group.suspects] == [("channel:whatsapp",)]
    assert found.cleared == {"provider:meta": ("channel:messenger",)}


def test_of_several_likely_ones_it_says_what_would_tell_them_apart() -> None:
    config = plan(
        component("internet:fibre"),
        component("cloud:x"),
        channel("teams", "internet:fibre", "cloud:x"),
    )

    found = explain(config, seen(config, "teams x"))

    (group,) = found.groups
    assert len({len(suspect.names) for suspect in group.suspects}) == 1
    assert group.ask in ("internet:fibre", "cloud:x")


def test_probe_on_what_is_down_already_would_tell_nothing_apart() -> None:
    config = plan(
        component("internet:fibre"),
        component("internet:vpn", probes=(probe("internet:vpn"),)),
        component("cloud:x"),
        channel("teams", "internet:fibre", "cloud:x"),
        channel("page", "internet:fibre", "internet:vpn", probes=()),
        channel("phone", ["internet:fibre", "internet:vpn"], probes=()),
    )

    (alone,) = explain(config, seen(config, "teams x", "internet:vpn o")).groups
    (beside,) = explain(config, seen(config, "teams x", "internet:vpn x")).groups

    assert (alone.ask, beside.ask) == ("channel:page", "channel:phone")


def test_battery_of_what_its_power_took_is_empty() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=3600.0),
        channel("sms", "carrier:a", autonomy_s=7200.0, probes=()),
    )
    word = Mark(subject="power:grid", says=Declared.DOWN, by="Ana", at=moment(1))
    dark = Said(word=word, at=moment(1))
    shown = [shot(config, fold(config, dark, tick(at_s))) for at_s in (3000, 3700)]

    assert [spent(config, each) for each in shown] == [frozenset(), {"carrier:a"}]


def test_battery_is_full_after_a_fall_with_something_else() -> None:
    config = plan(
        component("power:grid"),
        component("site:mast", probes=(probe("site:mast"),)),
        component("carrier:a", "power:grid", "site:mast", autonomy_s=3600.0, probes=()),
        channel("radio", "power:grid"),
        channel("siren", "power:grid"),
    )
    shown = seen(config, "radio x", "siren x", "site:mast x")

    assert spent(config, shown) == frozenset()


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
    gone = Explained(channels=("whatsapp",), suspects=(("gone:x",),))
    shown = replace(
        seen(config, "whatsapp x"), suspects=gone.suspects, explanations=(gone,)
    )

    (group,) = explain(plan(channel("other")), shown).groups

    assert group.suspects[0].explains == ()


def test_each_group_has_its_suspects_and_its_own_question() -> None:
    config = plan(
        component("internet:fibre"),
        component("cloud:x"),
        component("carrier:a"),
        channel("teams", "internet:fibre", "cloud:x"),
        channel("sms", "carrier:a"),
        channel("call", "carrier:a"),
    )
    shown = seen(config, "teams x", "sms x", "call x")

    by_channels = {
        explained.channels: group
        for explained, group in zip(
            shown.explanations, explain(config, shown).groups, strict=True
        )
    }

    carrier = by_channels["call", "sms"]
    assert carrier.suspects[0].names == ("carrier:a",)
    assert carrier.suspects[0].explains == ("channel:call", "channel:sms")
    assert carrier.ask is None
    assert by_channels[("teams",)].ask in ("internet:fibre", "cloud:x")


def test_what_is_known_down_is_no_work_of_a_suspect() -> None:
    """Either carrier would do: the other is known down, so that the one explains."""
    config = plan(
        component("carrier:a", probes=(probe("carrier:a"),)),
        component("carrier:b"),
        channel("sms", ["carrier:a", "carrier:b"]),
        channel("pager", "carrier:a", probes=()),
        channel("radio", "carrier:b", probes=()),
    )

    found = explain(config, seen(config, "carrier:a x", "sms x"))

    (group,) = found.groups
    blamed = next(each for each in group.suspects if each.names == ("carrier:b",))
    assert blamed.explains == ("channel:sms",)
    assert blamed.takes == ("channel:radio",)
    assert "carrier:a" not in found.cleared


def test_what_worked_before_the_failure_clears_nobody() -> None:
    config = plan(
        META,
        component("internet:fibre"),
        channel("whatsapp", "provider:meta", "internet:fibre"),
        channel("messenger", "provider:meta"),
        channel("mail", "internet:fibre"),
    )
    both = ("messenger o", "mail o")
    before = fold(config, *(result(s[:-2], "o", 1.0) for s in both))
    fails = [result("whatsapp", "x", second) for second in (2.0, 3.0)]
    for event in (*fails, result("mail", "o", 4.0)):
        before = step(config, before, event)

    assert explain(config, shot(config, before)).cleared == {
        "internet:fibre": ("channel:mail",)
    }


NAMES = ("a", "b", "c", "d")
PARTS = ("provider:p", "cloud:q", "carrier:r")


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


@settings(max_examples=share_of(750), deadline=None)
@given(outages())
def test_every_suspect_explains_all_that_fails_and_nothing_cleared_could(
    outage: tuple[Config, list[str]],
) -> None:
    config, states = outage
    shown = seen(config, *states)
    failing = {f"channel:{s[0]}" for s in states if s.endswith("x")}
    working = {f"channel:{s[0]}" for s in states if s.endswith("o")}

    found = explain(config, shown)

    for each, group in zip(shown.explanations, found.groups, strict=True):
        assert tuple(one.names for one in group.suspects) == each.suspects
        whole = {f"channel:{n}" for n in each.channels if n not in each.unexplained}
        for suspect in group.suspects:
            assert whole <= set(suspect.explains)
            assert set(map(plain, suspect.explains)) <= set(each.channels)
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
