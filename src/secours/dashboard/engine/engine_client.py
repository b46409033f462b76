"""What a page asks of the engine, which alone writes and probes."""

from collections.abc import Mapping
from typing import Any

from secours import places
from secours.engine.control import requests


class NotDone(Exception):
    """The engine refused, in its own words, or there is none: then the text is ""."""


def note(by: str, text: str) -> bool:
    """Write into the journal; tell whether it is on disk, else it is in memory.

    Raises:
        NotDone: it is not written down.

    """
    return _asked({"do": "journal", "by": by, "text": text}).get("kept") == "disk"


def test_now(channel: str) -> None:
    """Run the probes of a channel at once.

    Raises:
        NotDone: they will not run.

    """
    _asked({"do": "probe", "channel": channel})


def say(request: Mapping[str, Any]) -> dict[str, Any]:
    """Give a signed word to the engine; return what it recommends since.

    Raises:
        NotDone: it is not taken in.

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
