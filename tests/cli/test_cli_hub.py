"""`secours hub`: what it prints works as it stands, with a real server."""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import nats.errors
import pytest
from nats.js import JetStreamContext
from nats.js.errors import NoStreamResponseError
from servers.command import Command
from servers.hub_server import (
    administered,
    make_earlier,
    reload,
    serving,
    visiting,
)
from servers.nats_server import NEEDED
from servers.scripted import LOOPBACK, closed_port

from secours.cli import hub as hub_command
from secours.cli import refusal, run
from secours.config import load
from secours.languages import LANGUAGES
from secours.model.sites.membership import ALL
from secours.sites import credentials, subjects
from secours.sites.hub.folder import HubFolder

PLAN = """\
site: {name: Test, language: en}
channels: {radio: {depends_on: [], purposes: [alert], test: {every: 7d}}}
plan: [{purpose: alert, audience: staff, primary: radio, last_resort: Walk}]
audiences: {staff: {groups: {all: {}}}}
"""
ODD = "Liège *.> 1"


@pytest.fixture
def secours(tmp_path: Path) -> Command:
    return Command(tmp_path)


async def made(secours: Command, *options: str) -> HubFolder:
    """Make a hub with the command."""
    port = str(closed_port())
    options = options or ("--host", LOOPBACK, "--port", port)
    done = await secours.run("hub", "init", "hub", *options)
    assert (done.code, done.err) == (0, ""), done
    return HubFolder(secours.folder / "hub")


def section(printed: str) -> str:
    """Return the section of a plan that was printed."""
    lines = printed.splitlines()
    begin = lines.index("sites:")
    end = begin + 1
    while end < len(lines) and lines[end].startswith("  "):
        end += 1
    return "\n".join(lines[begin:end]) + "\n"


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_what_is_printed_for_a_site_is_all_that_it_needs(
    secours: Command,
) -> None:
    hub = await made(secours)
    async with asyncio.timeout(60), serving(hub) as process:
        done = await secours.run(
            *("hub", "add", ODD, "--folder", "hub"),
            *("--follow", "dison, verviers", "--follow", "liège"),
        )
        await reload(process, hub)
        file = next((hub.path / "sites").iterdir())
        (secours.folder / file.name).write_bytes(file.read_bytes())
        plan = secours.plan(PLAN + section(done.out))
        sites = load(str(plan)).sites
        assert sites is not None
        assert sites.credentials is not None
        ours = credentials.read(sites.credentials.reveal())
        async with visiting(hub, sites.name, ours) as visitor:
            denied = await visitor.said()
        validated = await secours.run("validate")

    assert f"hub/sites/{file.name}" in done.out
    last = done.out.splitlines()[-1]
    assert last.startswith(f"From then on {ODD} has its place on the province's wall")
    assert (sites.name, sites.hub) == (ODD, hub.roster().urls)
    assert sites.follow == ("dison", "verviers", "liège")
    assert denied == []
    assert (validated.code, validated.err) == (0, "")


@pytest.mark.usefixtures("processes")
async def test_the_province_has_its_section_too(secours: Command) -> None:
    done = await secours.run("hub", "init", "hub", "--host", "hub.example")
    plan = secours.plan(PLAN + section(done.out))
    file = secours.folder / "province.credentials"
    file.write_bytes((secours.folder / "hub" / file.name).read_bytes())
    sites = load(str(plan)).sites

    assert sites is not None
    assert (sites.name, sites.follow) == ("province", (ALL,))
    assert sites.hub == ("tls://hub.example:4222",)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_the_command_that_reloads_takes_out_who_was_removed(
    secours: Command,
) -> None:
    hub = await made(secours)
    await secours.run("hub", "add", "dison", "--folder", "hub")
    async with (
        asyncio.timeout(60),
        serving(hub) as process,
        visiting(hub, "dison") as dison,
    ):
        done = await secours.run("hub", "remove", "dison", "--folder", "hub")
        await reload_as_printed(done.out, process)
        await dison.closed.wait()
        listed = await secours.run("hub", "list", "--folder", "hub")

    assert listed.out.endswith("\n0 sites\n")


@pytest.mark.usefixtures("processes")
@NEEDED
@pytest.mark.parametrize("is_back", [False, True], ids=["new", "back"])
async def test_the_command_that_reloads_has_what_an_added_site_says_taken(
    secours: Command, is_back: bool
) -> None:
    hub = await made(secours)
    await secours.run("hub", "add", "verviers", "--folder", "hub")
    if is_back:
        await secours.run("hub", "add", "dison", "--folder", "hub")
    async with (
        asyncio.timeout(60),
        serving(hub) as process,
        administered(hub, "dison", "verviers"),
    ):
        if is_back:
            await secours.run("hub", "remove", "dison", "--folder", "hub")
            await reload(process, hub)
        done = await secours.run("hub", "add", "dison", "--folder", "hub")
        await reload_as_printed(done.out, process)
        for name in ("dison", "verviers"):
            async with visiting(hub, name) as site:
                for subject in (
                    subjects.event(name),
                    subjects.state(name, "channel", "radio"),
                ):
                    await taken(site.client.jetstream(), subject)


