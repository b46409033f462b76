"""The lines of the plan, and that each channel in them can do what the line asks."""

from collections.abc import Iterable, Mapping

from secours.config import catalogue
from secours.config.reader.mistakes import shown, suggestion
from secours.config.reader.shapes import Name, Record, Spot
from secours.model.plan import Channel, Line, Purpose, Text, Tier


def lines(
    found: Iterable[Record], channels: Mapping[str, Channel], names: frozenset[str]
) -> tuple[Line, ...]:
    """Make the lines, noting every channel that does not fit in its place.

    `names` are those of all channels in the file, also where something is wrong in one.
    """
    made = []
    first: dict[tuple[str, str], Spot] = {}
    for record in found:
        _check_lines(record, first)
        _check_traits(record, channels.values())
        _check_channels(record, channels, names)
        if "purpose" in record.values and "audience" in record.values:
            made.append(_line(record))
    return tuple(made)


def _line(record: Record) -> Line:
    tiers = tuple(
        (tier, tuple(name.text for name in record.get(tier.value)))
        for tier in Tier
        if record.get(tier.value)
    )
    return Line(
        purpose=Purpose(record.get("purpose")),
        audience=record.get("audience").text,
        tiers=tiers,
        require=tuple(name.text for name in record.get("require", ())),
        last_resort=record.get("last_resort", Text()),
    )


def _check_lines(record: Record, first: dict[tuple[str, str], Spot]) -> None:
    audience = record.get("audience")
    key = record.get("purpose", ""), audience.text if audience else ""
    if not all(key):
        return
    earlier = first.setdefault(key, record.spot)
    if earlier is not record.spot:
        place = f"{earlier.where}, line {earlier.node.line}"
        words = f"'{key[0]}' for '{key[1]}' stands in the plan already ({place})"
        record.spot.note(f"{words}: write one line for each")


def _check_traits(record: Record, channels: Iterable[Channel]) -> None:
    """Refuse a trait nobody knows, before it refuses every channel for a spelling."""
    if not record.get("require"):
        return
    known = {trait for channel in channels for trait in channel.traits}
    known |= {*catalogue.load().traits}
    for name in record.get("require"):
        if name.text not in known:
            meant = suggestion(name.text, sorted(known))
            name.spot.note(f"no such trait {shown(name.text)}: {meant}")


def _check_channels(
    record: Record, channels: Mapping[str, Channel], names: frozenset[str]
) -> None:
    seen: set[str] = set()
    if "primary" in record.values and not record.get("primary"):
        record.at("primary").note("names no channel: a line needs its first choice")
    for name in (name for tier in Tier for name in record.get(tier.value, ())):
        if name.text not in names:
            meant = suggestion(name.text, names)
            name.spot.note(f"no such channel {shown(name.text)}: {meant}")
        elif name.text in seen:
            name.spot.note(f"'{name.text}' stands twice in this line: keep one")
        elif name.text in channels:
            _check_fit(name, channels[name.text], record)
        seen.add(name.text)


def _check_fit(name: Name, channel: Channel, record: Record) -> None:
    purpose = record.get("purpose")
    if purpose and purpose not in channel.purposes:
        serves = ", ".join(sorted(channel.purposes)) or "no purpose yet"
        words = f"'{name.text}' does not serve '{purpose}' (it serves {serves})"
        name.spot.note(f"{words}: add it to its 'purposes', or take another channel")
    for trait in record.get("require", ()):
        value = channel.traits.get(trait.text, "unknown")
        if value != "yes":
            words = f"this line requires '{trait.text}', which '{name.text}' lacks"
            name.spot.note(f"{words} ({trait.text}: {value}): take another channel")
