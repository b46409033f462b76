"""Notices of a whole engine, with real commands, through kills and full disks."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from engine.town import GENEROUSLY_S, Town
from servers import small_disk
from servers.command import Done
from servers.scripted import tcp_server

from secours.engine.control import requests
from secours.engine.store import saved_outbox
from secours.engine.store.reader import HistoryReader
from secours.model.notices import Dispatch, NoticeEntry, Stage
from secours.model.snapshot import Snapshot, State
from secours.render.wording.journal import NOTICE
from secours.web.app import app

PLAN = """\
site: {{language: en, public_url: "https://secours.example"}}
probing: {{interval: 200ms, watch_every: 200ms, retry_every: 50ms, timeout: 5s}}
components: {{"site:one": {{}}, "site:two": {{}}}}
channels:
  mail:
    purposes: [coordinate]
    depends_on: ["site:one"]
    probes:
      - {{type: tcp, host: 127.0.0.1, port: {mail}, expect: ok, stale_after: 1m}}
  radio:
    purposes: [coordinate]
    depends_on: ["site:two"]
    probes:
      - {{type: tcp, host: 127.0.0.1, port: {radio}, expect: ok, stale_after: 1m}}
plan:
  - {{purpose: coordinate, audience: management, primary: mail, alternate: radio}}
notify:
  to:
    duty: {{targets: [bell], escalate_to: chief, escalate_after: {after}}}
    chief: {{targets: [horn]}}
  targets:
    bell: {{command: [/bin/sh, {folder}/ring, bell], depends_on: []}}
    horn: {{command: [/bin/sh, {folder}/ring, horn], depends_on: []}}
  on: [recommendation, nothing-left]
  held: false
