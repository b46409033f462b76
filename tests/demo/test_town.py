import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
import yaml

import secours
from secours import config, probes, run
from secours.config import advice
from secours.demo.labels import LABELS
from secours.demo.town import TEMPLATE, Town
from secours.engine import clock
from secours.languages import LANGUAGES
from secours.model.observed import Evidence, Outcome, Verdict
from secours.model.plan import Config
from secours.model.sections.line import Purpose, Tier

Outcomes = dict[str, Outcome]

WRONG_WHEN_BROKEN = {
    "sms": {"channels/sms/modem": "not-registered"},
    "phones": {"channels/phones/sip": "status"},
    "satphone": {"channels/satphone/iridium": "not-registered"},
    "siren": {"channels/siren/plugin": "reported"},
    "mail": {"channels/mail/smtp": "status"},
    "signal": {"channels/signal/http": "refused"},
    "element": {"channels/element/http": "protocol"},
    "whatsapp": {"channels/whatsapp/http": "content"},
    "messenger": {"channels/messenger/http": "status"},
    "teams": {"channels/teams/http": "status"},
    "slack": {"channels/slack/http": "content"},
    "telegram": {"channels/telegram/http": "status"},
    "meta": {"channels/whatsapp/http": "status", "channels/messenger/http": "status"},
    "dns": {"channels/mail/exempleville.example": "dns"},
    "mains": {"components/power:grid/tcp": "content"},
    "storm": {
        "channels/sms/modem": "weak-signal",
        "channels/satphone/iridium": "weak-signal",
    },
    "line": {
        "channels/phones/sip": "timeout",
        "channels/mail/exempleville.example": "timeout",
        "channels/signal/http": "timeout",
        "channels/element/http": "timeout",
        "channels/whatsapp/http": "timeout",
        "channels/messenger/http": "timeout",
        "channels/teams/http": "timeout",
        "channels/slack/http": "timeout",
        "channels/telegram/http": "timeout",
        "paths/lan/reference.one.example": "timeout",
        "paths/lan/reference.two.example": "timeout",
    },
}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with Town.open(tmp_path, mast_s=3600.0) as opened:
        yield opened


@pytest.fixture
async def weak_town(tmp_path: Path) -> AsyncIterator[Town]:
    """Give a town whose mast has next to no batteries."""
    async with Town.open(tmp_path, mast_s=0.2) as opened:
        yield opened


def loaded(town: Town, monkeypatch: pytest.MonkeyPatch) -> Config:
    for name, value in town.environment.items():
        monkeypatch.setenv(name, value)
    return config.load(town.config_path)


async def probed(plan: Config) -> Outcomes:
    results = await asyncio.gather(
        *(
            run.run(
                probe,
                probes.find(probe.type).probe,
                plan.paths.get(probe.via or ""),
                clock.now,
            )
            for probe in plan.probes()
        )
    )
    return {result.probe: result.outcome for result in results}


def wrong(outcomes: Outcomes) -> dict[str, str]:
    return {
        probe: str(outcome.reason)
        for probe, outcome in outcomes.items()
        if outcome.verdict is not Verdict.OK
    }


