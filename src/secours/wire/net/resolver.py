"""Names to addresses: by the system, or through a path when one is to be tested.

The system's own lookup cannot be bound to a path, so there the name servers of
resolv.conf are asked by sockets of ours; the hosts file holds either way.

Source: resolv.conf(5); hosts(5); RFC 6761 section 6.3 (localhost); RFC 8305 section 3.
"""

import asyncio
import socket
import threading
from asyncio import CancelledError
from concurrent.futures import Future
from pathlib import Path as File

from msgspec import Struct

from secours.model.observed import Outcome, Reason, failed
from secours.model.runs import Stop
from secours.model.sections.channel import Path
from secours.wire.net.addresses import is_loopback
from secours.wire.net.bind import connect, has_route, is_bound, is_literal, no_route
from secours.wire.net.datagrams import open_datagrams

RESOLV_CONF = File("/etc/resolv.conf")
BEHIND_STUB = File("/run/systemd/resolve/resolv.conf")
HOSTS = File("/etc/hosts")
PROBLEMS = {  # RFC 2308 section 2, RFC 1035 section 4.1.1
    "NXDOMAIN": "no-such-name",
    "NOERROR": "no-data",
    "REFUSED": "resolver-refused",
}
NO_NAME = (socket.EAI_NONAME, socket.EAI_NODATA)
OTHER_FAMILY_S = 0.5  # how long the addresses of one family wait for the other's
ASK_AGAIN_S = 2.0
PORT = 53  # RFC 1035 section 4.2


class Resolvers(Struct, frozen=True):
    """Settings of resolv.conf."""

    servers: tuple[str, ...]
    search: tuple[str, ...] = ()


async def resolve(host: str, path: Path | None) -> list[str]:
    """Return the addresses of a host, best first; an address needs no resolver.

    Raises:
        Stop: the name does not exist, the resolver fails, or it was silent until now.
    """
    host = host.removeprefix("[").removesuffix("]")
    if is_literal(host):
        return [host]
    try:
        if is_bound(path):
            return await _through(host, path)
        return await _by_system(host)
    except CancelledError:  # the deadline, and it is the resolver that was silent
        raise no_name(host, problem="silent") from None
    except UnicodeError:
        raise no_name(host, problem="no-such-name") from None


def no_record(host: str, rcode: str) -> Outcome:
    """Return the outcome of an answer without a record, by its response code."""
    problem = PROBLEMS.get(rcode, "resolver-failed")
    return failed(Reason.DNS, host=host, problem=problem, rcode=rcode)


def no_name(host: str, problem: str) -> Stop:
    """Return the outcome of a failed lookup.

    `problem` is `no-such-name`, `no-address`, `resolver-failed` or `silent`.
    """
    return Stop(failed(Reason.DNS, host=host, problem=problem))


async def _by_system(host: str) -> list[str]:
    """Ask the system in a thread of its own, which a dead resolver may block for long.

    A pool would be full with a dead resolver, and keep the program from ending.
    """
    answer: Future[list[str]] = Future()
    answer.set_running_or_notify_cancel()
    threading.Thread(target=_look_up, args=(host, answer), daemon=True).start()
    try:
        return await asyncio.wrap_future(answer)
    except socket.gaierror as error:
        if error.errno in NO_NAME:
            raise no_name(host, problem="no-such-name") from None
        if not any(has_route(each, None) for each in system_resolvers().servers):
            raise no_route(None, host) from None
        raise no_name(host, problem="resolver-failed") from None