"""
RING = """
cd {folder}
cat > .$1.$$
mv .$1.$$ $1.$$.told
if [ -e hold ]; then exec sleep 60; fi
"""


LONG_S = 4.0  # in which what is due is told


class Office:
    """A town with two channels, and people who are told by a bell and a horn."""

    def __init__(self, town: Town, folder: Path, mail: "asyncio.Server") -> None:
        self.town, self.folder, self._mail = town, folder, mail

    def mail_fails(self) -> None:
        self._mail.close()

    def told(self, by: str) -> list[str]:
        """Return what somebody was told, in no order."""
        return [file.read_text() for file in self.folder.glob(f"{by}.*.told")]

    async def until_told(self, by: str, times: int) -> list[str]:
        async with asyncio.timeout(GENEROUSLY_S):
            while len(self.told(by)) < times:  # noqa: ASYNC110 -- no event
                await asyncio.sleep(0.02)
        return self.told(by)

    async def command_until(self, command: str, words: str) -> Done:
        """Run a command again and again until it says this."""
        async with asyncio.timeout(GENEROUSLY_S):
            while words not in (done := await self.town.command(command)).out:  # noqa: ASYNC110 -- no event
                await asyncio.sleep(0.05)
        return done

    async def ask(self, **request: Any) -> dict[str, Any]:
        return await asyncio.to_thread(requests.ask, self.town.publish_in, request)

    def journal(self) -> list[str]:
        """Return what became of notices, the newest first."""
        with HistoryReader(self.town.store_in) as history:
            return [e.text for e in history.journal() if e.kind == NOTICE]


def all_work(shot: Snapshot, age_s: float) -> bool:
    states = {view.standing.state for view in shot.channels}
    return states == {State.AVAILABLE} and age_s < 5


def is_down(shot: Snapshot, name: str) -> bool:
    return shot.channel(name).standing.state is State.DOWN


def newest(true: Callable[[Dispatch], object]) -> Callable[[Snapshot, float], object]:
    return lambda shot, _: shot.notices and true(shot.notices[0])


def another(before: Snapshot) -> Callable[[Snapshot, float], object]:
    """Tell whether it is of an engine that began later, and has been on for a while."""

    def holds(shot: Snapshot, _: float) -> bool:
        later = shot.started.steady_s > before.started.steady_s
        return later and shot.at.since(shot.started) > LONG_S

    return holds


@asynccontextmanager
async def _office(tmp_path: Path, after: str) -> AsyncIterator[Office]:
    async def accept(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"ok\n")
        writer.close()

    (tmp_path / "run").mkdir(mode=0o700)
    town = Town(tmp_path)
    folder = tmp_path / "office"
    folder.mkdir()
    (folder / "ring").write_text(RING.format(folder=folder))
    async with AsyncExitStack() as stack:
        mail = await stack.enter_async_context(
            await asyncio.start_server(accept, "127.0.0.1", 0)
        )
        radio = await stack.enter_async_context(tcp_server(accept))
        port = mail.sockets[0].getsockname()[1]
        written = PLAN.format(mail=port, radio=radio, folder=folder, after=after)
        town.plan.write_text(written)
        yield Office(town, folder, mail)
        town.end()


@pytest.fixture
async def office(processes: None, tmp_path: Path) -> AsyncIterator[Office]:
    async with _office(tmp_path, "1h") as made:
        yield made


@pytest.mark.smoke
async def test_change_is_told_and_shown_and_noted(office: Office) -> None:
    office.town.start()
    await office.town.until(all_work)
    office.mail_fails()
    told = await office.until_told("bell", 1)
    shot = await office.town.until(newest(lambda d: d.stage is Stage.ACCEPTED))
    code = shot.notices[0].code
    listed = await office.town.command("notify", "--format", "json")
    shown = await office.town.command("notify", "--lang", "en")
    done = await office.town.command("ack", code.lower(), "--by", "Ana")
    acknowledged = f"notice {code} acknowledged"
    journal = await office.command_until("journal", acknowledged)
    await office.town.ended()

    assert code in told[0]
    assert [view.name for view in shot.targets] == ["bell", "horn"]
    assert listed.answer["notices"][0]["attempts"][0]["stage"] == "accepted"
    assert "to duty: bell; not acknowledged, after " in shown.out
    assert "to chief: horn\n" in shown.out
    assert (done.code, code in done.out, "Ana" in done.out) == (0, True, True)
    assert f"notice {code} to duty: accepted by bell" in journal.out
    entries = "\n".join(office.journal())
    assert NoticeEntry.__name__ not in entries
    assert "Radio" not in entries  # none of its words


async def test_at_a_first_start_nobody_is_told_until_somebody_says_so(
    office: Office,
) -> None:
    plan = office.town.plan
    plan.write_text(plan.read_text().replace("  held: false\n", ""))
    office.town.start()
    await office.town.until(all_work)
    office.mail_fails()
    first = await office.town.until(lambda shot, _: is_down(shot, "mail"))
    office.town.kill()
    office.town.start()
    held = await office.town.until(another(first))
    checked = await office.town.command("self-check", "--lang", "en")
    listed = await office.town.command("notify", "--lang", "en")
    told = office.told("bell")
    done = await office.town.command("notify", "--on", "--by", "Ana", "--lang", "en")
    await office.until_told("bell", 1)
    shot = await office.town.until(newest(lambda told: told.stage))
    journal = await office.command_until("journal", "notices are sent from now on")

    assert held.held_until is not None
    assert held.held_until == first.held_until
    assert (checked.code, "▲ Notices are held until " in checked.out) == (1, True)
    assert "nobody is told of a change" in listed.out
    assert told == []
    assert (done.code, done.out) == (0, "Notices are sent from now on.\n")
    assert shot.held_until is None
    assert "Ana" in journal.out


async def test_killed_while_it_is_sent_it_is_sent_once_more_and_says_so(
    office: Office,
) -> None:
    office.town.start()
    await office.town.until(all_work)
    (office.folder / "hold").touch()
    office.mail_fails()
    first = await office.until_told("bell", 1)
    office.town.kill()
    (office.folder / "hold").unlink()
    office.town.start()
    await office.until_told("bell", 2)
    shot = await office.town.until(newest(lambda d: d.stage is Stage.ACCEPTED))
    await office.town.ended()
    office.town.start()
    await office.town.until(another(shot))
    await office.town.ended()

    assert "AGAIN" not in first[0]
    assert sum("AGAIN" in each for each in office.told("bell")) == 1
    before, after = shot.notices[0].attempts
    assert (before.stage, before.under_way, after.again) == (None, False, True)
    assert len(office.told("bell")) == 2


@pytest.mark.usefixtures("processes")
async def test_what_nobody_acknowledges_goes_to_the_next_who_does_by_the_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _office(tmp_path, "1s") as office:
        office.town.start()
        await office.town.until(all_work)
        office.mail_fails()
        await office.until_told("horn", 1)
        shot = await office.town.until(newest(lambda d: d.recipient == "chief"))
        for name, value in office.town.environment.items():
            monkeypatch.setenv(name, value)
        opened, posted, again = await _by_link(office, office.told("horn")[0])
        done = await office.town.until(newest(lambda d: d.acknowledged_at))
        await office.town.ended()

    assert shot.notices[0].escalated_from == "duty"
    assert shot.notices[0].code == shot.notices[1].code
    assert shot.notices[0].asks
    assert [opened.status_code, posted.status_code, again.status_code] == [
        200,
        200,
        200,
    ]
    assert shot.notices[0].title in unescape(opened.text)
    assert "Acknowledged by Ana" in posted.text
    assert "Acknowledged by Ana" in again.text
    assert {each.acknowledged_by for each in done.notices} == {"Ana"}
    assert not any(each.asks for each in done.notices)


async def _by_link(office: Office, told: str) -> tuple[httpx.Response, ...]:
    """Follow the link in a notice, acknowledge it there, and follow it again."""
    _, _, rest = told.partition("https://secours.example")
    link = re.match(r"/ack/[\w-]+", rest)
    assert link is not None
    page = httpx.ASGITransport(app(office.town.plan), client=("192.0.2.7", 50_000))
    async with httpx.AsyncClient(
        transport=page, base_url="https://secours.example"
    ) as client:
        opened = await client.get(link[0])
        posted = await client.post(link[0], data={"by": "Ana"})
        return opened, posted, await client.get(link[0])


@small_disk.NEEDED
async def test_full_disk_stops_no_notice_and_none_comes_twice(office: Office) -> None:
    with small_disk.mounted(office.town.store_in, "4m") as disk:
        office.town.start()
        await office.town.until(all_work)
        small_disk.fill(disk)
        office.mail_fails()
        await office.until_told("bell", 1)
        shot = await office.town.until(newest(lambda d: d.stage is Stage.ACCEPTED))
        before = await office.ask(do="notices")
        office.town.kill()
        # What the history let go of by then may have had room for it.
        (disk / saved_outbox.NAME).unlink(missing_ok=True)
        office.town.start()
        await office.town.until(another(shot))
        after = await office.ask(do="notices")
        await office.town.ended()

    assert after["notices"] == before["notices"]
    assert len(office.told("bell")) == 1


async def test_test_of_a_target_is_followed_to_its_end(office: Office) -> None:
    office.town.start()
    await office.town.until(all_work)
    done = await office.town.command("notify", "--test", "horn", "--by", "Ana")
    wrong = await office.town.command("notify", "--test", "hron", "--by", "Ana")
    (office.folder / "ring").write_text("echo no horn; exit 4\n")
    failed = await office.town.command("notify", "--test", "horn", "--by", "Ana")
    shown = await office.town.command("notify", "--lang", "en")
    listed = await office.town.command("notify", "--format", "json")
    await office.town.ended()

    assert (done.code, failed.code, wrong.code) == (0, 3, 3)
    accepted = r"\n  test accepted \d+ s ago, not known to have arrived; the"
    assert re.search(accepted, shown.out)
    assert "latest test failed: " in shown.out
    proofs = [each["proven_stage"] for each in listed.answer["targets"]]
    assert proofs == [None, "accepted"]
    assert listed.answer["targets"][1]["proof_failed"] == "reported"
    assert "accepted by horn, not known to have arrived" in done.out
    assert "not taken by horn" in failed.out
    assert "no horn" in failed.out
    assert "no target is called hron" in wrong.err
    assert "TEST" in office.told("horn")[0]


async def test_damaged_outbox_is_set_aside_and_stops_nothing(office: Office) -> None:
    office.town.store_in.mkdir(mode=0o700)
    (office.town.store_in / saved_outbox.NAME).write_text("{")
    office.town.start()
    await office.town.until(all_work)
    said = await office.town.ended()

    assert "notices.json cannot be read" in said
    assert (office.town.store_in / "notices.damaged").exists()
