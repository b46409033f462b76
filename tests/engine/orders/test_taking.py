"""A site and the province's word, over a real hub that knows who may do what."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
from msgspec.structs import replace
from servers.hub_server import (
    OFFICE,
    administered,
    given_to,
    one_hub,
    serving,
    visiting,
)
from servers.nats_server import NEEDED

from secours.core.events import Said
from secours.core.step import step
from secours.engine import clock
from secours.engine.orders.handing_down import LISTED
from secours.model.nodes import channel_node
from secours.model.observed import Instant
from secours.model.sites.handed_down import OrderProgress
from secours.model.sites.membership import ALL
from secours.model.sites.views import Order, OrderAnswer, OrderKind, OrderOutcome
from secours.model.statements import Declared, Exercise, Mark, OrderedWord
from secours.sites import subjects
from secours.sites.hub.folder import HubFolder
from secours.sites.link import HubConnection, HubLink
from secours.sites.nkeys import new_key
from secours.sites.orders import inbox
from secours.sites.orders import words as ordered_words

pytestmark = NEEDED
LAST_DAY = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
ENDLESS = ordered_words.written(
    replace(mark(), until=LAST_DAY, since=Instant(LAST_DAY, -1e300))
)


@pytest.fixture
async def hub(processes: None, tmp_path: Path) -> AsyncIterator[HubFolder]:
    """Run a hub that has admitted two sites."""
    made = one_hub(tmp_path / "hub", dison=[], spa=[])
    async with serving(made):
        await admit(made, "dison", "spa")
        yield made


async def admit(hub: HubFolder, *names: str) -> None:
    async with administered(hub, *names):
        pass


def order(number: int = 1, **changes: Any) -> Order:
    """Return an order as the province makes it; the site is dison."""
    now = clock.now().utc
    made = Order(
        number=number,
        to="dison",
        author=PROVINCE,
        by="Ann",
        kind=OrderKind.MARK,
        issued=now,
        until=now + timedelta(hours=1),
        text=ordered_words.written(mark()),
    )
    return replace(made, **changes)


async def send(hub: HubFolder, *several: Order, seed: str = "") -> None:
    """Put orders to dison on the hub, signed by the province or with this seed."""
    seed = seed or given_to(hub, OFFICE).seed
    async with visiting(hub, OFFICE) as visitor:
        for each in several:
            await visitor.client.jetstream().publish(
                subjects.order("dison"), inbox.written(each, seed)
            )


# -------------------------------------------------------------------- what is taken in


async def test_word_of_the_province_is_taken_in_as_its_own(
    hub: HubFolder, tmp_path: Path
) -> None:
    site, office = SmallSite(tmp_path, hub, "dison"), SmallOffice(tmp_path, hub)
    async with at_work(site, office):
        number = await office.say(mark(Declared.DISTRUSTED), "dison")
        heard = await site.engine.heard.get()
        await office.progress("dison", number, OrderProgress.ANSWERED)

        assert isinstance(heard, Mark)
        assert (heard.author, heard.by) == (PROVINCE, f"{PROVINCE} (Ann)")
        assert site.engine.marks() == [(PROVINCE, Declared.DISTRUSTED)]
        answer = await site.answer()
        assert (answer.number, answer.outcome) == (number, OrderOutcome.TAKEN)

        office.handing.answered("dison", site.desk.answers)
        assert office.to("dison", number).outcome == "taken"


class Wakeups:
    """Notes when all is said that is due."""

    def __init__(self) -> None:
        self.woken: asyncio.Queue[None] = asyncio.Queue()

    async def talk(self, connection: HubConnection) -> None:
        connection.wakeup.join(lambda: self.woken.put_nowait(None))
        await asyncio.Event().wait()


async def test_while_no_order_comes_all_else_is_said_with_each_request(
    hub: HubFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = b'{"batch": 1, "expires": 100000000}'  # ns
    monkeypatch.setattr(inbox, "THE_NEXT", soon)
    site, wakeups = SmallSite(tmp_path, hub, "dison"), Wakeups()
    site.link = HubLink(clock.now, [wakeups, inbox.OrderInbox(site.desk)])
    async with at_work(site):
        for _ in range(3):
            await wakeups.woken.get()
        await send(hub, order())
        assert (await site.answer()).outcome is OrderOutcome.TAKEN


async def test_word_to_all_goes_to_each_site_that_the_hub_knows(
    hub: HubFolder, tmp_path: Path
) -> None:
    dison, spa = (SmallSite(tmp_path, hub, name) for name in ("dison", "spa"))
    office = SmallOffice(tmp_path, hub)
    async with at_work(dison, spa, office):
        await office.say(mark(), ALL)

        for site in (dison, spa):
            await site.engine.heard.get()
            assert site.engine.marks() == [(PROVINCE, Declared.DOWN)]


async def test_what_is_said_comes_in_its_order(hub: HubFolder, tmp_path: Path) -> None:
    site, office = SmallSite(tmp_path, hub, "dison"), SmallOffice(tmp_path, hub)
    async with at_work(office):
        for word in (mark(), withdrawn(), mark(Declared.MAINTENANCE), withdrawn()):
            number = await office.say(word, "dison")
        await office.progress("dison", number, OrderProgress.AT_HUB)
        async with at_work(site):
            await site.answer(4)

    outcomes = [each.outcome for each in site.desk.answers]
    assert outcomes == [OrderOutcome.TAKEN] * 4
    assert site.engine.marks() == []


async def test_channel_is_known_by_its_name_alone(
    hub: HubFolder, tmp_path: Path
) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    async with at_work(site):
        await send(hub, order(text=ordered_words.written(mark(subject="sms"))))
        heard = await site.engine.heard.get()

    assert isinstance(heard, Mark)
    assert heard.subject == channel_node("sms")


async def test_word_holds_for_what_is_left_of_its_life_by_no_clock_of_ours(
    hub: HubFolder, tmp_path: Path
) -> None:
    """The province's wall clock is a day ahead of the site's."""
    site = SmallSite(tmp_path, hub, "dison")
    ahead = timedelta(days=1)
    said = mark(for_s=3600)
    assert said.until
    issued = said.at.utc + ahead
    said = replace(said, until=said.until + ahead)
    late = order(
        issued=issued,
        until=issued + timedelta(hours=1),
        age_s=600.0,
        text=ordered_words.written(said),
    )
    async with at_work(site):
        await send(hub, late)
        heard = await site.engine.heard.get()

    assert isinstance(heard, Mark)
    assert heard.until
    left_s = (heard.until - clock.now().utc).total_seconds()
    assert 2900 < left_s <= 3000


async def test_what_fell_earlier_fell_as_long_ago_here(
    hub: HubFolder, tmp_path: Path
) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    said = mark()
    before = said.at.utc - timedelta(seconds=300)
    said = replace(said, since=Instant(before, said.at.steady_s - 300))
    async with at_work(site):
        await send(hub, order(age_s=100.0, text=ordered_words.written(said)))
        heard = await site.engine.heard.get()

    assert isinstance(heard, Mark)
    assert 400 <= heard.at.since(heard.began) < 430


# ------------------------------------------------------------------------ what is not


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"to": "spa"}, OrderOutcome.MISADDRESSED),
        ({"age_s": 3601.0}, OrderOutcome.EXPIRED),
        ({"text": "{}"}, OrderOutcome.UNREADABLE),
        ({"author": ""}, OrderOutcome.UNREADABLE),
        ({"text": ENDLESS}, OrderOutcome.UNREADABLE),
        ({"text": ENDLESS.replace("Z", "")}, OrderOutcome.UNREADABLE),
        ({"issued": datetime(2026, 1, 1)}, OrderOutcome.UNREADABLE),  # noqa: DTZ001
        (
            {"text": ordered_words.written(replace(mark(), until=None))},
            OrderOutcome.UNREADABLE,
        ),
        (
            {"text": ordered_words.written(mark(subject="power:moon"))},
            OrderOutcome.UNKNOWN_SUBJECT,
        ),
        (
            {
                "kind": OrderKind.WITHDRAWN,
                "text": ordered_words.written(withdrawn()),
            },
            OrderOutcome.NOTHING,
        ),
    ],
    ids=[
        *("to-another", "expired", "no-word", "no-author"),
        *("endless", "no-zone", "issued-nowhere", "no-end"),
        *("unknown-subject", "nothing-to-withdraw"),
    ],
)
async def test_order_that_does_not_count_is_refused_and_answered(
    hub: HubFolder, tmp_path: Path, changes: dict[str, Any], outcome: OrderOutcome
) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    async with at_work(site):
        await send(hub, order(**changes))
        answer = await site.answer()

    assert answer.outcome is outcome
    assert site.engine.heard.empty()


async def test_order_that_another_signed_is_refused(
    hub: HubFolder, tmp_path: Path
) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    async with at_work(site):
        await send(hub, order(7), seed=new_key().seed)
        answer = await site.answer()
        await send(hub, order(1))
        await site.answer(2)

    assert (answer.number, answer.outcome) == (0, OrderOutcome.FORGED)
    assert site.engine.marks() == [(PROVINCE, Declared.DOWN)]


async def test_order_that_comes_again_is_refused(
    hub: HubFolder, tmp_path: Path
) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    withdraws = order(
        6, kind=OrderKind.WITHDRAWN, text=ordered_words.written(withdrawn())
    )
    async with at_work(site):
        await send(hub, order(5), withdraws, order(5), order(4))
        answer = await site.answer(3)

    assert (answer.number, answer.outcome) == (4, OrderOutcome.REPLAYED)
    assert [each.number for each in site.desk.answers] == [5, 6, 4]
    assert site.engine.marks() == []


async def test_what_was_taken_is_known_after_a_restart(
    hub: HubFolder, tmp_path: Path
) -> None:
    first = SmallSite(tmp_path, hub, "dison")
    async with at_work(first):
        await send(hub, order(5))
        await first.answer()
    second = SmallSite(tmp_path, hub, "dison")
    async with at_work(second):
        await send(
            hub, order(5), order(6, text=ordered_words.written(mark(Declared.UP)))
        )
        heard = await second.engine.heard.get()

    assert isinstance(heard, Mark)
    assert heard.says is Declared.UP


async def test_order_that_waited_at_the_hub_beyond_its_end_is_expired(
    hub: HubFolder, tmp_path: Path
) -> None:
    now = clock.now().utc
    brief = order(issued=now, until=now + timedelta(seconds=0.5))
    site = SmallSite(tmp_path, hub, "dison")
    await send(hub, brief)
    await asyncio.sleep(0.7)  # by the clock of the hub, which is no test's to move
    async with at_work(site):
        answer = await site.answer()

    assert answer.outcome is OrderOutcome.EXPIRED


@pytest.mark.parametrize(
    ("accept", "taken"),
    [("words", ["mark"]), ("exercises", ["exercise"]), ("", [])],
    ids=["words", "exercises", "nothing"],
)
async def test_site_takes_what_its_plan_accepts(
    hub: HubFolder, tmp_path: Path, accept: str, taken: list[str]
) -> None:
    site = SmallSite(tmp_path, hub, "dison", f", accept: [{accept}]")
    played = ordered_words.written(exercise())
    async with at_work(site):
        await send(hub, order(1), order(2, kind=OrderKind.EXERCISE, text=played))
        await site.answer(2)

    words = [site.engine.heard.get_nowait() for _ in range(site.engine.heard.qsize())]
    kinds = {Mark: "mark", Exercise: "exercise"}
    assert [kinds[type(word)] for word in words] == taken
    refused = [a for a in site.desk.answers if a.outcome is OrderOutcome.NOT_ACCEPTED]
    assert len(refused) == 2 - len(taken)


async def test_plan_of_an_older_province_is_refused_and_what_follows_taken(
    hub: HubFolder, tmp_path: Path
) -> None:
    site = SmallSite(tmp_path, hub, "dison", ", accept: [words, plans]")
    before = site.file.read_text()
    async with at_work(site):
        await send(hub, order(1, kind=OrderKind.PLAN, text="site: {}"), order(2))
        await site.answer(2)

    refused, taken = site.desk.answers
    assert refused.outcome is OrderOutcome.PLAN_REFUSED
    assert refused.why == "a site no longer takes plans from a province"
    assert taken.outcome is OrderOutcome.TAKEN
    assert site.file.read_text() == before


async def test_exercise_of_the_province_leaves_the_sites_own_running(
    hub: HubFolder, tmp_path: Path
) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    own = replace(exercise(), fails=(channel_node("sms"),))
    site.engine.memory = step(
        site.engine.config, site.engine.memory, Said(word=own, at=own.at)
    )
    played = ordered_words.written(exercise())
    async with at_work(site):
        await send(hub, order(kind=OrderKind.EXERCISE, text=played))
        answer = await site.answer()

    assert answer.outcome is OrderOutcome.OWN_EXERCISE
    assert site.engine.memory.words.exercise == own


# ------------------------------------------------------------------------------- faults


@pytest.mark.usefixtures("processes")
async def test_site_that_nobody_admitted_yet_takes_its_orders_once_it_is(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=[])
    site, office = SmallSite(tmp_path, hub, "dison"), SmallOffice(tmp_path, hub)
    async with serving(hub):
        await admit(hub)
        async with at_work(site, office):
            number = await office.say(mark(), "dison")
            await office.progress("dison", number, OrderProgress.UNKNOWN_SITE)
            await admit(hub, "dison")
            await site.answer()
            await office.progress("dison", number, OrderProgress.ANSWERED)


@pytest.mark.usefixtures("processes")
async def test_province_waits_for_the_streams_to_be_made_without_leaving(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=[])
    office = SmallOffice(tmp_path, hub)
    async with serving(hub), at_work(office):
        number = await office.say(mark(), "dison")
        await until(lambda: bool(office.link.hub and office.link.hub.connected))
        since = office.link.hub and office.link.hub.since
        await admit(hub, "dison")
        await office.progress("dison", number, OrderProgress.AT_HUB)

        assert office.link.hub
        assert (office.link.hub.connected, office.link.hub.since) == (True, since)


async def test_what_no_disk_took_is_given_out_again_and_said_once(
    hub: HubFolder, tmp_path: Path
) -> None:
    site, office = SmallSite(tmp_path, hub, "dison"), SmallOffice(tmp_path, hub)
    site.engine.keeps = False
    async with at_work(site, office):
        number = await office.say(mark(), "dison")
        await site.answer()
        assert office.to("dison", number).progress is not OrderProgress.ANSWERED
        site.engine.keeps = True
        await office.progress("dison", number, OrderProgress.ANSWERED)

    assert site.engine.heard.qsize() == 1


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what no disk took come again at once."""
    monkeypatch.setattr(inbox, "FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(inbox, "LONGEST_DELAY_S", 0.02)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("full", ["whole-disk", "what-was-said"])
async def test_what_no_disk_took_comes_again_after_a_restart(
    hub: HubFolder, tmp_path: Path, full: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = SmallSite(tmp_path, hub, "dison")
    first.fill()
    first.files.is_full = full == "whole-disk"
    async with at_work(first):
        await send(hub, order(5))
        await until(lambda: caplog.text.count("is not on disk") > 10)
    second = SmallSite(tmp_path, hub, "dison")
    async with at_work(second):
        await second.engine.heard.get()

    assert second.engine.marks() == [(PROVINCE, Declared.DOWN)]


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    "changes",
    [{"to": "spa"}, {"age_s": 3601.0}, {"text": "{}"}, {"number": 1}],
    ids=["to-another", "expired", "no-word", "replayed"],
)
async def test_what_is_never_taken_holds_up_nobody_though_the_disk_is_full(
    hub: HubFolder, tmp_path: Path, changes: dict[str, Any]
) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    async with at_work(site):
        await send(hub, order(2, text=ordered_words.written(mark(Declared.UP))))
        await site.engine.heard.get()
        await until(lambda: (site.folder / "orders.json").exists())
        site.fill()
        await send(hub, order(**{"number": 3, **changes}), order(4))
        await site.engine.heard.get()

    assert site.engine.marks() == [(PROVINCE, Declared.DOWN)]


@pytest.mark.usefixtures("soon")
async def test_what_no_disk_took_holds_up_others_until_its_end_at_most(
    hub: HubFolder, tmp_path: Path
) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    site.fill()
    async with at_work(site):
        await until(lambda: bool(site.link.hub and site.link.hub.connected))
        now = clock.now().utc
        brief = order(1, issued=now, until=now + timedelta(seconds=5))
        await send(hub, brief, order(2, text=ordered_words.written(mark(Declared.UP))))
        first, second = [await site.engine.heard.get() for _ in range(2)]

    assert isinstance(first, Mark)
    assert isinstance(second, Mark)
    assert (first.says, second.says) == (Declared.DOWN, Declared.UP)


async def test_order_that_breaks_what_takes_it_holds_up_nobody(
    hub: HubFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    reads = ordered_words.read

    def broken(each: Order, *more: Any) -> OrderedWord:
        if each.number == 1:
            raise ValueError
        return reads(each, *more)

    monkeypatch.setattr(ordered_words, "read", broken)
    async with at_work(site):
        await send(hub, order(1), order(2))
        await site.answer(2)

    outcomes = [each.outcome for each in site.desk.answers]
    assert outcomes == [OrderOutcome.UNREADABLE, OrderOutcome.TAKEN]


@pytest.mark.parametrize(
    ("deliveries", "after_s"), [(1, 2.0), (2, 4.0), (5, 32.0), (6, 60.0), (5000, 60.0)]
)
def test_what_no_disk_took_comes_again_later_each_time(
    deliveries: int, after_s: float
) -> None:
    assert inbox.again_after_s(deliveries) == after_s


@pytest.mark.usefixtures("processes")
async def test_hub_that_restarts_loses_no_order(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=[])
    site, office = SmallSite(tmp_path, hub, "dison"), SmallOffice(tmp_path, hub)
    async with at_work(office):
        number = await office.say(mark(), "dison")  # while there is no hub
        async with serving(hub):
            await admit(hub, "dison")
            await office.progress("dison", number, OrderProgress.AT_HUB)
        async with serving(hub), at_work(site):
            await site.answer()
            await office.progress("dison", number, OrderProgress.ANSWERED)

    assert site.engine.marks() == [(PROVINCE, Declared.DOWN)]


@pytest.mark.usefixtures("processes")
async def test_province_that_restarts_before_there_is_a_hub_forgets_nothing(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=[])
    before = SmallOffice(tmp_path, hub)
    await before.say(mark(), "dison")
    again, site = SmallOffice(tmp_path, hub), SmallSite(tmp_path, hub, "dison")
    async with serving(hub):
        await admit(hub, "dison")
        async with at_work(again, site):
            await site.answer()

    assert site.engine.marks() == [(PROVINCE, Declared.DOWN)]


@pytest.mark.usefixtures("processes")
async def test_order_that_a_hub_lost_with_its_power_is_sent_again(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=[])
    stored, before = hub.server(hub.roster().members[0]) / "jetstream", tmp_path / "b"
    office = SmallOffice(tmp_path, hub)
    async with serving(hub):
        await admit(hub, "dison")
    shutil.copytree(stored, before)
    async with serving(hub), at_work(office):
        number = await office.say(mark(), "dison")
        await office.progress("dison", number, OrderProgress.AT_HUB)
    shutil.rmtree(stored)
    before.rename(stored)
    again, site = SmallOffice(tmp_path, hub), SmallSite(tmp_path, hub, "dison")
    async with serving(hub), at_work(again, site):
        await site.answer()

    assert site.engine.marks() == [(PROVINCE, Declared.DOWN)]


@pytest.mark.usefixtures("processes")
async def test_what_reaches_its_end_before_a_hub_is_given_up(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=[])
    office = SmallOffice(tmp_path, hub)
    number = await office.say(mark(), "dison", life_s=60.0)
    at = clock.now()
    later = Instant(at.utc + timedelta(seconds=61), at.steady_s + 61)
    office.now = lambda: later
    async with serving(hub):
        await admit(hub, "dison")
        async with at_work(office):
            await office.progress("dison", number, OrderProgress.OVER)


async def test_word_that_holds_is_known_however_many_followed(tmp_path: Path) -> None:
    office = SmallOffice(tmp_path, one_hub(tmp_path / "hub", dison=[], spa=[]))
    taken = OrderOutcome.TAKEN

    async def settled(word: OrderedWord, *sites: str) -> int:
        number = await office.say(word, *sites)
        for name in sites:
            answer = OrderAnswer(number=number, outcome=taken)
            office.handing.answered(name, [answer])
        return number

    distrust = await settled(mark(Declared.DISTRUSTED), "dison", "spa")
    lifted = await settled(withdrawn(), "spa")
    for _ in range(60):
        await settled(exercise(), "spa")

    numbers = [order.number for order in office.handing.orders]
    assert numbers[-2:] == [lifted, distrust]
    assert len(numbers) == LISTED + 2


async def test_numbers_rise_also_after_the_disk_of_the_province_was_lost(
    tmp_path: Path,
) -> None:
    hub = one_hub(tmp_path / "hub", dison=[])
    first = await SmallOffice(tmp_path, hub).say(mark(), "dison")
    (tmp_path / "office" / "handed-down.json").unlink()

    assert await SmallOffice(tmp_path, hub).say(mark(), "dison") > first


async def test_what_is_not_read_is_no_order(hub: HubFolder, tmp_path: Path) -> None:
    site = SmallSite(tmp_path, hub, "dison")
    async with at_work(site):
        async with visiting(hub, OFFICE) as visitor:
            await visitor.client.jetstream().publish(
                subjects.order("dison"), b"no order"
            )
        await until(lambda: bool(site.desk.answers))

    assert site.desk.answers[0].outcome is OrderOutcome.FORGED
