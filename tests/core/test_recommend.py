from itertools import product
from typing import Any

import pytest
from core.call_counts import counted
from hypothesis import given, settings
from hypothesis import strategies as st
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
)
from plans import used as in_use
from soak import share_of

from secours.core.events import Event, Measured, Said
from secours.core.recommend import choice
from secours.core.step import step
from secours.model.nodes import channel_node
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.sections.channel import Path
from secours.model.sections.line import Purpose, Tier
from secours.model.snapshot import Recommendation, State
from secours.model.statements import Declared, Mark, Pin

NAMES = ("a", "b", "c", "d")


def recommend(config: Config, *events: Event) -> Recommendation:
    return shot(config, fold(config, *events)).recommendations[0]


def all_at_once(letters: str) -> list[Measured]:
    """One result for each channel, at the same moment."""
    return [result(n, x, 1) for n, x in zip(NAMES, letters, strict=False) if x != "-"]


def test_first_of_the_best_state_is_used_and_none_that_is_down() -> None:
    chosen, best = {}, {}
    for letters in map("".join, product("odx?", repeat=4)):
        found = recommend(plan(*map(channel, NAMES)), *all_at_once(letters))
        used = found.use.channel if found.use else None
        spare = found.backup.channel if found.backup else None
        chosen[letters] = [used, spare]
        alive = [
            name
            for wanted in "od?"
            for name, letter in zip(NAMES, letters, strict=True)
            if letter == wanted
        ]
        best[letters] = [*alive, None, None][:2]

    assert chosen == best


def test_nothing_left_is_a_legal_answer() -> None:
    found = recommend(plan(*map(channel, NAMES)), *all_at_once("xxxx"))

    assert found.use is None
    assert found.backup is None
    assert found.last_resort.in_("en") == "Send a runner"
    assert [p.channel for p in found.passed_over] == list(NAMES)


def test_every_channel_above_is_passed_over_with_its_reason() -> None:
    found = recommend(plan(*map(channel, NAMES)), *all_at_once("xdo?"))

    assert found.use is not None
    assert (found.use.channel, found.use.tier, found.use.rank) == (
        "c",
        Tier.CONTINGENCY,
        3,
    )
    assert [(p.channel, p.reason) for p in found.passed_over] == [
        ("a", Reason.REFUSED),
        ("b", Reason.SLOW),
    ]
    assert found.still_usable == ("b",)


def test_unknown_channel_is_used_unverified_when_nothing_better_is_left() -> None:
    found = recommend(plan(*map(channel, NAMES)), *all_at_once("xx?x"))

    assert found.use is not None
    assert (found.use.channel, found.use.verified) == ("c", False)


def test_channel_of_another_purpose_is_never_used() -> None:
    config = plan(
        channel("pager", purposes=frozenset({Purpose.ALERT})),
        channel("chat"),
        line("pager", "chat"),
    )

    found = recommend(config, result("pager", "o", 1), result("chat", "d", 1))

    assert found.use is not None
    assert found.use.channel == "chat"


@pytest.mark.parametrize("trait", ["no", "optional", "unknown"])
def test_channel_without_a_required_trait_is_never_used(trait: str) -> None:
    config = plan(
        channel("mail", traits={"e2e": trait}),
        channel("signal", traits={"e2e": "yes"}),
        line("mail", "signal", require=("e2e",)),
    )

    found = recommend(config, result("mail", "o", 1), result("signal", "d", 1))

    assert found.use is not None
    assert found.use.channel == "signal"


def test_backup_is_the_first_that_shares_nothing() -> None:
    config = plan(
        component("provider:meta"),
        channel("whatsapp", "provider:meta"),
        channel("messenger", "provider:meta"),
        channel("radio"),
    )

    found = recommend(config, *(result(n, "o", 1) for n in config.channels))

    assert found.backup is not None
    assert (found.backup.channel, found.backup.independent) == ("radio", True)


