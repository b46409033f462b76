"""What is asked of a printer, by a real one, and by those that answer with malice."""

import asyncio
import struct
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from servers.certificates import server_tls, trusted_file
from servers.http_server import Asked, answer, answering
from servers.ipp_printer import NEEDED, PATIENCE_S, ipp_printer
from servers.scripted import closed_port, endless, silent, tcp_server
from servers.silent_resolver import silent_resolver

from secours.model.observed import Outcome, Reason
from secours.model.paper.settings import Printing
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.wire.http import ipp

PAGE = b"%PDF-1.4\n% a page\n"
OK = b"\2\0\0\0\0\0\0\1"
IPP = "application/ipp"


def at(port: int, **more: Any) -> Printing:
    return Printing(printer=f"ipp://127.0.0.1:{port}/ipp/print", **more)


async def stopped(asking: Awaitable[object]) -> Outcome:
    with pytest.raises(Stop) as stop:
        await asking
    return stop.value.outcome


async def until_over(paper: Printing, job: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await ipp.job_is_over(paper, job):  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.1)


def state(
    *reasons: str, printer: int = 3, jobs: bytes = b"\1", copies: int = 9
) -> bytes:
    keys = ("printer-state-reasons", *[""] * len(reasons))
    return b"".join(
        (
            OK + b"\4",
            attribute(0x23, "printer-state", struct.pack(">i", printer)),
            attribute(0x22, "printer-is-accepting-jobs", jobs),
            attribute(0x33, "copies-supported", struct.pack(">ii", 1, copies)),
            attribute(0x49, "document-format-supported", b"application/pdf"),
            *(
                attribute(0x44, key, each.encode())
                for key, each in zip(keys, reasons, strict=False)
            ),
            b"\3",
        )
    )


def attribute(tag: int, name: str, value: bytes) -> bytes:
    head = struct.pack(">BH", tag, len(name)) + name.encode()
    return head + struct.pack(">H", len(value)) + value


async def asked(body: bytes, **paper: Any) -> ipp.PrinterState:
    def reply(_: Asked) -> bytes:
        return answer(body=body, content_type=IPP)

    async with tcp_server(answering(reply)) as port:
        return await ipp.printer_state(at(port, **paper))


# ------------------------------------------------------------------ a real one


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_real_printer_prints_a_document_in_so_many_copies(
    tmp_path: Path,
) -> None:
    async with ipp_printer(tmp_path) as printer:
        paper = Printing(printer=printer.address, copies=3)
        found = await ipp.printer_state(paper)
        job = await ipp.print_document(paper, found, PAGE)
        await until_over(paper, job)

        assert (found.format, found.trouble, found.prints) == (ipp.PDF, None, True)
        assert printer.sheets == [PAGE]
        assert printer.copies == [3]


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_printer_without_pdf_gets_text_and_one_without_both_is_refused(
    tmp_path: Path,
) -> None:
    async with ipp_printer(tmp_path, formats="text/plain") as printer:
        found = await ipp.printer_state(Printing(printer=printer.address))
        assert found.format == ipp.TEXT
    async with ipp_printer(tmp_path, formats="image/urf") as printer:
        refused = await stopped(ipp.printer_state(Printing(printer=printer.address)))
        assert refused.reason is Reason.REJECTED
        assert refused.facts["problem"] == "printer-formats"
        assert "image/urf" in str(refused.facts["theirs"])


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_real_printer_that_jams_says_so_and_another_job_waits(
    tmp_path: Path,
) -> None:
    async with ipp_printer(tmp_path) as printer:
        printer.obeys(says="STATE: +media-jam-error", takes_s=PATIENCE_S)
        paper = Printing(printer=printer.address)
        found = await ipp.printer_state(paper)
        job = await ipp.print_document(paper, found, PAGE)
        async with asyncio.timeout(PATIENCE_S):
            while (jammed := await ipp.printer_state(paper)).trouble is None:  # noqa: ASYNC110 -- no event
                await asyncio.sleep(0.05)

        assert jammed.trouble.facts == {"problem": "printer-jam"}
        assert not await ipp.job_is_over(paper, job)
        busy = await stopped(ipp.print_document(paper, found, PAGE))
        assert busy.reason is Reason.DEFERRED
        assert busy.facts["said"] == "Currently printing another job."


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_job_that_a_real_printer_aborts_is_given_up(tmp_path: Path) -> None:
    async with ipp_printer(tmp_path) as printer:
        printer.obeys(code=1)
        paper = Printing(printer=printer.address)
        job = await ipp.print_document(paper, await ipp.printer_state(paper), PAGE)

        with pytest.raises(ipp.GaveUp):
            await until_over(paper, job)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_job_that_a_printer_has_forgotten_is_over(tmp_path: Path) -> None:
    async with ipp_printer(tmp_path) as printer:
        assert await ipp.job_is_over(Printing(printer=printer.address), 4711)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_ipps_believes_a_real_printer_by_its_certificate_alone(
    tmp_path: Path,
) -> None:
    async with ipp_printer(tmp_path) as printer:
        address, ca = printer.address.replace("ipp:", "ipps:"), trusted_file(tmp_path)
        found = await ipp.printer_state(Printing(printer=address, ca=ca))
        assert found.trouble is None
        outcome = await stopped(ipp.printer_state(Printing(printer=address)))
        assert outcome.reason is Reason.TLS_UNTRUSTED


