from datetime import timedelta

import pytest
from msgspec.structs import replace
from plans import (
    START,
    channel,
    component,
    fold,
    moment,
    plan,
    probe,
    result,
    shot,
    tick,
)

from secours.core.events import Said
from secours.core.memory import Memory
from secours.core.step import step
from secours.languages import Text
from secours.model.observed import Evidence, Reason, degraded, ok, unknown
from secours.model.sections.channel import Channel, MaintenanceWindow, Path, Probe
from secours.model.snapshot import Link, State
from secours.model.statements import Declared, Mark, Trial


def with_probes(*probes: Probe) -> Channel:
    return channel("mail", probes=probes)


def state_after(mail: Channel, letters: dict[str, str]) -> State:
    events = [result(f"mail/{name}", letter, 1) for name, letter in letters.items()]
    return fold(plan(mail), *events).channels["mail"].state


BOTH = (probe("mail", "smtp"), probe("mail", "imap"))
SPARE = (probe("mail", "smtp"), probe("mail", "imap", required=False))


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("oo", State.AVAILABLE),
        ("ox", State.DOWN),
        ("?x", State.DOWN),
        ("o?", State.UNKNOWN),
        ("d?", State.UNKNOWN),
        ("od", State.DEGRADED),
        ("o-", State.UNKNOWN),
    ],
)
def test_worst_required_probe_decides(letters: str, expected: State) -> None:
    found = {n: x for n, x in zip(("smtp", "imap"), letters, strict=True) if x != "-"}

    assert state_after(with_probes(*BOTH), found) is expected


def test_optional_probe_tells_of_a_failed_way_whatever_the_other_is() -> None:
    lan, mobile = (
        probe("mail", f"imap-{via}", way_of="imap", via=via, required=False)
        for via in ("lan", "4g")
    )
    mail = with_probes(probe("mail", "smtp"), lan, mobile)

    found = {"smtp": "o", "imap-lan": "x"}

    assert state_after(mail, found) is State.DEGRADED
    assert state_after(mail, {**found, "imap-4g": "o"}) is State.DEGRADED


@pytest.mark.parametrize("names", [("smtp", "imap"), ("imap", "smtp")])
def test_what_could_not_be_tested_says_more_than_what_was_not(
    names: tuple[str, str],
) -> None:
    """In whichever order they are written: from here on it is no first result."""
    mail = with_probes(*(probe("mail", name) for name in names))

    memory = fold(plan(mail), result("mail/imap", "?", 1))

    assert memory.channels["mail"].reason is Reason.PERMISSION
    assert memory.faulty == {"mail"}


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("ox", State.DEGRADED),
        ("od", State.DEGRADED),
        ("o?", State.AVAILABLE),
        ("xo", State.DOWN),
        ("?o", State.UNKNOWN),
        ("?x", State.UNKNOWN),
    ],
)
def test_optional_probe_can_only_degrade(letters: str, expected: State) -> None:
    found = dict(zip(("smtp", "imap"), letters, strict=True))

    assert state_after(with_probes(*SPARE), found) is expected


@pytest.mark.parametrize(
    ("thin", "letter", "expected"),
    [
        (probe("mail", "smtp", required=False), "o", State.UNKNOWN),
        (probe("mail", "smtp", required=False), "x", State.UNKNOWN),
        (probe("mail", "smtp", required=False), "?", State.UNKNOWN),
        (probe("mail", "icmp", best=Evidence.REACHED), "o", State.UNKNOWN),
        (probe("mail", "icmp", best=Evidence.REACHED), "x", State.DOWN),
        (probe("mail", "tcp", best=Evidence.SERVED), "o", State.AVAILABLE),
    ],
)
def test_thin_proof_is_no_proof(thin: Probe, letter: str, expected: State) -> None:
    mail = with_probes(thin)

    memory = fold(plan(mail), result(f"mail/{thin.name}", letter, 1))

    assert memory.channels["mail"].state is expected
    if letter != "?" and expected is State.UNKNOWN:
        assert memory.channels["mail"].reason is Reason.UNPROVEN


