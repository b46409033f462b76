"""Secours as a service of a real systemd, set up by the page's commands to the letter.

Nothing of this needs a network or hardware, or leaves anything on this machine.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from deploy.operations_page import commands
from servers.booted_systemd import NEEDED, Booted, booted

LIMIT_S = 60.0
POLL_S = 0.2
CHECKOUT = "/opt/secours-src"
BROWSER = "--header Accept:text/html --header Sec-Fetch-Dest:document -A Mozilla"
DROP_INS = "/run/systemd/system/secours-engine.service.d"
PLAN = """
site: {name: Test, language: en}
probing: {interval: 1s, retry_every: 200ms, timeout: 5s}
paths: {loop: {interface: lo}}
channels:
  ping: {depends_on: [], purposes: [alert], probes: [{type: icmp, host: 127.0.0.1}]}
  bound:
    depends_on: []
    purposes: [alert]
    probes: [{type: icmp, host: 127.0.0.1, via: loop}]
  plugin:
    depends_on: []
    purposes: [alert]
    probes:
      - type: plugin
        command: [/bin/sh, -c, 'grep -c "Cap[PEIA].*:.0*$" /proc/self/status']
  secret:
    depends_on: []
    purposes: [alert]
    probes:
      - type: plugin
        command: [/bin/sh, -c, 'test "$MAIL" = not-to-be-shown && echo the same']
        env: {MAIL: "${cred:mail}"}
plan:
  - {purpose: alert, audience: staff, primary: ping, last_resort: Walk}
"""
MODEM = """
site: {{name: Test, language: en}}
probing: {{interval: 1s, retry_every: 200ms, timeout: 2s}}
channels:
  sms: {{depends_on: [], purposes: [alert], probes: [{{type: modem, port: {port}}}]}}
plan:
  - {{purpose: alert, audience: staff, primary: sms, last_resort: Walk}}
"""
MANAGED = """
site: {name: Test, language: en}
probing: {interval: 1s, retry_every: 200ms, timeout: 2s}
channels:
  sms: {depends_on: [], purposes: [alert], probes: [{type: modem, modemmanager: any}]}
plan:
  - {purpose: alert, audience: staff, primary: sms, last_resort: Walk}
"""
MODEMMANAGER = """
import asyncio, pathlib
from servers.modemmanager import FakeModem, modem_manager, private_bus
async def serve():
    folder = pathlib.Path("/run/bus")
    folder.mkdir()
    async with private_bus(folder) as bus, modem_manager(bus, {0: FakeModem()}):
        await asyncio.Event().wait()
asyncio.run(serve())
"""
# A modem that says nothing, for as long as it runs.
SILENT_MODEM = """
import os, pty, time, tty
far, near = pty.openpty()
tty.setraw(near)
os.symlink(os.ttyname(near), "/run/modem")
time.sleep(600)
"""

pytestmark = [NEEDED, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def machine(
    processes: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Booted]:
    log = tmp_path_factory.mktemp("booted") / "log"
    with booted(log) as machine:
        set_up, *_ = commands("Run it as a service")
        machine.run(set_up, folder=CHECKOUT)
        machine.run("sysctl -q net.ipv4.ping_group_range='1 0'")  # nobody by itself
        yield machine


def until(machine: Booted, script: str, holds: Callable[[str], object]) -> str:
    """Run a script again and again until what it prints is as is waited for."""
    ends_s = time.monotonic() + LIMIT_S
    while not holds(out := machine.run(script, check=False).stdout):
        assert time.monotonic() < ends_s, f"{script}\n{out}\n{journal(machine)}"
        time.sleep(POLL_S)
    return out


def follow(
    machine: Booted, plan: str, holds: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    """Let the engine follow a plan until its probes are as is waited for."""
    machine.run(f"cat >/etc/secours/probes.yaml <<'.'\n{plan}\n.")
    ends_s = time.monotonic() + LIMIT_S
    while not holds(found := probed(machine)):
        assert time.monotonic() < ends_s, f"{found}\n{journal(machine)}"
        time.sleep(POLL_S)
    return found


def probed(machine: Booted) -> dict[str, Any]:
    """Return the latest result of the probe of each channel."""
    status = "secours status --format json --config /etc/secours/probes.yaml"
    out = machine.run(f"runuser -u secours -- {status}", check=False).stdout
    channels = json.loads(out)["channels"] if out else []
    return {each["channel"]: each["probes"][0] for each in channels if each["probes"]}


def journal(machine: Booted) -> str:
    units = "-u secours-engine -u secours-dashboard"
    return machine.run(f"journalctl -n 200 --no-pager {units}").stdout


def shown(machine: Booted, unit: str, name: str) -> str:
    out = machine.run(f"systemctl show --property={name} --value {unit}").stdout
    return out.strip()


def restart_with(machine: Booted, name: str, *lines: str) -> None:
    """Restart the engine with settings of the administrator's own."""
    text = "\\n".join(("[Service]", *lines, ""))
    machine.run(
        f"mkdir -p {DROP_INS}; printf '{text}' >{DROP_INS}/{name}.conf\n"
        "systemctl daemon-reload; systemctl restart secours-engine"
    )


