"""Second opinion of other sites on what is blamed here.

It orders and words the suspects. It changes neither their sets nor what is presumed,
and no state. A success elsewhere speaks for a component only if newer than every
failure here that the component would explain; nobody votes. "It is us" is said where
most sites with the component have proved it since, none finds it failing, and all other
suspects are ours. "It is them" is said where it fails at most of them, at three at
least, and works at none; a site that suspects it and nothing of its own counts there
too. Else both are only counted.

Where only what is ours may be to blame, its dependents have an opinion too: their
unsuspected needs of others work elsewhere, or do not. That is "us" as well, while no
other dependent fails elsewhere.

Two failures at once may leave no likeliest suspect, as something in each set works
elsewhere. Then the larger sets remain, without those with something that works
elsewhere since all here failed, and fails nowhere. They are blamed if all are ours.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import inf

from msgspec import Struct, field
from msgspec.structs import replace

from secours.core.graph import dependencies
from secours.core.sites import own_parts
from secours.core.sites.own_view import own_channels
from secours.core.sites.shared_components import is_shared, shared_name
from secours.model.nodes import channel_node, is_channel, name_in
from secours.model.plan import Config
from secours.model.sites.views import SiteChannel, SiteState, SiteView
from secours.model.snapshot import Explained, Link, Opinion, Snapshot

MOST, OF = 2, 3  # of the sites that have a component
FEWEST = 3  # sites at which it fails before it is called theirs


class Elsewhere(Struct, frozen=True, kw_only=True):
    """Findings of the other heard sites on what may have failed here."""

    region: str
    opinions: Mapping[str, Opinion] = field(default_factory=dict)  # by component
    proved: frozenset[str] = frozenset()  # our channels, by node: one like it works at
    # another site, over all that both need of others
    cleared: frozenset[str] = frozenset()  # what works elsewhere since all here failed,
    # and fails at no other site

    def works(self, name: str) -> bool:
        """Tell whether a component works at another site."""
        return name in self.opinions and bool(self.opinions[name].works_at)

    def fails(self, name: str) -> bool:
        """Tell whether a component fails at another site, and works at none."""
        found = self.opinions.get(name)
        return found is not None and bool(_ill(found)) and not found.works_at

    def is_ours(self, name: str) -> bool:
        """Tell whether only we can have caused that this fails."""
        if is_channel(name):
            return name in self.proved
        return not is_shared(name, self.region)


def second_opinion(
    config: Config, shot: Snapshot, views: Collection[SiteView]
) -> Snapshot:
    """Return a snapshot with other sites' opinions on its suspects."""
    return ordered(shot, opinions(config, shot, views))


def is_asked(shot: Snapshot) -> bool:
    """Tell whether there is a suspect of which other sites may see more."""
    return bool(shot.known_down) or any(shot.suspects)


def opinions(
    config: Config, shot: Snapshot, views: Collection[SiteView]
) -> tuple[Opinion, ...]:
    """Return the opinion of other sites on each component that may have failed here.

    The likeliest comes first. One that no other site has, or of which none that counts
    is heard, is left out.
    """
    if config.sites is None or not is_asked(shot):
        return ()
    suspected = [name for names in shot.suspects for name in names]
    region = config.sites.region
    behind = _behind(config, shot, region)
    likely = [name for each in shot.explanations for s in each.likeliest for name in s]
    blamed = dict.fromkeys((*shot.known_down, *likely, *behind, *suspected))
    others = [v for v in views if v.name != config.sites.name and _counts(v)]
    by_component = {
        name: opinion
        for name in blamed
        if not is_channel(name) and is_shared(name, region)
        if (opinion := _opinion(config, shot, name, others)).heard
    }
    if not by_component:
        return ()
    elsewhere = Elsewhere(
        region=region,
        opinions=by_component,
        proved=frozenset(_proved(config, shot, filter(is_channel, blamed), others)),
        cleared=frozenset(_cleared(config, shot, by_component.values(), others)),
    )
    return tuple(
        _concluded_behind(each, behind, elsewhere)
        if each.component in behind
        else _concluded(each, shot, elsewhere)
        for each in by_component.values()
    )


