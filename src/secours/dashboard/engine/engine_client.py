"""Requests of pages to the engine, which alone writes and probes."""

from collections.abc import Mapping
from typing import Any

from secours import places
from secours.engine.control import requests
from secours.model.requests import EngineRequest, NoteRequest, ProbeRequest

WITHIN_S = 5.0


class NotDone(Exception):
    """Refusal of the engine, in its words, or "" for no engine."""


def note(by: str, text: str) -> bool:
    """Write into the journal; tell whether it is on disk, else it is in memory.

    Raises:
        NotDone: it is not written down.

    """
    return say(NoteRequest(by=by, text=text)).get("kept") == "disk"


def test_now(channel: str) -> None:
    """Run the probes of a channel at once.

    Raises:
        NotDone: they will not run.

    """
    say(ProbeRequest(channel=channel))


def say(
    request: EngineRequest | Mapping[str, Any], within_s: float = WITHIN_S
) -> dict[str, Any]:
    """Send a signed statement to the engine; return its answer.

    Raises:
        NotDone: it is refused.

    """
    try:
        answer = requests.ask(places.runtime_dir(), request, within_s)
    except (requests.NoEngine, places.NoPlace):
        raise NotDone("") from None
    if error := answer.get("error"):
        mistakes = (f"{m['where']}: {m['text']}" for m in answer.get("mistakes", ()))
        raise NotDone("; ".join((str(error), *mistakes)))
    return answer
