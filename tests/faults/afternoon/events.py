"""Which events the sites made, and which of them the hub has."""

import asyncio
import base64
import json
import sqlite3
import time

from faults.afternoon.place import HONEST, OFFICE
from faults.afternoon.scene import Scene
from faults.afternoon.wire import Connection, Stolen, at_hub

INBOX = f"_INBOX.{OFFICE}.witness"
ASKED_EVERY_S, SETTLED_S = 0.5, 30.0

Event = tuple[int, object]  # its number, and what it says


def said_by(scene: Scene, site: str) -> list[Event]:
    """Return the events that a site has in its own store."""
    (file,) = (scene.sites[site].folder / "state").glob("history.sqlite3")
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as history:
        rows = history.execute("SELECT number, body FROM site_event ORDER BY number")
        return [(number, json.loads(body)) for number, body in rows]


async def kept_of(hub: Connection, site: str) -> list[Event]:
    """Return the events of a site that the hub has, in its order."""
    found: list[Event] = []
    place = 1
    while True:
        question = {"seq": place, "next_by_subj": f"secours.{site}.event"}
        subject = "$JS.API.STREAM.MSG.GET.secours_events"
        inbox = f"{INBOX}.{place}"
        said = await hub.ask(subject, json.dumps(question).encode(), inbox)
        if said is None:
            raise TimeoutError
        answer = json.loads(said)
        if "message" not in answer:
            return found
        place = answer["message"]["seq"] + 1
        found += read_events(answer["message"].get("data", ""))


def read_events(data: str) -> list[Event]:
    """Return the events in a message of a stream."""
    said = json.loads(base64.b64decode(data))
    several = said if isinstance(said, list) else [said]
    return [(each["number"], each["body"]) for each in several]


async def count(scene: Scene) -> tuple[int, list[str]]:
    """Wait until the hub has all events; return how many, and what is wrong of them."""
    file = scene.folder / "hub" / "province.credentials"
    total, wrong = 0, []
    async with at_hub(scene.place.hub, Stolen(file)) as hub:
        hub.listen(f"{INBOX}.*")
        for site in HONEST:
            said = said_by(scene, site)
            kept = await settled(hub, site, said)
            total += len(said)
            numbers = [number for number, _ in kept]
            lost = [each for each in said if each[0] not in numbers]
            forged = [each for each in kept if each not in said]
            doubled = len(numbers) - len(set(numbers))
            if lost or forged or doubled or numbers != sorted(numbers):
                wrong.append(
                    f"{site}: {len(lost)} lost, {len(forged)} forged, {doubled} doubled"
                    f" of {len(said)}"
                )
    return total, wrong


async def settled(hub: Connection, site: str, said: list[Event]) -> list[Event]:
    """Return what the hub has of a site once the last is there, or no more comes."""
    end_s = time.monotonic() + SETTLED_S
    while True:
        kept = await kept_of(hub, site)
        here = {number for number, _ in kept}
        if all(number in here for number, _ in said) or time.monotonic() > end_s:
            return [each for each in kept if each[0] <= said[-1][0]] if said else kept
        await asyncio.sleep(ASKED_EVERY_S)