def test_both_services_run_and_the_other_commands_of_the_page_work(
    machine: Booted,
) -> None:
    _, asking = commands("Run it as a service")
    both = "systemctl is-active secours-engine secours-dashboard"
    until(machine, both, lambda out: out.split() == ["active", "active"])

    for command in asking.splitlines():
        done = machine.run(command, check=False)
        assert done.stdout, done.stderr
        assert "Traceback" not in done.stderr
    status = shown(machine, "secours-engine", "StatusText")
    assert status.startswith("3 channels: ")


def test_the_wall_is_served_beside_the_engine_by_a_unit_of_its_own(
    machine: Booted,
) -> None:
    links = machine.run("runuser -u secours -- secours link").stdout
    token = links.splitlines()[1].partition("token=")[2]
    cookies = "--cookie /tmp/cookies --cookie-jar /tmp/cookies --location"
    page = until(
        machine,
        f"curl -sf {cookies} {BROWSER} http://127.0.0.1:8501/wall?token={token}",
        lambda out: "</html>" in out,
    )
    before = shown(machine, "secours-engine", "MainPID")
    machine.run("systemctl restart secours-dashboard; systemctl stop secours-dashboard")
    folder = machine.run("ls /run/secours/*/snapshot.json").stdout
    machine.run("systemctl start secours-dashboard")

    assert "UNKNOWN" in page  # drawn from the snapshot of the engine
    assert machine.run("pgrep -fc 'secours run'").stdout.strip() == "1"
    assert shown(machine, "secours-engine", "MainPID") == before
    assert folder.strip()


# Another user of the machine tries to listen on a port; prints why not.
LISTEN = (
    "runuser -u nobody -- /opt/python/bin/python3 -B -c '"
    "import socket; s = socket.socket({family}); s.setsockopt(1, 2, 1);"
    ' s.bind(("{address}", 8501))'
    "'"
)


def tried(machine: Booted) -> list[str]:
    """Return what another user is told who listens where `localhost` leads."""
    where = {"127.0.0.1": "socket.AF_INET", "::1": "socket.AF_INET6"}
    tries = (LISTEN.format(address=at, family=how) for at, how in where.items())
    return [machine.run(each, check=False).stderr for each in tries]


def test_the_port_is_held_while_the_dashboard_is_down(machine: Booted) -> None:
    status = "systemctl is-active secours-dashboard.socket"
    machine.run("systemctl kill --signal=KILL secours-dashboard")
    killed = tried(machine)
    page = until(machine, "curl -s http://127.0.0.1:8501/healthz", lambda out: out)
    machine.run("systemctl stop secours-dashboard")
    stopped = tried(machine)
    again = machine.run("curl -s --max-time 60 http://127.0.0.1:8501/healthz").stdout

    assert all("Address already in use" in each for each in (*killed, *stopped))
    assert '"age_s"' in page
    assert '"age_s"' in again  # to ask starts it
    assert machine.run(status).stdout.strip() == "active"


def test_the_engine_has_one_right_and_its_plugins_have_none(machine: Booted) -> None:
    machine.run("umask 077; echo not-to-be-shown >/etc/secours/secrets/mail")
    restart_with(machine, "secrets", "LoadCredential=mail:/etc/secours/secrets/mail")

    found = follow(machine, PLAN, lambda probes: len(probes) == 4 and not bad(probes))

    pid = shown(machine, "secours-engine", "MainPID")
    rights = machine.run(f"cat /proc/{pid}/status").stdout
    assert not bad(found)
    assert "CapEff:\t0000000000002000" in rights
    assert "CapBnd:\t0000000000002000" in rights
    assert "NoNewPrivs:\t1" in rights
    assert "not-to-be-shown" not in journal(machine) + json.dumps(found)


def bad(probes: dict[str, Any]) -> dict[str, str]:
    """Return the outcomes that are not ok."""
    outcomes = {name: each["outcome"] for name, each in probes.items()}
    return {name: outcome for name, outcome in outcomes.items() if outcome != "ok"}


