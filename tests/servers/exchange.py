"""Kamailio as an exchange that puts calls through, to those who are registered.

Whoever calls or registers has the password `secret` at example.org, and any name.
`busy` and `declines` are what they are called.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.daemons import running
from servers.kamailio import PROGRAM
from servers.scripted import LOOPBACK, closed_port

CONF = """
debug=0
log_stderror=yes
auto_aliases=no
alias="example.org"
children=1
tcp_children=1
listen=udp:{host}:{port}
listen=tcp:{host}:{port}
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "auth.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
request_route {{
  if (method == "CANCEL") {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
  if (has_totag()) {{ loose_route(); t_relay(); exit; }}
  if (method == "OPTIONS" && $rU == $null) {{ sl_send_reply("200", "OK"); exit; }}
  if (method == "REGISTER") {{
    if (!pv_www_authenticate("example.org", "secret", "0")) {{
      www_challenge("example.org", "1");
      exit;
    }}
    save("location");
    exit;
  }}
  if (!pv_proxy_authenticate("example.org", "secret", "0")) {{
    proxy_challenge("example.org", "1");
    exit;
  }}
  consume_credentials();
  if ($rU == "busy") {{ sl_send_reply("486", "Busy Here"); exit; }}
  if ($rU == "declines") {{ sl_send_reply("603", "Decline"); exit; }}
  record_route();
  if (!lookup("location")) {{ sl_send_reply("404", "Nobody Here"); exit; }}
  t_relay();
}}
"""


@asynccontextmanager
async def exchange(folder: Path) -> AsyncIterator[int]:
    """Run it while the block lasts, and return its port."""
    port = closed_port()
    conf = folder / "kamailio.cfg"
    conf.write_text(CONF.format(host=LOOPBACK, port=port))
    command = [str(PROGRAM), "-f", str(conf), "-DD", "-E", "-m", "16", "-M", "4"]
    command += ["-Y", str(folder), "-w", str(folder)]
    async with running(command, host=LOOPBACK, port=port, log=folder / "kamailio.log"):
        yield port
