"""Statements of the province in force at a site, and the progress of its orders."""

from collections.abc import Callable, Iterator

from secours import texts
from secours.model.requests import ExerciseRequest, MarkRequest, UnmarkRequest
from secours.model.sites.handed_down import Addressee, HandedDown
from secours.model.statements import Declared, Exercise, Mark
from secours.render.escape import plain
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites.names import SitesNames

MOST_NAMES = 8  # of sites with the same progress


def words_here(localizer: Localizer) -> Iterator[str]:
    """Yield each statement of the province in force here: what, by whom, until when."""
    shot = localizer.snapshot
    yield from (_mark(mark, localizer) for mark in shot.marks if mark.author)
    played = shot.rehearsal and shot.rehearsal.exercise
    if played and played.author:
        yield _exercise(played, localizer)


def _mark(mark: Mark, localizer: Localizer) -> str:
    what = localizer.say(
        f"entry.mark.{mark.says}", name=localizer.subject(mark.subject)
    )
    if mark.says is Declared.DISTRUSTED:
        facts = {"by": mark.by, "author": mark.author, "what": what}
        return localizer.say("note.province.distrust", **facts)
    time = localizer.time(mark.until) if mark.until else None
    return localizer.say("note.province", by=mark.by, time=time, what=what)


def _exercise(played: Exercise, localizer: Localizer) -> str:
    names = ", ".join(map(localizer.subject, played.fails))
    what = localizer.say("entry.exercise.started", name=names)
    time = localizer.time(played.until) if played.until else None
    return localizer.say("note.province", by=played.by, time=time, what=what)


def handed_down(order: HandedDown, names: SitesNames) -> str:
    """Return an order in one line: what, by whom, and its progress."""
    language = names.language
    how = texts.series(language, how_far(order, language, names.site))
    facts = {"what": what(order, names), "by": order.by, "how": how}
    return texts.say(language, "note.handed-down", **facts)


def what(order: HandedDown, names: SitesNames) -> str:
    """Say what was sent; of a plan, in an earlier version, its file."""
    language = names.language
    match order.asked:
        case MarkRequest(subject=subject, says=says):
            name = names.subject(subject)
            return texts.say(language, f"entry.mark.{says}", name=name)
        case UnmarkRequest(subject=subject):
            name = names.subject(subject)
            return texts.say(language, "entry.mark.withdrawn", name=name)
        case ExerciseRequest(action="start", fails=fails):
            failing = ", ".join(map(names.subject, fails))
            return texts.say(language, "entry.exercise.started", name=failing)
        case ExerciseRequest():
            return texts.say(language, "entry.exercise.withdrawn")
    return plain(order.what)


def how_far(
    order: HandedDown, language: str, called: Callable[[str], str]
) -> list[str]:
    """Return the progress at each site; sites with the same one stand together."""
    rows = [texts.say(language, "sites.sent.all")] if order.is_unaddressed else []
    sites: dict[str, list[str]] = {}
    for to in order.to:
        sites.setdefault(progress(to, language), []).append(to.site)
    colon = texts.say(language, "colon")
    return rows + [
        f"{far}{colon} {texts.first_of(language, [*map(called, names)], MOST_NAMES)}"
        for far, names in sites.items()
    ]


def progress(to: Addressee, language: str) -> str:
    """Return the progress at one site: its outcome, or where the order waits."""
    if to.outcome:
        return texts.say(language, f"order.{to.outcome}", why=plain(to.why))
    return texts.say(language, f"progress.{to.progress.value}")
