"""A table of the channels that each group of an audience hears, now and by design."""

from collections.abc import Iterator, Sequence

from secours.model.plan import Config
from secours.model.receivers.audiences import Audience, PeopleGroup
from secours.model.receivers.reach import GroupReach, Hearing
from secours.model.snapshot import Recommendation
from secours.render import badges
from secours.render.badges import Badge, Tone
from secours.render.templates import Row
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses

HeardChannel = tuple[str, Badge | None]
"""Channel as heard by a group; without a badge where not designed."""


def tables(config: Config, localizer: Localizer) -> Iterator[Row]:
    """Yield a table for each audience whose groups the plan names."""
    for audience in config.audiences.values():
        shown = localizer.snapshot.recommendations
        lines = [e for e in shown if e.audience == audience.name and e.receivers]
        if lines:
            yield {
                "title": localizer.audience(audience.name),
                "heads": [localizer.say(f"purpose.{line.purpose}") for line in lines],
                "rows": [*_rows(audience, lines, config, localizer)],
            }


def _rows(
    audience: Audience,
    lines: Sequence[Recommendation],
    config: Config,
    localizer: Localizer,
) -> Iterator[Row]:
    for group in audience.groups:
        name = localizer.in_language(group.label) or group.name
        labels = (config.devices[device].label for device in group.devices)
        yield {
            "name": name if group.people is None else f"{name} ({group.people})",
            "devices": ", ".join(map(localizer.in_language, labels)),
            "heard": [[*_heard(group, line, localizer)] for line in lines],
        }


def _heard(
    group: PeopleGroup, line: Recommendation, localizer: Localizer
) -> Iterator[HeardChannel]:
    for channel in line.planned:
        for each in line.receivers[channel].groups:
            if each.group == group.name:
                badge = _badge(channel, each, localizer)
                yield localizer.short_name(channel), badge


def _badge(channel: str, each: GroupReach, localizer: Localizer) -> Badge | None:
    """Return how a group hears a channel; of one out of order, its state."""
    standing = localizer.snapshot.channel(channel).standing
    called = misses.answered(each, localizer)
    if each.designed is each.heard is Hearing.NONE:
        return None
    if not standing.usable:
        return badges.of(standing, localizer)
    if each.heard is Hearing.WHOLE:
        return Badge(Tone.OK, "", called)
    if each.heard is Hearing.PART:
        return Badge(Tone.DEGRADED, localizer.say("state.in_part"), called)
    if each.sure:
        return Badge(Tone.DOWN, localizer.say("state.unheard"), called)
    return Badge(Tone.UNKNOWN, localizer.say("unverified"))
