"""Postfix on a free loopback port, with a queue of its own.

Its master wants to be root; where we are not, there is no test. It takes mail for
example.org, puts off `grey@`, and finds the mailbox of `full@` full; there nothing is
delivered. With `to` it asks that Dovecot for logins, and delivers mail for example.net
to it: `probe@` into the mailbox, `spam@` into Junk; `held@` is taken and kept back.
"""

import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.certificates import NAMES, authority
from servers.daemons import running
from servers.dovecot import ACCOUNT, Dovecot
from servers.scripted import LOOPBACK, closed_port

PROGRAM = Path("/usr/sbin/postfix")
CAN_RUN = PROGRAM.exists() and os.geteuid() == 0
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/state
mail_owner = postfix
myhostname = mail.example
mydestination = example.org
inet_interfaces = {host}
inet_protocols = ipv4
smtpd_peername_lookup = no
alias_maps =
local_recipient_maps =
maillog_file = /dev/stdout
smtpd_delay_reject = no
smtpd_recipient_restrictions = reject_unauth_destination, check_recipient_access
  inline:{{ {{grey@example.org = 450 4.2.0 Greylisted}},
  {{full@example.org = 452 4.2.2 Mailbox full}}, {{held@example.net = HOLD}} }}
smtpd_tls_chain_files = {folder}/tls.pem
smtpd_tls_security_level = may
"""
DELIVERING = """
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl_port}
virtual_mailbox_domains = example.net
virtual_mailbox_base = {mail}
virtual_mailbox_maps = inline:{{ {{probe@example.net = {account}/}},
  {{held@example.net = {account}/}}, {{spam@example.net = {account}/.Junk/}} }}
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""
MASTER = """
{host}:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
virtual unix - n n - - virtual
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
"""


@asynccontextmanager
async def postfix(
    to: Dovecot | None = None, *, host: str = LOOPBACK, port: int | None = None
) -> AsyncIterator[int]:
    """Run it while the block lasts."""
    folder = _folder()
    port = port or closed_port()
    command = [str(PROGRAM), "-c", str(folder / "conf"), "start-fg"]
    try:
        _configure(folder, host, port, to)
        async with running(
            command, host=host, port=port, log=folder / "log"
        ) as process:
            try:
                yield port
            finally:  # the master leads a group of its own
                master = (folder / "queue" / "pid" / "master.pid").read_text()
                os.kill(int(master), signal.SIGTERM)
                await process.wait()
    finally:
        shutil.rmtree(folder)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="secours-postfix-"))
    folder.chmod(0o755)  # its daemons are another user
    return folder


def _configure(folder: Path, host: str, port: int, to: Dovecot | None) -> None:
    for name in ("conf", "queue", "state"):
        (folder / name).mkdir()
    shutil.chown(folder / "state", "postfix")
    for file in Path("/etc/postfix").glob("postfix-files*"):
        if file.is_file():
            shutil.copy(file, folder / "conf")
    conf = MAIN.format(folder=folder, host=host) + (_delivering(to) if to else "")
    (folder / "conf" / "main.cf").write_text(conf)
    (folder / "conf" / "master.cf").write_text(MASTER.format(host=host, port=port))
    certificate = authority().issue_cert(*NAMES)
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "tls.pem"))


def _delivering(to: Dovecot) -> str:
    owner = pwd.getpwnam(to.user)
    return DELIVERING.format(
        sasl_port=to.sasl_port,
        mail=to.mail,
        account=ACCOUNT,
        uid=owner.pw_uid,
        gid=owner.pw_gid,
    )
