"""A fresh word counts against what is inferred, not against what is measured."""

import pytest
from plans import channel, component, fold, moment, plan, probe, result, shot, tick

from secours.core.events import Event, Said
from secours.core.step import step
from secours.model.observed import Evidence, Reason, ok
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component
from secours.model.snapshot import State
from secours.model.statements import Declared, Mark, Trial, Word

MAINS, CARRIER = "power:grid", "carrier:a"
RADIO = channel("radio", MAINS, probes=())


def town(*parts: Channel | Component) -> Config:
    mains = component(MAINS, probes=(probe(MAINS),))
    return plan(mains, component(CARRIER), *parts)


def say(word: Word, second: float) -> Said:
    return Said(word=word, at=moment(second))


def works(second: float, name: str = "radio") -> Said:
    at = moment(second)
    return say(Trial(channel=name, worked=True, by="Ann", at=at), second)


def up(second: float, name: str = "radio") -> Said:
    at = moment(second)
    mark = Mark(subject=f"channel:{name}", says=Declared.UP, by="Ann", at=at)
    return say(mark, second)


MAINS_FAIL = [result(MAINS, "x", second) for second in (10, 15)]


@pytest.mark.parametrize(
    ("word", "evidence"), [(works(20), Evidence.EXERCISED), (up(20), Evidence.NONE)]
)
def test_a_word_newer_than_a_measured_failure_frees_that_channel_alone(
    word: Said, evidence: Evidence
) -> None:
    config = town(RADIO, channel("phone", MAINS, probes=()))
    failed = [result(MAINS, "o", 1), *MAINS_FAIL]

    assert fold(config, *failed).channels["radio"].state is State.DOWN
    memory = fold(config, *failed, word)

    radio = memory.channels["radio"]
    assert radio.state is State.AVAILABLE
    assert (radio.declared_by, radio.evidence) == ("Ann", evidence)
    assert memory.channels["phone"].state is State.DOWN
    assert memory.components[MAINS].state is State.DOWN
    contradiction = [c for c in memory.fresh if c.reason is Reason.CONTRADICTION]
    assert [(c.name, c.after) for c in contradiction] == [(MAINS, "radio")]
    use = shot(config, memory).recommendations[0].use
    assert use is not None
    assert (use.channel, use.verified) == ("radio", evidence is Evidence.EXERCISED)


def test_repeats_of_a_failure_are_not_newer() -> None:
    config = town(RADIO)
    repeats = [result(MAINS, "x", second) for second in (25, 40, 100)]

    memory = fold(config, result(MAINS, "o", 1), *MAINS_FAIL, works(20), *repeats)

    assert memory.channels["radio"].state is State.AVAILABLE


def test_a_single_success_between_failures_does_not_begin_another_episode() -> None:
    config = town(RADIO)
    later = [result(MAINS, letter, s) for letter, s in (("o", 25), ("x", 30))]

    memory = fold(config, result(MAINS, "o", 1), *MAINS_FAIL, works(20), *later)

    assert memory.components[MAINS].state is State.DOWN
    assert memory.channels["radio"].state is State.AVAILABLE


def test_a_later_fall_is_newer_and_wins() -> None:
    config = town(RADIO)
    again = [result(MAINS, "o", second) for second in (30, 35)]
    again += [result(MAINS, "x", second) for second in (50, 55)]

    memory = fold(config, result(MAINS, "o", 1), *MAINS_FAIL, works(20), *again)

    assert memory.channels["radio"].state is State.DOWN


def test_the_fall_of_another_need_is_newer_and_wins() -> None:
    config = town(channel("radio", MAINS, CARRIER, probes=()))
    carrier = Mark(subject=CARRIER, says=Declared.DOWN, by="Bob", at=moment(30))
    failed: list[Event] = [result(MAINS, "o", 1), *MAINS_FAIL, works(20)]

    memory = fold(config, *failed, say(carrier, 30))

    assert memory.channels["radio"].state is State.DOWN
    assert memory.channels["radio"].presumed == CARRIER


def test_a_battery_that_ends_later_is_newer_and_wins() -> None:
    config = town(channel("radio", MAINS, probes=(), autonomy_s=60.0))
    failed: list[Event] = [result(MAINS, "o", 1), *MAINS_FAIL, works(20)]
    kept_up = [result(MAINS, "x", second) for second in range(30, 90, 5)]

    memory = step(config, fold(config, *failed, *kept_up), tick(90))

    assert memory.channels["radio"].state is State.DOWN


