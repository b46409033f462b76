"""Nothing in another language than the site's: the commands, on a plan in each.

What a command says of a French plan is held beside what it says of the same plan in
English: no phrase of the one may stand in the other, but for names and quotes.
"""

import asyncio
import re
import socket
from pathlib import Path

import pytest
from servers.command import Command

from secours.cli import run as run_command
from secours.languages import LANGUAGES

OTHERS = [language for language in LANGUAGES if language != "en"]

PLAN = """
site: {language: @}
probing: {interval: 1m}
components: {power:grid: {label: Grid}}
channels:
  sms: {label: SMS, purposes: [coordinate], depends_on: [power:grid], test: {every: 7d}}
  job:
    purposes: [alert, coordinate]
    depends_on: []
    probes: [{type: heartbeat, every: 5m}]
plan:
  - {purpose: coordinate, audience: staff, primary: sms, last_resort: Walk}
  - {purpose: alert, audience: staff, primary: job, last_resort: Walk}
  - {purpose: alert, audience: guests, primary: job, last_resort: Walk}
"""

BROKEN = {  # lines that are put into a plan, each with a mistake or several
    "types": """
channels:
  a: {probes: 5, traits: [wakes_peple], purposes: [alrt], autonomy: 5, reaches: {x: 2}}
  b: {kind: signl, depends_on: [power:grd, power], label: {}, maintenance: [{from: x}]}
  c: {probes: [{type: tcp}, {type: tpc}, {type: tcp, host: h, port: "25", prot: 1}]}
  d: {probes: [{type: tcp, host: h, port: 99999, interval: 0s, confirm: 0}, {}]}
  e: {test: {}, carries: [smoke], short_name: no, without: [power:grid]}
  f: {depends_on: {any_of: []}, test: {every: soon}, probes: [{type: http, url: 1}]}
  g: {probes: [{type: http, url: 'http://h', expect_status: [x], headers: [1]}]}
  x/y: {}
screen: {layout: rows, distance_m: 0, max_age: []}
paths: {lan: {interface: a b, source: here, references: [{type: heartbeat, every: 1m}]}}
""",
    "options": """
channels:
  a: {probes: [{type: imap, host: h, username: u}, {type: icmp, host: h, count: 99}]}
  b: {probes: [{type: modem}, {type: modem, modemmanager: -1}]}
  c: {probes: [{type: mqtt, host: h}, {type: ntp, host: 'h:x'}]}
  d: {probes: [{type: tcp, host: h, port: 25, expect: '('}]}
  e: {probes: [{type: matrix, base_url: h, room: r}]}
  m: {probes: [{type: matrix, base_url: 'http://a:b@h'}]}
  f: {probes: [{type: snmp, host: h}, {type: snmp, host: h, community: '${'}]}
  g: {probes: [{type: snmp, host: h, community: '${file:}', checks: [{oid: x}]}]}
  h: {probes: [{type: imap, host: h, username: u, password: hunter2}]}
  i: {probes: [{type: heartbeat, every: 5m, via: lan}]}
  l: {probes: [{type: tcp, host: '${A}', port: 1}]}
  j: {probes: [{type: twilio, account_sid: x}, {type: plugin, command: []}]}
  k: {probes: [{type: sip, host: 'a b'}, {type: xmpp, jid: x}]}
""",
    "lines": """
components:
  {power:a: {depends_on: [power:b]}, power:b: {depends_on: [power:a]}, gas: {}}
channels:
  a: {purposes: [alert], probes: [{type: tcp, host: h, port: 1}], without: [power:grid]}
  b: {kind: signal, without: [power:nothing], probes: [{type: tcp, host: h, port: 1}]}
  c: {probes: [{type: tcp, host: h, port: 1}, {type: tcp, host: h, port: 2, via: wan}]}
plan:
  - {purpose: coordinate, audience: x, primary: [a, a], require: [e2e]}
  - {purpose: coordinate, audience: x, primary: [d, b], require: [e2f]}
  - {purpose: alert, audience: y, primary: []}
  - {purpose: alert}
""",
    "sites": """
channels: {}
sites:
  {name: all, hub: h, share: [x], follow: [down], accept: [x], at: [1], credentials: x}
""",
    "none": "channels: {}\n",
    "text": "channels: {a: &b {label: *c}}\n",
    "yaml": "channels: {a: [b\n",
    "twice": "channels: {a: {}, a: {}}\nsecond: {<<: 1}\n",
    "tag": "channels: !!map {}\n",
    "documents": "channels: {}\n---\na: 1\n",
    "control": "channels: {a: \x01}\n",
}

