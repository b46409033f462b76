"""What the second model (tests/model) found in the core, each with its smallest day."""

from typing import Any

from msgspec.structs import replace
from plans import (
    channel,
    component,
    fold,
    line,
    moment,
    plan,
    probe,
    result,
    shot,
    tick,
    used,
)

from secours.core.events import Event, Replanned, Resumed, Said
from secours.core.memory import Memory
from secours.core.step import step
from secours.model.observed import Evidence, Reason, degraded, ok, unknown
from secours.model.plan import Config
from secours.model.sections.channel import Path, Probe
from secours.model.snapshot import State
from secours.model.statements import Declared, Mark, Trial


def once(owner: str, name: str = "tcp", **options: Any) -> Probe:
    usual = {"confirm": 1, "recover": 1, "stale_after_s": 2000.0}
    return probe(owner, name, **{**usual, **options})


def lan(*needs: str, **options: Any) -> Path:
    reference = once("lan", id="paths/lan/tcp", via="lan", **options)
    return Path(name="lan", needs=tuple((n,) for n in needs), references=(reference,))


def run(config: Config, *events: Event) -> Memory:
    return fold(config, Resumed(at=moment(0)), *events)


def mark(subject: str, says: Declared, second: float) -> Said:
    at = moment(second)
    return Said(word=Mark(subject=subject, says=says, by="Ann", at=at), at=at)


def trial(name: str, second: float) -> Said:
    at = moment(second)
    return Said(word=Trial(channel=name, worked=True, by="Ann", at=at), at=at)


# ---------------------------------------------------------------------------- edits


def test_a_line_bears_that_its_channel_leaves_the_plan() -> None:
    a, b = channel("a", probes=(once("a"),)), channel("b", probes=(once("b"),))
    memory = run(plan(a, b, line("a", "b")), result("a", "o", 1), result("b", "o", 1))

    left = plan(b, line("b"))
    memory = step(left, memory, Replanned(at=moment(2)))

    assert used(left, memory) == "b"


# --------------------------------------------------------------------------- proofs


def test_a_better_proof_is_seen_though_the_verdict_stays() -> None:
    a = channel("a", probes=(once("a", recover=2),))
    slow = degraded(Reason.SLOW, Evidence.REACHED)

    memory = run(plan(a), result("a", slow, 1), result("a", ok(Evidence.SERVED), 2))

    assert memory.channels["a"].state is State.DEGRADED


def test_what_a_failure_degrades_is_degraded_for_that_failure() -> None:
    a = channel("a", probes=(once("a", confirm=2, recover=2),))
    quota = degraded(Reason.QUOTA, Evidence.SERVED)
    slow = degraded(Reason.SLOW, Evidence.SERVED)

    memory = run(
        plan(a), result("a", quota, 1), result("a", slow, 2), result("a", "x", 3)
    )

    assert memory.channels["a"].reason is Reason.REFUSED


def test_up_does_not_come_back_when_the_failure_after_it_grows_old() -> None:
    a = channel("a", probes=(once("a", stale_after_s=90.0),))

    memory = run(
        plan(a), mark("channel:a", Declared.UP, 1), result("a", "x", 2), tick(200)
    )

    assert memory.channels["a"].state is State.UNKNOWN


def test_up_makes_no_thin_channel_available() -> None:
    a = channel("a", probes=(once("a", required=False),))

    memory = run(plan(a), mark("channel:a", Declared.UP, 1))

    assert memory.channels["a"].state is State.UNKNOWN


def test_a_component_that_somebody_declared_up_is_cleared_by_what_works() -> None:
    grid = component("power:grid", probes=(once("power:grid"),))
    a = channel("a", "power:grid", probes=(once("a"),))

    memory = run(
        plan(grid, a),
        result("power:grid", "x", 1),
        result("a", "o", 2),
        mark("power:grid", Declared.UP, 3),
    )

    assert memory.suspects == ()


def test_a_battery_that_was_outlived_ends_at_no_time_before_that() -> None:
    grid = component("power:grid", probes=(once("power:grid"),))
    ups = component("power:ups", "power:grid", probes=(once("power:ups"),))
    mast = component(
        "power:mast", "power:ups", autonomy_s=60.0, probes=(once("power:mast"),)
    )

    memory = run(
        plan(grid, ups, mast),
        result("power:ups", "x", 1),
        result("power:mast", "o", 70),
        result("power:grid", "x", 72),
    )

    assert memory.components["power:mast"].state is State.AVAILABLE


# --------------------------------------------------------------------- is it us?


def test_a_failure_after_a_silence_is_a_first_one() -> None:
    a = channel("a", probes=(once("a", via="lan", stale_after_s=90.0),))

    memory = run(plan(lan(), a), result("a", "x", 1), result("a", "x", 500))

    assert memory.channels["a"].state is State.UNKNOWN