def test_backup_says_what_the_usable_channels_before_it_share_with_the_one_in_use() -> (
    None
):
    config = plan(
        component("carrier:fibre"),
        channel("teams", "carrier:fibre"),
        channel("phone", "carrier:fibre"),
        channel("sms"),
        channel("mail", "carrier:fibre"),
        channel("satphone"),
    )
    seen = zip(config.channels, "ooxoo", strict=True)

    found = recommend(config, *(result(name, o, 1) for name, o in seen))

    assert found.backup is not None
    assert found.backup.channel == "satphone"
    fibre = ("carrier:fibre",)
    assert found.backup.skipped == {"phone": fibre, "mail": fibre}


def test_backup_that_shares_says_what() -> None:
    config = plan(
        component("power:grid"),
        component("provider:meta", "power:grid", autonomy_s=60.0),
        channel("whatsapp", "provider:meta"),
        channel("messenger", "provider:meta"),
    )

    found = recommend(config, *(result(n, "o", 1) for n in config.channels))

    assert found.backup is not None
    assert found.backup.channel == "messenger"
    assert found.backup.shares == ("provider:meta",)
    assert found.backup.shares_later == ("power:grid",)
    assert not found.backup.independent
    assert found.backup.skipped == {}


def test_own_link_unknown_comes_last_and_is_no_backup() -> None:
    lan = Path(
        name="lan", references=(probe("lan", "dns", id="paths/lan/dns", via="lan"),)
    )
    config = plan(
        channel("signal", probes=(probe("signal", via="lan"),)),
        channel("radio", probes=()),
        lan,
    )

    found = recommend(config, result("signal", "x", 1), result("path lan/dns", "x", 1))

    assert found.use is not None
    assert found.use.channel == "radio"
    assert found.backup is None


def test_share_of_the_audience_that_the_channel_reaches_is_said() -> None:
    config = plan(
        channel("app", reaches={"management": 0.8}), channel("sms"), failback_after_s=0
    )

    assert recommend(config, *all_at_once(""), result("app", "o", 1)).reaches == 0.8
    down = [result("app", "x", second) for second in (1, 2)]
    assert recommend(config, result("sms", "o", 1), *down).reaches is None


def test_loss_of_the_mains_is_said_while_networks_live() -> None:
    config = plan(
        component("power:grid", probes=(probe("power:grid"),)),
        component("carrier:a", "power:grid", autonomy_s=3600.0),
        channel("sms", "carrier:a"),
    )

    assert not recommend(config, result("sms", "o", 1)).on_battery
    assert recommend(config, result("power:grid", "x", 2)).on_battery


@pytest.mark.parametrize(
    ("power", "ours"), [("power:hall", True), ("power:far", False)]
)
def test_power_of_a_far_data_centre_is_not_the_mains(power: str, ours: bool) -> None:
    config = plan(
        component("power:grid"),
        component("power:hall", "power:grid"),
        component("power:far"),
        component("carrier:a", "power:grid", autonomy_s=3600.0),
        channel("chat", "power:far"),
        channel("sms", "carrier:a"),
    )

    lost = Mark(subject=power, says=Declared.DOWN, by="Ana", at=moment(2))
    shown = shot(config, fold(config, Said(word=lost, at=moment(2))))

    assert shown.recommendations[0].on_battery is ours


def test_loss_of_the_mains_is_said_only_where_it_is_known() -> None:
    """All speaks for it, and yet no probe of its own nor a person says so."""
    config = plan(
        component("power:grid"),
        *(channel(name, "power:grid") for name in ("mail", "teams")),
        channel("radio"),
    )

    fine = [result(name, "o", 1) for name in ("mail", "teams", "radio")]
    failed = [result(n, "x", second) for second in (10, 15) for n in ("mail", "teams")]

    assert not recommend(config, *fine, *failed).on_battery


# ------------------------------------------------------------------------- failback

FAILED_AND_BACK = (
    *(result(name, "o", 1) for name in ("a", "b")),
    *(result("a", "x", second) for second in (10, 15)),
    *(result("a", "o", second) for second in (20, 30)),
)


