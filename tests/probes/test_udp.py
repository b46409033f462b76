from collections.abc import Callable
from socket import SOCK_DGRAM

import pytest
from refusals import refusing
from servers.probe_run import ask, said
from servers.scripted import closed_port, udp_server

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.sections.channel import Path
from secours.probes import udp

Reply = Callable[[bytes], bytes | None]


async def against(
    reply: Reply,
    *,
    host: str = "127.0.0.1",
    send: str = "PING",
    expect: str | None = None,
    timeout_s: float = 5.0,
    path: Path | None = None,
) -> Outcome:
    async with udp_server(reply) as port:
        settings = udp.Settings(host=host, port=port, send=send, expect=expect)
        return await ask(udp, settings, timeout_s=timeout_s, path=path)


async def test_any_answer_is_reached() -> None:
    outcome = await against(lambda _: b"?")

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)


async def test_expected_answer_is_served() -> None:
    outcome = await against(lambda ping: ping + b" PONG", expect="PING PONG$")

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)


async def test_empty_datagram_is_sent_where_nothing_is_said() -> None:
    outcome = await against(lambda ping: b"empty" if not ping else None, send="")

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)


async def test_lost_datagram_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "AGAIN_S", 0.01)
    seen: list[bytes] = []

    def deaf_once(ping: bytes) -> bytes | None:
        seen.append(ping)
        return b"PONG" if len(seen) > 1 else None

    outcome = await against(deaf_once)

    assert outcome.verdict is Verdict.OK
    assert seen[:2] == [b"PING", b"PING"]


async def test_name_with_two_addresses_reaches_the_one_that_listens() -> None:
    outcome = await against(lambda _: b"PONG", host="localhost")

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)


async def test_path_is_honoured() -> None:
    path = Path(name="lo", source="127.0.0.2")

    outcome = await against(lambda _: b"PONG", path=path)

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)


async def test_garbage_is_wrong_content() -> None:
    outcome = await against(lambda _: b"\x00\xff\n", expect="PONG")

    assert said(outcome) == (Verdict.FAILED, Evidence.REACHED, Reason.CONTENT)


async def test_silence_is_a_timeout() -> None:
    outcome = await against(lambda _: None, timeout_s=0.2)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)


async def test_closed_port_is_refused() -> None:
    settings = udp.Settings(host="127.0.0.1", port=closed_port(SOCK_DGRAM))

    outcome = await ask(udp, settings)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.REFUSED)


async def test_name_that_does_not_exist_is_told_apart() -> None:
    outcome = await ask(udp, udp.Settings(host="nowhere..invalid", port=53))

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.DNS)


async def test_path_that_is_not_there_proves_nothing() -> None:
    outcome = await against(lambda _: b"", path=Path(name="4g", interface="wwan77"))

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.NO_ROUTE)


@pytest.mark.parametrize("option", [{"port": 70000}, {"expect": "["}])
def test_option_that_makes_no_sense_is_refused(option: dict[str, object]) -> None:
    with refusing(r"port must|expect is"):
        udp.Settings(**{"host": "127.0.0.1", "port": 1} | option)  # type: ignore[arg-type] # any option
