"""A rogue site that says too much, with its own credentials, under its own name."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from time import monotonic

from faults.afternoon.place import HONEST, ROGUE, Place, Told
from faults.afternoon.wire import Connection, Stolen, at_hub, opened

OWN = f"secours.{ROGUE}"
INBOX = f"_INBOX.{ROGUE}.x"
FLUSH_EVERY = 20
ENDED = (OSError, TimeoutError, ValueError)
LARGE, HELD = 200_000, 400
LINE = 40e6  # bytes a second of a site: 400 states of 200 kB in 2 s
LONG = (3900, 1900)  # letters; a line may have 4096, or 2048
Said = tuple[str, bytes, dict[str, str] | None]


async def _pour(
    place: Place, said: Iterator[Said], lasts_s: float, line: float = LINE
) -> int:
    """Say as much as the line and the hub take; come again where it ends us."""
    stolen, end_s, done = Stolen(Path(place.stolen)), monotonic() + lasts_s, 0
    free_s = monotonic()  # when the line has taken all that was said
    while monotonic() < end_s:
        with suppress(*ENDED):
            async with at_hub(place.hub, stolen) as hub:
                for subject, body, headers in said:
                    hub.say(subject, body, headers=headers)
                    done += 1
                    free_s += (len(body) + len(str(headers))) / line
                    if done % FLUSH_EVERY == 0:
                        await hub.flush()
                        await asyncio.sleep(free_s - monotonic())
                    if hub.over or monotonic() > end_s:
                        break
                await hub.flush()
        await asyncio.sleep(0.2)
    return done


def _states(size: int, names: int = HELD) -> Iterator[Said]:
    for n in count():
        yield f"{OWN}.state.channel.c{n % names}", b"x" * size, None


async def states_of_200_kb(place: Place) -> Told:
    """As fast as they go: the province reads them, and reads them again."""
    done = await _pour(place, _states(LARGE), place.lasts_s)
    return Told(f"{done} states of 200 kB")


async def states_of_60_kb(place: Place) -> Told:
    done = await _pour(place, _states(60_000, 1300), place.lasts_s)
    return Told(f"{done} states of 60 kB")


async def states_of_long_names(place: Place) -> Told:
    said = ((f"{OWN}.state.channel.{n:0200}", b"{}", None) for n in count())
    done = await _pour(place, said, place.lasts_s)
    return Told(f"{done} states of two bytes under names of 200")


async def message_ids_of_7_kb(place: Place) -> Told:
    """Each is kept in the memory of the hub while it looks for duplicates."""
    said = (
        (f"{OWN}.event", b"{}", {"Nats-Msg-Id": f"{n:08}" + "x" * 7500})
        for n in count()
    )
    done = await _pour(place, said, 1.5 * place.lasts_s)
    return Told(f"{done} message ids of 7.5 kB")


async def events_of_9_kb(place: Place) -> Told:
    """As large as the hub takes them, with bodies that differ."""
    said = ((f"{OWN}.event", b"%08d" % n + b"x" * 9000, None) for n in count())
    done = await _pour(place, said, 1.5 * place.lasts_s)
    return Told(f"{done} events of 9 kB")


async def headers_of_any_name(place: Place) -> Told:
    """Say what the server reads in headers: roll-ups, expectations, times to live."""
    each = [
        {"Nats-Rollup": "all"},
        {"Nats-Expected-Last-Sequence": "0"},
        {"Nats-TTL": "1s"},
        {"X" * 60_000: "y"},
        {"Nats-Msg-Id": "y" * 60_000},
    ]
    said = ((f"{OWN}.event", b"{}", each[n % len(each)]) for n in count())
    done = await _pour(place, said, place.lasts_s / 2)
    return Told(f"{done} events with headers that the server reads")


async def predicted_ids(place: Place) -> Told:
    """Use up the ids of the next events of others: SITE/EPOCH/NUMBER."""
    stolen, used, end_s = Stolen(Path(place.stolen)), 0, monotonic() + 2 * place.lasts_s
    newest: dict[str, tuple[str, int]] = {}
    with suppress(*ENDED):
        async with at_hub(place.hub, stolen) as hub:
            for site in HONEST:
                hub.listen(f"secours.{site}.event")
            while monotonic() < end_s and not hub.over:
                await hub.flush()
                for subject, _, said in hub.heard:
                    _, _, body = said.rpartition(b"\r\n\r\n")
                    first = json.loads(body)
                    last = first[-1] if isinstance(first, list) else first
                    newest[subject.split(".")[1]] = last["epoch"], last["number"]
                hub.heard.clear()
                for site, (epoch, number) in newest.items():
                    for n in range(number, number + 50):
                        for id_ in (f"{site}/{epoch}/{n}", f"{epoch}/{n}"):
                            hub.say(f"{OWN}.event", b"{}", headers={"Nats-Msg-Id": id_})
                            used += 1
                await asyncio.sleep(0.05)
    won = [] if newest else ["nothing was heard of others"]
    return Told(f"{used} ids of others' next events used up", won)


async def signs_of_life(place: Place) -> Told:
    """Large ones over many connections: each is passed on to who follows."""
    said = ((f"{OWN}.alive", b"x" * 30_000, None) for _ in count())
    several = (_pour(place, said, place.lasts_s, LINE / 16) for _ in range(16))
    return Told(f"{sum(await asyncio.gather(*several))} signs of life of 30 kB")


async def questions_without_end(place: Place) -> Told:
    """Ask for what the province said, as if a million could wait for it, and so on."""
    consumer, asked = f"secours_orders.{ROGUE}", 0
    end_s = monotonic() + place.lasts_s
    next_ = json.dumps({"batch": 10**6, "expires": 10**14, "idle_heartbeat": 10**8})
    with suppress(*ENDED):
        async with at_hub(place.hub, Stolen(Path(place.stolen))) as hub:
            while monotonic() < end_s and not hub.over:
                for subject in (
                    f"$JS.API.CONSUMER.MSG.NEXT.{consumer}",
                    f"$JS.API.CONSUMER.INFO.{consumer}",
                    f"$JS.API.DIRECT.GET.secours_events.{OWN}.event",
                ):
                    hub.say(subject, next_.encode(), reply=f"{INBOX}.{asked}")
                    asked += 1
                if asked % 60 == 0:
                    await hub.flush()
    return Told(f"{asked} questions, none of whose answers is waited for")


async def connections_without_end(place: Place) -> Told:
    """With credentials, with half a handshake, and with nothing at all."""
    stolen, held = Stolen(Path(place.stolen)), []
    in_, refused = 0, 0

    async def one() -> None:
        nonlocal in_, refused
        try:
            reader, writer, info = await opened(place.hub, stolen.tls)
            found = Connection(reader, writer)
            held.append(found)
            await found.sign_in(stolen, info)
            in_ += 1
        except ENDED:
            refused += 1

    async def silent(first: bytes) -> None:
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", place.hub)
            writer.write(first)
            held.append(Connection(_, writer))

    await asyncio.gather(
        *(silent(b"\x16\x03\x01" if n % 2 else b"") for n in range(500))
    )
    await asyncio.gather(*(one() for _ in range(60)))
    await asyncio.sleep(place.lasts_s)
    for each in held:
        each.close()
    return Told(
        f"500 connections that say nothing, {in_} of 60 with credentials let in"
    )


async def long_questions(place: Place) -> Told:
    """Ask under the longest names: the hub keeps each until it is answered or late."""
    own = f"$JS.API.DIRECT.GET.secours_events.{OWN}.event"
    asked, end_s = 0, monotonic() + place.lasts_s

    async def ask(length: int) -> None:
        nonlocal asked
        with suppress(*ENDED):
            async with at_hub(place.hub, Stolen(Path(place.stolen))) as hub:
                while monotonic() < end_s and not hub.over:
                    for subject in (own, f"{OWN}.event", f"{OWN}.state.a.b"):
                        reply = f"{INBOX}.{asked}{'y' * length}"
                        hub.say(subject, b"{}", reply=reply)
                        asked += 1
                    if asked % FLUSH_EVERY == 0:
                        await hub.flush()

    await asyncio.gather(*(ask(LONG[n % 2]) for n in range(4)))
    return Told(f"{asked} questions under names of thousands of letters")


async def ears_without_end(place: Place) -> Told:
    """Listen to as many subjects of ours as there may be, under the longest names."""
    hubs, ears = [], 0
    names = ("y" * LONG[0], "y" * LONG[1], ".".join("y" * (LONG[1] // 2)))
    for n in range(16):
        with suppress(*ENDED):
            reader, writer, info = await opened(
                place.hub, Stolen(Path(place.stolen)).tls
            )
            hub = Connection(reader, writer)
            hubs.append(hub)
            await hub.sign_in(Stolen(Path(place.stolen)), info)
            for ear in range(4096):
                hub.listen(f"{INBOX}.{n}.{ear}.{names[n % 3]}")
                if ear % (10 * FLUSH_EVERY) == 0:
                    await hub.flush()
                ears += 1
            await hub.flush()
    for hub in hubs:
        hub.close()
    return Told(
        f"{ears} subjects of thousands of letters asked for, over {len(hubs)}"
        " connections"
    )


async def slow_reader(place: Place) -> Told:
    """Hear all and read nothing: what waits for us is in the memory of the hub."""
    stolen, hubs = Stolen(Path(place.stolen)), []
    with suppress(*ENDED):
        for _ in range(8):
            reader, writer, info = await opened(place.hub, stolen.tls)
            hub = Connection(reader, writer)
            await hub.sign_in(stolen, info)
            hub.listen(f"{OWN}.>")
            for site in HONEST:
                hub.listen(f"secours.{site}.>")
            await hub.flush()
            assert hub.reading
            hub.reading.cancel()
            hubs.append(hub)
        said = ((f"{OWN}.alive", b"x" * 60_000, None) for _ in count())
        await _pour(place, said, place.lasts_s)
    for hub in hubs:
        hub.close()
    return Told(f"{len(hubs)} connections that read nothing of what they asked to hear")


ATTACKS = {
    "states of 200 kB": states_of_200_kb,
    "states of 60 kB": states_of_60_kb,
    "states under long names": states_of_long_names,
    "message ids of 7.5 kB": message_ids_of_7_kb,
    "events of 9 kB": events_of_9_kb,
    "headers of the server's own": headers_of_any_name,
    "ids of others' events": predicted_ids,
    "signs of life": signs_of_life,
    "questions without end": questions_without_end,
    "questions under long names": long_questions,
    "ears without end": ears_without_end,
    "connections to the hub": connections_without_end,
    "ears that read nothing": slow_reader,
}
