"""baresip, without sound: a telephone that is called at a port of its own.

    async with baresip(folder, answers=True) as port: ...

It rings, and `answers` at once if it is told to.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.daemons import running
from servers.debian import found
from servers.scripted import LOOPBACK, closed_port

PROGRAM = "baresip"
MODULES = Path("/usr/lib/baresip/modules")
CONFIG = """
module_path {modules}
sip_listen {host}:{port}
module account.so
module g711.so
module cons.so
module_app menu.so
audio_player aubridge,x
module aubridge.so
audio_source aubridge,x
audio_alert none
cons_listen {host}:{console}
"""
ACCOUNT = "<sip:elsewhere@{host}:{port}>;regint=0;answermode={mode}\n"


@asynccontextmanager
async def baresip(folder: Path, *, answers: bool = False) -> AsyncIterator[int]:
    """Run it while the block lasts."""
    port, console = closed_port(), closed_port()
    named = {"host": LOOPBACK, "port": port, "console": console, "modules": MODULES}
    home = folder / "baresip"
    home.mkdir()
    (home / "config").write_text(CONFIG.format(**named))
    mode = "auto" if answers else "manual"
    (home / "accounts").write_text(ACCOUNT.format(**named, mode=mode))
    command = [found(PROGRAM), "-f", str(home)]
    async with running(command, port=port, log=folder / "baresip.log"):
        yield port
