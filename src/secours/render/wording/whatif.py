"""What falls if something fails, in words: moment by moment, then what falls later."""

from collections.abc import Iterator, Mapping, Sequence

from secours import texts
from secours.core.replay.whatif import Fall, Outlook, Step
from secours.model.snapshot import Recommendation
from secours.render.section import Section
from secours.render.wording.localizer import Voice

COLUMNS = ("line", "use", "else", "left")
CHANNEL = "channel:"

Names = Mapping[str, str]
"""What people call each component, `channel:NAME` and `path:NAME`."""


def sections(outlook: Outlook, names: Names, language: str) -> list[Section]:
    """Say what falls at each moment, with how each line of the plan stands then."""
    return [section(step, names, language) for step in outlook.steps]


def section(step: Step, names: Names, language: str) -> Section:
    """Say what falls at one moment, with how each line of the plan stands then."""
    voice = Voice(step.snapshot, language)
    key = "whatif.after" if step.after_s else "whatif.at_once"
    return Section(
        title=voice.say(key, after_s=step.after_s),
        paragraphs=list(_changes(step, names, voice)),
        heads=[voice.say(f"redundancy.{name}") for name in COLUMNS],
        rows=[_row(step, line, voice) for line in step.snapshot.recommendations],
    )


def _changes(step: Step, names: Names, voice: Voice) -> Iterator[str]:
    """Say what falls, the channels first, and what will soon."""
    colon = voice.say("colon")
    falls = sorted(step.falls, key=lambda fall: not fall.name.startswith(CHANNEL))
    if falls:
        said = ", ".join(_with(fall, names, voice) for fall in falls)
        yield f"{voice.say('whatif.falls')}{colon} {said}."
    if step.ending:
        said = ", ".join(names[f"{CHANNEL}{name}"] for name in step.ending)
        yield f"{voice.say('whatif.ending')}{colon} {said}."


def _with(fall: Fall, names: Names, voice: Voice) -> str:
    name = names.get(fall.name, fall.name)
    if fall.because is None:
        return name
    cause = names.get(fall.because, fall.because)
    return voice.say("whatif.with", name=name, component=cause)


def _row(step: Step, line: Recommendation, voice: Voice) -> Sequence[str]:
    spare = voice.short_name(line.backup.channel) if line.backup else "-"
    purpose = texts.purpose(voice.language, line.purpose, line.audience)
    return purpose, used(line, voice), spare, left(step, line, voice)


def used(line: Recommendation, voice: Voice) -> str:
    """Say what a line has in use, which choice that is, and how it is."""
    if line.use is None:
        return voice.say("nothing")
    rank = texts.rank(voice.language, line.use.rank)
    words = [voice.short_name(line.use.channel), rank]
    if not line.use.verified:
        words.append(voice.say("unverified"))
    elif line.use.state != "available":
        words.append(texts.state(voice.language, line.use.state))
    return " · ".join(words)


def left(step: Step, line: Recommendation, voice: Voice) -> str:
    """Say how many channels of a line are left, of how many."""
    total = sum(len(names) for _, names in line.tiers)
    return voice.say("nothing.count", n=len(step.left(line)), of=total)


def later(outlook: Outlook, names: Names, language: str) -> str:
    """Say what falls only after the last moment shown; "" where nothing does."""
    if not outlook.later:
        return ""
    said = ", ".join(
        texts.say(
            language,
            "audit.after",
            name=names.get(fall.name, fall.name),
            after_s=fall.after_s,
        )
        for fall in outlook.later
    )
    head = texts.say(language, "whatif.later")
    return f"{head}{texts.say(language, 'colon')} {said}."
