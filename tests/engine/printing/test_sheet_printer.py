"""A real printer prints the sheet on the occasions of the plan, and once."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from config.plan_files import read
from msgspec.structs import replace
from render.snapshots import snapshot
from servers.http_server import Asked, answer, answering
from servers.ipp_printer import NEEDED, PATIENCE_S, READER, ipp_printer
from servers.scripted import closed_port, endless, silent, tcp_server

from secours.core.notices import paper
from secours.engine import clock
from secours.engine.printing import sheet_printer
from secours.engine.printing.sheet_printer import SheetPrinter
from secours.engine.store.durable_files import Files
from secours.engine.store.store import Store
from secours.model.observed import Instant, Reason
from secours.model.snapshot import Link
from secours.wire.http import ipp

pytestmark = [NEEDED, READER, pytest.mark.usefixtures("processes")]

PLAN = """
site: {{name: Room, language: en, timezone: Europe/Brussels}}
print: {{printer: "{address}", {more}}}
components: {{"power:grid": {{}}}}
channels: {{desk: {{purposes: [alert], depends_on: [], how: Ring 4711}}}}
plan: [{{purpose: alert, audience: staff, primary: desk, last_resort: Walk}}]
"""
JAMS = """
echo 'STATE: +media-jam-error' >&2
until [ -e {gate} ]; do sleep 0.1; done
echo 'STATE: -media-jam' >&2
"""
DOWN = {"own_link": Link.DOWN}
MAINS = {"known_down": ("power:grid",)}


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_printer, "FOLLOW_EVERY_S", 0.1)


class Desk:
    """An engine as far as the printer knows one; its clock can be moved on."""

    def __init__(self, folder: Path, store: Store, address: str, more: str) -> None:
        self.folder, self.store, self.later_s = folder, store, 0.0
        self.config = read(folder, PLAN.format(address=address, more=more))
        self.files = Files(store.folder)
        self.begin()

    def begin(self) -> None:
        """Begin as an engine does that was restarted."""
        self.printer = SheetPrinter(self.now, self.store, self.folder, self.files)

    def now(self) -> Instant:
        return clock.now().later(self.later_s)

    def stamp(self, **given: Any) -> None:
        shown = snapshot(given.pop("alert", "oooo"), **given)
        site = self.config.site
        self.printer.stamped(self.config, replace(shown, at=self.now(), site=site))

    async def until(self, holds: Callable[[], object], **given: Any) -> None:
        """Stamp as an engine does until something holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self.stamp(**given)
                await asyncio.sleep(0.02)

    async def is_idle(self) -> None:
        task = self.printer._task
        if task:
            await asyncio.wait({task}, timeout=PATIENCE_S)

    @property
    def facts(self) -> dict[str, Any]:
        trouble = self.printer.trouble
        found = trouble.outcome if trouble else None
        return {**found.facts, "reason": found.reason} if found else {}


@asynccontextmanager
async def desk(
    folder: Path, address: str, more: str = "copies: 3"
) -> AsyncIterator[Desk]:
    (folder / "state").mkdir()
    with closing(Store(folder / "state")) as store:
        made = Desk(folder, store, address, more)
        try:
            yield made
        finally:
            await made.printer.stop()


async def test_the_uplink_and_then_the_mains_are_a_sheet_each_of_that_minute(
    tmp_path: Path,
) -> None:
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        ours.stamp()
        await ours.until(lambda: printer.sheets, **DOWN)
        await ours.is_idle()
        await ours.until(lambda: len(printer.sheets) > 1, alert="xxxx", **DOWN, **MAINS)
        first, second = await printer.printed(2)

    assert "Printed by itself: our own link is down" in first
    assert "power is out, a line has no channel left" in second
    assert "> 1 On-call SMS OK" in " ".join(first.split())
    assert "no channel" in second
    assert "Composer le 4711" not in first  # how: true was not said
    dated = re.search(r"Printed (\S+ \d\d:\d\d) · plan", second)
    assert dated
    local = datetime.fromisoformat(dated[1]).replace(tzinfo=ZoneInfo("Europe/Brussels"))
    assert abs((ours.now().utc - local).total_seconds()) < 2 * PATIENCE_S
    assert printer.copies == [3, 3]


