"""Mosquitto, unprivileged, on a free loopback port, with one account.

`probe` may log in with `hunter2`, and use what is below `secours/` and
`homeassistant/`. Break it with the topic `secours/mute`, which it acknowledges and
drops; with another password; or with `tls=`, a certificate of any kind.
"""

import asyncio
import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.certificates import NAMES, authority
from servers.daemons import running
from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

NEEDED = needs("mosquitto", "mosquitto")
CONF = """
listener {port} {host}
user {user}
persistence false
log_dest stderr
allow_anonymous {anonymous}
password_file {folder}/passwords
acl_file {folder}/rules
"""
TLS = """
certfile {folder}/tls.pem
keyfile {folder}/tls.pem
"""
RULES = """
topic readwrite open/#
user probe
topic readwrite secours/#
topic readwrite homeassistant/#
topic deny secours/mute
"""


@asynccontextmanager
async def mosquitto(
    folder: Path,
    *,
    anonymous: bool = False,
    tls: bool = False,
    host: str = LOOPBACK,
    port: int | None = None,
) -> AsyncIterator[int]:
    """Run it while the block lasts."""
    port = port or closed_port()
    passwords = folder / "passwords"
    command = [
        found("mosquitto_passwd"),
        "-c",
        "-b",
        str(passwords),
        "probe",
        "hunter2",
    ]
    making = await asyncio.create_subprocess_exec(*command)
    assert await making.wait() == 0
    (folder / "rules").write_text(RULES)
    for file in (passwords, folder / "rules"):
        file.chmod(0o600)
    named = {
        "host": host,
        "port": port,
        "folder": folder,
        "user": getpass.getuser(),
    }
    conf = CONF.format(**named, anonymous=str(anonymous).lower())
    if tls:
        certificate = authority().issue_cert(*NAMES)
        pem = certificate.private_key_and_cert_chain_pem
        pem.write_to_path(str(folder / "tls.pem"))
        conf += TLS.format(**named)
    (folder / "mosquitto.conf").write_text(conf)
    command = [found("mosquitto"), "-c", str(folder / "mosquitto.conf")]
    async with running(command, host=host, port=port, log=folder / "mosquitto.log"):
        yield port
