"""What failed at several sites at once: exact, bounded, and never a guess."""

import random
import time
from collections.abc import Iterable
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import moment
from site_views import Said, fallen, good, line, lost, proof, site

from secours.core.sites.common_cause import causes
from secours.model.sections.line import Purpose
from secours.model.sites.views import SiteState, SiteView
from secours.model.snapshot import State

GRID = "power:grid, Verviers"
MOBILE, META, AZURE = "carrier:mobile-a", "provider:meta", "cloud:azure"


def named(views: Iterable[SiteView]) -> list[tuple[tuple[str, ...], ...]]:
    """Return of each cause its sets, likeliest first."""
    return [(each.components, *each.also) for each in causes(views)]


# ------------------------------------------------------------------ what is a cause


def test_what_several_sites_have_lost_is_the_cause() -> None:
    views = [site("a", lost("sms", MOBILE)), site("b", lost("sms", MOBILE))]

    (cause,) = causes(views)

    assert (cause.components, cause.also) == ((MOBILE,), ())
    assert cause.sites == ("a", "b")


@pytest.mark.parametrize(
    "other",
    [
        good("sms"),
        lost("sms", failed_s=None),
        lost("sms", MOBILE, state=State.UNKNOWN),
        lost("sms", META),
        lost("sms"),
    ],
    ids=["works", "only presumed", "unknown", "another component", "its own"],
)
def test_what_one_site_has_lost_is_its_own(other: Said) -> None:
    assert causes([site("a", lost("sms", MOBILE)), site("b", other)]) == ()


@pytest.mark.parametrize("state", [SiteState.NOT_HEARD, SiteState.DOUBLE])
def test_who_is_not_heard_counts_for_nothing(state: SiteState) -> None:
    views = [_failing("a"), replace(_failing("b"), state=state)]
    cleared = [*map(_failing, "ab"), site("c", proof(MOBILE), state=state)]

    assert causes(views) == ()
    assert named(cleared) == [((MOBILE,),)]


def _failing(name: str) -> SiteView:
    return site(name, lost("sms", MOBILE))


# ------------------------------------------------------------------ what is cleared


@pytest.mark.parametrize(
    ("ago_s", "cleared"),
    [(59.0, True), (60.0, False), (61.0, False)],
    ids=["newer", "as old", "older"],
)
def test_a_proof_newer_than_the_failure_clears(ago_s: float, *, cleared: bool) -> None:
    views = [*map(_failing, "ab"), site("c", proof(MOBILE, ago_s))]

    assert (causes(views) == ()) is cleared


def test_ages_are_as_of_when_each_site_was_heard() -> None:
    # It failed 60 s before 1000, and the proof is of 1000 - 25 - 40: before that.
    old = site("c", proof(MOBILE, 40.0), heard=moment(975))

    assert named([*map(_failing, "ab"), old]) == [((MOBILE,),)]


def test_what_works_is_cleared_for_each_failure_by_its_own_hour() -> None:
    # A proof of 30 s ago clears what failed a minute ago, not what failed just now.
    now = [site(name, lost("sms", MOBILE, failed_s=5.0)) for name in "ab"]
    before = [site(name, lost("sms", MOBILE)) for name in "cd"]

    (cause,) = causes([*now, *before, site("e", proof(MOBILE, 30.0))])

    assert cause.sites == ("a", "b")


def test_what_is_cleared_leaves_the_rest_to_blame() -> None:
    views = [site(n, lost("whatsapp", META, AZURE)) for n in "ab"]

    assert named(views) == [((AZURE,), (META,))]
    assert named([*views, site("c", proof(AZURE))]) == [((META,),)]


def test_power_elsewhere_clears_nothing_here() -> None:
    views = [site(n, lost("sms", GRID), region="Verviers") for n in "ab"]
    grid = proof("power:grid")

    assert named([*views, site("c", grid, region="Liège")]) == [((GRID,),)]
    assert named([*views, site("c", grid)]) == [((GRID,),)]
    assert named([*views, site("c", grid, region="Verviers")]) == []


def test_what_worked_and_does_no_more_clears_nothing() -> None:
    worked = replace(proof(MOBILE), works=False)

    assert named([*map(_failing, "ab"), site("c", worked)]) == [((MOBILE,),)]


# ------------------------------------------------------------------ how it is explained