async def reload_as_printed(printed: str, process: asyncio.subprocess.Process) -> None:
    """Run the printed command that reloads a server by its process."""
    command = next(line for line in printed.splitlines() if "reload=PID" in line)
    command = command.replace("PID", str(process.pid))
    assert await (await asyncio.create_subprocess_shell(command)).wait() == 0


async def taken(stream: JetStreamContext, subject: str) -> None:
    """Wait until the hub takes a message: the last reload may still run."""
    while True:
        with suppress(NoStreamResponseError, TimeoutError):
            await stream.publish(subject, b"{}")
            return
        await asyncio.sleep(0.1)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_who_never_came_is_listed_and_of_whom_something_is_left(
    secours: Command,
) -> None:
    hub = await made(secours)
    for name in ("dison", "spa"):
        await secours.run("hub", "add", name, "--folder", "hub")
    async with asyncio.timeout(60), serving(hub):
        without = await secours.run("hub", "list", "--folder", "hub")
        async with administered(hub, "dison", "liege"):
            listed = await secours.run("hub", "list", "--folder", "hub")

    never = "{0} has never come"
    assert never.format("dison") in without.out
    assert never.format("dison") not in listed.out
    assert never.format("spa") in listed.out
    assert "liege may not come in any more" in listed.out
    assert (listed.code, listed.err) == (0, "")


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_server_that_was_not_restarted_is_said_when_sites_are_listed(
    secours: Command,
) -> None:
    hub = await made(secours)
    make_earlier(hub)
    async with asyncio.timeout(60), serving(hub):
        await secours.run("hub", "init", "hub", "--renew")
        listed = await secours.run("hub", "list", "--folder", "hub")

    assert "then restart nats-server" in listed.err


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_what_a_renamed_province_left_at_the_hub_is_said(
    secours: Command,
) -> None:
    hub = await made(secours)
    async with asyncio.timeout(60), serving(hub), administered(hub):
        before = await secours.run("hub", "list", "--folder", "hub")
    roster = hub.path / "hub.json"
    roster.write_text(roster.read_text().replace(': "province"', ': "office"'))
    after = await secours.run("hub", "list", "--folder", "hub")

    store = "hub/hub/jetstream/jetstream/province is what the hub kept"
    assert store not in before.out
    assert store in after.out


@pytest.mark.usefixtures("processes")
async def test_sites_are_listed_with_whom_they_hear(secours: Command) -> None:
    await made(secours, "--host", "hub.example")
    await secours.run("hub", "add", "verviers", "--folder", "hub", "--follow", "all")
    await secours.run("hub", "add", "dison", "--folder", "hub")

    listed = await secours.run("hub", "list", "--folder", "hub")

    assert listed.code == 0
    assert "the hub does not say who has come" in listed.err
    first, dison, verviers, last = listed.out.splitlines()
    assert first == "tls://hub.example:4222"
    assert dison.startswith("dison: hears no other; since 2")
    assert verviers.startswith("verviers: hears all; since 2")
    assert last == "2 sites"


@pytest.mark.usefixtures("processes")
async def test_a_cluster_is_named_whole_and_its_files_are_to_be_copied(
    secours: Command,
) -> None:
    members = ("a=one.example", "b=192.0.2.1:5000", "c=[2001:db8::1]")
    options = [word for each in members for word in ("--cluster", each)]
    await made(secours, *options, "--host", "hub.example")

    done = await secours.run("hub", "add", "dison", "--folder", "hub")

    assert (
        'hub: ["tls://one.example:4222", "tls://192.0.2.1:5000",'
        ' "tls://[2001:db8::1]:4222"]' in done.out
    )
    assert "  hub/a/sites.conf\n  hub/b/sites.conf\n  hub/c/sites.conf\n" in done.out


@pytest.mark.usefixtures("processes")
async def test_renewal_keeps_the_hosts_unless_others_are_named(
    secours: Command,
) -> None:
    hub = await made(secours, "--host", "hub.example")
    await secours.run("hub", "add", "dison", "--folder", "hub")

    same = await secours.run("hub", "init", "hub", "--renew")
    other = await secours.run("hub", "init", "hub", "--renew", "--host", "new.example")

    assert "A server that runs is to be restarted: a reload takes up" in same.out
    assert "tls://hub.example:4222" in same.out
    assert "tls://new.example:4222" in other.out
    assert [each.name for each in hub.roster().sites] == ["dison"]


ALONE = ("--host", "hub.example", "--port", "5222")
CLUSTER = (
    *("--cluster", "a=a.example:5222", "--cluster", "b=b.example"),
    *("--cluster", "c=c.example", "--port", "6222"),
)


