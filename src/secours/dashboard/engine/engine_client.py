"""Requests of pages to the engine, which alone writes and probes."""

from collections.abc import Mapping
from typing import Any

from secours import places
from secours.engine.control import requests


class NotDone(Exception):
    """Refusal of the engine, in its words, or "" for no engine."""


def note(by: str, text: str) -> bool:
    """Write into the journal; return whether it is on disk, else in memory.

    Raises:
        NotDone: it is not written.

    """
    return _asked({"do": "journal", "by": by, "text": text}).get("kept") == "disk"


def test_now(channel: str) -> None:
    """Run the probes of a channel at once.

    Raises:
        NotDone: they will not run.

    """
    _asked({"do": "probe", "channel": channel})


def say(request: Mapping[str, Any]) -> dict[str, Any]:
    """Send a signed statement to the engine; return its answer.

    Raises:
        NotDone: it is refused.

    """
    return _asked(request)


def _asked(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        answer = requests.ask(places.runtime_dir(), request)
    except (requests.NoEngine, places.NoPlace):
        raise NotDone("") from None
    if error := answer.get("error"):
        raise NotDone(str(error))
    return answer
