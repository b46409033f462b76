"""Words of a what-if: the failures moment by moment, then later ones."""

from collections.abc import Iterator, Mapping

from secours import texts
from secours.core.replay.whatif import Fall, Outlook, Step
from secours.model.nodes import channel_node, is_channel
from secours.model.snapshot import Recommendation
from secours.render.section import Section
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import misses

Names = Mapping[str, str]
"""Label of each component, `channel:NAME` and `path:NAME`."""


def section(step: Step, names: Names, language: str) -> Section:
    """Say what fails at one moment."""
    localizer = Localizer(step.snapshot, language)
    key = "whatif.after" if step.after_s else "whatif.at_once"
    return Section(
        title=localizer.say(key, after_s=step.after_s),
        paragraphs=list(_changes(step, names, localizer)),
    )


def _changes(step: Step, names: Names, localizer: Localizer) -> Iterator[str]:
    """Say what falls, the channels first, and what will soon."""
    colon = localizer.say("colon")
    falls = sorted(step.falls, key=lambda fall: not is_channel(fall.name))
    if falls:
        each = dict.fromkeys(_with(fall, names, localizer) for fall in falls)
        names_fallen = ", ".join(each)
        yield f"{localizer.say('whatif.falls')}{colon} {names_fallen}."
    if step.ending:
        names_fallen = ", ".join(names[channel_node(name)] for name in step.ending)
        yield f"{localizer.say('whatif.ending')}{colon} {names_fallen}."


def _with(fall: Fall, names: Names, localizer: Localizer) -> str:
    name = names.get(fall.name, fall.name)
    cause = names.get(fall.because, fall.because) if fall.because else name
    if cause == name:  # a channel may be called as what it needs
        return name
    return localizer.say("whatif.with", name=name, component=cause)


def used(line: Recommendation, localizer: Localizer) -> str:
    """Return the channel of a line, its rank, and its state."""
    if line.use is None:
        return localizer.say("measuring" if line.measuring else "nothing")
    rank = texts.rank(localizer.language, line.use.rank)
    words = [localizer.short_name(line.use.channel), rank]
    if line.measuring:
        words.append(localizer.say("measuring"))
    elif not line.use.verified:
        words.append(localizer.say("unverified"))
    elif line.use.reach and line.use.reach.lost:
        words.append(misses.sentence(line, localizer))
    elif line.use.state != "available":
        words.append(texts.state(localizer.language, line.use.state))
    return " · ".join(words)


def left(step: Step, line: Recommendation, localizer: Localizer) -> str:
    """Say how many channels of a line are left, of how many."""
    total = len(line.planned)
    return localizer.say("nothing.count", n=len(step.left(line)), of=total)


def later(outlook: Outlook, names: Names, language: str) -> str:
    """Return the failures after the last moment shown; "" for none."""
    if not outlook.later:
        return ""
    failures = ", ".join(
        texts.say(
            language,
            "audit.after",
            name=names.get(fall.name, fall.name),
            after_s=fall.after_s,
        )
        for fall in outlook.later
    )
    head = texts.say(language, "whatif.later")
    return f"{head}{texts.say(language, 'colon')} {failures}."
