"""Which events the sites made, and which of them the hub has."""

import asyncio
import base64
import json
import sqlite3
import time
from contextlib import closing

from faults.afternoon.place import HONEST, OFFICE
from faults.afternoon.scene import Scene
from faults.afternoon.wire import Connection, Stolen, at_hub

INBOX = f"_INBOX.{OFFICE}.witness"
ASKED_EVERY_S, SETTLED_S = 0.5, 30.0

Event = tuple[int, object]  # its number, and what it says


def said_by(scene: Scene, site: str) -> list[Event]:
    """Return the events that a site has in its own store."""
    (file,) = (scene.sites[site].folder / "state").glob("history.sqlite3")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as history:
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


class Ledger:
    """Events of the honest sites, also those that a site let go of when the hub had it.

    Read more often than a site forgets, which is some minutes after.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.said: dict[str, dict[int, object]] = {site: {} for site in HONEST}

    def read(self) -> None:
        """Add what the sites have by now."""
        for site, said in self.said.items():
            said.update(said_by(self.scene, site))

    async def compared(self) -> tuple[int, list[str]]:
        """Wait until the hub has all; return how many, and what is wrong of them.

        The hub has let go of the oldest: the province heard them, or misses some.
        """
        self.read()
        file = self.scene.folder / "hub" / "province.credentials"
        wrong = []
        async with at_hub(self.scene.place.hub, Stolen(file)) as hub:
            hub.listen(f"{INBOX}.*")
            for site, said in self.said.items():
                kept = await settled(hub, site, max(said, default=0))
                numbers = [number for number, _ in kept]
                oldest = min(numbers, default=0)
                lost = {number for number in said if number >= oldest} - set(numbers)
                forged = [number for number, body in kept if said.get(number) != body]
                doubled = len(numbers) - len(set(numbers))
                if lost or forged or doubled or numbers != sorted(numbers):
                    wrong.append(
                        f"{site}: {len(lost)} lost, {len(forged)} forged, {doubled}"
                        f" doubled of {len(said)}"
                    )
        return sum(map(len, self.said.values())), wrong


async def settled(hub: Connection, site: str, newest: int) -> list[Event]:
    """Return what the hub has of a site up to an event, once that is there."""
    end_s = time.monotonic() + SETTLED_S
    while True:
        kept = await kept_of(hub, site)
        if newest <= max((number for number, _ in kept), default=0):
            return [each for each in kept if each[0] <= newest]
        if time.monotonic() > end_s:
            return kept
        await asyncio.sleep(ASKED_EVERY_S)