def test_of_alternatives_all_must_have_failed() -> None:
    views = [site(n, lost("sms", [MOBILE, "carrier:b"])) for n in "abd"]

    assert named(views) == [(("carrier:b", MOBILE),)]
    assert named([*views, site("c", proof(MOBILE))]) == []


def test_who_works_over_alternatives_proves_that_not_all_are_down() -> None:
    views = [site(n, lost("sms", [MOBILE, "carrier:b"])) for n in "abd"]
    both = good("sms", needs=(("carrier:b", MOBILE),), proved_s=5.0)

    assert named([*views, site("c", both)]) == []
    assert len(named([*views, site("c", replace(both, proved_s=61.0))])) == 1
    assert len(named([*views, site("c", replace(both, usable=False))])) == 1


def test_a_set_is_cleared_where_what_needs_one_of_it_works() -> None:
    # Both would explain all, but something works that needs one of them.
    views = [
        *(site(n, lost("sms", MOBILE), lost("both", MOBILE, META)) for n in "abc"),
        *(site(n, lost("chat", META)) for n in "def"),
    ]
    either = good("any", needs=((MOBILE, META),), proved_s=5.0)

    assert len(named(views)) == 2
    assert named([*views, site("g", either)]) == [((META,), (MOBILE,))]


def test_the_fewest_are_blamed() -> None:
    views = [
        site("a", lost("sms", MOBILE, GRID), lost("chat", META, GRID)),
        site("b", lost("sms", MOBILE, GRID), lost("chat", META, GRID)),
    ]

    assert named(views) == [((GRID,),)]


def test_alternatives_that_say_no_more_link_nothing() -> None:
    views = [
        site("a", lost("sms", MOBILE, [MOBILE, META])),
        site("b", lost("chat", META, [MOBILE, AZURE])),
    ]

    assert causes(views) == ()


def test_causes_that_have_nothing_to_do_with_each_other_are_apart() -> None:
    views = [
        *(site(n, lost("sms", MOBILE)) for n in "abc"),
        *(site(n, lost("chat", META)) for n in "de"),
    ]

    assert named(views) == [((MOBILE,),), ((META,),)]


def test_two_that_are_sure_are_apart_though_a_failure_links_them() -> None:
    views = [
        *(site(n, lost("sms", MOBILE)) for n in "abc"),
        *(site(n, lost("chat", META)) for n in "de"),
        site("f", lost("both", MOBILE, META)),
    ]

    found = {each.components: each.sites for each in causes(views)}

    assert found == {(MOBILE,): tuple("abcf"), (META,): tuple("def")}


def test_what_one_site_adds_is_its_own() -> None:
    views = [*map(_failing, "abc"), site("d", lost("sms", AZURE, META))]
    views += [site("e", lost("sms", MOBILE, AZURE))]

    (cause,) = causes(views)

    assert (cause.components, cause.sites) == ((MOBILE,), tuple("abce"))


def test_of_what_is_as_likely_all_are_listed() -> None:
    views = [site(n, lost("sms", MOBILE, AZURE, META)) for n in "ab"]

    assert named(views) == [((MOBILE,), (AZURE,), (META,))]


def test_what_is_sure_is_apart_from_what_is_tied() -> None:
    # The grid is in every set, so it is no guess; of the other two one is to blame.
    views = [
        *(site(n, lost("sms", GRID), lost("any", GRID, MOBILE, AZURE)) for n in "abc"),
        *(site(n, lost("chat", MOBILE, AZURE)) for n in "cde"),
    ]

    found = {(c.components, *c.also): c.sites for c in causes(views)}

    assert found == {
        ((GRID,),): tuple("abc"),
        ((MOBILE,), (AZURE,)): tuple("cde"),
    }


def test_what_is_tied_may_need_what_is_sure() -> None:
    both = [GRID, MOBILE], [GRID, AZURE]
    views = [
        *(site(n, lost("sms", *both)) for n in "abc"),
        *(site(n, lost("chat", GRID, META)) for n in "cde"),
    ]

    found = {(c.components, *c.also): c.sites for c in causes(views)}

    assert found == {
        ((GRID,),): tuple("cde"),
        ((MOBILE,), (AZURE,)): tuple("abc"),
    }


