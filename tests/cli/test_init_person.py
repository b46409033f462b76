"""A person who has nothing yet answers `secours init` at a terminal, by the clock.

They type four characters a second; what they say is probed on servers of Debian.
`SECOURS_TABLE` names the page that the stopwatch is written to.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from servers.certificates import trusted_file
from servers.command import Command
from servers.dovecot import ACCOUNT, PASSWORD
from servers.stopwatch import Sitting, noted
from servers.town import Servers, skip_without, town_servers
from servers.typist import Typist, typist

FIRST_GREEN_S, SIX_CHANNELS_S = 180.0, 720.0
FIRST = "a first channel of one's own that is green, from an empty folder"
SIX = "six channels for two audiences, from an empty folder"


@pytest.fixture
async def town(processes: None, tmp_path: Path) -> AsyncIterator[Servers]:
    skip_without()
    async with town_servers(tmp_path) as servers:
        yield servers


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
    await person.answer("server", f"localhost:{town.tls}")
    await person.answer("Directions", "Page crisis")
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
    noted(
        Sitting(FIRST, first.typed, first.waited_s, FIRST_GREEN_S),
        Sitting(SIX, whole.typed, whole.waited_s, SIX_CHANNELS_S),
    )
