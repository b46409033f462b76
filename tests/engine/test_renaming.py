"""A channel that gets another name, and the engine as a process."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from servers.command import Command, Done, until

from secours.engine.store.reader import HistoryReader
from secours.model.observed import Verdict

PLAN = """
site: {name: Test, language: en}
probing: {interval: 300ms, watch_every: 300ms, retry_every: 100ms, timeout: 5s}
channels:
  NAMES
    purposes: [coordinate]
    depends_on: []
    probes: [{type: plugin, command: [echo, fine]}]
  room: {purposes: [coordinate], depends_on: [], test: {every: 7d}}
plan:
  - {purpose: coordinate, audience: staff, primary: NAME, alternate: room}
"""
GENEROUSLY_S = 40.0
OLD = PLAN.replace("NAMES", "pager:").replace("NAME", "pager")
NEW = PLAN.replace("NAMES", "siren:\n    was: pager").replace("NAME", "siren")
AGAIN = """
  pager:
    purposes: [coordinate]
    depends_on: []
    probes: [{type: plugin, command: [sh, -c, echo bad; exit 2], confirm: 1}]
  room:"""
GIVEN = NEW.replace("    was: pager\n", "").replace("\n  room:", AGAIN)
SILENT = NEW.replace("    was: pager\n", "")  # without a word of what it was


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.plan(OLD)
    return command


async def told(secours: Command, *argv: str) -> Done:
    done = await secours.run(*argv)
    assert done.code == 0, done.err
    return done


def shows(name: str) -> Callable[[Done], bool]:
    def known(done: Done) -> bool:
        if not done.out:
            return False
        found = {each["channel"]: each["state"] for each in done.answer["channels"]}
        return found.get(name) in ("available", "down")

    return known


async def live(secours: Command) -> None:
    """Let people speak of the channel under its old name."""
    await until(secours, "status", "--format", "json", holds=shows("pager"))
    for words in (
        "mark channel:pager distrusted --why stolen",
        "test pager ok --remark heard",
        "pin coordinate/staff room --why drill",
        "pin coordinate/staff pager --why mine",
    ):
        await told(secours, *words.split(), "--by", "Ana")


async def check_all_goes_on(secours: Command) -> None:
    done = await until(secours, "status", "--format", "json", holds=shows("siren"))
    (siren,) = (each for each in done.answer["channels"] if each["channel"] == "siren")
    advised = (await secours.run("recommend", "--format", "json")).answer
    journal = await told(secours, "journal", "--format", "json")
    verified = await secours.run("journal", "--verify")

    assert "set-aside" in (siren["reason"], *siren.get("warnings", ()))
    assert [mark["subject"] for mark in advised["marks"]] == ["channel:siren"]
    names = {each["name"] for each in journal.answer["entries"] if "name" in each}
    assert "siren" in names
    assert "pager" not in names
    assert "channel:pager" not in names
    assert (verified.code, verified.err) == (0, "")
    with HistoryReader(secours.folder / "state") as history:
        assert history.changes_of("channel", "siren")


async def test_renamed_while_the_engine_runs(secours: Command) -> None:
    async with secours.running("run"):
        await live(secours)
        count = kept(secours, "pager")
        secours.plan(NEW)
        await check_all_goes_on(secours)
        await measured_again(secours, "siren", count)
    assert count > 0


def of_pager(journal: Done) -> list[tuple[str, str]]:
    return [
        (entry["before"], entry["after"])
        for entry in journal.answer["entries"]
        if entry.get("name") == "pager"
    ]


async def measured_again(secours: Command, name: str, count: int) -> None:
    """Wait until more than so many results of a channel are on disk."""
    async with asyncio.timeout(GENEROUSLY_S):
        while kept(secours, name) <= count:  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.1)


def kept(secours: Command, name: str) -> int:
    with HistoryReader(secours.folder / "state") as history:
        return len(history.results(f"channels/{name}/plugin", limit=100_000))


async def test_renamed_while_no_engine_runs_and_for_good(secours: Command) -> None:
    async with secours.running("run"):
        await live(secours)
    count = kept(secours, "pager")
    secours.plan(NEW)
    async with secours.running("run"):
        await check_all_goes_on(secours)
    secours.plan(SILENT)  # once it is known, the plan need not go on saying so
    before = secours.engine_began
    async with secours.running("run"):
        await until(secours, "status", holds=lambda _: secours.engine_began != before)
        await check_all_goes_on(secours)
        await measured_again(secours, "siren", count)
    assert count > 0


async def test_name_that_another_channel_gets_gives_it_nothing_of_the_first(
    secours: Command,
) -> None:
    async with secours.running("run"):
        await live(secours)
        count = kept(secours, "pager")
        secours.plan(NEW)
        await check_all_goes_on(secours)
        secours.plan(GIVEN)
        journal = await until(
            secours,
            *("journal", "--format", "json"),
            holds=lambda done: bool(of_pager(done)),
        )

    assert of_pager(journal) == [("unknown", "down")]
    assert kept(secours, "siren") > count > 0
    with HistoryReader(secours.folder / "state") as history:
        results = history.results("channels/pager/plugin")
        assert {each.outcome.verdict for each in results} == {Verdict.FAILED}
        (one,) = history.changes_of("channel", "pager")
        assert one.after == "down"
        ours = history.changes_of("channel", "siren")
        assert ours[-1].after == "available"  # the first it ever was, as pager


async def test_renamed_and_back_its_history_is_one_newest_first(
    secours: Command,
) -> None:
    back = OLD.replace("pager:\n", "pager:\n    was: siren\n", 1)
    async with secours.running("run"):
        await live(secours)
        for plan, name in ((NEW, "siren"), (back, "pager")):
            secours.plan(plan)
            await until(secours, "status", "--format", "json", holds=shows(name))
            await measured_again(secours, name, kept(secours, name))

    with HistoryReader(secours.folder / "state") as history:
        times = [each.at.utc for each in history.results("channels/pager/plugin")]
        assert history.names == {"siren": "pager"}
        assert history.given_back == ()
    assert times == sorted(times, reverse=True)


async def test_mark_of_what_the_plan_no_longer_has_is_named(secours: Command) -> None:
    async with secours.running("run"):
        await live(secours)
        secours.plan(SILENT)
        await until(secours, "status", "--format", "json", holds=shows("siren"))

        status = await secours.run("status")
        advice = await secours.run("validate")
        lost = "pager, marked by Ana, is no longer in the plan"
        assert lost in status.out
        assert "Ana marked 'pager', which the plan no longer has" in advice.err

        await told(secours, "mark", "channel:pager", "clear", "--by", "Ana")
        assert lost not in (await secours.run("status")).out
        assert (await secours.run("validate")).err.count("pager") == 0
