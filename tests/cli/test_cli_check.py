import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from servers.command import Command, ended, until
from servers.scripted import Peer, closed_port, silent, tcp_server

from secours.cli import schema
from secours.wire.nagios.perfdata import perfdata

TIMEOUT_S, MANY = 3.0, 20
GROUPS = Path("/proc/sys/net/ipv4/ping_group_range")  # icmp(7)
FIRST, LAST = map(int, GROUPS.read_text().split()) if GROUPS.exists() else (1, 0)
TELLS_WHAT_IT_OPENS = """
import sys
from secours.cli import main
sys.addaudithook(
    lambda event, told: event == "open" and print(told[0], file=sys.stderr)
)
main()
"""
PING_FOR_ALL = FIRST <= os.getegid() <= LAST


@pytest.fixture
def secours(processes: None, tmp_path: Path) -> Command:
    return Command(tmp_path)


@contextmanager
def listening() -> Iterator[int]:
    """Give a port whose connections the kernel accepts."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


def slowly(delay_s: float) -> Peer:
    """Make a peer that takes its time to say that it is ready."""

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(delay_s)
        writer.write(b"ready\r\n")
        await reader.read()

    return peer


def channel(name: str, *probes: str, more: str = "") -> str:
    """Write a channel with these probes."""
    return (
        f"  {name}: {{purposes: [coordinate], probes: [{', '.join(probes)}]{more}}}\n"
    )


def tcp(port: int, more: str = "") -> str:
    return f"{{type: tcp, host: 127.0.0.1, port: {port}{more}}}"


def plan(*channels: str, components: str = "") -> str:
    return (
        f"site: {{name: Test, language: en}}\nprobing: {{timeout: {TIMEOUT_S}s}}\n"
        f"{components}channels:\n{''.join(channels)}"
    )


# ------------------------------------------------------------------ exit codes


@pytest.mark.smoke
async def test_words_of_the_plan_come_before_the_raw_answer(secours: Command) -> None:
    says = ", says: {en: PBX silent, fr: Central muet}"
    secours.plan(plan(channel("phone", tcp(closed_port(), says))))

    english = await secours.run("check", "--format", "json")
    french = await secours.run("check", "--lang", "fr")

    (found,) = json.loads(english.out)["channels"]
    assert english.code == 2
    assert found["reason"] == "refused"
    assert found["detail"].startswith("PBX silent: ")
    assert found["probes"][0]["detail"] == found["detail"]
    assert "Central muet : connexion refusée" in french.out


async def test_all_ok_is_0(secours: Command) -> None:
    with listening() as port:
        secours.plan(plan(channel("sms", tcp(port)), channel("mail", tcp(port))))
        done = await secours.run("check", "--format", "json")

    assert (done.code, done.err) == (0, "")
    assert done.answer["state"] == "available"
    assert [c["state"] for c in done.answer["channels"]] == ["available"] * 2


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("form", ["text", "json", "nagios"])
def test_it_reads_one_file_of_words(tmp_path: Path, form: str) -> None:
    path, port = tmp_path / "probes.yaml", closed_port()
    path.write_text(plan(channel("sms", tcp(port), tcp(port, ", name: again"))))
    asked = ["check", "--config", str(path), "--lang", "fr", "--format", form]

    done = subprocess.run(
        [sys.executable, "-c", TELLS_WHAT_IT_OPENS, *asked],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert re.findall(r"/(\w+/\w+)\.json", done.stderr) == ["fr/check"]
    assert "catalogue.json" not in done.stderr  # this plan asks nothing of it
    assert done.returncode == 2


async def test_one_degraded_is_1(secours: Command) -> None:
    async with tcp_server(slowly(0.1)) as slow:
        with listening() as port:
            degraded = tcp(slow, ", expect: ready, slow_after: 50ms")
            secours.plan(plan(channel("sms", tcp(port)), channel("mail", degraded)))
            done = await secours.run("check", "--format", "json")

    assert done.code == 1
    mail = done.answer["channels"][1]
    assert (mail["state"], mail["reason"]) == ("degraded", "slow")
    assert mail["probes"][0]["latency_ms"] >= 100


@pytest.mark.smoke
async def test_one_down_is_2(secours: Command) -> None:
    with listening() as port:
        secours.plan(
            plan(channel("sms", tcp(port)), channel("mail", tcp(closed_port())))
        )
        done = await secours.run("check", "--format", "json")

    assert done.code == 2
    mail = done.answer["channels"][1]
    assert (mail["state"], mail["reason"]) == ("down", "refused")


async def test_a_missing_secret_is_3_and_stops_nothing_else(secours: Command) -> None:
    probe = (
        '{type: http, url: "http://127.0.0.1:1/",'
        ' headers: {Authorization: "Bearer ${NO_SUCH_SECRET}"}}'
    )
    with listening() as port:
        secours.plan(plan(channel("sms", tcp(port)), channel("api", probe)))
        done = await secours.run("check", "--format", "json")

    assert done.code == 3
    sms, api = done.answer["channels"]
    assert sms["state"] == "available"
    assert (api["state"], api["reason"]) == ("unknown", "secret-missing")
    assert api["probes"][0]["outcome"] == "unknown"


async def test_a_modem_that_is_not_there_is_2(secours: Command) -> None:
    secours.plan(plan(channel("sms", "{type: modem, port: /dev/ttyNOTHERE7}")))

    done = await secours.run("check", "--format", "json")

    assert done.code == 2
    sms = done.answer["channels"][0]
    assert (sms["state"], sms["reason"]) == ("down", "no-device")
    assert (sms["probes"][0]["outcome"], sms["probes"][0]["reason"]) == (
        "unknown",
        "no-device",
    )


async def test_a_modem_missing_under_a_component_is_3(secours: Command) -> None:
    components = (
        "components:\n  carrier:x: {label: X,"
        " probes: [{type: modem, port: /dev/ttyNOTHERE7}]}\n"
    )
    with listening() as port:
        secours.plan(plan(channel("sms", tcp(port)), components=components))
        done = await secours.run("check", "--format", "json")

    assert done.code == 3
    part = next(c for c in done.answer["components"] if c["component"] == "carrier:x")
    assert (part["state"], part["reason"]) == ("unknown", "no-device")


async def test_a_test_that_this_machine_may_not_make_is_3(secours: Command) -> None:
    command = secours.folder / "check_this"
    command.write_text("#!/bin/sh\necho I may not, says the kernel\nexit 3\n")
    command.chmod(0o755)
    secours.plan(plan(channel("ping", f"{{type: plugin, command: [{command}]}}")))

    done = await secours.run("check", "--format", "json")

    assert (done.code, done.answer["state"]) == (3, "unknown")


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None or PING_FOR_ALL,
    reason="takes a root that can give the right up, where not everybody may ping",
)
async def test_no_permission_for_icmp_is_3(secours: Command) -> None:
    secours.plan(plan(channel("ping", "{type: icmp, host: 127.0.0.1}")))
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"),
        *(sys.executable, "-m", "secours", "check", "--format", "json"),
        cwd=secours.folder,
        env=secours.env,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()

    assert process.returncode == 3
    ping = json.loads(out)["channels"][0]
    assert (ping["state"], ping["reason"]) == ("unknown", "permission")


async def test_a_bad_file_is_3_with_every_mistake(secours: Command) -> None:
    secours.plan(plan(channel("sms", "{type: tpc}"), channel("mail", tcp(0))))

    done = await secours.run("check", "--format", "json")

    assert (done.code, done.out) == (3, "")
    assert re.search(r"probes\.yaml:\d+:\d+: .*tpc", done.err)
    assert "channels.mail" in done.err
    assert "Traceback" not in done.err


async def test_a_file_that_is_missing_is_3(secours: Command) -> None:
    done = await secours.run("check", "--config", "nowhere.yaml")

    assert (done.code, done.out) == (3, "")
    assert "nowhere.yaml" in done.err


async def test_a_monitoring_system_is_told_of_a_bad_file_too(secours: Command) -> None:
    done = await secours.run("check", "--format", "nagios", "--config", "no|where.yaml")

    assert done.code == 3
    assert done.out.startswith("SECOURS UNKNOWN - no/where.yaml")
    assert done.out.count("\n") == 1


async def test_an_unknown_channel_is_3_with_the_nearest_name(secours: Command) -> None:
    secours.plan(plan(channel("signal", tcp(1))))

    done = await secours.run("check", "sginal")

    assert (done.code, done.out) == (3, "")
    assert "sginal" in done.err
    assert "did you mean 'signal'?" in done.err


# ------------------------------------------------------------------ what is counted


NOT_PROBED = (
    channel("radio", more=', how: "cabinet B2"')
    + channel("paid", tcp(1, ", cost: true"))
    + channel("job", "{type: heartbeat, every: 5m}")
)


async def test_what_is_not_probed_is_listed_and_does_not_count(
    secours: Command,
) -> None:
    with listening() as port:
        secours.plan(plan(channel("sms", tcp(port)), NOT_PROBED))
        done = await secours.run("check", "--format", "json")

    assert done.code == 0
    assert [
        (c["channel"], c["state"], c["reason"]) for c in done.answer["channels"]
    ] == [
        ("sms", "available", ""),
        ("radio", "unknown", "not-probed"),
        ("paid", "unknown", "not-probed"),
        ("job", "unknown", "not-probed"),
    ]
    paid = done.answer["channels"][2]["probes"][0]
    assert (paid["outcome"], paid["reason"]) == ("unknown", "not-probed")


@pytest.mark.parametrize(
    ("name", "code", "reason"),
    [
        ("radio", 3, "not-probed"),
        ("paid", 2, "refused"),
        ("job", 3, "no-beat"),
        ("sms", 0, ""),
    ],
)
async def test_what_is_named_is_run_and_counted_alone(
    secours: Command, name: str, code: int, reason: str
) -> None:
    with listening() as port:
        secours.plan(plan(channel("sms", tcp(port)), NOT_PROBED))
        done = await secours.run("check", name, "--format", "json")

    assert done.code == code
    assert [(c["channel"], c["reason"]) for c in done.answer["channels"]] == [
        (name, reason)
    ]
    assert done.answer["components"] == []


async def test_a_costly_probe_beside_another_is_left_out_of_the_state(
    secours: Command,
) -> None:
    with listening() as port:
        probes = (tcp(port, ", name: free"), tcp(1, ", name: paid, cost: true"))
        secours.plan(plan(channel("sms", *probes)))
        every_minute = await secours.run("check", "--format", "json")
        named = await secours.run("check", "sms", "--format", "json")

    assert (every_minute.code, named.code) == (0, 2)
    outcomes = [p["outcome"] for p in every_minute.answer["channels"][0]["probes"]]
    assert outcomes == ["ok", "unknown"]


async def test_nothing_to_probe_is_never_ok(secours: Command) -> None:
    secours.plan(plan(channel("radio")))

    assert (await secours.run("check")).code == 3


async def test_a_component_that_fails_takes_the_channels_that_need_it(
    secours: Command,
) -> None:
    components = (
        f"components:\n  power:x: {{label: Mains, probes: [{tcp(closed_port())}]}}\n"
    )
    secours.plan(
        plan(channel("radio", more=", depends_on: [power:x]"), components=components)
    )

    done = await secours.run("check", "--format", "json")

    assert done.code == 2
    radio = done.answer["channels"][0]
    assert (radio["state"], radio["reason"]) == ("down", "needs")
    assert "Mains" in radio["detail"]


# ------------------------------------------------------------------ time and retries


async def test_check_ends_within_the_longest_timeout(secours: Command) -> None:
    async with tcp_server(silent) as port:
        probe = tcp(port, ", expect: ready")
        names = [channel(f"c{n}", probe) for n in range(MANY)]
        secours.plan(plan(*names))
        await secours.run("--version")  # the first start compiles
        began_s = time.monotonic()
        done = await secours.run("check", "--format", "json")
        took_s = time.monotonic() - began_s

    assert done.code == 2
    assert {c["reason"] for c in done.answer["channels"]} == {"timeout"}
    assert TIMEOUT_S < took_s < MANY * TIMEOUT_S / 2  # one after another: twice that


async def test_many_probes_are_no_reason_for_a_false_alarm(secours: Command) -> None:
    with listening() as port:
        secours.plan(plan(*(channel(f"c{n}", tcp(port)) for n in range(100))))
        program = (
            "import resource, sys; from secours.cli import main\n"
            "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (40, hard))\n"
            "main()"
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program, "check"),
            cwd=secours.folder,
            env=secours.env,
            stdout=asyncio.subprocess.DEVNULL,
        )

        assert await process.wait() == 0


async def test_a_failed_probe_is_tried_again_when_asked(secours: Command) -> None:
    calls = 0

    async def second_time(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal calls
        calls += 1
        writer.write(b"ready" if calls % 2 == 0 else b"no!!!")
        writer.write_eof()
        await reader.read()

    async with tcp_server(second_time) as port:
        probe = tcp(port, ", expect: ready, retry_every: 100ms")
        secours.plan(plan(channel("sms", probe)))
        without = await secours.run("check")
        calls = 0
        with_one = await secours.run("check", "--retries", "1")

    assert (without.code, with_one.code, calls) == (2, 0, 2)


# ------------------------------------------------------------------ formats


async def test_json_is_valid_by_its_schema(secours: Command) -> None:
    with listening() as port:
        secours.plan(
            plan(
                channel("sms", tcp(port)),
                channel("mail", tcp(closed_port())),
                NOT_PROBED,
                components=f"components:\n  power:x: {{probes: [{tcp(port)}]}}\n",
            )
        )
        done = await secours.run("check", "--format", "json")
    printed = (await secours.run("schema", "--of", "check")).answer

    assert printed == schema.of("check")
    Draft202012Validator(printed).validate(done.answer)


@pytest.mark.parametrize(
    ("ports", "code", "word"),
    [(("open",), 0, "OK"), (("open", "closed"), 2, "CRITICAL")],
)
async def test_nagios_is_one_line_with_performance_data(
    secours: Command, ports: tuple[str, ...], code: int, word: str
) -> None:
    with listening() as port:
        numbers = {"open": port, "closed": closed_port()}
        secours.plan(plan(*(channel(name, tcp(numbers[name])) for name in ports)))
        secours.env["LC_ALL"] = "fr_FR.UTF-8"
        done = await secours.run("check", "--format", "nagios")

    assert done.code == code
    assert done.out.count("\n") == 1
    words, bar, performance = done.out.strip().partition("|")
    assert words.startswith(f"SECOURS {word} - ")
    measures, refused = perfdata(performance)
    assert (bar, refused) == ("|", ())
    latency = next(m for m in measures if m.label == "open")
    assert (latency.unit, 0 < latency.value < TIMEOUT_S) == ("s", True)


async def test_prometheus_names_state_latency_and_time(secours: Command) -> None:
    with listening() as port:
        secours.plan(plan(channel("sms", tcp(port))))
        done = await secours.run("check", "--format", "prometheus")

    lines = done.out.splitlines()
    assert 'secours_channel_state{channel="sms",state="available"} 1' in lines
    assert 'secours_channel_state{channel="sms",state="down"} 0' in lines
    assert any(
        line.startswith("secours_channel_probe_latency_seconds{") for line in lines
    )
    stamp = float(lines[-1].removeprefix("secours_timestamp_seconds "))
    assert abs(stamp - time.time()) < 60


async def test_text_is_plain_when_piped_and_in_the_language_asked_for(
    secours: Command,
) -> None:
    secours.plan(plan(channel("sms", tcp(closed_port()))))
    secours.env["TERM"] = "xterm-256color"

    french = await secours.run("check", "--lang", "fr")

    assert (
        french.out == "✖ HORS SERVICE  sms  connexion refusée\nensuite : secours up\n"
    )
    assert french.err == ""


async def test_a_latin_1_terminal_gets_what_it_can_show(secours: Command) -> None:
    secours.plan(plan(channel("sms", tcp(closed_port()))))
    secours.env |= {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    process = await secours.start("check", "--lang", "fr")
    out, err = await process.communicate()

    assert (process.returncode, err) == (2, b"")
    said = "? HORS SERVICE  sms  connexion refusée\nensuite : secours up\n"
    assert out.decode("latin-1") == said


@pytest.mark.parametrize(
    ("environment", "command"),
    [({}, "doctor"), ({"PASSWORD": "x"}, "up")],
    ids=["secret missing", "nothing missing"],
)
async def test_check_names_the_command_that_comes_next(
    secours: Command, environment: dict[str, str], command: str
) -> None:
    probe = (
        "{type: imap, host: 127.0.0.1, port: 1, username: a, password: '${PASSWORD}'}"
    )
    secours.plan(plan(channel("mail", probe)), "other.yaml")
    secours.env |= environment

    done = await secours.run("check", "--config", "other.yaml")

    assert done.out.splitlines()[-1] == f"next: secours {command} --config other.yaml"


async def test_check_of_another_plan_names_no_command_of_the_engine_that_runs(
    secours: Command,
) -> None:
    secours.plan(plan(channel("sms", tcp(closed_port()))))
    secours.plan(plan(channel("pager", tcp(closed_port()))), "other.yaml")
    shutil.copy(secours.folder / "probes.yaml", secours.folder / "same.yaml")

    async with secours.running("run"):
        await until(secours, "status")
        said = {
            file: (await secours.run("check", "--config", file)).out.splitlines()[-1]
            for file in ("probes.yaml", "same.yaml", "other.yaml")
        }

    assert said == {
        "probes.yaml": "next: secours recommend",
        "same.yaml": "next: secours recommend",
        "other.yaml": "next: secours audit --config other.yaml",
    }


# ------------------------------------------------------------------ a terminal


async def test_progress_is_shown_on_a_terminal_only(secours: Command) -> None:
    async with tcp_server(slowly(0.3)) as port:
        secours.plan(plan(channel("sms", tcp(port, ", expect: ready"))))
        piped = await secours.run("check")
        seen = await on_terminal(secours, "check")

    assert piped.err == ""
    assert "0/1  sms" in seen
    assert seen.endswith("\r\x1b[K")  # it leaves nothing behind


async def test_colour_is_for_terminals_that_want_it(secours: Command) -> None:
    secours.plan(plan(channel("sms", tcp(closed_port()))))

    coloured = await on_terminal(secours, "check", stream="stdout")
    secours.env["NO_COLOR"] = "1"
    plain = await on_terminal(secours, "check", stream="stdout")

    assert "\x1b[31m✖ DOWN\x1b[0m" in coloured
    assert "\x1b" not in plain
    assert "✖ DOWN" in plain


async def on_terminal(secours: Command, *argv: str, stream: str = "stderr") -> str:
    """Run a command with one of its streams on a terminal; return what that shows."""
    ours, theirs = os.openpty()
    try:
        nowhere = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "secours", *argv),
            cwd=secours.folder,
            env=secours.env,
            stdout=theirs if stream == "stdout" else nowhere,
            stderr=theirs if stream == "stderr" else nowhere,
        )
        os.close(theirs)
        shown = await asyncio.to_thread(_read_all, ours)
        await process.wait()
    finally:
        os.close(ours)
    return shown.decode()


def _read_all(terminal: int) -> bytes:
    shown = b""
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # how Linux says that nobody has the other side any more
        pass
    return shown


# ------------------------------------------------------------------ what is imported


async def test_a_tcp_check_imports_none_of_the_heavy_libraries(
    secours: Command,
) -> None:
    with listening() as port:
        secours.plan(plan(channel("sms", tcp(port))))
        process = await secours.start("check", python=("-X", "importtime"))
        done = await ended(process)

    names = {line.rpartition("|")[2].strip() for line in done.err.splitlines()}
    assert {"asyncio", "secours.core.memory"} <= names
    assert roots(names).isdisjoint(HEAVY)


WHAT_A_CHECK_MAKES = """
import sys