async def test_a_sheet_waits_until_what_fell_with_its_event_is_seen(
    tmp_path: Path,
) -> None:
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        probed = "{{probes: [{{type: tcp, host: 127.0.0.1, port: 9}}], "
        plan = PLAN.replace("desk: {{", f"desk: {probed}")
        ours.config = read(tmp_path, plan.format(address=printer.address, more=""))
        ours.stamp()
        await ours.is_idle()
        ours.stamp(**DOWN)
        await ours.is_idle()
        assert not printer.sheets
        ours.later_s += paper.unseen_s(ours.config)
        ours.stamp(alert="xxxx", **DOWN)
        (sheet,) = await printer.printed(1)

    assert paper.unseen_s(ours.config) == 40.0  # of 15, 10, 5 and 10
    assert "our own link is down, a line has no channel left" in sheet
    assert "NO USABLE CHANNEL" in sheet


async def test_how_is_on_paper_only_where_the_plan_says_so(tmp_path: Path) -> None:
    more = "how: true"
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address, more) as ours,
    ):
        await ours.until(lambda: printer.sheets, **DOWN)

        assert "Composer le 4711" in (await printer.printed(1))[0]


async def test_what_lasts_prints_once_also_over_a_restart(tmp_path: Path) -> None:
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        await ours.until(lambda: printer.sheets, **DOWN)
        await ours.is_idle()
        for _ in range(3):
            await ours.printer.stop()
            ours.begin()
            ours.stamp(**DOWN)
            await ours.is_idle()
            ours.stamp(**DOWN)
        await ours.until(lambda: len(printer.sheets) > 1, alert="xxxx", **DOWN)

        first, second = await printer.printed(2)
        assert "our own link" in first
        assert "Printed by itself: a line has no channel left" in second


async def test_two_events_while_one_prints_wait_for_it_and_are_one_sheet(
    tmp_path: Path,
) -> None:
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        printer.obeys(takes_s=1.0)
        await ours.until(lambda: printer.sheets, **DOWN)
        await ours.until(lambda: len(printer.sheets) > 1, alert="xxxx", **DOWN, **MAINS)

        _, second = await printer.printed(2)
        assert "power is out, a line has no channel left" in second


async def test_six_in_an_hour_are_the_most(tmp_path: Path) -> None:
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        for number in range(8):
            wanted = min(number + 1, 6)
            ours.later_s += ours.config.failback_after_s / 3
            ours.stamp()
            await ours.is_idle()
            ours.printer._memory = replace(ours.printer._memory, events={})
            ours.stamp(**DOWN)
            await ours.is_idle()
            assert len(printer.sheets) == wanted
        assert ours.printer._memory.due == ("own-link",)
        await ours.until(lambda: ours.facts.get("problem") == "printer-enough", **DOWN)
        ours.later_s += 3600.0
        await ours.until(lambda: len(printer.sheets) == 7, **DOWN)


async def test_a_jam_is_told_while_it_lasts_and_the_sheet_is_not_sent_again(
    tmp_path: Path,
) -> None:
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        gate = tmp_path / "gate"
        (printer.folder / "script").write_text(JAMS.format(gate=gate))
        await ours.until(lambda: ours.facts.get("problem") == "printer-jam", **DOWN)
        gate.touch()
        await ours.until(lambda: not ours.facts, **DOWN)
        await ours.is_idle()

        assert len(printer.sheets) == 1


async def test_a_sheet_that_the_printer_gives_up_is_printed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_printer, "AGAIN_S", 0.2)
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        printer.obeys(code=1)
        await ours.until(lambda: ours.facts, **DOWN)
        assert ours.facts["problem"] == "printer-gave-up"
        printer.obeys()
        await ours.until(lambda: not ours.facts, **DOWN)
        await ours.is_idle()
        ours.stamp(**DOWN)
        await ours.is_idle()

        assert 2 <= len(printer.sheets) <= 6
        number = len(printer.sheets)
        await ours.is_idle()
        assert len(printer.sheets) == number


async def test_a_printer_that_gives_up_each_sheet_never_looks_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_printer, "AGAIN_S", 0.0)
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        printer.obeys(code=1)
        await ours.until(lambda: len(printer.sheets) == 6, **DOWN)
        await ours.is_idle()
        for _ in range(3):
            ours.stamp(**DOWN)
            await ours.is_idle()

        assert ours.facts["problem"] == "printer-enough"


