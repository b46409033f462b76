"""The attacker: a process of its own that does one thing, and says what it won.

`python -m faults.afternoon.attacker PLACE NAME`
"""

import asyncio
import importlib
import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from faults.afternoon.place import Place, say

NICE = 10  # who attacks has a machine of his own: this one is to be the defender's
ROOMS = ("flood_attacks", "hub_attacks", "door_attacks", "peer_attacks")


def main(file: str, name: str) -> None:
    """Do it."""
    os.nice(NICE)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    place = Place(**json.loads(Path(file).read_text()))
    for room in ROOMS:
        attacks = importlib.import_module(f"faults.afternoon.{room}").ATTACKS
        if name in attacks:
            told = asyncio.run(attacks[name](place))
            say(json.dumps(asdict(told)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
