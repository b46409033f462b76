"""One DNS question to one server over a path: UDP, TCP, TLS or HTTPS.

Source: RFC 1035 section 4.2 (UDP and TCP); RFC 7858 section 3 (TLS); RFC 8484 section
4.1 (HTTPS).
"""

from typing import Literal

from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.net import dns_message, sockets
from secours.wire.net.dns_message import DnsAnswer, Message
from secours.wire.net.tls import client_context

Transport = Literal["udp", "tcp", "tls", "https"]
Server = tuple[str, int]

PORTS = {"udp": 53, "tcp": 53, "tls": 853, "https": 443}  # RFC 1035, 7858, 8484


async def ask(
    name: str,
    record: str,
    server: str,
    *,
    port: int | None = None,
    transport: Transport = "udp",
    path: Path | None = None,
) -> DnsAnswer:
    """Ask one server; a truncated answer is asked for again over TCP.

    Raises:
        Stop: the answer is no DNS message, TLS failed, the name cannot be asked.
        OSError: the server cannot be reached, or hung up.
    """
    query = dns_message.question(name, record)
    to = server, PORTS[transport] if port is None else port
    if transport == "udp":
        answer = await _by_datagrams(query, to, path)
    elif transport == "https":
        answer = await _by_https(query, to, path)
    else:
        answer = await _by_stream(query, to, path, transport)
    return dns_message.answer_of(answer)


async def _by_datagrams(query: Message, server: Server, path: Path | None) -> Message:
    async with await sockets.open_udp(*server, path) as datagrams:
        answer = await dns_message.by_datagrams(query, datagrams)
    if dns_message.is_truncated(answer):
        return await _by_stream(query, server, path, "tcp")
    return answer


async def _by_stream(
    query: Message, server: Server, path: Path | None, transport: Transport
) -> Message:
    tls = client_context() if transport == "tls" else None
    async with sockets.connection(*server, path, tls=tls) as streams:
        return await dns_message.by_stream(query, streams)


async def _by_https(query: Message, server: Server, path: Path | None) -> Message:
    from secours.wire.http import client  # httpx is slow to import

    host, port = server
    host = f"[{host}]" if ":" in host else host
    kind = "application/dns-message"
    answer = await client.ask(
        "POST",
        f"https://{host}:{port}/dns-query",
        headers={"Content-Type": kind, "Accept": kind},
        body=query.to_wire(),
        path=path,
        http2=True,  # the least that a server has to speak, RFC 8484 section 5.2
    )
    if answer.status != 200:
        raise Stop(client.refusal(answer))
    return dns_message.read(query, answer.body)