def two(failback_after_s: float = 60.0) -> Config:
    lasting: dict[str, Any] = {"stale_after_s": 1e6}
    return plan(
        *(channel(name, probes=(probe(name, **lasting),)) for name in ("a", "b")),
        failback_after_s=failback_after_s,
    )


def used(found: Recommendation) -> str | None:
    return found.use.channel if found.use else None


def test_leaving_a_failed_channel_is_immediate() -> None:
    assert used(recommend(two(), *FAILED_AND_BACK[:4])) == "b"


@pytest.mark.parametrize(("second", "expected"), [(89, "b"), (91, "a")])
def test_going_back_waits_until_the_better_one_has_held(
    second: float, expected: str
) -> None:
    found = recommend(two(), *FAILED_AND_BACK, tick(second))

    assert used(found) == expected


def test_wait_before_going_back_is_said() -> None:
    found = recommend(two(), *FAILED_AND_BACK, tick(50))

    assert found.passed_over[0].reason is Reason.FAILBACK
    assert found.passed_over[0].facts == {"left_s": 40}


def test_a_pinned_line_does_not_say_when_it_goes_back() -> None:
    pin = Pin(line="coordinate/management", channel="b", by="Ann", at=moment(40))
    found = recommend(two(), *FAILED_AND_BACK, Said(word=pin, at=moment(40)), tick(50))

    assert found.passed_over[0].reason is Reason.FAILBACK
    assert found.passed_over[0].facts == {}


def test_going_back_does_not_wait_where_the_one_in_use_fails() -> None:
    events = [*FAILED_AND_BACK, result("b", "x", 40), result("b", "x", 45)]

    assert used(recommend(two(), *events)) == "a"


def test_nobody_is_sent_to_a_channel_in_doubt_where_another_is_as_good() -> None:
    config = plan(*map(channel, "abc"), failback_after_s=60.0)
    doubted = [result("b", "x", 14), result("a", "x", 15), result("a", "x", 20)]

    found = recommend(config, *all_at_once("ooo"), *doubted)

    assert used(found) == "c"
    assert [(p.channel, p.reason) for p in found.passed_over] == [
        ("a", Reason.REFUSED),
        ("b", Reason.DOUBT),
    ]
    cleared = recommend(config, *all_at_once("ooo"), *doubted, result("b", "o", 21))
    assert used(cleared) == "b"


def test_channel_in_doubt_is_better_than_none_and_than_an_unverified_one() -> None:
    config = plan(*map(channel, "abc"))
    doubted = [result("b", "x", 14), result("a", "x", 15), result("a", "x", 20)]

    assert used(recommend(config, *all_at_once("oo?"), *doubted)) == "b"


def test_nobody_leaves_a_weak_channel_for_one_in_doubt() -> None:
    config = plan(*map(channel, "ab"))
    doubted = [result("b", "x", 14), result("a", "d", 15), result("a", "d", 20)]

    assert used(recommend(config, *all_at_once("oo"), *doubted)) == "a"


def test_weak_channel_in_use_is_left_only_when_its_failure_is_confirmed() -> None:
    config = plan(*map(channel, "ab"))

    assert used(recommend(config, *all_at_once("dd"), result("a", "x", 15))) == "a"


def test_channel_in_use_is_left_only_when_its_failure_is_confirmed() -> None:
    config = plan(*map(channel, "ab"))

    assert used(recommend(config, *all_at_once("oo"), result("a", "x", 15))) == "a"


def test_nobody_goes_back_to_a_channel_that_is_in_doubt_again() -> None:
    again = [result("a", "o", 30), result("a", "o", 31), result("a", "x", 90)]
    events = [*all_at_once("oo"), result("a", "x", 15), result("a", "x", 20), *again]

    assert used(recommend(two(), *events, tick(92))) == "b"
    assert used(recommend(two(), *events[:-1], tick(92))) == "a"


def test_relapse_starts_the_wait_again() -> None:
    events = [
        *FAILED_AND_BACK,
        *(result("a", "x", second) for second in (40, 45)),
        *(result("a", "o", second) for second in (50, 55)),
    ]

    assert used(recommend(two(), *events, tick(114))) == "b"
    assert used(recommend(two(), *events, tick(116))) == "a"


