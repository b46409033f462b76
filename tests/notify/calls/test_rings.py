"""Calls beside the text of a notice: when they are made, and when they end."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from notify.desk import Desk, Sender, delivers, recipient, refuses, takes, town
from plans import channel, line, moment

from secours import probes
from secours.core.events import Said
from secours.engine.probing.serial_lines import SerialLine
from secours.model.notices import Notice, Stage
from secours.model.observed import Reason, failed
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.model.secret import Template
from secours.model.statements import Declared, Mark
from secours.notify import carriers, outbox
from secours.notify.calls import rings

NUMBER = "+32470123456"


async def rings_on(_: Notice) -> AsyncGenerator[Stage, None]:
    """Ring until somebody hangs up."""
    await asyncio.Event().wait()
    yield Stage.ACCEPTED


async def is_missed(_: Notice) -> AsyncGenerator[Stage, None]:
    """Ring, and nobody answers."""
    raise Stop(failed(Reason.TIMEOUT, timeout_s=25.0))
    yield Stage.ACCEPTED


async def is_voicemail(_: Notice) -> AsyncGenerator[Stage, None]:
    """Answer at once."""
    yield Stage.ACCEPTED


async def presses_1(_: Notice) -> AsyncGenerator[Stage, None]:
    """Answer, and press key 1."""
    yield Stage.ACCEPTED
    yield Stage.ARRIVED


def with_phone(**options: Any) -> Config:
    """Return a town whose officer is also called, on the radio's modem."""
    others = [recipient("chief", "teams")] if options.get("escalate_to") else []
    config = town(recipient("duty", "sms", "phone", **options), *others)
    sms = config.notify.targets["radio"]
    phone = replace(sms, name="phone", to=Template(NUMBER), rings=True)
    targets = {**config.notify.targets, "phone": phone}
    return replace(config, notify=replace(config.notify, targets=targets))


class Exchange(Desk):
    """Who tells people, also by calls: how many, and of which notices."""

    def __init__(self, config: Config, answer: Sender, **senders: Sender) -> None:
        super().__init__(config, **senders)
        self.answer = answer
        self.called: list[Notice] = []
        self.hung_up = 0

    async def ring(
        self, _settings: object, _path: object, notice: Notice
    ) -> AsyncGenerator[Stage, None]:
        self.called.append(notice)
        self.changed.set()
        try:
            async for stage in self.answer(notice):
                yield stage
        finally:
            self.hung_up += 1
            self.changed.set()


Desks = Callable[..., Exchange]


@pytest.fixture
async def desks(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desks]:
    made: list[Exchange] = []

    def make(
        answer: Sender, config: Config | None = None, **senders: Sender
    ) -> Exchange:
        usual = dict.fromkeys(("teams", "sms", "radio"), takes)
        desk = Exchange(config or with_phone(), answer, **{**usual, **senders})
        monkeypatch.setattr(probes, "find", desk.find)
        monkeypatch.setattr(carriers, "ring", desk.ring)
        made.append(desk)
        desk.all_is_well()
        return desk

    monkeypatch.setattr(rings, "EVERY_S", 0.05)
    monkeypatch.setattr(rings, "PAUSE_S", 0.01)
    yield make
    for desk in made:
        await desk.notices.stop()


async def test_call_goes_beside_the_text_to_the_recipients_number(desks: Desks) -> None:
    desk = desks(is_missed, with_phone(language="de"))
    desk.fails("teams", 10)
    await desk.until(lambda _: len(desk.called) == rings.TIMES)
    await asyncio.sleep(0.2)

    assert desk.over() == ["sms"]
    assert len(desk.called) == 3
    assert {each.to for each in desk.called} == {NUMBER}
    spoken = desk.called[0].spoken
    assert spoken.startswith("Drücken Sie die 1, wenn Sie sich darum kümmern. ")
    assert desk.called[0].language == "de"
    assert desk.steps().count("failed phone") == 1


async def test_key_1_acknowledges_with_the_name_of_the_numbers_owner(
    desks: Desks,
) -> None:
    desk = desks(presses_1, sms=refuses)
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and bool(latest[0].acknowledged_at))
    desk.stamp(14)
    await asyncio.sleep(0.2)

    told = desk.notices.latest()[0]
    assert (told.acknowledged_by, told.acknowledged_way) == ("Duty", "call")
    assert ("Duty", "acknowledged") in [(by, e.step) for by, e in desk.journal]
    assert len(desk.called) == 1


