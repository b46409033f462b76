import re
from pathlib import Path

import pytest
from printed import checker
from servers.command import Command

from secours import places
from secours.core.memory import Memory
from secours.core.statements.words_in_force import Words
from secours.engine import clock
from secours.engine.store import saved_memory
from secours.model.statements import Trial

FRAGILE = """
site: {name: Test, language: en, access: {internet: [internet:fibre]}}
components:
  power:grid: {label: Grid}
  internet:fibre: {label: Fibre, depends_on: [power:grid], autonomy: 2h}
  provider:meta: {label: Meta}
  service:whatsapp: {label: WhatsApp service}
channels:
  whatsapp:
    label: WhatsApp
    purposes: [coordinate]
    depends_on: [service:whatsapp, provider:meta, internet:fibre]
    reaches: {staff: 0.8}
    probes: [{type: tcp, host: 127.0.0.1, port: 1}]
  messenger:
    label: Messenger
    purposes: [coordinate]
    depends_on: [provider:meta, internet:fibre]
    test: {every: 7d}
plan:
  - purpose: coordinate
    audience: staff
    primary: whatsapp
    alternate: messenger
    last_resort: Walk
"""
SOUND = """
site: {name: Test, language: en}
components: {carrier:x: {label: X}, sat:y: {label: Y}}
channels:
  sms:
    purposes: [alert]
    depends_on: [carrier:x]
    probes: [{type: icmp, host: 127.0.0.1}]
  satphone: {purposes: [alert], depends_on: [sat:y], test: {every: 7d}}
plan:
  - purpose: alert
    audience: staff
    primary: sms
    alternate: satphone
    last_resort: Walk
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.plan(FRAGILE)
    return command


async def test_a_single_point_of_failure_is_1_and_is_named(secours: Command) -> None:
    done = await secours.run("audit", "--all")

    assert (done.code, done.err) == (1, "")
    assert "COORDINATE · staff\n  channels: 2; independent ways: 1 (" in done.out
    assert "ONE failure cuts everybody off: Fibre; Meta." in done.out
    assert "batteries are empty: Grid (after 2 h)." in done.out
    assert "primary and alternate: one failure takes both: Fibre, Meta." in done.out
    assert "Does not reach everybody: WhatsApp (80%)." in done.out
    assert "a test of Messenger would" in done.out
    assert "Messenger: never tried" in done.out


async def test_an_audit_says_of_each_line_its_worst_failure_and_a_mend(
    secours: Command,
) -> None:
    done = await secours.run("audit")

    assert (done.code, done.err) == (1, "")
    assert done.out == (
        "As designed, nothing failed.\n"
        "COORDINATE · staff [coordinate/staff]: 1 of 2 channels independent\n"
        "  Worst single failure: Fibre [internet:fibre] leaves nothing\n"
        "  Mends most: add a channel that does without Grid, Fibre, Meta, such as "
        "REGETEL, Satellite telephone, Satellite messenger; "
        "then no single failure cuts everybody off within 8 h\n"
        "Receivers not declared: COORDINATE · staff\n"
        "All findings: secours audit --all\n"
    )


async def test_password_that_goes_in_clear_is_said_by_audit_and_by_validate(
    secours: Command,
) -> None:
    secours.env["WORD"] = "hush-hush"
    probe = "{type: imap, host: in.test, security: none, username: u, password: '%s'}"
    plain = "{type: tcp, host: 127.0.0.1, port: 1}"
    assert plain in FRAGILE
    secours.plan(FRAGILE.replace(plain, probe % "${WORD}"))

    told = await secours.run("audit", "--all")
    answer = (await secours.run("audit", "--format", "json")).answer
    warned = await secours.run("validate")

    assert "WhatsApp: password to in.test, not encrypted" in told.out
    (found,) = answer["in_clear"]
    place = f"probes.yaml:{found['line']}:{found['column']}: warning: {found['where']}"
    assert f"{place}: not encrypted: " in " ".join(warned.err.split())
    assert (found["of"], found["mend"]) == ("channel:whatsapp", "security: tls")
    assert "hush" not in told.out + warned.err


async def test_a_plan_without_one_is_0(secours: Command) -> None:
    secours.plan(SOUND)

    done = await secours.run("audit", "--all")

    assert (done.code, done.err) == (0, "")
    assert "No single failure cuts everybody off." in done.out
    assert "Two failures leave nothing: X + Y;" in done.out


DECLARES_NOTHING = """
site: {name: Town hall, language: en}
channels:
  phones:
    label: Telephones
    purposes: [alert, coordinate]
    probes: [{type: sip, host: pbx.example.org}]
  mail: {label: E-mail, purposes: [coordinate], probes: [{type: smtp, host: h}]}
  radio: {label: Radio, purposes: [alert, coordinate], test: {every: 7d}}
  runner: {label: Runner, purposes: [coordinate], depends_on: [], test: {every: 7d}}
