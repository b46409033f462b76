"""What is said of the hub of a plan, by asking a real one."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doctor.looking import case, said
from msgspec.structs import replace
from plans import channel, plan
from servers.hub_server import (
    administered,
    given_to,
    make_earlier,
    one_hub,
    reload,
    serving,
    slow_way,
)
from servers.nats_server import NEEDED, nats_server
from servers.scripted import LOOPBACK, closed_port, silent, tcp_server

from secours.doctor import hub, packages
from secours.doctor.finding import Case
from secours.model.secret import Secret
from secours.model.sites.membership import Sites
from secours.sites import credentials
from secours.sites.nkeys import new_key
from secours.texts import in_words

SATELLITE_S = 0.7


def asking(
    folder: Path,
    text: str | Secret | None,
    *urls: str,
    follow: tuple[str, ...] = (),
) -> Case:
    secret = Secret(text) if isinstance(text, str) else text
    sites = Sites(name="dison", hub=urls, credentials=secret, follow=follow)
    return case(folder, config=replace(plan(channel("a")), sites=sites))


async def looked(wanted: Case) -> list[tuple[str, str]]:
    return await asyncio.to_thread(lambda: said(hub.look(wanted)))


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_hub_that_lets_us_in_and_one_that_does_not(tmp_path: Path) -> None:
    made = one_hub(tmp_path / "hub", dison=())
    ours = given_to(made, "dison")
    foreign = replace(ours, seed=new_key().seed)
    (url,) = made.roster().urls
    async with serving(made):
        early = await looked(asking(tmp_path, credentials.written(ours), url))
        async with administered(made):
            good = await looked(asking(tmp_path, credentials.written(ours), url))
        bad = await looked(asking(tmp_path, credentials.written(foreign), url))
    gone = await looked(asking(tmp_path, credentials.written(ours), url))

    assert early == [("fine", "hub.in"), ("mend", "hub.no-streams")]
    assert good == [("fine", "hub.in")]
    assert bad == [("mend", "hub.refused")]
    assert gone == [("mend", "hub.unreached")]


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_hub_that_was_reloaded_once_after_we_were_added(tmp_path: Path) -> None:
    made = one_hub(tmp_path / "hub")
    async with serving(made) as process:
        made.add("dison", (), datetime.now(UTC))
        wanted = asking(
            tmp_path, credentials.written(given_to(made, "dison")), *made.roster().urls
        )
        found = []
        for _ in range(2):
            await reload(process, made)
            found.append(await looked(wanted))

    assert found == [
        [("fine", "hub.in"), ("mend", "hub.once")],
        [("fine", "hub.in"), ("mend", "hub.no-streams")],
    ]


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_site_that_was_removed_is_not_sent_to_look_for_a_cable(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = one_hub(tmp_path / "hub", dison=())
    ours = credentials.written(given_to(made, "dison"))
    made.remove("dison", datetime.now(UTC))
    async with serving(made):
        found = await looked(asking(tmp_path, ours, *made.roster().urls))

    assert found == [("mend", "hub.ended")]
    assert "eof_received" not in caplog.text


@pytest.mark.usefixtures("processes")
@NEEDED
@pytest.mark.parametrize(
    ("follow", "slugs"),
    [
        (("liege",), ["hub.in"]),
        (("liege", "Hôpital 1"), ["hub.in", "hub.deaf"]),
        (("all",), ["hub.in", "hub.deaf"]),
    ],
    ids=["allowed", "one more", "all"],
)
async def test_whom_the_hub_does_not_let_us_hear_is_named(
    tmp_path: Path, follow: tuple[str, ...], slugs: list[str]
) -> None:
    made = one_hub(tmp_path / "hub", dison=("liege",))
    wanted = asking(
        tmp_path,
        credentials.written(given_to(made, "dison")),
        *made.roster().urls,
        follow=follow,
    )
    async with serving(made), administered(made):
        found = await asyncio.to_thread(lambda: list(hub.look(wanted)))

    assert [slug for _, slug in said(found)] == slugs
    if "hub.deaf" in slugs:
        words = in_words("en", found[-1].message)
        assert words.startswith(f"the hub does not let this site hear {follow[-1]}:")


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_a_hub_of_before_is_told_from_who_has_no_certificate_of_it(
    tmp_path: Path,
) -> None:
    made, other = (one_hub(tmp_path / name, dison=()) for name in ("hub", "other"))
    ours = credentials.written(given_to(made, "dison"))
    for hub_made in (made, other):
        make_earlier(hub_made)
    (tmp_path / "plain").mkdir()
    async with serving(made):
        earlier = await looked(asking(tmp_path, ours, *made.roster().urls))
    async with serving(other):
        foreign = await looked(asking(tmp_path, ours, *other.roster().urls))
    async with nats_server(tmp_path / "plain", made=False) as plain:
        clear = await looked(asking(tmp_path, ours, plain.url.replace("nats:", "tls:")))

    assert earlier == [("mend", "hub.earlier")]
    assert foreign == clear == [("mend", "hub.clear")]


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_certificate_of_another_hub_is_said_to_be_that(tmp_path: Path) -> None:
    made, other = (one_hub(tmp_path / name, dison=()) for name in ("hub", "other"))
    ours = credentials.written(given_to(made, "dison"))
    wanted = asking(tmp_path, ours, *other.roster().urls)
    async with serving(other):
        (found,) = await asyncio.to_thread(lambda: list(hub.look(wanted)))

    words = in_words("en", found.message)
    assert words.endswith(("self-signed certificate", "get local issuer certificate"))


@pytest.mark.usefixtures("processes")
@NEEDED
async def test_hub_over_a_satellite_lets_us_in(tmp_path: Path) -> None:
    made = one_hub(tmp_path / "hub", dison=())
    ours = credentials.written(given_to(made, "dison"))
    port = made.roster().members[0].port
    async with serving(made), slow_way(port, SATELLITE_S) as near:
        found = await looked(asking(tmp_path, ours, f"tls://{LOOPBACK}:{near}"))

    assert found[0] == ("fine", "hub.in")


async def test_a_hub_that_is_silent_is_waited_for_a_moment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "LIMIT_S", 0.2)
    async with tcp_server(silent) as port:
        found = await looked(asking(tmp_path, None, f"nats://{LOOPBACK}:{port}"))

    assert found == [("mend", "hub.silent")]


async def test_credentials_that_cannot_be_used_are_said(tmp_path: Path) -> None:
    url = f"nats://{LOOPBACK}:{closed_port()}"
    missing = asking(tmp_path, Secret(None, "gone"), url)
    damaged = asking(tmp_path, "SUABC", url)

    assert await looked(missing) == [("mend", "hub.credentials")]
    assert await looked(damaged) == [("mend", "hub.credentials")]
    assert "SUABC" not in str([*hub.look(damaged)])


def test_without_the_section_nothing_is_said(tmp_path: Path) -> None:
    assert said(hub.look(case(tmp_path))) == []
    assert said(hub.look(case(tmp_path, config=plan(channel("a"))))) == []


def test_a_plan_with_the_section_needs_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "find_spec", lambda _: None)
    monkeypatch.setattr(packages, "_missing", lambda: ["sites"])
    wanted = asking(tmp_path, None, "nats://127.0.0.1:4222")

    assert said(hub.look(wanted)) == []
    assert said(packages.look(wanted)) == [("mend", "extra-needed")]
