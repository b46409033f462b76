"""ntfy's own server, unprivileged, on a free loopback port, with one account.

`probe` may log in with `hunter2`, write and read `crisis`, and only write `siren`.
Break it with another topic, or another password.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.daemons import running
from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

NEEDED = needs("ntfy", "ntfy")
CONF = """
listen-http: "{host}:{port}"
cache-file: "{folder}/cache.db"
auth-file: "{folder}/users.db"
auth-default-access: deny-all
"""
ACCOUNT = (
    ("user", "add", "probe"),
    ("access", "probe", "crisis", "read-write"),
    ("access", "probe", "siren", "write-only"),
)


@asynccontextmanager
async def ntfy(folder: Path) -> AsyncIterator[str]:
    """Run it while the block lasts, and return its base URL."""
    port, conf = closed_port(), folder / "server.yml"
    conf.write_text(CONF.format(host=LOOPBACK, port=port, folder=folder))
    (folder / "users.db").touch()
    for command, *words in ACCOUNT:
        making = await asyncio.create_subprocess_exec(
            *(found("ntfy"), command, "--config", str(conf), *words),
            env=os.environ | {"NTFY_PASSWORD": "hunter2"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await making.communicate()
        assert making.returncode == 0, said
    serving = [found("ntfy"), "serve", "--config", str(conf)]
    async with running(serving, port=port, log=folder / "ntfy.log"):
        yield f"http://{LOOPBACK}:{port}"
