"""Put into `.venv` what a lock file names, and Secours itself; say how far it is.

Run by `make`, with whatever Python there is: it stays readable by old ones, to say that
they are too old. What it says goes to standard error. What was interrupted is taken up
again, an environment that was copied or whose Python is gone is made anew.
"""

import os
import re
import shutil
import subprocess
import sys
import time

OLDEST = (3, 11)
BIN = os.path.join(".venv", "bin")
PYTHON = os.path.join(BIN, "python")
COMMAND = os.path.join(BIN, "secours")
SAID_EVERY_S = 2.0
CLEAR = "\r\x1b[K"  # ECMA-48 section 8.3.41, erase in line
TOO_OLD = (
    "Secours needs Python {0}.{1} or newer, and this is {2}: make PYTHON=python3.12"
)
AGAIN = "installing failed; the same command takes it up again"


class Failed(Exception):
    """A step of the installation did not work; it has said why."""


def main(argv):
    """Install what the lock file named first asks for; return the exit code."""
    if too_old(sys.version_info):
        say(TOO_OLD.format(*OLDEST, ".".join(map(str, sys.version_info[:3]))))
        return 1
    lock = argv[0]
    compiles, options = "--compile" in argv, [a for a in argv[1:] if a != "--compile"]
    began_s = time.monotonic()
    steps = 4 if compiles else 3
    try:
        step(1, steps, "an environment of its own in .venv")
        make_environment()
        step(2, steps, f"{len(names(lock))} packages")
        install_packages(lock, options)
        step(3, steps, "Secours itself")
        install_ourselves()
        if compiles:
            step(4, steps, "bytecode, so that the tests start quickly")
            compile_all()
    except Failed as failed:
        say(str(failed))
        say(AGAIN)
        return 1
    say(f"installed in {time.monotonic() - began_s:.0f} s")
    return 0


def too_old(version):
    """Tell whether a Python of this version cannot run Secours."""
    return tuple(version[:2]) < OLDEST


def say(words):
    """Say something at once: standard output belongs to what is run afterwards."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def step(number, of, words):
    """Say which step begins."""
    say(f"installing {number} of {of}: {words}")


def names(lock):
    """Return what is in a lock file; a name is there twice if systems differ."""
    with open(lock, encoding="utf-8") as file:
        return re.findall(r"^([A-Za-z0-9._-]+)==", file.read(), re.MULTILINE)


# ------------------------------------------------------------------ the environment


def make_environment():
    """Make `.venv` where there is none that works, and is of this very folder."""
    if not is_usable():
        run([sys.executable, "-m", "venv", "--clear", ".venv"])


def is_usable():
    """Tell whether the environment can be installed into as it is."""
    try:
        works = subprocess.call([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL)
    except OSError:  # none, or its Python is gone
        return False
    return works == 0 and not is_copied()


def is_copied():
    """Tell whether its commands are those of another folder."""
    try:
        with open(COMMAND, "rb") as file:
            return os.fsencode(os.path.abspath(PYTHON)) not in file.read()
    except OSError:  # not installed yet
        return False


def library():
    """Return where the packages are."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return subprocess.check_output([PYTHON, "-c", ask]).decode().strip()


def drop_halves(folder):
    """Let what was interrupted be installed anew: its list of files is written last."""
    for name in os.listdir(folder):
        inside = os.path.join(folder, name)
        if name.endswith(".dist-info") and "RECORD" not in os.listdir(inside):
            shutil.rmtree(inside)


# ------------------------------------------------------------------ the packages


def install_packages(lock, options):
    """Install what the lock file names, and nothing else.

    Nothing is compiled: what is run compiles what it needs, which is a tenth of it.
    """
    drop_halves(library())
    whole = ["--no-deps", "--only-binary", ":all:", "--require-hashes"]  # no builds
    asked = [*whole, "-r", lock, *options]
    if shutil.which("uv"):
        try:
            run(["uv", "pip", "install", "--quiet", "--python", PYTHON, *asked])
        except Failed as failed:  # it does not read how pip is set up here
            say(f"{failed}\nuv could not do it: pip takes over")
        else:
            return
    pip = [PYTHON, "-m", "pip", "install", "--no-compile", "--progress-bar=off"]
    run([*pip, "--disable-pip-version-check", *asked], Progress(len(names(lock))).heard)


def install_ourselves():
    """Have the environment find the sources of this folder."""
    quiet = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*quiet, "--no-index", "--no-deps", "--no-build-isolation", "-e", "."])


def compile_all():
    """Compile the packages and the tests, or each process of the tests does."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    run([PYTHON, "-m", "compileall", "-q", "-j", "0", library()], may_fail=True)
    run([PYTHON, "-m", "pytest", "-qq", "--collect-only"], may_fail=True)


class Progress:
    """Says how many packages pip has, from what it prints."""

    def __init__(self, count):
        """Await this many."""
        self.left = count
        self.there = 0
        self.said_s = 0.0

    def heard(self, line):
        """Count a line of pip's."""
        word, _, rest = line.strip().partition(" ")
        if word == "Ignoring":  # it is for another system
            self.left -= 1
        elif word in ("Collecting", "Requirement"):
            self.there += 1
            name = re.split("[=<>~ ]", rest.replace("already satisfied: ", ""))[0]
            self.draw(f"{self.there} of {self.left}: {name}")
        elif word == "Installing":
            self.draw(f"unpacking all {self.there}", now=True)
            end_line()

    def draw(self, words, now=False):
        """Show it: on a terminal in one line, elsewhere now and then."""
        if sys.stderr.isatty():
            sys.stderr.write(CLEAR + "  " + words)
            sys.stderr.flush()
        elif now or time.monotonic() - self.said_s > SAID_EVERY_S:
            self.said_s = time.monotonic()
            say("  " + words)


def end_line():
    """Leave the line that is written anew."""
    if sys.stderr.isatty():
        say("")


def run(argv, heard=None, may_fail=False):
    """Run a program to its end; what it printed is shown only where it fails."""
    lines = []
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as out:
        for raw in out.stdout:
            lines.append(raw.decode(errors="replace"))
            if heard:
                heard(lines[-1])
    if out.returncode and not may_fail:
        raise Failed("".join(lines[-12:]).rstrip())


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        say(AGAIN)
        sys.exit(130)