def test_a_failure_that_was_never_believed_before_the_first_results_is_no_fall() -> (
    None
):
    ways = (once("a", "tcp-lan", via="lan"), once("a", "tcp-any"))
    a = channel("a", probes=tuple(replace(way, way_of="tcp") for way in ways))
    config = plan(lan(), a, channel("b", probes=(once("b"),)))

    memory = run(
        config,
        result("a/tcp-lan", "x", 1),  # the path may be what fails
        result("a/tcp-any", "o", 2),
        result("b", "o", 3),
        result("a/tcp-lan", "o", 4),
    )

    assert used(config, memory) == "a"  # it does not come back from anything


def test_what_is_confirmed_is_in_doubt_no_more() -> None:
    probes = (once("a"), once("a", "news", via="lan", required=False))
    a, b = channel("a", probes=probes), channel("b", probes=(once("b"),))
    config = plan(lan(), a, b, line("a", "b"))

    memory = run(config, result("a", "o", 1), result("b", "o", 1))
    memory = step(config, memory, result("a/news", "x", 2))
    memory = step(config, memory, result("path lan", "o", 3))

    assert memory.channels["a"].state is State.DEGRADED
    assert memory.doubts == {}


def test_an_old_success_opens_no_path() -> None:
    grid = component("power:grid", probes=(once("power:grid"),))
    a = channel("a", probes=(once("a", via="wan"),))
    b = channel("b", probes=(once("b", via="wan", stale_after_s=90.0),))
    wan = Path(name="wan", needs=(("power:grid",),))

    memory = run(
        plan(grid, wan, a, b),
        result("power:grid", "x", 1),
        result("a", "x", 2),
        result("b", "o", 3),
        tick(200),
    )

    assert memory.suspects == ()


def test_a_success_that_grew_old_is_no_news_over_a_path_that_is_down() -> None:
    a = channel("a", probes=(once("a", via="lan", stale_after_s=90.0),))

    memory = run(
        plan(lan(), a), result("path lan", "x", 1), result("a", "o", 2), tick(200)
    )

    assert memory.channels["a"].reason is Reason.OWN_LINK


def test_a_component_that_failed_in_the_cut_is_not_known_to_be_down() -> None:
    site = component("site:mast", probes=(once("site:mast", via="lan"),))

    memory = run(
        plan(lan(recover=2), site),
        result("path lan", "x", 1),
        result("site:mast", "x", 2),
        result("path lan", "o", 3),
    )

    assert memory.components["site:mast"].state is State.UNKNOWN


def test_a_channel_that_is_also_unknown_for_another_reason_is_not_only_us() -> None:
    a = channel("a", probes=(once("a", via="lan"), once("a", "login")))
    refused = unknown(Reason.PERMISSION)

    memory = run(
        plan(lan(), a), result("a/login", refused, 1), result("path lan", "x", 2)
    )

    assert memory.channels["a"].reason is Reason.PERMISSION


def test_flapping_is_no_excuse_for_what_is_slow() -> None:
    a = channel("a", probes=(once("a", confirm=2), once("a", "login")))
    letters = [result("a", "ox"[n % 2], n + 1) for n in range(11)]
    slow = degraded(Reason.SLOW, Evidence.SERVED)

    memory = run(plan(a), *letters, result("a/login", slow, 20))

    assert memory.channels["a"].reason is Reason.SLOW


def test_flapping_hides_no_battery_that_ends() -> None:
    mains = component("power:grid", probes=(once("power:grid"),))
    a = channel("a", "power:grid", autonomy_s=60.0, probes=(once("a"),))
    letters = [result("a", "ox"[n % 2], n + 1) for n in range(11)]

    memory = run(plan(mains, a), *letters, result("power:grid", "x", 20))

    assert memory.channels["a"].reason is Reason.ENDING


def test_a_failure_during_a_cut_degrades_no_channel_that_people_tried() -> None:
    a = channel("a", probes=(once("a", via="lan", required=False),))

    memory = run(
        plan(lan(), a), trial("a", 1), result("path lan", "x", 2), result("a", "x", 3)
    )

    assert memory.channels["a"].state is State.AVAILABLE


# ------------------------------------------------------------------------- the world


def test_one_way_that_fell_and_one_distrusted_set_a_channel_aside() -> None:
    grid = component("power:grid", probes=(once("power:grid"),))
    wan = Path(name="wan", needs=(("power:grid",),))
    tapped = Path(name="tapped", needs=(("site:1",),))
    ways = tuple(
        replace(once("a", f"tcp-{path}", via=path), way_of="tcp")
        for path in ("wan", "tapped")
    )
    config = plan(grid, component("site:1"), wan, tapped, channel("a", probes=ways))

    memory = run(
        config, mark("site:1", Declared.DISTRUSTED, 1), result("power:grid", "x", 2)
    )

    assert memory.channels["a"].aside is Reason.SET_ASIDE


