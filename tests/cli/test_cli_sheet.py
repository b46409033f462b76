from pathlib import Path

import pytest
from servers.command import Command

PLAN = """
site: {name: Room, language: en}
channels:
  desk: {label: Desk, how: Ring 4711, purposes: [alert]}
  horn: {label: Horn, how: On the roof, purposes: [alert]}
plan:
  - purpose: alert
    audience: staff
    primary: desk
    alternate: horn
    last_resort: Send somebody
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.plan(PLAN)
    return command


async def test_the_sheet_needs_no_engine(secours: Command) -> None:
    text = await secours.run("sheet")
    page = await secours.run("sheet", "--format", "html", "--lang", "fr")

    assert (text.code, page.code) == (0, 0)
    assert "ALERT · staff\n  1  Desk\n  2  Horn\n" in text.out
    assert "  If nothing works: Send somebody\n" in text.out
    assert "  Desk  Ring 4711\n" in text.out
    assert page.out.startswith('<!DOCTYPE html><html lang="fr">')
    assert "Comment utiliser chaque canal" in page.out


async def test_the_sheet_calls_a_channel_of_a_kind_by_its_label(
    secours: Command,
) -> None:
    secours.plan(PLAN.replace("{label: Horn", "{kind: sip-trunk, label: Telephone"))

    text = await secours.run("sheet")

    assert "  1  Desk\n  2  Telephone\n" in text.out


async def test_a_plan_with_mistakes_has_no_sheet(secours: Command) -> None:
    secours.plan(PLAN.replace("alternate: horn", "alternate: hron"))

    done = await secours.run("sheet")

    assert done.code == 3
    assert "hron" in done.err
    assert done.out == ""


async def test_with_an_engine_the_sheet_has_its_states(secours: Command) -> None:
    async with secours.running("run"):
        done = await secours.run("sheet")
        while "States as of" not in done.out:
            done = await secours.run("sheet")
        other = secours.plan(PLAN.replace("Horn", "Siren"), "other.yaml")
        drafted = await secours.run("sheet", "--config", str(other))

    shown = done.out.replace(">", " ")
    assert "  1  Desk  UNKNOWN · no automatic test · USE THIS" in shown
    assert "Siren" in drafted.out
    assert "States not known" in drafted.out


async def test_without_an_engine_the_sheet_still_says_what_must_not_be_used(
    secours: Command,
) -> None:
    word = ("mark", "desk", "distrusted", "--by", "Ana")
    async with secours.running("run"):
        while (await secours.run(*word)).code:
            pass
    (secours.folder / "run").rename(secours.folder / "away")  # as after a reboot

    sheet = await secours.run("sheet")

    assert "States not known" in sheet.out
    assert "Do not use: Desk (compromised, Ana " in sheet.out
