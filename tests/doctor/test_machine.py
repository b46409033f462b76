"""What is found of a machine, each want made by the test."""

import errno
import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import dns.message
import dns.rcode
import pytest
from doctor.looking import case, said, with_probe
from msgspec.structs import replace

from secours import places
from secours.config import extras
from secours.doctor import (
    clock_sync,
    examination,
    machine,
    packages,
    resolver,
    screens_port,
    storage,
)
from secours.doctor.finding import Case, MachineFinding, fine
from secours.engine import lock
from secours.message import message, our_user
from secours.model.sections.channel import Path as Way
from secours.probes import icmp, plugin
from secours.texts import in_words
from secours.wire.net import resolver as names

PING = icmp.Settings(host="192.0.2.1")

# ------------------------------------------------------------------ all at once


def test_what_takes_too_long_is_left_and_said(tmp_path: Path) -> None:
    over = threading.Event()

    def late(_case: Case) -> Iterator[MachineFinding]:
        over.wait(60)
        yield fine("late", message("commands.doctor.icmp", user="x"))

    def broken(_case: Case) -> Iterator[MachineFinding]:
        raise KeyError("a secret")

    def quick(_case: Case) -> Iterator[MachineFinding]:
        yield fine("quick", message("commands.doctor.icmp", user="x"))

    began_s = time.monotonic()
    looks = {"late": late, "broken": broken, "quick": quick}
    found = examination.examine(case(tmp_path), looks, limit_s=0.3)
    over.set()

    assert time.monotonic() - began_s < 30  # and not the 60 s of what is late
    assert [(each.topic, each.level) for each in found] == [
        *(("late", "unknown"), ("broken", "unknown"), ("quick", "fine"))
    ]
    assert "secret" not in str(found)


def test_every_look_says_something_of_this_machine_or_nothing(tmp_path: Path) -> None:
    found = examination.examine(case(tmp_path), limit_s=30)

    assert {each.level for each in found} <= {"fine", "remark", "mend"}
    assert {"python", "clock", "disk", "memory", "port"} <= {f.topic for f in found}


# ------------------------------------------------------------------ rights


@pytest.fixture
def no_raw(monkeypatch: pytest.MonkeyPatch) -> None:
    really = socket.socket

    class Forbidden(really):  # type: ignore[valid-type, misc]
        def __init__(self, *args: int) -> None:
            if socket.IPPROTO_ICMP in args[2:]:
                raise PermissionError(errno.EPERM, "")
            super().__init__(*args)

        def setsockopt(self, *_: object) -> None:
            raise PermissionError(errno.EPERM, "")

    monkeypatch.setattr(socket, "socket", Forbidden)


def test_a_ping_that_the_plan_needs_and_we_may_not_send_is_to_be_mended(
    tmp_path: Path, no_raw: None
) -> None:
    needed = case(tmp_path, config=with_probe("icmp", PING))

    assert said(machine.icmp(case(tmp_path))) == [("remark", "icmp-forbidden")]
    (finding,) = machine.icmp(needed)
    assert said([finding]) == [("mend", "icmp-forbidden")]
    assert "net.ipv4.ping_group_range=0 2147483647" in finding.commands[0]


