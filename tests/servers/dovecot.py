"""Dovecot, unprivileged, on free loopback ports, with one mailbox and a Junk folder.

`probe@example.net` may log in with `hunter2`. Break it with another password, with
`broken=True` (the list of accounts cannot be read), with `quota_kib` and `put` (a
mailbox that fills up), or with a bad certificate.
"""

import getpass
import grp
import os
import pwd
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from servers.certificates import NAMES, authority, stranger
from servers.daemons import running
from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

NEEDED = needs("dovecot", "dovecot-imapd")
ACCOUNT, PASSWORD = "probe@example.net", "hunter2"
CONF = """
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {folder}/run
state_dir = {folder}/state
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
log_path = /dev/stderr
listen = {host}
protocols = imap
auth_allow_cleartext = yes
auth_mechanisms = {methods}
auth_failure_delay = 0
ssl = yes
ssl_server_cert_file = {folder}/tls.pem
ssl_server_key_file = {folder}/tls.pem
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
passdb passwd-file {{
  passwd_file_path = {folder}/accounts
}}
userdb static {{
  fields {{
    home = {folder}/mail/%{{user}}
  }}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox {junk} {{
    auto = create
    special_use = \\Junk
  }}
}}
mail_plugins {{
  quota = yes
}}
protocol imap {{
  mail_plugins {{
    imap_quota = yes
  }}
}}
quota "User quota" {{
  storage_size = {quota_kib}k
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-urlauth-login {{
  chroot =
}}
service stats {{
  chroot =
}}
service auth {{
  inet_listener sasl {{
    port = {sasl_port}
  }}
}}
"""


class Dovecot(NamedTuple):
    """Where it listens, and where its mail lies."""

    port: int
    tls_port: int
    sasl_port: int
    mail: Path
    user: str

    def put(self, message: bytes, name: str, junk: bool = False) -> None:
        """Put a message into the mailbox, as a delivery would."""
        box = self.mail / ACCOUNT / (".Junk" if junk else "")
        for folder in (box / "new", box / "cur", box / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        (box / "new" / name).write_bytes(message)
        _give(self.mail, self.user)

    def messages(self) -> list[bytes]:
        """Return every message that lies in any folder."""
        files = (p for p in self.mail.rglob("*") if p.parent.name in ("new", "cur"))
        return [file.read_bytes() for file in files if file.is_file()]


@asynccontextmanager
async def dovecot(
    *,
    broken: bool = False,
    quota_kib: int = 1000,
    junk: str = "Junk",
    methods: str = "plain",
    names: Sequence[str] = NAMES,
    days: float = 90.0,
    trusted: bool = True,
    host: str = LOOPBACK,
    port: int | None = None,
) -> AsyncIterator[Dovecot]:
    """Run it while the block lasts."""
    folder = _folder()
    user = "nobody" if os.geteuid() == 0 else getpass.getuser()
    ports = port or closed_port(), closed_port(), closed_port()
    served = Dovecot(*ports, folder / "mail", user)
    try:
        for name in ("run", "state", "mail"):
            (folder / name).mkdir()
        accounts = folder / "accounts"
        accounts.write_text(f"{ACCOUNT}:{{PLAIN}}{PASSWORD}\n")
        accounts.chmod(0o000 if broken else 0o600)
        _certify(folder, names, days, trusted)
        conf = folder / "dovecot.conf"
        conf.write_text(
            CONF.format(
                folder=folder,
                user=user,
                group=_group(user),
                quota_kib=quota_kib,
                junk=junk,
                methods=methods,
                host=host,
                port=served.port,
                tls_port=served.tls_port,
                sasl_port=served.sasl_port,
            )
        )
        _give(folder, user)
        command = [*_as(user), found("dovecot"), "-F", "-c", str(conf)]
        async with running(
            command, host=host, port=served.tls_port, log=folder / "log"
        ):
            yield served
    finally:
        shutil.rmtree(folder)


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="secours-dovecot-"))
    folder.chmod(0o755)  # it is another user, and so is who delivers
    return folder


def _certify(folder: Path, names: Sequence[str], days: float, trusted: bool) -> None:
    now = datetime.now(UTC)
    certificate = (authority() if trusted else stranger()).issue_cert(
        *names,
        not_before=now - timedelta(days=365),
        not_after=now + timedelta(days=days),
    )
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "tls.pem"))


def _group(user: str) -> str:

    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _as(user: str) -> list[str]:
    """Start as another user where we are root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups"]


def _give(folder: Path, user: str) -> None:
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, user, _group(user))
