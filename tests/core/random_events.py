"""Random small plans, and days of events on them."""

from collections.abc import Callable
from functools import partial
from itertools import product

from hypothesis import strategies as st
from msgspec.structs import replace
from plans import (
    COMPONENTS,
    channel,
    component,
    moment,
    needs_among,
    plan,
    probe,
    result,
    tick,
)

from secours.core.events import Event, Said
from secours.model.plan import Config
from secours.model.sections.channel import Path
from secours.model.statements import Declared, Mark, Withdrawn

CHANNELS = ("sms", "mail", "chat")
OWNERS = (
    *CHANNELS,
    *(f"{name}/udp" for name in CHANNELS),
    *("carrier:0", "path lan") * 2,
)


SUBJECTS = (*COMPONENTS, "channel:sms")
SAYS = (Declared.DOWN, Declared.UP, Declared.DISTRUSTED)
REFERENCE = replace(probe("lan"), id="paths/lan/tcp", via="lan")
LENGTHS = st.integers(5, 40)
WAITS_S = st.sampled_from([0.0, 1.0, 15.0, 60.0, 120.0, 400.0])
AUTONOMIES_S = st.sampled_from([None, 120.0, 1200.0])


@st.composite
def plans(draw: st.DrawFn) -> Config:
    parts = [
        component(
            name,
            *draw(needs_among(COMPONENTS[:place])),
            autonomy_s=draw(AUTONOMIES_S),
            probes=(probe(name),) if name == "carrier:0" else (),
        )
        for place, name in enumerate(COMPONENTS)
    ]
    channels = [
        channel(
            name,
            *draw(needs_among(COMPONENTS)),
            probes=(
                probe(name, via="lan" if name == "mail" else None),
                probe(name, "udp", required=draw(st.booleans())),
            ),
        )
        for name in CHANNELS
    ]
    needs = tuple(draw(needs_among(COMPONENTS)))
    path = Path(name="lan", needs=needs, references=(REFERENCE,))
    return plan(*parts, *channels, path, failback_after_s=120.0)


Told = Callable[[float], Event]
"""What happens, of which only the second is not said yet."""


def marked(subject: str, says: Declared, second: float) -> Event:
    at = moment(second)
    return Said(word=Mark(subject=subject, says=says, by="Ann", at=at), at=at)


def withdrawn(subject: str, second: float) -> Event:
    word = Withdrawn(kind="mark", subject=subject, by="Ann")
    return Said(word=word, at=moment(second))


def told_of(letters: str) -> st.SearchStrategy[Told]:
    """Draw an event; seven in ten are results, with one of these letters."""
    results: list[Told] = [
        partial(result, owner, letter) for owner in OWNERS for letter in letters
    ]
    said: list[Told] = [partial(marked, *m) for m in product(SUBJECTS, SAYS)]
    said += [partial(withdrawn, subject) for subject in SUBJECTS] * 3
    said += [tick] * 30
    return st.sampled_from(results * (220 // len(results)) + said)


TOLD = st.sampled_from([told_of("oooooodxx?"), told_of("ooooodd")])


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    found: list[Event] = []
    second = 0.0
    told = draw(TOLD)
    for _ in range(draw(LENGTHS)):
        second += draw(WAITS_S)
        found.append(draw(told)(second))
    return found
