"""Prosody, unprivileged, on free loopback ports, with one account at `localhost`.

`probe` may log in with `hunter2`, with SCRAM or over TLS. Break it with another
password or domain, or with `certificate`, which may be for another name, expired, or of
nobody we trust.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from servers.certificates import NAMES, authority, stranger
from servers.daemons import running
from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

NEEDED = needs("prosody", "prosody")
CONF = """
run_as_root = true
daemonize = false
pidfile = "{folder}/pid"
data_path = "{folder}/accounts"
certificates = "{folder}"
interfaces = {{ "{host}" }}
c2s_ports = {{ {clear} }}
c2s_direct_tls_ports = {{ {secure} }}
s2s_ports = {{ }}
modules_enabled = {{ "saslauth", "tls" }}
modules_disabled = {{ "s2s" }}
authentication = "internal_plain"
disable_sasl_mechanisms = {{ {unwanted} }}
c2s_require_encryption = {encrypted}
log = {{ info = "*console" }}
ssl = {{ certificate = "{folder}/tls.pem"; key = "{folder}/tls.pem"; }}
VirtualHost "localhost"
"""


class Ports(NamedTuple):
    """Where it listens: STARTTLS, and TLS from the start."""

    clear: int
    secure: int


@asynccontextmanager
async def prosody(
    folder: Path,
    *,
    names: Sequence[str] = NAMES,
    days: float = 90.0,
    trusted: bool = True,
    encrypted: bool = True,
    without: Sequence[str] = (),
    host: str = LOOPBACK,
    port: int | None = None,
) -> AsyncIterator[Ports]:
    """Run it while the block lasts."""
    ports = Ports(port or closed_port(), closed_port())
    now = datetime.now(UTC)
    certificate = (authority() if trusted else stranger()).issue_cert(
        *names,
        not_before=now - timedelta(days=365),
        not_after=now + timedelta(days=days),
    )
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "tls.pem"))
    accounts = folder / "accounts" / "localhost" / "accounts"
    accounts.mkdir(parents=True)
    (accounts / "probe.dat").write_text('return { ["password"] = "hunter2"; };\n')
    conf = folder / "prosody.cfg.lua"
    conf.write_text(
        CONF.format(
            **ports._asdict(),
            host=host,
            folder=folder,
            encrypted=str(encrypted).lower(),
            unwanted=", ".join(f'"{name}"' for name in without),
        )
    )
    command = [found("prosody"), "--config", str(conf), "-F"]
    async with running(
        command, host=host, port=ports.secure, log=folder / "prosody.log"
    ):
        yield ports