def ordered(shot: Snapshot, opinions: Sequence[Opinion]) -> Snapshot:
    """Return a snapshot with these opinions, and its suspects in their order.

    Of sets of one size, those whose members all fail elsewhere come first, and those
    with a member that works elsewhere last.
    """
    elsewhere = Elsewhere(
        region="", opinions={each.component: each for each in opinions}
    )

    def order(names: tuple[str, ...]) -> tuple[int, int]:
        if any(map(elsewhere.works, names)):
            return len(names), 2
        return len(names), 0 if all(map(elsewhere.fails, names)) else 1

    explanations = tuple(
        replace(group, suspects=tuple(sorted(group.suspects, key=order)))
        for group in shot.explanations
    )
    return replace(
        shot,
        explanations=explanations,
        suspects=tuple(s for group in explanations for s in group.suspects),
        opinions=tuple(opinions),
    )


# ------------------------------------------------------------------ what is asked of


def _behind(
    config: Config, shot: Snapshot, region: str
) -> dict[str, tuple[Explained, ...]]:
    """Return unlikely suspects that fail with a likely one, and its groups.

    They are single needs of failing nodes, which nothing here proves; those of most
    nodes come first.
    """
    nodes, failing = dependencies.of(config), own_parts.failing(shot)
    causes = (*shot.explanations, *_measured(config, shot, region))
    likely = {name for each in shot.explanations for s in each.likeliest for name in s}
    needed = {
        name: [
            cause
            for cause in causes
            for node in map(channel_node, cause.channels)
            if node in failing and name in nodes.single(node)
        ]
        for name in config.components
        if is_shared(name, region) and name not in likely.union(shot.known_down)
    }
    return {
        name: tuple(dict.fromkeys(needed[name]))
        for name in sorted(needed, key=lambda name: -len(needed[name]))
        if needed[name] and not own_parts.works_here(config, shot, name)
    }


def _measured(config: Config, shot: Snapshot, region: str) -> Iterator[Explained]:
    """Yield what is ours and was measured down, and what fails with it."""
    nodes, failing = dependencies.of(config), own_parts.failing(shot)
    for part in shot.components:
        name, word = part.name, part.standing.declared_by
        if name in shot.known_down and word is None and not is_shared(name, region):
            taken = (node for node in failing if name in nodes.single(node))
            channels = tuple(sorted(map(name_in, taken)))
            yield Explained(channels=channels, suspects=((name,),))


# ------------------------------------------------------------------ what others see


def _counts(view: SiteView) -> bool:
    """Tell whether a site's view of the world counts."""
    cut_off = view.state is SiteState.OWN_LINK or view.own_link is Link.DOWN
    return view.is_heard and view.heard is not None and not cut_off


def _opinion(
    config: Config, shot: Snapshot, name: str, others: Sequence[SiteView]
) -> Opinion:
    """Return where a component works, and where it fails."""
    assert config.sites is not None
    shared = shared_name(name, config.sites.region)
    since_s = _failed_by_s(config, shot, name)
    has, works, fails, suspected = 0, [], [], []
    for view in others:
        if shared_name(name, view.region) != shared:
            continue
        parts = [part for part in view.parts if part.name == name]
        has += bool(parts)
        if any(p.works and _moment_s(view, p.proved_s) > since_s for p in parts):
            works.append(view.name)
        elif any(part.fails for part in parts):
            fails.append(view.name)
        elif any(part.common for part in parts):
            suspected.append(view.name)
    return Opinion(
        component=name,
        works_at=tuple(sorted(works)),
        fails_at=tuple(sorted(fails)),
        suspected_at=tuple(sorted(suspected)),
        heard=has,
    )


def _cleared(
    config: Config,
    shot: Snapshot,
    opinions: Iterable[Opinion],
    others: Sequence[SiteView],
) -> Iterator[str]:
    """Yield components that work elsewhere since all here failed, and fail nowhere."""
    failing = own_parts.measured_down(shot)
    since_s = max((_over_s(config, each) for each in failing), default=inf)
    for opinion in opinions:
        proofs_s = (
            _moment_s(view, part.proved_s)
            for view in others
            if view.name in opinion.works_at
            for part in view.parts
            if part.name == opinion.component and part.works
        )
        if max(proofs_s, default=-inf) > since_s and not _ill(opinion):
            yield opinion.component


