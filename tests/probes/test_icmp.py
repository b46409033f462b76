import asyncio
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest
from refusals import refusing
from servers import icmp_wire
from servers.icmp_wire import Tunnel, reply, sequence, tunnelled, unreachable
from servers.probe_run import ask, said
from servers.scripted import closed_port, udp_server

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.sections.channel import Path
from secours.probes import icmp
from secours.wire.net import echo


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icmp, "LAST_ANSWER_S", 0.3)
    monkeypatch.setattr(icmp, "BETWEEN_S", 0.01)


Answer = Callable[[bytes], bytes | None]


async def against(
    answer: Answer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    count: int = 3,
    max_loss: float = 0.34,
    timeout_s: float = 5.0,
) -> Outcome:
    async with udp_server(answer) as port:
        with tunnelled(monkeypatch, port):
            settings = icmp.Settings(host="127.0.0.1", count=count, max_loss=max_loss)
            return await ask(icmp, settings, timeout_s=timeout_s)


def losing(*lost: int) -> Answer:
    return lambda request: None if sequence(request) in lost else reply(request)


async def test_echoes_that_come_back_are_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcome = await against(reply, monkeypatch)

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)
    assert outcome.facts["loss"] == "0%"
    assert outcome.latency_s == pytest.approx(
        float(outcome.facts["rtt_ms"]) / 1000, abs=1e-4
    )


async def test_loss_that_is_allowed_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = await against(losing(1), monkeypatch)

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)
    assert outcome.facts["loss"] == "33%"


async def test_more_loss_is_degraded(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = await against(losing(0, 2), monkeypatch)

    assert said(outcome) == (Verdict.DEGRADED, Evidence.REACHED, Reason.LOSS)
    assert outcome.facts["loss"] == "67%"


async def test_duplicates_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first: list[bytes] = []

    def always_the_first(request: bytes) -> bytes:
        first.append(request)
        return reply(first[0])

    outcome = await against(always_the_first, monkeypatch)

    assert said(outcome) == (Verdict.DEGRADED, Evidence.REACHED, Reason.LOSS)
    assert outcome.facts["loss"] == "67%"


async def test_name_with_a_silent_address_is_reached_by_its_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def resolve(*_: object) -> list[str]:
        return ["127.0.0.2", "127.0.0.1", "127.0.0.3"]

    monkeypatch.setattr(icmp, "resolve", resolve)
    async with udp_server(reply) as port, udp_server(lambda _: None) as mute:
        others = {"127.0.0.2": mute, "127.0.0.3": mute}
        with tunnelled(monkeypatch, port, **others):
            outcome = await ask(icmp, icmp.Settings(host="two.example"))

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)


async def test_silence_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = await against(lambda _: None, monkeypatch)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)


async def test_deadline_before_the_last_answer_is_a_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcome = await against(lambda _: None, monkeypatch, timeout_s=0.1)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)


async def test_deadline_judges_what_came_back_until_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcome = await against(losing(1, 2), monkeypatch, timeout_s=0.1)

    assert said(outcome) == (Verdict.DEGRADED, Evidence.REACHED, Reason.LOSS)


async def test_unreachable_sent_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = await against(unreachable, monkeypatch)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.UNREACHABLE)


async def test_error_told_by_the_kernel_is_unreachable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tunnelled(monkeypatch, closed_port(socket.SOCK_DGRAM)):
        outcome = await ask(icmp, icmp.Settings(host="127.0.0.1"))

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.UNREACHABLE)


@pytest.mark.parametrize(
    "garble",
    [
        lambda _: b"garbage",
        lambda request: reply(request)[:5],
        lambda request: reply(request)[:4] + b"\xff\xff" + request[6:],
        lambda request: reply(request)[:6] + b"\xff\xff" + request[8:],
        lambda request: reply(request)[:-1] + bytes([request[-1] ^ 1]),
        lambda request: reply(request)[:-1],
        lambda request: request,
        lambda request: unreachable(request)[:-2] + b"\xff\xff",
        lambda request: unreachable(request)[:-1],
        lambda request: b"\x05" + unreachable(request)[1:],
    ],
    ids=[
        "garbage",
        "short",
        "number of another",
        "sequence of another",
        "contents of another",
        "contents cut",
        "request",
        "error of another",
        "error cut",
        "redirected",
    ],
)
async def test_what_is_no_answer_to_us_is_ignored(
    garble: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = await against(garble, monkeypatch)

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)