plan:
  - {purpose: coordinate, audience: management, primary: phones, alternate: mail,
     contingency: radio, emergency: runner, last_resort: Meet}
"""


async def test_a_plan_that_declares_no_needs_is_not_praised(secours: Command) -> None:
    secours.plan(DECLARES_NOTHING.replace(", emergency: runner", ""))

    done = await secours.run("audit", "--all")

    assert (done.code, done.err) == (1, "")
    assert "channels: 3; independent ways: 0; " in done.out
    assert (
        "What Telephones, E-mail, Radio need is not known: taken to fall with "
        "everything, and no independent way." in done.out
    )
    assert "Whether one failure cuts everybody off is not known." in done.out
    assert "No single failure cuts everybody off" not in done.out


async def test_what_is_declared_to_need_nothing_is_told_as_such(
    secours: Command,
) -> None:
    secours.plan(DECLARES_NOTHING)

    done = await secours.run("audit", "--all")
    answer = await secours.run("audit", "--format", "json")

    assert done.code == 1
    assert "independent ways: 1 (Runner)" in done.out
    assert "Declared to need nothing: Runner." in done.out
    (line,) = answer.answer["lines"]
    assert line["needs_unknown"] == ["phones", "mail", "radio"]
    assert line["needs_none"] == ["runner"]


async def test_it_says_that_it_is_of_the_world_as_designed(secours: Command) -> None:
    done = await secours.run("audit", "--all")
    answer = await secours.run("audit", "--format", "json")

    assert done.out.startswith("As designed, nothing failed.\n\nCOORDINATE · staff\n")
    assert answer.answer["world"] == "as designed"


WHOLE = """
site: {name: Test, language: en}
components:
  carrier:x: {label: X}
  sat:y: {label: Y}
  site:lan: {label: LAN}
  endpoint:w: {label: Desks}
  provider:z: {label: Z}
channels:
  sms:
    label: SMS
    purposes: [alert]
    depends_on: [carrier:x, site:lan, endpoint:w]
    traits: {e2e: no, managed: yes, daily: yes}
    probes: [{type: icmp, host: 127.0.0.1, confirm: 4}]
  pager:
    label: Pager
    purposes: [alert]
    depends_on: [carrier:x]
    traits: {managed: no, sla: no, daily: no}
    probes: [{type: icmp, host: 127.0.0.1}]
  bell: {label: Bell, purposes: [alert], depends_on: [site:lan]}
  app: {label: App, purposes: [alert], depends_on: [provider:z], test: {every: 7d}}
  alert: {kind: be-alert, purposes: [alert], label: BE-Alert, test: {every: 35d}}
  satphone:
    label: Satphone
    purposes: [alert]
    depends_on: [sat:y]
    probes: [{type: heartbeat, every: 5m, grace: 5m}]
plan:
  - {purpose: alert, audience: staff, primary: [sms, pager], alternate: [bell, app]}
  - purpose: alert
    audience: partners
    primary: pager
    alternate: app
    emergency: satphone
  - {purpose: alert, audience: population, primary: [alert, app], alternate: satphone}