def test_without_the_right_a_ping_says_what_gives_it(machine: Booted) -> None:
    restart_with(machine, "rights", "AmbientCapabilities=", "CapabilityBoundingSet=")
    try:
        found = follow(
            machine,
            PLAN,
            lambda probes: (
                len(probes) == 4 and probes["ping"]["reason"] == "permission"
            ),
        )
        group = machine.run("id -g secours").stdout.strip()
        detail = found["ping"]["detail"]
        assert f"CAP_NET_RAW, or group {group} in net.ipv4.ping_group_range" in detail
        assert found["plugin"]["outcome"] == "ok"
    finally:
        machine.run(f"rm {DROP_INS}/rights.conf; systemctl daemon-reload")
        machine.run("systemctl restart secours-engine")


def test_a_modem_opens_by_its_group_and_without_it_the_group_is_named(
    machine: Booted,
) -> None:
    start(machine, "modem", SILENT_MODEM)
    until(machine, "ls /run/modem", lambda out: out)
    plan = MODEM.format(port="/run/modem")

    machine.run("chown root:dialout /run/modem; chmod 660 /run/modem")
    opened = follow(
        machine, plan, lambda p: p.get("sms", {}).get("reason") == "timeout"
    )
    machine.run("chown root:audio /run/modem")
    refused = follow(
        machine, plan, lambda p: p.get("sms", {}).get("reason") == "permission"
    )

    assert opened["sms"]["outcome"] == "failed"  # it is asked, and says nothing
    assert refused["sms"]["outcome"] == "unknown"
    assert "add user secours to group audio" in refused["sms"]["detail"]


def start(machine: Booted, name: str, script: str) -> None:
    """Run a script of Python there, as root and as long as it likes."""
    tests = "/opt/secours-src/tests:/opt/site-packages"
    machine.run(
        f"systemd-run --quiet --unit={name} --setenv=PYTHONPATH={tests}"
        " --setenv=LD_LIBRARY_PATH=/opt/python/lib"
        f" /opt/python/bin/python3 -B -c '{script}'"
    )


def test_modemmanager_is_asked_over_d_bus(machine: Booted) -> None:
    start(machine, "modemmanager", MODEMMANAGER)
    until(machine, "ls /run/bus/bus", lambda out: out)
    restart_with(
        machine, "bus", "Environment=DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/bus/bus"
    )

    found = follow(machine, MANAGED, lambda p: p and not bad(p))

    assert found["sms"]["evidence"] == "authenticated"


@pytest.mark.parametrize(
    ("major", "reason", "words"),
    [
        pytest.param(188, "no-device", "device missing", id="ttyUSB"),
        pytest.param(189, "permission", "DeviceAllow=/dev/other rw", id="other"),
    ],
)
def test_serial_ports_may_be_opened_and_other_devices_not(
    machine: Booted, major: int, reason: str, words: str
) -> None:
    # Nothing drives them here, so what may be opened says that there is no device.
    machine.run(
        f"rm -f /dev/other; mknod -m 660 /dev/other c {major} 200;"
        " chown root:dialout /dev/other"
    )

    found = follow(
        machine,
        MODEM.format(port="/dev/other"),
        lambda p: p.get("sms", {}).get("reason") == reason,
    )

    assert words in found["sms"]["detail"]


def test_an_engine_that_publishes_no_longer_is_started_again(machine: Booted) -> None:
    restart_with(machine, "soon", "WatchdogSec=3", "TimeoutAbortSec=1")
    before = shown(machine, "secours-engine", "MainPID")

    machine.run("systemctl kill --signal=STOP secours-engine")
    until(
        machine,
        "systemctl show --property=NRestarts --value secours-engine",
        lambda out: int(out) >= 1,
    )

    both = "systemctl is-active secours-engine secours-dashboard"
    until(machine, both, lambda out: out.split() == ["active", "active"])
    assert shown(machine, "secours-engine", "MainPID") != before
    assert "watchdog" in journal(machine).lower()


def test_a_broken_plan_is_refused_until_it_is_mended(machine: Booted) -> None:
    machine.run(
        "systemctl stop secours-engine; rm -rf /var/lib/secours/* /run/secours/*\n"
        "echo 'channels: [' >/etc/secours/probes.yaml\n"
        "systemctl start --no-block secours-engine"
    )
    until(
        machine,
        "systemctl show --property=NRestarts --value secours-engine",
        lambda out: int(out) >= 6,  # more than systemd bears by itself
    )

    found = follow(machine, MODEM.format(port="/dev/gone"), lambda p: "sms" in p)

    assert found["sms"]["reason"] in ("no-device", "not-measured")


