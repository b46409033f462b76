"""One parser of outside data under attack: what it is given, and what it may do.

It may return, or raise what it declares, within a second of this processor's time.
"""

import asyncio
import inspect
import math
import selectors
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from hypothesis import strategies as st

from secours.model.observed import Outcome
from secours.model.runs import Stop
from secours.outside_text import LONGEST, SPACES_KEPT

CORPUS = Path(__file__).parents[1] / "corpus"
LONGEST_S = 1.0
SHOWN_BYTES = 2000  # of an input that failed

Shape = st.SearchStrategy[bytes]


class Target(NamedTuple):
    """A parser: `take` feeds it, and asserts what holds of whatever it returns."""

    take: Callable[[bytes], Awaitable[object] | object]
    declared: tuple[type[Exception], ...] = ()
    shape: Shape | None = None  # what resembles its grammar, beyond words in a row


class TooLong(BaseException):
    """It took longer than a second of the processor."""


class Attack:
    """Runs what a target takes, in a loop that never waits for time to pass."""

    def __init__(self) -> None:
        self.loop = HastyLoop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def attempt(self, target: Target, raw: bytes) -> None:
        """Feed a target.

        Raises:
            AssertionError: it raised what it does not declare, took too long, or what
                it returned is not as it should be.
        """
        try:
            try:
                self._once(target, raw)
            except TooLong:  # an import, or a collection of garbage, may have taken it
                self._once(target, raw)
        except (Exception, TooLong) as error:
            said = f"{type(error).__name__} of {raw[:SHOWN_BYTES]!a}"
            raise AssertionError(said) from error

    def _once(self, target: Target, raw: bytes) -> None:
        with at_most(LONGEST_S):
            try:
                found = target.take(raw)
                if inspect.iscoroutine(found):
                    self.loop.run_until_complete(found)
            except target.declared as error:
                if isinstance(error, Stop):
                    check_outcome(error.outcome)


class HastyLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next thing due where nothing else is to do."""

    def __init__(self) -> None:
        self.skipped_s = 0.0
        self.patience_s = 0.0  # for what is on its way through the system
        self.threads = 0
        super().__init__(_Hasty(self))

    def time(self) -> float:
        """Return the time with all that was jumped over."""
        return super().time() + self.skipped_s

    def run_in_executor(  # type: ignore[override]  # of any function
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        """Run something in a thread: meanwhile the clock goes as usual."""
        self.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: object) -> None:
        self.threads -= 1


class _Hasty(selectors.DefaultSelector):
    def __init__(self, loop: HastyLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0 or self._loop.threads:
            return super().select(timeout)
        found = super().select(min(timeout, self._loop.patience_s))
        if not found:
            self._loop.skipped_s += timeout
        return found


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise `TooLong` where the block takes longer than this of the processor."""

    def late(*_: object) -> None:
        raise TooLong(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


# ------------------------------------------------------------------ properties


def check_outcome(outcome: Outcome) -> None:
    """Check that an outcome can be kept and shown as it is."""
    for name, fact in outcome.facts.items():
        check_text(name)
        if isinstance(fact, str):
            check_text(fact)
        else:
            assert math.isfinite(fact), (name, fact)
    wait_s = outcome.retry_after_s
    assert wait_s is None or (math.isfinite(wait_s) and wait_s >= 0)


def check_text(text: str, longest: int = LONGEST) -> None:
    """Check that a text is one short line without anything that acts."""
    assert len(text) <= longest, len(text)
    assert all(c.isprintable() or c in SPACES_KEPT for c in text), ascii(text)


def is_json(found: Any) -> bool:
    """Tell whether a value is one of JSON."""
    match found:
        case Mapping():
            return all(isinstance(k, str) and is_json(v) for k, v in found.items())
        case list():
            return all(map(is_json, found))
    return found is None or isinstance(found, str | int | float | bool)


# ------------------------------------------------------------------ where inputs are


def corpus(name: str) -> dict[str, bytes]:
    """Return what is kept for a target, by the name of the file."""
    files = sorted((CORPUS / name).iterdir())
    return {file.name: file.read_bytes() for file in files}


def reader_of(raw: bytes) -> asyncio.StreamReader:
    """Return a stream on which these bytes came, and then the end."""
    reader = asyncio.StreamReader()
    reader.feed_data(raw)
    reader.feed_eof()
    return reader


class Unheard:
    """A writer that nobody listens to."""

    def write(self, said: bytes) -> None:
        """Say something."""


def text_of(raw: bytes) -> str:
    """Return what is text in another program's hands before it is ours."""
    return raw.decode("utf-8", "replace")
