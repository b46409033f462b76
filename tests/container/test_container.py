"""The image: built, and run by nobody in particular, with nothing to write to."""

import json
import os
import re
import subprocess
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from container import base_image
from container.podman import Podman
from servers.debian import needs
from servers.scripted import closed_port

# Half a minute of the processor for the image: a minute where nothing else runs.
pytestmark = [needs("podman", "podman"), pytest.mark.timeout(900)]

PROJECT = Path(__file__).parents[2]
DEPLOY = PROJECT / "deploy"
QUADLET = Path("/usr/libexec/podman/quadlet")
IMAGE, BASE = "localhost/secours:test", "localhost/base:test"
START = "/secours"
WELL_WITHIN_S = 120.0
PLAN = """
site: {name: Test, language: en}
channels:
  pager: {label: Pager, purposes: [alert], probes: [{type: icmp, host: 127.0.0.1}]}
plan:
  - {purpose: alert, audience: staff, primary: pager, last_resort: Walk}
"""
WRITES = """
import os, errno
for path in ("/x", "/etc/x", "/opt/secours/x"):
    try:
        open(path, "w")
    except OSError as error:
        print(os.getuid(), errno.errorcode[error.errno])
"""
CONFINED = (
    "--read-only",
    "--cap-drop=all",
    "--cap-add=NET_RAW",
    "--security-opt=no-new-privileges",
    "--network=host",
    "--volume=data:/var/lib/secours",
)


@pytest.fixture(scope="module")
def podman(
    processes: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Podman]:
    running = Podman(tmp_path_factory.mktemp("podman"))
    try:
        yield running
    finally:
        running.clean()


@pytest.fixture(scope="module")
def built(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the image once; return what was said meanwhile."""
    lacking = " ".join(base_image.missing())
    if lacking and "CI" not in os.environ:
        pytest.skip(f"apt-get install {lacking}")
    root = tmp_path_factory.mktemp("base") / "root.tar"
    base_image.write(root)
    podman("import", "--quiet", str(root), BASE)
    root.unlink()
    file, base = f"--file={DEPLOY / 'Containerfile'}", f"--build-arg=BASE={BASE}"
    return podman.build(PROJECT, file, base, f"--tag={IMAGE}")


def inspected(podman: Podman, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(podman(kind, "inspect", name))[0]
    return found


def test_the_image_says_what_it_is_and_holds_no_way_to_an_index(
    podman: Podman, built: str
) -> None:
    found = inspected(podman, "image", IMAGE)
    config = found["Config"]
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]

    assert config["User"] == "10001:10001"
    assert config["ExposedPorts"] == {"8501/tcp": {}}
    assert config["StopSignal"] in ("15", "SIGTERM")
    assert "/healthz" in found["Healthcheck"]["Test"][-1]
    assert config["Labels"]["org.opencontainers.image.version"] == project["version"]
    assert config["Labels"]["org.opencontainers.image.licenses"] == project["license"]
    listed = podman("run", "--rm", "--network=none", "--entrypoint=ls", IMAGE, "/etc")
    assert "pip.conf" not in listed


def started(podman: Podman, folder: Path, port: int) -> str:
    """Start it, and wait until it says that it is well."""
    asked = ("up", f"--port={port}", f"--base-path={START}")
    plan = f"--volume={folder}:/etc/secours:ro"
    podman("run", "--detach", "--name=secours", *CONFINED, plan, IMAGE, *asked)
    deadline = time.monotonic() + WELL_WITHIN_S
    while podman("exec", "secours", *well(port), check=False):
        assert time.monotonic() < deadline, podman("logs", "secours")
        time.sleep(0.2)
    return f"http://127.0.0.1:{port}"


def first_result(podman: Podman) -> list[dict[str, Any]]:
    """Wait until the pager was tested once; return what is shown of its probes."""
    asked = ("secours", "status", "--format", "json")  # which ends with 1: unproven
    deadline = time.monotonic() + WELL_WITHIN_S
    while True:
        status = podman("exec", "secours", *asked, check=False)
        (pager,) = json.loads(status)["channels"]
        if pager["probes"]:
            return list(pager["probes"])
        assert time.monotonic() < deadline, status
        time.sleep(0.2)


def well(port: int) -> list[str]:
    """Return the check of health of the image, at the port of this test."""
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    (command,) = re.findall(r"HEALTHCHECK [^\n]*\n +CMD (\[.*\])", text)
    return [str(part).replace("8501", str(port)) for part in json.loads(command)]


def test_it_runs_without_root_on_a_root_that_cannot_be_written(
    podman: Podman, built: str, tmp_path: Path
) -> None:
    (tmp_path / "probes.yaml").write_text(PLAN, "utf-8")
    tmp_path.chmod(0o755)
    port = closed_port()
    url = started(podman, tmp_path, port)

    assert (
        podman("exec", "secours", "python3", "-c", WRITES).split("\n")[:3]
        == ["10001 EROFS"] * 3
    )
    (probe,) = first_result(podman)
    assert probe["outcome"] == "ok"  # an echo request came back
    token = re.findall(r"token=(\S+)", podman("exec", "secours", "secours", "link"))[0]
    plain = urllib.request.Request(f"{url}{START}/lite")
    plain.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(plain, timeout=60) as answer:
        assert "Pager" in answer.read().decode()

    podman("stop", "--time=60", "secours")
    assert inspected(podman, "container", "secours")["State"]["ExitCode"] == 0
    podman("rm", "secours")
    started(podman, tmp_path, port)
    journal = podman("exec", "secours", "secours", "journal", "--format", "json")
    assert journal.count('"start"') == 2  # what was there before is in the volume
    podman("rm", "--force", "--time=0", "secours")


def test_each_step_of_the_build_is_a_command_and_no_text_for_a_shell() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    runs = re.findall(r"^(?:RUN|CMD|ENTRYPOINT)(?: +--\S+)* +(.*)$", text, re.M)

    assert len(runs) >= 6
    assert all(isinstance(json.loads(run), list) for run in runs)
    assert re.findall(r"^FROM (\S+)", text, re.M) == ["${BASE}", "${BASE}"]


@pytest.mark.usefixtures("processes")
def test_systemd_makes_a_service_of_the_unit(tmp_path: Path) -> None:
    if not QUADLET.exists() and "CI" not in os.environ:
        pytest.skip("apt-get install podman")
    unit = (DEPLOY / "container" / "secours.container").read_text("utf-8")
    commented = re.sub(r"^#(?! )", "", unit, flags=re.M)
    (tmp_path / "secours.container").write_text(commented, "utf-8")

    done = subprocess.run(
        [str(QUADLET), "-dryrun", "-v"],
        env={**os.environ, "QUADLET_UNIT_DIRS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    (started,) = re.findall(r"ExecStart=(.*)", done.stdout)
    confined = ("--read-only", "--cap-drop all", "--cap-add net_raw", "--network host")
    for flag in (*confined, "--security-opt=no-new-privileges"):
        assert flag in started, started
    assert started.endswith("localhost/secours:latest up")
    assert "network-online" not in done.stdout  # nor a network that never comes