CONFINED = """
site: {name: Test, language: en}
probing: {interval: 1s, retry_every: 200ms, timeout: 5s}
channels:
  ping:
    depends_on: []
    purposes: [alert]
    probes:
      - type: plugin
        command: [/bin/sh, -c, "setpriv --reuid=secours /bin/echo OK 2>&1"]
plan:
  - {purpose: alert, audience: staff, primary: ping, last_resort: Walk}
"""
BACK_UP = "Back up, restore, upgrade, go back"


def test_a_plugin_may_drop_rights(machine: Booted) -> None:
    found = follow(machine, CONFINED, lambda p: "ping" in p and not bad(p))

    assert found["ping"]["evidence"] == "served"


def test_the_pages_commands_back_up_and_restore_the_service(machine: Booted) -> None:
    follow(machine, CONFINED, lambda p: "ping" in p)
    saving, restoring, _ = commands(BACK_UP)
    saving = "\n".join(line for line in saving.splitlines() if "age -r" not in line)
    alias = next(line for line in saving.splitlines() if line.startswith("alias"))
    restoring = restoring.replace("2026-11-27.tar", '"$(date +%F)".tar')
    machine.run(f"shopt -s expand_aliases\n{saving}")
    machine.run("sed -i 's/name: Test/name: Other/' /etc/secours/probes.yaml")

    first, then = restoring.split("\ntar ", 1)
    refused = machine.run(f"shopt -s expand_aliases\n{alias}\n{first}", check=False)
    machine.run(f"shopt -s expand_aliases\n{alias}\ntar {then}")

    assert refused.returncode == 1
    assert "tar -xOf" in refused.stderr
    plan = machine.run("stat -c '%U:%G %a' /etc/secours/probes.yaml").stdout
    assert plan.strip() == "root:secours 640"
    assert "name: Test" in machine.run("cat /etc/secours/probes.yaml").stdout


EDITED = """
site: {name: Test, language: en}
channels:
  sms: {kind: sms-operator-a, how: 'Dial 1'} # at night too
  radio: {depends_on: [], purposes: [alert]}
plan:
  - {purpose: alert, audience: staff, primary: sms, alternate: radio}
"""
ASK = """
import json, sys
from secours import places
from secours.engine.control import requests
asked = json.loads(sys.argv[1])
print(json.dumps(requests.ask(places.runtime_dir(), asked, 30)))
"""


def asked(machine: Booted, **fields: Any) -> dict[str, Any]:
    """Ask the engine of the service as its user."""
    request = json.dumps({"do": "edit", "by": "Ana", "over": "loopback", **fields})
    out = machine.run(
        "export PYTHONPATH=/opt/secours-src/src:/opt/site-packages\n"
        "export LD_LIBRARY_PATH=/opt/python/lib\n"
        f"runuser -u secours -- /opt/python/bin/python3 -PBc '{ASK}' '{request}'"
    ).stdout
    answer: dict[str, Any] = json.loads(out)
    return answer


def test_the_service_writes_no_plan_and_one_command_takes_it_in(
    machine: Booted,
) -> None:
    follow(machine, EDITED, lambda found: not found)
    line = {"edit": "line", "purpose": "alert", "audience": "staff"}
    edits = [{**line, "channels": ["radio", "sms"]}]
    facts = "stat -c '%U:%G %a' /etc/secours/probes.yaml"
    before = machine.run("cat /etc/secours/probes.yaml").stdout

    looked = asked(machine, action="look")
    saved = asked(machine, action="save", of=looked["of"], edits=edits)
    unchanged = machine.run("cat /etc/secours/probes.yaml").stdout
    command = saved["command"].removeprefix("sudo ")
    machine.run("echo '# by hand' >>/etc/secours/probes.yaml")
    refused = machine.run(command, check=False)
    machine.run(f"cat >/etc/secours/probes.yaml <<'.'\n{before}.")
    machine.run(command)
    after = machine.run("cat /etc/secours/probes.yaml").stdout

    assert (looked["writable"], saved["saved"]) == (False, False)
    assert unchanged == before
    assert refused.returncode == 1
    assert after == before.replace(
        "primary: sms, alternate: radio", "primary: radio, alternate: sms"
    )
    assert machine.run(facts).stdout.strip() == "root:secours 640"
    assert asked(machine, action="look", of=saved["of"])["changed"] is False
