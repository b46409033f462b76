"""Unbound, unprivileged, on a free loopback port, with a small zone of its own.

Break it by stopping the process; `REFUSED` is what it says outside the zone.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.daemons import running
from servers.scripted import closed_port

PROGRAM = Path("/usr/sbin/unbound")
CONF = """
server:
  interface: 127.0.0.1@{port}
  port: {port}
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
  local-data: "mail.example.org. MX 10 mail.example.org."
  local-data: 'long.example.org. TXT "{long}" "{long}" "{long}" "{long}" "{long}"'
remote-control:
  control-enable: no
"""


@asynccontextmanager
async def unbound(folder: Path) -> AsyncIterator[int]:
    """Run it while the block lasts."""
    port = closed_port()
    conf = folder / "unbound.conf"
    conf.write_text(CONF.format(port=port, folder=folder, long="x" * 250))
    command = [str(PROGRAM), "-d", "-c", str(conf)]
    async with running(command, port=port, log=folder / "log"):
        yield port
