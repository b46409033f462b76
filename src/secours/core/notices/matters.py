"""Matters to tell now to people who look at no screen.

The key of a matter identifies it at the next look; its severity is 0 where all is as it
should be, and higher the worse it is. Only severities of one key compare. None holds
how a channel is used, or why somebody marked one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from msgspec import Struct, field

from secours.core import batteries, overrides
from secours.core.statements import expiry, steady_clock
from secours.model.observed import Facts, Instant, Reason
from secours.model.plan import Config
from secours.model.sections.notify import NoticeKind
from secours.model.snapshot import (
    ComponentView,
    Link,
    Recommendation,
    Snapshot,
    Standing,
    State,
    Use,
)
from secours.model.statements import Declared, Mark, Pin

NOTHING_LEFT = 1000  # more than a channel of any rank
LINE, EXERCISE = "line", "exercise"
PLAYED = f"{EXERCISE}/played"  # that one is held; its lines have keys of their own
MAINS = "ending/mains"
ASKING_MARK, ASKING_PIN = "ending/mark/", "ending/pin/"
OWN_LINK = "own-link"  # the key, and a cause
TOOK_OVER = "took_over"  # of what ails Secours itself: its standby probes
SEPARATOR = " + "  # between the parts that failed together


class Matter(Struct, frozen=True, kw_only=True):
    """A matter that people may have to be told of."""

    kind: NoticeKind
    key: str  # "line/alert/management", "own-link", "distrust/channel:mail"
    state: str = ""  # what would be told: of a line the channel to use
    severity: int = 0  # 0: as it should be
    facts: Facts = field(default_factory=dict)
    since: Instant | None = None
    exercise: bool = False
    usable: tuple[str, ...] = ()  # states told earlier that still serve: of a line the
    # channels that are not down, nor set aside, nor surely unheard
    ripens_s: float = 0.0  # it is worth a word when it has been so for so long
    missed: tuple[str, ...] = ()  # groups of the line that lost the channel in use
    causes: tuple[str, ...] = ()  # what takes what people used before, where that is
    # clear: components, several of one failure joined


def matters(config: Config, shot: Snapshot) -> tuple[Matter, ...]:
    """Return the matters of the kinds that the plan wants told.

    Lines, our own link and the mains are included also while they are fine, but not
    while their state is unknown, as just after a start: then nothing is told of them,
    or taken back.
    """
    all_of_them = (
        *_lines(config, shot, LINE, shot.recommendations, _standings(shot)),
        *own_link(shot),
        *mains(config, shot),
        *_ending(shot),
        *_asking(shot),
        *_distrusts(shot),
        *_overdue(config, shot),
        *_itself(shot),
        *_takeover(shot),
        *_exercise(config, shot),
    )
    return tuple(matter for matter in all_of_them if wanted(config, matter.kind))


def wanted(config: Config, kind: NoticeKind) -> bool:
    """Tell whether the plan wants a kind told.

    With another channel to use, "nothing left" is told too; whoever wants only that
    hears of the line then, and when one can be used again.
    """
    lines = {NoticeKind.RECOMMENDATION, NoticeKind.NOTHING_LEFT}
    if kind in lines:
        return not lines.isdisjoint(config.notify.on)
    return kind in config.notify.on


# ------------------------------------------------------------------ the plan's lines


def _lines(
    config: Config,
    shot: Snapshot,
    prefix: str,
    lines: Iterable[Recommendation],
    standings: Mapping[str, Standing],
) -> Iterator[Matter]:
    played = prefix != LINE
    for line in lines:
        if line.measuring:
            continue
        use = line.use
        unverified = use is not None and not use.verified and not played
        lost = use.reach.lost if use and use.reach and not played else ()
        kind, severity = _judged(config, use, unverified=unverified, reduced=bool(lost))
        yield Matter(
            kind=kind,
            key=f"{prefix}/{line.name}",
            state=use.channel if use else "",
            severity=severity,
            facts={
                "unverified": int(unverified),
                "out": SEPARATOR.join(_out(line, standings)),
                "unheard": int(use is not None and use.is_deaf),
            },
            since=_since(line, standings),
            exercise=played,
            usable=tuple(_usable(line, standings)),
            missed=tuple(each.group for each in lost) if severity else (),
            causes=() if played else _causes(shot, line, standings),
        )


def _since(line: Recommendation, standings: Mapping[str, Standing]) -> Instant | None:
    """Return since when it is so; None of what is pinned and not heard any more."""
    if line.use is None or not line.use.in_vain:
        return line.since
    standing = standings.get(line.use.channel)
    if standing is None or line.use.state is not State.DOWN:
        return None
    return standing.failed_at or standing.since


def _judged(
    config: Config, use: Use | None, *, unverified: bool, reduced: bool
) -> tuple[NoticeKind, int]:
    """Return the kind and severity of a line with this channel in use."""
    if use is None or use.in_vain:  # only a pin keeps that in use
        return NoticeKind.NOTHING_LEFT, NOTHING_LEFT
    if NoticeKind.RECOMMENDATION not in config.notify.on:
        return NoticeKind.RECOMMENDATION, 0
    weak = reduced or (unverified and use.rank > 1)
    return NoticeKind.RECOMMENDATION, 2 * (use.rank - 1) + weak


def _usable(line: Recommendation, standings: Mapping[str, Standing]) -> Iterator[str]:
    for name in line.planned:
        standing, reach = standings.get(name), line.receivers.get(name)
        works = standing and standing.state is not State.DOWN and not standing.aside
        if works and not (reach and reach.is_deaf):
            yield name


def _out(line: Recommendation, standings: Mapping[str, Standing]) -> Iterator[str]:
    """Yield channels above the one in use that are down: nobody need try them."""
    for passed in line.passed_over:
        standing = standings.get(passed.channel)
        if standing and standing.state is State.DOWN and not standing.aside:
            yield passed.channel


def _causes(
    shot: Snapshot, line: Recommendation, standings: Mapping[str, Standing]
) -> tuple[str, ...]:
    """Return the causes that take the channels above the one in use, where clear.

    Also those at the other end, there of the one in use too.
    """
    causes: dict[str, None] = {}
    for passed in line.passed_over:
        standing = standings.get(passed.channel)
        if standing is None:
            continue
        if standing.presumed and standing.state is State.DOWN:
            causes[standing.presumed] = None
        if standing.reason is Reason.OWN_LINK:
            causes[OWN_LINK] = None
        for each in shot.explanations:
            if passed.channel in each.channels and len(each.likeliest) == 1:
                causes[SEPARATOR.join(each.likeliest[0])] = None
    return tuple(causes | _lost_by(shot, line))


def _lost_by(shot: Snapshot, line: Recommendation) -> dict[str, None]:
    """Return the causes that take hearers of the channel in use and of those above."""
    names = [
        each.channel for each in line.passed_over if each.reason is Reason.RECEIVERS
    ]
    names += [line.use.channel] if line.use else []
    lost = (g for n in names if n in line.receivers for g in line.receivers[n].lost)
    return dict.fromkeys(shot.root(name) for each in lost for name in each.why)


def _standings(shot: Snapshot) -> dict[str, Standing]:
    return {view.name: view.standing for view in shot.channels}


def _exercise(config: Config, shot: Snapshot) -> Iterator[Matter]:
    """Yield an exercise that is held, and its lines, where people are told of it."""
    rehearsal = shot.rehearsal
    if rehearsal is None or not rehearsal.exercise.notices:
        return
    yield Matter(
        kind=NoticeKind.RECOMMENDATION,
        key=PLAYED,
        state=SEPARATOR.join(rehearsal.exercise.fails),
        severity=1,
        facts={"by": rehearsal.exercise.by},
        since=rehearsal.exercise.at,
        exercise=True,
    )
    lines, channels = rehearsal.recommendations, rehearsal.channels
    yield from _lines(config, shot, f"{EXERCISE}/{LINE}", lines, channels)


# ------------------------------------------------------------------ what else there is


def own_link(shot: Snapshot) -> Iterator[Matter]:
    """Yield the state of our own link, where it is known."""
    if shot.own_link is Link.UNKNOWN:
        return
    usual = {path.name for path in shot.paths if path.usual}
    down = shot.own_link is Link.DOWN
    began = (
        change.at
        for change in shot.changes
        if change.subject == "path" and change.after == Link.DOWN
        if change.name in usual
    )
    yield Matter(
        kind=NoticeKind.OWN_LINK,
        key=OWN_LINK,
        state=shot.own_link,
        severity=int(down),
        since=next(began, None) if down else None,
    )


def mains(config: Config, shot: Snapshot) -> Iterator[Matter]:
    """Yield the state of the site's own power, as one matter for all that need it."""
    own = batteries.supply(config)
    supply = [view for view in shot.components if view.name in own]
    down = [name for name in shot.known_down if name in own]
    if not down and (not supply or any(map(_is_unsure, supply))):
        return
    began = [
        view.standing.failed_at
        for view in supply
        if view.name in down and view.standing.failed_at
    ]
    yield Matter(
        kind=NoticeKind.ENDING,
        key=MAINS,
        state=SEPARATOR.join(down),
        severity=len(down),
        since=min(began, key=lambda at: at.steady_s, default=None),
    )


