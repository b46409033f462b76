"""What the province says to all, for sites that come later or go, over a real hub."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from engine.orders.small_province import (
    PROVINCE,
    SmallOffice,
    SmallSite,
    at_work,
    exercise,
    mark,
    until,
    withdrawn,
)
from nats.js import JetStreamContext
from servers.hub_server import OFFICE, administered, given_to, one_hub, serving
from servers.nats_server import NEEDED

from secours.core.sites.orders_in_force import to_look_at
from secours.engine import clock
from secours.engine.orders import handing_down
from secours.model.nodes import channel_node
from secours.model.observed import Instant
from secours.model.sites.handed_down import OrderProgress
from secours.model.sites.membership import ALL
from secours.model.sites.views import OrderOutcome
from secours.model.statements import Declared, Mark, OrderedWord
from secours.render.wording.sites import province_word
from secours.render.wording.sites.names import names_of
from secours.sites import streams, subjects
from secours.sites.hub.folder import HubFolder
from secours.sites.orders import inbox

pytestmark = NEEDED
DISTRUST = mark(Declared.DISTRUSTED)


@pytest.fixture
def hub(tmp_path: Path) -> HubFolder:
    return one_hub(tmp_path / "hub", dison=[], spa=[])


@pytest.fixture
async def stream(
    processes: None, hub: HubFolder, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[JetStreamContext]:
    """Run a hub that has admitted dison, and return its streams to the province."""
    monkeypatch.setattr(handing_down, "AWAIT_EVERY_S", 0.05)
    monkeypatch.setattr(handing_down, "LOOK_EVERY_S", 0.05)
    async with serving(hub), administered(hub, "dison") as stream:
        yield stream


async def test_site_that_comes_later_gets_what_holds(
    hub: HubFolder, stream: JetStreamContext, tmp_path: Path
) -> None:
    dison, spa = (SmallSite(tmp_path, hub, name) for name in ("dison", "spa"))
    office = SmallOffice(tmp_path, hub)
    async with at_work(dison, spa, office):
        marked = await office.say(mark(), ALL)
        played = await office.say(exercise(), ALL)
        newer = await office.say(mark(subject="sms"), "spa")
        await office.progress("dison", played, OrderProgress.ANSWERED)
        await office.progress("spa", newer, OrderProgress.UNKNOWN_SITE)

        await streams.admit(stream, "spa")
        await spa.answer(3)
        await office.progress("spa", played, OrderProgress.ANSWERED)

        assert {each.outcome for each in spa.desk.answers} == {OrderOutcome.TAKEN}
        assert {author for author, _ in spa.engine.marks()} == {PROVINCE}
        assert len(spa.engine.marks()) == 2
        assert spa.engine.memory.words.exercise is not None
        office.handing.answered("spa", spa.desk.answers)
        outcomes = [office.to("spa", n).outcome for n in (marked, played, newer)]
        assert outcomes == ["taken"] * 3
        assert len(dison.desk.answers) == 2


async def test_province_that_restarted_knows_what_is_for_who_comes_later(
    hub: HubFolder, stream: JetStreamContext, tmp_path: Path
) -> None:
    before, spa = SmallOffice(tmp_path, hub), SmallSite(tmp_path, hub, "spa")
    async with at_work(before):
        number = await before.say(mark(), ALL)
        await before.progress("dison", number, OrderProgress.AT_HUB)
    async with at_work(SmallOffice(tmp_path, hub), spa):
        await streams.admit(stream, "spa")
        await spa.engine.heard.get()

    assert spa.engine.marks() == [(PROVINCE, Declared.DOWN)]


@pytest.mark.parametrize(
    ("said", "since", "to"),
    [
        (mark(), withdrawn(), ALL),
        (mark(), mark(Declared.UP), "spa"),
        (DISTRUST, withdrawn(Declared.DISTRUSTED), ALL),
        (exercise(), exercise(), "spa"),
    ],
    ids=["withdrawn", "said-otherwise-there", "trusted-again", "another-exercise"],
)
async def test_what_holds_no_more_does_not_reach_who_comes_later(
    hub: HubFolder,
    stream: JetStreamContext,
    tmp_path: Path,
    said: OrderedWord,
    since: OrderedWord,
    to: str,
) -> None:
    office, spa = SmallOffice(tmp_path, hub), SmallSite(tmp_path, hub, "spa")
    async with at_work(office, spa):
        number = await office.say(said, ALL)
        await office.progress("dison", number, OrderProgress.AT_HUB)
        await office.say(since, to)
        last = await office.say(mark(subject="sms"), ALL)
        await office.progress("dison", last, OrderProgress.AT_HUB)
        await streams.admit(stream, "spa")
        await office.progress("spa", last, OrderProgress.ANSWERED)

        assert [each.site for each in office.order(number).to] == ["dison"]


async def test_order_to_all_but_a_site_does_not_reach_that_site(
    hub: HubFolder, stream: JetStreamContext, tmp_path: Path
) -> None:
    office = SmallOffice(tmp_path, hub)
    async with at_work(office):
        await streams.admit(stream, "spa")
        number = await office.say(withdrawn(), ALL, but=["spa"])
        last = await office.say(mark(subject="sms"), ALL)
        await office.progress("spa", last, OrderProgress.AT_HUB)

        assert [each.site for each in office.order(number).to] == ["dison"]


async def test_what_has_ended_does_not_reach_who_comes_later(
    hub: HubFolder, stream: JetStreamContext, tmp_path: Path
) -> None:
    office = SmallOffice(tmp_path, hub)
    async with at_work(office):
        number = await office.say(mark(), ALL, life_s=60.0)
        await office.progress("dison", number, OrderProgress.AT_HUB)
        at = clock.now()
        later = Instant(at.utc + timedelta(seconds=61), at.steady_s + 61)
        office.now = lambda: later
        await streams.admit(stream, "spa")
        last = await office.say(mark(subject="sms"), ALL)
        await office.progress("spa", last, OrderProgress.AT_HUB)

        assert [each.site for each in office.order(number).to] == ["dison"]
        assert not office.order(number).is_open


async def test_what_is_taken_back_awaits_nobody(
    hub: HubFolder, stream: JetStreamContext, tmp_path: Path
) -> None:
    office = SmallOffice(tmp_path, hub)
    async with at_work(office):
        number = await office.say(withdrawn(), ALL)
        await office.progress("dison", number, OrderProgress.AT_HUB)

        assert not office.order(number).awaits_sites


PLAN_OF_BEFORE = {
    "number": 9_000_000_000_000,  # far ahead, as the number that its site was sent
    "kind": "plan",
    "what": "dison.yaml",
    "author": PROVINCE,
    "by": "Ann",
    "issued": {"utc": "2026-11-29T08:00:00Z", "steady_s": 1.0},
    "boot_id": "of-before",
    "until": "2096-11-29T08:00:00Z",
    "to": [
        {"site": "dison", "number": 9_000_000_000_001},
        {
            "site": "spa",
            "progress": "answered",
            "outcome": "plan-refused",
            "why": "kaputt",
            "why_in": {"de": "kaputt", "en": "broken"},
        },
    ],
    "text": "site: {name: Dison}",
}


async def test_plan_that_was_handed_down_before_is_shown_as_over_and_not_sent(
    hub: HubFolder, stream: JetStreamContext, tmp_path: Path
) -> None:
    (tmp_path / "office").mkdir()
    kept = json.dumps({"orders": [PLAN_OF_BEFORE]})
    (tmp_path / "office" / "handed-down.json").write_text(kept)
    office = SmallOffice(tmp_path, hub)
    async with at_work(office):
        number = await office.say(mark(), "dison")
        await office.progress("dison", number, OrderProgress.AT_HUB)
        at_hub = await stream.stream_info(subjects.ORDERS)

    _, plan = office.handing.orders
    names = names_of((), "en")
    assert number == 9_000_000_000_002
    assert at_hub.state.messages == 1
    assert not plan.is_open
    assert province_word.what(plan, names) == "dison.yaml"
    assert province_word.how_far(plan, "en", str) == [
        "its end came first: dison",
        "plan refused: kaputt: spa",
    ]
    assert to_look_at(office.handing.orders[1:], clock.now().utc) == ()


async def test_site_that_was_removed_and_came_back_is_said_again_what_is_for_all(
    hub: HubFolder, stream: JetStreamContext, tmp_path: Path
) -> None:
    office, dison = SmallOffice(tmp_path, hub), SmallSite(tmp_path, hub, "dison")
    office.handing.let_in(frozenset({"dison", "spa"}))
    async with at_work(office):
        to_all = await office.say(mark(), ALL)
        to_it = await office.say(mark(subject="sms"), "dison")
        await office.progress("dison", to_it, OrderProgress.AT_HUB)
        await streams.shut_out(stream, "dison")
        office.handing.let_in(frozenset({"spa"}))
        assert office.to("dison", to_it).progress is OrderProgress.OVER

        await streams.admit(stream, "dison")
        await office.progress("dison", to_all, OrderProgress.AT_HUB)
        async with at_work(dison):
            await office.progress("dison", to_all, OrderProgress.ANSWERED)

    assert dison.engine.marks() == [(PROVINCE, Declared.DOWN)]


async def test_what_a_province_put_back_to_an_older_day_says_is_no_old_order(
    hub: HubFolder, stream: JetStreamContext, tmp_path: Path
) -> None:
    """Its clock was ahead by a day when it said what it has forgotten."""
    dison, before = SmallSite(tmp_path, hub, "dison"), SmallOffice(tmp_path, hub)
    before.now = lambda: Instant(clock.now().utc + timedelta(days=1), 0.0)
    async with at_work(before, dison):
        await before.say(mark(), "dison", life_s=3 * 86400.0)
        await dison.answer()
    before.files.keep("last", b"").result()  # nothing is written any more
    (tmp_path / "office" / "handed-down.json").unlink()
    again, dison = SmallOffice(tmp_path, hub), SmallSite(tmp_path, hub, "dison")
    await again.say(mark(Declared.UP), "dison")  # before there is a hub for it
    async with at_work(again, dison):
        await until(lambda: len(dison.desk.answers) == 2)

    outcomes = [each.outcome for each in dison.desk.answers]
    assert outcomes == [OrderOutcome.TAKEN, OrderOutcome.TAKEN]


async def test_what_may_have_been_taken_back_since_is_not_said_again(
    hub: HubFolder, stream: JetStreamContext, tmp_path: Path
) -> None:
    list_file = tmp_path / "office" / "handed-down.json"
    office = SmallOffice(tmp_path, hub)
    await office.say(mark(), ALL)
    older = list_file.read_bytes()
    async with at_work(office):
        last = await office.say(withdrawn(), ALL)
        await office.progress("dison", last, OrderProgress.AT_HUB)
    office.files.keep("last", b"").result()  # nothing is written any more
    list_file.write_bytes(older)
    again, spa = SmallOffice(tmp_path, hub), SmallSite(tmp_path, hub, "spa")
    async with at_work(again, spa):
        await streams.admit(stream, "spa")
        await again.say(mark(subject="sms"), ALL)
        heard = await spa.engine.heard.get()

    assert isinstance(heard, Mark)
    assert heard.subject == channel_node("sms")
    assert not again.handing.orders[-1].is_open


async def test_number_of_its_own_at_a_site_is_on_disk_before_the_hub_has_it(
    hub: HubFolder, tmp_path: Path
) -> None:
    office = SmallOffice(tmp_path, hub)
    await office.say(mark(), ALL)
    await office.say(mark(subject="sms"), "spa")
    known: list[bool] = []

    async def publish(_: str, data: bytes, **__: object) -> SimpleNamespace:
        await asyncio.wrap_future(office.files.keep("last", b""))
        kept = handing_down.recall(office.folder).orders
        numbers = {order.number_for(to) for order in kept for to in order.to}
        known.append(inbox.read(data, given_to(hub, OFFICE).province).number in numbers)
        return SimpleNamespace(seq=len(known))

    connection: Any = SimpleNamespace(
        stream=SimpleNamespace(publish=publish), credentials=given_to(hub, OFFICE)
    )
    await office.handing._send_all(connection)
    office.handing._address(["spa"])
    await office.handing._send_all(connection)

    assert known == [True, True]
