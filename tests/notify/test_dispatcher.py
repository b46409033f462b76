"""Who is told over what, what becomes of it, and what a restart goes on with."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable

import pytest
from msgspec.structs import replace
from notify.desk import (
    Desk,
    Sender,
    delivers,
    hangs,
    keeps_silent,
    recipient,
    refuses,
    takes,
    town,
)
from plans import moment, result
from servers.pause import longest_pause_s

from secours import probes
from secours.core.events import Said
from secours.core.notices.order import RankedTarget
from secours.engine.probing.serial_lines import SerialLine
from secours.model.notices import Dispatch, Fitness, Notice, Stage
from secours.model.observed import Reason, failed
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.model.sections.notify import NoticeKind
from secours.model.sections.site import Site
from secours.model.statements import Declared, Exercise, Mark, Trial, Withdrawn
from secours.notify import carriers, delivery, targets
from secours.notify.acknowledgement import NotSent

ALL = ("teams", "sms", "radio")
DUTY = recipient("duty", *ALL)
PUBLIC = Site(public_url="https://secours.example")
Desks = Callable[..., Desk]


@pytest.fixture
async def desks(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desks]:
    made: list[Desk] = []

    def make(config: Config | None = None, **senders: Sender) -> Desk:
        desk = Desk(config or town(DUTY), **{**dict.fromkeys(ALL, takes), **senders})
        monkeypatch.setattr(probes, "find", desk.find)
        made.append(desk)
        return desk

    monkeypatch.setattr(delivery, "AGAIN_AFTER_S", (0.02,))
    yield make
    for desk in made:
        await desk.notices.stop()


def distrust(desk: Desk, name: str, at: float) -> None:
    """Let somebody say that an intruder reads a channel."""
    subject, says = f"channel:{name}", Declared.DISTRUSTED
    mark = Mark(subject=subject, says=says, by="Ana", at=moment(at), until=None)
    desk.stamp(at, Said(word=mark, at=moment(at)))


def accepted(latest: tuple[Dispatch, ...]) -> bool:
    return bool(latest) and latest[0].stage is not None


def sent(latest: tuple[Dispatch, ...]) -> bool:
    return bool(latest) and latest[0].over


def kept_as_accepted(desk: Desk) -> bool:
    """Tell whether it was kept that somebody took it, and no receipt yet."""
    attempts = desk.kept[-1].entries[-1].dispatch.attempts if desk.kept else ()
    last = attempts[-1] if attempts else None
    return last is not None and last.under_way and last.stage is Stage.ACCEPTED


async def with_link(desks: Desks, config: Config) -> tuple[Desk, str]:
    """Have a notice sent with a link, and return the token in that."""
    desk = desks(config)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    text = desk.sent[0][1].text
    return desk, text.partition("https://secours.example/ack/")[2].split()[0]


async def test_what_failed_is_not_what_tells_of_it(desks: Desks) -> None:
    desk = desks()
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(sent)

    assert desk.over() == ["sms"]
    assert desk.steps() == ["due", "accepted sms"]
    dispatch = desk.notices.latest()[0]
    assert (dispatch.recipient, dispatch.stage) == ("duty", Stage.ACCEPTED)
    assert not dispatch.attempts[0].under_way


async def test_where_all_but_the_last_fail_the_last_one_tells(desks: Desks) -> None:
    desk = desks(sms=refuses, radio=takes)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(sent)

    assert desk.over() == ["sms", "radio"]
    assert desk.steps() == ["due", "failed sms", "accepted radio"]
    attempt = desk.notices.latest()[0].attempts[0]
    assert (attempt.stage, attempt.reason) == (None, Reason.REJECTED)


async def test_what_nobody_takes_is_tried_again_until_one_does(desks: Desks) -> None:
    desk = desks(teams=refuses, sms=refuses, radio=refuses)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and len(latest[0].attempts) >= 6)
    desk.senders = {**desk.senders, "radio": delivers}
    await desk.until(accepted)

    order = desk.over()
    assert order[:6] == 2 * ["sms", "radio", "teams"]
    assert desk.notices.latest()[0].stage is Stage.ARRIVED
    assert desk.steps().count("failed sms") == 1  # which is said once


@pytest.mark.parametrize(
    ("reason", "again"), [(Reason.TIMEOUT, True), (Reason.REFUSED, False)]
)
async def test_what_may_have_come_is_sent_once_more_and_says_so(
    desks: Desks, reason: Reason, *, again: bool
) -> None:
    async def fails(_: Notice) -> AsyncGenerator[Stage, None]:
        raise Stop(failed(reason))
        yield Stage.ACCEPTED

    desk = desks(town(recipient("duty", "sms")), sms=fails)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda _: len(desk.sent) >= 2)
    desk.senders = {**desk.senders, "sms": takes}
    await desk.until(accepted)

    first, second, *_ = desk.notices.latest()[0].attempts
    assert (first.again, second.again) == (False, again)
    marked = ["AGAIN" in notice.text for _, notice in desk.sent[:2]]
    assert marked == [False, again]
    assert not desk.notices.latest()[0].title.startswith("AGAIN")


async def test_receipt_that_does_not_come_in_time_has_the_next_one_tried(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriers, "RECEIPT_S", 0.05)
    late = asyncio.Event()

    async def delivers_late(notice):  # type: ignore[no-untyped-def]
        yield Stage.ACCEPTED
        await late.wait()
        yield Stage.ARRIVED

    desk = desks(sms=delivers_late)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and len(latest[0].attempts) == 2)
    await desk.until(lambda latest: latest[0].attempts[1].stage is not None)
    first, second = desk.notices.latest()[0].attempts
    assert (first.stage, first.under_way) == (Stage.ACCEPTED, True)
    assert second.target == "radio"
    late.set()
    await desk.until(lambda latest: latest[0].stage is Stage.ARRIVED)

    assert desk.over() == ["sms", "radio"]


async def loses(_: Notice) -> AsyncGenerator[Stage, None]:
    """Take it, and then say that it will never arrive."""
    yield Stage.ACCEPTED
    raise Stop(failed(Reason.NOT_DELIVERED, code=70))


async def test_notice_that_its_receipt_calls_lost_goes_over_the_next_target(
    desks: Desks,
) -> None:
    desk = desks(sms=loses)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(sent)

    assert desk.over() == ["sms", "radio"]
    assert desk.steps() == ["due", "accepted sms", "unconfirmed sms", "accepted radio"]
    assert [a.again for a in desk.notices.latest()[0].attempts] == [False, False]


async def test_lost_notice_is_taken_by_nobody_and_sent_three_times_at_most(
    desks: Desks,
) -> None:
    desk = desks(town(recipient("duty", "sms", "radio")), sms=loses, radio=refuses)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda _: desk.over().count("radio") >= 6)

    assert desk.over().count("sms") == 3
    assert desk.notices.latest()[0].stage is None


async def test_distrusted_target_gets_nothing_though_it_is_the_only_one(
    desks: Desks,
) -> None:
    desk = desks(town(recipient("duty", "sms")))
    desk.all_is_well()
    distrust(desk, "sms", 8)
    desk.stamp(11)
    desk.fails("teams", 20)
    await asyncio.sleep(0.1)  # long enough for a notice that must not be sent

    assert desk.over() == []
    assert desk.steps().count("withheld sms") == 1
    with pytest.raises(NotSent):
        desk.notices.test("sms", "Ana")


@pytest.mark.parametrize("change", ["distrusted", "gone", "acknowledged"])
async def test_what_may_not_be_sent_any_more_when_its_line_is_free_is_not_sent(
    desks: Desks, change: str
) -> None:
    config = town(DUTY)
    desk = desks(replace(config, notify=replace(config.notify, on=frozenset())))
    line = desk.lines["sms"] = SerialLine()
    desk.all_is_well()
    async with line.turn(asyncio.Event(), sends=False):
        dispatch = desk.notices.test("sms", "Ana")
        await desk.until(lambda latest: bool(latest[0].attempts))
        await desk.notices.until_written()
        if change == "distrusted":
            distrust(desk, "sms", 14)
        elif change == "gone":
            radio = {"radio": desk.config.notify.targets["radio"]}
            notify = replace(desk.config.notify, targets=radio, recipients={})
            desk.config = replace(desk.config, notify=notify)
            desk.stamp(14)
        else:
            desk.notices.acknowledge("Ana", dispatch.code)
    await desk.until(lambda latest: not latest[0].attempts[0].under_way)

    assert desk.over() == []
    assert change == "gone" or "failed sms" in desk.steps()


async def test_who_waits_for_a_receipt_gives_up_the_line_that_a_notice_waits_for(
    desks: Desks,
) -> None:
    devices = [0]

    async def waits(_: Notice) -> AsyncGenerator[Stage, None]:
        devices[0] += 1
        assert devices == [1]  # at most one has it open
        try:
            yield Stage.ACCEPTED
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)  # as closing it may take
            devices[0] -= 1

    crew = [recipient(name, "sms") for name in ("one", "two", "three")]
    desk = desks(town(*crew), sms=waits)
    desk.lines["sms"] = SerialLine()
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda _: len(desk.sent) == 3)
    await desk.until(lambda latest: all(each.stage for each in latest))

    attempts = [each.attempts[0] for each in desk.notices.latest()]
    assert {each.stage for each in attempts} == {Stage.ACCEPTED}
    assert sorted(each.under_way for each in attempts) == [False, False, True]


@pytest.mark.parametrize("line", [SerialLine(), None])
async def test_stop_waits_until_what_was_open_is_closed(
    desks: Desks, line: SerialLine | None
) -> None:
    closed: list[str] = []

    async def hangs_up(_: Notice) -> AsyncGenerator[Stage, None]:
        try:
            yield Stage.ACCEPTED
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)  # as a modem takes to end a call
            closed.append("sms")

    desk = desks(sms=hangs_up)
    if line:
        desk.lines["sms"] = line
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    await desk.notices.stop()

    assert closed == ["sms"]


async def test_newer_state_takes_the_place_of_what_nobody_took(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SLOW_S", 0.2)
    desk = desks(teams=hangs, sms=hangs, radio=hangs)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and bool(latest[0].attempts))
    desk.senders = dict.fromkeys(ALL, takes)
    desk.fails("sms", 20)
    await desk.until(lambda latest: len(latest) == 2 and sent(latest))

    new, old = desk.notices.latest()
    assert old.over
    assert (new.asks, old.asks) == (True, False)
    assert old.stage is None
    assert new.stage is Stage.ACCEPTED
    assert desk.over()[-1] == "radio"
    assert "RADIO" in desk.sent[-1][1].text.upper()


class Slow:
    """Takes a notice once it is let."""

    def __init__(self) -> None:
        self.may = asyncio.Event()

    async def __call__(self, _: Notice) -> AsyncGenerator[Stage, None]:
        await self.may.wait()
        yield Stage.ACCEPTED


async def test_what_is_in_hand_is_not_broken_off_by_what_is_newer(
    desks: Desks,
) -> None:
    slow = Slow()
    desk = desks(sms=slow)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda _: bool(desk.sent))
    for name, at in (("radio", 14), ("teams", 20)):
        distrust(desk, name, at)
        desk.stamp(at + 3)
    await desk.until(lambda latest: len(latest) >= 2)
    await desk.notices.until_written()
    assert len(desk.sent) == 1
    slow.may.set()
    await desk.until(accepted)

    new, *_, old = desk.notices.latest()
    assert old.stage is Stage.ACCEPTED
    assert desk.over() == ["sms", "sms"]
    assert new.kinds == (NoticeKind.DISTRUST,)  # what was taken is not told again
    assert {"Teams", "Radio"} <= set(re.findall(r"\w+", desk.sent[1][1].text.title()))
    assert not any("AGAIN" in notice.title for _, notice in desk.sent)


async def test_what_is_not_taken_goes_with_what_is_newer_over_the_next_target(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SLOW_S", 0.3)
    desk = desks(sms=hangs)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda _: bool(desk.sent))
    distrust(desk, "teams", 14)
    desk.stamp(17)
    await desk.until(accepted)

    new, old = desk.notices.latest()
    assert desk.over() == ["sms", "radio"]
    assert set(new.kinds) == {NoticeKind.RECOMMENDATION, NoticeKind.DISTRUST}
    assert "AGAIN" in desk.sent[1][1].title
    assert (old.over, old.attempts[0].under_way) == (True, True)


async def test_target_that_is_slow_has_another_tried_beside_it(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SLOW_S", 0.05)
    slow, slower = Slow(), Slow()
    desk = desks(sms=slow, radio=slower, teams=hangs)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and len(latest[0].attempts) == 2)
    slow.may.set()
    await desk.until(accepted)
    assert desk.notices.latest()[0].attempts[0].stage is Stage.ACCEPTED
    slower.may.set()
    await desk.until(lambda latest: latest[0].attempts[1].stage is Stage.ACCEPTED)

    assert desk.over()[:2] == ["sms", "radio"]


async def test_target_that_failed_lately_is_tried_after_its_like(desks: Desks) -> None:
    desk = desks(sms=refuses)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    distrust(desk, "teams", 20)
    desk.stamp(23)
    await desk.until(lambda latest: len(latest) == 2 and accepted(latest))
    assert desk.over() == ["sms", "radio", "radio"]


def test_of_equally_fit_targets_those_come_last_that_failed() -> None:
    ranked = (
        RankedTarget("sms", Fitness.OUTSIDE),
        RankedTarget("radio", Fitness.OUTSIDE),
        RankedTarget("mail", Fitness.DOWN),
        RankedTarget("teams", Fitness.DOWN),
    )
    found = targets.after_failures(ranked, {"sms", "mail", "gone"})

    assert [each.target for each in found] == ["radio", "sms", "teams", "mail"]


def test_that_a_target_failed_counts_for_two_minutes_or_until_it_works() -> None:
    known = targets.Targets()
    known.fails("sms", moment(10))
    known.fails("mail", moment(10))
    known.works("mail")

    assert known.failed_lately(moment(129)) == {"sms"}
    assert known.failed_lately(moment(130)) == set()


async def test_forty_changes_in_a_minute_are_few_notices(desks: Desks) -> None:
    desk = desks()
    desk.all_is_well()
    for change in range(20):
        at = 10 + 3 * change
        desk.fails("teams", at)
        desk.recovers("teams", at + 1.5)
    for second in range(80, 1000, 10):
        desk.stamp(second)
    await desk.until(sent)

    assert 1 <= len(desk.notices.latest()) <= 3


# ------------------------------------------------------------------ people

LATER = recipient("duty", *ALL, escalate_to="chief", escalate_after_s=60.0)
CHIEF = recipient("chief", "radio")


async def test_what_nobody_acknowledges_is_passed_on(desks: Desks) -> None:
    desk = desks(town(LATER, CHIEF))
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    desk.lasts(60)
    assert [each.recipient for each in desk.notices.latest()] == ["duty"]
    desk.lasts(80)
    await desk.until(lambda latest: latest[0].recipient == "chief" and sent(latest))

    chief, duty = desk.notices.latest()
    assert (chief.code, chief.escalated_from) == (duty.code, "duty")
    assert duty.over
    assert (chief.asks, duty.asks) == (True, True)
    assert desk.over() == ["sms", "radio"]
    assert ["Duty" in notice.text for _, notice in desk.sent] == [False, True]


async def test_what_is_acknowledged_is_not_passed_on(desks: Desks) -> None:
    desk = desks(town(LATER, CHIEF))
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    code = desk.notices.latest()[0].code
    done = desk.notices.acknowledge("Ana", code.lower())
    assert (done.acknowledged_by, done.acknowledged_at) == ("Ana", desk.now().utc)
    assert desk.notices.acknowledge("Bo", code).acknowledged_by == "Ana"
    desk.lasts(200)

    assert [each.recipient for each in desk.notices.latest()] == ["duty"]
    assert [by for by, e in desk.journal if e.step == "acknowledged"] == ["Ana"]
    assert not desk.notices.latest()[0].asks


async def test_acknowledged_notice_is_tried_no_more(desks: Desks) -> None:
    desk = desks(teams=refuses, sms=refuses, radio=refuses)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and bool(latest[0].attempts))
    desk.notices.acknowledge("Ana", desk.notices.latest()[0].code)

    assert sent(desk.notices.latest())
    tried = len(desk.sent)
    await asyncio.sleep(0.1)  # long enough for several rounds
    assert len(desk.sent) <= tried + 1


async def test_recipient_whom_the_plan_has_no_more_is_told_nothing(
    desks: Desks,
) -> None:
    desk = desks(sms=hangs)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda _: bool(desk.sent))
    desk.config = town()
    desk.stamp(20)

    assert sent(desk.notices.latest())
    assert not desk.notices.latest()[0].attempts[0].under_way
    assert desk.steps() == ["due", "given-up"]


async def test_recipient_with_a_new_name_is_told_what_nobody_took_under_the_old_one(
    desks: Desks,
) -> None:
    desk = desks(teams=refuses, sms=refuses, radio=refuses)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and bool(latest[0].attempts))
    old = desk.notices.latest()[0]
    desk.senders = dict.fromkeys(ALL, takes)
    desk.config = town(recipient("officer", *ALL))
    desk.stamp(20)
    await desk.until(sent)

    new, gone = desk.notices.latest()
    assert (gone.recipient, gone.over, gone.stage) == ("duty", True, None)
    assert (new.recipient, new.title) == ("officer", old.title)
    given_up = [e for _, e in desk.journal if e.step == "given-up"]
    assert [(e.code, e.recipient) for e in given_up] == [(old.code, "duty")]


@pytest.mark.parametrize("killed", [False, True])
async def test_recipient_who_is_new_is_told_in_one_notice_what_people_know_already(
    desks: Desks, killed: bool
) -> None:
    desk = desks()
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(sent)
    desk.fails("sms", 30)
    await desk.until(lambda latest: len(latest) == 2 and sent(latest))
    known = desk.notices.latest()[0]
    if killed:
        await desk.kill()
    desk.config = town(DUTY, recipient("bo", "radio"))
    for second in range(40, 50):
        desk.stamp(second)
    await desk.until(lambda latest: len(latest) == 3 and sent(latest))

    told = desk.notices.latest()[0]
    assert (told.recipient, told.title) == ("bo", known.title)
    assert told.asks
    assert desk.over() == ["sms", "radio", "radio"]


@pytest.mark.parametrize("now", ["well", "not yet told", "passed on"])
async def test_recipient_who_is_new_is_told_nothing_where_nothing_is_known_to_others(
    desks: Desks, now: str
) -> None:
    desk = desks(town(DUTY))
    desk.all_is_well()
    new = [recipient("bo", "radio")]
    if now == "passed on":
        desk.fails("teams", 10)
        await desk.until(sent)
        new = [recipient("duty", *ALL, escalate_to="bo", escalate_after_s=600.0), *new]
    elif now == "not yet told":
        desk.stamp(10, result("teams", "x", 10), result("teams", "x", 10.1))
    before = len(desk.notices.latest())
    desk.config = town(*{each.name: each for each in (DUTY, *new)}.values())
    desk.stamp(10.5 if now == "not yet told" else 20)

    assert len(desk.notices.latest()) == before


async def test_first_recipients_of_a_plan_are_told_what_others_knew_and_once(
    desks: Desks,
) -> None:
    desk = desks(town())
    desk.all_is_well()
    desk.fails("teams", 10)
    desk.config = town(DUTY)
    for second in range(20, 30):
        desk.stamp(second)
    await desk.until(sent)

    assert len(desk.notices.latest()) == 1


async def test_code_that_nobody_has_is_refused(desks: Desks) -> None:
    with pytest.raises(NotSent):
        desks().notices.acknowledge("Ana", "ABCDEF")


async def test_what_is_over_is_told_to_whom_it_was_passed_on(desks: Desks) -> None:
    desk = desks(town(LATER, CHIEF))
    desk.all_is_well()
    desk.fails("teams", 10)
    desk.lasts(80)
    await desk.until(lambda latest: latest[0].recipient == "chief" and sent(latest))
    for second in range(700, 2000, 5):
        desk.stamp(second, *(result(name, "o", second) for name in ALL))
    await desk.until(lambda latest: len(latest) == 4 and all(e.over for e in latest))

    told = {each.recipient for each in desk.notices.latest()[:2]}
    assert told == {"duty", "chief"}
    assert not any(each.asks for each in desk.notices.latest())


DAY_S = 86400.0


def soon_back(config: Config) -> Config:
    """Have a channel that works again be used again at once."""
    return replace(config, failback_after_s=5.0)


async def test_what_is_over_before_it_is_passed_on_is_told_to_nobody_else(
    desks: Desks,
) -> None:
    desk = desks(soon_back(town(LATER, CHIEF)))
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    assert desk.notices.latest()[0].asks
    for second in range(20, 200, 5):
        desk.stamp(second, *(result(name, "o", second) for name in ALL))

    (duty,) = desk.notices.latest()
    assert not duty.asks
    assert "passed-on" not in desk.steps()


async def test_what_returns_before_people_heard_that_it_was_over_is_passed_on(
    desks: Desks,
) -> None:
    desk = desks(soon_back(town(LATER, CHIEF)))
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    for second in range(20, 100, 5):
        desk.stamp(second, *(result(name, "o", second) for name in ALL))
    desk.fails("teams", 110)

    await desk.until(lambda latest: latest[0].recipient == "chief")
    assert desk.notices.latest()[0].asks


async def test_exercise_that_was_stopped_is_passed_on_to_nobody(desks: Desks) -> None:
    desk = desks(town(LATER, CHIEF))
    desk.all_is_well()
    fails = ("carrier:teams",)
    exercise = Exercise(fails=fails, by="Ana", at=moment(10), notices=True)
    desk.stamp(10, Said(word=exercise, at=moment(10)))
    desk.stamp(13)
    await desk.until(accepted)
    assert desk.notices.latest()[0].exercise
    ended = Withdrawn(kind="exercise", by="Ana")
    desk.stamp(20, Said(word=ended, at=moment(20)))
    desk.lasts(2000)

    assert "passed-on" not in desk.steps()
    assert not any(each.asks for each in desk.notices.latest())


async def test_what_is_passed_on_names_also_what_is_distrusted_by_now(
    desks: Desks,
) -> None:
    desk = desks(town(LATER, CHIEF))
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    distrust(desk, "teams", 40)
    desk.lasts(80)
    chief = next(e for e in desk.notices.latest() if e.recipient == "chief")

    assert chief.kinds == (NoticeKind.RECOMMENDATION, NoticeKind.DISTRUST)


async def test_what_is_over_before_anybody_took_it_is_sent_to_nobody(
    desks: Desks,
) -> None:
    desk = desks(soon_back(town(DUTY)), teams=refuses, sms=refuses, radio=refuses)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and len(latest[0].attempts) >= 3)
    desk.recovers("teams", 20)
    desk.lasts(100)
    await asyncio.sleep(0.1)  # for the attempt that was under way
    tried = len(desk.sent)
    await asyncio.sleep(0.1)  # long enough for several rounds

    assert len(desk.sent) == tried
    desk.senders = dict.fromkeys(ALL, takes)
    desk.fails("teams", 110)  # of which nobody has heard yet
    await desk.until(lambda latest: any(each.stage for each in latest))


async def test_trial_that_is_due_is_neither_urgent_nor_passed_on(desks: Desks) -> None:
    config = town(LATER, CHIEF)
    radio = replace(config.channels["radio"], test_every_s=10 * DAY_S)
    desk = desks(replace(config, channels={**config.channels, "radio": radio}))
    desk.all_is_well()
    trial = Trial(channel="radio", worked=True, by="Ana", at=moment(7))
    desk.stamp(7, Said(word=trial, at=moment(7)))
    for second in (16 * DAY_S, 16 * DAY_S + 5, 16 * DAY_S + 300):
        desk.stamp(second, *(result(name, "o", second) for name in ALL))
    await desk.until(accepted)

    (told,) = desk.notices.latest()
    assert (told.recipient, told.kinds) == ("duty", (NoticeKind.TEST_OVERDUE,))
    assert not desk.sent[0][1].urgent


async def test_link_acknowledges_once(desks: Desks) -> None:
    desk, token = await with_link(desks, town(LATER, CHIEF, site=PUBLIC))

    assert token not in str(desk.kept[-1])
    assert desk.notices.meant("", token)[0].code == desk.notices.latest()[0].code
    assert desk.notices.acknowledge("Ana", "", token).acknowledged_by == "Ana"
    assert desk.notices.acknowledge("Bo", "", token).acknowledged_by == "Ana"
    assert desk.notices.meant("", token)[0].acknowledged_by == "Ana"


async def test_link_says_who_acknowledged_by_the_code(desks: Desks) -> None:
    desk, token = await with_link(desks, town(DUTY, site=PUBLIC))
    desk.notices.acknowledge("Ana", desk.notices.latest()[0].code)

    assert desk.notices.meant("", token)[0].acknowledged_by == "Ana"


async def test_link_holds_for_a_day(desks: Desks) -> None:
    desk, token = await with_link(desks, town(DUTY, site=PUBLIC))
    desk.second = 24 * 3600 + 60.0

    with pytest.raises(NotSent):
        desk.notices.acknowledge("Ana", "", token)


@pytest.mark.parametrize("known", [True, False])
async def test_link_goes_over_nothing_that_an_intruder_may_read(
    desks: Desks, known: bool
) -> None:
    config = town(recipient("duty", "radio"), site=PUBLIC)
    radio = replace(config.notify.targets["radio"], needs_known=known)
    notify = replace(config.notify, targets={"radio": radio})
    desk = desks(replace(config, notify=notify))
    desk.all_is_well()
    distrust(desk, "sms", 10)
    desk.stamp(13)
    await desk.until(sent)

    assert ("/ack/" in desk.sent[0][1].text) is known


@pytest.mark.parametrize("asked", ["shown", "acknowledged"])
@pytest.mark.parametrize(
    ("distrusted", "known", "works"),
    [("sms", True, False), ("teams", True, True), ("teams", False, False)],
)
async def test_link_that_others_may_have_read_since_is_of_no_notice(
    desks: Desks, distrusted: str, known: bool, works: bool, asked: str
) -> None:
    config = town(recipient("duty", "sms"), site=PUBLIC)
    sms = replace(config.notify.targets["sms"], needs_known=known)
    notify = replace(config.notify, targets={"sms": sms})
    desk = desks(replace(config, notify=notify))
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    code = desk.notices.latest()[0].code
    token = desk.sent[0][1].text.partition("/ack/")[2].split()[0]
    distrust(desk, distrusted, 20)

    def ask() -> str:
        if asked == "shown":
            return desk.notices.meant("", token)[0].code
        return desk.notices.acknowledge("Ana", "", token).code

    if works:
        assert ask() == code
        return
    for _ in range(3):
        with pytest.raises(NotSent) as refused:
            ask()
        assert refused.value.message.slug == "commands.notify.no-link"
    assert desk.notices.latest()[0].acknowledged_at is None
    assert desk.steps().count("link-refused sms") == 1


async def test_link_over_what_the_plan_no_longer_has_is_good_without_any_distrust(
    desks: Desks,
) -> None:
    desk, token = await with_link(desks, town(LATER, CHIEF, site=PUBLIC))
    desk.config = town(recipient("duty", "radio"), site=PUBLIC)
    notify = desk.config.notify
    left = {"radio": notify.targets["radio"]}
    desk.config = replace(desk.config, notify=replace(notify, targets=left))
    desk.stamp(20)

    assert desk.notices.meant("", token)
    distrust(desk, "teams", 30)
    with pytest.raises(NotSent):
        desk.notices.meant("", token)


async def test_without_a_public_address_there_is_no_link(desks: Desks) -> None:
    desk = desks()
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(sent)

    assert "/ack/" not in desk.sent[0][1].text


async def test_what_is_over_is_passed_on_to_nobody(desks: Desks) -> None:
    desk = desks(town(LATER, CHIEF))
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(accepted)
    desk.notices.acknowledge("Ana", desk.notices.latest()[0].code)
    for second in range(20, 1000, 5):
        desk.stamp(second, *(result(name, "o", second) for name in ALL))
    desk.lasts(1400)
    await desk.until(lambda latest: len(latest) == 2 and sent(latest))

    assert {each.recipient for each in desk.notices.latest()} == {"duty"}


# ------------------------------------------------------------------ a test


async def test_each_of_five_hundred_is_told_and_the_loop_is_free(
    desks: Desks,
) -> None:
    many = [recipient(f"duty{number}", *ALL) for number in range(500)]
    desk = desks(town(*many), sms=refuses)

    async def all_are_told() -> None:
        desk.all_is_well()
        desk.fails("teams", 10)
        await desk.until(lambda _: desk.over().count("radio") == 500)
        await desk.until(lambda latest: all(each.over for each in latest))

    longest_s = await longest_pause_s(all_are_told())

    assert sum(step == "accepted radio" for step in desk.steps()) == 500
    assert longest_s < 3  # of a processor; usually 0.4
    assert len(desk.kept) < 100  # once per turn, not once per notice


async def test_test_goes_to_one_target_marked_and_is_not_repeated(desks: Desks) -> None:
    desk = desks(radio=refuses)
    desk.all_is_well()
    dispatch = desk.notices.test("radio", "Ana")
    await desk.until(sent)

    assert dispatch.test
    assert desk.over() == ["radio"]
    assert "TEST" in desk.sent[0][1].title
    assert dispatch.code in desk.sent[0][1].brief
    assert desk.steps() == ["test radio", "failed radio"]
    assert desk.journal[0][0] == "Ana"


async def test_unknown_target_is_refused(desks: Desks) -> None:
    desk = desks()
    desk.all_is_well()
    with pytest.raises(NotSent):
        desk.notices.test("pigeon", "Ana")


# ------------------------------------------------------------------ a restart


async def test_killed_while_it_was_sent_it_is_sent_again_and_says_so(
    desks: Desks,
) -> None:
    desk = desks(sms=hangs)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda _: bool(desk.sent))
    desk.senders = dict.fromkeys(ALL, takes)
    await desk.kill()
    desk.stamp(20)
    await desk.until(sent)

    assert desk.over() == ["sms", "sms"]
    assert desk.steps() == ["due", "again sms", "accepted sms"]
    before, after = desk.notices.latest()[0].attempts
    assert (before.under_way, after.again, after.stage) == (False, True, Stage.ACCEPTED)
    assert "AGAIN" in desk.sent[1][1].title
    assert desk.sent[0][1].key == desk.sent[1][1].key != ""


async def test_killed_while_a_receipt_was_awaited_it_is_sent_again(
    desks: Desks,
) -> None:
    desk = desks(sms=keeps_silent)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda _: kept_as_accepted(desk))
    desk.senders = {**desk.senders, "sms": refuses, "radio": delivers}
    await desk.kill()
    desk.stamp(20)
    await desk.until(sent)

    assert desk.over() == ["sms", "sms", "radio"]
    assert all("AGAIN" in notice.title for _, notice in desk.sent[1:])
    assert desk.notices.latest()[0].stage is Stage.ARRIVED


async def test_killed_twice_while_a_receipt_was_awaited_it_is_sent_twice_again(
    desks: Desks,
) -> None:
    desk = desks(sms=keeps_silent)
    desk.all_is_well()
    desk.fails("teams", 10)
    for at in (20, 30):
        await desk.until(lambda _: kept_as_accepted(desk))
        await desk.kill()
        desk.stamp(at)
        await desk.until(lambda latest: latest[0].attempts[-1].again)
    await desk.until(lambda _: len(desk.sent) == 3)

    assert desk.over() == ["sms", "sms", "sms"]


async def test_what_was_taken_is_not_sent_again(desks: Desks) -> None:
    desk = desks()
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(sent)
    await desk.kill()
    desk.stamp(20)
    desk.stamp(30)
    await asyncio.sleep(0.05)  # long enough for one that must not be sent

    assert desk.over() == ["sms"]


async def test_what_is_sent_is_written_down_before(desks: Desks) -> None:
    async def looks(_):  # type: ignore[no-untyped-def]
        box = desk.kept[-1]
        assert box.entries[-1].dispatch.attempts[-1].under_way
        yield Stage.ACCEPTED

    desk = desks(sms=looks)
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(sent)

    assert desk.over() == ["sms"]