def _is_unsure(view: ComponentView) -> bool:
    """Tell whether its state is unknown; without probes, people report failures."""
    lapsed = view.standing.reason is Reason.LAPSED
    return lapsed or bool(view.probes and view.standing.state is State.UNKNOWN)


def _ending(shot: Snapshot) -> Iterator[Matter]:
    """Yield channels in use, and backups, that end within some minutes."""
    ends: dict[str, list[tuple[Instant, int]]] = {}
    for line in shot.recommendations:
        for severity, told in ((2, line.use), (1, line.backup)):
            if told and (until := line.until.get(told.channel)):
                ends.setdefault(told.channel, []).append((until, severity))
    for view in shot.channels:
        near = [
            e
            for e in ends.get(view.name, ())
            if batteries.is_ending(e[0].steady_s, shot.at)
        ]
        if near:
            yield Matter(
                kind=NoticeKind.ENDING,
                key=f"ending/channel:{view.name}",
                state=view.name,
                severity=max(severity for _, severity in near),
                facts={"until": min(until.utc for until, _ in near).isoformat()},
            )


def _asking(shot: Snapshot) -> Iterator[Matter]:
    """Yield the words that end soon, and ask to be confirmed.

    A distrust does not end: its own matter tells that it asks.
    """
    for word in expiry.asking((*shot.marks, *shot.pins), shot.at):
        if isinstance(word, Mark) and word.says is Declared.DISTRUSTED:
            continue
        if isinstance(word, Pin):
            key, state = f"{ASKING_PIN}{word.line}", word.channel
        else:
            key, state = f"{ASKING_MARK}{word.subject}", word.says.value
        yield Matter(
            kind=NoticeKind.ENDING,
            key=key,
            state=state,
            severity=1,
            facts={"by": word.by, **_ends(word)},
        )