async def test_tests_in_flight_share_a_socket_and_no_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two at once one loses all, and is answered for by nothing of the other."""
    asked: list[bytes] = []

    def only_the_second(request: bytes) -> bytes | None:
        asked.append(request)
        return reply(request) if sequence(request) % 2 else None

    async with udp_server(only_the_second) as port:
        with tunnelled(monkeypatch, port) as opened:
            settings = icmp.Settings(host="127.0.0.1", count=1)
            one, other = await asyncio.gather(ask(icmp, settings), ask(icmp, settings))

    assert said(one) == (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)
    assert said(other) == (Verdict.OK, Evidence.REACHED, Reason.NONE)
    assert len(opened) == 1
    assert len({request[4:6] for request in asked}) == 1
    assert len({sequence(request) for request in asked}) == len(asked) == 2
    assert len({request[8:] for request in asked}) == 2


async def test_late_answer_counts_for_no_later_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another test keeps the socket open, over which the late answer comes."""
    asked: list[bytes] = []

    def the_one_before(request: bytes) -> bytes | None:
        asked.append(request)
        return reply(asked[-2]) if len(asked) > 1 else None

    async with udp_server(the_one_before) as port:
        with tunnelled(monkeypatch, port) as opened, echo.echoes_to("127.0.0.1", None):
            monkeypatch.setattr(echo, "MOST_NUMBERS", 1)  # numbers come again at once
            settings = icmp.Settings(host="127.0.0.1", count=1)
            outcomes = [await ask(icmp, settings) for _ in range(3)]

    assert len(opened) == 1
    assert {sequence(request) for request in asked} == {0}
    assert {said(outcome) for outcome in outcomes} == {
        (Verdict.FAILED, Evidence.NONE, Reason.TIMEOUT)
    }


async def test_number_in_flight_is_given_to_no_other_packet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def all_but_the_first(request: bytes) -> bytes | None:
        asked.append(sequence(request))
        return reply(request) if len(asked) > 1 else None

    async with udp_server(all_but_the_first) as port:
        with (
            tunnelled(monkeypatch, port),
            echo.echoes_to("127.0.0.1", None) as unanswered,
        ):
            monkeypatch.setattr(echo, "MOST_NUMBERS", 3)
            unanswered.send()
            settings = icmp.Settings(host="127.0.0.1", count=1)
            outcomes = [await ask(icmp, settings) for _ in range(4)]

    assert asked == [0, 1, 2, 1, 2]
    assert {outcome.verdict for outcome in outcomes} == {Verdict.OK}
    assert not unanswered.rtts_s


