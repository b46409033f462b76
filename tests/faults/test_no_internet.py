"""A person is confirmed with no internet, no mains and no cloud.

The way out of a machine is cut, its channel falls, another is chosen, a text message
goes out over one modem and a call rings over another, the receiver answers with the
code, the ringing ends, and the page of the wall shows the name. `make check` does this
20 times, `make soak` 200 times.

The engine, its modem's line, the cut and the page are real; the mobile network is
simulated: how long it carries a message is drawn and added, not slept. Each machine is
a new one: who was told within five minutes is not told the same again.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median, quantiles
from urllib.request import urlopen

import pytest
from servers import namespace
from servers.apart import http_in
from servers.command import Command
from servers.namespace import CUTS, Network, network
from servers.pty_modem import Reply, running
from servers.scripted import closed_port
from servers.sms_modem import Network as MobileNetwork
from servers.sms_modem import SmsModem
from servers.voice_modem import VoiceModem
from soak import by_level

from secours.engine.published import snapshot_file
from secours.engine.published.snapshot_file import SNAPSHOT
from secours.model.notices import Dispatch
from secours.model.snapshot import Snapshot

RUNS = int(by_level(20, 20, 200))
AT_ONCE = 4  # machines, each with a network, a modem and an engine of its own
BOUND_S = 60.0  # of the median
LIMIT_S = 180.0
CARRIED_S = (2.0, 8.0)  # one way, by the simulated mobile network
SEED = 32
ANNE, OURS = "+32475123456", "+32470000001"
CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{6}\b")
TABLE: Mapping[str, Reply] = {
    "AT+CSQ": "+CSQ: 20,99",
    "AT+CEREG?": "+CEREG: 0,1",
    "AT+COPS?": '+COPS: 0,0,"Operator",7',
}
PLAN = """
site: {{name: Town hall, language: en}}
access: {{loopback: open}}
probing: {{interval: 1s, watch_every: 1s, retry_every: 200ms, timeout: 2s,
  failback_after: 500ms}}
components:
  internet:fibre: {{}}
  power:grid: {{}}
  power:ups: {{depends_on: ["power:grid"], autonomy: 12h}}
channels:
  chat:
    purposes: [coordinate]
    depends_on: [internet:fibre, power:ups]
    probes: [{{type: http, url: "http://{cloud}:80/", stale_after: 1m}}]
  sms:
    purposes: [coordinate]
    carries: [text]
    depends_on: [power:ups]
    probes: [{{type: modem, port: {port}, answers: true, stale_after: 1m}}]
  phones:
    purposes: [alert]
    carries: [voice]
    depends_on: [power:ups]
    probes: [{{type: modem, port: {voice}, stale_after: 1m}}]
plan:
  - {{purpose: coordinate, audience: management, primary: chat, alternate: sms}}
notify:
  to: {{anne: {{label: Anne, targets: [anne-sms, anne-rings]}}}}
  targets:
    anne-sms: {{through: sms, to: "{anne}"}}
    anne-rings: {{through: phones, to: "{anne}"}}
  on: [recommendation, nothing-left]
  held: false
"""
PAGE = "notices.md"  # beside docs/reliability.md, which SECOURS_TABLE names
PLACE = re.compile(r"(?<=<!-- no internet -->\n).*?(?=<!-- end -->)", re.DOTALL)
HEAD = """\
Made by `tests/faults/test_no_internet.py` on {day}: {runs} times the internet was cut \
while the mains were down; each time another channel was chosen, a text message went \
out over one modem and a call rang over another, its receiver answered with the code, \
`/lite` showed the name, and the ringing ended. Seconds from the cut to the name; \
{low:.0f} to {high:.0f} of them for each message on the mobile network, which is \
simulated.

| the way out | answered by | runs | confirmed | median, s | 9 of 10, s | longest, s |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Run:
    """One cut, and how long until the page showed who sees to it."""

    cut: str
    answered: str
    took_s: float


class Handset(SmsModem):
    """A modem whose messages arrive at once, as their report says."""

    def _take(self, to: str, text: str, first: int) -> Reply:
        reply = super()._take(to, text, first)
        asyncio.get_running_loop().call_later(0.05, self.report, 0)
        return reply


class Phone(VoiceModem):
    """A modem for calls: whom it rang, and whether that ended."""

    def __init__(self) -> None:
        super().__init__(TABLE)
        self.rang: list[str] = []
        self.changed = asyncio.Event()
        self.dialled = self._rings
        self.hung_up = self.changed.set

    def _rings(self, number: str) -> None:
        self.rang.append(number)
        self.alert()
        self.changed.set()

    async def until(self, *, calls: int) -> None:
        """Wait until so many calls are under way."""
        async with asyncio.timeout(LIMIT_S):
            while len(self.calls) != calls:
                self.changed.clear()
                await self.changed.wait()


