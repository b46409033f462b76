"""What covers the wall when it is not to be believed: the paper plan, no states.

The watchdog in the browser shows it over everything, and takes it away by itself.
"""

from secours import texts
from secours.model import Recommendation, Snapshot
from secours.screen.escape import esc
from secours.screen.voice import Voice

AGE = "@AGE@"  # stands for the node in which the browser counts
AGE_NODE = "<b data-secours-age>—</b>"
MOST_LINES = 4


def stale_html(snapshot: Snapshot, language: str) -> str:
    """Draw the cover for data that are too old."""
    voice = Voice(snapshot, texts.language_of(language))
    at = voice.local(snapshot.at).strftime("%d/%m %H:%M:%S")
    last = esc(voice.say("stale.last", time=at, age=AGE)).replace(AGE, AGE_NODE)
    return _cover(
        language,
        f'<h1 class="s-cover-title">{esc(voice.say("stale"))}</h1>'
        f'<p class="s-cover-order">{esc(voice.say("stale.order"))}</p>'
        f'<p class="s-cover-age">{last}</p>{_paper(snapshot, language)}',
    )


def error_html(snapshot: Snapshot | None, language: str) -> str:
    """Draw the cover for a page that could not be drawn; never says what broke."""
    return _titled(language, "error", texts.say(language, "stale.order"), snapshot)


def waiting_html(
    snapshot: Snapshot | None, language: str, *, refused: str | None = None
) -> str:
    """Draw the cover for no data yet; `refused` says why the plan cannot be read.

    The snapshot, if there is one, only lends its plan.
    """
    if refused is None:
        order = texts.say(language, "waiting.how")
        return _titled(language, "waiting", order, snapshot)
    order = texts.say(language, "refused.how", what=refused)
    return _titled(language, "refused", order, snapshot)


def _titled(language: str, key: str, order: str, snapshot: Snapshot | None) -> str:
    paper = _paper(snapshot, language) if snapshot else ""
    return _cover(
        language,
        f'<h1 class="s-cover-title">{esc(texts.say(language, key))}</h1>'
        f'<p class="s-cover-order">{esc(order)}</p>{paper}',
    )


def _cover(language: str, inside: str) -> str:
    """Draw the hazard border; `inside` is HTML."""
    return (
        f'<div class="s-cover" lang="{texts.language_of(language)}">'
        f'<div class="s-cover-inside">{inside}</div></div>'
    )


def _paper(snapshot: Snapshot, language: str) -> str:
    """Write the order of the plan as configured, without any state."""
    voice = Voice(snapshot, texts.language_of(language))
    lines = snapshot.recommendations[:MOST_LINES]
    if not lines:
        return ""
    columns = "".join(_paper_line(line, voice) for line in lines)
    return (
        f'<p class="s-cover-hand">{esc(voice.say("hand"))}</p>'
        f'<div class="s-paper s-columns-{len(lines)}">{columns}</div>'
    )


def _paper_line(line: Recommendation, voice: Voice) -> str:
    verb, audience = voice.purpose(line)
    rungs = "".join(
        f"<li>{esc(' / '.join(voice.short_name(name) for name in channels), 60)}</li>"
        for _, channels in line.tiers
    )
    last = esc(voice.in_language(line.last_resort), 110)
    who = f' <span class="s-audience">· {esc(audience)}</span>' if audience else ""
    return (
        f"<section><h2>{esc(verb)}{who}</h2><ol>{rungs}</ol>"
        f'<p class="s-last">{last}</p></section>'
    )
