"""What a real engine says of itself at a real hub, and what it never says."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from servers import small_disk
from servers.hub_server import OFFICE, given_to, one_hub, serving, visiting
from servers.nats_server import NEEDED, client_of, nats_server
from servers.scripted import closed_port, saying, tcp_server
from site_views import good, line, site
from sites.engine_of_a_site import Ear, engine_of, listening, plan_text

from secours.engine import clock
from secours.engine.state_file import encoded
from secours.model.sites.views import Alive
from secours.model.snapshot import State
from secours.model.vitals import Vitals
from secours.render.answers.self_check import SelfView, answer
from secours.sites import streams, subjects
from secours.sites.envelope import EnvelopeWriter, body_of, read
from secours.sites.sending import uplink
from secours.sites.sending.uplink import AliveSender, Newest

pytestmark = [pytest.mark.usefixtures("processes"), NEEDED]
AT_ONCE_S = 25.0  # on a busy machine; the client of a hub waits for longer by itself
MAIL = """  mail: {{purposes: [alert], depends_on: [], probes: [
    {{type: smtp, host: 127.0.0.1, port: {port}, interval: 1s, name: post}}]}}"""
STATE, LINE = "secours.dison.state", "secours.dison.recommend.alert.staff"
MAIL_STATE = f"{STATE}.channel.mail"
ORDERS = """components: {"power:grid": {}}
audiences: {staff: {report: {power: A generator}, when_cut: {
  listen: "hh:00 to hh:05, radio CRISIS-1", meet: Wedding room}}}