async def test_a_sheet_that_a_printer_holds_is_told_until_it_is_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_printer, "FOLLOW_S", 0.2)
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        gate = tmp_path / "gate"
        waits = f"until [ -e {gate} ]; do sleep 0.1; done"
        (printer.folder / "script").write_text(waits)
        await ours.until(lambda: ours.facts, **DOWN)
        ours.later_s += sheet_printer.AGAIN_S
        ours.stamp(**DOWN)
        await ours.is_idle()
        assert ours.facts.get("problem") == "printer-holds"
        gate.touch()
        monkeypatch.setattr(sheet_printer, "AGAIN_S", 0.1)
        ours.later_s += sheet_printer.LOOK_EVERY_S
        await ours.until(lambda: not ours.facts, **DOWN)

        assert len(printer.sheets) == 1


async def test_a_sheet_that_went_with_the_power_of_the_printer_is_printed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_printer, "AGAIN_S", 0.2)
    port = closed_port()
    address = f"ipp://localhost:{port}/ipp/print"
    async with desk(tmp_path, address) as ours:
        async with ipp_printer(tmp_path, port=port) as printer:
            printer.obeys(takes_s=600.0)
            await ours.until(lambda: printer.sheets, **DOWN)
        await ours.until(lambda: ours.facts, **DOWN)
        async with ipp_printer(tmp_path, port=port) as printer:
            await ours.until(lambda: len(printer.sheets) == 2, **DOWN)


async def test_a_plan_that_names_another_printer_prints_there_at_once(
    tmp_path: Path,
) -> None:
    (other := tmp_path / "other").mkdir()
    async with (
        ipp_printer(tmp_path) as held,
        ipp_printer(other) as free,
        desk(tmp_path, held.address) as ours,
    ):
        held.obeys(takes_s=600.0)
        await ours.until(lambda: held.sheets, **DOWN)
        ours.config = read(tmp_path, PLAN.format(address=free.address, more=""))
        await ours.until(lambda: free.sheets, **DOWN)
        await ours.is_idle()
        ours.stamp(**DOWN)

        assert not ours.facts
        assert len(free.sheets) == len(held.sheets) == 1


async def test_a_printer_that_comes_late_prints_what_still_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_printer, "AGAIN_S", 0.2)
    port = closed_port()
    address = f"ipp://localhost:{port}/ipp/print"
    async with desk(tmp_path, address) as ours:
        await ours.until(lambda: ours.facts.get("reason") is Reason.REFUSED, **DOWN)
        async with ipp_printer(tmp_path, port=port) as printer:
            await ours.until(lambda: printer.sheets, **DOWN)
            await ours.until(lambda: not ours.facts, **DOWN)


@pytest.mark.parametrize(
    "peer",
    [
        silent,
        endless(b"\x44\0\1a\0\1b" * 99, b"HTTP/1.1 200 OK\r\n\r\n\2\0\0\0\0\0\0\1"),
    ],
)
async def test_no_printer_holds_up_a_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peer: Any
) -> None:
    monkeypatch.setattr(ipp, "ANSWER_S", 0.5)
    async with (
        tcp_server(peer) as port,
        desk(tmp_path, f"ipp://127.0.0.1:{port}") as ours,
    ):
        ours.stamp(**DOWN)  # the peer is of this loop: it returns, or nothing goes on
        await ours.until(lambda: ours.facts, **DOWN)
        assert ours.facts["reason"] in (Reason.TIMEOUT, Reason.PROTOCOL)
        assert ours.printer._memory.due == ("own-link",)


async def test_a_printer_that_refuses_is_left_alone_for_a_while(tmp_path: Path) -> None:
    asked: list[Asked] = []

    def reply(request: Asked) -> bytes:
        asked.append(request)
        return answer("503 Service Unavailable")

    async with (
        tcp_server(answering(reply)) as port,
        desk(tmp_path, f"ipp://127.0.0.1:{port}") as ours,
    ):
        await ours.until(lambda: ours.facts, **DOWN)
        for _ in range(5):
            ours.stamp(**DOWN)
            await ours.is_idle()
        assert len(asked) == 1
        ours.later_s += sheet_printer.AGAIN_S
        ours.stamp(**DOWN)
        await ours.is_idle()
        assert len(asked) == 2


