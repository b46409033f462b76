import asyncio
import importlib.util
import json
import re
import signal
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from servers.command import LIMIT_S, Command, ended
from servers.scripted import silent, tcp_server

from secours import cli, texts
from secours.cli import COMMANDS, GROUPS, PROVINCE, schema
from secours.languages import LANGUAGES

PLAN = """
site: {name: Test, language: en}
channels:
  sms: {purposes: [coordinate], probes: [{type: tcp, host: 127.0.0.1, port: 1}]}
  job: {purposes: [coordinate], probes: [{type: heartbeat, every: 5m}]}
plan:
  - {purpose: coordinate, audience: staff, primary: sms, last_resort: Walk}
"""


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.plan(PLAN)
    return command


# ------------------------------------------------------------------ usage


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_file(command: str) -> None:
    file = command.replace("-", "_")
    found = importlib.util.find_spec(f"{cli.__name__}.{file}")

    assert found, f"write src/secours/cli/{file}.py, or take it out of COMMANDS"


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        ("chek", "invalid choice: 'chek': did you mean 'check'?"),
        ("lint", "invalid choice: 'lint': did you mean 'validate'?"),
        ("xyzzy", "invalid choice: 'xyzzy' (choose from"),
        ("hand-down --pending", "sites take no more plans; what they made of marks"),
        ("hand-down", "exercises: secours sites --pending"),
        ("check --formt json", "arguments: --formt: did you mean '--format'?"),
        ("check --confg=x", "arguments: --confg=x: did you mean '--config'?"),
        ("check --xyzzy", "unrecognized arguments: --xyzzy"),
        ("check --channel sms", "named without --channel; one of: sms, job"),
        ("check --chanel=sms", "named without --chanel; one of: sms, job"),
        ("watch tkae", "invalid choice: 'tkae': did you mean 'take'?"),
        ("check --format xml", "invalid choice: 'xml'"),
        ("check --retries -1", "must be at least 0"),
        ("check --retries many", "invalid number value: 'many'"),
        ("recommend sms", "unrecognized arguments: sms"),
        ("up --port 70000", "must be from 1 to 65535"),
        ("schema --of nothing", "invalid choice: 'nothing'"),
        ("journal --since yesterday", "must be such as 2h"),
        ("journal --since 99999999d", "must be such as 2h"),
        ("beat", "required: NAME"),
    ],
)
async def test_bad_usage_is_3_with_the_reason(
    secours: Command, argv: str, reason: str
) -> None:
    done = await secours.run(*argv.split())

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("usage: secours")
    assert reason in done.err


@pytest.mark.parametrize(
    ("argv", "french"),
    [
        ("xyzzy", "choix non valable : 'xyzzy' (choix possibles : recommend, status"),
        ("check --formt json", "arguments inconnus : --formt : vouliez-vous dire"),
        ("mark sms down", "il manque : --by"),
        ("exercise", "il manque : {start,stop}, --by"),
        ("exercise halt", "argument {start,stop} : choix non valable : 'halt' ("),
        ("test sms maybe", "argument {ok,failed} : choix non valable : 'maybe' ("),
        (
            "mark sms distroyed --by A",
            "argument WORD : choix non valable : 'distroyed'",
        ),
        ("check --format xml", "argument --format : choix non valable : 'xml' ("),
        ("check --format jsn", "choix non valable : 'jsn' : vouliez-vous dire"),
        ("check --retries -1", "argument --retries : doit être au moins 0"),
        ("check --retries many", "valeur non valable : 'many'"),
        ("up --port 70000", "doit être entre 1 et 65535"),
        ("run --http a:b:c", "doit être un port, ou ADDRESS:PORT, [ADDRESS]:PORT"),
        ("journal --since hier", "doit être tel que 2h ou 2026-11-24T14:00"),
        ("mark sms down --for 1h --until 12:00", "ne va pas avec"),
        ("chek", "choix non valable : 'chek' : vouliez-vous dire 'check'"),
    ],
)
async def test_refusal_of_a_command_line_speaks_the_plans_language(
    secours: Command, argv: str, french: str
) -> None:
    secours.plan(PLAN.replace("language: en", "language: fr"))

    done = await secours.run(*argv.split())

    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("usage : secours")
    assert french in done.err


