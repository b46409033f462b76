from random import Random

import pytest
from brute import domino, random_plan
from core.receivers.people import device, group, heard_on, peopled
from plans import channel, component, fold, moment, plan, result, shot

from secours.core.events import Said
from secours.core.replay.whatif import Fall, Outlook, Step, whatif
from secours.core.step import step as core_step
from secours.model.nodes import channel_node, path_node
from secours.model.observed import Reason
from secours.model.plan import Config
from secours.model.sections.channel import Path
from secours.model.snapshot import Link, Rehearsal, Snapshot, State
from secours.model.statements import Declared, Exercise, Mark

HOUR_S = 3600.0

TOWN = plan(
    component("power:grid"),
    component("carrier:a", "power:grid", autonomy_s=4 * HOUR_S),
    component("internet:fibre", "power:grid", autonomy_s=2 * HOUR_S),
    component("sat:iridium"),
    channel("sms", "carrier:a"),
    channel("teams", "internet:fibre"),
    channel("satphone", "sat:iridium"),
    channel("siren", "power:grid"),
)


def look(config: Config, *fails: str, until_s: float = float("inf")) -> Outlook:
    return whatif(config, fails, start=moment(0), until_s=until_s)


def used(step: Step) -> str | None:
    use = step.snapshot.recommendations[0].use
    return use.channel if use else None


def test_what_falls_at_once_and_what_falls_by_autonomy_are_steps_of_their_own() -> None:
    seen = look(TOWN, "power:grid")

    assert [(step.after_s / HOUR_S, used(step)) for step in seen.steps] == [
        (0, "sms"),
        (1.75, "sms"),  # another backup: the battery of teams ends soon
        (2, "sms"),
        (3.75, "satphone"),
        (4, "satphone"),
    ]
    assert [[fall.name for fall in step.falls] for step in seen.steps] == [
        ["power:grid", "channel:siren"],
        [],
        ["internet:fibre", "channel:teams"],
        [],
        ["carrier:a", "channel:sms"],
    ]
    assert seen.later == ()


def test_batteries_ran_since_what_is_down_already_fell() -> None:
    lasted = {"power:grid": 3 * HOUR_S}

    seen = whatif(TOWN, ["power:grid"], start=moment(0), lasted=lasted)

    assert [(step.after_s / HOUR_S, used(step)) for step in seen.steps] == [
        (0, "sms"),
        (0.75, "satphone"),
        (1, "satphone"),
    ]
    assert [fall.name for fall in seen.steps[0].falls] == [
        *("power:grid", "internet:fibre", "channel:siren", "channel:teams")
    ]


def test_a_channel_is_left_before_its_battery_ends() -> None:
    before_its_end = look(TOWN, "power:grid").steps[3]

    standing = before_its_end.snapshot.channel("sms").standing
    assert before_its_end.ending == ("sms",)
    assert (standing.state, standing.reason) == (State.DEGRADED, Reason.ENDING)
    assert standing.until == moment(4 * HOUR_S)


def test_each_fall_names_what_it_fell_with() -> None:
    seen = look(TOWN, "power:grid")

    assert seen.steps[0].falls[0] == Fall(name="power:grid", after_s=0, because=None)
    assert seen.steps[2].falls == (
        Fall(name="internet:fibre", after_s=2 * HOUR_S, because="power:grid"),
        Fall(name="channel:teams", after_s=2 * HOUR_S, because="internet:fibre"),
    )


def test_what_falls_after_the_moment_looked_at_is_told_apart() -> None:
    seen = look(TOWN, "power:grid", until_s=2 * HOUR_S)

    assert seen.steps[-1].after_s == 2 * HOUR_S
    assert [fall.name for fall in seen.later] == ["carrier:a", "channel:sms"]


def test_a_channel_can_fail_too() -> None:
    seen = look(TOWN, channel_node("sms"), "sat:iridium")

    (only,) = seen.steps
    line = only.snapshot.recommendations[0]
    assert used(only) == "teams"
    assert only.left(line) == ("teams", "siren")
    assert [(p.channel, p.reason) for p in line.passed_over] == [("sms", "declared")]


def test_failures_together_take_the_last_alternative() -> None:
    config = plan(
        component("internet:fibre"),
        component("carrier:a"),
        channel("signal", ["internet:fibre", "carrier:a"]),
        channel("sms", "carrier:a"),
    )

    assert used(look(config, "internet:fibre").steps[0]) == "signal"
    (both,) = look(config, "internet:fibre", "carrier:a").steps
    assert used(both) is None
    assert both.left(both.snapshot.recommendations[0]) == ()


def test_nothing_that_falls_is_a_step_of_its_own() -> None:
    (only,) = look(plan(component("vendor:x"), channel("sms")), "vendor:x").steps

    assert [fall.name for fall in only.falls] == ["vendor:x"]
    assert used(only) == "sms"
    assert only.snapshot.channel("sms").standing.state is State.AVAILABLE


