"""The town: its servers, its faults, and the plan it writes, made of `town.yaml`.

In that plan access without a log-in is open, for nothing in it is anybody's. Its mail
counts without the public names of its domain, and nothing can probe a pager or a radio.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct, field

from secours.demo.labels import LABELS, Words
from secours.demo.servers import messenger_apis
from secours.demo.servers.dns_server import NameServer, Records
from secours.demo.servers.faults import DemoServer, Fault, Faults
from secours.demo.servers.http_server import Website
from secours.demo.servers.mail_server import DOMAIN, HOST_NAME, MailServer
from secours.demo.servers.pty_devices import Terminal, modem, satellite
from secours.demo.servers.sip_exchange import Exchange
from secours.demo.servers.siren import Sirens
from secours.demo.servers.ups import PowerSupply

ALL = "all"
MAST_S = 40.0  # autonomy of the mobile mast without mains
LANGUAGE = "fr"
TEMPLATE = Path(__file__).with_name("town.yaml")
MAIL_USER = "secours"
ZONE: Records = {
    (f"{DOMAIN}.", "MX"): f"10 {HOST_NAME}.",
    (f"{HOST_NAME}.", "A"): "192.0.2.25",
}
REFERENCES: Mapping[str, tuple[str, str]] = {
    "reference-1": ("reference.one.example.", "192.0.2.53"),
    "reference-2": ("reference.two.example.", "198.51.100.53"),
}
ACCOUNTS: Mapping[str, str] = {
    "domain": DOMAIN,
    "mail-host": HOST_NAME,
    "mail-user": MAIL_USER,
    "phone-id": messenger_apis.PHONE_ID,
    "page-id": messenger_apis.PAGE_ID,
    "client-id": messenger_apis.CLIENT_ID,
    "tenant": messenger_apis.TENANT,
}
_PLACE = re.compile(r"<([a-z0-9.-]+)>")
_LANGUAGE = "  language: <language>\n"

REMOTE = (  # the servers that are reached over the town hall's own line
    "exchange",
    "signal",
    "matrix",
    "meta",
    "teams",
    "slack",
    "telegram",
    "zone",
    "reference-1",
    "reference-2",
)


class Town:
    """Town on loopback. Create one with `Town.open`."""

    def __init__(self, folder: Path, *, language: str | None, mast_s: float) -> None:
        """Plan a town that keeps everything in `folder`; nothing is open yet."""
        self.config_path = folder / "probes.yaml"
        self.environment: Mapping[str, str] = _secrets()
        self._language = language
        self._mast_s = mast_s
        self._sirens = Sirens(folder)
        self._servers = _servers(folder, self.environment) | {"sirens": self._sirens}
        self._broken: dict[str, None] = {}  # in the order of breaking
        self._ended: set[str] = set()  # whose autonomy is over
        self._countdowns: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()
        self._showing: set[asyncio.Task[None]] = set()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, *, language: str | None = LANGUAGE, mast_s: float = MAST_S
    ) -> AsyncIterator["Town"]:
        """Open the town during the block; then remove all of it."""
        town = cls(folder, language=language, mast_s=mast_s)
        try:
            for server in town._servers.values():
                await server.open()
            town._write_plan()
            yield town
        finally:
            await town._close()

    @property
    def names(self) -> tuple[str, ...]:
        """Return what can be broken."""
        return tuple(TROUBLES)

    def words(self, name: str) -> Words:
        """Return what it is, in each language; raise KeyError if unknown."""
        return LABELS[f"trouble.{name}"]

    @property
    def broken(self) -> tuple[str, ...]:
        """Return the broken names, the first to break first."""
        return tuple(self._broken)

    async def break_(self, name: str) -> None:
        """Break something, if it is not broken yet; raise KeyError if unknown."""
        trouble = TROUBLES[name]
        if name in self._broken:
            return
        self._broken[name] = None
        if trouble.later:
            self._countdowns[name] = asyncio.create_task(self._end(name))
        await self._show()

    async def heal(self, name: str) -> None:
        """Heal something, or `all`; raise KeyError if unknown."""
        names = TROUBLES if name == ALL else {name: TROUBLES[name]}
        for healed in names:
            self._broken.pop(healed, None)
            self._ended.discard(healed)
            if countdown := self._countdowns.pop(healed, None):
                countdown.cancel()
        await self._show()

    async def _end(self, name: str) -> None:
        """Break its dependents too, once their autonomy ends."""
        await asyncio.sleep(self._mast_s)
        self._ended.add(name)
        await self._show()

    async def _show(self) -> None:
        """Make every server answer with its present faults.

        A cancelled caller leaves no server half open: it is finished all the same.
        """
        showing = asyncio.create_task(self._show_in_turn())
        self._showing.add(showing)
        showing.add_done_callback(self._showing.discard)
        await asyncio.shield(showing)

    async def _show_in_turn(self) -> None:
        async with self._turn:
            shown = (
                server.show(self._faults(name))
                for name, server in self._servers.items()
            )
            await asyncio.gather(*shown)

    def _faults(self, server: str) -> Faults:
        hits = [TROUBLES[name].at_once for name in self._broken]
        hits += [TROUBLES[name].later for name in self._broken if name in self._ended]
        return frozenset(hit[server] for hit in hits if server in hit)

    def _write_plan(self) -> None:
        addresses = {name: server.address for name, server in self._servers.items()}
        addresses["sirens-answering"] = str(self._sirens.answering)
        text = plan_text(addresses, language=self._language, autonomy_s=self._mast_s)
        self.config_path.write_text(text, encoding="utf-8")

    async def _close(self) -> None:
        for countdown in self._countdowns.values():
            countdown.cancel()
        pending = (*self._countdowns.values(), *self._showing)
        await asyncio.gather(*pending, return_exceptions=True)
        await asyncio.gather(*(server.close() for server in self._servers.values()))
        self.config_path.unlink(missing_ok=True)


def _secrets() -> dict[str, str]:
    """Create the secrets of the plan, new for each town."""
    keys = ("DEMO_META_TOKEN", "DEMO_SLACK_TOKEN", "DEMO_TEAMS_SECRET")
    made = {key: secrets.token_hex(16) for key in (*keys, "DEMO_MAIL_PASSWORD")}
    return {
        **made,
        "DEMO_TELEGRAM_TOKEN": f"{messenger_apis.BOT_ID}:{secrets.token_hex(16)}",
    }


def _servers(folder: Path, keys: Mapping[str, str]) -> dict[str, DemoServer]:
    references = {
        server: NameServer({(name, "A"): value})
        for server, (name, value) in REFERENCES.items()
    }
    return {
        "supply": PowerSupply(),
        "modem": Terminal(folder / "modem", modem),
        "satellite": Terminal(folder / "satellite", satellite),
        "exchange": Exchange(),
        "mail": MailServer(MAIL_USER, keys["DEMO_MAIL_PASSWORD"]),
        "zone": NameServer(ZONE),
        "signal": Website(messenger_apis.signal()),
        "matrix": Website(messenger_apis.matrix()),
        "meta": Website(messenger_apis.meta(keys["DEMO_META_TOKEN"])),
        "teams": Website(messenger_apis.teams(keys["DEMO_TEAMS_SECRET"])),
        "slack": Website(messenger_apis.slack(keys["DEMO_SLACK_TOKEN"])),
        "telegram": Website(messenger_apis.telegram(keys["DEMO_TELEGRAM_TOKEN"])),
        **references,
    }


def plan_text(
    addresses: Mapping[str, str], *, language: str | None, autonomy_s: float
) -> str:
    """Return probes.yaml, given the address of each server and the mast's autonomy.

    Without a language each screen uses that of its viewer.
    """
    values = {**ACCOUNTS, "autonomy": f"{autonomy_s:g}s", "language": language or ""}
    for name, (host, address) in REFERENCES.items():
        values |= {f"{name}.name": host.rstrip("."), f"{name}.expect": address}

    def value(place: re.Match[str]) -> str:
        name, _, part = place[1].partition(".")
        if place[1] in values:
            return values[place[1]]
        host, _, port = addresses[name].rpartition(":")
        return {"": addresses[name], "host": host, "port": port}[part]

    text = TEMPLATE.read_text("utf-8")
    return _PLACE.sub(value, text if language else text.replace(_LANGUAGE, ""))


class Trouble(Struct, frozen=True):
    """Thing that breaks: faults by server, at once and when an autonomy ends."""

    at_once: Mapping[str, Fault]
    later: Mapping[str, Fault] = field(default_factory=dict)


TROUBLES: Mapping[str, Trouble] = {
    "sms": Trouble({"modem": Fault.NO_NETWORK}),
    "phones": Trouble({"exchange": Fault.UNAVAILABLE}),
    "satphone": Trouble({"satellite": Fault.NO_NETWORK}),
    "siren": Trouble({"sirens": Fault.UNAVAILABLE}),
    "mail": Trouble({"mail": Fault.UNAVAILABLE}),
    "signal": Trouble({"signal": Fault.REFUSE}),
    "element": Trouble({"matrix": Fault.WRONG}),
    "whatsapp": Trouble({"meta": Fault.WHATSAPP_BLOCKED}),
    "messenger": Trouble({"meta": Fault.MESSENGER_LOST}),
    "teams": Trouble({"teams": Fault.UNAVAILABLE}),
    "slack": Trouble({"slack": Fault.WRONG}),
    "telegram": Trouble({"telegram": Fault.UNAVAILABLE}),
    "meta": Trouble({"meta": Fault.UNAVAILABLE}),
    "dns": Trouble({"zone": Fault.UNAVAILABLE}),
    "mains": Trouble(
        {"supply": Fault.ON_BATTERY},
        later={"modem": Fault.NO_NETWORK},  # the mast's batteries are empty
    ),
    "storm": Trouble({"modem": Fault.WEAK, "satellite": Fault.WEAK}),
    "line": Trouble(dict.fromkeys(REMOTE, Fault.SILENCE)),
}