@pytest.mark.parametrize("dead_first", [True, False])
async def test_error_told_by_the_kernel_is_of_its_packet_alone(
    *, dead_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever packet is on its way when the kernel tells of the other."""
    hosts = ["127.0.0.2", "127.0.0.1"] if dead_first else ["127.0.0.1", "127.0.0.2"]
    dead = {"127.0.0.2": closed_port(socket.SOCK_DGRAM)}
    async with udp_server(reply) as port:
        with tunnelled(monkeypatch, port, **dead) as opened:
            outcomes = await asyncio.gather(
                *(ask(icmp, icmp.Settings(host=host)) for host in hosts)
            )

    by_host = dict(zip(hosts, map(said, outcomes), strict=True))
    assert by_host == {
        "127.0.0.1": (Verdict.OK, Evidence.REACHED, Reason.NONE),
        "127.0.0.2": (Verdict.FAILED, Evidence.NONE, Reason.UNREACHABLE),
    }
    assert outcomes[hosts.index("127.0.0.1")].facts["loss"] == "0%"
    assert len(opened) == 1


async def test_socket_that_is_lost_is_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with udp_server(reply) as port:
        with tunnelled(monkeypatch, port) as opened, echo.echoes_to("127.0.0.1", None):
            settings = icmp.Settings(host="127.0.0.1", count=1)
            opened[0].ports.clear()
            opened[0].ports["127.0.0.1"] = 0  # the kernel refuses to send there
            outcomes = [await ask(icmp, settings) for _ in range(2)]

    assert said(outcomes[0]) == (Verdict.FAILED, Evidence.NONE, Reason.UNREACHABLE)
    assert said(outcomes[1]) == (Verdict.OK, Evidence.REACHED, Reason.NONE)
    assert len(opened) == 2
    assert {sock.fileno() for sock in opened} == {-1}


async def test_path_has_a_socket_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(name="lo", source="127.0.0.1")
    monkeypatch.setattr(echo, "bind", lambda *_: None)
    async with udp_server(reply) as port:
        with tunnelled(monkeypatch, port) as opened, echo.echoes_to("127.0.0.1", None):
            settings = icmp.Settings(host="127.0.0.1", count=1)
            outcomes = [await ask(icmp, settings, path=path) for _ in range(2)]
            assert [sock.fileno() for sock in opened[1:]] == [-1, -1]

    assert {outcome.verdict for outcome in outcomes} == {Verdict.OK}


async def test_error_of_an_earlier_packet_is_not_of_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors = [PermissionError(13, "Permission denied")]  # as of a router's, RFC 4443

    class Told(Tunnel):
        def sendto(self, *args: Any) -> int:
            if errors:
                raise errors.pop()
            return super().sendto(*args)

    monkeypatch.setattr(icmp_wire, "Tunnel", Told)
    async with udp_server(reply) as port:
        with tunnelled(monkeypatch, port):
            outcome = await ask(icmp, icmp.Settings(host="127.0.0.1", count=1))

    assert (outcome.verdict, errors) == (Verdict.OK, [])


async def test_right_that_is_missing_proves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(icmp, "has_route", lambda *_: True)
    monkeypatch.setattr(socket, "socket", forbidden)

    outcome = await ask(icmp, icmp.Settings(host="127.0.0.1"))

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.PERMISSION)
    assert outcome.facts == {"problem": "needs-net-raw", "group": str(os.getegid())}


async def test_path_that_is_not_there_proves_nothing() -> None:
    path = Path(name="4g", interface="wwan77")

    outcome = await ask(icmp, icmp.Settings(host="127.0.0.1"), path=path)

    assert said(outcome) == (Verdict.UNKNOWN, Evidence.NONE, Reason.NO_ROUTE)


async def test_name_that_does_not_exist_is_told_apart() -> None:
    outcome = await ask(icmp, icmp.Settings(host="nowhere..invalid"))

    assert said(outcome) == (Verdict.FAILED, Evidence.NONE, Reason.DNS)


def _may_ping() -> bool:
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    except PermissionError:
        return False
    return True


@pytest.mark.skipif(not _may_ping(), reason="needs the right to raw sockets")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
@pytest.mark.parametrize("path", [None, Path(name="lo", interface="lo")])
async def test_own_machine_answers_real_echoes(host: str, path: Path | None) -> None:
    outcome = await ask(icmp, icmp.Settings(host=host), path=path)

    assert said(outcome) == (Verdict.OK, Evidence.REACHED, Reason.NONE)


@pytest.mark.parametrize(
    "option", [{"count": 0}, {"count": 101}, {"max_loss": 1.0}, {"max_loss": -0.1}]
)
def test_option_that_makes_no_sense_is_refused(option: dict[str, float]) -> None:
    with refusing(r"count must|max_loss must"):
        icmp.Settings(**{"host": "127.0.0.1"} | option)  # type: ignore[arg-type] # any option
