"""Unbound, unprivileged, on a free loopback port, with a small zone of its own.

Break it by stopping the process; `REFUSED` is what it says outside the zone.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.daemons import running
from servers.scripted import LOOPBACK, closed_port

PROGRAM = Path("/usr/sbin/unbound")
CONF = """
server:
  interface: {host}@{port}
  port: {port}
  access-control: 0.0.0.0/0 allow
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  logfile: "{folder}/log"
  do-daemonize: no
  num-threads: 1
  module-config: "iterator"
  local-zone: "." refuse
  local-zone: "example.org." static
  local-data: "mail.example.org. A 192.0.2.10"
  local-data: "www.example.org. A 192.0.2.11"
  local-data: "mail.example.org. MX 10 mail.example.org."
  local-data: 'long.example.org. TXT "{long}" "{long}" "{long}" "{long}" "{long}"'
remote-control:
  control-enable: no
"""


@asynccontextmanager
async def unbound(
    folder: Path, *, host: str = LOOPBACK, port: int | None = None
) -> AsyncIterator[int]:
    """Run it while the block lasts."""
    port = port or closed_port()
    conf = folder / "unbound.conf"
    named = {"host": host, "port": port, "folder": folder, "long": "x" * 250}
    conf.write_text(CONF.format(**named))
    command = [str(PROGRAM), "-d", "-c", str(conf)]
    async with running(command, host=host, port=port, log=folder / "log"):
        yield port
