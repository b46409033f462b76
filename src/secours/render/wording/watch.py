"""Who has the watch: one sentence, the same on every screen and on paper."""

from secours.outside_text import plain
from secours.render.wording.localizer import Localizer


def sentence(localizer: Localizer) -> str:
    """Say who has the watch since when, or who handed it over; "" for no word on it.

    There is none where nobody ever took it, and for a stranger.
    """
    watch = localizer.snapshot.watch
    if watch is None:
        return ""
    time = localizer.time(watch.began.utc)
    if watch.holder:
        return localizer.say("watch.has", name=plain(watch.holder), time=time)
    to = plain(watch.to) or None
    return localizer.say("watch.handed", name=plain(watch.by), to=to, time=time)
