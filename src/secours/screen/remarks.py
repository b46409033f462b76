"""What is to be minded of an answer: whose word it rests on, how long it holds."""

from secours.model import Reason, Recommendation, Standing, State
from secours.screen import said
from secours.screen.voice import Voice


def remarks(standing: Standing, voice: Voice) -> list[str]:
    """Say what a card or a backup must say beside the state of its channel."""
    noted = []
    if is_declared(standing):
        noted.append(voice.say("declared", by=standing.declared_by))
    if standing.until is not None:
        time = voice.time(standing.until.utc)
        noted.append(voice.say("until", time=time))
    if standing.presumed and standing.state is State.DOWN:
        part = voice.component(standing.presumed)
        noted.append(voice.say("status.presumed", what=part))
    if standing.at_risk:
        noted.append(voice.say("at_risk", what=voice.component(standing.at_risk)))
    return noted


def of_use(line: Recommendation, voice: Voice) -> list[str]:
    """Say what is to be minded of the channel that a line has in use."""
    views = voice.snapshot.channels if line.use else ()
    used = line.use.channel if line.use else ""
    standings = (view.standing for view in views if view.name == used)
    return [text for each in standings for text in remarks(each, voice)]


def is_declared(standing: Standing) -> bool:
    """Tell whether a person's word alone says that it works."""
    works = standing.state is State.AVAILABLE
    return works and standing.reason is Reason.DECLARED


def why(
    line: Recommendation, voice: Voice, *, brief: bool = False, bare: bool = False
) -> list[str]:
    """Say why each channel above the one in use is not the one, a pin first."""
    reasons = [voice.why(each, brief=brief, bare=bare) for each in line.passed_over]
    if line.use is None or not line.use.pinned:
        return reasons
    by_hand = voice.say("why.pinned")
    pin = said.pin_of(voice.snapshot, line)
    chosen = by_hand
    if pin is not None and not bare:
        until = voice.time(pin.until) if pin.until and not brief else None
        chosen = voice.say("why.pinned", by=pin.by, time=until)
    return [chosen, *(reason for reason in reasons if reason != by_hand)]


def confirmations(voice: Voice) -> list[str]:
    """Say which distrusts have reached their date and ask to be confirmed."""
    return [
        voice.say(
            "note.confirm",
            what=voice.subject(mark.subject),
            by=mark.by,
            time=voice.time(mark.until) if mark.until else None,
        )
        for mark in said.to_confirm(voice.snapshot)
    ]
