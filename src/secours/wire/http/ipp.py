"""Client of a printer: IPP, in one request of HTTP each.

Our own, as the base has an HTTP client already: pyipp prints no documents, and `lp`
needs CUPS on this machine. In version 1.1, which printers of 2.0 take too (PWG 5100.12
section 4). Answers are read up to a limit, and what a printer says is cleaned.

Source: RFC 8010 section 3 (encoding), RFC 8011 sections 4.2.1, 4.2.5 and 4.3.4
(operations), 5.3.7 (job-state), 5.4.11 and 5.4.12 (printer-state, its reasons),
appendix B (status codes).
"""

import asyncio
import struct
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from secours.model.observed import Outcome, Reason, failed
from secours.model.paper.settings import Printing
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.wire.progress import heed_cancellation

ANSWER_S, TAKEN_S = 10.0, 120.0  # for an answer; for one that prints before it answers
MAX_BYTES = 1 << 16
PRINT_JOB, GET_JOB, GET_PRINTER = 0x0002, 0x0009, 0x000B
OPERATION, JOB, END = 0x01, 0x02, 0x03  # groups; values begin at 0x10
INTEGER, RANGE, NAME, KEYWORD, URI = 0x21, 0x33, 0x42, 0x44, 0x45
CHARSET, LANGUAGE, MIME = 0x47, 0x48, 0x49
BOOLEAN, ENUM = 0x22, 0x23
FAILED, NOT_FOUND, NO_FORMAT, NO_JOBS, BUSY = 0x0400, 0x0406, 0x040A, 0x0506, 0x0507
NOT_LET_IN = (0x0401, 0x0402, 0x0403)
STOPPED = 5  # printer-state
CANCELED, ABORTED, DONE = 7, 8, 9  # job-state
PDF, TEXT = "application/pdf", "text/plain"
TITLE = "secours"

PROBLEMS = {  # by printer-state-reasons: why no page comes out
    "media-needed": "printer-paper",
    "media-empty": "printer-paper",
    "media-jam": "printer-jam",
    "cover-open": "printer-open",
    "door-open": "printer-open",
    "interlock-open": "printer-open",
    "toner-empty": "printer-ink",
    "marker-supply-empty": "printer-ink",
    "paused": "printer-paused",
}
SEVERITIES = ("report", "warning", "error")

NO_IPP = failed(Reason.PROTOCOL, problem="no-ipp")
NOT_OUT = failed(Reason.REPORTED, problem="printer-holds")
ENOUGH = failed(Reason.REPORTED, problem="printer-enough")

Attributes = Mapping[str, list[Any]]


class PrinterState(Struct, frozen=True, kw_only=True):
    """State of a printer, as it says itself."""

    format: str  # to send
    trouble: Outcome | None  # that people should see to
    prints: bool  # in spite of any trouble


class GaveUp(Stop):
    """A printer gave up what it had taken."""


class JobRefused(Stop):
    """A printer takes nothing of what it was asked."""


async def printer_state(paper: Printing) -> PrinterState:
    """Ask a printer for its state.

    Raises:
        Stop: it refuses, takes no format of ours, or what answers is no printer.
        SecretMissing: there is no password.
        OSError: it is not reached, or does not answer in time.
    """
    request = _wanted(
        *("printer-state", "printer-state-reasons", "printer-is-accepting-jobs"),
        *("document-format-supported", "copies-supported"),
    )
    values = await _ask(paper, GET_PRINTER, request)
    formats = [str(each) for each in values.get("document-format-supported", ())]
    ours = next((each for each in (PDF, TEXT) if each in formats), None)
    if ours is None:
        raise Stop(_no_format(formats))
    takes = values.get("printer-is-accepting-jobs", [True])[0] is not False
    stopped = values.get("printer-state", [0])[0] == STOPPED
    trouble = _trouble(values, takes=takes, stopped=stopped)
    most = values.get("copies-supported", [paper.copies])[0]
    if trouble is None and isinstance(most, int) and most < paper.copies:
        trouble = failed(Reason.REPORTED, problem="printer-copies", most=most)
    prints = takes and not stopped
    return PrinterState(format=ours, trouble=trouble, prints=prints)


async def print_document(paper: Printing, state: PrinterState, document: bytes) -> int:
    """Hand a document over; return the number of its job. See `printer_state`."""
    head = (
        _value(NAME, "requesting-user-name", paper.username or TITLE),
        _value(NAME, "job-name", TITLE),
        _value(MIME, "document-format", state.format),
        bytes([JOB]),
        _value(INTEGER, "copies", paper.copies),
    )
    found = await _ask(paper, PRINT_JOB, b"".join(head), document)
    number = found.get("job-id", [None])[0]
    if not isinstance(number, int):
        raise Stop(NO_IPP)
    return number