@pytest.mark.parametrize(
    ("said", "most"),
    [
        (b"", 6),  # it may have printed all the same
        (answer(body=b"Done"), 6),
        (answer("503 Busy"), 9),
        (answer(body=b"\1\1\5\7\0\0\0\1\1\3"), 9),  # server-error-busy
    ],
)
async def test_a_sheet_whose_printer_does_not_say_that_it_refused_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes, most: int
) -> None:
    monkeypatch.setattr(ipp, "TAKEN_S", 0.1)
    pdf = ipp._value(ipp.MIME, "document-format-supported", ipp.PDF)
    well = answer(body=b"\1\1\0\0\0\0\0\1\4" + pdf + b"\3")
    sheets = 0

    def reply(request: Asked) -> bytes:
        nonlocal sheets
        is_sheet = b"%PDF" in request.body
        sheets += is_sheet
        return said if is_sheet else well

    async with (
        tcp_server(answering(reply)) as port,
        desk(tmp_path, f"ipp://127.0.0.1:{port}") as ours,
    ):
        for _ in range(9):
            ours.later_s += sheet_printer.AGAIN_S
            ours.stamp(**DOWN)
            await ours.is_idle()

        assert sheets == most
        assert ours.printer._memory.due == ("own-link",)


async def test_a_printer_that_tells_nothing_of_a_sheet_prints_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_printer, "FOLLOW_S", 0.2)
    pdf = ipp._value(ipp.MIME, "document-format-supported", ipp.PDF)
    job = ipp._value(ipp.INTEGER, "job-id", 7)
    sheets = 0

    def reply(request: Asked) -> bytes:
        nonlocal sheets
        sheets += b"%PDF" in request.body
        is_of_job = request.body[2:4] == ipp.GET_JOB.to_bytes(2, "big")
        status = b"\5\1" if is_of_job else b"\0\0"  # 0x0501: not supported
        return answer(body=b"\1\1" + status + b"\0\0\0\1\4" + pdf + job + b"\3")

    async with (
        tcp_server(answering(reply)) as port,
        desk(tmp_path, f"ipp://127.0.0.1:{port}") as ours,
    ):
        await ours.until(lambda: sheets, **DOWN)
        await ours.is_idle()
        for _ in range(2):
            ours.later_s += sheet_printer.AGAIN_S
            ours.stamp(alert="xxxx", **DOWN)
            await ours.is_idle()

        assert sheets == 2


async def test_a_sheet_held_by_a_printer_that_is_switched_off_is_printed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_printer, "FOLLOW_S", 0.2)
    monkeypatch.setattr(sheet_printer, "AGAIN_S", 0.2)
    port = closed_port()
    address = f"ipp://localhost:{port}/ipp/print"
    async with desk(tmp_path, address) as ours:
        async with ipp_printer(tmp_path, port=port) as printer:
            printer.obeys(takes_s=600.0)
            await ours.until(lambda: ours.printer._held is not None, **DOWN)
        await ours.until(lambda: ours.facts["reason"] is Reason.REFUSED, **DOWN)
        async with ipp_printer(tmp_path, port=port) as printer:
            await ours.until(lambda: len(printer.sheets) == 2, **DOWN)


async def test_an_empty_tray_is_told_before_the_sheet_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_printer, "LOOK_EVERY_S", 0.1)
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        printer.obeys(says="STATE: +media-empty")
        await ours.until(lambda: printer.sheets, **DOWN)

        await ours.until(lambda: ours.facts.get("problem") == "printer-paper", **DOWN)


async def test_a_damaged_memory_is_none(tmp_path: Path) -> None:
    async with (
        ipp_printer(tmp_path) as printer,
        desk(tmp_path, printer.address) as ours,
    ):
        (tmp_path / sheet_printer.NAME).write_text('{"due": 1')
        ours.begin()
        await ours.until(lambda: printer.sheets, **DOWN)

        kept = json.loads((tmp_path / sheet_printer.NAME).read_bytes())
        assert "sheets" in kept


def test_a_defect_is_logged_once_and_stops_no_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(paper, "looked", broken)
    (tmp_path / "state").mkdir()
    with closing(Store(tmp_path / "state")) as store:
        ours = Desk(tmp_path, store, "ipp://printer.test", "")
        ours.stamp()
        ours.stamp()

    assert caplog.text.count("a defect of Secours") == 1