def below(kind):
    for each in type.__subclasses__(kind):
        if each not in seen:
            seen.add(each)
            below(each)

import msgspec
seen = set()
below(object)
before, seen = seen, set()
from secours.cli import run
code = run(["check"])
below(object)
made = [str(each.__module__).partition(".")[0] for each in seen - before]
print(made.count("secours"), *sys.modules, file=sys.stderr)
sys.exit(code)
"""
OURS = 189  # classes: a word of the plan or of the core is one, and each takes time
NOT_WANTED = {"zoneinfo", "difflib", "json", "pkgutil", "stringprep"}


async def test_a_tcp_check_makes_few_classes_and_imports_by_need(
    secours: Command,
) -> None:
    with listening() as port:
        secours.plan(plan(channel("sms", tcp(port))))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WHAT_A_CHECK_MAKES),
            cwd=secours.folder,
            env=secours.env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await process.communicate()

    made, *names = err.decode().split()
    assert process.returncode == 0
    assert int(made) <= OURS
    assert NOT_WANTED.isdisjoint(names)
    assert {
        "secours.cli.answer_text",
        "secours.config.advice",
        "secours.config.schema",
        "secours.render.answers.recommend",
    }.isdisjoint(names)


async def test_garbage_is_looked_for_once_the_command_is_imported(
    secours: Command,
) -> None:
    program = (
        "import gc, sys; from secours import cli\n"
        "cli.leave = lambda code: print(gc.isenabled(), gc.get_freeze_count() > 9999)\n"
        "sys.argv = ['secours', 'check']; cli.main()"
    )
    secours.plan(plan(channel("sms", tcp(closed_port()))))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program),
        cwd=secours.folder,
        env=secours.env,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()

    assert out.decode().splitlines()[-1] == "True True"


async def test_an_icmp_check_without_secrets_loads_nothing_that_hides_them(
    secours: Command,
) -> None:
    secours.plan(plan(channel("ping", "{type: icmp, host: 127.0.0.1, count: 1}")))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WHAT_A_CHECK_MAKES),
        cwd=secours.folder,
        env=secours.env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()

    names = set(err.decode().split())
    assert "secours.wire.net.echo" in names
    assert names.isdisjoint({"html", "secours.run.redactor"})


async def test_a_tcp_check_loads_no_other_probe_type(secours: Command) -> None:
    program = (
        "import sys; from secours.cli import run; code = run(['check'])\n"
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    with listening() as port:
        secours.plan(plan(channel("sms", tcp(port))))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program),
            cwd=secours.folder,
            env=secours.env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await process.communicate()

    names = set(err.decode().split())
    assert process.returncode == 0
    assert {n for n in names if n.startswith("secours.probes.")} == {
        "secours.probes.tcp"
    }
    assert roots(names).isdisjoint(HEAVY)
    assert "secours.engine.store.store" not in names


HEAVY = {
    "httpx",
    "re2",
    "streamlit",
    "plotly",
    "apscheduler",
    "sqlite3",
    "dns",
    "jinja2",
}


def roots(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}