def _moment_s(view: SiteView, age_s: float | None) -> float:
    """Return a moment at another site, by our steady clock."""
    if age_s is None or view.heard is None:
        return -inf
    return view.heard.steady_s - max(0.0, age_s)


def _failed_by_s(config: Config, shot: Snapshot, name: str) -> float:
    """Return when all that a component would explain had failed here.

    A failed test may have begun before the failure, so its whole timeout is added.
    Infinite where the failure is not known: nothing is newer.
    """
    found = own_parts.failures(config, shot, name)
    return max((_over_s(config, each) for each in found), default=inf)


def _over_s(config: Config, each: own_parts.OwnFailure) -> float:
    lasts_s = (probe.timeout_s for probe in config.owners[each.node].probes)
    return each.began.steady_s + max(lasts_s, default=0.0)


def _proved(
    config: Config, shot: Snapshot, nodes: Iterable[str], others: Sequence[SiteView]
) -> Iterator[str]:
    """Yield our channels that work at another site, over the needs of both."""
    assert config.sites is not None
    seen = tuple(own_parts.sights(config, shot))
    found = own_channels(config, shot, config.sites.region, seen)
    ours = {each.name: each for each in found}
    for node in nodes:
        mine, since_s = ours[name_in(node)], _failed_by_s(config, shot, node)
        if any(
            _is_like(each, mine) and _moment_s(view, each.proved_s) > since_s
            for view in others
            for each in view.channels
        ):
            yield node


def _is_like(other: SiteChannel, mine: SiteChannel) -> bool:
    """Tell whether a channel elsewhere proves that one like ours can work."""
    alike = bool(mine.kind) and other.kind == mine.kind
    return alike and set(other.needs) >= set(mine.needs)


# ------------------------------------------------------------------ what that says


def _concluded(opinion: Opinion, shot: Snapshot, elsewhere: Elsewhere) -> Opinion:
    """Conclude "us" or "them" where possible."""
    name = opinion.component
    groups = [g for g in shot.explanations if any(name in s for s in g.likeliest)]
    if ours := _all_ours(opinion, groups, elsewhere):
        return replace(opinion, ours=ours)
    fails = len(_ill(opinion))
    alone = name in shot.known_down or any((name,) in g.likeliest for g in groups)
    enough = fails >= FEWEST and fails * OF >= opinion.heard * MOST
    return replace(opinion, theirs=alone and enough and not opinion.works_at)


def _concluded_behind(
    opinion: Opinion,
    behind: Mapping[str, tuple[Explained, ...]],
    elsewhere: Elsewhere,
) -> Opinion:
    """Conclude "us" where all that fails with it may work elsewhere."""
    causes = behind[opinion.component]
    together = (
        found
        for name, found in elsewhere.opinions.items()
        if not set(causes).isdisjoint(behind.get(name, ()))
    )
    if any(map(_ill, together)):
        return opinion
    return replace(opinion, ours=_all_ours(opinion, causes, elsewhere))


def _all_ours(
    opinion: Opinion, groups: Iterable[Explained], elsewhere: Elsewhere
) -> tuple[tuple[str, ...], ...]:
    """Return the remaining suspects, if it works elsewhere and all are ours."""
    works = len(opinion.works_at)
    if not works or _ill(opinion) or works * OF < opinion.heard * MOST:
        return ()
    left = [_left(group, elsewhere) for group in groups]
    sets = dict.fromkeys(names for each in left for names in each)
    return tuple(sets) if all(left) else ()


def _ill(opinion: Opinion) -> tuple[str, ...]:
    """Return the sites at which a shared failure may be this component."""
    return opinion.fails_at + opinion.suspected_at


def _left(group: Explained, elsewhere: Elsewhere) -> list[tuple[str, ...]]:
    """Return the suspects that do not work elsewhere, if all are ours."""
    candidates = [s for s in group.likeliest if not any(map(elsewhere.works, s))]
    if not candidates:
        candidates = [s for s in group.suspects if elsewhere.cleared.isdisjoint(s)]
    ours = all(elsewhere.is_ours(name) for names in candidates for name in names)
    smallest = min(map(len, candidates), default=0)
    shortest = [names for names in candidates if len(names) == smallest]
    return shortest if ours and not group.unexplained else []
