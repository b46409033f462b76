"""An attacker's afternoon: a rogue site, a host on the way, strangers and false peers.

Each attack is written from what people may do to Secours, not from what it does against
that: nothing that attacks has code of `secours`, which is started by its commands and
seen from outside. SECOURS_SEED orders the attacks of a soak.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import httpx
import pytest
from faults.afternoon import page
from faults.afternoon.attacks import NAMES, Attack, attack, attacker
from faults.afternoon.events import Ledger
from faults.afternoon.place import HONEST, say
from faults.afternoon.scene import afternoon
from faults.afternoon.witness import PATIENCE_S, Witness, watching
from servers.nats_server import NEEDED
from soak import SOAK, by_level

pytestmark = [NEEDED, pytest.mark.usefixtures("processes")]
LASTS_S = by_level(1.0, 3.0, 8.0)  # of an attack
SOAKED_S = 3600.0


def order(seed: int) -> Iterator[str]:
    """Return the attacks: each once, or in a soak for an hour in any order."""
    yield from NAMES
    rng, end_s = random.Random(seed), time.monotonic() + SOAKED_S
    while SOAK and time.monotonic() < end_s:
        yield rng.choice(NAMES)


@pytest.mark.timeout(by_level(300, 900, 2 * SOAKED_S))
async def test_an_afternoon_of_attacks_costs_no_event_no_wall_and_no_hub(
    tmp_path: Path,
) -> None:
    seed = int(os.environ.get("SECOURS_SEED", "0"))
    done: list[Attack] = []
    async with afternoon(tmp_path) as scene:
        scene.place.lasts_s, scene.place.seed = LASTS_S, seed
        changing, ledger = asyncio.create_task(scene.change()), Ledger(scene)
        async with watching(scene) as witness, attacker(scene) as who:
            for name in order(seed):
                done.append(await attack(scene, witness, who, name))
                ledger.read()
                say(time.strftime("%X ") + page.row(done[-1]))
                for each in done[-1].broken:
                    say(each)
            changing.cancel()
            events, wrong = await ledger.compared()
            missed = await missing(witness)
    page.write(done, LASTS_S, events, wrong)

    broken = Counter(chain.from_iterable(each.broken for each in done))
    assert (dict(broken), wrong, missed, seed) == ({}, [], {}, seed)


async def missing(witness: Witness) -> dict[str, int]:
    """Return of which honest sites the province misses events."""
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        sites = (await witness.sites(client))["sites"]
    missed = {site["site"]: site["missed"] for site in sites}
    return {name: missed[name] for name in HONEST if missed.get(name) != 0}
