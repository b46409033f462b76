"""The component, channel or line of the plan that people name.

A label will do where only one has it, in whatever language and case, without accents.
"""

from collections.abc import Iterable, Sequence

from secours.config.reader.mistakes import guesses, shown, suggestion
from secours.config.reader.synonyms import simple
from secours.engine.control.requests import RequestRefused
from secours.message import Message
from secours.model.nodes import channel_node, plain_name
from secours.model.plan import Config
from secours.model.receivers.audiences import PeopleGroup
from secours.model.requests import AnnouncedRequest, PinRequest, UnpinRequest
from secours.model.sections.channel import Channel, Component, Owner
from secours.model.sections.line import Line


def owner(name: str, config: Config) -> str:
    """Return the name of a component, or of a channel as `channel:NAME`."""
    if name in config.components:
        return name
    if plain_name(name) in config.channels:
        return channel_node(plain_name(name))
    owners = [*config.owners.values()]
    labelled = _labelled(name, owners)
    if len(labelled) == 1:
        return owner(labelled[0], config)
    meant = _meant(plain_name(name), owners, labelled)
    raise RequestRefused("commands.asked.no-owner", name=shown(name), meant=meant)


def said_of(name: str, config: Config) -> str:
    """Return the name that a label means, or the text where no single thing has it."""
    labelled = _labelled(name, config.owners.values())
    return labelled[0] if len(labelled) == 1 else name


def channel(name: str, config: Config) -> str:
    """Return the name of a channel."""
    if plain_name(name) in config.channels:
        return plain_name(name)
    channels = [*config.channels.values()]
    labelled = _labelled(name, channels)
    if len(labelled) == 1:
        return labelled[0]
    meant = _meant(name, channels, labelled)
    unknown = "commands.asked.no-channel-meant"
    raise RequestRefused(unknown, name=shown(name), meant=meant)


def planned(request: PinRequest | AnnouncedRequest, config: Config) -> tuple[str, str]:
    """Return the line and the channel of it that are meant."""
    name = line(request, config).name
    names = [each for each, _ in line(request, config).order]
    labelled = _labelled(request.channel, [config.channels[each] for each in names])
    if request.channel in names:
        return name, request.channel
    if len(labelled) == 1:
        return name, labelled[0]
    facts = {"name": shown(request.channel), "line": name}
    meant = suggestion(request.channel, labelled or names)
    raise RequestRefused("commands.asked.not-in-line", **facts, meant=meant)


def line(request: PinRequest | UnpinRequest | AnnouncedRequest, config: Config) -> Line:
    """Return the line meant; its purpose will do where it is unique."""
    lines = {line.name: line for line in config.plan}
    key = request.line or f"{request.purpose}/{request.audience}".rstrip("/")
    if key in lines:
        return lines[key]
    of_purpose = [name for name, line in lines.items() if line.purpose == key]
    if len(of_purpose) == 1:
        return lines[of_purpose[0]]
    if of_purpose:
        meant = listed(of_purpose)
        raise RequestRefused("commands.asked.which-line", purpose=key, meant=meant)
    meant = suggestion(key, lines)
    raise RequestRefused("commands.asked.no-line", name=shown(key), meant=meant)


def listed(names: Iterable[str]) -> Message:
    """List names to choose from."""
    return suggestion("", names)


def labels(owner: Owner | PeopleGroup) -> set[str]:
    """Return its names and labels, in every language."""
    texts = [owner.label]
    texts += [owner.short_name] if isinstance(owner, Channel) else []
    said = (
        each for text in texts for each in (text.plain, *text.translations.values())
    )
    return {each for each in said if each}


def _labelled(label: str, owners: Iterable[Channel | Component]) -> list[str]:
    """Return the names of those with a label."""
    wanted = simple(label)
    return [
        each.name for each in owners if wanted and wanted in map(simple, labels(each))
    ]


def _meant(
    name: str, owners: Sequence[Channel | Component], labelled: Sequence[str]
) -> Message:
    """Suggest the probable name: by its label where no name is near."""
    names = [each.name for each in owners]
    if not labelled and not guesses(name, names):
        near = guesses(name, sorted({la for each in owners for la in labels(each)}))
        labelled = [found for label in near for found in _labelled(label, owners)]
    return suggestion(name, labelled or names)