def test_what_degrades_over_a_path_may_be_the_path_that_degrades() -> None:
    cloud, mast = component("provider:cloud"), component("site:mast")
    core = component("internet:core", "provider:cloud")
    wan = Path(name="wan", needs=(("site:mast",),))
    a = channel("a", "internet:core", probes=(once("a"),))
    b = channel("b", "provider:cloud", probes=(once("b", via="wan"),))
    slow = degraded(Reason.SLOW, Evidence.SERVED)

    memory = run(
        plan(cloud, mast, core, wan, a, b), result("a", slow, 1), result("b", slow, 2)
    )

    assert memory.suspects == (
        ("provider:cloud",),
        ("internet:core", "site:mast"),
    )


def test_what_one_way_proved_while_the_other_was_down_ends_with_that_way() -> None:
    fibre = component("internet:fibre", probes=(once("internet:fibre"),))
    mobile = component("carrier:a", "internet:fibre", probes=(once("carrier:a"),))
    a = channel("a", ["carrier:a", "internet:fibre"], probes=(once("a"),))

    memory = run(
        plan(fibre, mobile, a),
        result("internet:fibre", "x", 1),
        result("carrier:a", "o", 2),  # it does without the fibre
        result("a", "o", 3),  # so this came over the carrier
        mark("carrier:a", Declared.DOWN, 4),
    )

    assert memory.channels["a"].state is State.DOWN


def test_the_first_success_over_a_path_since_what_it_needs_fell_is_news() -> None:
    grid = component("power:grid", probes=(once("power:grid"),))
    wan = Path(name="wan", needs=(("power:grid",),))
    a = channel("a", probes=(once("a"), once("a", "far", via="wan")))
    b = channel("b", probes=(once("b", via="wan"),))

    memory = run(
        plan(grid, wan, a, b),
        result("a/far", "o", 1),
        result("power:grid", "x", 2),
        result("b", "x", 3),  # the path fell: that explains it
        result("a", "o", 4),
        result("a/far", "o", 5),  # it did not
    )

    assert memory.suspects == (("channel:b",),)


def test_a_battery_runs_from_when_its_power_was_said_to_fail_not_its_needs() -> None:
    grid = component("power:grid", probes=(once("power:grid"),))
    solar = component("power:solar", "power:grid", probes=(once("power:solar"),))
    a = channel("a", "power:solar", autonomy_s=60.0, probes=())

    memory = run(
        plan(grid, solar, a),
        result("power:grid", "x", 1),
        result("power:solar", "o", 2),  # it does without the mains
        mark("power:solar", Declared.DOWN, 50),
        tick(70),
    )

    assert memory.channels["a"].until == moment(110)


def test_what_is_down_is_not_to_be_used_from_when_its_battery_has_ended() -> None:
    grid = component("power:grid", probes=(once("power:grid"),))
    mast = component("site:mast", probes=(once("site:mast"),))
    a = channel("a", "power:grid", "site:mast", autonomy_s=60.0, probes=())

    memory = run(
        plan(grid, mast, a),
        mark("power:grid", Declared.DISTRUSTED, 1),
        result("power:grid", "x", 2),
        result("site:mast", "x", 10),
        result("site:mast", "x", 70),  # says nothing new, but the battery has ended
    )

    assert memory.channels["a"].aside is Reason.SET_ASIDE


# ------------------------------------------------------------------ words and proofs


def test_a_battery_that_ends_makes_no_proof_of_a_word() -> None:
    grid = component("power:grid", probes=(once("power:grid"),))
    probes = (once("a"), once("a", "login"))
    a = channel("a", "power:grid", autonomy_s=60.0, probes=probes)
    config = plan(grid, a)

    memory = run(
        config,
        mark("channel:a", Declared.UP, 1),
        result("a", "o", 2),  # the login was never tested: it is up by word alone
        result("power:grid", "x", 3),
    )

    use = shot(config, memory).recommendations[0].use
    assert use is not None
    assert (use.state, use.verified) == (State.DEGRADED, False)


def test_a_first_answer_over_a_path_called_down_speaks_against_what_bears_it() -> None:
    cloud = component("provider:cloud")
    carrier = component(
        "carrier:a", probes=(once("carrier:a", confirm=2, recover=2, via="lan"),)
    )
    a = channel("a", "provider:cloud", probes=(once("a"),))

    memory = run(
        plan(lan("provider:cloud"), cloud, carrier, a),
        result("carrier:a", "x", 1),
        result("path lan", "o", 2),
        result("path lan", "x", 10),
        result("a", "x", 20),
        result("carrier:a", "o", 30),
    )

    assert ("provider:cloud",) in memory.suspects
    assert memory.components["provider:cloud"].state is State.UNKNOWN