def test_answer_that_a_portal_could_give_leaves_it_unknown_and_says_why() -> None:
    mail = with_probes(probe("mail", "http", best=Evidence.SERVED))
    portal = replace(
        ok(Evidence.REACHED, elsewhere="portal.test"), reason=Reason.UNPROVEN
    )
    good = result("mail/http", ok(Evidence.SERVED), 1)

    served = fold(plan(mail), good)
    led = step(plan(mail), served, result("mail/http", portal, 61))
    back = step(plan(mail), led, result("mail/http", ok(Evidence.SERVED), 121))

    assert served.channels["mail"].state is State.AVAILABLE
    assert led.channels["mail"].state is State.UNKNOWN
    assert led.channels["mail"].reason is Reason.UNPROVEN
    assert led.channels["mail"].facts == {"elsewhere": "portal.test"}
    assert back.channels["mail"].state is State.AVAILABLE


def test_a_logged_test_proves_what_only_answers_and_mark_up_does_not() -> None:
    thin = probe("mail", "icmp", best=Evidence.REACHED)
    config = plan(channel("mail", probes=(thin,), test_every_s=3600.0))
    answers = result("mail/icmp", "o", 1)
    up = Mark(subject="channel:mail", says=Declared.UP, by="Ann", at=moment(2))
    worked = Trial(channel="mail", worked=True, by="Ann", at=moment(3))

    memory = fold(config, answers, Said(word=up, at=moment(2)))
    assert memory.channels["mail"].reason is Reason.UNPROVEN

    memory = step(config, memory, Said(word=worked, at=moment(3)))
    standing = memory.channels["mail"]
    assert standing.state is State.AVAILABLE
    assert (standing.evidence, standing.declared_by) == (Evidence.EXERCISED, "Ann")

    late = [result("mail/icmp", "o", 7203 + n) for n in (0, 1)]
    memory = step(config, step(config, memory, late[0]), late[1])
    assert memory.channels["mail"].reason is Reason.UNPROVEN


def test_mark_up_holds_though_so_far_only_a_lesser_probe_answers() -> None:
    """Its probes can prove more: that one of them answers takes no word back."""
    answers = probe("mail", "icmp", best=Evidence.REACHED)
    served = probe("mail", "smtp", best=Evidence.SERVED, required=False)
    config = plan(with_probes(answers, served))
    up = Mark(subject="channel:mail", says=Declared.UP, by="Ann", at=moment(1))
    reached = result("mail/icmp", ok(Evidence.REACHED), 2)

    unsaid = fold(config, reached).channels["mail"]
    said = fold(config, Said(word=up, at=moment(1)), reached)

    assert (unsaid.state, unsaid.reason) == (State.UNKNOWN, Reason.UNPROVEN)
    mail = said.channels["mail"]
    assert (mail.state, mail.reason) == (State.AVAILABLE, Reason.DECLARED)
    use = shot(config, said).recommendations[0].use
    assert use is not None
    assert not use.verified


def test_channel_nobody_probes_is_unknown() -> None:
    standing = fold(plan(with_probes())).channels["mail"]

    assert (standing.state, standing.reason) == (State.UNKNOWN, Reason.NOT_PROBED)


def test_before_the_first_result_a_channel_is_unknown() -> None:
    standing = fold(plan(channel("mail"))).channels["mail"]

    assert (standing.state, standing.reason) == (State.UNKNOWN, Reason.NOT_MEASURED)


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("oo", State.AVAILABLE),
        ("ox", State.DEGRADED),
        ("xx", State.DOWN),
        ("x?", State.UNKNOWN),
        ("o?", State.AVAILABLE),
        ("dd", State.DEGRADED),
    ],
)
def test_ways_of_one_probe_fail_only_together(letters: str, expected: State) -> None:
    mail = with_probes(
        probe("mail", "lan", via="lan", way_of="smtp"),
        probe("mail", "4g", via="4g", way_of="smtp"),
    )

    found = dict(zip(("lan", "4g"), letters, strict=True))

    assert state_after(mail, found) is expected


