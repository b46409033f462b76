"""What other sites see of what is blamed here, and whether they hear us, in words."""

from collections.abc import Collection

from secours.model.snapshot import Opinion
from secours.render.wording import suspects
from secours.render.wording.localizer import Localizer

MOST_OURS = 2  # sets of what is left to blame that are named
SILENT_S = 60.0  # without the hub, before that is worth a line


def sentences(localizer: Localizer, names: Collection[str] | None = None) -> list[str]:
    """Say of each suspect whether it works at other sites, the likeliest first.

    If given, of these components only. What is too old says nothing.
    """
    shot = localizer.snapshot
    if not 0 <= localizer.screen_age_s <= shot.screen.max_age_s:
        return []
    found = (e for e in shot.opinions if names is None or e.component in names)
    return [said for each in found if (said := _sentence(each, localizer))]


def conclusions(localizer: Localizer) -> list[str]:
    """Say of which suspects it is known whether it is us, or them."""
    known = {e.component for e in localizer.snapshot.opinions if e.ours or e.theirs}
    return sentences(localizer, known)


def hub(localizer: Localizer) -> str:
    """Say that other sites do not hear us; "" where they do, or there are none."""
    found = localizer.snapshot.hub
    if found is None or found.connected:
        return ""
    since_s = localizer.age_s(found.since)
    return localizer.say("note.hub", since_s=since_s) if since_s >= SILENT_S else ""


def _sentence(opinion: Opinion, localizer: Localizer) -> str:
    works, fails = len(opinion.works_at), len(opinion.fails_at)
    name, heard = localizer.component(opinion.component), opinion.heard
    if opinion.ours:
        what = suspects.sets(opinion.ours[:MOST_OURS], localizer)
        if more := len(opinion.ours[MOST_OURS:]):
            what = f"{what}, {localizer.say('replay.suspects.more', n=more)}"
        return localizer.say("opinion.ours", name=name, n=works, what=what)
    if opinion.theirs:
        return localizer.say("opinion.theirs", name=name, n=fails, heard=heard)
    if works and fails:
        return localizer.say(
            "opinion.both", name=name, works=works, heard=heard, fails=fails
        )
    if works:
        return localizer.say("opinion.works", name=name, works=works, heard=heard)
    if fails:
        return localizer.say("opinion.fails", name=name, fails=fails, heard=heard)
    return ""