def test_what_explains_nothing_without_the_rest_is_not_apart() -> None:
    views = [site(n, lost("sms", [GRID, MOBILE], [GRID, AZURE])) for n in "abc"]

    assert named(views) == [((MOBILE, GRID), (AZURE, GRID))]


def test_what_is_in_all_of_them_is_said_by_itself() -> None:
    views = [
        site(
            n, lost("sms", MOBILE, GRID), lost("radio", GRID), lost("chat", META, AZURE)
        )
        for n in "ab"
    ]
    views += [site("c", lost("sms", GRID)), site("d", lost("chat", META, AZURE, GRID))]

    assert named(views) == [((GRID,),), ((AZURE,), (META,))]


def test_as_many_components_as_sites_are_nothing_in_common() -> None:
    views = [site(n, lost("sms", [MOBILE, AZURE])) for n in "ab"]

    assert causes(views) == ()
    assert named([*views, site("c", lost("any", [MOBILE, AZURE]))]) == [
        ((MOBILE, AZURE),)
    ]


def test_most_sites_come_first() -> None:
    views = [site(n, lost("chat", META)) for n in "ab"]
    views += [site(n, lost("sms", MOBILE)) for n in "cde"]

    assert [len(each.sites) for each in causes(views)] == [3, 2]


def test_what_leaves_sites_unable_to_alert_comes_first() -> None:
    """It is what took a channel to alert of a site that has none left."""
    chat = lost("chat", META, purposes=(Purpose.COORDINATE,))
    views = [site(n, chat) for n in "abc"]
    sms = lost("sms", MOBILE)
    views += [site("d", sms, chat, line(None)), site("e", sms, line(None))]

    assert named(views) == [((MOBILE,),), ((META,),)]
    serves = replace(sms, purposes=(Purpose.COORDINATE,))
    others = [replace(v, channels=(serves, *v.channels[1:])) for v in views[3:]]
    assert named([*views[:3], *others]) == [((META,),), ((MOBILE,),)]


# ------------------------------------------------------------------ what it took


def test_it_says_what_else_fell_at_how_many_sites() -> None:
    views = [
        site("a", lost("sms", GRID, MOBILE), fallen("power:grid"), region="Verviers"),
        site("b", lost("sms", GRID), lost("chat", GRID), fallen(MOBILE)),
        site("c", lost("sms", GRID), good("sms2", kind="sms")),
        site("d", fallen(MOBILE)),
    ]

    (cause,) = causes(views)

    assert cause.components == (GRID,)
    assert cause.lost == {MOBILE: 2, "sms": 2, "chat": 1}


def test_what_works_elsewhere_did_not_fall_with_it() -> None:
    views = [site(n, lost("sms", GRID, MOBILE)) for n in "ab"]

    (cause,) = causes([*views, site("c", proof(MOBILE))])

    assert cause.lost == {"sms": 2}


def test_what_failed_beside_it_did_not_fall_with_it() -> None:
    views = [site(n, lost("sms", GRID), lost("chat", META)) for n in "ab"]

    assert [each.lost for each in causes(views)] == [{"chat": 2, "sms": 2}] * 2


@pytest.mark.parametrize(
    ("regions", "said"),
    [("xx-", "x"), ("xy-", ""), ("--x", "")],
    ids=["one", "two", "without it"],
)
def test_it_says_the_region_of_all_that_have_it(regions: str, said: str) -> None:
    first, second, third = (region.strip("-") for region in regions)
    views = [
        site("a", lost("sms", MOBILE), fallen(MOBILE), region=first),
        site("b", lost("sms", MOBILE), fallen(MOBILE), region=second),
    ]
    apart = site("c", good("sms"), region=third)

    (cause,) = causes([*views, apart])

    assert cause.region == said


# ------------------------------------------------------------------ exact, and bounded


COMPONENTS = [f"carrier:{letter}" for letter in "abcde"]
CLAUSES = st.lists(st.sampled_from(COMPONENTS), min_size=1, max_size=2, unique=True)
NEEDS = st.lists(CLAUSES, max_size=3)
SITES = st.lists(st.lists(NEEDS, max_size=3), max_size=5)


