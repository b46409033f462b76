"""Use an API as nobody, by a token, or by a login for one run that ends with it."""

import asyncio
from collections.abc import Awaitable, Callable

from secours.model.observed import Evidence, Outcome, ok
from secours.model.runs import Stop
from secours.wire.http.api import Service
from secours.wire.http.api_options import ServerOptions
from secours.wire.own_message import tidy


async def use_account(
    options: ServerOptions,
    service: Service,
    *,
    log_in: Callable[[Service, str, str], Awaitable[str]],
    use: Callable[[], Awaitable[Outcome]],
    log_out: Callable[[], Awaitable[object]],
) -> Outcome:
    """Do what an account is for; without one what was served is all that is known.

    `log_in` is given the name and the password, and returns a token.

    Raises:
        Stop: the login or the work failed.
        SecretMissing: the token or password could not be read.

    """
    if options.token is not None:
        service.carry(options.token.reveal())
        return await use()
    if options.username is None or options.password is None:
        return ok(Evidence.SERVED)
    password = options.password.reveal()
    service.carry(await log_in(service, options.username, password))
    return await within_session(use(), log_out)


async def within_session(
    working: Awaitable[Outcome], leave: Callable[[], Awaitable[object]]
) -> Outcome:
    """Do what a session is for, then end it, also where that failed.

    Raises:
        Stop: time is up: what is known stands, and nothing more is sent.

    """
    try:
        outcome = await working
    except Stop as stop:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        outcome = stop.outcome
    outcome, _ = await tidy(outcome, leave())
    return outcome