def _ends(word: Mark | Pin) -> dict[str, str]:
    return {"until": word.until.isoformat()} if word.until else {}


def _distrusts(shot: Snapshot) -> Iterator[Matter]:
    """Yield each distrust that a person put, the same one under a new name.

    Distrusts that only keep an edit from freeing channels are told by theirs.
    """
    for mark in shot.marks:
        if mark.says is Declared.DISTRUSTED and not mark.held_for:
            due = mark.until is not None and mark.until <= shot.at.utc
            yield Matter(
                kind=NoticeKind.DISTRUST,
                key=f"distrust/{mark.said_of or mark.subject}",
                state="due" if due else "put",
                severity=2 if due else 1,
                facts={"by": mark.by, "subject": mark.subject, **_ends(mark)},
                since=mark.began,
            )


def _overdue(config: Config, shot: Snapshot) -> Iterator[Matter]:
    """Yield the channels whose test by people is overdue."""
    for view in shot.channels:
        channel = config.channels.get(view.name)
        if channel is None or channel.test_every_s is None:
            continue
        patience_s = overrides.OVERDUE * channel.test_every_s
        tried_at = view.standing.tried_at
        patience = timedelta(seconds=patience_s)
        if tried_at is None or steady_clock.age(tried_at, shot.at) > patience:
            yield Matter(
                kind=NoticeKind.TEST_OVERDUE,
                key=f"test/{view.name}",
                state=view.name,
                severity=1,
                since=tried_at,
                ripens_s=0.0 if tried_at else patience_s,
            )


def _takeover(shot: Snapshot) -> Iterator[Matter]:
    """Yield that a standby probes without anybody's word; each time is new."""
    standby = shot.standby
    if standby and standby.probing and not standby.by:
        yield Matter(
            kind=NoticeKind.ITSELF,
            key=f"itself/{TOOK_OVER}",
            state=standby.since.utc.isoformat(),
            severity=1,
            facts={"word": TOOK_OVER},
        )


def _itself(shot: Snapshot) -> Iterator[Matter]:
    troubles: Sequence[str] = (
        *shot.trouble,
        *(["config_error"] if shot.config_error else []),
        *(["words_lost"] if shot.words_lost else []),
    )
    for word in troubles:
        yield Matter(
            kind=NoticeKind.ITSELF,
            key=f"itself/{word.partition(':')[0]}",
            severity=1,
            facts={"word": word},
        )
