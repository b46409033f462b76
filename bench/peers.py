"""Programs of others that do the same: where they are, and how they are run.

Debian's packages; a missing one is a row that says what to install, in CI a failure.
"""

import json
import os
import re
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from servers import debian
from servers.scripted import LOOPBACK, closed_port

from bench.engines import Unsound, enough
from bench.measuring import cpu_of, environment, memory_of, until
from bench.targets import DNS_NAME

PLUGINS = "/usr/lib/nagios/plugins"
STANDARD = {"check_dig"}  # the others are in the basic package
BLACKBOX = "prometheus-blackbox-exporter"  # the program, and its package
START_S = 20.0
DRIVERS = 8  # connections that are kept, as Prometheus keeps them
MODULES = {
    "tcp": {"prober": "tcp", "tcp": {"query_response": [{"expect": "^ok"}]}},
    "http": {"prober": "http"},
    "icmp": {"prober": "icmp"},
    "dns": {
        "prober": "dns",
        "dns": {
            "query_name": DNS_NAME,
            "query_type": "A",
            "validate_answer_rrs": {"fail_if_not_matches_regexp": [".*192.0.2.1"]},
        },
    },
    "smtp": {
        "prober": "tcp",
        "tcp": {
            "query_response": [
                {"expect": "^220"},
                {"send": "EHLO prober\r"},
                {"expect": "^250 "},
                {"send": "QUIT\r"},
                {"expect": "^221"},
            ]
        },
    },
}


class Missing(Exception):
    """A peer that is not installed; in CI it may not be missing."""


def found(program: str, package: str, path: str = debian.PATH) -> str:
    """Return where a program is.

    Raises:
        Missing: it is nowhere, and this is not CI.
        FileNotFoundError: it is nowhere, and this is CI.
    """
    where = shutil.which(program, path=path)
    if where is not None:
        return where
    raise (FileNotFoundError if "CI" in os.environ else Missing)(
        f"{program} is missing: apt-get install {package}"
    )


def plugin(kind: str, ports: dict[str, int]) -> list[str]:
    """Return the command of the plugin that does what a probe of this type does.

    Raises:
        Missing: it is not installed.
    """
    name, *options = {
        "tcp": ("check_tcp", "-H", LOOPBACK, "-p", str(ports["tcp"]), "-e", "ok"),
        "smtp": ("check_smtp", "-H", LOOPBACK, "-p", str(ports["smtp"])),
        "http": ("check_curl", "-I", LOOPBACK, "-p", str(ports["http"])),
        "dns": (
            *("check_dig", "-H", LOOPBACK, "-p", str(ports["dns"])),
            *("-l", DNS_NAME, "-a", "192.0.2.1"),
        ),
        "icmp": ("check_icmp", "-H", LOOPBACK, "-n", "1"),
    }[kind]
    part = "standard" if name in STANDARD else "basic"
    if name == "check_dig":
        found("dig", "bind9-dnsutils")  # which it runs
    return [found(name, f"monitoring-plugins-{part}", PLUGINS), *options]


@dataclass
class Blackbox:
    """An exporter that runs, and what it has been asked."""

    pid: int
    port: int
    asked: int = 0
    failed: int = 0

    @property
    def cpu_s(self) -> float:
        """Return the processor's time that it has used."""
        return cpu_of(self.pid)

    @property
    def mib(self) -> float:
        """Return the memory that it holds."""
        return memory_of(self.pid)

    def drive(self, kind: str, target: str, a_second: float, lasting_s: float) -> float:
        """Have it probe a target so often, as Prometheus would; return its CPU in ms.

        That of one probe, with the request for it and the metrics that it answers.

        Raises:
            Unsound: a probe of this healthy target failed, or too few were done.
        """
        before_s, before = self.cpu_s, self.asked
        began_s, every_s = time.monotonic(), DRIVERS / a_second
        threads = [
            threading.Thread(
                target=self._ask,
                args=(kind, target, began_s + n / a_second, every_s, lasting_s),
            )
            for n in range(DRIVERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        used_s, done = self.cpu_s - before_s, self.asked - before
        if self.failed:
            raise Unsound(
                f"{self.failed} of {self.asked} probes of blackbox_exporter of a"
                f" healthy server failed: {self._why(kind, target)}"
            )
        enough("blackbox_exporter", done, a_second * lasting_s)
        return 1000 * used_s / done

    def _ask(
        self, kind: str, target: str, first_s: float, every_s: float, lasting_s: float
    ) -> None:
        query = urlencode({"module": kind, "target": target})
        connection = HTTPConnection(LOOPBACK, self.port, timeout=10)
        due_s, ends_s = first_s, first_s + lasting_s
        while due_s < ends_s and time.monotonic() < ends_s:
            time.sleep(max(0.0, due_s - time.monotonic()))
            connection.request("GET", f"/probe?{query}")
            passed = b"\nprobe_success 1" in connection.getresponse().read()
            self.asked += 1
            self.failed += not passed
            due_s += every_s
        connection.close()

    def _why(self, kind: str, target: str) -> str:
        """Ask once more, and return the last complaint of what it then tells."""
        query = urlencode({"module": kind, "target": target, "debug": "true"})
        with urllib.request.urlopen(
            f"http://{LOOPBACK}:{self.port}/probe?{query}"
        ) as answer:
            told = answer.read().decode()
        complaints = re.findall(r'level=error .*?msg="?([^"\n]+)', told)
        return complaints[-1] if complaints else "it does not say why"


@contextmanager
def blackbox(folder: Path) -> Iterator[Blackbox]:
    """Run blackbox_exporter while the block lasts.

    Raises:
        Missing: it is not installed.
    """
    program = found(BLACKBOX, BLACKBOX)
    config = folder / "blackbox.json"  # YAML, which takes JSON
    config.write_text(json.dumps({"modules": MODULES}))
    port = closed_port()
    process = subprocess.Popen(
        [
            program,
            f"--config.file={config}",
            f"--web.listen-address={LOOPBACK}:{port}",
            "--log.level=error",
        ],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _healthy(port), START_S, program)
        yield Blackbox(process.pid, port)
    finally:
        process.terminate()
        process.wait(START_S)


def target_of(kind: str, ports: dict[str, int]) -> str:
    """Return what blackbox_exporter is told to probe."""
    where = f"{LOOPBACK}:{ports[kind]}" if kind in ports else LOOPBACK
    return f"http://{where}/" if kind == "http" else where


def _healthy(port: int) -> bool:
    with (
        suppress(OSError),
        urllib.request.urlopen(f"http://{LOOPBACK}:{port}/-/healthy") as answer,
    ):
        return bool(answer.status == 200)
    return False


def in_sequence(commands: Sequence[Sequence[str]]) -> list[str]:
    """Return a command that runs commands one after another, as cron or Nagios does."""
    quoted = [" ".join(map(_quoted, command)) for command in commands]
    return ["sh", "-ec", "\n".join(quoted)]


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