"""


async def test_each_finding_is_said_in_words(secours: Command) -> None:
    secours.plan(WHOLE)

    done = await secours.run("audit", "--all")

    assert done.err == ""
    assert "Three failures leave nothing: X + Y + Z; " in done.out
    assert "SMS and Pager: one failure takes both: X." in done.out
    assert "No channel here is: encrypted end to end" in done.out
    assert "cannot tell apart\n  LAN / Desks: a test of Bell would\n" in done.out
    assert "Only ever proven to answer\n  SMS, Pager\n" in done.out
    assert re.search(r"App: never tried\n", done.out)
    assert re.search(
        r"BE-Alert: never tried, next day for it: [-\d]+, national test: 20\d\d-10-\d",
        done.out,
    )
    assert (
        "SMS: left after 4 failed tests in a row, at most 70 s after it fails; taken"
        " back after 2 good tests in a row and 10 min (rule of this plan)" in done.out
    )
    assert "Pager: left after 2 failed tests in a row, at most 40 s" in done.out
    assert "a row and 10 min (usual rule)" in done.out
    assert "Satphone: left after 2 failed tests in a row, at most 11 min" in done.out
    assert "Bell, App, BE-Alert: no test decides: left on a person" in done.out
    assert (
        "who would notice?\n  Pager, BE-Alert\n  nobody said: Bell, App, Satphone\n"
        in done.out
    )
    assert "Pager: not managed by the institution, no service contract" in done.out


async def test_json_has_each_finding_with_its_channels(secours: Command) -> None:
    secours.plan(WHOLE)

    done = await secours.run("audit", "--format", "json")

    found = done.answer
    checker("audit").validate(found)
    assert ["carrier:x", "sat:y", "provider:z"] in found["lines"][1]["cut_sets"]
    assert found["not_daily"] == ["pager", "alert"]
    assert found["daily_unknown"] == ["bell", "app", "satphone"]
    assert found["uncontrolled"][0] == {"channel": "pager", "lacks": ["managed", "sla"]}
    assert found["promises"][0]["own"]
    assert found["promises"][1]["switch_s"] == 40
    assert found["promises"][2]["confirm"] is None
    assert found["lines"][0]["steps"][0]["channels"] == ["sms", "pager"]


async def test_json_says_it_with_the_names_of_the_plan(secours: Command) -> None:
    done = await secours.run("audit", "--format", "json")

    (line,) = done.answer["lines"]
    assert done.code == 1
    assert line["single_points"] == ["internet:fibre", "provider:meta"]
    assert line["cut_sets"] == [["internet:fibre"], ["provider:meta"]]
    assert line["single_points_later"] == [{"component": "power:grid", "after_s": 7200}]
    assert line["independent_ways"] == 1
    assert (line["ways_by_providers"], line["ways_by_access"]) == (1, 1)
    assert line["reaches"][0] == {"channel": "whatsapp", "share": 0.8}
    assert done.answer["tests"][0]["standing"] == "never"
    assert done.answer["weak_evidence"] == [{"channel": "whatsapp", "best": "reached"}]
    assert done.answer["labels"]["channel:messenger"] == "Messenger"


@pytest.mark.parametrize("plan", [FRAGILE, SOUND])
async def test_json_holds_to_its_schema(secours: Command, plan: str) -> None:
    secours.plan(plan)

    done = await secours.run("audit", "--format", "json")

    checker("audit").validate(done.answer)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "UNE panne laisse tout le monde sans canal : Fibre ; Meta."),
        ("nl", "ÉÉN storing laat iedereen zonder kanaal: Fibre; Meta."),
        ("de", "EIN Ausfall lässt alle ohne Kanal: Fibre; Meta."),
    ],
)
async def test_it_speaks_the_language(
    secours: Command, language: str, words: str
) -> None:
    done = await secours.run("audit", "--all", "--lang", language)

    assert words in done.out
    assert not {"audit.", "tier.", "trait."} & set(done.out.split())


async def test_what_people_logged_is_known_from_the_engine(
    secours: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SECOURS_DATA", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, secours.env[name])
    trial = Trial(channel="messenger", worked=False, by="Anne", at=clock.now())
    memory = Memory(words=Words(trials={"messenger": trial}))
    folder = places.runtime_dir()
    (folder / saved_memory.NAME).write_bytes(
        saved_memory.written(memory, clock.boot_id())
    )

    done = await secours.run("audit", "--all")

    assert re.search(r"Messenger: tried \d+ s ago, and it did not work", done.out)


async def test_a_kind_that_is_no_more_is_told(secours: Command) -> None:
    secours.plan(SOUND.replace("satphone: {", "satphone: {kind: sense-chat, ", 1))

    done = await secours.run("audit", "--all")

    assert "Discontinued\n" in done.out


async def test_a_bad_plan_is_3_with_its_mistakes(secours: Command) -> None:
    secours.plan("channels: {sms: {purpose: [alert]}}")

    done = await secours.run("audit", "--all")

    assert (done.code, done.out) == (3, "")
    assert "probes.yaml:1:" in done.err