# ------------------------------------------------------------------ others


async def test_ipps_goes_over_verified_tls_with_the_login(tmp_path: Path) -> None:
    seen: list[Asked] = []

    def reply(request: Asked) -> bytes:
        seen.append(request)
        return answer(body=state("none"), content_type=IPP)

    async with tcp_server(answering(reply), tls=server_tls()) as port:
        paper = Printing(
            printer=f"ipps://localhost:{port}/p",
            username="desk",
            password=Secret("open sesame"),
            ca=trusted_file(tmp_path),
        )
        found = await ipp.printer_state(paper)

    assert found.trouble is None
    assert seen[0].target == "/p"
    assert seen[0].headers["authorization"].startswith("Basic ")
    assert b"ipps://localhost:%d/p" % port in seen[0].body


async def test_nobody_there_is_refused() -> None:
    with pytest.raises(ConnectionRefusedError):
        await ipp.printer_state(at(closed_port()))


@pytest.mark.parametrize("peer", [silent, endless(b"x: y\r\n", b"HTTP/1.1 200 OK\r\n")])
async def test_a_slow_printer_is_left_in_time(
    peer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ipp, "ANSWER_S", 0.3)
    async with tcp_server(peer) as port:
        with pytest.raises((TimeoutError, Stop)):
            await ipp.printer_state(at(port))


async def test_an_endless_body_is_read_up_to_a_limit() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n\r\n" + OK
    async with tcp_server(endless(b"\x44\0\1a\0\1b" * 500, head)) as port:
        outcome = await stopped(ipp.printer_state(at(port)))

    assert outcome.reason is Reason.PROTOCOL
    assert outcome.facts["problem"] == "too-long"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>It works!</html>",
        b"\x09\x09" + state("none")[2:],  # a version that there is not
        b"\2\0\0\0\0\0\0\2\3",  # of another request
        OK,  # no end
        OK + b"\4\x21\0\1a\0\1b\3",  # an integer of one byte
        OK + b"\4\x44\xff\xff",
        OK + b"\x44" * 60_000,
    ],
)
async def test_what_is_no_ipp_is_no_printer(body: bytes) -> None:
    outcome = await stopped(asked(body))

    assert outcome.reason is Reason.PROTOCOL
    assert outcome.facts["problem"] == "no-ipp"


@pytest.mark.parametrize("name", [b"", b"printer-state-reasons", b"n"])
def test_a_bomb_of_attributes_costs_little(name: bytes) -> None:
    one = struct.pack(">BH", 0x44, len(name)) + name + b"\0\1x"
    bomb = OK + b"\4" + one * ((ipp.MAX_BYTES - 16) // len(one)) + b"\3"
    began_s = time.process_time()

    _, found = ipp.attributes(bomb)

    assert time.process_time() - began_s < 1.0
    assert len(found) == 1


async def test_words_of_a_printer_are_clean_and_cut() -> None:
    said = b"\x1b[31mno\r\n" + b"w" * 3000
    body = b"\2\0\4\1\0\0\0\1\1" + attribute(0x41, "status-message", said) + b"\3"

    outcome = await stopped(asked(body))

    assert outcome.reason is Reason.AUTH
    words = str(outcome.facts["said"])
    assert words.isprintable()
    assert len(words) <= 200


async def test_a_login_that_http_refuses_is_told_as_one() -> None:
    async with tcp_server(answering(lambda _: answer("401 Unauthorized"))) as port:
        outcome = await stopped(ipp.printer_state(at(port)))

    assert outcome.reason is Reason.AUTH


@pytest.mark.parametrize(
    ("reasons", "printer", "problem"),
    [
        (("none",), 3, None),
        (("toner-low-warning", "media-low-report"), 3, None),
        (("media-empty-report",), 3, "printer-paper"),
        (("media-jam-error",), 5, "printer-jam"),
        (("com.example-lid-error",), 4, "com.example-lid"),
        (("com.example-lid-report",), 3, None),
        (("none",), 5, "printer-stopped"),
        (("cover-open",), 5, "printer-open"),
    ],
)
async def test_what_keeps_a_page_from_coming_out_is_a_trouble(
    reasons: tuple[str, ...], printer: int, problem: str | None
) -> None:
    found = await asked(state(*reasons, printer=printer))

    facts = found.trouble.facts if found.trouble else {}
    assert facts.get("problem", facts.get("said")) == problem
    assert found.prints is (printer != 5)


async def test_a_printer_that_takes_no_jobs_or_too_few_copies_says_so() -> None:
    closed = await asked(state("none", jobs=b"\0"))
    few = await asked(state("none", copies=1), copies=3)

    assert closed.trouble is not None
    assert closed.trouble.facts == {"problem": "printer-no-jobs"}
    assert not closed.prints
    assert few.trouble is not None
    assert few.trouble.facts == {"problem": "printer-copies", "most": 1}
    assert few.prints


async def test_a_look_that_is_cancelled_while_a_resolver_is_silent_ends() -> None:
    paper = Printing(printer="ipp://printer.test/ipp/print")
    with silent_resolver() as asked:
        look = asyncio.create_task(ipp.printer_state(paper))
        assert await asyncio.to_thread(asked.wait, PATIENCE_S)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