UNWISE = """
site: {language: @, access: {mobile: carrier:mobile-b}}
paths:
  lan: {references: [{type: icmp, host: h}]}
  wan: {}
channels:
  a: {kind: sense-chat, purposes: [alert], reaches: {nobody: 1}, test: {every: 7d}}
  b: {test: {every: 7d}}
  c: {depends_on: [], probes: [{type: icmp, host: h}]}
  d: {depends_on: [], probes: [{type: tcp, host: h, port: 1, expect: 'a(?=b)'}]}
  e: {depends_on: [], purposes: [alert]}
  f: {kind: voice-mobile, purposes: [alert]}
  g: {depends_on: [], probes: [{type: tcp, host: h, port: 1, required: false}]}
  h: {depends_on: [], probes: [{type: http, url: 'http://h/${NOT_SET}'}]}
plan: [{purpose: alert, audience: staff, primary: [e, f]}]
sites: {name: mine, hub: 'tls://h', follow: mine, region: East}
"""

WITHOUT_ENGINE = [
    "check smss",
    "beat jobb",
    "whatif --fail power:gird",
    "whatif --fail sms",
    "replay",
    "replay meta-2021-10-05",
    "recommend",
    "recommend --sent",
    "recommend --announce --sent",
    "status",
    "journal",
    "journal --note x",
    "journal --note x --by Ana",
    "journal --verify",
    "mark power:grid down --by Ana",
    "mark power:grid up --since 14:05 --by Ana",
    "mark power:grid --by Ana",
    "mark power:grid down --only up --by Ana",
    "mark power:grid --confirm --by Ana",
    "pin alert --by Ana",
    "test sms --by Ana",
    "watch",
    "watch take",
    "watch --by Ana",
    "watch take --to Bob --by Ana",
    "validate",
]

WITH_ENGINE = [
    "mark power:gird down --by Ana",
    "mark power:grid down --until 25:00 --by Ana",
    "mark power:grid down --until 2001-01-01T00:00 --by Ana",
    "mark power:grid down --until 2999-01-01T00:00 --by Ana",
    "mark power:grid down --since 2999-01-01T00:00 --by Ana",
    "mark power:grid down --since 2001-01-01T00:00 --by Ana",
    "mark power:grid clear --by Ana",
    "mark --confirm --by Ana",
    "pin alert sms --by Ana",
    "pin alert/staff sms --by Ana",
    "pin allert sms --by Ana",
    "pin alert/staff --clear --by Ana",
    "test smss ok --by Ana",
    "test sms --undo --by Ana",
    "watch hand --by Ana",
    "exercise stop --by Ana",
    "exercise start --by Ana",
    "exercise start --fail power:grid --by Ana",
    "exercise start --fail power:grid --for 48h --by Ana",
]

PEERS = re.compile(r"«[^»]*»|“[^”]*”|„[^“]*“")  # in the marks of each language
QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|\([^)]*\)")
WORDS = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)+")
OPTION = re.compile(r"--\w+|secours \w+.*")


def phrases(said: str) -> set[str]:
    """Return what is said in words of a language, without names and quotes."""
    return set(WORDS.findall(unquoted(said)))


def unquoted(said: str) -> str:
    """Return it without names and quotes."""
    return OPTION.sub(";", QUOTED.sub(";", PEERS.sub(";", said)))


def shared(english: str, other: str) -> set[str]:
    """Return the phrases that stand in both."""
    return {phrase for phrase in phrases(english) if phrase in unquoted(other)}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SECOURS_CONFIG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    return tmp_path


def write(text: str, language: str) -> None:
    Path("probes.yaml").write_text(text.replace("@", language), encoding="utf-8")


