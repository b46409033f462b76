"""Where the parts are, and what an attacker tells of what he did there."""

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

HONEST, ROGUE, OFFICE = ("ans", "dison", "spa"), "rogue", "province"
SECRET = "pa55-of-another-probe"


@dataclass
class Place:
    """Where the parts are, as an attacker knows it, and what a local user may know."""

    hub: int
    way: int
    door: int
    portal: int
    echo: int
    login: int
    stolen: str = ""  # file of credentials
    wall_token: str = ""
    full_token: str = ""  # of no attacker but one who has a leaked link
    lasts_s: float = 3.0
    seed: int = 0

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)))


@dataclass
class Told:
    """What was done, and what of it nobody should be able to do."""

    did: str
    won: list[str] = field(default_factory=list)


def say(line: str) -> None:
    """Tell whoever started this process, or looks at a soak."""
    sys.stdout.write(line.rstrip("\n") + "\n")
    sys.stdout.flush()
