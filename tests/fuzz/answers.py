"""Targets in `wire` that read one answer: DNS, HTTP, plugins, modems, our own marks."""

import asyncio
import json
import math
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from unittest.mock import patch

import dns.message
from fuzz.target import (
    Target,
    Unheard,
    check_outcome,
    check_text,
    is_json,
    reader_of,
    text_of,
)
from hypothesis import strategies as st
from pysnmp.proto import rfc1902  # type: ignore[import-untyped]  # no stubs

from secours.message import BadValue
from secours.model.observed import Evidence
from secours.model.runs import Stop
from secours.outside_text import plain
from secours.probes import plugin
from secours.run.redactor import strike
from secours.wire import heartbeats, own_message, pattern, snmp
from secours.wire.http import api, charset, client, ipp
from secours.wire.http.client import HttpResponse
from secours.wire.modem import cellular, pdu, sms, sms_errors, sms_reports
from secours.wire.modem.at import AtResponse, Dialogue
from secours.wire.nagios import command, perfdata, ranges
from secours.wire.net import dns_message, echo
from secours.wire.net.tls import TlsOptions

PATTERN_BYTES = 1 << 12  # a person writes no longer one
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=20,
)


def _json(found: object) -> bytes:
    return json.dumps(found).encode()


# ------------------------------------------------------------------ DNS, SNMP, HTTP


def icmp(raw: bytes) -> None:
    """Read a packet, as each kind of socket gives it."""
    for family in (socket.AF_INET, socket.AF_INET6):
        for whole in (True, False):
            heard = echo.read(raw, family, whole=whole)
            if heard is None:
                continue
            said = raw[: raw.rindex(heard.contents)] if heard.contents else raw
            for number in (heard.number, heard.sequence):
                assert number.to_bytes(2, "big") in said


def dns_answer(raw: bytes) -> None:
    """Read an answer that bears the number of our question."""
    asked = dns.message.make_query("www.town.example", "A", id=0x1234)
    for kind in ("A", "MX", "TXT", "SRV", "CAA"):
        asked = dns.message.make_query("www.town.example", kind, id=0x1234)
        try:
            dns_message.answer_of(dns_message.read(asked, b"\x12\x34" + raw))
        except Stop as stop:
            check_outcome(stop.outcome)


def snmp_value(raw: bytes) -> None:
    """Read octets as each kind of value that is made of them."""
    for kind in (rfc1902.OctetString, rfc1902.Opaque):
        value = snmp._value(kind(raw[: snmp.MESSAGE_BYTES]))
        if isinstance(value, str):
            check_text(value)


def http_answer(raw: bytes) -> None:
    """Read headers and a body as every API does, whatever the status."""
    head, _, body = raw.partition(b"\r\n\r\n")
    named = [line.partition(":") for line in text_of(head).splitlines()]
    for status in (200, 401, 404, 429, 503):
        answer = HttpResponse(
            status=status,
            phrase=plain(text_of(head)),
            headers={name.lower(): value.strip() for name, _, value in named},
            body=body,
            cut=False,
            der=None,
        )
        first, *_ = answer.readings
        assert first == charset.normal(answer.text)
        service = api.Service("http://town.example", None, TlsOptions())
        service.prove(Evidence.AUTHENTICATED)
        check_outcome(service.limited(answer, "said"))
        check_outcome(service.refusal(answer))
        if isinstance(found := answer.json_or_none(), dict):
            for name in found:
                check_outcome(service.lacks(name))
        assert is_json(found)


def ipp_answer(raw: bytes) -> None:
    """Read what a printer says."""
    _, found = ipp.attributes(raw)
    for name, values in found.items():
        check_text(name, 255)
        for each in values:
            if isinstance(each, str):
                check_text(each)


def retry_after(raw: bytes) -> None:
    """Read how long to wait."""
    wait_s = client.retry_after_s(text_of(raw))
    assert wait_s is None or 0 <= wait_s <= client.LONGEST_WAIT_S


# ------------------------------------------------------------------ plugins, patterns


def plugin_output(raw: bytes) -> None:
    """Judge what a plugin printed, with each code that it may return."""
    output = text_of(raw[: command.OUTPUT_BYTES])
    for code in (-9, 0, 1, 2, 3, 4):
        check_outcome(plugin._judge(code, output))


