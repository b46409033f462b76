"""A person who has nothing yet answers `secours init` at a terminal, by the clock.

They type four characters a second; what they say is probed on servers of Debian.
`SECOURS_TABLE` names the page that the stopwatch is written to.
"""

import os
import platform
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from servers.certificates import trusted_file
from servers.command import Command
from servers.dovecot import ACCOUNT, PASSWORD, dovecot
from servers.kamailio import PROGRAM as KAMAILIO
from servers.kamailio import kamailio
from servers.nginx import PROGRAM as NGINX
from servers.nginx import nginx
from servers.postfix import CAN_RUN, postfix
from servers.prosody import NEEDED as PROSODY
from servers.prosody import prosody
from servers.typist import KEYS_A_SECOND, Typist, typist

FIRST_GREEN_S, SIX_CHANNELS_S = 180.0, 720.0
NEEDED = "apt-get install kamailio nginx-light postfix dovecot-imapd"
HEAD = """\
# A first plan, by the stopwatch

Made by `make first-plan` on {day}, Python {python}, {cores} cores. A script sits at a
terminal as a person does and answers `secours init`; what it names is probed on
Kamailio, Postfix with Dovecot, Prosody and nginx. Seconds are those of the hands, at
{speed:.0f} keys a second, and of the machine; reading is not counted.

| from an empty folder to | keys | hands | machine | together | at most |
|---|---|---|---|---|---|
"""


class Servers(NamedTuple):
    """Ports of the servers of a town."""

    sip: int
    mail: int
    web: int


@pytest.fixture
async def town(processes: None, tmp_path: Path) -> AsyncIterator[Servers]:
    there = KAMAILIO.exists() and NGINX.exists() and CAN_RUN
    if not there and "CI" not in os.environ:
        pytest.skip(NEEDED)
    folders = [tmp_path / name for name in ("sip", "web", "xmpp", "box")]
    for folder in folders:
        folder.mkdir()
    sip, web, xmpp, _ = folders
    async with AsyncExitStack() as running:
        enter = running.enter_async_context
        await enter(prosody(xmpp, port=5222))
        box = await enter(dovecot())
        yield Servers(
            sip=await enter(kamailio(sip)),
            mail=await enter(postfix(box)),
            web=await enter(nginx(web)),
        )


@pytest.fixture
def desk(processes: None, tmp_path: Path) -> Command:
    folder = tmp_path / "desk"
    folder.mkdir()
    command = Command(folder)
    command.env |= {"SSL_CERT_FILE": trusted_file(tmp_path), "LANG": "en_US.UTF-8"}
    del command.env["LC_ALL"]
    return command


async def begin(person: Typist) -> None:
    await person.answer("Language")
    await person.answer("Name of the place", "Town hall")
    await person.answer("Domain")


async def telephone(person: Typist, town: Servers) -> None:
    await person.answer("how|Directions", "Dial 4711")
    await person.answer("server", f"localhost:{town.sip}")
    await person.answer("User name", "alice")
    await person.answer("Password", "secret")


async def first_channel(town: Servers, desk: Command) -> Typist:
    """Answer until the first channel is green."""
    async with typist(desk.folder, "init", env=desk.env) as person:
        await begin(person)
        await person.answer("channels you have", "telephone exchange")
        await telephone(person, town)
        assert "our account is accepted" in await person.asked("Another channel")
    return person


async def six_channels(person: Typist, town: Servers) -> None:
    """Name six channels; four of them can be probed, and are green."""
    said = "telephone exchange, mail server, jabber, website, astrid, courier"
    await person.answer("channels you have", said)
    await telephone(person, town)
    await person.answer("Directions", "crisis@example.org")
    await person.answer("server", f"localhost:{town.mail}")
    await person.answer("User name", ACCOUNT)
    await person.answer("Password", PASSWORD)
    assert "our account is accepted" in await person.answer("Directions", "Room crisis")
    await person.answer("account", "probe@localhost")
    await person.answer("Password", "hunter2")
    assert "our account is accepted" in await person.answer("Directions", "Page crisis")
    await person.answer("page", f"http://localhost:{town.web}/health")
    await person.answer("Directions", "Cupboard B2")
    await person.answer("Directions", "Agents on foot")
    await person.answer("Another channel")


async def two_audiences(person: Typist) -> None:
    """Say who is to be reached, and in which order."""
    await person.answer("People", "management, staff")
    for _ in range(2):
        await person.answer("number of people", "12")
        await person.answer("devices", "1 2 5")
    await person.answer("Last resort")
    for line in ("ALERT", "COORDINATE", "ALERT", "COORDINATE"):
        await person.answer(line)


@PROSODY
async def test_a_person_has_a_plan_within_the_time_promised(
    town: Servers, desk: Command
) -> None:
    first = await first_channel(town, desk)
    async with typist(desk.folder, "init", env=desk.env) as whole:
        await begin(whole)
        await six_channels(whole, town)
        await two_audiences(whole)
        code = await whole.end()
    checked = await desk.run("check", "--format", "json")

    written = (desk.folder / "probes.yaml").read_text("utf-8")
    states = [each["state"] for each in checked.answer["channels"]]
    assert code == 0, whole.shown
    assert "secours recommend" in whole.shown
    assert (len(states), states.count("available")) == (6, 4), checked.out
    assert written.count("audience:") == 4
    assert PASSWORD not in whole.shown + written
    assert first.took_s < FIRST_GREEN_S
    assert whole.took_s < SIX_CHANNELS_S
    if table := os.environ.get("SECOURS_TABLE"):
        write(Path(table), first, whole)


def write(page: Path, first: Typist, whole: Typist) -> None:
    """Write the page of the stopwatch."""
    head = HEAD.format(
        day=datetime.now(UTC).date(),
        python=platform.python_version(),
        cores=os.cpu_count(),
        speed=KEYS_A_SECOND,
    )
    rows = (
        ("a first channel of one's own that is green", first, FIRST_GREEN_S),
        ("six channels for two audiences", whole, SIX_CHANNELS_S),
    )
    lines = (
        f"| {what} | {person.typed} | {person.typed / KEYS_A_SECOND:.0f}"
        f" | {person.waited_s:.0f} | {person.took_s:.0f} | {most_s:.0f} |"
        for what, person, most_s in rows
    )
    page.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
