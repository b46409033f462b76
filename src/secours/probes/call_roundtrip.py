"""Voice call there and back: does a telephone ring when another one calls it?

One end calls the other; as soon as that hears it ring, the call is cancelled, so that
nobody pays for it. Each end is an account at an exchange or a modem. An ok shows that a
call goes through now; not that speech does, nor that everybody's telephone rings.
A call counts as ours by its caller's number, `number` of `from`, and by when it comes.
Another call meanwhile is left alone: it is never answered nor refused. What is answered
at once, by a voicemail say, is hung up, and has not rung where it should.
An end that cannot be used now (no account, no SIM, no network, in use) is unknown: it
says nothing about the network. Each run may cost money where the operator asks some for
calls that nobody takes: more than `max_per_day` are not made.
Both ends need telephones of their own: all that are registered with the account of `to`
ring at each test. An exchange outside has to reach the address that we register.

Source: RFC 3261 sections 9 (CANCEL), 13 (INVITE), 21 (codes); 3GPP TS 27.007 sections
7.6 (+CLIP), 7.18 (+CLCC); ModemManager D-Bus interface reference (Modem.Voice, Call).
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from secours.message import BadValue
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    Verdict,
    failed,
    ok,
    unknown,
)
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.model.sections.field_types import Duration
from secours.wire import daily_budget
from secours.wire.modem.notice_sms import ModemOptions
from secours.wire.modem.serial_port import GONE
from secours.wire.numbers import EMERGENCY, same_number
from secours.wire.option_checks import (
    MODEMMANAGER,
    called,
    telephone,
)
from secours.wire.sip.options import SipOptions
from secours.wire.voice.call import Call, CallEvent, CallState
from secours.wire.voice.incoming import HeardCall, IncomingCalls
from secours.wire.voice.legs import open_leg

BEST = Evidence.DELIVERED
BINDS_PATH = False  # a modem has its own; an exchange is reached as the machine does
DEFAULT_INTERVAL_S = 900.0
DEFAULT_COST = True
prepare = daily_budget.prepare

FROM, TO = {"problem": "calling-end"}, {"problem": "called-end"}
HALF_A_MINUTE = Duration(30)
AROUND_S = 60.0  # to open both ends, hang up, and look at them again
OPEN_S = 15.0  # for an end to open, and for an exchange to register us
CHECK_S = 6.0  # to look again


def default_timeout_s(settings: "Settings") -> float:
    """Return the timeout, with time before and after the wait."""
    return settings.within + AROUND_S


class SipEnd(SipOptions, frozen=True, kw_only=True):
    """Account at an exchange, and the number by which it is called."""

    number: str | None = None
    """Number or name by which it is called, and shown; without it the user."""

    def __post_init__(self) -> None:
        super().__post_init__()
        dialled = unquote(self.called)  # with no service code, as *31# before 112
        if not re.fullmatch(r"[^\s<>\"@:;?*#,\x00-\x1f\x7f]+", dialled):
            raise BadValue("plan.option.telephone", option="number")

    @property
    def called(self) -> str:
        """Return what is called."""
        return self.number or self.registered_user

    @property
    def line(self) -> str:
        """Return the name of what only one test may use at a time."""
        return f"sip:/{self.registered_user}@{self.host}"


class ModemEnd(ModemOptions, frozen=True, kw_only=True):
    """Modem, and the number by which it is called."""

    number: str
    """Number by which it is called, and shown to who is called."""

    def __post_init__(self) -> None:
        super().__post_init__()
        telephone(self.number, option="number")

    @property
    def called(self) -> str:
        """Return the number without separators."""
        return telephone(self.number)

    @property
    def line(self) -> str:
        """Return the name of what only one test may use at a time."""
        return self.port or MODEMMANAGER


class Settings(Struct, frozen=True, kw_only=True):
    """Calling end, called end, and the time that a call may take to ring."""

    from_: ModemEnd | SipEnd
    """Account or modem that calls, with the number that the called one is shown."""
    to: ModemEnd | SipEnd
    """Account or modem that is called."""
    within: Duration = HALF_A_MINUTE
    """Time limit until it rings."""
    max_per_day: int = 100
    """Number of calls that an engine makes a day; `check` counts none."""

    def __post_init__(self) -> None:
        by_modem, to = isinstance(self.from_, ModemEnd), self.to.called
        if same_number(self.from_.called, to) or self._one_modem:
            raise BadValue("plan.option.two-ends", option="to", other="from")
        if EMERGENCY.fullmatch(re.sub("[().-]", "", unquote(to))):
            raise BadValue("plan.option.short-number", option="to")
        if isinstance(self.to, SipEnd) and self.to.password is None:
            raise BadValue("plan.option.needs", option="to", other="password")
        if by_modem:
            called(to)  # no name, and no service
        if self.within <= 0:
            raise BadValue("plan.option.above-zero", option="within")
        if self.max_per_day < 0:
            raise BadValue("plan.option.zero-or-more", option="max_per_day")

    @property
    def _one_modem(self) -> bool:
        one, other = self.from_, self.to
        if not (isinstance(one, ModemEnd) and isinstance(other, ModemEnd)):
            return False
        if one.line != other.line or one.port is not None:
            return one.line == other.line
        both = {one.modemmanager, other.modemmanager}
        return len(both) == 1 or "any" in both

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the names of what only one test may use at a time."""
        return self.from_.line, self.to.line