def test_a_channels_first_answer_over_a_path_called_down_does_so_too() -> None:
    cloud = component("provider:cloud")
    a = channel("a", "provider:cloud", probes=(once("a"),))
    b = channel("b", probes=(once("b", recover=2, via="lan"),))

    memory = run(
        plan(lan("provider:cloud"), cloud, a, b),
        result("b", "x", 1),
        result("path lan", "o", 2),
        result("path lan", "x", 10),
        result("a", "x", 20),
        result("b", "o", 30),
    )

    assert ("provider:cloud",) in memory.suspects
    assert memory.components["provider:cloud"].state is State.UNKNOWN


def test_what_failed_before_its_path_was_cut_is_explained_though_said_to_be_up() -> (
    None
):
    solar = component("power:solar", probes=(once("power:solar"),))
    grid = component("power:grid", probes=(once("power:grid", via="lan"),))

    memory = run(
        plan(lan("power:solar"), solar, grid),
        result("path lan", "o", 1),
        result("power:grid", "x", 2),
        result("path lan", "o", 2.5),
        mark("power:grid", Declared.UP, 3),
        result("power:solar", "o", 4),  # newer than that failure: not its cause
        result("path lan", "x", 5),
    )

    assert set(memory.suspects) == {
        ("path:lan",),
        ("power:grid", "power:solar"),
    }


def test_what_was_weak_over_what_is_known_down_has_no_say_in_what_else_is() -> None:
    cloud = component("provider:cloud", probes=(once("provider:cloud"),))
    grid = component("power:grid", probes=(once("power:grid"),))
    wan = Path(name="wan", needs=(("power:grid",),))
    a, b = (channel(n, "provider:cloud", probes=(once(n),)) for n in "ab")
    c = channel("c", "provider:cloud", probes=(once("c", via="wan"),))
    slow = degraded(Reason.SLOW, Evidence.SERVED)
    config = plan(cloud, grid, wan, a, b, c)

    memory = run(
        config,
        result("c", slow, 1),
        result("provider:cloud", "o", 2),  # so it is not what slows c down
        result("a", slow, 3),
        result("power:grid", "x", 4),
    )
    assert memory.suspects == ()  # one that is weak alone blames nothing

    memory = step(config, memory, result("b", slow, 5))
    assert memory.suspects == (("provider:cloud",),)


def test_two_weak_tests_of_a_channel_count_from_the_first_in_any_order() -> None:
    slow = degraded(Reason.SLOW, Evidence.SERVED)
    for names in (("tcp", "login"), ("login", "tcp")):
        a = channel("a", "site:1", probes=tuple(once("a", name) for name in names))
        b = channel("b", "site:1", probes=(once("b"),))

        memory = run(
            plan(component("site:1"), a, b),
            result("a", slow, 1),
            trial("a", 2),  # it works for people: what it needs is not what is weak
            result("a/login", slow, 3),
            result("b", slow, 4),
        )

        assert memory.suspects == ()


def test_one_success_outlives_no_battery_that_ended_before_the_machine_began() -> None:
    """What fell then fell at a negative steady time, and nothing was proved at 0."""
    c = channel("c", "power:1", autonomy_s=60.0, probes=(once("c", recover=2),))
    config = plan(component("power:1"), c)
    before = moment(-1100)
    assert before.steady_s < 0
    down = mark("power:1", Declared.DOWN, 1)
    down = replace(down, word=replace(down.word, since=before))

    memory = run(config, down, result("c", "o", 2))
    assert memory.channels["c"].state is State.DOWN

    memory = step(config, memory, result("c", "o", 3))
    assert memory.channels["c"].state is State.AVAILABLE


def test_path_that_people_take_later_still_speaks_for_what_else_it_needs() -> None:
    """As a channel that fell since does: its ok is newer than the failure."""
    far, near = once("a", "far", via="wan"), once("a", "near", via="lan")
    config = plan(
        component("site:mast"),
        component("internet:fibre"),
        Path(name="wan", needs=(("internet:fibre",),)),
        Path(name="lan", needs=(("site:mast",), ("internet:fibre",))),
        channel("a", probes=(far, near)),
    )
    worked = run(config, result("a/far", "x", 6), result("a/near", "o", 70))
    assert worked.suspects == (("path:wan",), ("channel:a",))

    memory = step(config, worked, mark("site:mast", Declared.DOWN, 290))

    assert memory.suspects == worked.suspects, "and not the fibre"
