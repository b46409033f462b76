"""A rogue site that speaks as others, or as the hub, with its own credentials."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from faults.afternoon.flood_attacks import ENDED, INBOX, OWN
from faults.afternoon.place import HONEST, OFFICE, ROGUE, Place, Told
from faults.afternoon.wire import Connection, Stolen, at_hub

STREAMS = ("secours_events", "secours_states_ans", "secours_orders")
FORGED_NUMBER = 900_000
OFTEN = 20


def _forged(site: str) -> bytes:
    """Return what would be an event or a sign of life of a site."""
    said = {
        "schema": 1,
        "site": site,
        "epoch": "forged",
        "boot": "forged",
        "number": FORGED_NUMBER,
        "steady_s": 1e9,
        "utc": "2026-03-01T12:00:00Z",
        "age_s": 0.0,
        "body": {"kind": "channel", "name": "forged", "state": "down"},
    }
    return json.dumps(said).encode()


def _of_others() -> Iterator[str]:
    for site in (*HONEST, OFFICE):
        yield f"secours.{site}.event"
        yield f"secours.{site}.alive"
        yield f"secours.{site}.state.channel.desk"
        yield f"secours.{site}.recommend.coordinate.staff"
        yield f"secours.down.{site}.word"
    yield from ("secours.down.list.1", "secours.down.list.999999", "secours.x.event")


async def forged_subjects(place: Place) -> Told:
    """Events, states, life and orders under others' subjects; and lies inside ours."""
    others = [*_of_others()]
    async with at_hub(place.hub, Stolen(Path(place.stolen))) as hub:
        for subject in _of_others():
            hub.say(subject, _forged(subject.split(".")[1]))
            numbers = {"Secours-Numbers": f"forged/{FORGED_NUMBER}-{FORGED_NUMBER}"}
            hub.say(subject, _forged(subject.split(".")[1]), headers=numbers)
        for site in HONEST:
            for topic in ("event", "alive", "state.channel.desk"):
                hub.say(f"{OWN}.{topic}", _forged(site))
        await hub.flush()
        await hub.flush()
        denied = sum("Permissions Violation" in each for each in hub.denied)
    won = [] if denied >= 2 * len(others) else [f"{denied} of {2 * len(others)} denied"]
    return Told(f"{2 * len(others)} messages as others, {3 * len(HONEST)} lies", won)


async def replayed_lives(place: Place) -> Told:
    """Say again as ours what others said of themselves, and theirs a second time."""
    said = 0
    async with at_hub(place.hub, Stolen(Path(place.stolen))) as hub:
        hub.listen("secours.*.alive")
        for site in HONEST:
            hub.listen(f"secours.{site}.>")
        for _ in range(int(place.lasts_s / 0.1)):
            await hub.flush()
            for subject, _, body in hub.heard:
                if ROGUE not in subject:
                    hub.say(subject, body)
                    hub.say(f"{OWN}.alive", body)
                    hub.say(f"{OWN}.event", body)
                    said += 3
            hub.heard.clear()
            await asyncio.sleep(0.1)
    return Told(f"{said} messages of others said again")


async def acknowledgements(place: Place) -> Told:
    """Take from others what the province says to them, or say that they have it."""
    said = 0
    async with at_hub(place.hub, Stolen(Path(place.stolen))) as hub:
        for site in HONEST:
            for n in range(OFTEN):
                ack = f"$JS.ACK.secours_orders.{site}.1.{n}.{n}.1.0"
                for word in (b"+ACK", b"+TERM", b"-NAK", b"+WPI"):
                    hub.say(ack, word)
                hub.say(f"$JS.ACK._.x.secours_orders.{site}.1.{n}.{n}.1.0.x", b"+TERM")
                hub.say(f"$JS.API.CONSUMER.MSG.NEXT.secours_orders.{site}", b"1")
                said += 6
        await hub.flush()
        await hub.flush()
        denied = sum("Permissions Violation" in each for each in hub.denied)
    won = [] if denied >= said else [f"{denied} of {said} denied"]
    return Told(f"{said} acknowledgements and questions in others' names", won)


async def subject_guesses(place: Place) -> Told:
    """Hear what is not for us, alone or in others' place, and answer for the hub."""
    guesses = (
        *(">", "*", "*.>", "$SYS.>", "$JS.>", "$JS.API.>", "$JS.EVENT.>", "$JS.ACK.>"),
        *("_INBOX.>", "_INBOX.*.>", "_R_.>", "_GR_.>", "$JSC.>", "$KV.>", "$MQTT.>"),
        *("secours.down.>", "secours.>", "secours.down.*.word", "$JS.R.>", "$JS.FC.>"),
        *(f"_INBOX.{site}.>" for site in (*HONEST, OFFICE)),
        *(f"secours.down.{site}.>" for site in (*HONEST, OFFICE)),
    )
    ours = (OWN, f"_INBOX.{ROGUE}", f"secours.down.{ROGUE}")
    ack = b'{"stream":"secours_events","seq":999999,"duplicate":true}'
    async with at_hub(place.hub, Stolen(Path(place.stolen))) as hub:
        for subject in guesses:
            hub.listen(subject)
            hub.listen(subject, queue="thieves")
        for site in (*HONEST, OFFICE):
            for n in range(OFTEN):
                hub.say(f"_INBOX.{site}.{n}", ack)
                hub.say(f"_INBOX.{site}.x.{n}", ack)
        for subject in (
            *(
                "$SYS.REQ.SERVER.PING",
                "$SYS.REQ.SERVER.PING.CONNZ",
                "$SYS.REQ.USER.INFO",
            ),
            *("$SYS.REQ.ACCOUNT.PING.SUBSZ", "$JS.API.INFO", "$JS.API.STREAM.NAMES"),
        ):
            hub.say(subject, b"{}", reply=f"{INBOX}.system")
        await hub.flush()
        await asyncio.sleep(place.lasts_s)
        heard = {subject for subject, _, _ in hub.heard}
    # who follows all hears what sites say of themselves; never what is said to them
    theirs = tuple(f"secours.{site}." for site in (*HONEST, OFFICE))
    rest = [x for x in heard if not x.startswith((*ours, *theirs))]
    return Told(
        f"{2 * len(guesses)} subjects listened to", [f"heard {x}" for x in rest]
    )