def of_cluster(*ports: int) -> list[str]:
    """Return the addresses of a cluster whose members listen on these ports."""
    members = zip("abc", ports, strict=True)
    return [f"tls://{name}.example:{port}" for name, port in members]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("before", "renewed", "expected"),
    [
        (ALONE, ("--host", "new.example"), ["tls://new.example:5222"]),
        (ALONE, ("--port", "7222"), ["tls://hub.example:7222"]),
        (CLUSTER, ("--host", "x.example"), of_cluster(5222, 6222, 6222)),
        (CLUSTER, ("--port", "7222"), of_cluster(7222, 7222, 7222)),
    ],
)
def test_renewal_keeps_the_port_and_the_members_unless_others_are_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: Sequence[str],
    renewed: Sequence[str],
    expected: Sequence[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["hub", "init", "hub", *before]) == 0

    assert run(["hub", "init", "hub", "--renew", *renewed]) == 0
    assert HubFolder(Path("hub")).roster().urls == tuple(expected)


@pytest.mark.usefixtures("processes")
async def test_a_hub_of_before_is_named_until_it_is_renewed(secours: Command) -> None:
    hub = await made(secours, "--host", "hub.example")
    conf = make_earlier(hub)
    text = conf.read_text().replace("10GB", "40GB")
    conf.write_text(text)

    said = await secours.run("hub", "add", "dison", "--folder", "hub")
    renewed = await secours.run("hub", "init", "hub", "--renew")
    after = await secours.run("hub", "remove", "dison", "--folder", "hub")

    assert (said.code, after.err) == (0, "")
    assert "'secours hub init hub --renew'" in said.err
    kept = conf.with_name("nats.conf.before")
    assert kept.read_text() == text
    assert f"{kept} holds what stood in nats.conf before" in renewed.out


@pytest.mark.usefixtures("processes")
async def test_a_server_that_cannot_begin_with_tls_makes_no_hub(
    secours: Command,
) -> None:
    await made(secours, "--host", "h")
    before = _files(secours.folder)
    old = secours.folder / "bin" / "nats-server"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho nats-server: v2.9.25\n")
    old.chmod(0o755)
    secours.env["PATH"] = f"{old.parent}:{secours.env['PATH']}"

    said = {}
    for language in LANGUAGES:
        for what in ("new", "hub --renew"):
            argv = ("hub", "init", *what.split(), "--lang", language)
            done = await secours.run(*argv)
            assert (done.code, done.out) == (3, "")
            assert "2.9.25" in done.err
            said[language] = done.err

    old.unlink()
    assert _files(secours.folder) == before
    assert len(set(said.values())) == len(LANGUAGES)


REFUSED = [
    *("init", "add", "remove", "list x", "init there", "init new --renew"),
    *("init new --host h_h", "init new --cluster a=h --cluster b=h"),
    *("init new --cluster a=h --cluster b=h --cluster a=h", "init new --cluster a"),
    *("init new --province down", "add down --folder there", "add dison"),
    *("add dison --folder there", "add x --folder there --follow down"),
    *("remove x --folder there", "list", "list --folder damaged"),
]


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("argv", REFUSED)
async def test_what_is_refused_leaves_all_as_it_is(secours: Command, argv: str) -> None:
    await secours.run("hub", "init", "there", "--host", "h")
    await secours.run("hub", "add", "dison", "--folder", "there")
    (secours.folder / "damaged").mkdir()
    (secours.folder / "damaged" / "hub.json").write_text("{}")
    before = _files(secours.folder)

    said = {}
    for language in LANGUAGES:
        done = await secours.run("hub", *argv.split(), "--lang", language)
        assert (done.code, done.out) == (3, "")
        said[language] = done.err

    assert _files(secours.folder) == before
    assert len(set(said.values())) == len(LANGUAGES)


def _files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def test_without_its_packages_it_names_the_extra(
    secours: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal, "find_spec", lambda _: None)

    with pytest.raises(refusal.Refused) as refused:
        hub_command.run(argparse.Namespace(action="list", what=None))

    assert "secours[sites]" in str(refused.value)


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_province_that_runs_makes_room_for_each_site_that_runs(
    secours: Command, tmp_path: Path
) -> None:
    hub = await made(secours)
    site = Command(tmp_path / "dison")
    site.folder.mkdir()
    added = await secours.run("hub", "add", "dison", "--folder", "hub")
    roster = hub.roster()
    _give(secours, hub.path / "province.credentials", _of_province(roster.urls[0]))
    _give(site, hub.path / "sites" / "dison.credentials", section(added.out))
    async with (
        asyncio.timeout(90),
        serving(hub),
        secours.running("run", "--province"),
        site.running("run"),
        visiting(hub, "province") as looking,
    ):
        stream = looking.client.jetstream()
        while True:
            with suppress(nats.errors.Error):
                await stream.consumer_info(subjects.ORDERS, "dison")
                break
            await asyncio.sleep(0.1)


def _of_province(url: str) -> str:
    return (
        f"sites: {{name: province, hub: '{url}', follow: all,"
        " credentials: '${file:province.credentials}'}\n"
    )


def _give(secours: Command, credentials_file: Path, sites: str) -> None:
    secours.plan(PLAN + sites)
    target = secours.folder / credentials_file.name
    target.write_bytes(credentials_file.read_bytes())
    target.chmod(0o600)