def _look_up(host: str, answer: "Future[list[str]]") -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        answer.set_result(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
    except Exception as error:  # noqa: BLE001 -- goes on in the task that waits for it
        answer.set_exception(error)


def system_resolvers(path: Path | None = None) -> Resolvers:
    """Read resolv.conf; for a bound path, look behind a local stub."""
    resolvers = _read_resolvers(RESOLV_CONF)
    if is_bound(path) and all(is_loopback(server) for server in resolvers.servers):
        behind = _read_resolvers(BEHIND_STUB)
        resolvers = Resolvers(behind.servers or resolvers.servers, resolvers.search)
    return (
        resolvers if resolvers.servers else Resolvers(("127.0.0.1",), resolvers.search)
    )


def _read_resolvers(file: File) -> Resolvers:
    servers: list[str] = []
    search: tuple[str, ...] = ()
    for word, *rest in _lines(file):
        if word == "nameserver" and rest and is_literal(rest[0]):
            servers.append(rest[0])
        elif word in ("search", "domain"):
            search = tuple(rest)
    return Resolvers(tuple(servers), search)


def _lines(file: File) -> list[list[str]]:
    """Return the words of each line that has any, without comments."""
    try:
        text = file.read_text("utf-8", "replace")
    except OSError:
        return []
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return [words for words in lines if words]


async def _through(host: str, path: Path | None) -> list[str]:
    """Look a name up through a path: the hosts file, then each resolver in turn."""
    if f".{host.rstrip('.').lower()}".endswith(".localhost"):
        return ["127.0.0.1", "::1"]
    if listed := [address for address, *own in _lines(HOSTS) if _one_of(host, own)]:
        return listed
    resolvers = system_resolvers(path)
    bare = "." not in host
    names = [f"{host}.{suffix}" for suffix in resolvers.search if bare] + [host]
    stop = no_name(host, problem="no-such-name")
    for name in names:
        try:
            return await _both_families(name, resolvers.servers, path)
        except Stop as error:
            stop = error
    raise stop


def _one_of(host: str, known: list[str]) -> bool:
    return host.lower() in (name.lower() for name in known)


async def _both_families(
    name: str, servers: tuple[str, ...], path: Path | None
) -> list[str]:
    """Ask for IPv6 and IPv4 at once; neither waits long for the other."""
    kinds = ["AAAA", "A"]
    if path and path.source:
        kinds = ["AAAA"] if ":" in path.source else ["A"]
    tasks = [asyncio.create_task(_ask(name, kind, servers, path)) for kind in kinds]
    try:
        done, late = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if late:
            found = any(not task.exception() and task.result() for task in done)
            await asyncio.wait(late, timeout=OTHER_FAMILY_S if found else None)
        return _addresses(name, [task for task in tasks if task.done()])
    finally:
        for task in tasks:
            task.cancel()
            task.add_done_callback(lambda t: t.cancelled() or t.exception())


def _addresses(name: str, answers: "list[asyncio.Task[list[str]]]") -> list[str]:
    """Return all addresses: one family may fail where the other does not."""
    errors = [error for task in answers if (error := task.exception())]
    good = [task.result() for task in answers if not task.exception()]
    if found := [address for addresses in good for address in addresses]:
        return found
    raise errors[0] if errors else no_name(name, problem="no-address")


async def _ask(
    name: str, kind: str, servers: tuple[str, ...], path: Path | None
) -> list[str]:
    """Ask one resolver after the other until one answers; the caller sets the limit."""
    failures: list[str] = []
    ways = {server: path if _takes(path, server) else None for server in servers}
    routed = [server for server, way in ways.items() if has_route(server, way)]
    while len(failures) < len(routed or servers):
        for server in routed or servers:
            try:
                async with asyncio.timeout(ASK_AGAIN_S):
                    rcode, values = await _question(name, kind, server, ways[server])
            except TimeoutError:
                continue
            except (OSError, EOFError, Stop) as error:
                if isinstance(error, Stop) and error.outcome.reason != Reason.PROTOCOL:
                    raise  # the next would fail as well, unless this talked nonsense
                failures.append(type(error).__name__)
                continue
            if rcode == "NXDOMAIN":
                raise Stop(no_record(name, rcode))
            if rcode == "NOERROR":
                return list(values)
            failures.append(rcode)
    raise Stop(no_record(name, failures[-1]))


async def _question(
    name: str, kind: str, server: str, path: Path | None
) -> tuple[str, tuple[str, ...]]:
    """Ask one server over UDP; a truncated answer is asked for again over TCP."""
    from secours.wire.net import dns_message  # dnspython is slow to import

    query = dns_message.question(name, kind)
    async with open_datagrams([server], PORT, path) as datagrams:
        answer = await dns_message.by_datagrams(query, datagrams)
    if dns_message.is_truncated(answer):
        sock = await connect(server, PORT, path)
        reader, writer = await asyncio.open_connection(sock=sock)
        try:
            answer = await dns_message.by_stream(query, (reader, writer))
        finally:
            writer.transport.abort()
    return dns_message.answer_of(answer)


def _takes(path: Path | None, server: str) -> bool:
    """Tell whether a path leads to a resolver; a local one's queries are not bound."""
    if not is_loopback(server) or path is None:
        return True
    return path.interface == "lo" or is_loopback(path.source or "0.0.0.0")
