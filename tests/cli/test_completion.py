"""What is typed and completed in the real shells, and what it is completed with."""

import json
import os
import pty
import re
import select
import shlex
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers.debian import found, needs

from secours import cli, places
from secours.cli import command_line, completion
from secours.cli import run as run_command
from secours.cli.shells import names
from secours.engine.published import snapshot_file

PLAN = """\
site: {name: Test, language: en}
components:
  "power:grid": {}
  "power:ups": {}
channels:
  Salle de crise: {purposes: [alert], depends_on: ["power:grid"]}
  Salle du bourgmestre: {purposes: [alert], depends_on: []}
  mail: {purposes: [alert], depends_on: [], probes: [{type: heartbeat, every: 5m}]}
  it's $HOME: {purposes: [alert], depends_on: []}
  evil $(touch ran) `touch ran` "\\: {purposes: [alert], depends_on: []}
notify:
  to: {duty: {targets: [siren]}}
  targets: {siren: {command: [/bin/true], depends_on: []}}
plan:
  - {purpose: alert, audience: tout le monde, primary: mail}
"""
LIMIT_S = 60.0
ALL = "\x1b*"  # bash and zsh: put in all that it could be


class Terminal:
    """A shell at a terminal, which writes the line that it holds to a file."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self._folder = folder
        self._descriptor = descriptor
        self._said = b""

    def completed(self, typed: str, key: str = "\t") -> str:
        """Type this, press a key, and return the line that stands there then."""
        held = self._folder / "held"
        held.unlink(missing_ok=True)
        self.type(f"\x15{typed}{key}\x07")
        ends = time.monotonic() + LIMIT_S
        while not (held.exists() and held.read_bytes().endswith(b"\n")):
            self._read(0.05)
            assert time.monotonic() < ends, self._said[-2000:]
        return held.read_text("utf-8").removesuffix("\n")

    def type(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def wait_for(self, sign: bytes) -> None:
        ends = time.monotonic() + LIMIT_S
        while sign not in self._said:
            self._read(0.05)
            assert time.monotonic() < ends, self._said[-2000:]

    def _read(self, within_s: float) -> None:
        ready, _, _ = select.select([self._descriptor], [], [], within_s)
        if ready:
            self._said += os.read(self._descriptor, 65536)


@pytest.fixture(scope="module")
def home(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a plan, the command, and the scripts of all shells."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "probes.yaml").write_text(PLAN)
    (folder / "other.yaml").write_text(PLAN.replace("mail", "pager"))
    (folder / "bin").mkdir()
    command = folder / "bin" / "secours"
    command.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m secours "$@"\n'
    )
    command.chmod(0o755)
    for shell in completion.SHELLS:
        made = subprocess.run(
            [command, "completion", shell],
            env=_environment(folder),
            capture_output=True,
            check=True,
        )
        (folder / shell).write_bytes(made.stdout)
    return folder


def _environment(folder: Path) -> dict[str, str]:
    known = {k: v for k, v in os.environ.items() if not k.startswith("SECOURS_")}
    source = str(Path(__file__).parents[2] / "src")
    return {
        **known,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": source,
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "SECOURS_DATA": str(folder / "state"),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
    }


@contextmanager
def _terminal(folder: Path, *argv: str, **more: str) -> Iterator[Terminal]:
    ours, its = pty.openpty()
    quiet = termios.tcgetattr(its)
    quiet[3] &= ~termios.ECHO
    termios.tcsetattr(its, termios.TCSANOW, quiet)
    process = subprocess.Popen(
        argv,
        cwd=folder,
        env={**_environment(folder), **more},
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    terminal = Terminal(folder, ours)
    try:
        terminal.wait_for(b"READY")
        yield terminal
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture(scope="module")
def bash(home: Path) -> Iterator[Terminal]:
    (home / "bashrc").write_text(
        "source ./bash\n"
        """bind -x '"\\C-g": printf "%s\\n" "$READLINE_LINE" > held'\n"""
        "bind 'set bell-style none'\n"
        "PROMPT_COMMAND=\nPS1=READY\n"
    )
    argv = (found("bash"), "--noprofile", "--rcfile", "bashrc", "-i")
    with _terminal(home, *argv) as terminal:
        yield terminal


@pytest.fixture(scope="module")
def zsh(home: Path) -> Iterator[Terminal]:
    (home / ".zshrc").write_text(
        "autoload -Uz compinit && compinit -u -D\nsource ./zsh\n"
        'held() { print -r -- "$BUFFER" > held }\nzle -N held\nbindkey "^G" held\n'
        'bindkey "^U" kill-whole-line\n'
        "zle -C all complete-word _generic\n"
        'bindkey "^[*" all\n'
        "zstyle ':completion:all:*' completer _all_matches _complete\n"
        "zstyle ':completion:all:*' insert true\n"
        "unsetopt beep\nLISTMAX=-1\nPS1=READY\n"
    )
    with _terminal(home, found("zsh"), "-i", ZDOTDIR=str(home)) as terminal:
        yield terminal


BOTH = {  # what is typed, and the line that it becomes
    "command": ("secours recomm", "secours recommend "),
    "option": ("secours check --for", "secours check --format "),
    "choice": ("secours check --format pro", "secours check --format prometheus "),
    "glued": ("secours check --format=pro", "secours check --format=prometheus "),
    "choice-of-a-place": ("secours mark mail maint", "secours mark mail maintenance "),
    "channel": ("secours check ma", "secours check mail "),
    "second-channel": ("secours check mail po", "secours check mail power:"),
    "colon": ("secours mark power:g", "secours mark power:grid "),
    "after-a-colon": (
        "secours mark power:grid dow",
        "secours mark power:grid down ",
    ),
    "whatif": ("secours whatif --fail power:u", "secours whatif --fail power:ups "),
    "space": (
        "secours test Salle\\ de",
        "secours test Salle\\ de\\ crise ",
    ),
    "no-space-yet": (
        "secours test Salle\\ du",
        "secours test Salle\\ du\\ bourgmestre ",
    ),
    "quoted": ("secours test 'Salle de", "secours test 'Salle de crise' "),
    "after-a-space": (
        "secours test Salle\\ de\\ crise fai",
        "secours test Salle\\ de\\ crise failed ",
    ),
    "apostrophe": ("secours test it", "secours test it\\'s\\ \\$HOME "),
    "line": ("secours pin al", "secours pin alert/tout\\ le\\ monde "),
    "of-a-line": (
        "secours pin alert/tout\\ le\\ monde ma",
        "secours pin alert/tout\\ le\\ monde mail ",
    ),
    "target": ("secours notify --test s", "secours notify --test siren "),
    "heartbeat": ("secours beat m", "secours beat mail "),
    "scenario": ("secours replay meta", "secours replay meta-2021-10-04 "),
    "type": ("secours probes mail_", "secours probes mail_roundtrip "),
    "kind": ("secours kinds sip", "secours kinds sip-trunk "),
    "what-breaks": ("secours demo --break sig", "secours demo --break signal "),
    "what-is-healed": ("secours demo --heal al", "secours demo --heal all "),
    "another-plan": (
        "secours check --config other.yaml pag",
        "secours check --config other.yaml pager ",
    ),
    "file": ("secours validate oth", "secours validate other.yaml "),
    "file-of-an-option": (
        "secours audit --config oth",
        "secours audit --config other.yaml ",
    ),
    "value-that-nobody-knows": ("secours ack --by ma", "secours ack --by ma"),
    "after-it": (
        "secours mark --by Anne power:g",
        "secours mark --by Anne power:grid ",
    ),
    "by-its-path": ("bin/secours check ma", "bin/secours check mail "),
    "nothing": ("secours status xyz", "secours status xyz"),
}


@needs("bash", "bash")
@pytest.mark.parametrize("name", BOTH)
def test_bash_completes(name: str, bash: Terminal) -> None:
    typed, becomes = BOTH[name]

    assert bash.completed(typed) == becomes


HOSTILE = 'evil $(touch ran) `touch ran` "\\'
QUOTES = {"bare": "", "double": '"', "single": "'"}


@needs("bash", "bash")
@needs("zsh", "zsh")
@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize("quote", QUOTES)
def test_what_is_completed_runs_nothing_and_is_the_name(
    quote: str, shell: str, home: Path, request: pytest.FixtureRequest
) -> None:
    terminal: Terminal = request.getfixturevalue(shell)
    typed = f"secours test {QUOTES[quote]}evil"

    line = terminal.completed(typed)

    if (shell, quote) == ("bash", "double"):  # which cannot write it there
        assert line == typed
        return

    printed = subprocess.run(
        [found(shell), "-c", line.replace("secours test", "printf '%s\\n'", 1)],
        cwd=home,
        env=_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert not (home / "ran").exists()
    assert printed.stdout.splitlines() == [HOSTILE]


ZSH = {**BOTH, "option": ("secours check --for", "secours check --format=")}


@needs("zsh", "zsh")
@pytest.mark.parametrize("name", ZSH)
def test_zsh_completes(name: str, zsh: Terminal) -> None:
    typed, becomes = ZSH[name]

    assert zsh.completed(typed) == becomes


OFFERED = {
    "commands": ("secours ", list(cli.COMMANDS)),
    "channels": ("secours test ", ["Salle de crise", "Salle du bourgmestre", "mail"]),
    "subjects": ("secours mark ", ["mail", "power:grid", "power:ups"]),
    "choices": ("secours mark mail ", ["down", "up", "distrusted", "clear"]),
    "options": ("secours up --", ["--port", "--read-only", "--help"]),
}


@needs("bash", "bash")
@pytest.mark.parametrize("name", OFFERED)
def test_bash_offers_all(name: str, bash: Terminal) -> None:
    typed, offered = OFFERED[name]

    line = bash.completed(typed, ALL)

    words = shlex.split(line)
    assert [each for each in offered if each in words] == offered


@needs("fish", "fish")
@pytest.mark.parametrize("name", OFFERED)
def test_fish_offers_all_and_says_what_it_is(name: str, home: Path) -> None:
    typed, offered = OFFERED[name]

    lines = _fish(home, typed)

    words = [line.partition("\t")[0] for line in lines]
    assert [each for each in offered if each in words] == offered
    if name in ("commands", "options"):
        assert all(line.partition("\t")[2] for line in lines)


FISH = {  # of what is typed, all that it may become
    "command": ("secours recomm", ["recommend"]),
    "choice": ("secours check --format pro", ["prometheus"]),
    "glued": ("secours check --format=pro", ["--format=prometheus"]),
    "colon": ("secours mark power:g", ["power:grid"]),
    "place": ("secours mark power:grid dow", ["down"]),
    "space": ("secours test Salle\\ de", ["Salle de crise"]),
    "quoted": ("secours test 'Salle de", ["Salle de crise"]),
    "after-a-space": ("secours test Salle\\ de\\ crise fai", ["failed"]),
    "line": ("secours pin al", ["alert/tout le monde"]),
    "target": ("secours notify --test s", ["siren"]),
    "what-breaks": ("secours demo --break sig", ["signal"]),
    "another-plan": ("secours check --config other.yaml pag", ["pager"]),
    "file": ("secours audit --config oth", ["other.yaml"]),
    "place-file": ("secours validate oth", ["other.yaml"]),
    "value-that-nobody-knows": ("secours ack --by ma", []),
    "nothing": ("secours status xyz", []),
}


@needs("fish", "fish")
@pytest.mark.parametrize("name", FISH)
def test_fish_completes(name: str, home: Path) -> None:
    typed, becomes = FISH[name]

    assert [line.partition("\t")[0] for line in _fish(home, typed)] == becomes


def _fish(home: Path, typed: str) -> list[str]:
    script = f"source ./fish; complete -C {_fish_quoted(typed)}"
    done = subprocess.run(
        [found("fish"), "--no-config", "-c", script],
        cwd=home,
        env=_environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def _fish_quoted(words: str) -> str:
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"


# ------------------------------------------------------------------ what it is made of


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_every_command_option_and_choice_stands_in_the_script(
    shell: str, home: Path
) -> None:
    script = (home / shell).read_text()

    words = set(re.findall(r"[\w-]+", script))
    for command in command_line.commands():
        assert command.name in words
        for argument in (*command.options, *command.places):
            bare = {flag.lstrip("-") for flag in argument.flags}
            assert (bare if shell == "fish" else set(argument.flags)) <= words
            assert set(argument.choices) <= words


@pytest.mark.parametrize(
    "shell", [pytest.param(name, marks=needs(name, name)) for name in completion.SHELLS]
)
def test_the_shell_can_read_it(shell: str, home: Path) -> None:
    done = subprocess.run(
        [found(shell), "-n", home / shell], capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")


def test_without_a_shell_it_says_which_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["completion"]) == 3
    assert "bash, fish" in capsys.readouterr().err


def test_names_are_those_of_the_engine_before_those_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "probes.yaml"
    plan.write_text(PLAN)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "data"))
    of_plan = names.of("channels", None, str(plan))
    notices = [{"code": "K7M2PQ", "asks": True}, {"code": "OLD000"}]
    channels = [{"name": "radio", "standing": {}, "probes": []}, {"name": "two\nlines"}]
    shot = {"channels": channels, "notices": notices}
    (places.runtime_dir() / snapshot_file.SNAPSHOT).write_text(json.dumps(shot))

    assert "mail" in of_plan
    assert names.of("channels", None, str(plan)) == ["radio"]
    assert names.of("codes", None, str(plan)) == ["K7M2PQ"]
    assert names.of("channels", str(plan), str(plan)) == of_plan
    assert names.SNAPSHOT == snapshot_file.SNAPSHOT


@pytest.mark.parametrize("kind", [*names.KINDS, "none-such"])
def test_where_nothing_can_be_read_there_are_no_names(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    broken = tmp_path / "probes.yaml"
    broken.write_text("channels: [")

    assert names.of(kind, str(broken), str(broken)) == []


def test_names_cost_no_engine_and_no_page(home: Path) -> None:
    script = (
        "import sys; from secours import cli;"
        "cli.run(['completion', '--names', 'channels', '--config', 'probes.yaml']);"
        "print(*sys.modules, file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=home,
        env=_environment(home),
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(done.stderr.split())
    assert "mail" in done.stdout
    assert not loaded & {"secours.engine", "secours.render", "jinja2", "httpx"}
