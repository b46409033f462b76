"""The attacker: a process of its own that does what it is told, and says what it won.

`python -m faults.afternoon.attacker PLACE`; each line that it reads is an attack, for
which it forks: one that became somebody else, or took all there is, ends with that.
"""

import asyncio
import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from faults.afternoon import (
    door_attacks,
    flood_attacks,
    hub_attacks,
    peer_attacks,
    token_attacks,
)
from faults.afternoon.place import Place, Told, say

NICE = 10  # who attacks has a machine of his own: this one is to be the defender's
ROOMS = (flood_attacks, hub_attacks, door_attacks, token_attacks, peer_attacks)
ATTACKS = {name: act for room in ROOMS for name, act in room.ATTACKS.items()}


def attack(place: Place, name: str) -> None:
    """Do one, and say what came of it."""
    try:
        told = asyncio.run(ATTACKS[name](place))
    except Exception as error:  # noqa: BLE001 -- whoever asked is to see it
        told = Told("it failed", [repr(error)])
    say(json.dumps(asdict(told)))


def main(file: str) -> None:
    """Do what is asked until nothing more is."""
    os.nice(NICE)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    place = Place(**json.loads(Path(file).read_text()))
    for line in sys.stdin:
        if child := os.fork():
            os.waitpid(child, 0)
        else:
            attack(place, line.strip())
            os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