"""
RUNS = Vitals(running=True)
ACK, ROUNDS = "ACK_WITHIN_S", 4
DESK, SITE = f"{STATE}.channel.desk", f"{STATE}.site.dison"


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def gone(subject: str) -> Callable[[Ear], object]:
    return lambda ear: subject in ear.newest and ear.body(subject) is None


@pytest.mark.smoke
async def test_a_site_says_that_it_lives_and_all_that_it_is(tmp_path: Path) -> None:
    async with (
        nats_server(tmp_path) as hub,
        listening(hub) as ear,
        engine_of(tmp_path, plan_text(hub.port)) as engine,
    ):
        await ear.until(lambda heard: heard.alive)
        await ear.until(lambda heard: {DESK, LINE, SITE} <= heard.newest.keys())
        shot = await engine.until(lambda shot: shot.hub and shot.hub.connected)

    first = ear.alive[0].site
    assert (first.name, first.region) == ("dison", "Verviers")
    assert [each.name for each in first.channels] == ["desk"]
    assert first.epoch == ear.newest[DESK].epoch
    assert ear.body(DESK)["name"] == "desk"
    assert ear.body(LINE)["purpose"] == "alert"
    rest = ear.body(SITE)
    assert not {"channels", "components", "recommendations"} & {
        key for key, value in rest.items() if value
    }
    assert ear.newest[DESK].age_s < 30
    assert shot.hub
    assert shot.hub.url == hub.url


async def test_nothing_travels_that_is_to_stay_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2hunter2")
    async with (
        nats_server(made(tmp_path / "hub")) as hub,
        tcp_server(saying(b"554 Dear Ann, code K7-parter hunter2hunter2\r\n")) as port,
        listening(hub) as ear,
        engine_of(
            tmp_path, ORDERS + plan_text(hub.port, MAIL.format(port=port))
        ) as engine,
    ):
        await engine.until(lambda shot: shot.channel("mail").standing.state == "down")
        await ear.until(
            lambda heard: (
                heard.alive
                and SITE in heard.newest
                and heard.newest.get(f"{STATE}.channel.mail")
                and heard.body(f"{STATE}.channel.mail")["standing"]["state"] == "down"
                and "secours.dison.event" in heard.newest
            )
        )
        here = (engine.run / "snapshot.json").read_bytes()

    files = [p for p in (tmp_path / "hub").rglob("*") if p.is_file()]
    there = b"".join([*ear.raw, *(path.read_bytes() for path in files)])
    of_orders = (b"radio CRISIS-1", b"Wedding room", b"A generator")
    for word in (b"K7-parter", b"Ring twice", b"087 12 34 56", *of_orders):
        assert word in here
        assert word not in there
    assert b"hunter2hunter2" not in there + caplog.text.encode()


async def test_how_travels_where_the_site_shares_it(tmp_path: Path) -> None:
    text = ORDERS + plan_text(1, more="share: [states, how]")
    async with nats_server(tmp_path) as hub, listening(hub) as ear:
        text = text.replace(":1'", f":{hub.port}'")
        async with engine_of(tmp_path, text):
            await ear.until(lambda heard: {DESK, SITE} <= heard.newest.keys())
            await ear.until(lambda heard: heard.alive)

    assert "Ring twice" in str(ear.body(DESK)["how"])
    assert "radio CRISIS-1" in str(ear.body(SITE)["orders"])
    assert LINE not in ear.newest
    assert "secours.dison.event" not in ear.newest
    assert ear.alive[0].site.lines == ()


async def test_what_changes_is_said_at_once(tmp_path: Path) -> None:
    port = closed_port()
    async with (
        nats_server(tmp_path) as hub,
        listening(hub) as ear,
        engine_of(tmp_path, plan_text(hub.port, MAIL.format(port=port))) as engine,
    ):
        await engine.until(lambda shot: shot.channel("mail").standing.state == "down")
        await ear.until(
            lambda heard: (
                heard.alive and heard.alive[-1].site.channels[1].state is State.DOWN
            )
        )


async def test_a_channel_that_left_the_plan_is_taken_back(tmp_path: Path) -> None:
    mail = MAIL.format(port=closed_port())
    subject = f"{STATE}.channel.mail"
    async with (
        nats_server(tmp_path) as hub,
        listening(hub) as ear,
    ):
        async with engine_of(tmp_path, plan_text(hub.port, mail)) as engine:
            await ear.until(lambda heard: subject in heard.newest)
            engine.write(plan_text(hub.port))
            await ear.until(gone(subject))
            engine.write(plan_text(hub.port, mail))
            await ear.until(lambda heard: heard.body(subject) is not None)
        async with engine_of(tmp_path, plan_text(hub.port)):  # in another life
            await ear.until(gone(subject))


@small_disk.NEEDED
async def test_a_site_whose_disk_is_full_is_heard_all_the_same(tmp_path: Path) -> None:
    with small_disk.mounted(tmp_path / "data") as disk:
        small_disk.fill(disk)
        async with (
            nats_server(tmp_path) as hub,
            listening(hub) as ear,
            engine_of(tmp_path, plan_text(hub.port)) as engine,
        ):
            await ear.until(
                lambda heard: (
                    any(each.site.trouble == ("disk",) for each in heard.alive)
                    and DESK in heard.newest
                )
            )
            small_disk.make_room(disk)
            await engine.until(lambda shot: not shot.trouble)
            before = ear.alive[0].site.epoch
            await ear.until(lambda heard: heard.alive[-1].site.epoch != before)

    assert before


async def test_a_plan_edit_adds_changes_and_removes_the_hub(tmp_path: Path) -> None:
    async with (
        nats_server(tmp_path) as hub,
        listening(hub) as ear,
        engine_of(tmp_path, plan_text(None)) as engine,
    ):
        shot = await engine.until(lambda shot: shot.channels)
        assert shot.hub is None
        engine.write(plan_text(hub.port))
        await ear.until(lambda heard: "secours.dison.alive" in heard.newest)
        engine.write(plan_text(hub.port).replace("name: dison", "name: limbourg"))
        await ear.until(lambda heard: "secours.limbourg.alive" in heard.newest)
        engine.write(plan_text(None))
        await engine.until(lambda shot: shot.hub is None)


async def test_an_engine_stops_at_once_while_the_hub_hangs(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as hub, listening(hub) as ear:
        async with engine_of(tmp_path, plan_text(hub.port)):
            await ear.until(lambda heard: heard.alive)
            hub.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(0.5)
            began_s = time.monotonic()
        took_s = time.monotonic() - began_s
        hub.process.send_signal(signal.SIGCONT)

    assert took_s < AT_ONCE_S


async def test_it_speaks_with_what_the_hub_gave_it(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    (url,) = hub.roster().urls
    file = tmp_path / "credentials"
    file.write_bytes(msgspec.json.encode(given_to(hub, "dison")))
    file.chmod(0o600)
    text = plan_text(1, more=f"credentials: '${{file:{file}}}'").replace(
        "nats://127.0.0.1:1", url
    )
    ear = Ear()
    async with serving(hub), visiting(hub, OFFICE) as province:
        await streams.ensure(province.client.jetstream())
        await province.client.subscribe(f"{subjects.ROOT}.>", cb=ear.hear)
        async with engine_of(tmp_path, text) as engine:
            await ear.until(lambda heard: heard.alive and DESK in heard.newest)
            engine.write(text.replace("desk", "bench"))
            await ear.until(lambda heard: "secours.dison.event" in heard.newest)
            await engine.until(
                lambda shot: shot.hub and shot.hub.connected and shot.hub.waiting == 0
            )


async def test_what_is_too_large_for_the_hub_goes_without_details(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "LARGEST_BODY", 10_000)
    probe = "{{type: tcp, host: 127.0.0.1, port: 1, interval: 1h, name: post-{n}}}"
    probes = ", ".join(probe.format(n=f"{n:030}") for n in range(90))
    large = f"  mail: {{purposes: [alert], depends_on: [], probes: [{probes}]}}"
    async with (
        nats_server(tmp_path) as hub,
        listening(hub) as ear,
        engine_of(tmp_path, plan_text(hub.port, large)) as engine,
    ):
        await ear.until(lambda heard: {DESK, MAIL_STATE} <= heard.newest.keys())
        shot = await engine.until(lambda shot: shot.hub and shot.hub.cut)
        mail = ear.body(MAIL_STATE)
        engine.write(plan_text(hub.port))
        await engine.until(lambda shot: shot.hub and not shot.hub.cut)

    assert (mail["name"], mail["probes"]) == ("mail", [])
    finding = answer(SelfView(vitals=RUNS, snapshot=shot, age_s=0.0), "en").findings[-1]
    assert (finding.finding, finding.detail[:6]) == ("cut", "1 part")


async def test_one_state_asks_whether_the_hub_keeps_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in ("STATES_NEARLY_S", 1), ("STATES_EVERY_S", 1), (ACK, 0.5):
        monkeypatch.setattr(uplink, name, seconds)
    many = [MAIL.format(port=1).replace("mail", f"mail-{n}") for n in range(9)]
    async with (
        nats_server(tmp_path, made=False) as hub,
        listening(hub) as ear,
        client_of(hub) as province,
        engine_of(tmp_path, plan_text(hub.port, *many)),
    ):
        await ear.until(lambda heard: len(_said_again(heard)) > ROUNDS)
        again = _said_again(ear)
        before = len(ear.raw)
        await streams.hold_states(province.jetstream(), "dison")
        await ear.until(lambda heard: len({*_channels(heard, before)}) > len(many))

    assert len(set(again)) < len(many) / 2


def _channels(ear: Ear, after: int = 0) -> list[bytes]:
    subjects_of_all = (raw.split()[0] for raw in ear.raw[after:])
    return [each for each in subjects_of_all if f"{STATE}.channel".encode() in each]


def _said_again(ear: Ear) -> list[bytes]:
    """Return the subjects said for a third time or more: the first may have news."""
    said = _channels(ear)
    return [each for n, each in enumerate(said) if said[:n].count(each) >= 2]


def test_life_that_is_too_large_is_cut_to_its_lines() -> None:
    channels = tuple(good(f"c{n:060}") for n in range(1000))
    sites = site("dison", line("sms"), *channels)
    writer = EnvelopeWriter(clock.now, "boot", lambda: "epoch")
    sender = AliveSender(writer, encoded, Newest(), lambda *_: sites, lambda: None)

    large = sender._message(sites, 0.0)
    was_cut = sender.cut
    small = sender._message(replace(sites, channels=channels[:3]), 0.0)

    said = body_of(read(large), Alive).site
    assert (len(said.lines), said.channels) == (1, ())
    assert (was_cut, sender.cut) == (True, False)
    assert len(body_of(read(small), Alive).site.channels) == 3
