"""What is right is computed here from each recording; there is no table of answers."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from math import inf

import pytest
from msgspec.structs import replace
from plans import channel, component, line, plan, probe
from recordings import each_recording, recorded, reference, replayed

from secours.config.sections.scenario import recordings
from secours.core.events import Gathered, Measured
from secours.core.memory import EMPTY
from secours.core.replay import recording
from secours.core.replay.score import Moment, Replay, replay
from secours.core.replay.simulation import Simulation
from secours.core.snapshot import take
from secours.core.step import step
from secours.model.observed import Verdict
from secours.model.plan import Config
from secours.model.recording import Cause, Claim, Scenario, Turn
from secours.model.sections.channel import Channel
from secours.model.sections.line import Line, Purpose
from secours.model.snapshot import Recommendation, State
from secours.model.statements import Declared

OK, WEAK, FAILED, UNKNOWN = (
    Verdict.OK,
    Verdict.DEGRADED,
    Verdict.FAILED,
    Verdict.UNKNOWN,
)
BEST_FIRST = (OK, WEAK, UNKNOWN)
SETTLED_S = 360.0
START = datetime(2026, 1, 1, tzinfo=UTC)


# ------------------------------------------------------------------ what is right


@cache
def falls(config: Config, node: str, down: frozenset[str], spent: bool) -> bool:
    """Say by plain recursion whether a component or channel falls with these."""
    if node in down:
        return True
    part = config.components.get(node) or config.channels.get(node)
    if part is None:
        return False
    lives_on = bool(part.autonomy_s) and not spent
    return any(
        all(falls(config, need, down, spent) for need in clause)
        for clause in part.needs
        if not (lives_on and any(need.startswith("power:") for need in clause))
    )


@cache
def fallen(config: Config, down: frozenset[str], spent: bool) -> frozenset[str]:
    """Return the channels that fall with these."""
    return frozenset(
        name for name in config.channels if falls(config, name, down, spent)
    )


def failed_at(scenario: Scenario, at_s: float) -> frozenset[str]:
    return frozenset(
        cause.component
        for cause in scenario.causes
        if cause.verdict is FAILED and cause.from_s <= at_s < cause.to_s
    )


@cache
def changes_s(name: str) -> tuple[float, ...]:
    """Return the seconds at which anything at all changes in a recording."""
    scenario = recorded(name)
    times = {turn.at_s for turns in scenario.observe.values() for turn in turns}
    times |= {time for cause in scenario.causes for time in (cause.from_s, cause.to_s)}
    for claim in scenario.marks:
        times |= {claim.at_s, claim.until_s or claim.at_s}
    return tuple(sorted({0.0} | times))


def settled_minutes(name: str) -> Iterator[int]:
    changes = changes_s(name)
    for minute in range(int(recorded(name).duration_s // 60) + 1):
        if not any(60 * minute - SETTLED_S < at_s <= 60 * minute for at_s in changes):
            yield minute


def seen(name: str, minute: float) -> Mapping[str, Verdict]:
    """Say what a recording shows of each channel at a minute."""
    return seen_since(name, max(s for s in changes_s(name) if s <= 60 * minute))


@cache
def seen_since(name: str, change_s: float) -> Mapping[str, Verdict]:
    """Say what a recording shows of each channel from one of its changes on.

    Named by the recording, or else presumed to fall with what failed. An autonomy that
    ends is left out: in these recordings it never decides of an unnamed channel.
    """
    scenario = recorded(name)
    down = fallen(reference(), failed_at(scenario, change_s), spent=False)

    def shown(channel: Channel) -> Verdict:
        for key in (channel.name, channel.kind or ""):
            if key in scenario.observe:
                turns = [t for t in scenario.observe[key] if t.at_s <= change_s]
                return turns[-1].verdict if turns else scenario.otherwise
        return FAILED if channel.name in down else scenario.otherwise

    return {each.name: shown(each) for each in reference().channels.values()}


def right(of: Line, seen: Mapping[str, Verdict]) -> str | None:
    """Return the first channel of a line among those with the best state on it."""
    usable = [name for name, _ in of.order if seen[name] is not FAILED]
    return min(usable, key=lambda name: BEST_FIRST.index(seen[name]), default=None)


def at_minutes(name: str) -> Iterator[tuple[int, Moment]]:
    """Yield each settled minute with what held at its beginning."""
    moments = list(replayed(name).timeline)
    for minute in settled_minutes(name):
        while len(moments) > 1 and moments[1].minute <= minute:
            moments.pop(0)
        yield minute, moments[0]


def used(moment: Moment) -> dict[str, str | None]:
    return {
        each.audience: each.use.channel if each.use else None
        for each in moment.snapshot.recommendations
    }


# ------------------------------------------------------------------ the recordings


@each_recording
def test_six_minutes_after_any_change_the_first_that_works_is_used(name: str) -> None:
    for minute, moment in at_minutes(name):
        shown = seen(name, minute)
        expected = {of.audience: right(of, shown) for of in reference().plan}
        assert used(moment) == expected, f"minute {minute}"


@each_recording
def test_no_channel_that_is_down_is_ever_used_once_that_is_settled(name: str) -> None:
    wrong = {
        (minute, channel)
        for minute, moment in at_minutes(name)
        for channel in used(moment).values()
        if channel and seen(name, minute)[channel] is FAILED
    }

    assert wrong == set()


def true_cause(scenario: Scenario, minute: float) -> tuple[frozenset[str], bool]:
    """Return what is really ill, and whether a power cut has outlasted autonomies.

    What failed, if something did; else what is degraded, as channels that share a
    component and degrade together point to it.
    """
    now = [c for c in scenario.causes if c.from_s <= 60 * minute < c.to_s]
    failed = [cause for cause in now if cause.verdict is FAILED]
    cut_s = max(
        (60 * minute - c.from_s for c in failed if c.component.startswith("power:")),
        default=0.0,
    )
    return frozenset(cause.component for cause in failed or now), cut_s > 4 * 3600


def can_tell(name: str, minute: float) -> bool:
    """Tell whether the channels observed can tell the true cause at a minute.

    They can when something shows, when the true cause takes every channel that shows
    it, and when no channel that works would have fallen with it. Otherwise more is ill
    than the causes say, or the plan claims a need that the world does not have, and no
    reasoning from these channels could name it.

    Channels show it by failing; where none fails, by degrading together with another
    that shares a component. More than three failures at once nobody looks for.
    """
    shown = seen(name, minute)
    ill = {channel for channel, verdict in shown.items() if verdict is FAILED}
    if not ill:
        weak = {channel for channel, verdict in shown.items() if verdict is WEAK}
        ill = {channel for channel in weak if shares(channel, weak - {channel})}
    taken = fallen(reference(), *true_cause(recorded(name), minute))
    well = {channel for channel, verdict in shown.items() if verdict is OK}
    return bool(ill) and ill <= taken and not taken & well


def shares(channel: str, others: set[str]) -> bool:
    taken = (
        fallen(reference(), frozenset({part}), spent=False)
        for part in reference().components
    )
    return any(channel in with_it and with_it & others for with_it in taken)


@each_recording
def test_the_true_cause_is_suspected_whenever_the_channels_can_tell(name: str) -> None:
    """The suspects are minimal: of causes that fall together one may stand for all.

    What a person declared down is known, and no suspect.
    """
    missed = {
        minute: moment.snapshot.suspects
        for minute, moment in at_minutes(name)
        if can_tell(name, minute)
        and not any(
            named and true_cause(recorded(name), minute)[0].issuperset(named)
            for named in moment.snapshot.suspects or (moment.snapshot.known_down,)
        )
    }

    assert missed == {}


def test_in_most_recordings_the_channels_can_tell() -> None:
    """Else the test above would prove nothing."""
    told = [
        name
        for name in recordings()
        if any(can_tell(name, minute) for minute in settled_minutes(name))
    ]

    assert len(told) > len(recordings()) / 2


def moves(replayed: Replay, audience: str) -> tuple[int, int]:
    """Count how often a line left its primary, and how often it came back to it."""
    [primary] = [
        each.tiers[0][1][0]
        for each in replayed.timeline[0].snapshot.recommendations
        if each.audience == audience
    ]
    on = [used(moment)[audience] == primary for moment in replayed.timeline]
    return (
        sum(was and not is_now for was, is_now in pairwise(on)),
        sum(is_now and not was for was, is_now in pairwise(on)),
    )


def test_microsofts_waves_cost_one_departure_and_one_return() -> None:
    played = replayed("ms-2023-01-25")

    assert moves(played, "enterprise") == (1, 1)
    [enterprise] = [line for line in played.lines if "enterprise" in line.line]
    assert enterprise.changes == 2


@pytest.mark.parametrize("pause_min", [3, 9, 10])
def test_pauses_between_waves_that_are_too_short_bring_nobody_back(
    pause_min: float,
) -> None:
    """Also where they are as long as the wait, for then the next wave is in sight."""
    turns = [
        turn
        for wave in range(6)
        for turn in down(30 * wave, 30 * (wave + 1) - pause_min)
    ]
    config = plan(
        component("cloud:x"), channel("teams", "cloud:x"), channel("sms")
    )  # goes back after ten minutes

    played = replay(config, outage(220, observe={"teams": tuple(turns)}))

    assert [name for _, name in whole(played)] == ["teams", "sms", "teams"]


def kept_for(replayed: Replay, audience: str, at_least_min: float = 1) -> list[object]:
    """Return what a line used for so long at a stretch, from its primary on."""
    moments = replayed.timeline
    ends = [*(moment.minute for moment in moments[1:]), inf]
    spans: list[tuple[object, float, float]] = []
    for moment, end in zip(moments, ends, strict=True):
        name = used(moment)[audience]
        if spans and spans[-1][0] == name:
            spans[-1] = (name, spans[-1][1], end)
        else:
            spans.append((name, moment.minute, end))
    long = [name for name, start, end in spans if end - start >= at_least_min]
    first = moments[0].snapshot.recommendations
    [primary] = [each.tiers[0][1][0] for each in first if each.audience == audience]
    return [primary, *(b for a, b in pairwise([primary, *long]) if a != b)]


@each_recording
def test_no_line_changes_more_often_than_the_world(name: str) -> None:
    """What is used for less than a minute, on the way elsewhere, does not count."""
    for of in reference().plan:
        best = [right(of, seen_since(name, at_s)) for at_s in changes_s(name)]
        real = sum(a != b for a, b in pairwise([of.order[0][0], *best]))
        assert len(kept_for(replayed(name), of.audience)) - 1 <= real, of.audience


@each_recording
def test_no_failed_channel_is_left_later_than_the_plan_promises(name: str) -> None:
    took = [
        (each.facts["took_s"], each.facts["limit_s"])
        for moment in replayed(name).timeline
        for each in moment.snapshot.changes
        if each.subject == "line" and each.facts
    ]

    assert all(float(took_s) <= float(limit_s) for took_s, limit_s in took)


# ------------------------------------------------------------------ the same again


def test_replaying_twice_gives_the_same() -> None:
    name = "starlink-2025-07-24"

    assert replay(reference(), recorded(name)) == replayed(name)


def test_folding_the_kept_events_gives_the_same_transitions_and_snapshot() -> None:
    simulation = Simulation(reference(), recorded("starlink-2025-07-24"))
    kept, played = zip(*simulation.play(), strict=True)

    again = [EMPTY]
    for event in kept:
        again.append(step(simulation.config, again[-1], event))

    assert [m.fresh for m in again[1:]] == [m.fresh for m in played]
    assert any(memory.fresh for memory in again)
    at = played[-1].at
    assert at is not None
    shots = [
        take(simulation.config, memory, at=at, boot_id="boot", started=at)
        for memory in (again[-1], played[-1])
    ]
    assert shots[0] == shots[1]


# ------------------------------------------------------------------ small outages


def test_what_ends_at_one_moment_is_decided_on_at_once() -> None:
    """Tests hurried by a word run together from then on, as those of an engine."""
    config = plan(
        component("site:it"), *(channel(name, "site:it") for name in ("sms", "mail"))
    )
    word = Claim(component="site:it", at_s=300.0, until_s=600.0)

    played = Simulation(config, outage(20, marks=(word,))).play()

    results = [event for event, _ in played if isinstance(event, Measured | Gathered)]
    assert len({event.at.steady_s for event in results}) == len(results)
    assert any(len(e.results) > 1 for e in results if isinstance(e, Gathered))


def outage(minutes: float = 60, /, **options: object) -> Scenario:
    settings = {"name": "drill", "start": START, "duration_s": 60 * minutes}
    return Scenario(**{**settings, **options})  # type: ignore[arg-type]  # as written


def down(from_min: float, until_min: float | None = None) -> tuple[Turn, ...]:
    back = () if until_min is None else (Turn(60 * until_min, OK),)
    return (Turn(60 * from_min, FAILED), *back)


def whole(replayed: Replay) -> list[tuple[float, str | None]]:
    """Return what the only line used, each time that changed."""
    found: list[tuple[float, str | None]] = []
    for moment in replayed.timeline:
        [name] = used(moment).values()
        if not found or found[-1][1] != name:
            found.append((moment.minute, name))
    return found


def test_what_is_said_of_no_minute_is_what_the_recording_says_otherwise() -> None:
    config = plan(channel("sms"), channel("mail"))
    scenario = outage(otherwise=WEAK, observe={"mail": (Turn(600, OK),)})

    first, *_, last = replay(config, scenario).timeline

    states = [
        {c.name: c.standing.state for c in m.snapshot.channels} for m in (first, last)
    ]
    assert states == [
        {"sms": State.DEGRADED, "mail": State.DEGRADED},
        {"sms": State.DEGRADED, "mail": State.AVAILABLE},
    ]


def test_a_key_means_the_channel_of_that_name_before_those_of_that_kind() -> None:
    config = plan(
        channel("sms", kind="mail"),
        channel("mail", kind="sms"),
        channel("old", kind="sms"),
    )
    scenario = outage(observe={"sms": down(10), "mail": ()})

    seen = recording.turns(config, scenario)

    assert seen == {"sms": down(10), "mail": (), "old": down(10)}


def test_what_is_not_listed_falls_with_what_really_failed() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=1200.0),
        component("carrier:b"),
        channel("sms", "carrier:a"),
        channel("mail", ["carrier:a", "carrier:b"]),
        channel("radio", "carrier:b"),
    )
    cut = Cause(component="power:grid", from_s=600, to_s=3000)
    weak = Cause(component="carrier:b", from_s=0, to_s=3000, verdict=WEAK)

    seen = recording.turns(config, outage(causes=(cut, weak)))

    assert seen == {
        "sms": (Turn(1800, FAILED), Turn(3000, OK)),
        "mail": (),
        "radio": (),
    }


def test_power_that_one_cause_takes_after_another_was_never_back() -> None:
    config = plan(
        component("power:grid"),
        component("power:feed", "power:grid"),
        channel("sms", "power:feed", autonomy_s=1200.0),
    )
    causes = (
        Cause(component="power:grid", from_s=600, to_s=3000),
        Cause(component="power:grid", from_s=2400, to_s=2700),
        Cause(component="power:feed", from_s=2900, to_s=6000),
    )

    seen = recording.turns(config, outage(causes=causes))

    assert seen == {"sms": (Turn(1800, FAILED), Turn(6000, OK))}


def test_what_is_listed_falls_with_nothing() -> None:
    config = plan(component("carrier:a"), channel("sms", "carrier:a"))
    cause = Cause(component="carrier:a", from_s=0, to_s=3000)

    seen = recording.turns(config, outage(causes=(cause,), observe={"sms": ()}))

    assert seen == {"sms": ()}


def test_a_failed_channel_is_left_and_taken_back_after_it_has_held() -> None:
    config = plan(channel("sms"), channel("mail"), failback_after_s=300)

    left, held, back = whole(replay(config, outage(observe={"sms": down(10, 30)})))

    assert left == (0.0, "sms")
    assert held[1] == "mail"
    assert 10 <= held[0] < 11
    assert back[1] == "sms"
    assert 35 <= back[0] < 37


def test_the_score_counts_what_the_recording_says_not_what_was_believed() -> None:
    slow = probe("sms", interval_s=600.0, watch_every_s=600.0, interval_written=True)
    config = plan(channel("sms", probes=(slow,)), channel("mail"))

    played = replay(config, outage(observe={"sms": down(10), "mail": down(40)}))

    [score] = played.lines
    [(_, _), (left, mail), (lost, none)] = whole(played)
    assert (mail, none) == ("mail", None)
    assert score.minutes_on_a_channel_down == pytest.approx(
        left - 10 + lost - 40, abs=0.05
    )
    assert left - 10 > 5, "two results ten minutes apart confirm it"
    assert score.minutes_without_channel == pytest.approx(60 - lost, abs=0.05)
    assert score.changes == played.total.changes == 2


def test_totals_are_of_all_lines() -> None:
    config = plan(
        channel("sms"),
        line("sms", audience="staff"),
        line("sms", audience="partners", purpose=Purpose.ALERT),
    )

    played = replay(config, outage(20, observe={"sms": down(10)}))

    assert [of.line for of in played.lines] == ["coordinate/staff", "alert/partners"]
    assert played.total.changes == 2
    assert 19 < played.total.minutes_without_channel < 20


def test_an_officers_word_is_heard_and_lapses() -> None:
    config = plan(component("power:grid"), channel("sms", "power:grid"))
    claim = Claim(component="power:grid", at_s=600, says=Declared.DOWN, until_s=1800)
    simulation = Simulation(config, outage(marks=(claim,)))

    states = [
        (round(simulation.second(memory.at)), memory.components["power:grid"].state)
        for _, memory in simulation.play()
        if memory.at is not None
    ]

    turns = [now for was, now in pairwise(states) if was[1] is not now[1]]
    assert turns == [(600, State.DOWN), (1800, State.UNKNOWN)]


def test_a_word_on_what_the_plan_has_not_is_left_out() -> None:
    claim = Claim(component="power:grid", at_s=600)
    config = plan(channel("sms"))

    played = replay(config, outage(marks=(claim,)))

    assert not recording.touched(config, outage(marks=(claim,)))
    assert [m.snapshot.changes for m in played.timeline if m.snapshot.marks] == []


def test_what_cannot_be_tested_any_more_becomes_unknown() -> None:
    config = plan(channel("sms"), channel("mail"))
    lost = (Turn(600, UNKNOWN), Turn(2400, OK))

    played = replay(config, outage(observe={"sms": lost}))

    assert [name for _, name in whole(played)] == ["sms", "mail", "sms"]


def test_probes_of_components_and_paths_do_not_run() -> None:
    config = plan(
        component("carrier:a", probes=(probe("carrier:a"),)),
        channel("sms", "carrier:a", probes=(probe("sms"), probe("sms", "udp"))),
        channel("radio", probes=()),
    )

    stage = recording.staged(config, outage())

    assert [p.id for p in stage.probes()] == [
        "channels/sms/replay",
        "channels/radio/replay",
    ]


def test_a_probe_runs_by_the_quickest_rules_of_its_channel_or_the_usual_ones() -> None:
    config = plan(
        channel("sms", probes=(probe("sms", interval_s=30), probe("sms", "b"))),
        channel("mail", probes=(probe("mail", interval_s=30, confirm=3),)),
        channel("chat", probes=(probe("chat", interval_s=30, confirm=3),)),
        channel("radio", probes=()),
    )

    stage = recording.staged(config, outage())

    rules = {p.owner: (p.interval_s, p.confirm) for p in stage.probes()}
    assert rules == {"sms": (30, 2), "mail": (30, 3), "chat": (30, 3), "radio": (30, 3)}


def test_a_quiet_time_is_passed_over_without_changing_anything() -> None:
    """A word nobody acts on makes a moment that the clock may not leap over."""
    config = plan(component("site:it"), channel("sms"), channel("mail"))
    scenario = outage(400, observe={"sms": down(10, 320)})
    marks = tuple(
        Claim(component="site:it", at_s=60.0 * minute, until_s=60.0 * minute + 30)
        for minute in range(1, 400, 5)
    )

    leaping = replay(config, scenario)
    slow = replay(config, replace(scenario, marks=marks))

    assert whole(leaping) == whole(slow)
    assert leaping.lines == slow.lines
    assert events(config, scenario) * 5 < events(config, replace(scenario, marks=marks))


def events(config: Config, scenario: Scenario) -> int:
    return sum(1 for _ in Simulation(config, scenario).play())


def test_nine_days_are_replayed_in_few_steps() -> None:
    config = plan(channel("sms"), channel("mail"))

    assert events(config, outage(13000, observe={"sms": down(10, 6000)})) < 1000


def test_the_timeline_has_an_entry_for_each_change_and_no_other() -> None:
    config = plan(channel("sms"), channel("mail"))

    played = replay(config, outage(observe={"sms": down(10, 30)}))

    entries = [
        (_plain(m.snapshot.recommendations), m.snapshot.suspects)
        for m in played.timeline
    ]
    assert all(one != other for one, other in pairwise(entries))
    assert [m.minute for m in played.timeline] == sorted(
        m.minute for m in played.timeline
    )


def _plain(lines: tuple[Recommendation, ...]) -> list[Mapping[str, object]]:
    return [
        {
            "use": each.use,
            "backup": each.backup,
            "still": each.still_usable,
            "passed": [(p.channel, p.reason) for p in each.passed_over],
        }
        for each in lines
    ]
