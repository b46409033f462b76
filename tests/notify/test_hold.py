"""Notices held at a first start, and what lets them go."""

from collections.abc import AsyncIterator, Callable

import pytest
from msgspec.structs import replace
from notify.desk import BOOT, Desk, recipient, takes, town
from plans import moment

from secours import probes
from secours.model.notices import NoticeStep
from secours.model.plan import Config
from secours.notify.dispatcher import Notices
from secours.notify.hold import HELD_S, Hold
from secours.notify.outbox import Outbox

DUTY = recipient("duty", "teams", "sms", "radio")
HOLD = Hold(since=moment(0), version="")
Desks = Callable[..., Desk]


@pytest.fixture
async def desks(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desks]:
    made: list[Desk] = []

    def make(config: Config | None = None) -> Desk:
        desk = Desk(config or town(DUTY), **dict.fromkeys(("teams", "sms"), takes))
        desk.notices = Notices(Outbox(boot_id=BOOT, hold=HOLD), BOOT, desk)
        monkeypatch.setattr(probes, "find", desk.find)
        made.append(desk)
        return desk

    yield make
    for desk in made:
        await desk.notices.stop()


def released(desk: Desk) -> list[str]:
    return [by for by, line in desk.journal if line.step is NoticeStep.RELEASED]


async def test_while_notices_are_held_nobody_is_told(desks: Desks) -> None:
    desk = desks()
    desk.all_is_well()
    desk.fails("teams", 10)

    assert desk.notices.latest() == ()
    assert desk.notices.held_until == HOLD.until
    assert not released(desk)


async def test_a_person_has_them_sent_and_what_is_wrong_now_is_told(
    desks: Desks,
) -> None:
    desk = desks()
    desk.all_is_well()
    desk.fails("teams", 10)

    assert desk.notices.release("Ana")
    assert not desk.notices.release("Bob")
    desk.lasts(30)
    await desk.until(lambda told: bool(told and told[0].stage))

    assert desk.notices.held_until is None
    assert released(desk) == ["Ana"]
    assert desk.over() == ["sms"]


async def test_what_was_mended_while_they_were_held_is_never_told(
    desks: Desks,
) -> None:
    desk = desks()
    desk.all_is_well()
    desk.fails("teams", 10)
    desk.recovers("teams", 20)
    desk.lasts(1000)
    desk.notices.release("Ana")
    desk.lasts(2000)

    assert desk.notices.latest() == ()


async def test_they_are_sent_an_hour_after_the_first_start(desks: Desks) -> None:
    desk = desks()
    desk.all_is_well()
    desk.stamp(HELD_S - 1)
    before = desk.notices.held_until
    desk.stamp(HELD_S)

    assert before is not None
    assert desk.notices.held_until is None
    assert released(desk) == [""]


async def test_an_edit_of_the_plan_begins_the_hour_anew(desks: Desks) -> None:
    desk = desks()
    desk.all_is_well()
    desk.config = replace(desk.config, version="edited")
    desk.stamp(3000)
    desk.stamp(HELD_S + 2000)
    held = desk.notices.held_until
    desk.stamp(HELD_S + 3000)

    assert held is not None
    assert desk.notices.held_until is None


async def test_a_plan_that_wants_none_held_lets_them_go(desks: Desks) -> None:
    desk = desks()
    desk.all_is_well()
    notify = replace(desk.config.notify, held=False)
    desk.config = replace(desk.config, notify=notify)
    desk.stamp(20)

    assert desk.notices.held_until is None
    assert released(desk) == [""]


async def test_notices_stay_held_over_a_restart(desks: Desks) -> None:
    desk = desks()
    desk.config = replace(desk.config, version="edited")
    desk.stamp(100)
    await desk.notices.until_written()
    await desk.kill()
    desk.stamp(200)

    assert desk.notices.held_until == Hold(since=moment(100), version="").until


async def test_released_notices_stay_so_over_a_restart(desks: Desks) -> None:
    desk = desks()
    desk.stamp(1)
    desk.notices.release("Ana")
    await desk.notices.until_written()
    await desk.kill()
    desk.stamp(2)

    assert desk.notices.held_until is None


async def test_a_plan_without_recipients_says_nothing_of_it(desks: Desks) -> None:
    desk = desks(town())
    desk.stamp(1)
    held = desk.notices.held_until
    desk.stamp(HELD_S)

    assert held is None
    assert desk.journal == []
