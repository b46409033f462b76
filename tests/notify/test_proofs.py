"""Periodic proof of each way: when it is sent, what comes of it, and what holds it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import pytest
from msgspec.structs import replace
from notify.desk import (
    BOOT,
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
from plans import fold, moment, shot, tick
from render.standbys import standing_by

from secours import probes
from secours.engine.probing.serial_lines import SerialLine
from secours.model.notices import Notice, Stage, TargetView
from secours.model.observed import Reason, failed, unknown
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.notify.dispatcher import Notices
from secours.notify.hold import Hold
from secours.notify.outbox import Outbox
from secours.render import proofs

ALL = ("teams", "sms", "radio")
DAY_S = 86400.0
TEN = 10 * 3600.0  # the tests begin at midnight, UTC
Desks = Callable[..., Desk]


def proven(*, every_s: float = DAY_S, **options: object) -> Config:
    """Return a town whose ways are proven daily."""
    config = town(recipient("duty", *ALL, **options))
    notify = replace(config.notify, prove_every_s=every_s)
    return replace(config, notify=notify)


def escalating() -> Config:
    """Return a town in which a notice waits for a person."""
    config = proven(escalate_to="chief", escalate_after_s=1e9)
    to = {**config.notify.recipients, "chief": recipient("chief", "radio")}
    return replace(config, notify=replace(config.notify, recipients=to))


def quick(config: Config) -> Config:
    """Let no peer think for long."""
    targets = {
        name: replace(target, carrier=replace(target.carrier, timeout_s=0.2))
        for name, target in config.notify.targets.items()
        if target.carrier
    }
    return replace(config, notify=replace(config.notify, targets=targets))


@pytest.fixture
async def desks(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desks]:
    made: list[Desk] = []

    def make(config: Config | None = None, **senders: Sender) -> Desk:
        desk = Desk(config or proven(), **{**dict.fromkeys(ALL, takes), **senders})
        monkeypatch.setattr(probes, "find", desk.find)
        made.append(desk)
        desk.all_is_well(TEN - 100)
        return desk

    yield make
    for desk in made:
        await desk.notices.stop()


def view(desk: Desk, name: str) -> TargetView:
    views = desk.notices.views(desk.config, desk.memory)
    return next(each for each in views if each.name == name)


async def ended(desk: Desk, name: str) -> TargetView:
    """Wait until something came of the test of a way, and return that."""

    def holds(_: object) -> bool:
        proof = view(desk, name).proof
        return proof is not None and bool(
            proof.proven or proof.reason or proof.accepted
        )

    await desk.until(holds)
    return view(desk, name)


async def test_each_way_is_tested_a_minute_apart_and_marked_as_a_test(
    desks: Desks,
) -> None:
    desk = desks(proven(language="nl"), sms=delivers)
    desk.stamp(TEN - 1)
    assert desk.sent == []
    for n, name in enumerate(ALL):
        desk.lasts(TEN + 61 * n)
        await ended(desk, name)
        desk.stamp(TEN + 61 * n + 1)

    assert desk.over() == [*ALL]
    assert all(notice.title.startswith("TEST. ") for _, notice in desk.sent)
    assert "Testbericht, er is niets te doen" in desk.sent[0][1].text
    stages = [p.stage for name in ALL if (p := view(desk, name).proof)]
    assert stages == [Stage.ACCEPTED, Stage.ARRIVED, Stage.ACCEPTED]
    assert desk.notices.latest() == ()  # no notice to anybody
    assert {by for by, _ in desk.journal} == {""}


async def test_outage_that_is_told_holds_the_proofs_until_it_is_over(
    desks: Desks,
) -> None:
    desk = desks(escalating())
    desk.fails("teams", TEN - 50)
    await desk.until(lambda latest: bool(latest) and latest[0].stage is not None)
    desk.lasts(TEN + 60)
    assert len(desk.sent) == 1

    code = desk.notices.latest()[0].code
    desk.notices.acknowledge("Ana", code)
    desk.stamp(TEN + 70)
    await ended(desk, "teams")
    assert desk.over()[1:] == ["teams"]


async def test_outage_comes_before_a_proof_that_waits_for_the_line(
    desks: Desks,
) -> None:
    desk = desks(escalating())
    line = desk.lines["teams"] = SerialLine()
    async with line.turn(asyncio.Event(), sends=False):
        desk.stamp(TEN)
        await asyncio.sleep(0)
        desk.fails("teams", TEN + 1)
        await desk.until(lambda latest: bool(latest) and latest[0].stage is not None)

    def is_given_up(_: object) -> bool:
        proof = view(desk, "teams").proof
        return proof is not None and proof.begun is None

    await desk.until(is_given_up)
    assert not any(notice.title.startswith("TEST") for _, notice in desk.sent)
    assert view(desk, "teams").proof_lack(moment(TEN + 5)) == ""


@pytest.mark.parametrize(
    ("sender", "reason"), [(refuses, Reason.REJECTED), (hangs, Reason.TIMEOUT)]
)
async def test_failed_proof_says_why_and_a_later_one_clears_it(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, sender: Sender, reason: Reason
) -> None:
    monkeypatch.setattr("secours.notify.carriers.LEAST_S", 0.2)
    desk = desks(quick(proven()), teams=sender)
    desk.stamp(TEN)
    found = await ended(desk, "teams")
    assert found.proof is not None
    assert (found.proof.reason, found.proof.proven) == (reason, None)
    assert found.proof_lack(moment(TEN)) == "proof-failed"

    desk.senders = {**desk.senders, "teams": takes}
    desk.notices.test("teams", "Ana")
    await desk.until(lambda _: view(desk, "teams").proof_lack(moment(TEN)) == "")


def loses(**facts: Any) -> Sender:
    async def lost(_: Notice) -> AsyncGenerator[Stage, None]:
        yield Stage.ACCEPTED
        raise Stop(failed(Reason.NOT_DELIVERED, **facts))

    return lost


async def test_receipt_that_says_lost_is_a_failed_proof(desks: Desks) -> None:
    desk = desks(teams=loses(code=70))
    desk.stamp(TEN)
    found = await ended(desk, "teams")

    assert found.proof is not None
    assert (found.proof.reason, found.proof.proven) == (Reason.NOT_DELIVERED, None)


async def test_receipt_that_never_comes_is_no_proof_and_no_failure(
    desks: Desks,
) -> None:
    desk = desks(teams=loses(within_s=30.0))
    desk.stamp(TEN)
    found = await ended(desk, "teams")

    assert found.proof is not None
    assert (found.proof.reason, found.proof.proven) == (Reason.NONE, None)
    assert found.proof_lack(moment(TEN + 2 * DAY_S)) == "proof-overdue"
    assert found.proof_lack(moment(TEN + 60)) == ""
    assert proofs.state(found, moment(TEN + 60), "en") == (
        "no test came through yet; the latest test was accepted, its arrival not proven"
    )

    desk.senders = {**desk.senders, "teams": takes}
    desk.notices.test("teams", "Ana")
    await desk.until(lambda _: bool((p := view(desk, "teams").proof) and p.proven))
    said = proofs.state(view(desk, "teams"), moment(TEN + 60), "en")
    assert said == "test accepted 1 min ago, not known to have arrived"


async def test_receipt_that_is_not_awaited_to_its_end_is_no_proof(
    desks: Desks,
) -> None:
    desk = desks(teams=keeps_silent)
    desk.lines["teams"] = desk.lines["sms"] = SerialLine()
    desk.stamp(TEN)
    await desk.until(lambda _: "accepted teams" in desk.steps())
    desk.lasts(TEN + 61)  # the next test wants the line
    found = await ended(desk, "teams")

    assert found.proof is not None
    assert (found.proof.accepted, found.proof.proven) == (True, None)


async def test_budget_of_the_day_is_kept_by_proofs_and_not_by_who_asks(
    desks: Desks,
) -> None:
    desk = desks()
    desk.spent["teams"] = unknown(Reason.BUDGET, limit=3)
    desk.stamp(TEN)
    found = await ended(desk, "teams")
    assert found.proof is not None
    assert found.proof.reason is Reason.BUDGET
    assert desk.sent == []

    desk.notices.test("teams", "Ana")
    await desk.until(lambda latest: bool(latest) and latest[0].stage is not None)
    assert desk.over() == ["teams"]


async def test_kill_while_a_proof_is_sent_repeats_nothing(desks: Desks) -> None:
    desk = desks(teams=keeps_silent)
    desk.stamp(TEN)
    await desk.until(lambda _: bool(desk.sent))
    await desk.kill()
    desk.stamp(TEN + 30)
    assert desk.over() == ["teams"]
    desk.lasts(TEN + 400)  # once that engine knows how things are
    await ended(desk, "sms")

    assert desk.over()[:2] == ["teams", "sms"]


async def test_restart_and_reboot_keep_what_is_proven(desks: Desks) -> None:
    desk = desks()
    desk.stamp(TEN)
    await ended(desk, "teams")
    left = desk.kept[-1]
    await desk.notices.stop()
    for boot in (BOOT, "another"):
        desk.notices = Notices(left, boot, desk)
        desk.stamp(TEN + 600)
        found = view(desk, "teams")
        assert found.proof is not None
        assert found.proof.proven == moment(TEN)
        await desk.notices.stop()


async def test_other_address_of_a_target_is_unproven(desks: Desks) -> None:
    desk = desks()
    desk.stamp(TEN)
    await ended(desk, "teams")
    other = replace(desk.config.notify.targets["teams"], command=("ring",))
    named = {**desk.config.notify.targets, "teams": other}
    desk.config = replace(
        desk.config, notify=replace(desk.config.notify, targets=named)
    )
    desk.stamp(TEN + 3 * 3600)

    found = view(desk, "teams").proof
    assert found is not None
    assert (found.proven, found.begun, found.since) == (
        None,
        None,
        moment(TEN + 3 * 3600),
    )


async def test_nothing_is_proven_while_all_notices_are_held(desks: Desks) -> None:
    desk = desks()
    held = Hold(since=moment(TEN - 10), version=desk.config.version)
    desk.notices = Notices(Outbox(hold=held, boot_id=BOOT), BOOT, desk)
    desk.stamp(TEN)
    desk.stamp(TEN + 10)
    assert desk.steps() == []

    desk.notices.release("Ana")
    desk.stamp(TEN + 20)
    await ended(desk, "teams")


async def test_standby_and_engine_that_has_just_begun_prove_nothing(
    desks: Desks,
) -> None:
    desk = desks()
    desk.second = TEN
    seen = shot(desk.config, fold(desk.config, tick(TEN)))
    beside = standing_by(seen)
    begun = replace(seen, started=moment(TEN - 60))
    for shown in (beside, begun):
        desk.notices.stamped(desk.config, desk.memory, shown)
    assert desk.steps() == []

    desk.notices.stamped(desk.config, desk.memory, seen)
    await ended(desk, "teams")