def test_first_measurement_does_not_wait() -> None:
    found = recommend(two(), result("b", "o", 1), result("a", "o", 2))

    assert used(found) == "a"


@settings(max_examples=share_of(500))
@given(
    events=st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from("odx"), st.integers(1, 60)),
        max_size=40,
    )
)
def test_failed_channel_is_never_used_whatever_happened_before(
    events: list[tuple[str, str, int]],
) -> None:
    config = plan(*map(channel, NAMES), failback_after_s=120.0)
    second, happened = 0.0, []
    for name, letter, wait_s in events:
        second += wait_s
        happened.append(result(name, letter, second))

    memory = fold(config, *happened)
    found = shot(config, memory).recommendations[0]

    states = {name: standing.state for name, standing in memory.channels.items()}
    if found.use is None:
        assert found.measuring or set(states.values()) == {State.DOWN}
    else:
        assert states[found.use.channel] is not State.DOWN
        sure = {name for name in states if channel_node(name) not in memory.doubts}
        if any(states[name] is State.AVAILABLE for name in sure):
            assert states[found.use.channel] is State.AVAILABLE


def test_a_line_that_left_for_what_is_degraded_goes_not_on_to_what_flaps() -> None:
    """That is degraded too, and the plan likes it less: one order is enough."""
    config = plan(channel("a"), channel("b"), channel("c"))
    letters = enumerate("xoo" + "xo" * 10)
    restless = [result("b", letter, float(second)) for second, letter in letters]
    memory = fold(config, result("a", "d", 0), result("c", "o", 0), *restless)
    assert in_use(config, memory) == "c"

    for second in (30.0, 35.0):
        memory = step(config, memory, result("c", "x", second))

    (moved,) = [change for change in memory.fresh if change.subject == "line"]
    assert (moved.before, moved.after) == ("c", "a")
    assert in_use(config, memory) == "a"

    later = step(config, memory, result("c", "o", 40.0))

    assert later.channels["b"].reason is Reason.FLAPPING
    assert in_use(config, later) == "a"


def test_a_line_is_chosen_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    config = plan(channel("a"), channel("b"), line("a", "b"))
    memory = fold(config, *all_at_once("oo"), result("a", "x", 10))
    asked = counted(monkeypatch, choice, "choose")

    shot(config, step(config, memory, result("a", "x", 15)))

    assert len(asked) == 1


def test_pinned_channel_that_is_down_shares_nothing_with_a_stranger() -> None:
    config = plan(
        component("carrier:x"),
        channel("stranger", "carrier:x", probes=(probe("stranger", confirm=1),)),
        channel("used", probes=(probe("used", confirm=1),)),
        channel("spare", probes=()),
        channel("last", probes=()),
        line("used", "spare", "last"),
        line("stranger", audience="others"),
    )
    pin = Pin(line="coordinate/management", channel="used", by="Ann", at=moment(1))

    memory = fold(
        config,
        *(result(name, "o", 1) for name in ("used", "stranger")),
        Said(word=pin, at=moment(1)),
        *(result(name, "x", 3) for name in ("used", "stranger")),
    )

    backup = shot(config, memory).recommendations[0].backup
    assert backup is not None
    assert backup.shares == ()


def test_backup_of_a_pin_that_is_down_is_what_follows_the_answer() -> None:
    config = plan(channel("a"), channel("b"), channel("c"))
    pin = Pin(line=config.plan[0].name, channel="a", by="Ann", at=moment(2))

    memory = fold(
        config,
        *all_at_once("ooo"),
        Said(word=pin, at=moment(2)),
        *(result("a", "x", second) for second in (3.0, 4.0, 5.0)),
    )

    line = shot(config, memory).recommendations[0]
    assert line.use is not None
    assert line.answer is not None
    assert line.backup is not None
    assert (line.use.channel, line.answer.channel) == ("a", "b")
    assert line.backup.channel == "c"
    assert memory.watched == {"a", "b", "c"}