async def probe(settings: Settings, path: Path | None = None) -> Outcome:
    """Call one end from the other, and hang up when it rings."""
    try:
        return await _called(settings)
    except Stop as stop:
        facts = stop.outcome.facts
        if stop.outcome.reason is not Reason.NO_DEVICE:
            raise
        missing = {"problem": "end-missing", "what": facts.get("what", "")}
        raise Stop(unknown(Reason.BROKEN, **missing)) from None  # no channel is down


async def _called(settings: Settings) -> Outcome:
    ends = (settings.from_, FROM), (settings.to, TO)
    async with AsyncExitStack() as stack:
        legs = {}  # opened in one order, or two tests wait for each other
        for end, facts in sorted(ends, key=lambda each: os.path.realpath(each[0].line)):
            async with _untested(facts, OPEN_S):
                legs[end.called] = await stack.enter_async_context(open_leg(end))
        async with _untested(TO, OPEN_S):
            incoming = await stack.enter_async_context(
                legs[settings.to.called].listening()
            )
        caller = legs[settings.from_.called]
        async with caller.dial(settings.to.called) as call:
            outcome = await _Test(settings, call, incoming).outcome()
        if outcome.verdict is Verdict.FAILED:
            async with _untested(FROM, CHECK_S):
                await caller.check()
            async with _untested(TO, CHECK_S):
                await incoming.check()
    return outcome


class _Test:
    """One call, and what both ends make of it."""

    def __init__(self, settings: Settings, call: Call, incoming: IncomingCalls) -> None:
        self._settings, self._call, self._incoming = settings, call, incoming
        self._loop = asyncio.get_running_loop()
        self._start_s = self._loop.time()
        self._rang = self._withheld = self._other = False

    async def outcome(self) -> Outcome:
        """Wait until the call rings here, or ends, or the time is up."""
        try:
            async with asyncio.timeout(self._settings.within):
                outcome = await self._heard_or_ended()
        except TimeoutError:
            outcome = self._too_late()
        if outcome.verdict is Verdict.FAILED and self._withheld:
            return unknown(Reason.BROKEN, problem="caller-withheld")
        if outcome.reason is Reason.RANG_ELSEWHERE and self._other:
            return replace(outcome, facts={"problem": "other-caller", **outcome.facts})
        return outcome

    async def _heard_or_ended(self) -> Outcome:
        hearing = asyncio.ensure_future(self._incoming.next())
        going = asyncio.ensure_future(self._call.next())
        try:
            while True:
                both = {hearing, going}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if hearing.done():
                    async with _untested(TO):
                        heard = hearing.result()
                    if self._is_ours(heard):
                        latency_s = max(0.0, heard.at_s - self._start_s)
                        return ok(Evidence.DELIVERED, latency_s=latency_s)
                    hearing = asyncio.ensure_future(self._incoming.next())
                elif (outcome := await self._after(going)) is not None:
                    return outcome
                else:
                    going = asyncio.ensure_future(self._call.next())
        finally:
            for each in (hearing, going):
                each.cancel()

    def _is_ours(self, call: HeardCall) -> bool:
        """Tell whether the call that rings is ours, by its time and its caller."""
        if call.at_s < self._start_s:
            return False
        self._withheld |= not call.callers
        self._other |= bool(call.callers)
        shown = self._settings.from_.called
        return any(same_number(caller, shown) for caller in call.callers)

    async def _after(self, going: asyncio.Future[CallEvent]) -> Outcome | None:
        """Return what an event of our call decides, None where nothing."""
        async with _untested(FROM):
            event = going.result()
        if event.state is CallState.RINGING:
            self._rang = True
            return None
        if event.state is CallState.ANSWERED:
            if self._incoming.engaged:  # by another call: a voicemail takes ours
                return self._engaged()
            facts = {"problem": "call-answered"}
            return failed(Reason.RANG_ELSEWHERE, Evidence.SERVED, **facts)
        assert event.why is not None
        if event.why.reason is Reason.BUSY and self._incoming.engaged:
            return self._engaged()
        return event.why

    def _engaged(self) -> Outcome:
        problem = "other-caller" if self._other else "other-call"
        return unknown(Reason.DEVICE_BUSY, problem=problem)

    def _too_late(self) -> Outcome:
        within_s = float(self._settings.within)
        if self._rang:
            return failed(Reason.RANG_ELSEWHERE, Evidence.SERVED)
        if not self._call.taken:  # it did not get as far as the network
            return unknown(Reason.TIMEOUT, timeout_s=within_s)
        return failed(Reason.TIMEOUT, Evidence.SERVED, timeout_s=within_s)


@asynccontextmanager
async def _untested(
    end: Mapping[str, str], limit_s: float | None = None
) -> AsyncIterator[None]:
    """Turn what goes wrong at an end, or takes too long, into Stop: unknown."""
    try:
        async with asyncio.timeout(limit_s):
            yield
    except Stop as stop:
        facts = {**end, **stop.outcome.facts}
        raise Stop(unknown(stop.outcome.reason, **facts)) from None
    except TimeoutError:
        raise Stop(unknown(Reason.TIMEOUT)) from None
    except ConnectionRefusedError:
        raise Stop(unknown(Reason.REFUSED)) from None
    except PermissionError:
        raise  # of this machine: it is unknown anyway
    except (OSError, EOFError) as error:
        if getattr(error, "errno", None) in GONE:
            raise  # a modem that was unplugged, which its port says itself
        raise Stop(unknown(Reason.UNREACHABLE)) from None
