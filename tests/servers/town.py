"""Servers of Debian that a person's first plan names: telephony, mail, web."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from servers.dovecot import dovecot
from servers.kamailio import PROGRAM as KAMAILIO
from servers.kamailio import kamailio
from servers.nginx import PROGRAM as NGINX
from servers.nginx import nginx
from servers.postfix import CAN_RUN, postfix

NEEDED = "apt-get install kamailio nginx-light postfix dovecot-imapd"


class Servers(NamedTuple):
    """Ports of the servers of a town."""

    sip: int
    mail: int
    web: int
    tls: int


def skip_without() -> None:
    """Skip the test where they are not installed; CI may not."""
    there = KAMAILIO.exists() and NGINX.exists() and CAN_RUN
    if not there and "CI" not in os.environ:
        pytest.skip(NEEDED)


@asynccontextmanager
async def town_servers(folder: Path) -> AsyncIterator[Servers]:
    """Run them while inside."""
    folders = [folder / name for name in ("sip", "web", "box")]
    for each in folders:
        each.mkdir()
    sip, web, _ = folders
    async with AsyncExitStack() as running:
        enter = running.enter_async_context
        box = await enter(dovecot())
        yield Servers(
            sip=await enter(kamailio(sip)),
            mail=await enter(postfix(box)),
            web=await enter(nginx(web)),
            tls=box.tls_port,
        )
