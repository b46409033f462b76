"""Run one probe: deadline, stopwatch, and the only place where exceptions stop.

A probe interprets answers; here exceptions are interpreted. The deadline holds whatever
a probe does: one that does not let go is left behind. What this process loses by being
busy is never held against a peer: tests begin one after the other, the stopwatch runs
from the first connection, and time in which the event loop did not come round is no
part of the deadline.
"""

import asyncio
import errno
import logging
import math
import os
import resource
import socket
import ssl
import sys
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from secours.model.observed import (
    REFUSED_CERTIFICATES,
    WARNINGS,
    Instant,
    Outcome,
    Reason,
    Result,
    Verdict,
    failed,
    unknown,
)
from secours.model.plan import Path, Probe
from secours.model.runs import Stop, Timer, timer
from secours.model.secret import SecretMissing
from secours.outside_text import plain

log = logging.getLogger(__name__)

LET_GO_S = 0.3  # what a probe gets after its deadline to close its connections

PULSE_S = 0.05  # how often a loop in which tests run is felt
LATE_S = 0.1  # a pulse that comes later than this shows a loop that was busy
PROMPT_S = 0.002  # a turn of a loop that has nothing else to do takes less
QUIET_S = 0.02  # how long a test waits for such a turn before it begins anyway
ALL_BEGIN_S = 0.5  # in which all have begun that wait for it together

LEAST_AT_ONCE = 64
FILES_OF_OURS = 100
FILES_OF_A_PROBE = 8  # addresses tried side by side, pipes of a plugin

# What ssl.SSLCertVerificationError.verify_code says, OpenSSL's x509_vfy.h.
OWN_SHORTAGE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

ERRNO_REASONS = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.ENETUNREACH: Reason.UNREACHABLE,  # see net.sockets for NO_ROUTE
    errno.ETIMEDOUT: Reason.TIMEOUT,
}


def at_once(probes: Iterable[Probe], least: int = LEAST_AT_ONCE) -> int:
    """Return how many tests are under way at once where no peer answers any more."""
    shares = (probe.timeout_s / probe.interval_s for probe in probes)
    return max(least, math.ceil(sum(shares)))


def shortest_kept_s(probes: Iterable[Probe], tests: int) -> float:
    """Return the interval below which none can be kept with so many tests at once.

    It is 0 where all can: then no probe waits, even if no peer answers any more.
    """
    by_interval = sorted(probes, key=lambda probe: probe.interval_s)
    share = sum(probe.timeout_s / probe.interval_s for probe in by_interval)
    stretched_s = 0.0
    for probe in by_interval:
        if share + stretched_s / probe.interval_s <= tests:
            break
        share -= probe.timeout_s / probe.interval_s
        stretched_s += probe.timeout_s
    return stretched_s / (tests - share) if stretched_s else 0.0