def says(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Return all that a command prints."""
    run_command(list(argv))
    printed = capsys.readouterr()
    return printed.out + printed.err


def test_a_phrase_in_two_languages_is_found_and_names_are_not() -> None:
    english = "p.yaml:1: no such kind 'my kind': did you mean 'a b'? secours init x y"
    french = "le genre 'my kind' : secours init x y"

    assert shared(english, f"did you mean 'a b' ? {french}") == {"did you mean"}
    assert not shared(english, french)


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("language", OTHERS)
def test_mistakes_are_said_in_the_language_of_the_site(
    place: Path, capsys: pytest.CaptureFixture[str], language: str, what: str
) -> None:
    said = {}
    for spoken in ("en", language):
        write("site: {language: @}\n" + BROKEN[what].lstrip("\n"), spoken)
        said[spoken] = says(capsys, "validate")

    assert said["en"].count("\n") == said[language].count("\n")
    assert phrases(said["en"])
    assert not shared(said["en"], said[language])


@pytest.mark.parametrize("language", OTHERS)
def test_advice_is_said_in_the_language_of_the_site(
    place: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    said = {}
    for spoken in ("en", language):
        write(UNWISE, spoken)
        said[spoken] = says(capsys, "validate")

    assert said["en"].count("warning") > 12
    assert said["en"].count("\n") == said[language].count("\n")
    assert not shared(said["en"], said[language])


@pytest.mark.parametrize("command", WITHOUT_ENGINE)
@pytest.mark.parametrize("language", OTHERS)
def test_commands_refuse_in_the_language_of_the_site(
    place: Path, capsys: pytest.CaptureFixture[str], language: str, command: str
) -> None:
    said = {}
    for spoken in ("en", language):
        write(PLAN, spoken)
        said[spoken] = says(capsys, *command.split())

    assert phrases(said["en"])
    assert not shared(said["en"], said[language])


@pytest.mark.parametrize("language", OTHERS)
def test_a_port_that_is_taken_is_said_in_the_language_of_the_site(
    place: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    said = {}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for spoken in ("en", language):
            write(PLAN, spoken)
            said[spoken] = says(capsys, "up", "--port", port)
            said[spoken] += says(capsys, "run", "--http", port)

    assert phrases(said["en"])
    assert not shared(said["en"], said[language])


@pytest.mark.parametrize("language", OTHERS)
def test_a_folder_of_somebody_else_is_said_in_the_language_of_the_site(
    place: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    (place / "run").mkdir()
    (place / "run" / "secours").mkdir(mode=0o755)
    (place / "run" / "secours").chmod(0o755)
    said = {}
    for spoken in ("en", language):
        write(PLAN, spoken)
        said[spoken] = says(capsys, "status")

    assert phrases(said["en"])
    assert not shared(said["en"], said[language])


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Return what real engines refuse, by language and command."""
    return {
        language: asyncio.run(_refused(tmp_path_factory.mktemp(language), language))
        for language in LANGUAGES
    }


async def _refused(folder: Path, language: str) -> dict[str, str]:
    secours = Command(folder)
    secours.plan(PLAN.replace("@", language))
    async with secours.running("run"):
        await _until_it_answers(secours)
        return {command: await _say(secours, command) for command in WITH_ENGINE}


async def _until_it_answers(secours: Command) -> None:
    async with asyncio.timeout(60.0):
        while (await secours.run("journal", "--note", "x", "--by", "Ana")).code:
            pass


async def _say(secours: Command, command: str) -> str:
    done = await secours.run(*command.split())
    assert done.code == 3, done
    return done.out + done.err


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("command", WITH_ENGINE)
@pytest.mark.parametrize("language", OTHERS)
def test_the_engine_refuses_in_the_language_of_the_site(
    refused: dict[str, dict[str, str]], language: str, command: str
) -> None:
    english, other = refused["en"][command], refused[language][command]

    assert phrases(english)
    assert not shared(english, other)


# ------------------------------------------------------------------ which language


@pytest.mark.parametrize(
    ("text", "environ", "begins"),
    [
        (
            "site: {language: fr}\na: [\n",
            {"LANG": "de_DE.UTF-8"},
            "ce '[' n\u2019est jamais",
        ),
        ("a: [\n", {"LANG": "de_DE.UTF-8"}, "diese '[' wird nirgends"),
        ("a: [\n", {"LANG": "de_DE", "LC_MESSAGES": "nl_BE"}, "deze '[' wordt nergens"),
        ("a: [\n", {"LANG": "de_DE", "LC_ALL": "fr_BE"}, "ce '[' n\u2019est jamais"),
        ("a: [\n", {"LANG": "es_ES.UTF-8"}, "this '[' is never"),
        ("a: [\n", {}, "this '[' is never"),
        ("channels: {}\n", {"LANG": "fr_BE"}, "there is no channel"),
        ("site: {language: xx}\nchannels: {}\n", {"LANG": "fr_BE"}, "au choix : fr"),
    ],
)
def test_the_site_s_language_goes_before_the_terminal_s(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    environ: dict[str, str],
    begins: str,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    write(text, "")

    assert f": {begins}" in says(capsys, "validate")


def test_the_language_asked_for_goes_before_the_site_s(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(PLAN, "fr")

    assert "kein Kanal 'x'" in says(capsys, "check", "x", "--lang", "de")


def test_a_file_that_is_not_there_is_said_in_the_terminal_s_language(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "nl_BE.UTF-8")

    assert "dit bestand bestaat niet" in says(capsys, "validate", "gone.yaml")
