"""Two resolvers that speak DNS over HTTPS and nothing below HTTP/2, and nghttpd.

    async with kresd(folder) as port: ...
    async with dnsdist(folder) as port: ...
    async with nghttpd(folder, tls=False) as port: ...
    async with behind_alpn(port) as front: ...

The resolvers know `mail.example.org` as 192.0.2.10 and refuse every other name; nghttpd
has a page `/health`. Break one by stopping it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.certificates import certify
from servers.daemons import running
from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port, tcp_server

NEEDED = needs("kresd", "knot-resolver")
NEEDED_DNSDIST = needs("dnsdist", "dnsdist")
NEEDED_NGHTTPD = needs("nghttpd", "nghttp2-server")

OFFERED = b"\x02h2"  # in the extension of RFC 7301 section 3.1
NO_APPLICATION_PROTOCOL = b"\x15\x03\x03\x00\x02\x02\x78"  # a fatal alert, 120

KRESD = """
net.listen('127.0.0.1', {port}, {{ kind = 'doh2' }})
net.tls('{folder}/cert.pem', '{folder}/key.pem')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
modules.unload('detect_time_skew')
modules = {{ 'policy', 'hints > iterate' }}
hints['mail.example.org'] = '192.0.2.10'
policy.add(policy.suffix(policy.PASS, {{ todname('example.org') }}))
policy.add(policy.all(policy.REFUSE))
"""
DNSDIST = """
setSecurityPollSuffix('')
addDOHLocal('127.0.0.1:{port}', '{folder}/cert.pem', '{folder}/key.pem', '/dns-query')
addAction('mail.example.org.', SpoofAction('192.0.2.10'))
addAction(AllRule(), RCodeAction(DNSRCode.REFUSED))
"""


@asynccontextmanager
async def kresd(folder: Path) -> AsyncIterator[int]:
    """Run Knot Resolver while the block lasts."""
    port = closed_port()
    certify(folder)
    conf = folder / "kresd.conf"
    conf.write_text(KRESD.format(port=port, folder=folder))
    command = [found("kresd"), "--noninteractive", "-c", str(conf), str(folder)]
    async with running(command, port=port, log=folder / "kresd.log"):
        yield port


@asynccontextmanager
async def dnsdist(folder: Path) -> AsyncIterator[int]:
    """Run dnsdist while the block lasts."""
    port = closed_port()
    certify(folder)
    conf = folder / "dnsdist.conf"
    conf.write_text(DNSDIST.format(port=port, folder=folder))
    command = [found("dnsdist"), "--supervised", "--disable-syslog", "-C", str(conf)]
    command += ["-l", f"127.0.0.1:{closed_port()}"]
    async with running(command, port=port, log=folder / "dnsdist.log"):
        yield port


@asynccontextmanager
async def nghttpd(folder: Path, *, tls: bool) -> AsyncIterator[int]:
    """Run nghttpd while the block lasts."""
    port = closed_port()
    certify(folder)
    (folder / "health").write_text("all is well\n")
    command = [found("nghttpd"), "--address=127.0.0.1", f"--htdocs={folder}"]
    command += [str(port)] if tls else ["--no-tls", str(port)]
    command += [str(folder / "key.pem"), str(folder / "cert.pem")] if tls else []
    async with running(command, port=port, log=folder / "nghttpd.log"):
        yield port


@asynccontextmanager
async def behind_alpn(port: int) -> AsyncIterator[int]:
    """Stand before a server, and turn away whoever offers no HTTP/2 inside TLS.

    It does so by the alert of RFC 7301 section 3.2.
    """

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await reader.read(1 << 14)
        if OFFERED not in hello:
            writer.write(NO_APPLICATION_PROTOCOL)
            await reader.read()
            return
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, port)
        inner_writer.write(hello)
        try:
            await asyncio.gather(
                _relay(reader, inner_writer), _relay(inner_reader, writer)
            )
        finally:
            inner_writer.transport.abort()

    async with tcp_server(peer) as front:
        yield front


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while heard := await reader.read(1 << 14):
        writer.write(heard)
    writer.transport.abort()