def test_the_user_of_the_service_is_told_that_its_unit_has_the_right(
    tmp_path: Path, no_raw: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secours-engine.service").touch()
    monkeypatch.setattr(machine, "UNITS", (tmp_path,))
    monkeypatch.setattr(places, "SERVICE_STATE", tmp_path)

    needed = case(tmp_path, config=with_probe("icmp", PING))

    assert said(machine.icmp(needed)) == [("remark", "icmp-by-unit")]


def test_a_way_out_needs_its_device_and_the_right_to_bind(
    tmp_path: Path, no_raw: None
) -> None:
    ways = {"4g": Way(name="4g", interface="wwan7"), "lan": Way(name="lan")}
    config = replace(with_probe("icmp", PING), paths=ways)

    assert said(machine.paths(case(tmp_path, config=config))) == [
        ("mend", "bind-forbidden"),
        ("mend", "no-device"),
    ]
    assert said(machine.paths(case(tmp_path))) == []


def test_a_plugin_that_needs_rights_is_told_where_none_can_be_gained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = plugin.Settings(command=("/bin/true",), privileged=True)
    needed = case(tmp_path, config=with_probe("plugin", settings))
    (tmp_path / "status").write_text("Name:\tx\nNoNewPrivs:\t1\n")
    monkeypatch.setattr(machine, "container", lambda: "podman")
    before = said(machine.sandbox(needed))
    monkeypatch.setattr(machine, "STATUS", tmp_path / "status")

    assert ("remark", "container") in before
    assert ("mend", "no-new-privileges") not in before
    assert ("mend", "no-new-privileges") in said(machine.sandbox(needed))


# ------------------------------------------------------------------ packages


@pytest.fixture
def half(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = {"modem": ["no-such-serial"], "notify": ["no-such-apprise"]}
    there = {"http": ["starlette"]}
    monkeypatch.setattr(extras, "packages", lambda: {**lacking, **there})


def test_what_the_plan_needs_is_to_be_installed_and_the_rest_is_named(
    tmp_path: Path, half: None
) -> None:
    needed, others = packages.look(case(tmp_path, lacking=(("modem", "modem"),)))

    assert said([needed, others]) == [
        ("mend", "extra-needed"),
        ("remark", "extras-missing"),
    ]
    assert in_words("en", needed.message).endswith("which needs secours[modem]")
    assert needed.commands == others.commands
    assert said(packages.look(case(tmp_path))) == [("remark", "extras-missing")]


@pytest.mark.parametrize(
    ("mark", "command"),
    [
        (
            "uv-receipt.toml",
            "uv tool install --force '{0}[all]' -c {0}/requirements.lock"
            " -b {0}/requirements.lock",
        ),
        (
            "pipx_metadata.json",
            "pipx runpip secours install --only-binary :all: --require-hashes"
            " -r {0}/requirements.lock",
        ),
        (
            "pyvenv.cfg",
            " -m pip install --only-binary :all: --require-hashes"
            " -r {0}/requirements.lock",
        ),
    ],
)
def test_who_installed_secours_installs_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, command: str
) -> None:
    (tmp_path / mark).touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))

    origin = packages.origin()
    assert Path(origin, "requirements.lock").exists()
    assert packages.install_command().endswith(command.format(origin))


@pytest.mark.parametrize("url", ["", "file:///gone/secours", "https://elsewhere.test/"])
def test_no_name_of_an_index_is_ever_to_be_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    (tmp_path / "uv-receipt.toml").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    written = Mock(read_text=Mock(return_value=json.dumps({"url": url})))
    monkeypatch.setattr("importlib.metadata.distribution", lambda _: written)

    command = packages.install_command()

    assert command == (
        "uv tool install --force './CHECKOUT[all]' -c ./CHECKOUT/requirements.lock"
        " -b ./CHECKOUT/requirements.lock"
    )


# ------------------------------------------------------------------ clock, names


@pytest.mark.parametrize(
    ("synchronised", "hardware_s", "expected"),
    [
        pytest.param(True, 0, [("fine", "clock.right")], id="right"),
        pytest.param(False, 0, [("mend", "clock.alone")], id="alone"),
        pytest.param(
            True, -3600, [("fine", "clock.right"), ("mend", "clock.apart")], id="apart"
        ),
        pytest.param(
            True,
            None,
            [("fine", "clock.right"), ("remark", "clock.no-hardware")],
            id="none",
        ),
    ],
)
def test_a_clock_is_kept_by_something_and_by_the_machine(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    synchronised: bool,
    hardware_s: int | None,
    expected: list[tuple[str, str]],
) -> None:
    hardware = tmp_path / "since_epoch"
    if hardware_s is not None:
        hardware.write_text(f"{int(time.time()) + hardware_s}\n")
    monkeypatch.setattr(clock_sync, "HARDWARE", hardware)
    monkeypatch.setattr(clock_sync, "is_synchronised", lambda: synchronised)

    assert said(clock_sync.look(case(tmp_path))) == expected