async def test_alone_it_prints_its_help(secours: Command) -> None:
    done = await secours.run()

    assert done.code == 0
    shown = re.findall(r"^  ([a-z][a-z-]+)  ", done.out, re.MULTILINE)
    assert shown == [name for name in COMMANDS if name not in GROUPS[PROVINCE]]
    assert re.findall(r"^(\w+):$", done.out, re.MULTILINE) == [
        *("options", "See", "Say", "Plan", "Run")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_help_speaks_the_language_of_the_plan(
    secours: Command, language: str
) -> None:
    plan = PLAN.replace("language: en", f"language: {language}")
    secours.plan(f"{plan}sites: {{}}\n")

    every = await secours.run("--help")
    one = await secours.run("mark", "--help")

    said = {key: " ".join(text.split()) for key, text in texts.words(language).items()}
    told = [" ".join(done.out.split()) for done in (every, one)]
    for name in (*COMMANDS, *(f"group.{group}" for group in GROUPS)):
        assert f" {said[f'help.{name}']}" in told[0]
    assert told[0].startswith(f"{said['commands.usage.prefix']} secours ")
    assert told[1].startswith(f"{said['commands.usage.prefix']} secours mark")
    assert (said["help.mark"][1:] in told[1]) is (language != "en")
    assert said["help.options"] in told[1]
    assert said["help.arguments"] in told[1]


async def test_help_shows_the_province_where_the_plan_has_sites(
    secours: Command,
) -> None:
    hidden = await secours.run("mark", "--help")
    secours.plan(f"{PLAN}sites: {{}}\n")
    shown = await secours.run("mark", "--help")
    all_commands = await secours.run("--help")

    assert ("--sites A,B" in hidden.out, "--sites A,B" in shown.out) == (False, True)
    assert "\nProvince:\n  sites " in all_commands.out


async def test_unknown_command_is_told_the_commands_that_the_help_shows(
    secours: Command,
) -> None:
    alone = await secours.run("xyzzy")
    near = await secours.run("hbu")
    secours.plan(f"{PLAN}sites: {{}}\n")
    among_sites = await secours.run("xyzzy")

    for name in GROUPS[PROVINCE]:
        assert name not in alone.err
        assert name in among_sites.err
    assert "did you mean 'hub'?" in near.err


async def test_sites_is_taken_though_the_help_hides_it(secours: Command) -> None:
    done = await secours.run(*["mark", "sms", "down", "--by", "Anne", "--sites", "all"])

    assert "unrecognized" not in done.err


async def test_it_knows_its_version(secours: Command) -> None:
    done = await secours.run("--version")

    assert done.code == 0
    assert done.out.startswith("secours ")


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_has_its_help(secours: Command, command: str) -> None:
    done = await secours.run(command, "--help")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"usage: secours {command}")


async def test_the_file_may_be_named_by_the_environment(secours: Command) -> None:
    secours.plan(PLAN.replace("sms", "pager"), "other.yaml")
    secours.env["SECOURS_CONFIG"] = "other.yaml"

    done = await secours.run("check", "--format", "json")

    assert [c["channel"] for c in done.answer["channels"]] == ["pager", "job"]


async def test_ctrl_c_is_130_and_quiet(secours: Command) -> None:
    connected = asyncio.Event()

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await silent(reader, writer)

    async with tcp_server(peer) as port:
        secours.plan(PLAN.replace("port: 1}", f"port: {port}, expect: x}}"))
        process = await secours.start("check")
        await asyncio.wait_for(connected.wait(), LIMIT_S)
        process.send_signal(signal.SIGINT)
        done = await ended(process)

    assert (done.code, done.out, done.err) == (130, "", "")


async def test_a_reader_that_leaves_is_no_reason_for_noise(secours: Command) -> None:
    line = f"'{sys.executable}' -m secours schema | true; echo ${{PIPESTATUS[0]}}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", line),
        env=secours.env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )

    assert await process.communicate() == (b"141\n", b"")


