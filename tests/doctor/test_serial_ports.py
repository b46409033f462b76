"""Serial ports of a machine that the test makes: files in the place of devices."""

import asyncio
import os
from pathlib import Path

import pytest
from doctor.looking import case, said, with_probe
from servers.pty_modem import pty_modem

from secours.doctor import serial_ports
from secours.probes.modem import Settings
from secours.wire.modem import serial_devices

OTHERS = 54321


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "dev"
    (folder / "serial/by-id").mkdir(parents=True)
    (tmp_path / "proc/7").mkdir(parents=True)
    monkeypatch.setattr(serial_devices, "DEV", folder)
    monkeypatch.setattr(serial_ports, "CLASSES", tmp_path / "class")
    monkeypatch.setattr(serial_ports, "PROC", tmp_path / "proc")
    monkeypatch.setattr(serial_ports, "holder", lambda _port: "")
    return folder


def plugged(dev: Path, name: str = "ttyUSB0") -> str:
    """Plug a stick in, with its lasting name and what USB says of it."""
    port = dev / name
    port.touch()
    (dev / "serial/by-id/usb-HUAWEI_E3372").symlink_to(port)
    stick = dev.parent / "bus/1-1"
    (stick / "1-1:1.0/ttyUSB0").mkdir(parents=True)
    (stick / "idVendor").write_text("12d1\n")
    (stick / "idProduct").write_text("1506\n")
    (dev.parent / "class" / name).mkdir(parents=True)
    (dev.parent / "class" / name / "device").symlink_to(stick / "1-1:1.0/ttyUSB0")
    return str(port)


def managed(dev: Path) -> None:
    (dev.parent / "proc/7/comm").write_text("ModemManager\n")


def test_a_machine_without_any_says_so(dev: Path, tmp_path: Path) -> None:
    assert said(serial_ports.look(case(tmp_path))) == [("remark", "serial.none")]


def test_a_stick_is_named_as_it_is_called_for_good(dev: Path, tmp_path: Path) -> None:
    plugged(dev)

    (finding,) = serial_ports.look(case(tmp_path))

    assert said([finding]) == [("fine", "serial.there")]
    assert dict(finding.message.facts)["name"] == "usb-HUAWEI_E3372"


def test_a_port_that_another_program_has_is_left_to_it(
    dev: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugged(dev)
    monkeypatch.setattr(serial_ports, "holder", lambda _port: "minicom (812)")

    (finding,) = serial_ports.look(case(tmp_path))

    assert (said([finding]), finding.commands) == ([("remark", "serial.held")], ())


@pytest.mark.skipif(os.geteuid() != 0, reason="run as root: the port is given away")
@pytest.mark.parametrize("wanted", [True, False], ids=["in the plan", "not in it"])
def test_a_port_that_we_may_not_open_names_its_group(
    dev: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    port = plugged(dev)
    os.chown(port, 0, OTHERS)
    os.chmod(port, 0o660)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may open anything
    config = with_probe("modem", Settings(port=port)) if wanted else None

    (finding,) = serial_ports.look(case(tmp_path, config=config))

    assert said([finding]) == [("mend" if wanted else "remark", "serial.group")]
    assert finding.commands == (f"usermod -aG {OTHERS} root",)


def test_a_port_of_the_plan_that_is_not_there_is_missed(
    dev: Path, tmp_path: Path
) -> None:
    config = with_probe("modem", Settings(port="/dev/ttyUSB 9"))

    (finding,) = serial_ports.look(case(tmp_path, config=config))

    assert said([finding]) == [("mend", "serial.gone")]


def test_a_port_that_modemmanager_holds_gets_the_rule_that_frees_it(
    dev: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = plugged(dev)
    monkeypatch.setattr(serial_ports, "holder", lambda _port: "ModemManager (812)")
    config = with_probe("modem", Settings(port=port))

    (finding,) = serial_ports.look(case(tmp_path, config=config))

    assert said([finding]) == [("mend", "serial.held")]
    rule, *_ = finding.commands
    assert 'ATTR{idVendor}=="12d1", ATTR{idProduct}=="1506"' in rule
    assert 'ENV{ID_MM_DEVICE_IGNORE}="1"' in rule


def test_modemmanager_is_needed_in_the_way_or_nobody_s_affair(
    dev: Path, tmp_path: Path
) -> None:
    port = plugged(dev)
    asks = case(tmp_path, config=with_probe("modem", Settings(modemmanager="any")))
    opens = case(tmp_path, config=with_probe("modem", Settings(port=port)))

    before = [said(serial_ports.modemmanager(each)) for each in (asks, opens)]
    managed(dev)
    after = [said(serial_ports.modemmanager(each)) for each in (asks, opens)]
    without_plan = said(serial_ports.modemmanager(case(tmp_path)))

    assert before == [[("mend", "manager.needed")], []]
    assert after == [[("fine", "manager.runs")], [("mend", "manager.in-the-way")]]
    assert without_plan == [("remark", "manager.beside")]


async def test_no_port_is_opened_unless_that_is_asked_for(
    dev: Path, tmp_path: Path
) -> None:
    async with pty_modem({"ATI": "Huawei\r\nE3372"}) as modem:
        (dev / "ttyUSB0").symlink_to(modem.port)
        quiet = await asyncio.to_thread(lambda: said(serial_ports.look(case(tmp_path))))
        unheard = list(modem.heard)
        asked = await asyncio.to_thread(
            lambda: [*serial_ports.look(case(tmp_path, ask_modems=True))]
        )

    assert (quiet, unheard) == ([("fine", "serial.there")], [])
    assert said(asked)[1:] == [("fine", "serial.answers")]
    assert dict(asked[1].message.facts)["said"] == "Huawei E3372"


async def test_a_port_that_says_nothing_does_not_hold_up_the_rest(
    dev: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serial_ports, "ASK_S", 0.2)
    async with pty_modem({}) as modem:
        modem.mute = True
        (dev / "ttyUSB0").symlink_to(modem.port)
        asked = await asyncio.to_thread(
            lambda: said(serial_ports.look(case(tmp_path, ask_modems=True)))
        )

    assert asked[1:] == [("remark", "serial.silent")]