def performance(raw: bytes) -> None:
    """Read performance data."""
    measures, refused = perfdata.perfdata(text_of(raw[: command.OUTPUT_BYTES]))
    assert all(not math.isnan(measure.value) for measure in measures)
    assert all(refused)


def range_of(raw: bytes) -> None:
    """Read a range."""
    found = ranges.parse(text_of(raw))
    assert found.low <= found.high
    found.alerts(math.nan)


async def searched(raw: bytes) -> None:
    """Compile a pattern that a person wrote, and search an answer."""
    written, _, answer = raw[:PATTERN_BYTES].partition(b"\n")
    found = pattern.Pattern(text_of(written))
    if not found.refused:
        await found.found_in(answer)


# ------------------------------------------------------------------ modems


async def modem_talk(raw: bytes) -> None:
    """Hear all that a modem says while it is asked everything."""
    line = Dialogue(reader_of(raw), cast(asyncio.StreamWriter, Unheard()))
    await line.ask("AT")
    await cellular.attached(line)
    await cellular.radio(line, await cellular.calls(line))
    texting = await sms.start_texting(line)
    await texting.send("+32470000001", "Secours")
    for text in (await texting.received()).values():
        own_message.has_short_mark(text, 0.0)
    await texting.delete("1")
    async with sms_reports.sent(texting, "+32470000001", "Secours") as receipt:
        await receipt.arrived()


def text_message(raw: bytes) -> None:
    """Read a message in PDU mode: as written, and as it would be in hexadecimal."""
    for written in (text_of(raw), raw.hex()):
        text = pdu.delivered_text(written)
        report = pdu.status_report(written)
        assert report is None or 0 <= report.status <= 255
        own_message.has_short_mark(text, 1.7e9)
        own_message.signed_mark_in(text)


def modem_error(raw: bytes) -> None:
    """Say what an error of a modem means."""
    check_outcome(sms_errors.refused(AtResponse((), text_of(raw))))


# ------------------------------------------------------------------ what is ours


def our_mark(raw: bytes) -> None:
    """Look for marks of ours in a message."""
    text = text_of(raw)
    own_message.has_short_mark(text, 1.7e9)
    own_message.signed_mark_in(text)


def heartbeat(raw: bytes) -> None:
    """Read a sign of life that somebody left."""
    with TemporaryDirectory() as folder:
        Path(folder, "beat-mail.json").write_bytes(raw)
        with patch.object(heartbeats, "_folder", lambda: Path(folder)):
            beat = heartbeats.latest("mail")
    assert beat is None or beat.age_s >= 0


def plain_text(raw: bytes) -> None:
    """Make words of a peer safe to show."""
    for longest in (1, 60, 200, 2000):
        check_text(plain(raw, longest, "…"), longest)
        check_text(plain(text_of(raw), longest), longest)


def struck(raw: bytes) -> None:
    """Strike a secret out of what a peer said; the first line is the secret."""
    secret, _, said = text_of(raw).partition("\n")
    if len(secret := secret.strip()[:200]) >= 6:
        left = strike(plain(said), [secret])
        assert " ".join(secret.split()).lower() not in left.lower()


TARGETS = {
    "icmp": Target(icmp),
    "dns": Target(dns_answer),
    "snmp-value": Target(snmp_value),
    "http-answer": Target(
        http_answer, shape=JSON.map(lambda found: b"A: b\r\n\r\n" + _json(found))
    ),
    "ipp": Target(ipp_answer, (Stop,)),
    "retry-after": Target(retry_after),
    "plugin-output": Target(plugin_output),
    "perfdata": Target(performance),
    "range": Target(range_of, (BadValue,)),
    "pattern": Target(searched, (BadValue,)),
    "modem-talk": Target(modem_talk, (Stop,)),
    "text-message": Target(text_message),
    "modem-error": Target(modem_error, (Stop,)),
    "our-mark": Target(our_mark),
    "heartbeat": Target(heartbeat, shape=JSON.map(_json)),
    "plain-text": Target(plain_text),
    "struck": Target(struck),
}
