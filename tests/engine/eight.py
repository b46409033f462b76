"""Eight real servers, two ways out to them, and the engine that watches them."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from servers import debian, namespace
from servers.chrony import chrony
from servers.command import Command
from servers.dovecot import dovecot
from servers.faulty import Faulty, Start
from servers.kamailio import kamailio
from servers.namespace import Network, network
from servers.nginx import nginx
from servers.postfix import postfix
from servers.unbound import unbound
from soak import by_level

from secours.engine.published import snapshot_file
from secours.engine.published.snapshot_file import SNAPSHOT
from secours.engine.store.reader import HistoryReader
from secours.model.observed import Result
from secours.model.snapshot import Snapshot

PROGRAMS = {
    "kamailio": "kamailio",
    "nginx": "nginx",
    "postfix": "postfix",
    "dovecot": "dovecot-imapd",
    "unbound": "unbound",
    "chronyd": "chrony",
}
NEEDED = [namespace.NEEDED, *(debian.needs(*each) for each in PROGRAMS.items())]
PATHS = ("lan", "cell")
GROUPS: tuple[tuple[str, ...], ...] = (
    ("sip", "phones", "page"),
    ("mail", "imap", "web"),
    ("dns", "ntp"),
)
CHANNELS = tuple(name for names in GROUPS for name in names)
LINES = {  # for each channel one in which it comes first
    f"coordinate/{name}": (*names[n:], *names[:n])
    for names in GROUPS
    for n, name in enumerate(names)
}
VIA: dict[str, tuple[str, ...]] = dict.fromkeys(CHANNELS, ("lan",)) | {
    "page": ("cell",),
    "web": PATHS,
}
REFERENCES = {"first": ("mail", "192.0.2.10"), "second": ("www", "192.0.2.11")}
TIERS = ("primary", "alternate", "contingency")
INTERVAL_S, FAILBACK_S, STALE_S = 0.5, 0.5, 60.0
# A server that others keep busy is no silent one; a soak is alone on the machine.
TIMEOUT_S, RETRY_S = by_level(1.8, 0.6, 0.6), by_level(0.6, 0.2, 0.2)
CONFIRM = RECOVER = 2
CLEAR = {"security": "none"}
PROBES: dict[str, dict[str, Any]] = {
    "sip": {"type": "sip"},
    "phones": {"type": "sip", "transport": "tcp"},
    "page": {"type": "http"},
    "web": {"type": "http", "expect_json": {"status": "ok"}},
    "mail": {"type": "smtp", "mail_from": "a@example.net", "rcpt_to": "b@example.org"},
    "imap": {"type": "imap", "port": 1143} | CLEAR,
    "dns": {"type": "dns", "name": "mail.example.org", "expect": "192.0.2.10"},
    "ntp": {"type": "ntp"},
}
LIMIT_S = 60.0
LOOK_EVERY_S = 0.05


def first_in(channel: str) -> str:
    """Return the line in which a channel comes first."""
    return f"coordinate/{channel}"


def over(path: str) -> list[str]:
    """Return the probes that go over a path: the references, and the channels'."""
    references = [f"paths/{path}/{name}.example.org" for name, _ in REFERENCES.values()]
    return references + [_id(name, path) for name in CHANNELS if path in VIA[name]]


def of(channel: str) -> list[str]:
    """Return the probes of a channel, one for each way."""
    return [_id(channel, path) for path in VIA[channel]]


def _id(channel: str, path: str) -> str:
    return f"channels/{channel}/{PROBES[channel].get('name', path)}"


@dataclass
class Eight:
    """The servers by name, the network, and what the engine has published."""

    network: Network
    secours: Command
    servers: dict[str, Faulty] = field(default_factory=dict)

    @property
    def history(self) -> HistoryReader:
        """Return the engine's history, to be closed."""
        return HistoryReader(self.secours.folder / "state")

    def results(self, name: str, limit: int = 100_000) -> list[Result]:
        """Return what tests of a channel, or over a path, found, oldest first."""
        probes = over(name) if name in PATHS else of(name)
        with self.history as history:
            found = [r for p in probes for r in history.results(p, limit=limit)]
        return sorted(found, key=lambda result: result.at.steady_s)

    async def until(self, true: Callable[[Snapshot], object]) -> None:
        """Wait for a snapshot of which something is true."""
        shown: Snapshot | None = None
        try:
            async with asyncio.timeout(LIMIT_S):
                while shown is None or not true(shown):
                    await asyncio.sleep(LOOK_EVERY_S)
                    for file in self.secours.folder.glob(f"run/secours/*/{SNAPSHOT}"):
                        shown, _ = snapshot_file.read(file.parent)
        except TimeoutError:
            raise AssertionError(f"it still says {shown and _brief(shown)}") from None


