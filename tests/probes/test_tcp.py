import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from refusals import refusing
from servers.pause import longest_pause_s
from servers.probe_run import ask, said
from servers.scripted import (
    Peer,
    closed_port,
    endless,
    resetting,
    saying,
    silent,
    tcp_server,
)

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.sections.channel import Path
from secours.probes import tcp
from secours.wire.pattern import SEARCHED_BYTES

LOOPBACK = Path(name="lo", interface="lo")
FROM_FAR = Path(name="far", source="198.51.100.7")
NO_DEVICE = Path(name="4g", interface="wwan77")


async def against(
    peer: Peer,
    *,
    send: str = "",
    expect: str | None = "^220 ",
    timeout_s: float = 5.0,
    path: Path | None = None,
) -> Outcome:
    async with tcp_server(peer) as port:
        settings = tcp.Settings(host="127.0.0.1", port=port, send=send, expect=expect)
        return await ask(tcp, settings, timeout_s=timeout_s, path=path)


async def test_open_port_is_reached_and_no_more() -> None:
    outcome = await against(silent, expect=None)

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)


@pytest.mark.parametrize("expect", ["", ".*"])
async def test_peer_that_hangs_up_without_a_word_serves_nothing(expect: str) -> None:
    outcome = await against(saying(b""), expect=expect)

    assert outcome.evidence is Evidence.REACHED


async def test_expected_greeting_is_served() -> None:
    outcome = await against(saying(b"220 relay ready\r\n", stay=True))

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_greeting_in_pieces_is_put_together() -> None:
    outcome = await against(saying(b"2", b"2", b"0 hi", every_s=0.01, stay=True))

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_answer_to_what_is_sent_is_served() -> None:
    async def echo(reader, writer) -> None:  # type: ignore[no-untyped-def] # is a Peer
        writer.write(b"you said " + await reader.readline())
        await reader.read()

    outcome = await against(echo, send="PING\r\n", expect="said PING\r\n$")

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_bytes_that_are_no_text_can_be_expected() -> None:
    outcome = await against(saying(b"\x05\xff", stay=True), expect=r"^\x05\xff")

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


@pytest.mark.parametrize(
    "peer",
    [
        saying(b"500 \x1b[31mno\x00pe\r\n"),
        saying(b"500 \x1b[31mno\x00pe\r\n", stay=True),
    ],
    ids=["that leaves", "that stays"],
)
async def test_other_greeting_is_wrong_content_and_made_safe(peer: Peer) -> None:
    outcome = await against(peer, timeout_s=0.3)

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.CONTENT)
    assert outcome.facts == {"what": "^220", "said": "500 [31mno pe"}


async def test_endless_greeting_is_given_up() -> None:
    outcome = await against(endless(b"x" * 1000))

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.CONTENT)
    assert len(str(outcome.facts["said"])) == 200


@pytest.mark.parametrize(
    ("expect", "piece"), [("OK.*ready", b"OK"), ("(A+)+$x", b"A"), ("(A+)+x", b"A")]
)
async def test_no_greeting_stops_every_other_probe(expect: str, piece: bytes) -> None:
    asking = against(endless(piece * 1000), expect=expect, timeout_s=1.0)

    assert await longest_pause_s(asking) < 0.25


@pytest.mark.usefixtures("processes")
async def test_pattern_beyond_re2_is_searched_once_for_an_answer_in_pieces() -> None:
    outcome = await against(
        saying(b"22", b"0 h", b"i\r\n", every_s=0.05, stay=True), expect="^220(?= hi)"
    )

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


@pytest.mark.usefixtures("processes")
async def test_search_that_is_cut_off_says_nothing_of_the_peer() -> None:
    outcome = await against(saying(b"A" * 4096), expect="(A+)+(?!A)x", timeout_s=1.0)

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.BROKEN)


async def test_one_byte_at_a_time_ends_with_the_deadline() -> None:
    outcome = await against(saying(*[b"x"] * 99, every_s=0.1), timeout_s=0.4)

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.CONTENT)


async def test_silence_is_a_timeout() -> None:
    outcome = await against(silent, timeout_s=0.2)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)


async def test_reset_is_a_closed_connection() -> None:
    outcome = await against(resetting, send="hello")

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.PROTOCOL)


async def test_closed_port_is_refused() -> None:
    settings = tcp.Settings(host="127.0.0.1", port=closed_port())

    outcome = await ask(tcp, settings)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.REFUSED)


async def test_name_that_does_not_exist_is_told_apart() -> None:
    outcome = await ask(tcp, tcp.Settings(host="nowhere..invalid", port=25))

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.DNS)
    assert outcome.facts["problem"] == "no-such-name"


async def test_path_is_honoured() -> None:
    outcome = await against(silent, expect=None, path=LOOPBACK)

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)


@pytest.mark.parametrize("path", [FROM_FAR, NO_DEVICE], ids=["source", "interface"])
async def test_path_that_is_not_there_proves_nothing(path: Path) -> None:
    outcome = await against(silent, expect=None, path=path)

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.NO_ROUTE)


@pytest.mark.parametrize(
    ("option", "words"),
    [({"port": 0}, "port must be 1 to 65535"), ({"expect": "("}, "expect is no reg")],
)
def test_option_that_makes_no_sense_is_refused(
    option: dict[str, object], words: str
) -> None:
    with refusing(words):
        tcp.Settings(**{"host": "127.0.0.1", "port": 1} | option)  # type: ignore[arg-type] # any option


@pytest.mark.parametrize(
    ("reading", "given"), [(tcp._read_until, "never"), (tcp._read_on, b"")]
)
async def test_peer_that_talks_without_a_pause_leaves_others_their_turn(
    reading: Callable[[tcp.Reading, Any], Awaitable[object]], given: object
) -> None:
    turns = 0

    async def read(_: int) -> bytes:
        return b"x"

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(others())
    await reading(read, given)
    other.cancel()

    assert turns > SEARCHED_BYTES / 2