async def deletions(place: Place) -> Told:
    """Delete, empty and change streams and consumers, asked directly or by the hub."""
    calls = [
        *(
            f"STREAM.{word}.{s}"
            for s in STREAMS
            for word in ("DELETE", "PURGE", "UPDATE")
        ),
        *(f"STREAM.{word}.{s}" for s in STREAMS for word in ("SNAPSHOT", "RESTORE")),
        *(f"STREAM.MSG.{word}.{s}" for s in STREAMS for word in ("DELETE", "GET")),
        *(
            f"CONSUMER.{word}.secours_orders.{s}"
            for s in HONEST
            for word in ("DELETE",)
        ),
        *(f"CONSUMER.DURABLE.CREATE.{s}.x" for s in STREAMS),
        *(f"CONSUMER.CREATE.{s}" for s in STREAMS),
        *(f"STREAM.LEADER.STEPDOWN.{s}" for s in STREAMS),
        *("STREAM.CREATE.x", "STREAM.LIST", "META.LEADER.STEPDOWN", "ACCOUNT.PURGE.x"),
    ]
    won = []
    async with at_hub(place.hub, Stolen(Path(place.stolen))) as hub:
        hub.listen(f"{INBOX}.>")
        body = json.dumps({"seq": 1, "name": "x", "subjects": ["x.>"]}).encode()
        for n, call in enumerate(calls):
            hub.say(f"$JS.API.{call}", body, reply=f"{INBOX}.{n}")
        tricks = _answered_elsewhere(hub, calls)
        await hub.flush()
        await asyncio.sleep(place.lasts_s / 2)
        for subject, _, said in hub.heard:
            with suppress(ValueError):
                if "error" not in json.loads(said) and b"503" not in said:
                    won.append(f"{calls[int(subject.rpartition('.')[2])]} answered")
    return Told(
        f"{len(calls)} calls of JetStream, {tricks} by the hub's own answers", won
    )


def _answered_elsewhere(hub: Connection, calls: list[str]) -> int:
    """Have the hub answer what we may ask where its answer does something."""
    may = (
        (f"{OWN}.event", b"{}"),
        (f"{OWN}.state.channel.x", b"{}"),
        (f"$JS.API.CONSUMER.INFO.secours_orders.{ROGUE}", b""),
        (f"$JS.API.CONSUMER.MSG.NEXT.secours_orders.{ROGUE}", b'{"no_wait":true}'),
        (f"$JS.API.DIRECT.GET.secours_events.{OWN}.event", b'{"last_by_subj":"x"}'),
    )
    places = [*_of_others(), *(f"$JS.API.{call}" for call in calls)]
    for subject, body in may:
        for elsewhere in places:
            hub.say(subject, body, reply=elsewhere)
    return len(may) * len(places)


async def poisoned_messages(place: Place) -> Told:
    """Bytes that no library reads, as subjects, headers and bodies."""
    own = OWN.encode()
    heads = (
        b"NATS/1.0 503\r\n\r\n",
        b"X",
        b"NATS/1.0\r\n\xff: \xfe\r\n\r\n",
        b"\0" * 40,
    )
    bodies = (
        b"",
        b"[" * 30_000,
        b'{"site":' * 5000,
        b"\xff\xfe",
        b"[]",
        b"1e999",
        b"null",
    )
    said = 0
    for topic in (
        b".alive",
        b".event",
        b".state.a.b",
        b".state.\xff.\x0b",
        b".x.y.z.w",
    ):
        for head in heads:
            with suppress(*ENDED):
                async with at_hub(place.hub, Stolen(Path(place.stolen))) as hub:
                    sizes = len(head), len(head) + 2
                    said += 1
                    line = b"HPUB %b%b %d %d\r\n%b{}\r\n" % (own, topic, *sizes, head)
                    hub.writer.write(line)
                    await hub.flush()
        for body in bodies:
            with suppress(*ENDED):
                async with at_hub(place.hub, Stolen(Path(place.stolen))) as hub:
                    said += 1
                    line = b"PUB %b%b %d\r\n%b\r\n" % (own, topic, len(body), body)
                    hub.writer.write(line)
                    await hub.flush()
    return Told(f"{said} messages that no library reads")


ATTACKS = {
    "others' subjects": forged_subjects,
    "others' words again": replayed_lives,
    "others' acknowledgements": acknowledgements,
    "subjects guessed": subject_guesses,
    "streams deleted": deletions,
    "what no library reads": poisoned_messages,
}
