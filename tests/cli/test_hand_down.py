"""A province and a site as people run them: said at the one, seen at both."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from cli.hub_site import DISON, LIEGE, Site
from servers.command import Command, Done, until
from servers.hub_server import OFFICE, one_hub, serving
from servers.nats_server import NEEDED

pytestmark = NEEDED


@pytest.fixture
async def both(processes: None, tmp_path: Path) -> AsyncIterator[tuple[Site, Site]]:
    """Run the province, a site, and the hub between them."""
    hub = one_hub(tmp_path / "hub", dison=[])
    office = Site(tmp_path / "office", hub, OFFICE, LIEGE)
    dison = Site(tmp_path / "dison", hub, DISON, "Dison")
    async with (
        serving(hub),
        office.running("run", "--province"),
        dison.running("run"),
    ):
        for each in (office, dison):
            await until(each, "recommend")
        yield office, dison


async def done(secours: Command, *argv: str) -> Done:
    found = await secours.run(*argv)
    assert found.code == 0, found.err
    return found


def marked(*wanted: tuple[str, str]) -> Callable[[Done], bool]:
    """Tell of what `recommend` prints whether these marks hold, with their authors."""

    def holds(found: Done) -> bool:
        marks = found.answer.get("marks", []) if found.out else []
        return [(mark["author"], mark["says"]) for mark in marks] == list(wanted)

    return holds


def is_heard(found: Done) -> bool:
    """Tell of what `sites` prints whether the site says what it has."""
    return bool(found.out and found.answer["sites"][0].get("parts"))


def outcomes(found: Done) -> list[tuple[str, str, str]]:
    """Return what became of all that was handed down, the newest first."""
    orders = found.answer["orders"]
    return [
        (order["kind"], to["progress"], to["outcome"])
        for order in orders
        for to in order["to"]
    ]


def last(*wanted: str) -> Callable[[Done], bool]:
    return lambda found: outcomes(found)[:1] == [wanted]


RECOMMEND = ("recommend", "--format", "json")
PENDING = ("sites", "--pending", "--format", "json")


async def test_word_of_the_province_holds_at_the_site_until_the_province_lifts_it(
    both: tuple[Site, Site],
) -> None:
    office, dison = both
    to = ("--by", "Ann", "--sites", "dison")
    await until(office, "sites", "--site", "dison", "--format", "json", holds=is_heard)
    said = await done(office, "mark", "carrier:a", "distrusted", "--why", "spy", *to)
    named = "Carrier A [carrier:a]"
    assert f"“{named} set aside: no longer safe” goes to Dison" in said.out

    held = await until(dison, *RECOMMEND, holds=marked((LIEGE, "distrusted")))
    [mark] = held.answer["marks"]
    assert mark["by"] == f"{LIEGE} (Ann)"
    refused = await dison.run("mark", "carrier:a", "clear", "--by", "Bob")
    assert f"only {LIEGE} can lift that" in refused.err
    await until(office, *PENDING, holds=last("mark", "answered", "taken"))
    journal = await done(dison, "journal", "--format", "json")
    assert f"{LIEGE} (Ann)" in journal.out
    await done(dison, "journal", "--verify")

    await done(office, "mark", "carrier:a", "clear", *to)
    await until(dison, *RECOMMEND, holds=marked())


async def test_site_plays_the_provinces_exercise_and_its_own_word_is_above(
    both: tuple[Site, Site],
) -> None:
    office, dison = both
    to = ("--by", "Ann", "--sites", "all", "--for", "1h")
    await done(office, "exercise", "start", "--fail", "sms", *to)
    await done(office, "mark", "carrier:a", "down", *to)
    await until(dison, *RECOMMEND, holds=marked((LIEGE, "down")))
    await done(dison, "mark", "carrier:a", "maintenance", "--by", "Bob")
    await until(dison, *RECOMMEND, holds=marked(("", "maintenance")))
    await done(dison, "mark", "carrier:a", "clear", "--by", "Bob")
    await until(dison, *RECOMMEND, holds=marked((LIEGE, "down")))


async def test_what_sites_took_is_listed_and_only_a_province_hands_down(
    both: tuple[Site, Site],
) -> None:
    office, dison = both
    assert "nothing was sent to sites" in (await office.run("sites", "--pending")).out
    to = ("--by", "Ann", "--sites", "dison")
    await done(office, "mark", "carrier:a", "down", *to)
    await done(office, "mark", "carrier:z", "down", *to)
    await until(office, *PENDING, holds=last("mark", "answered", "unknown-subject"))

    _, _, listed = (await office.run("sites", "--pending")).out.partition("\n\n")
    assert [line.partition(": ")[2] for line in listed.splitlines()] == [
        "carrier:z declared down (by Ann)",
        "the site’s plan has no carrier:z",  # noqa: RUF001
        "Carrier A [carrier:a] declared down (by Ann)",
        "taken in",
    ]
    mine = await dison.run("mark", "sms", "down", "--by", "A", "--sites", "all")
    assert "not that of a province" in mine.err


async def test_who_names_no_site_that_is_known_reads_so_at_once(
    both: tuple[Site, Site],
) -> None:
    office, _ = both
    await until(office, "sites", holds=lambda found: "Dison" in found.out)
    named = ("mark", "carrier:a", "down", "--by", "Ann", "--sites")

    assert "perhaps misspelt: Dison;" in (await done(office, *named, "Dison,dison")).err
    assert not (await done(office, *named, "dison")).err
    assert not (await done(office, *named, "all")).err
