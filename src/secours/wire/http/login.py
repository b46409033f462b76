"""Login at an API: none, by token, or for one run with a logout at its end.

A failed login raises Stop, a token or password that cannot be read SecretMissing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from secours.model.observed import Evidence, Outcome, ok
from secours.model.runs import Stop
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.own_message import tidy

LogIn = Callable[[Service, str, str], Awaitable[str]]  # name and password to a token
Leave = Callable[[], Awaitable[object]]
LEAVE_S = 2.0  # so long a session of a notice may take to end


async def use_account(
    options: ServerOptions,
    service: Service,
    *,
    log_in: LogIn,
    use: Callable[[], Awaitable[Outcome]],
    log_out: Leave,
) -> Outcome:
    """Use an account; without one the outcome is what was served."""
    if not options.logs_in:
        return ok(Evidence.SERVED)
    if await _enter(options, service, log_in):
        return await within_session(use(), log_out)
    return await use()


@asynccontextmanager
async def account(
    options: ServerOptions, service: Service, *, log_in: LogIn, log_out: Leave
) -> AsyncIterator[None]:
    """Use an account while the block lasts, however it ends."""
    session = await _enter(options, service, log_in)
    try:
        yield
    finally:
        if session:
            with suppress(Stop, OSError, EOFError):
                async with asyncio.timeout(LEAVE_S):
                    await log_out()


async def _enter(options: ServerOptions, service: Service, log_in: LogIn) -> bool:
    """Set our identity; tell whether that opened a session, to be closed."""
    if options.token is not None:
        service.carry(options.token.reveal())
    if options.username is None or options.password is None:
        return False
    password = options.password.reveal()
    service.carry(await log_in(service, options.username, password))
    return True


async def within_session(working: Awaitable[Outcome], leave: Leave) -> Outcome:
    """Do a session's work, then end it; Stop at a timeout keeps the known outcome."""
    try:
        outcome = await working
    except Stop as stop:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        outcome = stop.outcome
    outcome, _ = await tidy(outcome, leave())
    return outcome