def room() -> int:
    """Return for how many tests at once this system lets us have files open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return sys.maxsize
    return max(1, (hard - FILES_OF_OURS) // FILES_OF_A_PROBE)


def make_room(tests: int) -> int:
    """Allow as many open files as so many tests may need at once, where we may.

    Returns for how many there is room. With too few files a connection fails here, and
    that says nothing about the peer.
    """
    tests = min(tests, room())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_OF_OURS + FILES_OF_A_PROBE * tests
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return tests


async def run(
    probe: Probe,
    probing: Callable[[Any, Path | None], Awaitable[Outcome]],
    path: Path | None,
    now: Callable[[], Instant],
) -> Result:
    """Run a probe and always return a Result; only cancellation passes through."""
    with _felt() as pulse:
        await pulse.quiet()
        at = now()
        watch = _Stopwatch(pulse)
        running = watch.time(probing(probe.settings, path))
        outcome = await _settle(probe, asyncio.ensure_future(running), pulse)
    return Result(probe=probe.id, at=at, outcome=_timed(probe, outcome, watch.took_s))


class _Stopwatch(Timer):
    """Times one run, from the first connection that it opens, in seconds."""

    def __init__(self, pulse: "_Pulse") -> None:
        self._pulse = pulse
        self._start_s = pulse.time()
        self._end_s: float | None = None
        self._connected = False

    @property
    def took_s(self) -> float:
        end_s = self._pulse.time() if self._end_s is None else self._end_s
        return max(0.0, end_s - self._start_s)

    def connects(self) -> None:
        if not self._connected:
            self._connected, self._start_s = True, self._pulse.time()

    def answered(self) -> None:
        if self._end_s is None:
            self._end_s = self._pulse.time()

    async def time(self, running: Awaitable[Outcome]) -> Outcome:
        """Time a run to its end."""
        timer.set(self)
        try:
            return await running
        finally:
            self.answered()


class _Pulse:
    """Feels whether an event loop comes round, while tests run in it."""

    def __init__(self) -> None:
        self.users = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._turn_s = self._let_s = 0.0  # of the latest turn, and the latest beginning
        self._lost_s = 0.0
        self._due_s = 0.0
        self._next: asyncio.TimerHandle | None = None

    def lost_s(self) -> float:
        """Return how many seconds the loop was away until now."""
        late_s = time.monotonic() - self._due_s
        return self._lost_s + (late_s if late_s > LATE_S else 0.0)

    def time(self) -> float:
        """Return a time in seconds that stands still while the loop is away."""
        return time.monotonic() - self.lost_s()

    def beat(self) -> None:
        """Count what was lost, and feel again soon."""
        loop = asyncio.get_running_loop()
        if self._next is not None:
            self._lost_s = self.lost_s()
        self._due_s = time.monotonic() + PULSE_S
        self._next = loop.call_later(PULSE_S, self.beat)

    def stop(self) -> None:
        """Feel no more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    async def quiet(self) -> None:
        """Wait for the loop to have time: what begins now delays others' answers."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._turn_s = self._let_s = time.monotonic()
            loop.call_soon(self._let_begin)
        begins: asyncio.Future[None] = loop.create_future()
        self._waiting.append(begins)
        await begins

    def _let_begin(self) -> None:
        """Let one begin after a prompt turn, else those that waited long enough.

        The more wait, the less long: so all begin although the loop is never quiet.
        """
        before_s, self._turn_s = self._turn_s, time.monotonic()
        if self._turn_s - before_s < PROMPT_S:
            self._let_s = self._turn_s
            self._let_one()
        while self._waiting and self._turn_s >= self._let_s + self._patience_s:
            self._let_s += self._patience_s
            self._let_one()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._let_begin)

    @property
    def _patience_s(self) -> float:
        return min(QUIET_S, ALL_BEGIN_S / len(self._waiting))

    def _let_one(self) -> None:
        begins = self._waiting.popleft()
        if not begins.done():  # cancelled
            begins.set_result(None)


_PULSES: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pulse] = WeakKeyDictionary()


@contextmanager
def _felt() -> Iterator[_Pulse]:
    """Feel the pulse of this loop while the block lasts, one for all tests in it."""
    pulse = _PULSES.setdefault(asyncio.get_running_loop(), _Pulse())
    if not pulse.users:
        pulse.beat()
    pulse.users += 1
    try:
        yield pulse
    finally:
        pulse.users -= 1
        if not pulse.users:
            pulse.stop()


def _timed(probe: Probe, outcome: Outcome, elapsed_s: float) -> Outcome:
    """Add the latency; a slow ok is degraded."""
    if outcome.verdict not in (Verdict.OK, Verdict.DEGRADED):
        return outcome
    latency_s = elapsed_s if outcome.latency_s is None else outcome.latency_s
    outcome = replace(outcome, latency_s=latency_s)
    only_warned = outcome.verdict is Verdict.OK or outcome.reason in WARNINGS
    if (
        probe.slow_after_s is not None
        and only_warned
        and latency_s > probe.slow_after_s
    ):
        facts = {"latency_s": latency_s, "slow_after_s": probe.slow_after_s}
        return replace(
            outcome, verdict=Verdict.DEGRADED, reason=Reason.SLOW, facts=facts
        )
    return outcome


async def _settle(
    probe: Probe, task: "asyncio.Future[Outcome]", pulse: _Pulse
) -> Outcome:
    late = failed(Reason.TIMEOUT, timeout_s=probe.timeout_s)
    try:
        in_time = await _in_time(task, probe.timeout_s, pulse)
        if not in_time:
            task.cancel()
            await asyncio.wait({task}, timeout=LET_GO_S)
    except asyncio.CancelledError:
        task.cancel()
        task.add_done_callback(_forget)
        raise
    if not task.done():
        log.warning("probe %s does not let go at its deadline", probe.id)
        task.add_done_callback(_forget)
        return late
    if task.cancelled():
        return unknown(Reason.BROKEN, problem="interrupted") if in_time else late
    try:
        return task.result()
    except Exception as error:  # noqa: BLE001 -- the one place where they stop
        return _interpret(probe, error)


async def _in_time(
    task: "asyncio.Future[Outcome]", timeout_s: float, pulse: _Pulse
) -> bool:
    """Tell whether it ended within so many seconds in which this loop came round."""
    end_s, left_s, lost_s = pulse.time() + timeout_s, timeout_s, pulse.lost_s()
    while True:
        done, _ = await asyncio.wait({task}, timeout=left_s)
        was_lost_s, lost_s = lost_s, pulse.lost_s()
        left_s = end_s - pulse.time()
        if done or lost_s == was_lost_s or left_s < -LATE_S:
            return bool(done)
        # What came while the loop was away is read before the deadline holds.
        left_s = max(left_s, LATE_S)


def _forget(task: "asyncio.Future[Outcome]") -> None:
    """Fetch what a probe left behind raised, or asyncio would complain."""
    with suppress(BaseException):
        task.exception()


def _interpret(probe: Probe, error: Exception) -> Outcome:
    match error:
        case Stop():
            return error.outcome
        case SecretMissing():
            return unknown(Reason.SECRET_MISSING, **error.facts)
        case TimeoutError():  # an OSError too, so it comes first
            return failed(Reason.TIMEOUT, timeout_s=probe.timeout_s)
        case OSError():
            return _system(error)
        case EOFError():
            return failed(Reason.PROTOCOL, problem="connection-closed")
    log.error("probe %s is broken: %s", probe.id, type(error).__name__)
    log.debug("probe %s is broken", probe.id, exc_info=error)
    return unknown(Reason.BROKEN, what=type(error).__name__)


def _system(error: OSError) -> Outcome:
    """Tell apart what the system, the resolver and TLS say."""
    match error:
        case PermissionError():
            return unknown(Reason.PERMISSION)
        case ssl.SSLCertVerificationError():
            return _certificate(error)
        case ssl.SSLError():
            return failed(Reason.TLS_FAILED, said=plain(getattr(error, "reason", "")))
        case socket.gaierror():
            return failed(Reason.DNS, said=plain(error.strerror or ""))
    if error.errno in OWN_SHORTAGE:
        return unknown(Reason.BROKEN, said=os.strerror(error.errno))
    if error.errno in ERRNO_REASONS:
        return failed(ERRNO_REASONS[error.errno])
    if not error.strerror:
        return failed(Reason.PROTOCOL, problem="connection-closed")
    return failed(Reason.PROTOCOL, said=plain(error.strerror))


def _certificate(error: ssl.SSLCertVerificationError) -> Outcome:
    """Tell the ways apart in which a certificate is refused."""
    reason = REFUSED_CERTIFICATES.get(error.verify_code, Reason.TLS_UNTRUSTED)
    conclude = unknown if reason is Reason.CLOCK else failed
    return conclude(reason, said=plain(error.verify_message))
