"""A town in which every text that comes from outside is hostile."""

import re
from collections.abc import Mapping
from enum import Enum
from itertools import cycle
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from render import hearing, town_statements
from render.sent_notices import informed
from render.silences import silent, waiting
from render.snapshots import change, moment, suspecting

from secours.languages import Text
from secours.model.snapshot import Explained, Link, Snapshot

HOSTILE = (
    "<img src=//beacon.invalid/x onerror=bad=1>",
    "<script>bad=1</script>",
    "<b style=position:fixed;inset:0;z-index:99>",
    "![](//beacon.invalid/y) [z](//beacon.invalid)",
    "</style><svg onload=bad=1>",
    '" onmouseover="bad=1" style="inset:0',
    "</script><script>bad=1</script>",
    "\\3c img src=//beacon.invalid onerror=bad=1>",
    "\x1b[2J\u202e\r\n<a href=//beacon.invalid onclick=bad=1>",
)
TOLD = {"said": "451 later", "says": "Teams refuses"}
KEPT = {"boot_id", "language", "timezone", "layout", "theme"}  # no words for people
LINE = re.compile(r"(alert|coordinate)/(.*)")


class Poison:
    """Put a hostile word before every text, the same before the same text."""

    def __init__(self) -> None:
        self._words = cycle(HOSTILE)
        self.known: dict[str, str] = {}

    def of(self, value: Any, name: str = "") -> Any:
        """Return a value in which no text is innocent."""
        if isinstance(value, Enum) or name in KEPT:
            return value
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, tuple):
            return tuple(self.of(each) for each in value)
        if isinstance(value, Mapping):
            keep = name == "translations"
            return {
                key if keep or name == "facts" else self.of(key): self.of(each)
                for key, each in value.items()
            }
        if isinstance(value, Struct):
            changed = {
                name: self.of(getattr(value, name), name)
                for name in value.__struct_fields__
            }
            return type(value)(**changed)
        return value

    def _text(self, text: str) -> str:
        if not text:
            return text
        if line := LINE.fullmatch(text):
            return f"{line[1]}/{self._text(line[2])}"
        if text not in self.known:
            self.known[text] = f"{next(self._words)} {text}"
        return self.known[text]


def hostile() -> Snapshot:
    """Return a town in which much is said, all of it hostile."""
    shown = town_statements.rehearsed(town_statements.pinned("x"))
    shown = hearing.hears(shown, 1, {"radio": hearing.heard("p-")}, "bridge")
    shown = replace(
        shown,
        site=replace(shown.site, audiences={"management": Text("Direction")}),
        own_link=Link.DOWN,
        example=True,
        config_error="probes.yaml:3:1: no such thing",
        trouble=("disk", "moon"),
        known_down=("site:it",),
        marks=town_statements.set_aside(due=True).marks,
        watch=town_statements.handed_over(remark="quiet").watch,
        targets=informed().targets,
        notices=informed().notices,
        changes=(change("teams", "o", "x", 60, facts=TOLD),),
        orders=(
            *silent(all_cut=False).orders,
            *silent(audience="staff").orders,
            *waiting(since=moment(900), back=moment(60)).orders,
        ),
        reports={"authority": {"site:it": Text("IT")}},
    )
    group = Explained(
        channels=("teams", "path:lan"),
        suspects=(("carrier:mobile-a", "channel:teams"), ("power:grid",)),
        unexplained=("teams",),
    )
    poisoned = Poison().of(suspecting(shown, group))
    assert isinstance(poisoned, Snapshot)
    return poisoned
