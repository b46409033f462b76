"""All of `localhost` is held on the port of the screens, or they say that it is not."""

import argparse
import socket

import pytest

from secours.cli import listening
from secours.cli.refusal import Refused
from secours.cli.up import site_address
from secours.wire.net import server_socket


def addresses(held: tuple[socket.socket, ...]) -> list[str]:
    return [each.getsockname()[0] for each in held]


@pytest.mark.parametrize(
    ("address", "others"),
    [
        ("127.0.0.1", ["::1"]),
        ("localhost", ["::1"]),
        ("::1", ["127.0.0.1"]),
        ("0.0.0.0", ["::1"]),
        ("::", []),
    ],
)
def test_the_rest_of_localhost_is_held_too(
    address: str, others: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    opened = listening.opened(address, 0)
    with listening.with_localhost([opened], "en") as held:
        assert addresses(held)[1:] == others
        assert len({each.getsockname()[1] for each in held}) == 1
    assert not capsys.readouterr().err


def test_an_address_that_another_has_is_warned_of(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as rogue:
        port = rogue.getsockname()[1]
        opened = listening.opened("127.0.0.1", port)
        with listening.with_localhost([opened], "en") as held:
            assert addresses(held) == ["127.0.0.1"]
    said = " ".join(capsys.readouterr().err.split())
    assert f"::1 port {port}, where localhost leads too, cannot be held" in said


def test_no_link_is_of_localhost() -> None:
    assert site_address("localhost", 8501) == "http://127.0.0.1:8501"


def passed(
    monkeypatch: pytest.MonkeyPatch, *sockets: socket.socket
) -> argparse.Namespace:
    monkeypatch.setattr(listening, "passed", lambda: list(sockets))
    args = argparse.Namespace(address="", port=0)
    listening.of_systemd(args)
    return args


def test_of_several_sockets_the_one_for_others_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        server_socket.listen("0.0.0.0", 0) as widest,
        server_socket.listen("::1", widest.getsockname()[1]) as ours,
        server_socket.listen("127.0.0.1", 0) as elsewhere,
    ):
        args = passed(monkeypatch, ours, widest)
        assert (args.address, args.port) == widest.getsockname()
        with pytest.raises(Refused):
            passed(monkeypatch, ours, elsewhere)
