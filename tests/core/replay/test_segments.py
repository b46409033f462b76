from itertools import pairwise
from random import Random

import pytest
from brute import random_plan
from core.receivers.field_town import HOME, SMS, oks, said, town
from msgspec.structs import replace
from plans import channel, component, fold, moment, plan, shot
from render import hearing
from render.snapshots import snapshot
from render.town_statements import pinned

from secours.core.replay.segments import Segment, Segments, expected, followed
from secours.core.replay.whatif import nodes_of, whatif
from secours.model.plan import Config
from secours.model.snapshot import Forecast, State

HOUR_S = 3600.0
UNTIL_S = 8 * HOUR_S

TOWN = plan(
    component("power:grid"),
    component("carrier:a", "power:grid", autonomy_s=4 * HOUR_S),
    component("internet:fibre", "power:grid", autonomy_s=2 * HOUR_S),
    channel("teams", "internet:fibre"),
    channel("sms", "carrier:a"),
    channel("siren", "power:grid"),
)


def looked(config: Config, *fails: str, until_s: float = UNTIL_S) -> Segments:
    outlook = whatif(config, fails, start=moment(0), until_s=until_s)
    return followed(outlook, until_s)


def told(segments: tuple[Segment, ...]) -> list[tuple[float, float, str | None]]:
    return [
        (
            each.begin_s / HOUR_S,
            each.end_s / HOUR_S,
            each.use.channel if each.use else None,
        )
        for each in segments
    ]


def test_batteries_make_the_steps_and_nothing_left_is_one() -> None:
    (line,) = looked(TOWN, "power:grid").values()

    assert told(line) == [
        (0, 1.75, "teams"),  # its last minutes begin: sms is the better one
        (1.75, 3.75, "sms"),
        (3.75, 4, "sms"),
        (4, 8, None),
    ]
    assert [each.use.state for each in line if each.use] == [
        *(State.AVAILABLE, State.AVAILABLE, State.DEGRADED)
    ]


def test_what_does_not_change_is_one_segment() -> None:
    (line,) = looked(TOWN, "channel:siren").values()

    assert told(line) == [(0, 8, "teams")]


def test_what_comes_after_the_end_is_not_in_it() -> None:
    (line,) = looked(TOWN, "power:grid", until_s=HOUR_S).values()

    assert told(line) == [(0, 1, "teams")]


def test_what_comes_at_the_very_end_is_not_in_it() -> None:
    (line,) = looked(TOWN, "power:grid", until_s=4 * HOUR_S).values()

    assert told(line)[-1] == (3.75, 4, "sms")


@pytest.mark.parametrize("seed", range(25))
def test_at_any_moment_the_segment_says_what_whatif_says(seed: int) -> None:
    rng = Random(seed)
    config = random_plan(rng, components=6, channels=5)
    fails = rng.sample(nodes_of(config), min(2, len(nodes_of(config))))
    until_s = rng.choice((45.0, 60.0, 150.0, UNTIL_S))

    lines = looked(config, *fails, until_s=until_s)

    for at_s in (0.0, 30.0, 59.9, 60.0, 100.0, 120.0, until_s - 0.1):
        last = whatif(config, fails, start=moment(0), until_s=at_s).steps[-1]
        for line in last.snapshot.recommendations:
            holding = [
                each.use
                for each in lines[line.name]
                if each.begin_s <= at_s < each.end_s
            ]
            assert holding == ([line.use] if at_s < until_s else [])
    for segments in lines.values():
        assert segments[0].begin_s == 0
        assert segments[-1].end_s == until_s
        for before, after in pairwise(segments):
            assert before.end_s == after.begin_s
            assert before.use != after.use


def test_now_is_followed_as_far_as_it_is_foreseen() -> None:
    shot = snapshot("ooxo")
    line = shot.recommendations[0]
    order = [name for _, names in line.tiers for name in names]

    def coming(after_s: float, use: str | None) -> Forecast:
        at = replace(shot.at, steady_s=shot.at.steady_s + after_s)
        return Forecast(at=at, purpose=line.purpose, audience=line.audience, use=use)

    shot = replace(shot, forecast=(coming(HOUR_S, order[1]), coming(2 * HOUR_S, None)))

    segments = expected(shot, UNTIL_S)[line.name]

    assert told(segments) == [(0, 1, order[0]), (1, 2, order[1]), (2, 8, None)]
    assert segments[1].use is not None
    assert (segments[1].use.rank, segments[1].use.verified) == (2, True)
    assert segments[1].standing == shot.channel(order[1]).standing


@pytest.mark.parametrize("after_s", [UNTIL_S, UNTIL_S + 1])
def test_what_is_foreseen_at_the_end_or_later_is_not_in_it(after_s: float) -> None:
    shot = snapshot("ooxo")
    line = shot.recommendations[0]
    at = replace(shot.at, steady_s=shot.at.steady_s + after_s)
    gone = Forecast(at=at, purpose=line.purpose, audience=line.audience, use=None)

    (only,) = expected(replace(shot, forecast=(gone,)), UNTIL_S)[line.name]

    assert only.end_s == UNTIL_S
    assert only.use is not None


def test_what_changes_at_this_very_moment_has_changed() -> None:
    shot = snapshot("ooxo")
    line = shot.recommendations[0]
    gone = Forecast(at=shot.at, purpose=line.purpose, audience=line.audience, use=None)

    (only,) = expected(replace(shot, forecast=(gone,)), UNTIL_S)[line.name]

    assert told((only,)) == [(0, 8, None)]


def test_a_pin_on_a_channel_that_is_down_is_no_answer() -> None:
    shown = expected(pinned("x"), UNTIL_S)

    assert told(shown["alert/management"]) == [(0, 8, "sms")]


def test_what_is_used_next_is_degraded_while_fewer_hear_it_than_designed() -> None:
    first = channel("first", "power:grid", autonomy_s=HOUR_S)
    config = town(first, SMS, groups=(HOME,))
    dark = said("power:grid", 10)

    memory = fold(config, *oks(config, 1), dark, said("carrier:a", 20))
    shown = expected(shot(config, memory), UNTIL_S)["coordinate/management"]

    (next_,) = [e.use for e in shown if e.begin_s < HOUR_S and e.use][1:]
    assert (next_.channel, next_.state) == ("sms", State.DEGRADED)
    assert next_.verified
    assert next_.reach
    assert [group.group for group in next_.reach.lost] == ["home"]


def test_what_is_used_next_is_unverified_while_probably_nobody_hears_it() -> None:
    shown = hearing.hears(snapshot(), 0, {"calls": hearing.inferred()})
    line = shown.recommendations[0]
    at = shown.at.later(HOUR_S)
    then = Forecast(at=at, purpose=line.purpose, audience=line.audience, use="calls")

    _, later = expected(replace(shown, forecast=(then,)), UNTIL_S)[line.name]

    assert later.use
    assert (later.use.state, later.use.verified) == (State.UNKNOWN, False)


def test_what_is_used_next_and_not_verified_is_not_raised_by_who_hears_it() -> None:
    shown = hearing.hears(snapshot("o?oo"), 0, {"calls": hearing.heard("-o")})
    line = shown.recommendations[0]
    at = shown.at.later(HOUR_S)
    then = Forecast(at=at, purpose=line.purpose, audience=line.audience, use="calls")

    _, later = expected(replace(shown, forecast=(then,)), UNTIL_S)[line.name]

    assert later.use
    assert later.use.state is State.UNKNOWN
