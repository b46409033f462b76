"""The languages that are spoken, in the order in which they are offered."""

from collections.abc import Mapping

LANGUAGES = ("fr", "nl", "de", "en")


def of_terminal(environ: Mapping[str, str]) -> str:
    """Return the language that the environment asks for, English where it is no other.

    Source: POSIX, "Environment Variables", section 8.2.
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    asked = next((text for name in names if (text := environ.get(name))), "")
    short = asked.lower()[:2]
    return short if short in LANGUAGES else "en"