@given(SITES, st.lists(CLAUSES, max_size=2))
def test_it_is_what_trying_all_sets_finds(
    sites: list[list[list[list[str]]]], works: list[list[str]]
) -> None:
    views = [
        site(str(n), *(lost(f"c{m}", *needs) for m, needs in enumerate(channels)))
        for n, channels in enumerate(sites)
    ]
    working = good("w", needs=tuple(map(tuple, works)), proved_s=5.0)
    views.append(site("witness", working))

    groups = tried(sites, works)
    tied = {frozenset(map(frozenset, sets)) for sets in named(views) if sets[1:]}
    said = {name for sets in named(views) for names in sets for name in names}
    several = {name for name in COMPONENTS if len(failing_alone(sites, name)) > 1}

    assert tied <= parted(groups)
    assert said <= together(groups)
    assert said >= together(sets for sets in groups if len(sets) > 1)
    assert said >= together(groups) & several


def failing_alone(sites: list[list[list[list[str]]]], name: str) -> set[int]:
    """Return the sites where something fails that falls with this alone."""
    return {n for n, channels in enumerate(sites) for c in channels if [name] in c}


def parted(groups: list[set[frozenset[str]]]) -> set[frozenset[frozenset[str]]]:
    """Return the sets of each group, also without any of what is in all of them."""
    return {
        frozenset(cut.difference(apart) for cut in sets)
        for sets in groups
        for size in range(4)
        for apart in combinations(frozenset.intersection(*sets), size)
    }


def together(groups: Iterable[set[frozenset[str]]]) -> set[str]:
    """Return all components that are in a set of a group."""
    return {name for sets in groups for cut in sets for name in cut}


def tried(
    sites: list[list[list[list[str]]]], works: list[list[str]]
) -> list[set[frozenset[str]]]:
    """Return of each group of failures the smallest sets, by trying every one."""
    failures = [
        (n, cuts)
        for n, channels in enumerate(sites)
        for needs in channels
        if (cuts := [set(c) for c in needs if not _is_cleared(set(c), works)])
    ]
    at: dict[str, set[int]] = {}
    for n, cuts in failures:
        for name in set().union(*cuts):
            at.setdefault(name, set()).add(n)
    common = {name for name, where in at.items() if len(where) > 1}
    left = [(n, [c for c in cuts if c <= common]) for n, cuts in failures]
    left = [(n, cuts) for n, cuts in left if cuts]
    # A cut that holds a smaller one of the same failure adds nothing to it.
    groups: list[list[tuple[int, list[set[str]]]]] = []
    for failure in left:
        names = set().union(*_least(failure[1]))
        near = [g for g in groups if any(names & set().union(*_least(c)) for _, c in g)]
        groups = [g for g in groups if g not in near]
        groups.append([failure, *chain.from_iterable(near)])
    return [found for group in groups if (found := _smallest(group, works))]


def _least(cuts: list[set[str]]) -> list[set[str]]:
    return [cut for cut in cuts if not any(other < cut for other in cuts)]


def _is_cleared(cut: Iterable[str], works: list[list[str]]) -> bool:
    return any(set(clause) <= set(cut) for clause in works)


def _smallest(
    group: list[tuple[int, list[set[str]]]], works: list[list[str]]
) -> set[frozenset[str]]:
    sizes = {}
    for size in range(4):
        for some in map(frozenset, combinations(COMPONENTS, size)):
            left = {n for n, cuts in group if not any(cut <= some for cut in cuts)}
            if not _is_cleared(some, works):
                sizes[some] = size + len(left)
    best = {some for some, size in sizes.items() if size == min(sizes.values())}
    if frozenset() in best:  # each site may as well have failed by itself
        return set()
    return {some for some in best if not any(other < some for other in best)}


def test_a_thousand_sites_with_ten_failures_each_take_no_time() -> None:
    rng = random.Random(3)
    providers = [f"provider:{n}" for n in range(15)]
    kinds = [(f"k{n}", rng.sample(providers, 2), f"carrier:{n % 3}") for n in range(30)]

    def failing(n: int) -> SiteView:
        region = f"r{n % 20}"
        mine = [
            lost(name, *needs, carrier, f"power:grid, {region}", failed_s=60 + n / 1000)
            for name, needs, carrier in rng.sample(kinds, 10)
        ]
        return site(f"s{n}", *mine, proof("provider:3"), region=region)

    views = [failing(n) for n in range(1000)]
    taken_s = []
    for _ in range(5):
        began = time.process_time()
        causes(views)
        taken_s.append(time.process_time() - began)

    assert min(taken_s) < 1.0