async def test_voicemail_takes_nothing_and_stops_neither_text_nor_escalation(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secours.notify.delivery.AGAIN_AFTER_S", (0.02,))
    config = with_phone(escalate_to="chief", escalate_after_s=60.0)
    desk = desks(is_voicemail, config, sms=refuses)
    desk.fails("teams", 10)
    await desk.until(lambda _: len(desk.called) == 3 and len(desk.sent) >= 3)
    (notice,) = desk.notices.latest()

    assert notice.stage is None
    assert notice.acknowledged_at is None
    assert next(a.stage for a in notice.attempts if a.rings) is Stage.ACCEPTED
    desk.lasts(80)
    assert "passed-on" in desk.steps()


async def test_late_voicemail_delays_no_escalation(desks: Desks) -> None:
    answers = asyncio.Event()

    async def answers_late(_: Notice) -> AsyncGenerator[Stage, None]:
        await answers.wait()
        yield Stage.ACCEPTED

    config = with_phone(escalate_to="chief", escalate_after_s=60.0)
    desk = desks(answers_late, config, sms=refuses)
    desk.fails("teams", 10)
    await desk.until(lambda _: bool(desk.called))
    desk.lasts(60)
    answers.set()
    await desk.until(lambda _: "accepted phone" in desk.steps())
    desk.lasts(80)

    assert "passed-on" in desk.steps()


async def test_what_does_not_press_rings_nobody(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "presses", lambda _: False)
    desk = desks(is_voicemail)
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and latest[0].stage is not None)
    await asyncio.sleep(0.1)

    assert desk.called == []


@pytest.mark.parametrize("ends", ["code", "over", "plan", "distrust"])
async def test_ringing_ends_as_soon_as_nobody_needs_it(desks: Desks, ends: str) -> None:
    desk = desks(rings_on, sms=delivers)
    desk.fails("teams", 10)
    await desk.until(lambda _: bool(desk.called))
    match ends:
        case "code":
            desk.notices.acknowledge("Ana", desk.notices.latest()[0].code)
            desk.stamp(14)
        case "over":
            desk.recovers("teams", 20)
            desk.lasts(900)
        case "plan":
            desk.config = replace(desk.config, notify=town(recipient("duty")).notify)
            desk.stamp(14)
        case _:
            mark = Mark(
                subject="channel:radio",
                says=Declared.DISTRUSTED,
                by="Ana",
                at=moment(14),
                until=None,
            )
            desk.stamp(14, Said(word=mark, at=moment(14)))
            desk.lasts(30)
    if ends != "distrust":
        await desk.until(lambda _: desk.hung_up == 1)
    await asyncio.sleep(0.2)

    assert len(desk.called) == 1
    under_way = [a for n in desk.notices.latest() for a in n.attempts if a.under_way]
    assert (under_way == []) is (ends != "distrust")


async def test_call_that_is_being_hung_up_is_left_to_end(desks: Desks) -> None:
    async def hangs_up(_: Notice) -> AsyncGenerator[Stage, None]:
        try:
            await asyncio.Event().wait()
            yield Stage.ACCEPTED
        finally:
            await hung_up.wait()  # as a modem takes to end a call

    hung_up = asyncio.Event()
    desk = desks(hangs_up, sms=delivers)
    desk.lines["radio"] = line = SerialLine()
    desk.fails("teams", 10)
    await desk.until(lambda _: bool(desk.called))
    desk.notices.acknowledge("Ana", desk.notices.latest()[0].code)
    for at in range(14, 20):
        desk.stamp(at)
        await asyncio.sleep(0.01)
    is_held = line._lock.locked()
    hung_up.set()
    await desk.until(lambda _: desk.hung_up == 1)

    assert is_held


async def test_kill_while_it_rings_rings_again_and_sends_the_text_once(
    desks: Desks,
) -> None:
    desk = desks(rings_on)
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(desk.called) and latest[0].over)
    await desk.kill()
    desk.stamp(20)
    await desk.until(lambda _: len(desk.called) == 2)
    desk.notices.acknowledge("Ana", desk.notices.latest()[0].code)
    await desk.notices.until_written()
    await desk.kill()
    desk.stamp(25)
    await asyncio.sleep(0.2)

    assert desk.over() == ["sms"]
    assert len(desk.called) == 2


