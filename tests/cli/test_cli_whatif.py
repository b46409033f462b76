import asyncio
from pathlib import Path

import pytest
from printed import checker
from servers.command import Command
from servers.scripted import tcp_server

PLAN = """
site: {name: Test, language: en}
components:
  power:grid: {label: Grid}
  carrier:x: {label: Operator X, depends_on: [power:grid], autonomy: 4h}
  internet:fibre: {label: Fibre, depends_on: [power:grid]}
channels:
  teams:
    label: Teams
    purposes: [alert]
    depends_on: [internet:fibre]
    test: {every: 7d}
  sms:
    label: SMS
    how: Console
    purposes: [alert]
    depends_on: [carrier:x]
    test: {every: 7d}
plan:
  - {purpose: alert, audience: staff, primary: teams, alternate: sms, last_resort: Walk}
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.plan(PLAN)
    return command


async def test_it_tells_what_falls_and_what_to_use_step_by_step(
    secours: Command,
) -> None:
    done = await secours.run("whatif", "--fail", "power:grid")

    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "If this fails: Grid.\n"
        "Power is lost: alert now, while the networks hold; then only short messages.\n"
        "\n"
        "           ALERT\n"
        "At once    ▲ SMS\n"
        "After 4 h  ✖ nothing left\n"
        "\n"
        "At once:\n"
        "  Falls: Teams (with Fibre), Grid, Fibre (with Grid).\n"
        "  ALERT · staff [alert/staff]: use SMS (Console).\n"
        "    If that fails: no other safe channel.\n"
        "    Why: Teams: depends on Fibre, down.\n"
        "    Still left: 1 of 2 (SMS).\n"
        "\n"
        "After 3 h 45 min:\n"
        "  Will soon end: SMS.\n"
        "  ALERT · staff [alert/staff]: use SMS (Console) · DEGRADED.\n"
        "    If that fails: no other safe channel.\n"
        "    Why: Teams: depends on Fibre, down.\n"
        "    Still left: 1 of 2 (SMS).\n"
        "\n"
        "After 4 h:\n"
        "  Falls: SMS (with Operator X), Operator X (with Grid).\n"
        "  ALERT · staff [alert/staff]: NO USABLE CHANNEL. Walk\n"
        "    Why: Teams: depends on Fibre, down; SMS: depends on Operator X, down.\n"
        "    Still left: 0 of 2.\n"
        "\n"
        "Names that commands take: Grid [power:grid]; Operator X [carrier:x]; "
        "Fibre [internet:fibre]\n"
    )


async def test_it_looks_no_further_than_asked(secours: Command) -> None:
    done = await secours.run("whatif", "--fail", "power:grid", "--at", "1h")

    assert done.code == 0
    assert "After 4 h:" not in done.out
    assert "\nFalls only later: Operator X (after 4 h), SMS (after 4 h).\n" in done.out


async def test_json_says_it_with_the_names_of_the_plan(secours: Command) -> None:
    done = await secours.run(
        *("whatif", "--fail", "power:grid", "--fail", "channel:sms"),
        *("--at", "4h", "--format", "json"),
    )

    checker("whatif").validate(done.answer)
    assert done.answer["fail"] == ["power:grid", "channel:sms"]
    assert done.answer["at_s"] == 4 * 3600
    first = done.answer["steps"][0]
    assert {fall["name"]: fall["because"] for fall in first["falls"]} == {
        "power:grid": None,
        "channel:sms": None,
        "internet:fibre": "power:grid",
        "channel:teams": "internet:fibre",
    }
    assert first["recommendations"][0]["use"] is None
    assert first["recommendations"][0]["left"] == []


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        ("--fail powr:grid", "no component 'powr:grid' in this plan: did you mean"),
        ("--fail sms", "'sms' is a channel: write channel:sms"),
        ("--fail channel:smss", "did you mean 'channel:sms'?"),
        ("--fail power:grid --at soon", "must be a length of time such as"),
        ("", "the following arguments are required: --fail"),
    ],
)
async def test_what_is_not_in_the_plan_is_3_with_the_nearest_name(
    secours: Command, argv: str, reason: str
) -> None:
    done = await secours.run("whatif", *argv.split())

    assert (done.code, done.out) == (3, "")
    assert reason in done.err


async def test_what_somebody_distrusts_now_is_named(secours: Command) -> None:
    alone = await secours.run("whatif", "--fail", "power:grid")
    word = ("mark", "teams", "distrusted", "--by", "Ana")
    async with secours.running("run"):
        while (await secours.run(*word)).code:
            pass
        text = await secours.run("whatif", "--fail", "power:grid")
        done = await secours.run("whatif", "--fail", "power:grid", "--format", "json")

    checker("whatif").validate(done.answer)
    assert "Do not use" not in alone.out
    assert text.out.splitlines()[1].startswith("Do not use: Teams (compromised, Ana ")
    assert [each["channel"] for each in done.answer["do_not_use"]] == ["teams"]


async def test_battery_lasts_as_its_ups_says_now(secours: Command) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        values = {"ups.status": "OL", "battery.runtime": "1430"}
        while line := (await reader.readline()).decode().strip():
            name = line.rpartition(" ")[2]
            writer.write(f'VAR ups {name} "{values.get(name, 90)}"\n'.encode())

    async with tcp_server(peer) as port:
        ups = f"{{type: nut, host: 127.0.0.1, port: {port}, ups: ups, security: none}}"
        grid = f"label: Grid, probes: [{ups}]"
        measured = PLAN.replace("label: Grid", grid).replace(
            "autonomy: 4h", "autonomy: {from: nut, declared: 4h}"
        )
        secours.plan(measured)
        alone = await secours.run("whatif", "--fail", "power:grid")
        async with secours.running("run"):
            done = alone
            while done.out == alone.out:
                done = await secours.run("whatif", "--fail", "power:grid")

    assert "After 4 h  ✖ nothing left" in alone.out
    assert "After 23 min  ✖ nothing left" in done.out
