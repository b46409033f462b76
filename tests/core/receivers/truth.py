"""What sources say that people could hear in the recorded outages: `received.yaml`.

Of a group and a channel it is known in shares: a state stands for from how many to how
many of those who have a device are reached. People of a split have one operator or the
other, half of them each; the best of the devices that both name decides.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import inf
from pathlib import Path
from typing import Any

import yaml

from secours.model.nodes import name_in
from secours.model.plan import Config
from secours.model.receivers.audiences import EARS, DeviceService, PeopleGroup
from secours.model.receivers.reach import Hearing
from secours.model.sections.channel import Channel
from secours.model.sections.line import Line, Purpose

FILE = Path(__file__).parent / "received.yaml"
SHARES = {"none": (0.0, 0.2), "part": (0.2, 0.8), "whole": (0.8, 1.0)}
OPERATORS = {"mobile-a": "a", "mobile-b": "b"}  # as the plans here name them


@dataclass(frozen=True)
class Held:
    """What holds of a service for a time: every state that the sources allow."""

    allowed: frozenset[str]  # none where nobody knows

    @property
    def worst(self) -> float:
        return min((SHARES[each][0] for each in self.allowed), default=1.0)


WHOLE = Held(frozenset({"whole"}))


@dataclass(frozen=True)
class Truth:
    """What was so during one outage, and when somebody could know it."""

    steps: Mapping[str, tuple[tuple[float, Held], ...]]
    rest: Held
    known: Mapping[str, tuple[float, ...]]

    def edges(self) -> list[float]:
        """Return the minutes at which anything changes."""
        found = {at for steps in self.steps.values() for at, _ in steps}
        found |= {at for each in self.known.values() for at in each}
        return sorted(found | {0.0})

    def of(self, service: str, minute: float) -> Held:
        """Return what is so of a service."""
        return self._step(service, minute)[1]

    def _step(self, service: str, minute: float) -> tuple[float, Held]:
        if service == EARS:
            return 0.0, WHOLE
        steps = self.steps.get(service)
        if steps is None and "@" in service:
            return self._step(service.partition("@")[0], minute)
        if steps is None:
            return 0.0, self.rest
        past = [step for step in steps if step[0] <= minute]
        return past[-1] if past else (0.0, WHOLE)

    def believable(self, service: str, minute: float) -> Held:
        """Return all that somebody could still believe of a service by then.

        What got worse, and nobody could know yet, is taken for what it was believed to
        be; what got better, for whole.
        """
        before = WHOLE
        believed = set(self.of(service, -1.0).allowed)
        for at, held in self._steps_until(service, minute):
            meanwhile = believed if held.worst < before.worst else {"whole"}
            unknown = minute < self._known_from(service, at)
            believed = {*held.allowed, *(meanwhile if unknown else ())}
            before = held
        return Held(frozenset(believed))

    def _steps_until(self, service: str, minute: float) -> list[tuple[float, Held]]:
        steps = self.steps.get(service)
        if steps is None:
            steps = self.steps.get(service.partition("@")[0], ())
        return [step for step in steps if step[0] <= minute]

    def _known_from(self, service: str, since: float) -> float:
        """Return from when somebody could know of what began then."""
        base = service.partition("@")[0]
        names = {service, base, base.removesuffix(".a").removesuffix(".b")}
        times = [at for name in names for at in self.known.get(name, ())]
        return min((at for at in times if at >= since), default=inf)


@cache
def document() -> dict[str, Any]:
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@cache
def truths() -> dict[str, Truth]:
    """Return what the sources say, by the name of the recording."""
    return {each["id"]: _truth(each) for each in document()["outages"]}


def _truth(written: Mapping[str, Any]) -> Truth:
    steps = {
        service: tuple((float(at), _held(state, more)) for at, state, _, *more in rows)
        for service, rows in (written["services"] or {}).items()
    }
    known: dict[str, list[float]] = {}
    for each in written["known"]:
        for service in each["services"]:
            known.setdefault(service, []).append(float(each["m"]))
    return Truth(
        steps=steps,
        rest=_held(written["rest"][0], ()),
        known={name: tuple(sorted(at)) for name, at in known.items()},
    )


def _held(state: str, more: Iterable[str]) -> Held:
    """Return a state, and the second one that a fifth item allows."""
    also = [*more][1:2]
    return Held(
        frozenset({state, *also} - {"unknown"}) if state != "unknown" else NOBODY
    )


NOBODY: frozenset[str] = frozenset()


# ------------------------------------------------------------------ of a group


def allowed(
    truth: Truth, config: Config, group: PeopleGroup, line: Line, name: str, at: float
) -> tuple[frozenset[Hearing], frozenset[Hearing]] | None:
    """Return how a group could hear a channel, and how somebody could believe it did.

    None where the sources do not tell.
    """
    ways = list(_ways(config, group, line, config.channels[name]))
    true = _best([_split(truth.of(s, at) for s in way) for way in ways])
    believed = _best([_split(truth.believable(s, at) for s in way) for way in ways])
    return (true, believed) if true and believed else None


def _ways(
    config: Config, group: PeopleGroup, line: Line, channel: Channel
) -> Iterator[tuple[str, ...]]:
    """Yield the services by which a group hears a channel, in the words of the file."""
    has = {*group.devices, EARS}
    absent = line.purpose is Purpose.ALERT and not group.staffed
    for device, service in _heard_on(channel):
        if device not in has or (device == "desk" and absent):
            continue
        if device == EARS:
            yield (EARS,)
            continue
        if device == "mobile":
            each = config.devices["mobile"].services[DeviceService(service)]
            names = (*each.split, *(need for any_of in each.needs for need in any_of))
            known = [OPERATORS[n] for x in names if (n := name_in(x)) in OPERATORS]
            yield tuple(f"mobile.{service}.{operator}" for operator in known)
        else:
            base = f"{device}.{service}" if device == "landline" else device
            yield (f"{base}@staffed" if group.staffed else base,)


def _heard_on(channel: Channel) -> list[tuple[str, str]]:
    kinds: Mapping[str, list[str]] = document()["kinds"]
    if channel.kind and channel.kind in kinds:
        return [(d, s) for d, _, s in (x.partition(".") for x in kinds[channel.kind])]
    return [(device, service.value) for device, service in channel.heard_on or ()]


def _split(each: Iterable[Held]) -> frozenset[Hearing]:
    """Return how people hear who have one of these services each, in equal parts."""
    parts = list(each)
    if not all(part.allowed for part in parts):
        return frozenset()
    found: set[Hearing] = set()
    for states in product(*(part.allowed for part in parts)):
        low = sum(SHARES[s][0] for s in states) / len(states)
        high = sum(SHARES[s][1] for s in states) / len(states)
        one = len({*states}) == 1
        found |= {Hearing(states[0])} if one else _between(low, high)
    return frozenset(found)


def _between(low: float, high: float) -> set[Hearing]:
    return {
        Hearing(state)
        for state, (least, most) in SHARES.items()
        if low < most and high > least
    }


def _best(ways: list[frozenset[Hearing]]) -> frozenset[Hearing]:
    """Return what the best of several ways may be; nothing where one is not known.

    That is known all the same where another is whole whatever is true.
    """
    if any(way == {Hearing.WHOLE} for way in ways):
        return frozenset({Hearing.WHOLE})
    if not ways:
        return frozenset({Hearing.NONE})
    if not all(ways):
        return frozenset()
    return frozenset(max(each, key=lambda h: h.rank) for each in product(*ways))