def test_the_kernel_says_whether_the_clock_is_synchronised() -> None:
    assert clock_sync.is_synchronised() in (True, False)


@pytest.mark.parametrize("code", [0, 5], ids=["well", "refused"])
def test_a_name_server_answers_or_is_silent(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(resolver, "LIMIT_S", 20.0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]

        def answer() -> None:
            question, asker = server.recvfrom(512)
            reply = dns.message.make_response(dns.message.from_wire(question))
            reply.set_rcode(dns.rcode.Rcode(code))
            server.sendto(reply.to_wire(), asker)

        answering = threading.Thread(target=answer)
        answering.start()
        heard = resolver.answer("127.0.0.1", port)
        answering.join()
        monkeypatch.setattr(resolver, "LIMIT_S", 0.3)
        unheard = resolver.answer("127.0.0.1", port)

    assert (heard, unheard) == (code, None)
    assert resolver.answer("no address") is None


@pytest.mark.parametrize("refused", [2, 5])
def test_each_name_server_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    file = tmp_path / "resolv.conf"
    monkeypatch.setattr(names, "RESOLV_CONF", file)
    codes: dict[str, int | None]
    codes = {"192.0.2.1": 0, "2001:db8::1": None, "192.0.2.2": refused}
    codes["127.0.0.1"] = 0  # of whom the system asks where the file names nobody
    monkeypatch.setattr(resolver, "answer", codes.__getitem__)
    (local,) = resolver.look(case(tmp_path))
    file.write_text(
        "# a\nsearch x\nnameserver 192.0.2.1\n"
        "nameserver\t2001:db8::1\nnameserver 192.0.2.2\n"
    )

    assert said([local]) == [("fine", "resolver.answers")]
    assert dict(local.message.facts) == {"server": "127.0.0.1"}
    assert said(resolver.look(case(tmp_path))) == [
        ("fine", "resolver.answers"),
        ("mend", "resolver.silent"),
        ("mend", "resolver.failing"),
    ]


# ------------------------------------------------------------------ folders, port


def _mounted(folder: Path, kind: str, at: str = "") -> Path:
    """Write what is mounted, with such a file system at a folder."""
    at = at or str(folder)
    mounts = folder / "mountinfo"
    mounts.write_text(
        "20 1 8:1 / / rw - ext4 /dev/sda rw\n"
        f"21 20 0:9 / {at} rw,relatime shared:1 - {kind} there rw\n"
        f"22 20 0:9 / {at}x rw,relatime shared:1 - other there rw\n"
    )
    return mounts


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ext4", [("fine", "disk.room")]),
        ("nfs4", [("fine", "disk.room"), ("mend", "disk.network")]),
        ("tmpfs", [("fine", "disk.room"), ("remark", "disk.memory")]),
    ],
)
def test_a_history_needs_a_disk_of_its_own(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    expected: list[tuple[str, str]],
) -> None:
    monkeypatch.setattr(storage, "MOUNTS", _mounted(tmp_path, kind))
    monkeypatch.setattr(storage, "_room", lambda _folder: (9000, 0.5))

    assert said(storage.disk(case(tmp_path))) == expected
    assert not (tmp_path / "state").exists()


def test_a_disk_that_is_full_or_refuses_is_to_be_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(storage, "_room", lambda _folder: (90, 0.5))
        full = said(storage.disk(case(tmp_path)))

    refusals: list[MachineFinding] = []
    for number in (errno.EACCES, errno.ENOSPC):
        refuse = Mock(side_effect=OSError(number, os.strerror(number)))
        monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
        refusals += storage.disk(case(tmp_path))

    assert full[0] == ("mend", "disk.full")
    assert said(refusals) == [("mend", "disk.refuses")] * 2
    assert refusals[0].commands[0].startswith("install -d -m 700 -o ")
    assert refusals[1].commands == (f"df -h {tmp_path}",)