META = plan(
    component("provider:meta"),
    channel("whatsapp", "provider:meta"),
    channel("messenger", "provider:meta"),
    channel("horizon", "provider:meta", probes=()),
    channel("page", "provider:meta", probes=()),
)
META_FAILS = [
    *(result(name, "o", 1) for name in ("whatsapp", "messenger")),
    *(result(name, "x", s) for s in (10, 15) for name in ("whatsapp", "messenger")),
]


def test_a_logged_test_clears_the_suspects_that_would_have_taken_it() -> None:
    before = fold(META, *META_FAILS)
    after = fold(META, *META_FAILS, works(20, "horizon"))

    assert before.channels["page"].state is State.DOWN
    assert ("provider:meta",) not in after.suspects
    assert after.channels["horizon"].state is State.AVAILABLE
    assert after.channels["page"].state is State.UNKNOWN


def test_mark_up_frees_that_channel_only() -> None:
    memory = fold(META, *META_FAILS, up(20, "horizon"))

    assert ("provider:meta",) in memory.suspects
    assert memory.channels["horizon"].state is State.AVAILABLE
    assert memory.channels["page"].state is State.DOWN


def test_an_older_word_speaks_against_no_failure() -> None:
    memory = fold(META, works(0, "horizon"), *META_FAILS)

    assert ("provider:meta",) in memory.suspects
    assert memory.channels["horizon"].state is State.DOWN


def test_a_test_lifts_nothing_that_the_channels_own_probe_measures() -> None:
    config = town(channel("mail"))
    failed = [result("mail", letter, s) for letter, s in (("o", 1), ("x", 5), ("x", 9))]

    memory = fold(config, *failed, works(20, "mail"))

    assert memory.channels["mail"].state is State.DOWN


# ------------------------------------------------------------------ the newest proof


def test_own_success_since_goes_by_the_newest_proof_not_the_best() -> None:
    """A delivery is the better evidence, and older than the false alarm."""
    probes = (probe("mail", "smtp"), probe("mail", "roundtrip", interval_s=300.0))
    config = town(channel("mail", MAINS, probes=probes))
    delivered = result("mail/roundtrip", ok(Evidence.DELIVERED), 1)
    fine = [result(MAINS, "o", 1), delivered, result("mail/smtp", "o", 1)]

    memory = fold(config, *fine, *MAINS_FAIL)
    assert memory.channels["mail"].state is State.DOWN

    memory = step(config, memory, result("mail/smtp", "o", 20))
    assert memory.channels["mail"].state is State.AVAILABLE
    assert memory.channels["mail"].evidence is Evidence.DELIVERED


def test_an_old_contradiction_does_not_hide_a_later_fall() -> None:
    config = town(channel("mail", MAINS, CARRIER))
    fine = [result(MAINS, "o", 1), result("mail", "o", 1), *MAINS_FAIL]
    proved = result("mail", "o", 20)
    carrier = Mark(subject=CARRIER, says=Declared.DOWN, by="Bob", at=moment(30))

    memory = fold(config, *fine, proved, say(carrier, 30))

    assert memory.channels["mail"].state is State.DOWN
    assert memory.channels["mail"].presumed == CARRIER


# ------------------------------------------------------------------ what is verified


def test_a_channel_whose_probe_cannot_run_is_presumed_down_with_its_need() -> None:
    parts = [c for c in META.channels.values() if c.name in ("whatsapp", "messenger")]
    teams = channel("teams", "provider:meta")
    config = plan(*META.components.values(), *parts, teams, channel("sms"))
    blind = [result("teams", "?", 1), result("sms", "o", 1)]

    memory = fold(config, *blind, *META_FAILS)

    assert memory.channels["teams"].state is State.DOWN
    assert memory.channels["teams"].presumed == "provider:meta"
    found = shot(config, memory).recommendations[0]
    assert found.backup is None


def test_declared_up_without_evidence_is_never_verified() -> None:
    config = town(channel("radio", probes=()))

    use = shot(config, fold(config, up(10))).recommendations[0].use

    assert use is not None
    assert (use.state, use.verified) == (State.AVAILABLE, False)


def test_mark_up_does_not_make_an_older_test_a_fresh_proof() -> None:
    """It was tried before the mains fell: since then there is only a word."""
    config = town(RADIO)
    before: list[Event] = [result(MAINS, "o", 1), works(5), *MAINS_FAIL]

    memory = fold(config, *before, say(up(20).word, 20))

    radio = memory.channels["radio"]
    assert (radio.state, radio.reason) == (State.AVAILABLE, Reason.DECLARED)
    assert (radio.declared_by, radio.evidence) == ("Ann", Evidence.NONE)
    use = shot(config, memory).recommendations[0].use
    assert use is not None
    assert not use.verified


