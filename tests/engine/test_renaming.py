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
GENEROUSLY_S = 60.0
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
    """Run a command, again where the engine was too busy to answer."""
    return await until(secours, *argv, holds=lambda done: done.code == 0)


def shows(name: str) -> Callable[[Done], bool]:
    def known(done: Done) -> bool:
        if not done.out:
            return False
        found = {each["channel"]: each["state"] for each in done.answer["channels"]}
        return found.get(name) in ("available", "down")

    return known


def has_only_new_names(journal: Done) -> bool:
    entries = journal.answer["entries"] if journal.code == 0 else []
    names = {each["name"] for each in entries if "name" in each}
    return "siren" in names and names.isdisjoint({"pager", "channel:pager"})


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
    await until(secours, "journal", "--format", "json", holds=has_only_new_names)
    verified = await secours.run("journal", "--verify")

    assert "set-aside" in (siren["reason"], *siren.get("warnings", ()))
    assert [mark["subject"] for mark in advised["marks"]] == ["channel:siren"]
    assert (verified.code, verified.err) == (0, "")
    with HistoryReader(secours.folder / "state") as history:
        assert history.changes_of("channel", "siren")


async def test_renamed_while_the_engine_runs(secours: Command) -> None:
    async with secours.running("run"):
        await live(secours)
        count = await kept_at_least_once(secours, "pager")
        secours.plan(NEW)
        await check_all_goes_on(secours)
        await measured_again(secours, "siren", count)


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
    try:
        with HistoryReader(secours.folder / "state") as history:
            return len(history.results(f"channels/{name}/plugin", limit=100_000))
    except FileNotFoundError:  # the engine has not made it yet
        return 0


async def kept_at_least_once(secours: Command, name: str) -> int:
    """Return how many results of a channel are on disk, once one is."""
    await measured_again(secours, name, 0)
    return kept(secours, name)


async def test_renamed_while_no_engine_runs_and_for_good(secours: Command) -> None:
    async with secours.running("run"):
        await live(secours)
        await kept_at_least_once(secours, "pager")
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


async def test_name_that_another_channel_gets_gives_it_nothing_of_the_first(
    secours: Command,
) -> None:
    async with secours.running("run"):
        await live(secours)
        count = await kept_at_least_once(secours, "pager")
        secours.plan(NEW)
        await check_all_goes_on(secours)
        secours.plan(GIVEN)
        journal = await until(
            secours,
            *("journal", "--format", "json"),
            holds=lambda done: bool(of_pager(done)),
        )

    assert of_pager(journal) == [("unknown", "down")]
    assert kept(secours, "siren") > count
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


SHARED = (
    PLAN.replace("channels:", "components: {identity:ad: {}}\nchannels:")
    .replace("NAMES", "pager:")
    .replace("NAME", "pager")
    .replace("[]", "[identity:ad]", 1)
)
OTHER = SHARED.replace("identity:ad", "identity:entra")
WAS = OTHER.replace("entra: {}", "entra: {was: identity:ad}")


def set_aside(done: Done) -> bool:
    found = {each["channel"]: each for each in done.answer.get("channels", ())}
    pager = found.get("pager", {})
    return "set-aside" in (pager.get("reason"), *pager.get("warnings", ()))


async def in_force(secours: Command, plan: str, reads: str = "new plan") -> None:
    """Put a plan in force, and wait until the engine says so."""
    count = (await secours.run("journal")).out.count(reads)
    secours.plan(plan)
    await until(secours, "journal", holds=lambda done: done.out.count(reads) > count)


async def test_distrusted_component_under_another_name_holds_what_it_held(
    secours: Command,
) -> None:
    secours.plan(SHARED)
    async with secours.running("run"):
        await until(secours, "status", "--format", "json", holds=shows("pager"))
        said = await told(secours, "mark", "identity:ad", "distrusted", "--by", "Ana")
        assert "Set aside: pager." in said.out

        await in_force(secours, OTHER)
        advice = (await secours.run("validate")).err
        assert "Ana distrusts 'identity:ad', which the plan no longer has" in advice
        assert "until then these stay set aside: pager" in advice
        assert set_aside(await secours.run("status", "--format", "json"))

        for plan in (WAS, SHARED):
            await in_force(secours, plan)
            assert "Ana" not in (await secours.run("validate")).err
            assert set_aside(await secours.run("status", "--format", "json"))

    secours.plan(SHARED.replace("[identity:ad]", "[]"))
    assert "'pager' stays set aside" in (await secours.run("validate")).err
    before = secours.engine_began
    async with secours.running("run"):
        await until(secours, "status", holds=lambda _: secours.engine_began != before)
        assert set_aside(await secours.run("status", "--format", "json"))
        await told(secours, "mark", "channel:pager", "clear", "--by", "Bo")
        assert not set_aside(await secours.run("status", "--format", "json"))
        marks = (await secours.run("recommend", "--format", "json")).answer["marks"]
        assert [mark["subject"] for mark in marks] == ["identity:ad"]
        assert (await secours.run("journal", "--verify")).code == 0


async def test_history_of_a_component_goes_on_under_its_new_name(
    secours: Command,
) -> None:
    probes = "{probes: [{type: plugin, command: [echo, fine]}]}"
    secours.plan(SHARED.replace("ad: {}", f"ad: {probes}"))
    of_it = "components/identity:entra/plugin"
    async with secours.running("run"):
        await until(secours, "status", "--format", "json", holds=shows("pager"))
        await in_force(secours, WAS.replace("ad}", f"ad, {probes[1:]}"))
    with HistoryReader(secours.folder / "state") as history:
        assert history.names == {"identity:ad": "identity:entra"}
        assert history.results(of_it)[-1].probe == of_it
        began = history.results(of_it)[-1].at.utc
        ours = history.changes_of("component", "identity:entra")
        assert [change.after for change in ours] == ["available"]
        assert abs((ours[0].at.utc - began).total_seconds()) < GENEROUSLY_S


async def test_mark_of_what_the_plan_no_longer_has_is_named(secours: Command) -> None:
    async with secours.running("run"):
        await live(secours)
        secours.plan(SILENT)
        await until(secours, "status", "--format", "json", holds=shows("siren"))

        status = await secours.run("status")
        advice = await secours.run("validate")
        lost = "pager, marked by Ana, is no longer in the plan"
        assert lost in status.out
        assert "Ana distrusts 'pager', which the plan no longer has" in advice.err

        await told(secours, "mark", "channel:pager", "clear", "--by", "Ana")
        assert lost not in (await secours.run("status")).out
        assert (await secours.run("validate")).err.count("pager") == 0
