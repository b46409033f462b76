"""The hub of a province, set up by the page's commands to the letter.

The machine has a real systemd, and Debian's service of nats-server.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import booted_systemd, nats_server
from servers.booted_systemd import Booted, booted

PAGE = Path(__file__).parents[2] / "docs" / "sites.md"
BLOCK = re.compile(r"^```(yaml)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PLAN = """\
site: {name: Test, language: en}
channels: {radio: {depends_on: [], purposes: [alert], test: {every: 7d}}}
plan: [{purpose: alert, audience: staff, primary: radio, last_resort: Walk}]
audiences: {staff: {groups: {all: {}}}}
"""
NAMES = "hub.province.example hub2.province.example hub3.province.example"

JOURNAL = "journalctl -u nats-server --no-pager"

pytestmark = [
    booted_systemd.NEEDED,
    nats_server.NEEDED,
    pytest.mark.timeout(300),
]


def block(section: str) -> str:
    """Return the first block of commands, or of a plan, in a section."""
    text = PAGE.read_text("utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    found = BLOCK.search(text)
    assert found, section
    return found[2]


@pytest.fixture(scope="module")
def machine(
    processes: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Booted]:
    with booted(tmp_path_factory.mktemp("booted") / "log") as machine:
        machine.run(f"echo 127.0.0.1 {NAMES} >>/etc/hosts; useradd --system secours")
        machine.run(block("Set up the hub"))
        yield machine


def test_the_set_up_has_ten_lines_at_most() -> None:
    assert len(block("Set up the hub").splitlines()) <= 10


def test_a_site_that_was_let_in_comes_in(machine: Booted) -> None:
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    plan = PLAN + next(text for kind, text in blocks if kind == "yaml")
    machine.run(
        f"mkdir -p /etc/secours; cat >/etc/secours/probes.yaml <<'.'\n{plan}\n."
    )
    copy = block("Let a site come in")
    machine.run(copy, folder="/var/lib/secours-hub/sites")
    asked = "--config /etc/secours/probes.yaml"
    as_service = "runuser -u secours -- env XDG_RUNTIME_DIR=/tmp secours"

    validated = machine.run(f"{as_service} validate {asked}")
    doctor = machine.run(f"{as_service} doctor {asked} --lang en", check=False).stdout

    assert validated.stderr == ""
    assert "ok       the hub lets this site in: tls://hub.province.example" in doctor


def test_the_server_runs_as_its_own_user_and_reads_no_key_of_the_province(
    machine: Booted,
) -> None:
    user = machine.run("ps -o user= -C nats-server").stdout.strip()
    secrets = "authority.key province.credentials sites/dison.credentials"
    as_server = "runuser -u nats -- cat"
    read = [
        machine.run(f"{as_server} /var/lib/secours-hub/{each}", check=False).returncode
        for each in secrets.split()
    ]

    theirs = "find /var/lib/secours-hub -user nats -not -path '*/jetstream/*'"
    owned = {Path(each).name for each in machine.run(theirs).stdout.split()}
    assert owned == {"jetstream", "server.key"}
    assert user == "nats"
    assert 0 not in read


def test_who_is_removed_is_out_after_a_reload(machine: Booted) -> None:
    machine.run("secours hub remove verviers", folder="/var/lib/secours-hub")
    machine.run(f"{JOURNAL} --cursor-file=/tmp/at")
    machine.run("systemctl reload nats-server")
    reloaded = machine.run(f"{JOURNAL} --cursor-file=/tmp/at | grep -c 'Reloaded s'")
    listed = machine.run("secours hub list --folder /var/lib/secours-hub").stdout

    assert "verviers:" not in listed
    assert int(reloaded.stdout) == 2  # by one reload of the service
    assert machine.run("systemctl is-active nats-server").stdout == "active\n"


def test_the_first_server_goes_on_as_a_member_of_a_cluster(machine: Booted) -> None:
    machine.run(block("From one hub to a cluster"))
    machine.run("systemctl restart nats-server")
    log = machine.run(
        f"for _ in $(seq 100); do {JOURNAL} | grep 'Cluster name' && exit;"
        f" read -rt 0.1 <> <(:) || true; done; {JOURNAL}",
    ).stdout

    assert "Cluster name is secours" in log
    assert machine.run("systemctl is-active nats-server").stdout == "active\n"
