import json
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


ORDERS = """
audiences:
  staff:
    when_cut: {listen: "hh:00 to hh:05, radio CRISIS-1", meet: Town hall}
  authority: {report: {site: A generator}}
components: {site:it: {}}
"""


async def test_orders_are_printed_whole_or_as_one_text_message(
    secours: Command,
) -> None:
    secours.plan(PLAN + ORDERS)

    whole = await secours.run("sheet", "--orders")
    brief = await secours.run("sheet", "--orders", "--brief")

    said = "Listen: radio CRISIS-1, every hour from :00 to :05. Meet: Town hall\n"
    assert whole.out == f"Staff: after 30 min without contact. {said}"
    assert brief.out == f"Room. After 30 min without contact: {said}"


async def test_orders_too_long_for_a_text_message_are_warned_of(
    secours: Command,
) -> None:
    long = ORDERS.replace("Town hall", "Town hall" + 14 * " and again")
    secours.plan(PLAN + long)

    brief = await secours.run("sheet", "--orders", "--brief")

    assert brief.code == 0
    assert len(brief.out.strip()) <= 160
    assert "160 fit: the end is cut" in brief.err


async def test_a_plan_without_orders_or_report_says_so(secours: Command) -> None:
    orders = await secours.run("sheet", "--orders")
    as_json = await secours.run("sheet", "--format", "json")

    assert orders.code == as_json.code == 3
    assert "'when_cut'" in orders.err
    assert "--report AUDIENCE" in as_json.err


async def test_a_report_needs_an_engine_and_says_what_is_needed(
    secours: Command,
) -> None:
    secours.plan(PLAN + ORDERS)
    without = await secours.run("sheet", "--report", "authority")
    assert without.code == 3

    async with secours.running("run"):
        while (await secours.run("mark", "site:it", "down", "--by", "Ann")).code:
            pass  # it starts
        text = await secours.run("sheet", "--report", "authority")
        brief = await secours.run("sheet", "--report", "authority", "--brief")
        other = await secours.run("sheet", "--report", "staff")
        whole = await secours.run("sheet", "--report", "authority", "--format", "json")

    assert "Needed\n  A generator\n" in text.out
    assert "Needed: A generator" in brief.out
    assert len(brief.out.strip()) <= 160
    assert "'report' for authority" in other.err
    assert json.loads(whole.out)["needed"] == ["A generator"]
