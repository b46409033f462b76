"""Warnings about the wall: names and words too long or too small."""

import math
from collections.abc import Iterator
from typing import TypeAlias

from secours.config import catalogue
from secours.languages import Text
from secours.message import Message, message
from secours.model.plan import Config
from secours.model.sections.channel import Channel
from secours.model.sections.site import Screen

# Of the wall, in hundredths of its height: the size of words, the largest that has
# room, and the size of how to use a channel; how wide a card is inside, by how many
# there are; the mean width of a letter.
WORDS_ARC, CAPITAL, WORDS_SIZE, LARGEST_SIZE = 16.0, 0.66, 5.2, 8.4
HOW_SIZE, ROOM, LETTER = 5.6, {1: 166.38, 2: 78.79}, 0.4128
NAME_LETTERS = 17  # of an answer in large type
LEADS_ON = 3  # letters of a last word to drop: "de", "of", "the"

Said: TypeAlias = tuple[str, str, Message]  # section, name in it, words


def of_wall(config: Config) -> Iterator[Said]:
    """Yield what is too small or too long for the wall's farthest reader."""
    screen, words = config.screen, config.screen.units_seen(WORDS_ARC) / CAPITAL
    lines = 2 if len(config.plan) > 1 and words <= WORDS_SIZE else 1
    if words > LARGEST_SIZE:
        yield _of_distance("plan.advice.far", screen, words / LARGEST_SIZE)
    elif len(config.plan) > 1 and words > WORDS_SIZE:
        yield _of_distance("plan.advice.screen", screen, words / WORDS_SIZE)
    most = int(ROOM[lines] / (max(HOW_SIZE, words) * LETTER))
    for channel in config.channels.values():
        if channel.name in config.planned:
            said = (*_of_name(channel, config), *_of_how(channel, screen, most))
            yield from (("channels", channel.name, each) for each in said)


def _of_name(channel: Channel, config: Config) -> Iterator[Message]:
    longest = _longest(channel.short_name)
    if longest > NAME_LETTERS:
        such = _first_words(channel, config) or _usual_name(channel, config)
        yield message("plan.advice.name", n=longest, limit=NAME_LETTERS, such=such)


def _first_words(channel: Channel, config: Config) -> str:
    """Return the first words of a name that fit; "" if none do."""
    words = channel.short_name.plain.split()
    while words and len(" ".join(words)) > NAME_LETTERS:
        words.pop()
    while words and len(words[-1]) <= LEADS_ON:
        words.pop()
    first = " ".join(words)
    taken = {each.short_name.plain for each in config.channels.values()}
    return "" if first in taken else first


def _usual_name(channel: Channel, config: Config) -> Text | str:
    """Return the short name of its kind; "" if another channel has it too."""
    name = channel.kind
    if name is None or [c.kind for c in config.channels.values()].count(name) > 1:
        return ""
    return catalogue.kind_of(name, config.own_kinds).short_name


def _of_how(channel: Channel, screen: Screen, most: int) -> Iterator[Message]:
    longest = _longest(channel.how)
    if screen.how and longest > most:
        distance = f"{screen.distance_m:g}"
        yield message("plan.advice.how", n=longest, limit=most, distance=distance)


def _longest(text: Text) -> int:
    return max(map(len, (text.plain, *text.translations.values())))


def _of_distance(slug: str, screen: Screen, times: float) -> Said:
    """Say which screen or distance suffices for type that much too small."""
    warning = message(
        slug,
        distance=f"{screen.distance_m:g}",
        width=round(screen.width_mm),
        wanted=math.ceil(screen.width_mm * times),
        near=math.floor(screen.distance_m / times),
    )
    return "screen", "distance_m", warning