def lan(*names: str) -> Path:
    references = tuple(probe("lan", n, id=f"paths/lan/{n}", via="lan") for n in names)
    return Path(name="lan", references=references)


def test_channel_seen_only_through_a_dead_path_is_unknown_not_down() -> None:
    mail = with_probes(probe("mail", "smtp", via="lan"))
    config = plan(mail, lan("a", "b"))

    memory = fold(
        config,
        result("mail/smtp", "x", 1),
        result("path lan/a", "x", 1),
        result("path lan/b", "x", 1),
    )

    assert memory.paths["lan"] is Link.DOWN
    assert memory.channels["mail"].state is State.UNKNOWN
    assert memory.channels["mail"].reason is Reason.OWN_LINK


def test_what_answers_over_a_path_that_reaches_nothing_else_is_available() -> None:
    phones = channel("phones", probes=(probe("phones", via="lan"),))
    config = plan(phones, lan("a"))
    before, after = result("phones", "o", 1), result("phones", "o", 3)

    cut = [result("path lan/a", "x", 2)]

    assert fold(config, before, *cut).channels["phones"].state is State.UNKNOWN
    assert fold(config, *cut, after).channels["phones"].state is State.AVAILABLE


def mains(*letters: str) -> Memory:
    """Return what is known after these results, a second apart, over one path.

    `lx` is a failure of the path's reference, `mo` a success of the mains.
    """
    supply = component(
        "power:grid", probes=(probe("power:grid", via="lan", confirm=1),)
    )
    sms = channel("sms", "power:grid", autonomy_s=3600.0, probes=(probe("sms"),))
    events = [result("sms", "o", 0.5)]
    for second, each in enumerate(letters, 1):
        owner = {"l": "path lan/a", "m": "power:grid"}[each[0]]
        events.append(result(owner, each[1], second))
    return fold(plan(supply, sms, lan("a")), *events)


def test_component_that_failed_while_its_path_was_open_stays_down_without_it() -> None:
    """The mains fail first, our line with them: batteries still run down."""
    memory = mains("lo", "mx", "lo", "lx", "lx")

    assert memory.paths["lan"] is Link.DOWN
    assert memory.components["power:grid"].state is State.DOWN
    assert memory.channels["sms"].until is not None
    assert memory.channels["sms"].until.steady_s == moment(2 + 3600).steady_s


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        (("lo", "mx", "lx", "lx"), State.UNKNOWN),  # it may be the path that failed
        (("lo", "mx", "lo", "lx", "lx", "mo", "mo"), State.AVAILABLE),  # it answers
    ],
)
def test_component_behind_a_dead_path_is_down_only_where_that_is_known(
    letters: tuple[str, ...], expected: State
) -> None:
    memory = mains(*letters)

    assert memory.paths["lan"] is Link.DOWN
    assert memory.components["power:grid"].state is expected


def test_reference_that_a_captive_portal_answers_counts_for_nothing() -> None:
    weak = probe("lan", "tcp", id="paths/lan/tcp", via="lan", required=False)
    proof = probe("lan", "dns", id="paths/lan/dns", via="lan")
    config = plan(channel("mail"), Path(name="lan", references=(weak, proof)))

    answers = [result("path lan/tcp", "o", 1), result("path lan/dns", "x", 1)]

    assert fold(config, *answers).paths["lan"] is Link.DOWN


@pytest.mark.parametrize(
    ("letters", "expected"),
    [("xx", Link.DOWN), ("xo", Link.OK), ("x?", Link.UNKNOWN), ("d?", Link.OK)],
)
def test_path_is_down_only_when_every_reference_fails(
    letters: str, expected: Link
) -> None:
    events = [result(f"path lan/{n}", x, 1) for n, x in zip("ab", letters, strict=True)]

    assert fold(plan(channel("mail"), lan("a", "b")), *events).paths["lan"] is expected


def test_path_without_references_is_unknown() -> None:
    assert fold(plan(channel("mail"), lan())).paths["lan"] is Link.UNKNOWN


