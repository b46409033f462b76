"""Second opinion of other sites on suspects, and the hub connection, in words."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from secours.model.snapshot import COUNTS_AFTER_S, Hub, Opinion, Snapshot
from secours.render.wording import suspects
from secours.render.wording.localizer import Localizer
from secours.render.wording.sites.hub_reason import hub_reason
from secours.render.wording.sites.province_word import words_here

MOST_OURS = 2  # sets of remaining suspects named
SILENT_S = 60.0  # without the hub, before it is shown


def sentences(localizer: Localizer, names: Collection[str] | None = None) -> list[str]:
    """Return whether each suspect works at other sites, the likeliest first.

    If given, only for these components, and those that fail with them. Less likely
    suspects are named only if they fail elsewhere or settle it. Stale data give
    nothing.
    """
    shot = localizer.snapshot
    if not 0 <= localizer.screen_age_s <= shot.screen.max_age_s:
        return []
    opinions = (
        _sentence(together, localizer)
        for together in _together(localizer)
        if names is None or _is_about(together, names, localizer)
    )
    return [*filter(None, opinions)]


def notes(localizer: Localizer) -> Iterator[str]:
    """Yield all that is to be known of other sites, the hub and the province."""
    yield from sentences(localizer)
    unheard = lost(localizer) or doubled(localizer)
    yield from filter(None, (unheard, cut(localizer)))
    yield from words_here(localizer)


def conclusions(localizer: Localizer) -> list[str]:
    """Return the suspects that other sites blame or clear."""
    known = {e.component for e in localizer.snapshot.opinions if e.ours or e.theirs}
    return sentences(localizer, known)


def hub(localizer: Localizer) -> str:
    """Return that other sites do not hear us, or do not count us; else ""."""
    return silent(localizer) or doubled(localizer)


def doubled(localizer: Localizer) -> str:
    """Return that another site uses our name; "" where none does."""
    found = localizer.snapshot.hub
    if found is None or found.doubled is None:
        return ""
    return localizer.say("note.doubled")


def cut(localizer: Localizer) -> str:
    """Return that our reports are cut for their size; "" where not."""
    found = localizer.snapshot.hub
    return localizer.say("note.cut", n=found.cut) if found and found.cut else ""


def silent(localizer: Localizer) -> str:
    """Return that other sites do not hear us; "" if they do, or there are none."""
    found = localizer.snapshot.hub
    if found is None or found.connected:
        return ""
    since_s = localizer.age_s(found.since)
    return localizer.say("note.hub", since_s=since_s) if since_s >= SILENT_S else ""


def lost(localizer: Localizer) -> str:
    """Return that the hub is unreached, for however short, and why; else ""."""
    hub_lost = _unreached(localizer)
    if hub_lost is None:
        return ""
    why = hub_reason(hub_lost.reason, localizer.language)
    return localizer.say("note.hub", since_s=localizer.age_s(hub_lost.since), why=why)


def unheard(localizer: Localizer) -> str:
    """Say that we do not hear other sites; "" while the hub is reached."""
    said = cut_off(localizer)
    return f"{' '.join(said)}." if said else ""


def cut_off(localizer: Localizer) -> tuple[str, str] | None:
    """Say that the hub is not reached, for how long and why; None while it is."""
    hub_lost = _unreached(localizer)
    if hub_lost is None:
        return None
    since_s = localizer.age_s(hub_lost.since)
    why = hub_reason(hub_lost.reason, localizer.language)
    how = localizer.say("province.hub.how", since_s=since_s, why=why)
    return localizer.say("province.hub.down"), how


def _unreached(localizer: Localizer) -> Hub | None:
    """Return the hub if unreached; at the start that is not known."""
    state = localizer.snapshot.hub
    if state is None or state.connected:
        return None
    begins = not state.reason and localizer.age_s(state.since) < COUNTS_AFTER_S
    return None if begins else state


def _is_about(
    together: Iterable[Opinion], names: Collection[str], localizer: Localizer
) -> bool:
    """Return whether it is about these components or their failures."""
    likely = _likely(localizer.snapshot)

    def is_of(each: Opinion) -> bool:
        if each.component in names or each.component in likely:
            return each.component in names
        return any(set(found) <= set(names) for found in each.ours)

    return any(map(is_of, together))


def _likely(shot: Snapshot) -> set[str]:
    """Return the nodes known down, or in a likeliest set of suspects."""
    groups = shot.explanations
    named = {name for each in groups for found in each.likeliest for name in found}
    return named.union(shot.known_down)


def _together(localizer: Localizer) -> Iterator[list[Opinion]]:
    """Yield groups with the same words, or of equal suspects that are all theirs."""
    found = _worth_saying(localizer)
    waiting = {each.component: each for each in found}
    for each in found:
        if each.component in waiting:
            alike = [each.component, *_as_likely(each, localizer)]
            if not each.theirs:
                alike = [name for name, o in waiting.items() if _said(o) == _said(each)]
            group = [waiting.pop(name) for name in alike if name in waiting]
            surest = max((len(one.fails_at) for one in group), default=0)
            yield [one for one in group if len(one.fails_at) == surest]


def _said(opinion: Opinion) -> tuple[object, ...]:
    """Return the words on a component without its name."""
    works, fails = len(opinion.works_at), len(opinion.fails_at)
    counted = (works, fails, len(opinion.suspected_at), opinion.heard)
    return opinion.theirs, opinion.ours, counted


def _worth_saying(localizer: Localizer) -> list[Opinion]:
    """Return opinions on likely suspects, then one for each kind of the others.

    That is the one that works at most sites, if it settles whose it is, or fails.
    """
    shot = localizer.snapshot
    likely = _likely(shot)
    on_likely = [each for each in shot.opinions if each.component in likely]
    kinds: dict[tuple[object, ...], Opinion] = {}
    for each in sorted(shot.opinions, key=lambda each: -len(each.works_at)):
        if each.component not in likely and (each.ours or each.fails_at):
            kinds.setdefault((each.ours, each.ours or each.fails_at), each)
    return [*on_likely, *kinds.values()]


def _as_likely(opinion: Opinion, localizer: Localizer) -> list[str]:
    """Return the equally likely suspects that are theirs too."""
    theirs = {each.component for each in localizer.snapshot.opinions if each.theirs}
    if opinion.component not in theirs:
        return []
    return [
        names[0]
        for group in localizer.snapshot.explanations
        if (opinion.component,) in group.likeliest
        for names in group.likeliest
        if len(names) == 1 and names[0] in theirs and names[0] != opinion.component
    ]


def _sentence(together: Sequence[Opinion], localizer: Localizer) -> str:
    opinion, k = together[0], len(together)
    name = ", ".join(localizer.component(each.component) for each in together)
    works, fails = len(opinion.works_at), len(opinion.fails_at)
    sites, suspected = opinion.heard, len(opinion.suspected_at)
    if opinion.ours:
        return localizer.say(
            "opinion.ours", name=name, k=k, n=works, what=_left(opinion, localizer)
        )
    if opinion.theirs:
        ill = min(len(each.fails_at + each.suspected_at) for each in together)
        most = max(each.heard for each in together)
        name = suspects.sets([(each.component,) for each in together], localizer)
        return localizer.say("opinion.theirs", name=name, n=ill, heard=most)
    facts = {"name": name, "k": k, "heard": sites, "works": works, "fails": fails}
    if works or fails:
        key = "both" if works and fails else "works" if works else "fails"
        return localizer.say(f"opinion.{key}", **facts)
    if suspected:
        return localizer.say(
            "opinion.suspected", name=name, k=k, n=suspected, heard=sites
        )
    return ""


def _left(opinion: Opinion, localizer: Localizer) -> str:
    """Name the remaining causes; the rest is counted."""
    what = suspects.sets(opinion.ours[:MOST_OURS], localizer)
    more = len(opinion.ours[MOST_OURS:])
    return f"{what}, {localizer.say('replay.suspects.more', n=more)}" if more else what