async def test_two_notices_do_not_call_one_telephone_at_once(desks: Desks) -> None:
    config, names = with_phone(), ("mail", "fax")
    parts = {name: channel(name, f"carrier:{name}") for name in names}
    lines = (*config.plan, line(*names, audience="staff"))
    more = replace(config, channels={**config.channels, **parts}, plan=lines)
    desk = desks(rings_on, more)
    desk.fails("teams", 10)
    await desk.until(lambda _: len(desk.called) == 1)
    desk.fails("mail", 20)
    await desk.until(lambda latest: len([n for n in latest if n.stage]) == 2)
    await asyncio.sleep(0.2)
    at_once = len(desk.called)
    desk.notices.acknowledge("Ana", desk.called[0].mark)
    desk.stamp(24)
    await desk.until(lambda _: len(desk.called) == 2)

    assert at_once == 1
    assert desk.called[0].mark != desk.called[1].mark


async def test_engine_that_is_killed_again_and_again_calls_no_oftener(
    desks: Desks,
) -> None:
    desk = desks(rings_on)
    desk.fails("teams", 10)
    await desk.until(lambda _: len(desk.called) == 1)
    for restart in range(1, 6):
        await desk.kill()
        desk.stamp(10 + 5 * restart)
        await asyncio.sleep(0.2)

    assert len(desk.called) == rings.TIMES


async def test_start_deletes_what_calls_of_a_killed_engine_left(
    desks: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = {pid: f"secours-call-{pid}-x" for pid in (os.getpid(), 1, 2**22 + 1)}
    for name in names.values():
        (tmp_path / name).mkdir()
        (tmp_path / name / "accounts").write_text("auth_pass=secret")
    desks(is_missed)

    assert os.listdir(tmp_path) == [names[1]]


async def test_restart_long_after_rings_nobody(desks: Desks) -> None:
    desk = desks(is_missed)
    desk.fails("teams", 10)
    await desk.until(lambda _: len(desk.called) == rings.TIMES)
    desk.lasts(10 + rings.WITHIN_S + 5)
    await desk.kill()
    desk.lasts(10 + rings.WITHIN_S + 15)
    await asyncio.sleep(0.2)

    assert len(desk.called) == rings.TIMES


async def test_what_is_over_rings_nobody(desks: Desks) -> None:
    desk = desks(presses_1)
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and bool(latest[0].acknowledged_at))
    calls = len(desk.called)
    desk.recovers("teams", 20)
    desk.lasts(900)
    await desk.until(lambda latest: len(latest) > 1 and latest[0].stage is not None)

    assert len(desk.called) == calls


async def test_way_that_rings_is_proven_only_where_the_plan_asks_for_it() -> None:
    phone = with_phone().notify.targets["phone"]

    assert not phone.is_proven
    assert replace(phone, prove=True).is_proven


async def test_test_of_a_telephone_calls_once(desks: Desks) -> None:
    desk = desks(is_voicemail)
    desk.notices.test("phone", "Ana")
    await desk.until(lambda latest: bool(latest) and latest[0].stage is not None)
    await asyncio.sleep(0.2)

    (notice,) = desk.called
    assert notice.title.startswith("TEST. ")
    assert desk.steps() == ["test phone", "accepted phone"]


async def test_distrusted_channel_calls_nobody(desks: Desks) -> None:
    desk = desks(is_missed)
    mark = Mark(
        subject="channel:radio",
        says=Declared.DISTRUSTED,
        by="Ana",
        at=moment(8),
        until=None,
    )
    desk.stamp(8, Said(word=mark, at=moment(8)))
    desk.fails("teams", 10)
    await desk.until(lambda latest: bool(latest) and latest[0].stage is not None)
    await asyncio.sleep(0.2)

    assert desk.called == []


@pytest.mark.parametrize("number", ["112", "18000", "0112", "+32112", "me"])
async def test_number_of_no_person_is_not_called(desks: Desks, number: str) -> None:
    config = with_phone()
    phone = replace(config.notify.targets["phone"], to=Template(number))
    targets = {**config.notify.targets, "phone": phone}
    config = replace(config, notify=replace(config.notify, targets=targets))
    desk = desks(is_voicemail, config)
    desk.notices.test("phone", "Ana")
    await desk.until(lambda latest: bool(latest) and latest[0].over)

    assert desk.called == []
    assert desk.notices.latest()[0].attempts[0].reason is Reason.BROKEN