class TownHall:
    """A machine, its way out, its modems, and who is told over these."""

    def __init__(
        self, net: Network, modem: SmsModem, phone: Phone, secours: Command
    ) -> None:
        self.net, self.modem, self.phone, self.secours = net, modem, phone, secours
        self.http = closed_port()

    async def until(self, true: Callable[[Snapshot], object]) -> Snapshot:
        """Wait for a snapshot of which something is true."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                for file in self.secours.folder.glob(f"run/secours/*/{SNAPSHOT}"):
                    shown, _ = snapshot_file.read(file.parent)
                    if true(shown):
                        return shown
                await asyncio.sleep(0.05)

    async def message(self, after: int) -> str:
        """Wait for a text message that is not one of the first ones."""
        async with asyncio.timeout(LIMIT_S):
            while len(self.modem.network.sent) <= after:
                self.modem.network.took.clear()
                await self.modem.network.took.wait()
        return self.modem.network.sent[after]

    async def page_shows(self, *words: str) -> None:
        """Wait until the page of the wall has these words."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                page = await asyncio.to_thread(self._page)
                if all(word in page for word in words):
                    return
                await asyncio.sleep(0.05)

    def _page(self) -> str:
        with (
            self.net.inside("here"),
            urlopen(f"http://127.0.0.1:{self.http}/lite", timeout=60) as answer,
        ):
            return str(answer.read().decode())

    async def cut(self, how: str, answer: "Answer", random: Random) -> float:
        """Cut the way out; return the seconds until a person is confirmed."""
        clock = asyncio.get_running_loop()
        before = len(self.modem.network.sent)
        start_s = clock.time()
        self.net.cut("lan", how)
        text = await self.message(before)
        code = CODE.findall(text)[-1]
        await self.phone.until(calls=1)
        answer(self.modem, code)
        shot = await self.until(lambda shot: shot.notices and shot.notices[0].in_hand)
        assert uses(shot, "sms")
        assert_of(shot.notices[0], code)
        await self.page_shows("Anne", "by text", code)
        await self.phone.until(calls=0)
        assert self.phone.rang == [ANNE]
        took_s = clock.time() - start_s
        return took_s + random.uniform(*CARRIED_S) + random.uniform(*CARRIED_S)


Answer = Callable[[SmsModem, str], object]


def by_text(modem: SmsModem, code: str) -> None:
    """Write the code back."""
    modem.receive(ANNE, f"Ack {code.lower()}")


ANSWERS: Mapping[str, Answer] = {"text": by_text}


def uses(shot: Snapshot, channel: str) -> bool:
    (line,) = shot.recommendations
    return line.use is not None and line.use.channel == channel


def assert_of(notice: Dispatch, code: str) -> None:
    assert notice.code == code
    assert (notice.acknowledged_by, notice.acknowledged_way) == ("Anne", "text")


@asynccontextmanager
async def town_hall(folder: Path) -> AsyncIterator[TownHall]:
    modem, phone = Handset(MobileNetwork(), OURS, TABLE), Phone()
    with network(("lan",), ("cloud",)) as net, http_in(net.within("cloud"), 80):
        async with running(modem), running(phone):
            made = TownHall(net, modem, phone, Command(folder))
            cloud = net.address("cloud")
            ports = {"port": modem.port, "voice": phone.port}
            made.secours.plan(PLAN.format(cloud=cloud, anne=ANNE, **ports))
            made.secours.within = net.within("here")
            async with made.secours.running("run", "--http", str(made.http)):
                await made.until(lambda shot: uses(shot, "chat"))
                down = await made.secours.run(
                    "mark", "power:grid", "down", "--by", "Bob"
                )
                assert down.code == 0, down.err
                yield made


async def _each(folder: Path, number: int) -> list[Run]:
    """Let one machine after another lose the internet, in each way in its turn."""
    random = Random(f"{SEED} {number}")
    ways = [(how, name) for how in CUTS for name in ANSWERS]
    done: list[Run] = []
    for n in range(number, RUNS, AT_ONCE):
        how, name = ways[n % len(ways)]
        async with town_hall(folder / str(n)) as hall:
            took_s = await hall.cut(how, ANSWERS[name], random)
        done.append(Run(how, name, took_s))
    return done


@namespace.NEEDED
@pytest.mark.usefixtures("processes")
@pytest.mark.timeout(60 + RUNS * 60)
async def test_person_is_confirmed_without_internet_mains_or_cloud(
    tmp_path: Path,
) -> None:
    for n in range(RUNS):
        (tmp_path / str(n) / "run").mkdir(mode=0o700, parents=True)
    found = await asyncio.gather(*(_each(tmp_path, n) for n in range(AT_ONCE)))
    runs = [run for each in found for run in each]
    _write(runs)

    assert len(runs) == RUNS
    assert median(run.took_s for run in runs) < BOUND_S


def _write(runs: list[Run]) -> None:
    """Write the table where SECOURS_TABLE says that the tables are."""
    if not (table := os.environ.get("SECOURS_TABLE")):
        return
    low, high = CARRIED_S
    head = HEAD.format(day=datetime.now(UTC).date(), runs=len(runs), low=low, high=high)
    kinds = dict.fromkeys((run.cut, run.answered) for run in runs)
    rows = [
        _row(*kind, [r for r in runs if (r.cut, r.answered) == kind]) for kind in kinds
    ]
    text = head + "".join(sorted(rows)) + _row("all", "", runs)
    file = Path(table).with_name(PAGE)
    file.write_text(PLACE.sub(lambda _: text, file.read_text("utf-8")), "utf-8")


def _row(cut: str, answered: str, runs: list[Run]) -> str:
    took = [run.took_s for run in runs]
    tenths = quantiles(took, n=10, method="inclusive")
    seconds = f"{median(took):.1f} | {tenths[-1]:.1f} | {max(took):.1f}"
    return f"| {cut} | {answered} | {len(runs)} | {len(runs)} | {seconds} |\n"
