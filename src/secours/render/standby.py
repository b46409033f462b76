"""Sentences on a standby: its role, and the state of the first."""

from collections.abc import Iterator

from secours import texts
from secours.model.observed import Facts, Reason
from secours.model.snapshot import Standby
from secours.render.wording.localizer import Localizer

UNHEARD, YET = "unheard", "yet"


def sentence(localizer: Localizer, *, stale: bool = False) -> str:
    """Return the role of a standby, or since when it probes; "" where this is none.

    `stale` words it for a moment at which nothing is fresh.
    """
    standby = localizer.snapshot.standby
    if standby is None:
        return ""
    is_fresh = not stale and is_heard(standby, localizer)
    if standby.probing and standby.heard:  # what came before is not heard again
        is_fresh &= standby.heard.since(standby.since) > 0
    return ". ".join(_said(standby, localizer, is_fresh=is_fresh))


def advice(localizer: Localizer, *, stale: bool = False) -> list[str]:
    """Return, while the first is not heard, who can take over and when it does."""
    standby = localizer.snapshot.standby
    if standby is None or standby.probing:
        return []
    if not stale and is_heard(standby, localizer):
        return []
    how = [localizer.say("standby.how")]
    if standby.takes_over is None:
        return how
    time = localizer.time(standby.takes_over.utc)
    return [localizer.say("standby.takes_over", time=time), *how]


def leads(localizer: Localizer) -> tuple[str, ...]:
    """Return the advice that names *Act*, that name, and the language.

    Empty without advice.
    """
    if not advice(localizer, stale=True):
        return ()
    page = localizer.say("page.act")
    return localizer.say("standby.how"), page, localizer.language


def is_heard(standby: Standby, localizer: Localizer) -> bool:
    """Return whether the first was heard lately."""
    limit_s = localizer.snapshot.screen.max_age_s
    return standby.heard is not None and localizer.age_s(standby.heard) <= limit_s


def not_heard(
    host: str, problem: str, reason: Reason, facts: Facts, language: str
) -> str:
    """Return the log line that the first is not heard, and why."""
    words = texts.say(language, "entry.standby-unheard", what=host)
    if problem == UNHEARD:
        why = texts.detail(language, reason, facts)
    else:
        why = texts.say(language, f"standby.not.{problem}", **facts)
    return f"{words} ({why})" if why else words


def _said(standby: Standby, localizer: Localizer, *, is_fresh: bool) -> Iterator[str]:
    facts = _facts(standby, localizer)
    if not standby.probing and is_fresh:
        yield localizer.say("standby.shows", **facts)
        return
    state = "unheard" if standby.heard else "yet"
    why = _why(standby, localizer)
    if not standby.probing:
        yield localizer.say(f"standby.{state}", **facts) + why
        return
    since = localizer.time(standby.since.utc)
    yield localizer.say("standby.probes", time=since, by=standby.by or None)
    if is_fresh:
        yield localizer.say("standby.first.heard", **facts)
    else:
        yield localizer.say(f"standby.first.{state}", **facts) + why


def _facts(standby: Standby, localizer: Localizer) -> dict[str, object]:
    """Return the facts on the first; for strangers only the times."""
    facts: dict[str, object] = {"host": standby.host or None}
    if standby.heard is not None:
        facts["first"] = standby.first or None
        facts["age_s"] = localizer.age_s(standby.heard)
        facts["time"] = localizer.time(standby.heard.utc)
    return facts


def _why(standby: Standby, localizer: Localizer) -> str:
    """Return why the latest answer is rejected, or that none came."""
    if standby.problem in ("", YET):
        return ""
    if standby.problem == UNHEARD:
        words = localizer.plainly(standby.reason, standby.facts)
    else:
        words = localizer.say(f"standby.not.{standby.problem}", **standby.facts)
    return f" ({words})"