# ------------------------------------------------------------------ validate


async def test_validate_counts_what_is_right(secours: Command) -> None:
    done = await secours.run("validate")

    assert done.code == 0
    said = "probes.yaml: 2 channels, 2 probes, 1 line: no mistakes"
    lack = "COORDINATE · staff: not known: the plan does not say what sms needs"
    assert done.out.splitlines() == [
        said,
        f"what the plan lacks most: {lack} (more: secours audit)",
        "next: secours check",
    ]


async def test_validate_lists_every_mistake(secours: Command) -> None:
    bad = PLAN.replace("primary: sms", "primary: smss").replace("port: 1", "prot: 1")
    secours.plan(bad, "bad.yaml")

    done = await secours.run("validate", "bad.yaml")

    assert (done.code, done.out) == (3, "")
    lines = done.err.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("bad.yaml:") for line in lines)
    assert "'sms'" in done.err
    assert "'port'" in done.err


async def test_validate_speaks_to_programs(secours: Command) -> None:
    secours.plan(PLAN.replace("port: 1", "prot: 1"), "bad.yaml")
    validator = Draft202012Validator(schema.of("validate"))

    good = await secours.run("validate", "--format", "json")
    bad = await secours.run("validate", "bad.yaml", "--format", "json")

    for done in (good, bad):
        validator.validate(done.answer)
    assert (good.code, good.answer["valid"]) == (0, True)
    assert (bad.code, bad.answer["valid"]) == (3, False)
    assert {m["line"] for m in bad.answer["mistakes"]} == {4}


async def test_a_file_whose_name_is_no_utf_8_is_answered_for_too(
    secours: Command,
) -> None:
    name = "caf\udce9.yaml"  # the byte E9, as Python has it in a name
    secours.plan(PLAN.replace("port: 1", "prot: 1"), name)

    done = await secours.run("validate", name, "--format", "json")

    assert (done.code, done.answer["file"]) == (3, "caf?.yaml")
    assert {each["file"] for each in done.answer["mistakes"]} == {"caf?.yaml"}


async def test_validate_warns_of_what_is_unwise(secours: Command) -> None:
    secours.plan(PLAN.replace(", last_resort: Walk", ""))

    done = await secours.run("validate")

    assert done.code == 0
    assert "probes.yaml:7: warning: plan[0]: no last_resort" in done.err


async def test_validate_loads_an_old_plan_and_says_what_ranks_lower(
    secours: Command,
) -> None:
    secours.plan(
        "channels:\n  radio: {test: {every: 7d}}\n"
        "  tel: {kind: courier, test: {every: 7d}}\n"
        "plan: [{purpose: alert, audience: x, primary: tel, last_resort: y}]\n"
    )

    done = await secours.run("validate")
    answer = (await secours.run("validate", "--format", "json")).answer

    assert done.code == 0
    said, groups = done.err.splitlines()
    assert said.startswith("probes.yaml:2: warning: channels.radio: what it needs is")
    assert groups.startswith(
        "probes.yaml:4:35: warning: plan[0].audience: nobody knows"
    )
    assert answer["warnings"] == [
        said.removeprefix("probes.yaml:2: warning: "),
        groups.removeprefix("probes.yaml:4:35: warning: "),
    ]


# ------------------------------------------------------------------ schema, probes


async def test_schema_accepts_the_plan_that_validates(secours: Command) -> None:
    schema = (await secours.run("schema")).answer

    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(
        {
            "channels": {
                "sms": {
                    "purposes": ["alert"],
                    "probes": [{"type": "tcp", "host": "x", "port": 1}],
                }
            }
        }
    )


async def test_probes_are_listed_in_three_formats(secours: Command) -> None:
    text = await secours.run("probes", "tcp")
    answer = await secours.run("probes", "--format", "json")
    table = await secours.run("probes", "--format", "markdown")

    assert text.out.startswith("tcp (served): ")
    Draft202012Validator(schema.of("probes")).validate(answer.answer)
    types = [each["type"] for each in answer.answer["probes"]]
    assert {"tcp", "http", "smtp", "modem", "heartbeat"} <= set(types)
    rows = table.out.splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == types
    assert {row.count("|") for row in rows} == {5}


