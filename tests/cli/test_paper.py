"""Printing that prints itself, from a plan and `secours run` to a real printer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from dns.message import Message
from servers.command import Command
from servers.dns_server import dns_server, zone
from servers.ipp_printer import NEEDED, PATIENCE_S, READER, Printer, ipp_printer

pytestmark = [NEEDED, READER]
NAMES = {("a.test", "A"): ("192.0.2.1",), ("b.test", "A"): ("192.0.2.2",)}
PLAN = """
site: {{name: Room, language: en, timezone: Europe/Brussels}}
probing: {{interval: 500ms, watch_every: 500ms, retry_every: 100ms, timeout: 1s}}
print: {{printer: "{address}", copies: 2, {more}}}
paths:
  lan:
    depends_on: [internet:fibre]
    references:
      - {{type: dns, name: a.test, server: "127.0.0.1:{dns}", expect: 192.0.2.1}}
      - {{type: dns, name: b.test, server: "127.0.0.1:{dns}", expect: 192.0.2.2}}
components: {{power:grid: {{}}, internet:fibre: {{depends_on: [power:grid]}}}}
channels:
  desk:
    label: Desk
    how: Ring 4711
    purposes: [alert]
    depends_on: []
    test: {{every: 7d}}
plan: [{{purpose: alert, audience: staff, primary: desk, last_resort: Walk}}]
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    return Command(tmp_path)


class Uplink:
    """Name servers beyond our link, which can be cut."""

    def __init__(self) -> None:
        self.cut = False
        self._answer = zone(NAMES)

    def reply(self, question: Message) -> Message | None:
        return None if self.cut else cast(Message, self._answer(question))


@asynccontextmanager
async def planned(
    secours: Command, more: str = ""
) -> AsyncIterator[tuple[Printer, Uplink]]:
    uplink = Uplink()
    async with (
        ipp_printer(secours.folder) as printer,
        dns_server(uplink.reply) as dns,
    ):
        secours.plan(PLAN.format(address=printer.address, dns=dns, more=more))
        yield printer, uplink


async def test_the_uplink_the_mains_and_a_restart(secours: Command) -> None:
    async with planned(secours) as (printer, uplink):
        async with secours.running("run"):
            await until(secours, ("test", "desk", "ok", "--by", "Anne"), "Desk")
            await until(secours, ("recommend",), "use Desk")
            uplink.cut = True
            await printer.printed(1)
            down = await secours.run("mark", "power:grid", "down", "--by", "Anne")
            assert down.code == 0, down.err
            await printer.printed(2)
        async with secours.running("run"):
            await until(secours, ("journal",), "monitoring starts", 2)
            done = await secours.run("mark", "desk", "down", "--by", "Anne")
            assert done.code == 0, done.err
            link, mains, nothing = await printer.printed(3)
            journal = await secours.run("journal")

    assert "Printed by itself: our own link is down" in link
    assert "Printed by itself: power is out" in mains
    assert "Printed by itself: a line has no channel left" in nothing
    assert "> NO USABLE CHANNEL. Walk" in nothing
    assert "4711" not in link
    assert printer.copies == [2, 2, 2]
    assert "sheet sent to the printer: power is out" in journal.out


async def until(
    secours: Command, argv: tuple[str, ...], words: str, times: int = 1
) -> str:
    """Run a command until it says this so often."""
    async with asyncio.timeout(PATIENCE_S):
        while (said := (await secours.run(*argv)).out).count(words) < times:  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.2)
    return said


async def test_a_printer_that_ails_is_a_warning_of_self_check_and_doctor(
    secours: Command,
) -> None:
    refused = "The sheet does not print on localhost: connection refused"
    async with planned(secours, "on: [monday]"):
        well = await secours.run("doctor")
    async with secours.running("run"):
        await until(secours, ("self-check",), refused)
        warned = await secours.run("self-check")
    gone = await secours.run("doctor")

    assert "takes the sheet" in well.out
    assert (warned.code, gone.code) == (1, 1)
    assert refused in gone.out


async def test_the_sheet_is_printed_by_hand_with_how_and_in_a_language(
    secours: Command,
) -> None:
    async with planned(secours, "how: true") as (printer, _):
        done = await secours.run("sheet", "--print", "--lang", "nl")
        (text,) = await printer.printed(1)

    assert (done.code, done.out) == (
        0,
        "de printer localhost heeft het blad: 2 exemplaren\n",
    )
    assert "Kanalenblad" in text
    assert "Ring 4711" in text
    gone = await secours.run("sheet", "--print")
    assert (gone.code, gone.out) == (3, "")
    assert "The sheet does not print on localhost: connection refused" in gone.err


async def test_a_sheet_that_the_printer_gives_up_is_not_told_as_printed(
    secours: Command,
) -> None:
    async with planned(secours) as (printer, _):
        printer.obeys(code=1)
        done = await secours.run("sheet", "--print")

    assert (done.code, done.out) == (3, "")
    assert "the printer gave the sheet up" in done.err


async def test_without_a_printer_in_the_plan_no_sheet_is_printed(
    secours: Command,
) -> None:
    secours.plan("channels: {a: {depends_on: []}}\n")

    done = await secours.run("sheet", "--print")

    assert done.code == 3
    assert "the plan names no printer: 'print: {printer: ipp://…}'" in done.err