def test_a_path_that_falls_is_seen() -> None:
    config = plan(
        component("internet:fibre"),
        channel("sms"),
        Path(name="lan", needs=(("internet:fibre",),)),
    )

    (only,) = look(config, "internet:fibre").steps

    assert [fall.name for fall in only.falls] == ["internet:fibre", path_node("lan")]
    assert only.snapshot.own_link is Link.DOWN


def test_a_battery_shorter_than_the_last_minutes_is_ending_from_the_start() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=300.0),
        channel("sms", "carrier:a"),
        channel("bell"),
    )

    first = look(config, "power:grid").steps[0]

    assert first.ending == ("sms",)
    assert used(first) == "bell"


def test_what_falls_at_once_and_in_the_end_equals_the_domino() -> None:
    rng = Random(46)
    for _ in range(500):
        config = random_plan(rng, components=8, channels=4)
        if not config.components:
            continue
        fails = rng.sample(list(config.components), 1)
        everything = [*config.components, *map(channel_node, config.channels)]

        seen = look(config, *fails)

        at_once = {fall.name for fall in seen.steps[0].falls}
        ever = {fall.name for step in seen.steps for fall in step.falls}
        assert at_once == domino(config)(fails)
        assert ever == domino(config, spent=everything)(fails)
        assert all(_agrees(step) for step in seen.steps)


def test_an_exercise_answers_as_what_if_does_though_all_goes_on_working() -> None:
    rng = Random(51)
    for _ in range(40):
        config = random_plan(rng, components=8, channels=4)
        if not config.components:
            continue
        fails = tuple(rng.sample(list(config.components), 1))
        played = Exercise(fails=fails, by="Ann", at=moment(40))
        fine = [result(n, "o", s) for s in (1, 16, 31) for n in config.channels]
        memory = fold(config, *fine, Said(word=played, at=moment(40)))
        steps = whatif(config, fails, start=moment(40)).steps
        for second in range(46, 260, 15):
            for name in config.channels:
                memory = core_step(config, memory, result(name, "o", second))
            rehearsal = shot(config, memory).rehearsal
            assert rehearsal is not None
            then = [step for step in steps if step.after_s <= second - 40][-1]
            assert _told(rehearsal) == _told(then.snapshot)


def _told(seen: Rehearsal | Snapshot) -> list[tuple[object, ...]]:
    return [
        (
            line.use and line.use.channel,
            line.use and line.use.state,
            line.backup and line.backup.channel,
        )
        for line in seen.recommendations
    ]


def _agrees(step: Step) -> bool:
    """Tell whether what is recommended is left, and whether nothing left is missed."""
    line = step.snapshot.recommendations[0]
    left = step.left(line)
    return used(step) in left if left else used(step) is None


def test_what_is_distrusted_stays_so_whatever_else_fails() -> None:
    mark = Mark(
        subject="internet:fibre", says=Declared.DISTRUSTED, by="Ann", at=moment(0)
    )
    config = plan(*TOWN.components.values(), *list(TOWN.channels.values())[:3])

    (seen, *_) = whatif(
        config, ["carrier:a"], start=moment(0), until_s=0.0, marks=[mark]
    ).steps

    assert used(seen) == "satphone"
    assert seen.left(seen.snapshot.recommendations[0]) == ("satphone",)
    assert seen.snapshot.channel("teams").standing.aside is Reason.SET_ASIDE


def test_a_channel_of_unknown_needs_ranks_last_while_anything_is_distrusted() -> None:
    mark = Mark(subject="site:it", says=Declared.DISTRUSTED, by="Ann", at=moment(0))
    config = plan(
        component("site:it"),
        component("carrier:a"),
        channel("radio", needs_known=False),
        channel("mail", "site:it"),
        channel("sms"),
    )

    (seen, *_) = whatif(config, ["carrier:a"], start=moment(0), marks=[mark]).steps

    assert used(seen) == "sms"


PHONES = peopled(
    component("power:grid"),
    channel("mail"),
    channel("chat", heard_on=heard_on("mobile.data")),
    devices=(device("mobile", data=("power:grid",), autonomy_s=3 * HOUR_S),),
    groups=(group("all", "mobile"),),
)


@pytest.mark.parametrize("lasted_s", [0, 2 * HOUR_S])
def test_a_battery_of_the_people_that_leaves_one_channel_less_is_a_step(
    lasted_s: float,
) -> None:
    lasted = {"power:grid": lasted_s}

    steps = whatif(PHONES, ["power:grid"], start=moment(0), lasted=lasted).steps

    left = [(s.after_s, s.left(s.snapshot.recommendations[0])) for s in steps]
    end_s = 3 * HOUR_S - lasted_s
    assert left == [(0, ("mail", "chat")), (end_s, ("mail",))]