def test_mark_up_does_not_make_an_older_success_a_fresh_proof() -> None:
    config = town(channel("mail", MAINS))
    before: list[Event] = [result(MAINS, "o", 1), result("mail", "o", 1), *MAINS_FAIL]

    memory = fold(config, *before, up(20, "mail"))
    assert memory.channels["mail"].reason is Reason.DECLARED

    memory = step(config, memory, result("mail", "o", 30))
    use = shot(config, memory).recommendations[0].use
    assert use is not None
    assert use.verified


def test_mark_up_against_a_suspicion_does_not_make_an_older_test_a_proof() -> None:
    memory = fold(META, works(0, "horizon"), *META_FAILS, up(20, "horizon"))

    horizon = memory.channels["horizon"]
    assert (horizon.state, horizon.reason) == (State.AVAILABLE, Reason.DECLARED)
    assert horizon.evidence is Evidence.NONE


def test_mark_up_of_what_nobody_tried_makes_it_no_more_than_unproven() -> None:
    """Not by what it might have fallen with either."""
    optional = probe("teams", required=False)
    teams = channel("teams", "provider:meta", probes=(optional,))
    config = plan(*META.components.values(), *META.channels.values(), teams)

    memory = fold(config, *META_FAILS, up(20, "teams"))

    assert memory.channels["teams"].state is State.UNKNOWN


def test_mark_up_takes_no_proof_away_where_nothing_fell() -> None:
    config = town(RADIO)

    memory = fold(config, result(MAINS, "o", 1), works(5), up(20))

    assert memory.channels["radio"].evidence is Evidence.EXERCISED


def test_mark_up_proves_no_more_where_a_need_has_fallen() -> None:
    answers = probe("mail", best=Evidence.REACHED)
    config = town(channel("mail", MAINS, probes=(answers,)))

    memory = fold(config, *MAINS_FAIL, up(20, "mail"))

    assert memory.channels["mail"].state is State.UNKNOWN


def test_mark_up_that_a_later_failure_ended_frees_of_no_fall_when_it_is_old() -> None:
    rare = probe(MAINS, stale_after_s=2000.0)
    config = plan(component(MAINS, probes=(rare,)), channel("mail", MAINS))
    failed = [result(owner, "x", s) for s in (21, 26) for owner in ("mail", MAINS)]

    memory = fold(config, result(MAINS, "x", 10), up(20, "mail"), *failed, tick(300))

    assert memory.probes["channels/mail/tcp"].fresh_until_s < moment(300).steady_s
    assert memory.channels["mail"].state is State.DOWN


@pytest.mark.parametrize("fails", [False, True], ids=["it only flaps", "another fails"])
def test_what_was_tried_is_a_backup_like_any_where_it_only_flaps(
    fails: bool,
) -> None:
    names = ("mute", "shaky", "side")
    tests = [
        probe("walkie", name, best=Evidence.REACHED, recover=1, required=name != "side")
        for name in names
    ]
    config = plan(
        channel("mail"), channel("walkie", probes=tuple(tests)), channel("sms")
    )
    shakes = [result("walkie/shaky", "ox"[n % 2], n) for n in range(21)]
    side = [result("walkie/side", "x" if fails else "o", second) for second in (21, 22)]
    others = [result(name, "o", 23) for name in ("mail", "sms")]

    memory = fold(config, *shakes, *side, *others, works(24, "walkie"))

    standing = memory.channels["walkie"]
    assert standing.state is State.DEGRADED
    assert standing.reason is (Reason.REFUSED if fails else Reason.FLAPPING)
    backup = shot(config, memory).recommendations[0].backup
    assert backup is not None
    assert backup.channel == ("sms" if fails else "walkie")


def test_people_who_try_it_after_an_ended_mark_count_before_any_result() -> None:
    config = plan(channel("radio", probes=(probe("radio", best=Evidence.REACHED),)))
    mark = Mark(
        subject="channel:radio",
        says=Declared.DOWN,
        by="Ann",
        at=moment(10),
        until=moment(30).utc,
    )
    trial = Trial(channel="radio", worked=True, by="Ann", at=moment(40))
    told = [Said(word=each, at=each.at) for each in (mark, trial)]

    memory = fold(config, *told)

    assert memory.channels["radio"].state is State.AVAILABLE
    assert memory.channels["radio"].evidence is Evidence.EXERCISED
