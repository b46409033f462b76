"""Answers of `check` and `status` in words, for a terminal or a screen reader.

Colour is never the only sign: each state has its mark and its word.
"""

from collections.abc import Iterator, Sequence

from secours import texts
from secours.cli import prose
from secours.model.observed import Evidence, Reason
from secours.model.snapshot import ChannelView, ComponentView, Snapshot, Standing, State
from secours.render import standby, terminal
from secours.render.answers.check import CheckAnswer, NodeAnswer, ProbeAnswer
from secours.render.wording import caveats, do_not_use, trouble, watch
from secours.render.wording.localizer import Localizer

MARKS = {
    "available": "●",
    "answers": "○",
    "degraded": "▲",
    "down": "✖",
    "unknown": "□",
    "aside": "▬",
}
COLOURS = {"available": 36, "degraded": 33, "down": 31}  # ECMA-48 section 8.3.117


def states(
    answer: CheckAnswer,
    shot: Snapshot,
    language: str,
    *,
    stale: bool = False,
    age_s: float = 0.0,
) -> Iterator[str]:
    """Write a table of all channels, then one of the components with probes."""
    yield from notes(shot, language, age_s)
    if on_duty := watch.sentence(Localizer(shot, language)):
        yield on_duty
    yield from (trouble.note(word, language) for word in answer.troubles)
    parts = [
        (entry, view)
        for entry, view in zip(answer.components, shot.components, strict=True)
        if view.probes or entry.state != "unknown"
    ]
    channels = list(zip(answer.channels, shot.channels, strict=True))
    rows = [*_rows(channels, shot, language, stale=stale)]
    below = [*_rows(parts, shot, language, stale=stale)]
    widths = [
        max((terminal.columns(row[column]) for row in (*rows, *below)), default=0)
        for column in (1, 2)
    ]
    yield from (_aligned(row, widths) for row in rows)
    if below:
        yield ""
        yield from (_aligned(row, widths) for row in below)


def _rows(
    pairs: Sequence[tuple[NodeAnswer, ChannelView | ComponentView]],
    shot: Snapshot,
    language: str,
    *,
    stale: bool,
) -> Iterator[tuple[str, str, str, str]]:
    """Yield state, its words, name and why; below an ailing one its probes."""
    for entry, view in pairs:
        state = _state(entry.state, view.standing, stale=stale)
        label = view.label.in_(language, shot.site.language) or view.name
        only = view.probes[0].latency_s if len(view.probes) == 1 else None
        idle = view.standing.aside is Reason.MAINTENANCE
        words = texts.state(language, "maintenance" if idle else state)
        if not (stale or view.standing.aside) and _is_doubted(view.standing, shot):
            from secours.render import badges  # few states need a page's word

            badge = badges.of(view.standing, Localizer(shot, language))
            words = badge.word
            state = state if badge.tone is badges.Tone.OK else badge.tone
        label = texts.named(label, view.name)
        yield state, words, label, _why(entry, only, language)
        ill = entry.state != "available" or entry.warnings
        if ill and len(entry.probes) > 1:
            for probe, probe_view in zip(entry.probes, view.probes, strict=True):
                path = texts.say(language, "status.by", path=probe.path)
                name = f"  {probe.probe} {path if probe.path else ''}".rstrip()
                word = texts.say(language, f"verdict.{probe.outcome}")
                yield "", word, name, _why(probe, probe_view.latency_s, language)


def _state(state: str, standing: Standing, *, stale: bool) -> str:
    """Return the state: unknown if stale, "answers" if unproven."""
    if standing.aside:
        return "aside"
    if stale:
        return State.UNKNOWN
    proven = standing.evidence not in (Evidence.NONE, Evidence.REACHED)
    return state if proven or state != State.AVAILABLE else "answers"


def _is_doubted(standing: Standing, shot: Snapshot) -> bool:
    """Tell whether it is only said to work, or may not for long."""
    if standing.state is not State.AVAILABLE:
        return standing.reason is Reason.UNPROVEN
    doubted = standing.may_need or standing.at_risk or shot.words_lost
    return bool(doubted or standing.declared_by or standing.until)


def _why(
    entry: NodeAnswer | ProbeAnswer, latency_s: float | None, language: str
) -> str:
    """Return its fault, or its proof."""
    if entry.detail:
        return entry.detail
    if entry.evidence == "none":
        return ""
    proof = texts.say(language, f"evidence.{entry.evidence}")
    if latency_s is None:
        return proof
    return f"{proof} · {texts.duration(language, latency_s)}"


def _aligned(row: tuple[str, str, str, str], widths: Sequence[int]) -> str:
    state, words, label, why = row
    sign = f"{MARKS.get(state, ' ')} {words}"
    gap = " " * (widths[0] - terminal.columns(words))
    if state in COLOURS and prose.coloured():
        sign = f"\x1b[{COLOURS[state]}m{sign}\x1b[0m"
    return f"{sign}{gap}  {terminal.padded(label, widths[1])}  {why}".rstrip()


def notes(shot: Snapshot, language: str, age_s: float) -> Iterator[str]:
    """Yield what must be known before the states."""
    localizer = Localizer(shot, language, age_s)
    if sentence := standby.sentence(localizer):
        yield f"{sentence}."
        yield from standby.advice(localizer)
    if distrusted := do_not_use.sentence(localizer):
        yield f"{MARKS['aside']} {distrusted}"
    authored = any(mark.author for mark in shot.marks) or shot.rehearsal
    if shot.opinions or shot.hub or authored:
        from secours.render.wording.sites import opinion  # few sites are among others

        yield from (f"{sentence}." for sentence in opinion.notes(localizer))
    yield from caveats.words_lost(localizer)
    yield from caveats.confirmations(localizer)
    yield from caveats.astray(localizer)
    if shot.example:
        yield texts.say(language, "note.example")
    if shot.config_error:
        yield texts.say(language, "note.config_error")
