"""What is to be minded of an answer: whose word it is, till when, whom it misses."""

import math

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
    if Reason.TEST_DUE in standing.warnings:
        tried_at = standing.tried_at
        since_s = None if tried_at is None else voice.age_s(tried_at)
        noted.append(voice.say("untried", since_s=since_s))
    if standing.presumed and standing.state is State.DOWN:
        part = voice.component(standing.presumed)
        noted.append(voice.say("status.presumed", what=part))
    if standing.at_risk:
        noted.append(voice.say("at_risk", what=voice.component(standing.at_risk)))
    return noted


def of_use(line: Recommendation, voice: Voice) -> list[str]:
    """Say what is to be minded of the channel that a line has in use."""
    used = line.use.channel if line.use else None
    views = [view for view in voice.snapshot.channels if view.name == used]
    minded = [text for view in views for text in remarks(view.standing, voice)]
    known = [voice.in_language(view.mind) for view in views]
    return [*minded, *reach(line, voice), *filter(None, known)]


def reach(line: Recommendation, voice: Voice) -> list[str]:
    """Say of how many people in ten the channel in use reaches, if not of all.

    Rounded down: who counts on more would be misled.
    """
    if line.reach is None or line.reach >= 1:
        return []
    tenths = math.floor(10 * line.reach + 1e-9)
    return [voice.say("reach", n=tenths or None)]


def on_battery(voice: Voice) -> str:
    """Say what to do first while the mains are down; "" while they are not."""
    lines = voice.snapshot.recommendations
    return voice.say("on_battery") if any(each.on_battery for each in lines) else ""


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


def words_lost(voice: Voice) -> list[str]:
    """Say that marks may be lost with a damaged disk, until somebody confirms them."""
    return [voice.say("note.words_lost")] if voice.snapshot.words_lost else []


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
