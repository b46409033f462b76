import errno
import socket

import pytest

from secours.model.observed import Reason, Verdict
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.net.bind import bind, bound_socket, device_of, has_route, told_apart

LO = Path(name="lo", interface="lo")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1"])
def test_device_of_loopback_is_lo(address: str) -> None:
    assert device_of(address) == "lo"


def test_device_of_an_address_is_found_as_the_kernel_lists_it() -> None:
    own = [
        (name, address)
        for _, name in socket.if_nameindex()
        if (address := _first_address(name))
    ]

    assert own
    assert [device_of(address) for _, address in own] == [name for name, _ in own]


def _first_address(device: str) -> str | None:
    """Ask for a device's IPv4 address the old way, netdevice(7)."""
    fcntl = pytest.importorskip("fcntl")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            packed = fcntl.ioctl(sock, 0x8915, device.encode().ljust(40, b"\0"))
        except OSError:
            return None
    return socket.inet_ntoa(packed[20:24])


def test_address_of_nobody_has_no_device() -> None:
    assert device_of("198.51.100.7") is None


@pytest.mark.parametrize(
    "path",
    [
        Path(name="4g", interface="wwan77"),
        Path(name="4g", source="198.51.100.7"),
        Path(name="six", source="::1"),
    ],
    ids=["no such device", "no such address", "other family"],
)
def test_path_that_is_not_there_is_no_route(path: Path) -> None:
    with pytest.raises(Stop) as stop:
        bound_socket("127.0.0.1", 9, socket.SOCK_STREAM, path)

    assert stop.value.outcome.verdict is Verdict.UNKNOWN
    assert stop.value.outcome.reason is Reason.NO_ROUTE
    assert stop.value.outcome.facts["path"] == path.name


def test_right_that_is_missing_is_told() -> None:
    class Forbidden(socket.socket):
        def setsockopt(self, *_: object) -> None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

    with Forbidden() as sock, pytest.raises(Stop) as stop:
        bind(sock, LO)

    assert stop.value.outcome.reason is Reason.PERMISSION
    facts = {"problem": "needs-net-raw-to-bind", "path": LO.name}
    assert stop.value.outcome.facts == facts


def test_unreachable_from_afar_is_told_from_no_route_at_all() -> None:
    afar = OSError(errno.ENETUNREACH, "Network is unreachable")
    nowhere = Path(name="4g", interface="wwan77")

    assert has_route("127.0.0.1", LO)
    assert told_apart(afar, "127.0.0.1", LO) is afar
    assert isinstance(told_apart(afar, "127.0.0.1", nowhere), Stop)
    refused = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
    assert told_apart(refused, "127.0.0.1", nowhere) is refused
