"""Requests of pages to the engine, which alone writes and probes."""

from collections.abc import Mapping
from typing import Any

from msgspec import to_builtins

from secours import places
from secours.engine.control import requests
from secours.model.requests import EngineRequest, NoteRequest, ProbeRequest
from secours.render.wording.localizer import Localizer


class NotDone(Exception):
    """Refusal of the engine, in its words, or "" for no engine."""

    def why(self, localizer: Localizer) -> str:
        """Return the words, also for no engine."""
        return str(self) or localizer.say("journal.no_engine")


def note(by: str, text: str, localizer: Localizer | None = None) -> bool:
    """Write into the journal; tell whether it is on disk, or raise NotDone."""
    answer = say(NoteRequest(by=by, text=text), localizer=localizer)
    return answer.get("kept") == "disk"


def test_now(channel: str, localizer: Localizer) -> None:
    """Run the probes of a channel at once, or raise NotDone."""
    say(ProbeRequest(channel=channel), localizer=localizer)


def say(
    request: EngineRequest | Mapping[str, Any],
    within_s: float = requests.ANSWERED_WITHIN_S,
    localizer: Localizer | None = None,
) -> dict[str, Any]:
    """Send a signed statement to the engine; return its answer.

    Raises:
        NotDone: it is refused, in the language of the localizer, else of the site.
    """
    if localizer and localizer.language != localizer.snapshot.site.language:
        request = {**to_builtins(request), "language": localizer.language}
    try:
        answer = requests.ask(places.runtime_dir(), request, within_s)
    except (requests.NoEngine, places.NoPlace):
        raise NotDone("") from None
    if error := answer.get("error"):
        mistakes = (f"{m['where']}: {m['text']}" for m in answer.get("mistakes", ()))
        raise NotDone("; ".join((str(error), *mistakes)))
    return answer
