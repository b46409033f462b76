"""Kamailio, unprivileged, on a free loopback port: an exchange and a registrar.

It knows `alice` (any name, in truth) with the password `secret` at example.org, and
answers OPTIONS for a user with 200 where one is registered, else with 404. Break it
with SIGSTOP, by stopping it, or with `longest_s`, for which it registers at most. With
`edge` it asks for a password as a proxy first, then as a registrar, and counts the
answers to each of its challenges.

It puts calls through to who is registered, for somebody who proves the password
`secret` (any name) as a proxy wants it. A number of `REFUSED` is refused with that
code; all other numbers of digits are put through to the port `elsewhere`, if it is
given; what begins with `silent` is dropped. `keeps_one` lets a telephone that registers
push out the one before. With `tls`, of Debian's `kamailio-tls-modules`, it speaks that
alone, with the certificate of the trusted authority.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers import certificates
from servers.daemons import running
from servers.scripted import LOOPBACK, closed_port

PROGRAM = Path("/usr/sbin/kamailio")
CONF = """
debug=0
log_stderror=yes
auto_aliases=no
children=1
tcp_children=1
{listens}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "auth.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "rr.so"
loadmodule "siputils.so"
modparam("auth", "algorithm", "{algorithm}")
modparam("auth", "nonce_count", 1)
modparam("registrar", "min_expires", 1)
modparam("registrar", "max_expires", {longest_s})
request_route {{
  if (method == "OPTIONS" && $rU == $null) {{
    sl_send_reply("200", "OK");
    exit;
  }}
  if (method == "OPTIONS") {{
    if (registered("location")) {{ sl_send_reply("200", "OK"); exit; }}
    sl_send_reply("404", "Nobody Here");
    exit;
  }}
  if (method == "ACK" && !t_check_trans() && !loose_route()) {{ exit; }}
  if (method == "ACK" || method == "BYE") {{ t_relay(); exit; }}
  if (method == "CANCEL") {{
    if (t_check_trans()) {{ t_relay(); }}
    exit;
  }}
  if (method == "INVITE") {{
    t_check_trans();
    if ($rU =~ "^silent") {{ exit; }}
    if (!pv_proxy_authenticate("example.org", "secret", "0")) {{
      proxy_challenge("example.org", "1");
      exit;
    }}
    consume_credentials();
    {refusals}
    record_route();
    if ({elsewhere} && $rU =~ "^[+0-9]+$") {{
      $ru = "sip:elsewhere@127.0.0.1:{elsewhere}";
    }} else if (!lookup("location")) {{
      sl_send_reply("480", "Nobody Here");
      exit;
    }}
    t_relay();
    exit;
  }}
  if (method == "REGISTER") {{
    if ({edge} && !pv_proxy_authenticate("edge.example", "secret", "0")) {{
      proxy_challenge("edge.example", "1");
      exit;
    }}
    if (!pv_www_authenticate("example.org", "secret", "0")) {{
      www_challenge("example.org", "1");
      exit;
    }}
    if (!save("location", "{save}")) {{ sl_reply_error(); }}
    exit;
  }}
  sl_send_reply("501", "Not Implemented");
}}
"""

CLEAR = """\
listen=udp:{host}:{port}
listen=tcp:{host}:{port}
"""
TLS = """\
enable_tls=yes
listen=tls:{host}:{port}
loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "private_key", "{folder}/key.pem")
modparam("tls", "certificate", "{folder}/cert.pem")
"""
TLS_PACKAGE = "kamailio-tls-modules"
TLS_MODULE = next(map(str, Path("/usr/lib").glob("*/kamailio/modules/tls.so")), "")
REFUSED = ("403", "404", "486", "503", "603")
REFUSAL = 'if ($rU == "{code}") {{ sl_send_reply("{code}", "As Asked"); exit; }}'


@asynccontextmanager
async def kamailio(
    folder: Path,
    algorithm: str = "MD5",
    *,
    edge: bool = False,
    longest_s: int = 3600,
    host: str = LOOPBACK,
    port: int | None = None,
    elsewhere: int = 0,
    keeps_one: bool = False,
    tls: bool = False,
) -> AsyncIterator[int]:
    """Run it while the block lasts."""
    port = port or closed_port()
    conf = folder / "kamailio.cfg"
    named = {"host": host, "port": port, "folder": folder}
    if tls:
        certificates.certify(folder)
    more: dict[str, object] = {"elsewhere": elsewhere, "edge": int(edge)}
    more["save"] = "0x04" if keeps_one else "0x00"
    more["refusals"] = "\n".join(REFUSAL.format(code=code) for code in REFUSED)
    more["listens"] = (TLS if tls else CLEAR).format(**named)
    more["algorithm"] = algorithm
    conf.write_text(CONF.format(**more, longest_s=longest_s))
    command = [str(PROGRAM), "-f", str(conf), "-DD", "-E", "-m", "32", "-M", "4"]
    command += ["-Y", str(folder), "-w", str(folder)]
    async with running(command, host=host, port=port, log=folder / "kamailio.log"):
        yield port
