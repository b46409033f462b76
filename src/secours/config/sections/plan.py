"""The lines of the plan, each with channels that suit it."""

from collections.abc import Iterable, Mapping

from secours.config import catalogue
from secours.config.reader.shapes import Name, Record, Spot, bare
from secours.config.sections.fields import filled
from secours.message import message
from secours.model.sections.channel import Channel
from secours.model.sections.line import Line, Tier


def lines(
    records: Iterable[Record], channels: Mapping[str, Channel], names: frozenset[str]
) -> tuple[Line, ...]:
    """Make the lines, noting every unsuitable channel; `names` are all in the file."""
    complete = []
    first: dict[tuple[str, str], Spot] = {}
    for record in records:
        _check_lines(record, first)
        _check_traits(record, channels.values())
        _check_channels(record, channels, names)
        if "purpose" in record.values and "audience" in record.values:
            complete.append(_line(record))
    return tuple(complete)


def _line(record: Record) -> Line:
    tiers = tuple(
        (tier, bare(record.get(tier.value))) for tier in Tier if record.get(tier.value)
    )
    return filled(record, Line, tiers=tiers)


def _check_lines(record: Record, first: dict[tuple[str, str], Spot]) -> None:
    audience = record.get("audience")
    key = record.get("purpose", ""), audience.text if audience else ""
    if not all(key):
        return
    earlier = first.setdefault(key, record.spot)
    if earlier is not record.spot:
        record.spot.note(
            "plan.line.twice",
            purpose=key[0],
            audience=key[1],
            where=earlier.where,
            line=earlier.node.line,
        )


def _check_traits(record: Record, channels: Iterable[Channel]) -> None:
    """Refuse an unknown trait, which no channel could have."""
    if not record.get("require"):
        return
    known = {trait for channel in channels for trait in channel.traits}
    known |= {*catalogue.load().traits}
    for name in record.get("require"):
        name.is_in(known, "plan.no-such.trait")


def _check_channels(
    record: Record, channels: Mapping[str, Channel], names: frozenset[str]
) -> None:
    earlier: set[str] = set()
    if "primary" in record.values and not record.get("primary"):
        record.at("primary").note("plan.line.no-primary")
    for name in (name for tier in Tier for name in record.get(tier.value, ())):
        if not names:
            return  # which is a mistake of its own
        if name.is_in(names, "plan.no-such.channel"):
            if name.text in earlier:
                name.spot.note("plan.line.channel-twice", name=name.text)
            elif name.text in channels:
                _check_fit(name, channels[name.text], record)
        earlier.add(name.text)


def _check_fit(name: Name, channel: Channel, record: Record) -> None:
    purpose = record.get("purpose")
    if purpose and purpose not in channel.purposes:
        serves = ", ".join(sorted(channel.purposes))
        name.spot.note(
            "plan.line.purpose",
            name=name.text,
            purpose=purpose,
            serves=serves or message("plan.line.no-purpose"),
        )
    for trait in record.get("require", ()):
        value = channel.traits.get(trait.text, "unknown")
        if value != "yes":
            facts = {"trait": trait.text, "name": name.text, "value": value}
            name.spot.note("plan.line.trait", **facts)
