"""Of many results that lapse at about the same time, one decision is made."""

import pytest
from plans import channel, fold, moment, plan, result, tick

from secours.core import deadlines
from secours.core import step as core
from secours.core.events import Replanned, Resumed, Said, Ticked
from secours.core.memory import Memory, after_reboot
from secours.core.step import step
from secours.model.observed import Instant, Reason
from secours.model.plan import Config
from secours.model.snapshot import Change, State
from secours.model.statements import Declared, Mark, Trial

WATCHED = ["used", "backup"]
NAMES = [f"c{n}" for n in range(deadlines.MANY)]
AGE_S = deadlines.TOGETHER_S / 2 / len(NAMES + WATCHED)  # from one result to the next
Decisions = list[float]


def town(names: list[str]) -> Config:
    """Return a plan of channels of which only two others are watched more closely."""
    return plan(*(channel(name) for name in (*WATCHED, *names)))


def all_fine(config: Config, at_s: float) -> Memory:
    first = [result(name, "o", 0) for name in WATCHED]  # from now on they are watched
    names = enumerate(config.channels)
    fine = [result(name, "o", at_s + n * AGE_S) for n, name in names]
    return fold(config, *first, *fine)


def lapse_s(memory: Memory) -> list[float]:
    """Return when each result is too old, in the seconds of `moment`."""
    began_s = moment(0).steady_s
    return sorted(h.fresh_until_s - began_s for h in memory.probes.values())[2:]


def since_s(memory: Memory) -> list[float]:
    found = (memory.channels[n].since for n in memory.channels if n not in WATCHED)
    return sorted(at.steady_s - moment(0).steady_s for at in found if at)


@pytest.fixture
def decisions(monkeypatch: pytest.MonkeyPatch) -> Decisions:
    made: Decisions = []
    settle = core._settle

    def noted(config: Config, memory: Memory, at: Instant) -> Memory:
        made.append(at.steady_s - moment(0).steady_s)
        assert len(made) < 10 * core.MOST_SETTLED, "never settled"
        return settle(config, memory, at)

    monkeypatch.setattr(core, "_settle", noted)
    return made


def test_many_that_lapse_together_are_decided_together(decisions: Decisions) -> None:
    config = town(NAMES)
    memory = all_fine(config, 1)
    last_s = lapse_s(memory)[-1]
    decisions.clear()

    memory = step(config, memory, tick(last_s + 60))

    assert {each.state for each in memory.channels.values()} == {State.UNKNOWN}
    assert len([at_s for at_s in decisions if last_s - 1 < at_s <= last_s + 1]) == 1
    assert all(last_s < at_s <= last_s + 0.51 for at_s in since_s(memory))


def test_few_are_decided_each_at_its_own_time() -> None:
    config = town(NAMES[:-1])
    memory = all_fine(config, 1)
    ends_s = lapse_s(memory)

    memory = step(config, memory, tick(ends_s[-1] + 60))

    assert since_s(memory) == pytest.approx(ends_s, abs=0.01)


def test_it_does_not_matter_when_somebody_looks() -> None:
    config = town(NAMES)
    memory = all_fine(config, 1)
    first_s, last_s = lapse_s(memory)[0], lapse_s(memory)[-1]
    looks = [first_s + n * deadlines.TOGETHER_S / 7 for n in range(30)]

    often = memory
    for second in looks:
        often = step(config, often, tick(second))
    once = step(config, memory, tick(looks[-1]))

    assert looks[-1] > last_s + 1
    assert often.changes == once.changes


def test_what_lapsed_with_others_lapses_though_these_were_tested_again() -> None:
    config = town(NAMES)
    memory = all_fine(config, 1)
    ends_s = lapse_s(memory)
    middle_s = (ends_s[-3] + ends_s[-2]) / 2  # all others have lapsed by then

    memory = step(config, memory, result(NAMES[-1], "o", middle_s))
    memory = step(config, memory, result(NAMES[-2], "o", middle_s))
    memory = step(config, memory, tick(ends_s[-1] + 1))

    fresh = {n for n, each in memory.channels.items() if each.state is State.AVAILABLE}
    assert fresh == set(NAMES[-2:])
    assert memory.at == moment(ends_s[-1] + 1)


@pytest.mark.parametrize(
    ("second", "state"), [(1085.643, State.AVAILABLE), (5000.0, State.UNKNOWN)]
)
def test_a_date_that_is_rounded_is_settled_once(
    decisions: Decisions, second: float, state: State
) -> None:
    radio = plan(channel("radio", probes=(), test_every_s=400.0))
    test = Trial(channel="radio", worked=True, by="Ana", at=moment(529.077))
    memory = fold(radio, Said(word=test, at=test.at))
    reboot = Instant(moment(685.557).utc, 5.0)
    memory = after_reboot(memory, reboot)
    for event in (Replanned(at=reboot), Resumed(at=reboot)):
        memory = step(radio, memory, event)
    decisions.clear()
    at = Instant(moment(second).utc, 5.0 + second - 685.557)

    memory = step(radio, memory, Ticked(at=at))

    assert len(decisions) <= 4  # it is due, overdue, worthless, and the event itself
    radio_now = memory.channels["radio"]
    assert (radio_now.state, radio_now.warnings) == (state, (Reason.TEST_DUE,))


def test_no_deadline_is_nearer_than_a_millisecond() -> None:
    config = town(NAMES[:1])
    memory = fold(config, result(NAMES[0], "o", 1))
    due_s = deadlines.next_s(config, memory, moment(1).steady_s, moment(1))

    assert deadlines.next_s(config, memory, due_s - 1, moment(1)) == due_s
    now_s = due_s - deadlines.NEAREST_S / 10
    nearest_s = now_s + deadlines.NEAREST_S
    assert deadlines.next_s(config, memory, now_s, moment(1)) == nearest_s


def never_settling(_c: Config, _m: Memory, now_s: float, _by: Instant) -> float:
    """Return a next deadline however often it is asked."""
    return now_s + deadlines.NEAREST_S


def defects(changes: tuple[Change, ...]) -> list[Change]:
    return [change for change in changes if change.subject == "defect"]


@pytest.mark.timeout(60)
def test_an_event_that_does_not_settle_is_a_defect_and_is_taken_in(
    decisions: Decisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = town([])
    memory = fold(config, result("used", "o", 1), result("backup", "o", 1))
    monkeypatch.setattr(deadlines, "next_s", never_settling)
    decisions.clear()
    mark = Mark(subject="channel:used", says=Declared.DOWN, by="Ana", at=moment(9))

    memory = step(config, memory, Said(word=mark, at=moment(9)))

    assert len(decisions) == core.MOST_SETTLED + 1  # and the event itself
    assert memory.at == moment(9)
    assert memory.channels["used"].state is State.DOWN
    assert [each.at for each in defects(memory.fresh)] == [moment(9)]


@pytest.mark.timeout(60)
def test_a_defect_is_journalled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    config = town([])
    monkeypatch.setattr(deadlines, "next_s", never_settling)

    memory = fold(config, *(result("used", "o", second) for second in range(1, 20)))

    assert len(defects(memory.changes)) == 1
    assert memory.channels["used"].state is State.AVAILABLE
