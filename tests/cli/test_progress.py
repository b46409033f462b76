"""What takes long says so at a terminal, and nowhere else."""

import io
from threading import Event

import pytest

from secours.cli.progress_line import CLEAR, ProgressLine, seconds


class Terminal(io.StringIO):
    """A terminal that remembers what was written, and tells when."""

    def __init__(self) -> None:
        super().__init__()
        self.written = Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        done = super().write(text)
        self.written.set()
        return done


@pytest.fixture(autouse=True)
def capable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "20")


def test_what_takes_long_says_for_how_many_seconds() -> None:
    terminal = Terminal()

    with seconds(terminal, lambda n: f"replaying: {n} s", after_s=0.0):
        assert terminal.written.wait(30)

    assert terminal.getvalue().startswith(f"{CLEAR}replaying: 0 s")
    assert terminal.getvalue().endswith(CLEAR)


def test_what_is_over_soon_says_nothing() -> None:
    terminal = Terminal()

    with seconds(terminal, str, after_s=3600.0):
        pass

    assert terminal.getvalue() == ""


def test_nothing_is_written_where_nobody_looks() -> None:
    file = io.StringIO()

    with seconds(file, str, after_s=0.0):
        ProgressLine(file).draw("words")

    assert file.getvalue() == ""


def test_the_line_is_no_wider_than_the_terminal() -> None:
    terminal = Terminal()

    ProgressLine(terminal).draw("x" * 100)

    assert terminal.getvalue() == CLEAR + "x" * 19


def test_a_dumb_terminal_gets_plain_lines_of_what_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    now_s = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    terminal = Terminal()
    line = ProgressLine(terminal)

    for now_s[0] in (1.0, 2.0, 3.0, 4.0):
        line.draw(f"at {now_s[0]:.0f} s")
    line.clear()

    assert terminal.getvalue() == "at 2 s\nat 4 s\n"