async def test_page_of_a_probe_type_says_what_it_does_not_see(secours: Command) -> None:
    page = (await secours.run("probes", "tls")).out
    every = (await secours.run("probes")).out

    assert "Whether a certificate was revoked is not seen" in page
    assert "revoked" not in every


async def test_a_probe_type_that_is_none_is_3(secours: Command) -> None:
    done = await secours.run("probes", "tpc")

    assert done.code == 3
    assert "did you mean 'tcp'?" in done.err


# ------------------------------------------------------------------ init


@pytest.mark.parametrize("language", LANGUAGES)
async def test_init_writes_a_plan_that_validates(
    secours: Command, language: str
) -> None:
    made = await secours.run("init", "mine.yaml", "--lang", language)
    checked = await secours.run("validate", "mine.yaml")

    assert (made.code, checked.code) == (0, 0), checked.err
    assert f"language: {language}" in (secours.folder / "mine.yaml").read_text("utf-8")


async def test_a_profiler_writes_what_it_found(secours: Command) -> None:
    found = secours.folder / "found"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cProfile", "-o", str(found)),
        *("-m", "secours", "probes"),
        env=secours.env,
        stdout=asyncio.subprocess.DEVNULL,
    )

    assert (await process.wait(), found.stat().st_size > 0) == (0, True)


async def test_init_leaves_a_file_that_is_there(secours: Command) -> None:
    done = await secours.run("init")

    assert done.code == 3
    assert "probes.yaml is there already" in done.err
    assert (secours.folder / "probes.yaml").read_text("utf-8") == PLAN


async def test_init_says_where_it_cannot_write(secours: Command) -> None:
    done = await secours.run("init", "no/such/folder.yaml")

    assert (done.code, done.err.count("\n")) == (3, 1)


# ------------------------------------------------------------------ beat


async def test_a_beat_is_what_a_heartbeat_waits_for(secours: Command) -> None:
    before = await secours.run("check", "job")
    sent = await secours.run("beat", "job")
    good = await secours.run("check", "job", "--format", "json")
    await secours.run("beat", "job", "--fail")
    bad = await secours.run("check", "job", "--format", "json")

    assert (sent.code, sent.out, sent.err) == (0, "", "")
    assert (before.code, good.code, bad.code) == (3, 0, 2)
    assert good.answer["channels"][0]["evidence"] == "served"
    assert bad.answer["channels"][0]["reason"] == "reported"


async def test_a_beat_for_nobody_is_3(secours: Command) -> None:
    done = await secours.run("beat", "jbo")

    assert done.code == 3
    assert "did you mean 'job'?" in done.err


# ------------------------------------------------------------------ no engine


@pytest.mark.parametrize("command", ["recommend", "status", "journal"])
async def test_without_an_engine_it_is_3_with_one_clear_line(
    secours: Command, command: str
) -> None:
    done = await secours.run(command, "--format", "json")

    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)
    assert "Traceback" not in done.err


async def test_a_folder_that_others_may_enter_is_refused(secours: Command) -> None:
    folder = Path(secours.env["XDG_RUNTIME_DIR"]) / "secours"
    folder.mkdir(parents=True)
    folder.chmod(0o755)

    done = await secours.run("recommend")

    assert (done.code, done.err.count("\n")) == (3, 1)
    assert "chmod 700" in done.err


async def test_a_snapshot_that_nobody_understands_is_3(secours: Command) -> None:
    await secours.run("recommend")  # makes the folder
    root = Path(secours.env["XDG_RUNTIME_DIR"]) / "secours"
    folder = next(path for path in root.iterdir() if path.is_dir())
    (folder / "snapshot.json").write_text(json.dumps({"at": 1}))

    done = await secours.run("recommend")

    assert (done.code, done.out) == (3, "")
    assert "cannot be understood" in done.err
