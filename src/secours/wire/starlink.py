"""The status of a Starlink dish, by gRPC over a connection of our own.

gRPC opens its connections itself, bound to nothing. So it gets a socket in memory,
relayed through ours, which `via` binds and which tells refused from unreachable. Its
calls block, so they run in a thread that a closed channel ends at once, and that does
not keep the program from ending.

Source: starlink-grpc-core, module `starlink_grpc` ("General status data"); the dish
describes its own messages by gRPC server reflection.
"""

import asyncio
import os
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it writes over people's terminals

import grpc  # type: ignore[import-untyped]
import starlink_grpc  # type: ignore[import-untyped]
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from secours.model.observed import Evidence
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.net import sockets
from secours.wire.progress import Progress

CHUNK_BYTES = 1 << 14
ENABLED = UNKNOWN_STATE, OKAY = 0, 1  # UtDisablementCode: else it carries no traffic
NO_DISH = (  # raised where messages are described or filled in wrongly
    *(AttributeError, KeyError, TypeError, ValueError),
    *(DecodeError, starlink_grpc.GrpcError),
)


class DishStatus(NamedTuple):
    """Status of a dish; None where its firmware does not say."""

    outage: str | None  # why it is not connected, or disabled; empty when it serves
    obstructed: bool | None  # at this moment
    obstructed_share: float | None  # of what it sees of the sky
    alerts: tuple[str, ...]


async def status(
    host: str, port: int, path: Path | None, progress: Progress
) -> DishStatus:
    """Ask a dish for its status; raise Stop if it is none, OSError if not reached."""
    async with (
        sockets.connection(host, port, path) as streams,
        _relayed(streams) as target,
    ):
        progress.proven, progress.stage = Evidence.REACHED, "status"
        context = starlink_grpc.ChannelContext()
        context.channel = channel = grpc.insecure_channel(target)
        try:
            said = await _in_a_thread(lambda: _ask(channel, context))
            progress.proven = Evidence.SERVED
            return _read(said)
        except grpc.RpcError as error:
            raise progress.nonsense(problem="no-grpc", said=_code(error)) from None
        except NO_DISH as error:
            facts = {"problem": "another-service", "what": "Starlink"}
            raise progress.nonsense(**facts, said=plain(error)) from None
        finally:
            channel.close()  # what the thread waits for ends with it


def _ask(channel: Any, context: Any) -> Any:
    starlink_grpc.resolve_imports(channel)  # each time: the firmware may be newer
    return starlink_grpc.get_status(context)


def _code(error: Any) -> str:
    """Return the status of gRPC, without addresses and numbers of the library."""
    code = error.code() if isinstance(error, grpc.Call) else None
    return "" if code is None else code.name.lower().replace("_", " ")


def _read(reply: Any) -> DishStatus:
    known = reply.DESCRIPTOR.fields_by_name
    outage = None
    if "outage" in known:
        outage = _named(reply.outage, "cause") if reply.HasField("outage") else ""
    if not outage and getattr(reply, "disablement_code", OKAY) not in ENABLED:
        outage = _named(reply, "disablement_code")
    sky = getattr(reply, "obstruction_stats", None)
    alerts = getattr(reply, "alerts", None)
    fields = alerts.DESCRIPTOR.fields if alerts is not None else ()
    return DishStatus(
        outage=outage,
        obstructed=getattr(sky, "currently_obstructed", None),
        obstructed_share=getattr(sky, "fraction_obstructed", None),
        alerts=tuple(f.name for f in fields if getattr(alerts, f.name) is True),
    )


def _named(message: Any, field: str) -> str:
    """Return the name of a value; newer firmware may know one without a name."""
    values = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number
    value = values.get(getattr(message, field))
    return value.name if value else str(getattr(message, field))


@asynccontextmanager
async def _relayed(streams: sockets.Streams) -> AsyncIterator[str]:
    """Yield an address where gRPC can connect, once, relayed to `streams`."""
    running: set[asyncio.Task[None]] = set()
    once = asyncio.Lock()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if once.locked():
            sockets.hang_up(writer)
            return
        await once.acquire()
        ways = ((reader, streams[1]), (streams[0], writer))
        running.update(asyncio.create_task(_pass_on(*way)) for way in ways)
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        sockets.hang_up(writer)

    name = f"secours-{secrets.token_hex(16)}"
    server = await asyncio.start_unix_server(serve, path=f"\0{name}")
    try:
        yield f"unix-abstract:{name}"
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()


async def _in_a_thread(work: Callable[[], Any]) -> Any:
    """Wait for blocking work; a cancelled wait leaves it behind."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as caught:  # noqa: BLE001 -- raised again where we wait
            error = caught
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True, name="starlink").start()
    return await future
