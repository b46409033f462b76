"""Words for bad usage, in the language of the plan."""

import argparse
import os
from collections.abc import Sequence

from secours import places, texts
from secours.languages import of_terminal

OF_CHANNELS = ("--channel", "--channels")  # written before a channel's name
FORMER = {  # removed commands: the slug of why, and the replacement
    "hand-down": ("commands.usage.hand-down", "secours sites --pending")
}


def language() -> str:
    """Return the language of the plan in the usual place, else the terminal's."""
    from secours.config import language_in

    return language_in(places.plan_file()) or of_terminal(os.environ)


def say(slug: str, **facts: str) -> str:
    """Return the words of a slug."""
    return texts.say(language(), slug, **facts)


def wrong(slug: str, **facts: str) -> argparse.ArgumentTypeError:
    """Return the error for an invalid value of an option."""
    return argparse.ArgumentTypeError(say(slug, **facts))


def former(command: str) -> str | None:
    """Return the words for a removed command."""
    if command not in FORMER:
        return None
    slug, instead = FORMER[command]
    return say(slug, value=repr(command), command=instead)


def is_of_channels(written: str) -> bool:
    """Return whether an unknown option, perhaps misspelt, means a channel."""
    from difflib import get_close_matches  # for a mistake only

    return bool(get_close_matches(written, OF_CHANNELS, 1, 0.8))


def channels_named(written: str, file: str | None) -> str:
    """Return how channels are named, and which the plan has, where it can be read."""
    from secours.cli.plan_file import readable
    from secours.config.reader.mistakes import suggestion

    config = readable(file or places.plan_file())
    if config is None:
        return say("commands.usage.channels-named.unread", written=written)
    which = texts.in_words(language(), suggestion("", config.channels))
    return say("commands.usage.channels-named", written=written, which=which)


def meant(written: str, valid: Sequence[str]) -> str | None:
    """Suggest a valid word."""
    from secours.config.reader.mistakes import nearest

    found = nearest(written, valid, "command")
    return texts.in_words(language(), found) if found else None
