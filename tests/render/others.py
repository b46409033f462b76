"""Towns among others, as screens show them: what is blamed, and seen elsewhere."""

from typing import Any

from msgspec.structs import replace
from render.snapshots import moment, snapshot, standing, suspecting

from secours.languages import Text
from secours.model.snapshot import ComponentView, Explained, Hub, Opinion, Snapshot

META, FIBRE = "provider:meta", "internet:fibre"


def blaming(**given: Any) -> Snapshot:
    """Return a town in which Meta or the fibre may have failed."""
    parts = tuple(
        ComponentView(name=name, label=Text(label), standing=standing("?"))
        for name, label in ((META, "Meta"), (FIBRE, "Fibre"))
    )
    shown = replace(snapshot("xooo"), components=parts, **given)
    sets = (META,), (FIBRE,)
    return suspecting(shown, Explained(channels=("sms",), suspects=sets))


def opinion(works: int = 0, fails: int = 0, heard: int = 0, **given: Any) -> Opinion:
    """Return what so many other sites see of Meta."""
    return Opinion(
        component=META,
        works_at=tuple(f"w{n}" for n in range(works)),
        fails_at=tuple(f"f{n}" for n in range(fails)),
        heard=heard or works + fails,
        **given,
    )


def us(number: int = 41) -> Snapshot:
    """Return a town that sees Meta work at so many other sites."""
    return blaming(opinions=(opinion(number, ours=((FIBRE,),)),))


def them() -> Snapshot:
    """Return a town that sees Meta fail at most other sites."""
    return blaming(opinions=(opinion(fails=38, heard=40, theirs=True),))


def unheard(since_s: float = 720.0) -> Snapshot:
    """Return a town that has not reached its hub for so long."""
    found = Hub(url="tls://hub.example:4222", since=moment(since_s), waiting=7)
    return replace(snapshot(), hub=found)