def test_dead_path_is_left_out_where_another_way_is_open() -> None:
    mail = with_probes(
        probe("mail", "lan", via="lan", way_of="smtp"),
        probe("mail", "4g", via="4g", way_of="smtp"),
    )
    config = plan(mail, lan("a"), Path(name="4g", interface="wwan0"))

    memory = fold(
        config,
        result("mail/lan", "x", 1),
        result("mail/4g", "o", 1),
        result("path lan/a", "x", 1),
    )

    assert memory.channels["mail"].state is State.AVAILABLE


def test_missing_device_is_the_channel_down_and_says_nothing_of_a_carrier() -> None:
    missing = unknown(Reason.NO_DEVICE)
    carrier = component("carrier:a", probes=(probe("carrier:a"),))

    memory = fold(
        plan(channel("sms"), carrier),
        result("sms", missing, 1),
        result("carrier:a", missing, 1),
    )

    assert memory.channels["sms"].state is State.DOWN
    assert memory.components["carrier:a"].state is State.UNKNOWN


def test_warning_is_shown_and_changes_no_state() -> None:
    expiring = degraded(Reason.TLS_EXPIRING, Evidence.SERVED, days=3)

    standing = fold(plan(channel("mail")), result("mail", expiring, 1)).channels["mail"]

    assert standing.state is State.AVAILABLE
    assert standing.warnings == (Reason.TLS_EXPIRING,)


def test_best_fresh_proof_is_the_evidence_of_a_channel() -> None:
    mail = with_probes(*BOTH)

    standing = fold(
        plan(mail),
        result("mail/smtp", ok(Evidence.AUTHENTICATED), 1),
        result("mail/imap", ok(Evidence.REACHED), 2),
    ).channels["mail"]

    assert standing.evidence is Evidence.AUTHENTICATED
    assert standing.evidence_at is not None
    assert standing.evidence_at.steady_s == 1001.0


def fed(*, autonomy_s: float | None) -> Memory:
    config = plan(
        component("power:grid", probes=(probe("power:grid"),)),
        component("carrier:a", "power:grid", autonomy_s=autonomy_s),
        channel("radio", "carrier:a", probes=()),
    )
    return fold(config, result("power:grid", "x", 100))


def test_channel_whose_need_is_down_is_presumed_down_with_it() -> None:
    standing = fed(autonomy_s=None).channels["radio"]

    assert standing.state is State.DOWN
    assert standing.reason is Reason.NEEDS
    assert standing.presumed == "carrier:a"


def test_fed_channel_says_until_when_it_lives() -> None:
    standing = fed(autonomy_s=3600.0).channels["radio"]

    assert standing.state is State.UNKNOWN
    assert standing.until is not None
    assert standing.until.steady_s == 1000.0 + 100 + 3600


@pytest.mark.parametrize(
    ("second", "expected", "reason"),
    [
        (2799, State.AVAILABLE, Reason.NONE),
        (2801, State.DEGRADED, Reason.ENDING),
        (3699, State.DEGRADED, Reason.ENDING),
        (3701, State.DOWN, Reason.NEEDS),
    ],
)
def test_channel_is_demoted_before_its_autonomy_ends(
    second: float, expected: State, reason: Reason
) -> None:
    config = plan(
        component("power:grid", probes=(probe("power:grid", stale_after_s=1e6),)),
        component("carrier:a", "power:grid", autonomy_s=3600.0),
        channel("sms", "carrier:a", probes=(probe("sms", stale_after_s=1e6),)),
    )

    memory = fold(
        config, result("sms", "o", 50), result("power:grid", "x", 100), tick(second)
    )

    assert memory.channels["sms"].state is expected
    assert memory.channels["sms"].reason is reason


def test_success_after_the_fall_contradicts_it() -> None:
    config = plan(
        component("power:grid", probes=(probe("power:grid"),)),
        channel("sms", "power:grid"),
    )

    memory = fold(config, result("power:grid", "x", 100), result("sms", "o", 101))

    assert memory.channels["sms"].state is State.AVAILABLE
    assert memory.contradictions == {("power:grid", "sms")}


