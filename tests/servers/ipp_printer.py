"""A printer that speaks IPP, `ippeveprinter` of CUPS, on a free port of loopback.

It prints by a command: ours keeps each document in a folder. `Printer.obeys` says what
that does from now on: a line such as `STATE: +media-jam-error` that it says, how long
it takes, and how it ends. It wants a system bus: a private one without Avahi does.
"""

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from servers.certificates import certify
from servers.daemons import running
from servers.debian import found, needs
from servers.modemmanager import private_bus
from servers.scripted import closed_port

PACKAGES = {"ippeveprinter": "cups-ipp-utils", "dbus-daemon": "dbus-daemon"}
_LACKING = next((each for each in PACKAGES if found(each) == each), "ippeveprinter")
NEEDED = needs(_LACKING, PACKAGES[_LACKING])
READER = needs("pdftotext", "poppler-utils")
PATIENCE_S = 60.0
COMMAND = """#!/bin/sh
[ -z "$IPP_COPIES" ] || echo "$IPP_COPIES" >>{copies}
cp "$1" {folder}/$$.part && mv {folder}/$$.part {folder}/$(date +%s%N).sheet
. {script}
"""


@dataclass
class Printer:
    """A printer that runs, and what came out of it."""

    address: str
    folder: Path

    @property
    def sheets(self) -> list[bytes]:
        """Return what it printed, the oldest first."""
        return [each.read_bytes() for each in sorted(self.folder.glob("*.sheet"))]

    @property
    def copies(self) -> list[int]:
        """Return how many copies of each were asked for."""
        return [int(line) for line in (self.folder / "copies").read_text().split()]

    def obeys(self, *, says: str = "", takes_s: float = 0.0, code: int = 0) -> None:
        """Let each document be treated so."""
        said = f"echo {shlex.quote(says)} >&2\n" if says else ""
        script = f"{said}sleep {takes_s}\nexit {code}\n"
        (self.folder / "script").write_text(script)

    async def printed(self, number: int) -> list[str]:
        """Wait for so many sheets, and return their texts."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.sheets) < number:  # noqa: ASYNC110 -- no event
                await asyncio.sleep(0.05)
        return [await text_of(each) for each in self.sheets]


async def text_of(sheet: bytes) -> str:
    """Return the text of a PDF file, as another program reads it."""
    process = await asyncio.create_subprocess_exec(
        *("pdftotext", "-layout", "-", "-"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    text, said = await process.communicate(sheet)
    assert process.returncode == 0, said
    assert not said, said  # it complains of what it had to mend
    return text.decode()


@asynccontextmanager
async def ipp_printer(
    folder: Path, *, formats: str = "application/pdf", port: int = 0
) -> AsyncIterator[Printer]:
    """Run one while the block lasts."""
    port, out = port or closed_port(), folder / "printed"
    for each in (out, spool := folder / "spool", keys := folder / "keys"):
        each.mkdir(exist_ok=True)
    certify(keys)  # ipps:// on the same port
    (keys / "key.pem").rename(keys / "localhost.key")
    (keys / "cert.pem").rename(keys / "localhost.crt")
    command, script = folder / "print.sh", out / "script"
    command.write_text(COMMAND.format(folder=out, script=script, copies=out / "copies"))
    command.chmod(0o755)
    printer = Printer(f"ipp://localhost:{port}/ipp/print", out)
    printer.obeys()
    async with private_bus(folder) as bus:
        program = ("env", f"DBUS_SYSTEM_BUS_ADDRESS={bus}", found("ippeveprinter"))
        where = ("-r", "off", "-n", "localhost", "-p", str(port), "-d", str(spool))
        how = ("-f", formats, "-c", str(command), "-K", str(keys), "Corridor")
        async with running((*program, *where, *how), port=port, log=folder / "ipp.log"):
            yield printer