def _brief(snapshot: Snapshot) -> dict[str, str]:
    """Say what a snapshot shows of each channel, path and line."""
    states = {view.name: str(view.standing.state) for view in snapshot.channels}
    links = {view.name: str(view.state) for view in snapshot.paths}
    used = {
        r.audience: r.use.channel if r.use else "" for r in snapshot.recommendations
    }
    return states | links | {f"to {name}": channel for name, channel in used.items()}


@asynccontextmanager
async def eight(folder: Path) -> AsyncIterator[Eight]:
    """Run it all while the block lasts."""
    (folder / "run").mkdir(mode=0o700)
    with network(PATHS, (*CHANNELS, *REFERENCES)) as net:
        made = Eight(net, Command(folder))
        made.secours.plan(json.dumps(_plan(net)))
        made.secours.within = net.within("here")
        try:
            for name, start in _starts(net, folder).items():
                made.servers[name] = Faulty(net, name, start)
            await asyncio.gather(*(s.switch_on() for s in made.servers.values()))
            async with made.secours.running("run"):
                yield made
        finally:
            await asyncio.gather(*(s.end() for s in made.servers.values()))


def _starts(net: Network, folder: Path) -> dict[str, Start]:
    """Return how each server is started, in a new folder each time."""

    def host(name: str) -> dict[str, Any]:
        return {"host": net.address(name)}

    def new() -> Path:
        return Path(tempfile.mkdtemp(dir=folder))

    return {
        "sip": lambda: kamailio(new(), **host("sip"), port=5060),
        "phones": lambda: kamailio(new(), **host("phones"), port=5060),
        "page": lambda: nginx(new(), **host("page"), port=80),
        "web": lambda: nginx(new(), **host("web"), port=80),
        "mail": lambda: postfix(**host("mail"), port=25),
        "imap": lambda: dovecot(**host("imap"), port=1143),
        "dns": lambda: unbound(new(), **host("dns"), port=53),
        "ntp": lambda: chrony(new(), **host("ntp"), port=123, synchronised=True),
        "first": lambda: unbound(new(), **host("first"), port=53),
        "second": lambda: unbound(new(), **host("second"), port=53),
    }


def _plan(net: Network) -> dict[str, Any]:
    return {
        "site": {"language": "en"},
        "probing": {
            "interval": f"{INTERVAL_S}s",
            "watch_every": f"{INTERVAL_S}s",
            "timeout": f"{TIMEOUT_S}s",
            "retry_every": f"{RETRY_S}s",
            "stale_after": f"{STALE_S}s",  # whatever keeps this machine busy
            "failback_after": f"{FAILBACK_S}s",
            "confirm": CONFIRM,
            "recover": RECOVER,
        },
        "paths": {path: _path(net, path) for path in PATHS},
        "components": {"power:grid": {}},
        "channels": {name: _channel(net, name) for name in CHANNELS},
        "plan": [
            {
                **dict(zip(("purpose", "audience"), line.split("/"), strict=True)),
                **dict(zip(TIERS, names, strict=False)),
            }
            for line, names in LINES.items()
        ],
    }


def _path(net: Network, path: str) -> dict[str, Any]:
    references = [
        {
            "type": "dns",
            "name": f"{asked}.example.org",
            "server": net.address(name),
            "expect": value,
            "timeout": f"{TIMEOUT_S}s",
        }
        for name, (asked, value) in REFERENCES.items()
    ]
    return {"interface": path, "depends_on": [], "references": references}


def _channel(net: Network, name: str) -> dict[str, Any]:
    where = net.address(name)
    probe = PROBES[name]
    match name:
        case "dns":
            probe = probe | {"server": where}
        case "web" | "page":
            probe = probe | {"url": f"http://{where}/health"}
        case _:
            probe = probe | {"host": where}
    return {
        "how": "Write",
        "purposes": ["alert", "coordinate"],
        "depends_on": ["power:grid"],
        "probes": [{"name": path, "via": path, **probe} for path in VIA[name]],
    }
