"""Shared components that explain failures at several sites.

A failure is a channel that a heard site measures down. Shared components explain it, or
the site itself does. A component that works at any heard site, by a proof newer than
the failure, no longer explains it. Failures that may have a component in common are
explained together, exactly: by the fewest suspects, up to three components and for the
rest the sites themselves. Where several sets are as small, all are listed.

Source: Duffield, Network tomography of binary network performance characteristics,
IEEE Transactions on Information Theory 52 (2006).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain, combinations
from math import inf
from operator import or_
from typing import NamedTuple

from msgspec import Struct

from secours.core.diagnosis.suspects import CANDIDATES
from secours.core.graph.cut_sets import LARGEST, Cut, linked, minimal
from secours.core.sites.shared_components import shared_name
from secours.model.sections.line import Purpose
from secours.model.sites.views import CommonCause, SharedPart, SiteChannel, SiteView
from secours.model.snapshot import State

Family = frozenset[Cut]
"""The sets of shared components that each explain a failure."""

NOTHING: Cut = frozenset()
SEVERAL = 2  # sites: what only one has lost is its own
SIZES = range(1, LARGEST + 1)


def causes(views: Iterable[SiteView]) -> tuple[CommonCause, ...]:
    """Return the common causes of failures at several sites.

    First come those that leave most unable to alert, then those that explain most.
    """
    sites = [view for view in views if view.is_heard and view.heard is not None]
    proofs = _Proofs(sites)
    failures = [_failures(view, proofs) for view in sites]
    failing = _common(failures)
    candidates = (
        explained
        for group in linked({family: family for family in failing})
        for explained in _Group({f: failing[f] for f in group}, proofs).explanations()
    )

    def order(explained: _Explained) -> tuple[int, int, list[str]]:
        unable = _unable(explained, failures)
        return -unable, -explained.sites.bit_count(), sorted(explained.sets[0])

    return tuple(
        _cause(each, sites, failures) for each in sorted(candidates, key=order)
    )


def name_among(part: SharedPart, site: SiteView) -> str:
    """Return the common name of a component; "" for one of this site only."""
    return shared_name(part.name, site.region)


def has_failed(channel: SiteChannel) -> bool:
    """Tell whether a site measures a channel down."""
    return channel.state is State.DOWN and channel.failed_s is not None


# ------------------------------------------------------------------ what fails


class _Failure(NamedTuple):
    """Possible causes of a failed channel, its beginning, and its use to alert."""

    family: Family
    began_s: float
    alerts: bool  # nothing is left to alert with, which it served for


class _Proofs:
    """Latest proof of each shared component, at any site.

    A channel with alternatives proves that they are not all down.
    """

    def __init__(self, heard: Iterable[SiteView]) -> None:
        """Collect the proofs, by the components of which one at least must work."""
        self._at_s: dict[Cut, float] = {}
        for view in heard:
            for part in view.parts:
                if part.works and part.proved_s is not None:
                    names = frozenset({name_among(part, view)})
                    self._add(names, _ago(view, part.proved_s))
            for channel in view.channels:
                if channel.usable and channel.proved_s is not None:
                    for clause in channel.needs:
                        self._add(frozenset(clause), _ago(view, channel.proved_s))
        self._cache: dict[tuple[str, ...], tuple[Cut, float]] = {}

    def _add(self, names: Cut, at_s: float) -> None:
        self._at_s[names] = max(at_s, self._at_s.get(names, -inf))

    def of(self, clause: tuple[str, ...]) -> tuple[Cut, float]:
        """Return a set of components, and when one of them at least was last proved."""
        if clause not in self._cache:
            cut = frozenset(clause)
            self._cache[clause] = cut, self.newest(cut) if cut else inf
        return self._cache[clause]

    def newest(self, cut: Cut) -> float:
        """Return when one of these at least was last proved."""
        sizes = range(1, min(LARGEST, len(cut)) + 1)
        parts = (frozenset(part) for n in sizes for part in combinations(cut, n))
        return max((self._at_s.get(part, -inf) for part in parts), default=-inf)


def _failures(view: SiteView, proofs: _Proofs) -> list[_Failure]:
    """Return the failures of a site, without causes proved since anywhere."""
    failures, unable = [], view.lacks(Purpose.ALERT)
    for channel in view.channels:
        if has_failed(channel):
            began_s = _ago(view, channel.failed_s)
            sets = map(proofs.of, channel.needs)
            family = frozenset(cut for cut, at_s in sets if at_s <= began_s)
            alerts = unable and Purpose.ALERT in channel.purposes
            failures.append(_Failure(family, began_s, alerts))
    return failures


def _ago(view: SiteView, age_s: float | None) -> float:
    """Return a moment by our steady clock; a site gives ages as of when it is heard."""
    assert view.heard is not None  # callers leave out sites that are not heard
    return view.heard.steady_s - (age_s or 0.0)


class _Hit(NamedTuple):
    """Sites of failures, as bits of a number, and when the newest began."""

    sites: int = 0
    newest_s: float = -inf


def _common(failures: Iterable[Iterable[_Failure]]) -> dict[Family, _Hit]:
    """Return the possible causes of failures of several sites.

    Failures with the same causes are one. Causes of failures at one site alone are left
    out: they say no more than that the site failed.
    """
    failing: dict[Family, _Hit] = {}
    for number, of_site in enumerate(failures):
        for failure in of_site:
            _hit(failing, failure.family, _Hit(1 << number, failure.began_s))
    sites: dict[str, int] = {}
    for family, hit in failing.items():
        for name in set(chain.from_iterable(family)):
            sites[name] = sites.get(name, 0) | hit.sites
    single = {name for name, bits in sites.items() if bits.bit_count() < SEVERAL}
    hits: dict[Family, _Hit] = {}
    for family, hit in failing.items():
        left = minimal(cut for cut in family if single.isdisjoint(cut))
        if left:
            _hit(hits, left, hit)
    return hits


def _hit(failing: dict[Family, _Hit], family: Family, hit: _Hit) -> None:
    before = failing.get(family, _Hit())
    newest_s = max(before.newest_s, hit.newest_s)
    failing[family] = _Hit(before.sites | hit.sites, newest_s)


# ------------------------------------------------------------------ what explains it


class _Explained(Struct, frozen=True):
    """Sets of the lowest size, likeliest first, and the sites of the first as bits."""

    sets: tuple[Cut, ...]
    sites: int
    sure: Cut = NOTHING  # what has failed with any of them


class _Group:
    """Failures that may have a component in common, and the search for it."""

    def __init__(self, failing: Mapping[Family, _Hit], proofs: _Proofs) -> None:
        """Arrange them in columns: in each at most one failure of a site."""
        self._failing = {family: hit.sites for family, hit in failing.items()}
        self._newest_s = max(hit.newest_s for hit in failing.values())
        self._proofs = proofs
        self._sites = reduce(or_, self._failing.values())
        self._columns: list[tuple[int, dict[Cut, int]]] = []
        for family, bits in self._failing.items():
            self._enter(family, bits)

    def _enter(self, family: Family, bits: int) -> None:
        """Enter a failure of these sites where they have none yet, by column."""
        for number, (occupied, explains) in enumerate(self._columns):
            if here := bits & ~occupied:
                self._columns[number] = (occupied | here, explains)
                for cut in family:
                    explains[cut] = explains.get(cut, 0) | here
            bits &= occupied
            if not bits:
                return
        self._columns.append((bits, dict.fromkeys(family, bits)))

    def explanations(self) -> Iterator[_Explained]:
        """Yield the explanations: each sure one, and the tied ones apart.

        A member of every set is sure, if it explains something without the rest.
        """
        lowest = sorted(self._lowest(), key=self._order)
        in_all = frozenset().union(*lowest[:1]).intersection(*lowest)
        sure: Cut = NOTHING
        for part in self._apart(in_all):
            taken = self._taken(part)
            if taken.bit_count() >= SEVERAL:
                yield _Explained((part,), taken)
                sure |= part
        if lowest[1:]:
            sets = tuple(cut - sure for cut in lowest)
            yield _Explained(sets, self._taken(lowest[0], besides=sure), sure)

    def _lowest(self) -> frozenset[Cut]:
        """Return the smallest sets; each unexplained site adds one.

        They are smaller than the number of sites: else each may as well have failed by
        itself.
        """
        names = self._candidates()
        best = self._sites.bit_count() - 1
        smallest: list[Cut] = []
        for some in chain.from_iterable(combinations(names, n) for n in SIZES):
            if len(some) > best:
                break
            size = len(some) + self._left(some, best - len(some))
            if size > best or self._proofs.newest(frozenset(some)) > self._newest_s:
                continue  # or cleared by a proof newer than all these failures
            if size < best:
                best, smallest = size, []
            smallest.append(frozenset(some))
        return minimal(smallest)

    def _candidates(self) -> list[str]:
        """Return the possible components, those of most failures first."""
        names: Counter[str] = Counter()
        for family, bits in self._failing.items():
            names.update(dict.fromkeys(chain.from_iterable(family), bits.bit_count()))
        return sorted(names, key=lambda name: (-names[name], name))[:CANDIDATES]

    def _left(self, some: Sequence[str], most: int) -> int:
        """Count the sites with a failure left unexplained, up to `most`."""
        parts = [frozenset(part) for n in SIZES for part in combinations(some, n)]
        rest = 0
        for occupied, explains in self._columns:
            rest |= occupied & ~reduce(or_, (explains.get(part, 0) for part in parts))
            if rest.bit_count() > most:
                break
        return rest.bit_count()

    def _taken(self, cut: Cut, besides: Cut = NOTHING) -> int:
        """Return the sites with a failure explained by a set and not by `besides`."""
        bits = 0
        for family, sites in self._failing.items():
            if _explains(cut, family) and not _explains(besides, family):
                bits |= sites
        return bits

    def _order(self, cut: Cut) -> tuple[int, int, list[str]]:
        return len(cut), -self._taken(cut).bit_count(), sorted(cut)

    def _apart(self, cut: Cut) -> Iterator[Cut]:
        """Split a set into parts that explain failures without the rest."""
        alone = [frozenset({name}) for name in cut]
        joint = [
            part
            for family in self._failing
            if alone[1:] and family.isdisjoint(alone)
            for part in family
            if part <= cut
        ]
        for members in linked({part: (part,) for part in (*alone, *joint)}):
            yield frozenset().union(*members)


def _explains(cut: Cut, family: Family) -> bool:
    return any(part <= cut for part in family)


# ------------------------------------------------------------------ what it took


def _cause(
    explained: _Explained,
    sites: Sequence[SiteView],
    failures: Sequence[Iterable[_Failure]],
) -> CommonCause:
    first, *also = (tuple(sorted(cut)) for cut in explained.sets)
    numbers = _numbers(explained.sites)
    counts: Counter[str] = Counter()
    for number in numbers:
        counts.update(_lost(sites[number], failures[number], explained))
    return CommonCause(
        components=first,
        also=tuple(also),
        region=_region(first, sites),
        sites=tuple(sites[number].name for number in numbers),
        lost=dict(sorted(counts.items(), key=lambda each: (-each[1], each[0]))),
    )


def _numbers(bits: int) -> list[int]:
    """Return the numbers of these sites."""
    return [number for number in range(bits.bit_length()) if bits >> number & 1]


def _unable(explained: _Explained, failures: Sequence[Iterable[_Failure]]) -> int:
    """Count the sites that cannot alert, and lost a channel for that to it."""
    return sum(
        any(
            failure.alerts
            and any(_explains(cut, failure.family) for cut in explained.sets)
            for failure in failures[number]
        )
        for number in _numbers(explained.sites)
    )


def _region(names: Sequence[str], sites: Iterable[SiteView]) -> str:
    """Return the region of all sites that have one of these; "" for several."""
    regions = {
        view.region
        for view in sites
        if any(name_among(part, view) in names for part in view.parts)
    }
    return regions.pop() if len(regions) == 1 else ""


def _lost(
    view: SiteView, failures: Iterable[_Failure], explained: _Explained
) -> Iterator[str]:
    """Yield each other component, and each kind of channel, that a site has lost.

    A component is lost if it may have taken a failing channel beside the cause, or if
    the site itself blames it.
    """
    sets = [cut | explained.sure for cut in explained.sets]
    fell = {
        name
        for failure in failures
        if any(_explains(cut, failure.family) for cut in sets)
        for part in failure.family
        if len(part) == 1
        for name in part
    }
    fell |= {name_among(part, view) for part in view.parts if part.fails}
    yield from fell.difference({""}, *sets)
    yield from _lost_kinds(view.channels)


def _lost_kinds(channels: Iterable[SiteChannel]) -> set[str]:
    """Return the kinds of channel with a failed one and no usable one."""
    left = {channel.kind for channel in channels if channel.usable}
    return {c.kind for c in channels if c.kind and has_failed(c)} - left
