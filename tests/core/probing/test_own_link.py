"""Is it us? Asked at once, and answered before anything is believed to have failed."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace
from plans import channel, component, fold, moment, plan, probe, result, shot, tick

from secours.core.events import Event, Measured, Replanned
from secours.core.memory import Memory
from secours.core.probing import intervals, own_link
from secours.core.step import step
from secours.model.observed import Outcome, Reason, Verdict, failed, unknown
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Path, Probe
from secours.model.snapshot import Link, State

LOST = failed(Reason.TIMEOUT)
NO_ROUTE = unknown(Reason.NO_ROUTE)


def reference(name: str) -> Probe:
    made = probe("lan", name, via="lan", interval_s=60.0, interval_written=True)
    return replace(made, id=f"paths/lan/{name}", timeout_s=3.0)


REFERENCES = (reference("dns"), reference("tls"))
LAN = Path(name="lan", references=REFERENCES)


def over_lan(name: str) -> Probe:
    return probe(name, via="lan")


TOWN = plan(
    *(channel(name, probes=(over_lan(name),)) for name in ("teams", "mail")),
    channel("radio", probes=()),
    LAN,
)
FINE: list[Event] = [result(name, "o", 1) for name in ("teams", "mail")]
FINE += [result(f"path lan/{ref.name}", "o", 1) for ref in REFERENCES]


def in_house(name: str, *channels: Channel) -> Config:
    """Return a plan of these over the path, of which this one stands in the house."""
    needs = {"needs": (("site:it",),)}
    inside = (replace(c, **needs) if c.name == name else c for c in channels)
    return plan(component("site:it"), *inside, LAN)


def references(letter: str | Outcome, *seconds: float) -> list[Event]:
    names = [ref.name for ref in REFERENCES]
    seen = LOST if letter == "x" else letter
    return [result(f"path lan/{name}", seen, s) for s in seconds for name in names]


def lost(name: str, *seconds: float) -> list[Event]:
    return [result(name, LOST, second) for second in seconds]


def late(name: str, letter: str | Outcome, began: float, ended: float) -> Measured:
    """Return a test that took its time."""
    return replace(result(name, letter, began), at=moment(ended))


def after(*events: Iterable[Event], config: Config = TOWN) -> Memory:
    return fold(config, *FINE, *(event for each in events for event in each))


def used(memory: Memory, config: Config = TOWN) -> str | None:
    use = shot(config, memory).recommendations[0].use
    return use.channel if use else None


def test_the_first_failure_over_a_path_hurries_its_references() -> None:
    before, doubted = after(), after(lost("teams", 20))

    assert intervals.delay_s(TOWN, before, REFERENCES[0]) == 60
    assert intervals.delay_s(TOWN, doubted, REFERENCES[0]) == 19  # now, not in a minute
    assert intervals.hurries(before, doubted)


def test_nothing_over_a_path_in_doubt_is_confirmed_down() -> None:
    memory = after(lost("teams", 20, 25, 28))

    assert memory.channels["teams"].state is State.AVAILABLE
    assert used(memory) == "teams"


def test_a_path_that_answers_leaves_the_failure_to_the_channel() -> None:
    memory = after(lost("teams", 20, 25), references("o", 26))

    assert memory.channels["teams"].state is State.DOWN
    assert memory.channels["teams"].failed_at == moment(20)
    assert used(memory) == "mail"


def test_a_path_that_answers_at_once_delays_no_more_than_its_answer() -> None:
    failing = [*lost("teams", 20), *references("o", 20.1), *lost("teams", 25)]

    memory = after(failing, references("o", 25.1))

    assert memory.channels["teams"].state is State.DOWN


def test_our_own_link_is_named_in_time_and_no_line_loses_its_answer() -> None:
    cut = [*lost("teams", 20), *lost("mail", 22)]
    memory = after(cut)
    answers = [used(memory)]
    for event in [*references("x", 23), *lost("teams", 25), *references("x", 31)]:
        memory = step(TOWN, memory, event)
        answers.append(used(memory))

    assert memory.paths["lan"] is Link.DOWN
    assert memory.at is not None
    assert memory.at.since(moment(20)) <= own_link.doubt_limit_s(LAN)
    assert set(answers) <= {"teams", "radio"}
    assert {s.state for s in memory.channels.values()} == {State.UNKNOWN}
    assert memory.channels["teams"].reason is Reason.OWN_LINK


def test_a_path_that_nothing_judges_in_time_leaves_a_dead_channel_no_green() -> None:
    limit_s = own_link.doubt_limit_s(LAN)
    blocked = references("?", 21, 26, 31)

    memory = after(lost("teams", 20, 25), blocked)
    assert memory.channels["teams"].state is State.AVAILABLE

    memory = step(TOWN, memory, tick(20 + limit_s + 0.1))
    assert limit_s == 2 * 3 + 5 + 2
    assert memory.channels["teams"].state is State.DOWN


def test_without_references_a_channel_is_judged_without_them() -> None:
    config = plan(channel("teams", probes=(over_lan("teams"),)), Path(name="lan"))
    fine: list[Event] = [result("teams", "o", 1)]

    memory = fold(config, *fine, *lost("teams", 20, 25))

    assert memory.channels["teams"].state is State.DOWN


CUT = [*lost("teams", 20, 25), *references("x", 21, 26), *lost("mail", 30, 35, 90)]


def test_while_a_path_is_down_its_references_run_often_whatever_is_written() -> None:
    memory = after(CUT)

    assert memory.paths["lan"] is Link.DOWN
    assert intervals.delay_s(TOWN, memory, REFERENCES[0]) == REFERENCES[0].retry_every_s


def test_failures_measured_during_a_cut_do_not_count_after_it() -> None:
    memory = after(CUT, references("x", 95), references("o", 100, 105))

    assert memory.paths["lan"] is Link.OK
    for name in ("teams", "mail"):
        assert memory.channels[name].state is State.UNKNOWN
        assert memory.channels[name].reason is Reason.OWN_LINK


def test_after_the_return_everything_over_the_path_is_tried_at_once() -> None:
    memory = after(CUT, references("x", 95), references("o", 100, 105))

    assert intervals.delay_s(TOWN, memory, over_lan("mail")) == 105 - 90
    memory = step(TOWN, memory, result("mail", "o", 105.2))
    assert memory.channels["mail"].state is State.AVAILABLE


def test_a_channel_that_failed_before_the_cut_is_still_failed_after_it() -> None:
    early = [*lost("mail", 5), *references("o", 5.1), *lost("mail", 10)]

    memory = after(early, references("o", 15), CUT, references("o", 100, 105))

    assert memory.channels["mail"].state is State.DOWN
    assert memory.channels["teams"].state is State.UNKNOWN


@pytest.mark.parametrize("second", [5, 14])
def test_no_failure_during_a_cut_confirms_one_from_before_it(second: float) -> None:
    """Nor where the test that failed first had begun when the path last worked."""
    early = [*references("o", 4), *lost("mail", second), *references("o", 15)]

    memory = after(early, CUT, references("o", 100, 105))

    assert memory.paths["lan"] is Link.OK
    assert memory.channels["mail"].state is State.UNKNOWN
    assert memory.channels["mail"].reason is Reason.OWN_LINK


@pytest.mark.parametrize("letters", ["xx", "x"])
def test_no_first_failure_decides_before_the_path_is_judged(letters: str) -> None:
    events = [result("teams", LOST, 1 + n) for n, _ in enumerate(letters)]

    memory = fold(TOWN, *events)
    assert memory.channels["teams"].state is State.UNKNOWN

    memory = step(TOWN, memory, references("o", 5)[0])
    assert memory.channels["teams"].state is State.DOWN


def test_a_component_over_a_path_in_doubt_is_not_down_either() -> None:
    mains = component("power:grid", probes=(probe("power:grid", via="lan"),))
    config = plan(mains, channel("sms", "power:grid"), LAN)
    fine = [result("power:grid", "o", 1), result("sms", "o", 1)]
    down = [result("power:grid", LOST, second) for second in (20, 25)]

    memory = fold(config, *fine, *references("o", 1), *down)

    assert memory.components["power:grid"].state is State.AVAILABLE
    memory = step(config, memory, references("o", 26)[0])
    assert memory.components["power:grid"].state is State.DOWN


BACK = [*CUT, *references("x", 95), *references("o", 100, 105)]


def test_a_test_begun_before_the_return_that_fails_after_it_does_not_count() -> None:
    memory = after(BACK, [late("mail", LOST, 104, 114)])

    assert memory.channels["mail"].state is State.UNKNOWN
    assert memory.channels["mail"].reason is Reason.OWN_LINK
    assert (
        intervals.delay_s(TOWN, memory, over_lan("mail")) == 105 - 104
    )  # at once again
    assert not memory.path_doubts
    memory = step(TOWN, memory, result("mail", LOST, 114.1))
    assert memory.path_doubts
    memory = step(TOWN, memory, references("o", 114.2)[0])
    for event in (result("mail", LOST, 119), *references("o", 119.1)):
        memory = step(TOWN, memory, event)
    assert memory.channels["mail"].state is State.DOWN


def test_own_link_is_the_reason_where_the_latest_test_began_before_the_return() -> None:
    """A failure from before the cut, held back and never confirmed, is not."""
    pager = channel("pager", probes=(replace(over_lan("pager"), confirm=1),))
    config = plan(*TOWN.channels.values(), pager, LAN)
    refused = failed(Reason.REFUSED)
    before = [*references("o", 21), late("pager", refused, 20, 22)]
    cut = [*references("x", 23, 29), *references("o", 60, 61)]

    held = after(before, cut, config=config)
    excused = step(config, held, late("pager", refused, 58, 62))

    reasons = [each.channels["pager"].reason for each in (held, excused)]
    assert reasons == [Reason.REFUSED, Reason.OWN_LINK]
    assert excused.channels["pager"].state is State.UNKNOWN


def test_a_test_begun_before_the_return_that_works_counts() -> None:
    memory = after(BACK, [late("mail", "o", 104, 106)])

    assert memory.channels["mail"].state is State.AVAILABLE


def test_a_refusal_that_came_during_the_cut_is_not_hurried_after_it() -> None:
    refused = failed(Reason.AUTH)

    memory = after(BACK, [late("mail", refused, 104, 106)])

    assert memory.channels["mail"].state is State.UNKNOWN
    assert (
        intervals.delay_s(TOWN, memory, over_lan("mail")) == over_lan("mail").interval_s
    )


# ------------------------------------------------------------- the line after a return

ALIKE = plan(
    *(channel(name, probes=(over_lan(name),)) for name in ("teams", "mail")), LAN
)


def returned(*events: Event) -> Memory:
    return after(BACK, events, config=ALIKE)


@pytest.mark.parametrize("order", [("mail", "teams"), ("teams", "mail")])
def test_the_order_of_first_results_after_a_return_moves_no_line(
    order: tuple[str, str],
) -> None:
    first, second = (result(n, "o", 105.5 + s) for s, n in enumerate(order))
    memory = returned(first)
    assert used(memory, ALIKE) == "teams"

    memory = step(ALIKE, memory, second)

    assert used(memory, ALIKE) == "teams"
    assert memory.channels["teams"].state is State.AVAILABLE


def test_a_line_waits_for_a_test_under_way_at_the_return_and_for_its_next() -> None:
    under_way = late("teams", LOST, 104, 114)
    memory = returned(result("mail", "o", 105.5), under_way, tick(118))
    assert used(memory, ALIKE) == "teams"

    memory = step(ALIKE, memory, late("teams", "o", 114, 119))
    assert used(memory, ALIKE) == "teams"


def test_a_line_waits_no_longer_than_first_tests_after_a_return_may_take() -> None:
    timeout_s = over_lan("teams").timeout_s
    memory = returned(result("mail", "o", 105.5))

    memory = step(ALIKE, memory, tick(105 + 2 * timeout_s))
    assert used(memory, ALIKE) == "teams"
    memory = step(ALIKE, memory, tick(105 + 2 * timeout_s + 2))
    assert used(memory, ALIKE) == "mail"


# ---------------------------------------------------------------- an interface is down


def test_no_route_for_every_reference_is_our_own_link_down() -> None:
    memory = after(references(NO_ROUTE, 20, 25))

    assert memory.paths["lan"] is Link.DOWN
    for name in ("teams", "mail"):
        assert memory.channels[name].state is State.UNKNOWN
        assert memory.channels[name].reason is Reason.OWN_LINK


def test_one_reference_without_a_route_is_not_our_own_link_down() -> None:
    only_v6 = [result("path lan/dns", NO_ROUTE, second) for second in (20, 25)]

    assert after(only_v6).paths["lan"] is Link.OK


def test_a_reference_that_may_not_be_tested_does_not_count_as_failed() -> None:
    assert after(references("?", 20, 25)).paths["lan"] is Link.OK


def test_a_channel_without_a_route_has_not_failed_but_asks_the_references() -> None:
    memory = after([result("teams", NO_ROUTE, second) for second in (20, 25)])

    assert memory.channels["teams"].state is State.AVAILABLE
    assert memory.path_doubts["lan"] == moment(20)
    assert intervals.delay_s(TOWN, memory, REFERENCES[0]) == 19


def test_a_channel_that_never_has_a_route_hurries_the_references_once() -> None:
    without = [result("teams", NO_ROUTE, 20), *references("o", 20.1)]

    memory = after(without, [result("teams", NO_ROUTE, 35)])

    assert not memory.path_doubts
    memory = step(TOWN, memory, result("teams", LOST, 50))
    assert memory.path_doubts


def test_a_reference_that_counts_is_a_verdict_of_its_own() -> None:
    shown = shot(TOWN, after(references(NO_ROUTE, 20, 25))).paths[0].probes

    assert {p.verdict for p in shown} == {Verdict.FAILED}
    assert {p.reason for p in shown} == {Reason.NO_ROUTE}


def test_a_cut_of_ours_makes_no_peer_one_that_loses_packets() -> None:
    cut = [*lost("teams", 20, 25), *references("x", 21, 26), *lost("mail", 90)]
    again = [result("mail", "o", 98)]  # before the path is judged
    memory = after(cut, references("x", 95), again, references("o", 100, 105))

    assert memory.paths["lan"] is Link.OK
    assert memory.channels["mail"].state is State.AVAILABLE
    assert not memory.probes["channels/mail/tcp"].lossy
    assert not memory.probes["channels/mail/tcp"].flapping


def test_what_comes_in_sight_before_the_path_is_judged_moves_no_line() -> None:
    cut = [*lost("teams", 20), *references("x", 21, 26), *lost("mail", 27)]
    config = in_house("mail", *(TOWN.channels[name] for name in ("teams", "mail")))
    memory = after(cut, [result("mail", "o", 40)], config=config)
    tested = step(config, memory, result("teams", LOST, 41))

    assert memory.channels["mail"].state is State.AVAILABLE
    assert used(memory, config) == "teams"
    assert used(tested, config) == "mail"


def test_what_is_left_all_the_same_is_left_for_what_answers() -> None:
    failed = [*lost("mail", 5), *references("o", 5.1), *lost("mail", 10)]
    again = [*references("x", 21), result("mail", "o", 22), result("mail", "o", 24)]
    config = in_house("mail", *TOWN.channels.values())
    memory = after(failed, again, references("x", 26), config=config)

    assert memory.channels["mail"].state is State.AVAILABLE
    assert memory.channels["radio"].state is State.UNKNOWN  # and not for our own link
    assert [held.channel for held in memory.lines.values()] == ["mail"]


def test_one_failure_after_a_cut_of_ours_is_not_believed() -> None:
    once = [result("mail", "o", 105.5), result("teams", "x", 106)]
    judged = references("o", 106.1)

    memory = returned(*once, *judged)
    assert memory.channels["teams"].state is State.UNKNOWN
    assert used(memory, ALIKE) == "teams"

    again = [result("teams", "x", 111), *references("o", 111.1)]
    memory = returned(*once, *judged, *again)
    assert memory.channels["teams"].state is State.DOWN
    assert used(memory, ALIKE) == "mail"


def test_one_success_after_a_cut_of_ours_decides() -> None:
    lost_one = [result("mail", "o", 105.5), result("teams", "x", 106)]
    memory = returned(*lost_one, *references("o", 106.1), result("teams", "o", 111))

    assert memory.channels["teams"].state is State.AVAILABLE
    assert used(memory, ALIKE) == "teams"


def test_nobody_waits_for_ever_for_a_second_failure() -> None:
    failed_once = [result("mail", "o", 105.5), result("teams", "x", 106)]
    cannot = unknown(Reason.PERMISSION)
    silent = [result("teams", cannot, float(s)) for s in range(111, 800, 5)]
    works = [result("mail", "o", float(s)) for s in range(111, 800, 10)]
    open_still = references("o", *range(107, 800, 50))
    memory = returned(*failed_once, *open_still, *silent, *works)

    assert used(memory, ALIKE) == "mail"


def test_what_was_held_back_is_down_for_what_failed_and_not_for_what_came_after() -> (
    None
):
    refused = failed(Reason.REFUSED)
    memory = after(
        [result("teams", refused, 20), result("teams", refused, 25)],
        [result("teams", NO_ROUTE, 26)],
        references("o", 27),
    )

    standing = memory.channels["teams"]
    assert standing.state is State.DOWN
    assert standing.reason is Reason.REFUSED


def test_a_provider_that_is_asked_for_long_makes_nobody_wait_for_our_path() -> None:
    """What it says of itself is no test of the channel over the path."""
    own = probe("mail", via="lan", timeout_s=3.0)
    said = probe("mail", "page", hint=True, timeout_s=60.0)
    alone, both = (channel("mail", probes=probes) for probes in ((own,), (own, said)))
    memory = fold(plan(both, Path(name="lan")), result("mail", "x", 1))
    memory = replace(memory, paths_back={"lan": moment(5)})

    ends_s = own_link.first_tests_end_s(memory, both)

    assert ends_s == own_link.first_tests_end_s(memory, alone)
    assert ends_s > moment(5).steady_s


def replanned(memory: Memory, second: float, config: Config = TOWN) -> Memory:
    return step(config, memory, Replanned(at=moment(second)))


def test_an_edit_leaves_a_path_that_is_down_so_and_tells_nobody_again() -> None:
    memory = after(references("x", 20, 25))
    assert memory.paths == {"lan": Link.DOWN}

    memory = replanned(memory, 30)

    assert memory.paths == {"lan": Link.DOWN}
    assert [change for change in memory.fresh if change.subject == "path"] == []
    assert memory.cut_after == {"lan": moment(1).steady_s}


def test_a_path_that_an_edit_binds_otherwise_begins_without_results() -> None:
    bound = replace(TOWN, paths={"lan": replace(LAN, interface="wwan1")})

    memory = replanned(after(references("x", 20, 25)), 30, bound)

    assert memory.probes == {}
    assert memory.paths == {"lan": Link.UNKNOWN}


def test_an_edit_leaves_a_path_in_doubt_so() -> None:
    memory = replanned(after(lost("teams", 20)), 21)

    assert memory.path_doubts == {"lan": moment(20)}
    memory = step(TOWN, memory, result("teams", LOST, 25))
    assert memory.channels["teams"].state is State.AVAILABLE


def test_an_edit_that_drops_a_path_forgets_it_and_its_doubt() -> None:
    without = replace(TOWN, paths={})

    doubted = replanned(after(lost("teams", 20)), 21, without)
    cut = replanned(after(references("x", 20, 25)), 30, without)

    assert doubted.path_doubts == {}
    assert cut.paths == {}