def test_history_of_another_user_is_to_be_given_to_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "history.sqlite3").touch()
    monkeypatch.setattr(os, "access", lambda path, _: path.suffix != ".sqlite3")
    (found,) = storage.disk(case(tmp_path, data=tmp_path))

    assert said([found]) == [("mend", "disk.refuses")]
    assert found.commands == (f"chown -R {our_user()}: {tmp_path}",)


def test_disk_below_a_folder_that_we_may_not_enter_is_to_be_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = PermissionError(errno.EACCES, "Permission denied")
    stat = os.stat

    def closed(path: str | Path, **more: Any) -> os.stat_result:
        if str(path).startswith(f"{tmp_path}/"):
            raise refused
        return stat(path, **more)

    monkeypatch.setattr(os, "stat", closed)
    monkeypatch.setattr(tempfile, "TemporaryFile", Mock(side_effect=refused))

    assert said(storage.disk(case(tmp_path))) == [("mend", "disk.refuses")]


def test_file_system_of_a_folder_with_a_space_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a b"
    escaped = str(folder).replace(" ", "\\040")
    monkeypatch.setattr(storage, "MOUNTS", _mounted(tmp_path, "nfs4", escaped))

    assert storage.file_system(folder) == "nfs4"


def test_the_folder_in_memory_is_named_or_why_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secours").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(storage, "MOUNTS", _mounted(tmp_path, "tmpfs"))
    there = said(storage.memory(case(tmp_path)))
    os.chmod(tmp_path / "secours", 0o755)
    (open_to_others,) = storage.memory(case(tmp_path))

    assert there == [("fine", "memory")]
    assert open_to_others.level == "mend"
    assert open_to_others.message.slug == "commands.place.open-to-others"


def test_a_folder_of_the_snapshot_that_is_on_a_disk_is_to_be_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(storage, "MOUNTS", _mounted(tmp_path, "ext4"))
    on_disk = list(storage.memory(case(tmp_path)))
    monkeypatch.setattr(storage, "MOUNTS", tmp_path / "cannot be read")
    unknown = list(storage.memory(case(tmp_path)))

    assert said(on_disk) == [("mend", "memory.disk")]
    assert on_disk[0].commands == ('export XDG_RUNTIME_DIR="/dev/shm/$(id -u)"',)
    assert said(unknown) == [("fine", "memory")]


@pytest.mark.parametrize(
    ("address", "number", "remedies"),
    [
        ("192.0.2.1", errno.EADDRNOTAVAIL, ("ip address",)),
        ("127.0.0.1", errno.EACCES, ("secours up --port 8501",)),
    ],
)
def test_a_port_that_nobody_took_is_mended_by_what_helps(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    number: int,
    remedies: tuple[str, ...],
) -> None:
    refused = OSError(number, os.strerror(number))
    monkeypatch.setattr(screens_port, "listen", Mock(side_effect=refused))
    (found,) = screens_port.look(case(tmp_path, address=address))

    assert (found.level, found.commands) == ("mend", remedies)


def test_a_port_is_free_taken_or_ours(tmp_path: Path) -> None:
    free = case(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = case(tmp_path, port=server.getsockname()[1])
        (of_another,) = screens_port.look(taken)
        with lock.hold(tmp_path / "state"):
            ours = said(screens_port.look(taken))

    assert said(screens_port.look(free)) == [("fine", "port.free")]
    assert said([of_another]) == [("mend", "port.taken")]
    assert of_another.commands[0] == f"ss -ltnp 'sport = :{taken.port}'"
    assert ours == [("remark", "port.ours")]
