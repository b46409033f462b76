"""The holder of the watch, in one sentence for all screens and paper."""

from secours.outside_text import plain
from secours.render.wording.localizer import Localizer


def sentence(localizer: Localizer) -> str:
    """Return who has the watch since when, or who handed it over; "" if unknown.

    It is so where nobody ever took it, and for strangers.
    """
    watch = localizer.snapshot.watch
    if watch is None:
        return ""
    time = localizer.time(watch.began.utc)
    if watch.holder:
        return localizer.say("watch.has", name=plain(watch.holder), time=time)
    to = plain(watch.to) or None
    return localizer.say("watch.handed", name=plain(watch.by), to=to, time=time)