async def job_is_over(paper: Printing, number: int, *, was_away: bool = False) -> bool:
    """Return whether a job is printed, or no longer known. See `printer_state`.

    One that is no longer known to a printer that was away went with its power.

    Raises:
        GaveUp: it will not be printed.
    """
    asked = _value(INTEGER, "job-id", number) + _wanted("job-state")
    found = await _ask(paper, GET_JOB, asked, passes=NOT_FOUND)
    state = found.get("job-state", [ABORTED if was_away else DONE])[0]
    if state in (CANCELED, ABORTED):
        raise GaveUp(failed(Reason.REPORTED, problem="printer-gave-up"))
    return bool(state == DONE)


def _trouble(found: Attributes, *, takes: bool, stopped: bool) -> Outcome | None:
    """Return why no page would come out; None where one would."""
    for said in map(str, found.get("printer-state-reasons", ())):
        reason, _, severity = said.rpartition("-")
        reason = reason if severity in SEVERITIES else said
        problem = PROBLEMS.get(reason)
        if problem:
            return failed(Reason.REPORTED, problem=problem)
        if reason != "none" and (stopped or severity == "error"):
            return failed(Reason.REPORTED, said=reason)
    problem = "printer-stopped" if stopped else "" if takes else "printer-no-jobs"
    return failed(Reason.REPORTED, problem=problem) if problem else None


def _no_format(formats: Iterable[str]) -> Outcome:
    theirs, ours = plain(", ".join(formats), 100), f"{PDF}, {TEXT}"
    problem = "printer-formats"
    return failed(Reason.REJECTED, problem=problem, ours=ours, theirs=theirs)


async def _ask(
    paper: Printing,
    operation: int,
    fields: bytes,
    document: bytes = b"",
    passes: int | None = None,
) -> Attributes:
    from secours.wire.http import client  # slow to import, and few plans print

    password = paper.password
    login = (paper.username or "", password.reveal()) if password else None
    head = (
        struct.pack(">BBHIB", 1, 1, operation, 1, OPERATION),
        _value(CHARSET, "attributes-charset", "utf-8"),
        _value(LANGUAGE, "attributes-natural-language", "en"),
        _value(URI, "printer-uri", paper.uri),
        fields + bytes([END]),
    )
    try:
        async with asyncio.timeout(TAKEN_S if document else ANSWER_S):
            answer = await client.ask(
                "POST",
                paper.uri.replace("ipp", "http", 1),
                headers={"Content-Type": "application/ipp"},
                body=b"".join(head) + document,
                login=login,
                ca=paper.ca,
                max_bytes=MAX_BYTES,
            )
    except (OSError, Stop):
        heed_cancellation()
        raise
    if answer.status != 200:
        raise JobRefused(client.refusal(answer))
    if answer.cut:
        raise Stop(failed(Reason.PROTOCOL, problem="too-long"))
    code, values = attributes(answer.body)
    if code >= FAILED and code != passes:
        raise JobRefused(_refusal(code, values))
    return values


def _refusal(code: int, values: Attributes) -> Outcome:
    if code == NO_FORMAT:
        return _no_format(())
    reason = Reason.AUTH if code in NOT_LET_IN else Reason.REJECTED
    facts: dict[str, Any] = {"code": f"0x{code:04x}"}
    if said := values.get("status-message"):
        facts["said"] = str(said[0])
    if code == NO_JOBS:
        facts["problem"] = "printer-no-jobs"
    return failed(Reason.DEFERRED if code == BUSY else reason, **facts)


def _value(tag: int, name: str, value: str | int) -> bytes:
    """Encode an attribute, or with an empty name one more value of the last one."""
    raw = struct.pack(">i", value) if isinstance(value, int) else value.encode()[:255]
    named = struct.pack(">BH", tag, len(name)) + name.encode()
    return named + struct.pack(">H", len(raw)) + raw


def _wanted(first: str, *others: str) -> bytes:
    more = (_value(KEYWORD, "", each) for each in others)
    return _value(KEYWORD, "requested-attributes", first) + b"".join(more)


def attributes(body: bytes) -> tuple[int, Attributes]:
    """Return the status and the attributes of an answer, or raise Stop."""
    values = dict[str, list[Any]]()
    try:
        major, code, number = struct.unpack_from(">BxHI", body)
        at, name = 8, ""
        while (tag := body[at]) != END:
            at += 1
            if tag < 0x10:  # a group begins
                continue
            key, at = _counted(body, at)
            raw, at = _counted(body, at)
            name = plain(key, 255) if key else name
            values.setdefault(name, []).append(_decoded(tag, raw))
    except (struct.error, IndexError):
        raise Stop(NO_IPP) from None
    if major not in (1, 2) or number != 1:
        raise Stop(NO_IPP)
    return code, values


def _counted(body: bytes, at: int) -> tuple[bytes, int]:
    """Return what follows its length, and where it ends."""
    (length,) = struct.unpack_from(">H", body, at)
    ends = at + 2 + length
    return body[at + 2 : ends], ends


def _decoded(tag: int, raw: bytes) -> Any:
    """Return an integer, of a range its end, a truth, or a clean text.

    Raises:
        struct.error: it has another length than its type.
    """
    form = {INTEGER: ">i", ENUM: ">i", RANGE: ">ii", BOOLEAN: ">?"}.get(tag)
    return struct.unpack(form, raw)[-1] if form else plain(raw)