def test_what_is_on_its_way_back_makes_no_plan_wrong() -> None:
    config = plan(
        component("power:grid", probes=(probe("power:grid"),)),
        channel("sms", "power:grid"),
    )
    fell = [result(name, "x", s) for s in (100, 105) for name in ("power:grid", "sms")]
    back = [
        result("power:grid", "o", 120),
        *(result("sms", "o", s) for s in (122, 127)),
    ]

    memory = fold(config, result("power:grid", "o", 1), *fell, *back)

    assert memory.components["power:grid"].state is State.DOWN
    assert memory.contradictions == frozenset()


def test_channel_with_an_alternative_left_is_not_presumed_down() -> None:
    config = plan(
        component("internet:fibre", probes=(probe("internet:fibre"),)),
        component("carrier:a"),
        channel("signal", ["internet:fibre", "carrier:a"], probes=()),
    )

    memory = fold(config, result("internet:fibre", "x", 1))

    assert memory.channels["signal"].state is State.UNKNOWN


def suspected(*up: str) -> Memory:
    """WhatsApp and Messenger fail; Facebook's radio shares their provider."""
    config = plan(
        component("provider:meta"),
        component("carrier:a"),
        channel("whatsapp", "provider:meta", "carrier:a"),
        channel("messenger", "provider:meta", "carrier:a"),
        channel("sms", "carrier:a"),
        channel("horizon", "provider:meta", probes=()),
    )
    events = [result(name, "x", 1) for name in ("whatsapp", "messenger")]
    return fold(config, *events, *(result(name, "o", 2) for name in up))


def test_channel_nobody_probes_is_presumed_down_when_every_suspect_takes_it() -> None:
    memory = suspected("sms")

    assert memory.suspects[0] == ("provider:meta",)
    assert memory.channels["horizon"].state is State.DOWN
    assert memory.channels["horizon"].presumed == "provider:meta"


def test_channel_that_only_some_suspects_take_is_at_risk() -> None:
    memory = suspected()

    assert memory.suspects[:2] == (("carrier:a",), ("provider:meta",))
    assert memory.channels["horizon"].state is State.UNKNOWN
    assert memory.channels["horizon"].at_risk == "provider:meta"


def test_two_channels_degraded_together_point_at_what_they_share() -> None:
    config = plan(
        component("provider:meta"),
        channel("whatsapp", "provider:meta"),
        channel("messenger", "provider:meta"),
        channel("radio"),
    )
    weak = [result(name, "d", 1) for name in ("whatsapp", "messenger")]

    assert fold(config, *weak).suspects[0] == ("provider:meta",)
    assert fold(config, weak[0], result("radio", "d", 1)).suspects == ()


def test_missing_device_is_nobody_elses_fault() -> None:
    config = plan(component("carrier:a"), channel("sms", "carrier:a"))

    memory = fold(config, result("sms", unknown(Reason.NO_DEVICE), 1))

    assert memory.channels["sms"].state is State.DOWN
    assert memory.suspects == ()


def test_planned_maintenance_sets_a_channel_aside_for_its_time() -> None:
    window = MaintenanceWindow(
        start=START + timedelta(seconds=60),
        end=START + timedelta(seconds=120),
        why=Text("new antenna"),
    )
    config = plan(channel("sms", maintenance=(window,)))

    asides = [
        fold(config, tick(second)).channels["sms"].aside for second in (59, 61, 121)
    ]

    assert asides == [Reason.NONE, Reason.MAINTENANCE, Reason.NONE]


def test_a_failure_never_renews_what_was_too_old_when_it_arrived() -> None:
    quick = probe("mail", interval_s=1.0, watch_every_s=1.0, timeout_s=1.0)
    config = plan(channel("mail", probes=(quick,)))
    began = result("mail", "x", 2.9)
    late = replace(began, at=moment(3.9))

    memory = fold(config, result("mail", "o", 0), tick(3.5))
    assert memory.channels["mail"].state is State.UNKNOWN

    assert step(config, memory, late).channels["mail"].state is State.DOWN