@pytest.mark.usefixtures("processes")
async def test_every_probe_passes_while_the_town_is_whole(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = await probed(loaded(town, monkeypatch))

    assert wrong(outcomes) == {}
    assert len(outcomes) >= 14
    assert outcomes["channels/sms/modem"].evidence is Evidence.AUTHENTICATED
    assert outcomes["channels/satphone/iridium"].evidence is Evidence.AUTHENTICATED


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("name", WRONG_WHEN_BROKEN)
async def test_what_is_broken_fails_with_its_reason_and_passes_once_healed(
    town: Town, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = loaded(town, monkeypatch)

    await town.break_(name)
    broken = wrong(await probed(plan))
    await town.heal(name)
    healed = wrong(await probed(plan))

    assert broken == WRONG_WHEN_BROKEN[name]
    assert healed == {}


async def test_every_breakable_thing_is_tested_here(town: Town) -> None:
    assert set(town.names) == set(WRONG_WHEN_BROKEN)


@pytest.mark.usefixtures("processes")
async def test_two_troubles_at_once_stay_two(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = loaded(town, monkeypatch)

    await town.break_("whatsapp")
    await town.break_("meta")
    await town.heal("meta")
    left = wrong(await probed(plan))

    assert left == WRONG_WHEN_BROKEN["whatsapp"]
    assert town.broken == ("whatsapp",)


@pytest.mark.usefixtures("processes")
async def test_heal_all_heals_everything(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = loaded(town, monkeypatch)
    for name in ("signal", "line", "mains"):
        await town.break_(name)

    await town.heal("all")

    assert town.broken == ()
    assert wrong(await probed(plan)) == {}


@pytest.mark.usefixtures("processes")
async def test_the_mast_falls_when_its_batteries_are_empty(
    weak_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = loaded(weak_town, monkeypatch)
    modem = next(probe for probe in plan.probes() if probe.type == "modem")

    async def fallen() -> None:
        while True:
            found = await run.run(modem, probes.find("modem").probe, None, clock.now)
            if found.outcome.verdict is Verdict.FAILED:
                return

    await weak_town.break_("mains")
    async with asyncio.timeout(60):
        await fallen()
    await weak_town.heal("mains")

    assert wrong(await probed(plan)) == {}


async def test_mains_that_come_back_in_time_spare_the_mast(tmp_path: Path) -> None:
    async with Town.open(tmp_path) as town:
        before = asyncio.all_tasks()
        await town.break_("mains")
        counting = asyncio.all_tasks() - before
        await town.heal("mains")
        await asyncio.wait(counting)

    assert [task.cancelled() for task in counting] == [True]


async def test_unknown_name_is_refused(town: Town) -> None:
    with pytest.raises(KeyError):
        await town.break_("moon")
    with pytest.raises(KeyError):
        await town.heal("moon")

    assert town.broken == ()


@pytest.mark.usefixtures("processes")
async def test_break_that_is_cancelled_is_done_all_the_same(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = loaded(town, monkeypatch)
    breaking = asyncio.create_task(town.break_("signal"))
    await asyncio.sleep(0)
    breaking.cancel()

    await town.heal("signal")

    assert wrong(await probed(plan)) == {}


async def test_plan_is_as_wide_as_the_demo_needs(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = loaded(town, monkeypatch)

    full = [line for line in plan.plan if len(line.tiers) == len(Tier)]
    coordinate = next(line for line in plan.plan if line.purpose is Purpose.COORDINATE)
    assert len(plan.channels) >= 10
    assert {line.audience for line in full} >= {"management"}
    assert len([line for line in full if line.audience == "management"]) == 2
    assert coordinate.order[0][0] in town.names
    assert all(line.last_resort.in_("nl") for line in plan.plan)
    assert [name for name, channel in plan.channels.items() if not channel.probes] == [
        "pager",
        "radio",
    ]


async def test_plan_gives_no_cause_for_a_warning(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert advice.warnings(loaded(town, monkeypatch)) == ()


async def test_no_secret_stands_in_the_plan(town: Town) -> None:
    text = town.config_path.read_text(encoding="utf-8")

    assert [name for name in town.environment if name not in text] == []
    assert [name for name, value in town.environment.items() if value in text] == []


async def test_site_speaks_the_language_it_is_opened_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Town.open(tmp_path, language="de") as town:
        plan = loaded(town, monkeypatch)

    assert plan.site.language == "de"
    assert plan.site.name.in_("de") == "Krisenzentrum Musterstadt"


def test_every_word_is_there_in_four_languages() -> None:
    plan = yaml.safe_load(TEMPLATE.read_text("utf-8"))
    texts = [*_texts(plan), *LABELS.values()]

    assert len(texts) > 90
    assert [text for text in texts if tuple(text) != LANGUAGES] == []
    assert [text for text in texts if not all(text.values())] == []


def _texts(part: object) -> Iterator[Mapping[str, str]]:
    """Yield each text of a plan: what has one of our languages as a key."""
    if isinstance(part, dict) and part.keys() & {*LANGUAGES}:
        yield part
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _texts(inner)


@pytest.mark.usefixtures("processes")
async def test_nothing_is_left_when_the_town_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(os.listdir("/proc/self/fd"))
    tasks = asyncio.all_tasks()
    async with Town.open(tmp_path) as town:
        plan = loaded(town, monkeypatch)
        ports = _ports(plan)
        await probed(plan)
        for name in town.names:
            await town.break_(name)

    assert os.listdir(tmp_path) == []
    assert asyncio.all_tasks() == tasks
    assert set(os.listdir("/proc/self/fd")) == before
    assert len(ports) >= 10
    assert [port for port in ports if not _refuses(port)] == []


def _ports(plan: Config) -> set[int]:
    """Return the ports that the plan names, in whatever option."""
    text = " ".join(
        f"{getattr(probe.settings, 'port', '')} {getattr(probe.settings, 'server', '')}"
        f" {_url(probe.settings)}"
        for probe in plan.probes()
    )
    found = text.replace(":", " ").replace("/", " ").split()
    return {int(word) for word in found if word.isdecimal() and int(word) > 1024}


def _url(settings: object) -> str:
    url = getattr(settings, "url", None)
    return url.reveal().split("/")[2] if url else ""


def _refuses(port: int) -> bool:
    """Tell whether a port is free, for TCP and for UDP."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        datagrams.bind(("127.0.0.1", port))
        return stream.connect_ex(("127.0.0.1", port)) != 0


async def test_closed_port_is_given_to_nobody_else(town: Town) -> None:
    await town.break_("signal")

    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", _signal_port(town)))


async def test_town_closes_though_a_client_is_left_hanging(tmp_path: Path) -> None:
    async with Town.open(tmp_path) as town:
        await town.break_("line")
        reader, writer = await asyncio.open_connection("127.0.0.1", _signal_port(town))
        writer.write(b"GET /v1/about HTTP/1.1\r\nHost: signal\r\n\r\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await reader.read(1)
    writer.close()
    await writer.wait_closed()


def _signal_port(town: Town) -> int:
    text = town.config_path.read_text(encoding="utf-8")
    return int(text.partition("/v1/about")[0].rpartition(":")[2])


@pytest.mark.usefixtures("processes")
def test_town_opens_fast() -> None:
    script = (
        "import asyncio, pathlib, tempfile, time\n"
        "async def main(folder):\n"
        "    from secours.demo.town import Town\n"
        "    async with Town.open(pathlib.Path(folder)):\n"
        "        print(time.process_time())\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    asyncio.run(main(folder))\n"
    )
    source = str(Path(secours.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": source}

    assert float(_run(script, environment)) < 2


def _run(script: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout
