"""What other sites see of what is blamed here, and what that may change: words."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import pytest
from core.sites.towns import after, neighbour, taken, town
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import (
    COMPONENTS,
    channel,
    component,
    moment,
    needs_among,
    probe,
    result,
    tick,
)
from soak import share_of

from secours.core.graph import dependencies
from secours.core.sites.life import Sent, began
from secours.core.sites.opinion import opinions, second_opinion
from secours.core.sites.own_view import own_view
from secours.core.sites.shared_components import is_shared
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.sites.membership import Shares
from secours.model.sites.views import (
    Alive,
    SharedPart,
    SiteChannel,
    SiteState,
    SiteView,
)
from secours.model.snapshot import Link, Opinion, Snapshot, State

META, FIBRE = "provider:meta", "internet:fibre"
OVER_S = 1.0 + 10.0  # when the first failing test here was over
OURS = town(
    component(META),
    component(FIBRE),
    channel("whatsapp", META, FIBRE, kind="whatsapp"),
)
THEIRS = town(component(META), channel("whatsapp", META, kind="whatsapp"))
FAILING = after(OURS, "whatsapp x", until=60.0)


def works(name: str, *, second: float = 30.0, config: Config = THEIRS) -> SiteView:
    """Return a site at which it worked a second and two after this one."""
    return neighbour(name, config, after(config, "whatsapp o", second=second))


def fails(name: str, config: Config = THEIRS) -> SiteView:
    return neighbour(name, config, after(config, "whatsapp x", second=30.0))


def sites(number: int, *, like: SiteView) -> list[SiteView]:
    return [replace(like, name=f"{like.name}-{n}") for n in range(number)]


def seen(*views: SiteView, now: Snapshot = FAILING, config: Config = OURS) -> Opinion:
    (found,) = opinions(config, now, views)
    return found


def test_what_works_elsewhere_since_it_fails_here_is_us() -> None:
    found = seen(*sites(41, like=works("other")))

    assert (found.component, len(found.works_at), found.heard) == (META, 41, 41)
    assert found.ours == ((FIBRE,), ("channel:whatsapp",))
    assert not found.theirs


def test_what_fails_at_most_sites_is_them() -> None:
    found = seen(*sites(38, like=fails("other")), *sites(2, like=silent("quiet")))

    assert (len(found.fails_at), found.heard) == (38, 40)
    assert found.theirs
    assert not found.ours


def silent(name: str) -> SiteView:
    """Return a site that has the component and knows nothing of it."""
    return neighbour(name, THEIRS, after(THEIRS, second=30.0))


def test_what_most_sites_suspect_without_a_cause_of_their_own_is_them() -> None:
    parts = (component(META), component("service:whatsapp"))
    config = town(*parts, channel("whatsapp", META, "service:whatsapp"))
    now = after(config, "whatsapp x", until=60.0)
    ill = sites(38, like=fails("ill", config))
    ours = sites(9, like=fails("own", OURS))  # where it may be the fibre of the site

    for found in opinions(config, now, ill):
        assert (len(found.suspected_at), found.fails_at) == (38, ())
        assert found.theirs
    for found in opinions(config, now, ours):
        assert not found.suspected_at
        assert not found.theirs


def test_in_between_both_are_counted() -> None:
    found = seen(*sites(3, like=works("well")), *sites(4, like=fails("ill")))

    assert (len(found.works_at), len(found.fails_at), found.heard) == (3, 4, 7)
    assert not found.ours
    assert not found.theirs


@pytest.mark.parametrize(
    ("second", "proves"),
    [
        pytest.param(-100.0, False, id="before"),
        pytest.param(OVER_S - 2.0, False, id="while-our-test-still-ran"),
        pytest.param(OVER_S - 1.9, True, id="just-after"),
    ],
)
def test_only_what_is_newer_than_the_failure_here_proves_anything(
    second: float, proves: bool
) -> None:
    view = works("other", second=max(0.0, second))
    (part,) = view.parts
    view = replace(view, parts=(replace(part, proved_s=0.0),))
    view = replace(view, heard=moment(second + 2.0))

    assert bool(seen(view).works_at) is proves


def test_an_age_counts_from_when_it_was_heard() -> None:
    (part,) = works("other").parts
    old = replace(works("other"), parts=(replace(part, proved_s=30.0),))

    assert not seen(old).works_at


def test_a_failure_here_that_came_later_asks_for_a_newer_proof() -> None:
    config = town(
        component(META),
        channel("whatsapp", META),
        channel("messenger", META),
    )
    failing = [("whatsapp", 1.0), ("whatsapp", 2.0), ("messenger", 40.0)]
    events = [result(name, "x", at) for name, at in (*failing, ("messenger", 41.0))]
    now = taken(config, *events, tick(80.0))
    assert now.explanations[0].likeliest == ((META,),)

    assert not seen(works("other", second=30.0), now=now, config=config).works_at
    assert seen(works("other", second=60.0), now=now, config=config).works_at


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"state": SiteState.NOT_HEARD}, id="not-heard"),
        pytest.param({"state": SiteState.DOUBLE}, id="double"),
        pytest.param({"state": SiteState.OWN_LINK}, id="own-link"),
        pytest.param({"own_link": Link.DOWN}, id="link-down"),
        pytest.param({"heard": None}, id="never-heard"),
        pytest.param({"name": "dison"}, id="ourselves"),
    ],
)
@pytest.mark.parametrize(
    "view", [pytest.param(works("other"), id="works"), pytest.param(fails("o"), id="x")]
)
def test_some_count_for_nothing(view: SiteView, changed: dict[str, object]) -> None:
    assert opinions(OURS, FAILING, [replace(view, **changed)]) == ()


def test_a_site_works_over_one_path_and_fails_nowhere() -> None:
    view = works("other")
    (part,) = view.parts
    failing = replace(part, path="lan", works=False, fails=True, proved_s=None)
    both = replace(view, parts=(failing, replace(part, path="mobile")))

    found = seen(both)

    assert (found.works_at, found.fails_at, found.heard) == (("other",), (), 1)


def test_what_is_of_a_region_is_compared_within_it() -> None:
    def of(region: str) -> Config:
        parts = component("power:grid"), channel("whatsapp", "power:grid")
        return town(*parts, region=region)

    here, now = of("Verviers"), after(of("Verviers"), "whatsapp x", until=60.0)
    near, far = (works(name, config=of(name)) for name in ("Verviers", "Liège"))

    (found,) = opinions(here, now, [near, far])

    assert (found.works_at, found.heard) == (("Verviers",), 1)


def test_it_is_not_us_while_something_shared_may_still_be_it() -> None:
    config = town(
        component(META), component("cloud:x"), channel("whatsapp", META, "cloud:x")
    )
    now = after(config, "whatsapp x", until=60.0)

    found = seen(*sites(9, like=works("other")), now=now, config=config)

    assert len(found.works_at) == 9
    assert not found.ours


def test_a_channel_alone_is_us_only_where_one_like_it_works_over_the_same() -> None:
    alike, other = works("other"), works("other")
    changed = tuple(replace(each, kind="messenger") for each in other.channels)

    assert seen(alike).ours
    assert not seen(replace(other, channels=changed)).ours
    assert not seen(replace(other, channels=())).ours


def test_one_site_that_fails_too_is_enough_for_not_us() -> None:
    assert not seen(*sites(9, like=works("well")), fails("ill")).ours


@pytest.mark.parametrize("number", [1, 2, 3], ids=lambda n: f"{n}-sites")
def test_two_sites_are_too_few_for_them(number: int) -> None:
    assert seen(*sites(number, like=fails("ill"))).theirs is (number > 2)


def test_one_that_works_is_enough_for_not_them() -> None:
    assert not seen(*sites(9, like=fails("ill")), works("well")).theirs


def test_what_is_known_down_here_has_an_opinion_too() -> None:
    config = town(component(META, probes=(probe(META),)), channel("whatsapp", META))
    now = after(config, f"{META} x", until=60.0)

    assert seen(*sites(9, like=fails("ill")), now=now, config=config).theirs
    assert len(seen(*sites(9, like=works("w")), now=now, config=config).works_at) == 9


def test_sets_of_one_size_are_put_in_order() -> None:
    config = town(
        *(component(name) for name in ("carrier:a", "carrier:b", "carrier:c")),
        channel("sms", "carrier:a", "carrier:b", "carrier:c"),
    )
    now = after(config, "sms x", until=60.0)
    single = [(f"carrier:{x}",) for x in "abc"]
    assert list(now.suspects) == [*single, ("channel:sms",)]

    parts = (
        SharedPart(name="carrier:a", works=True, proved_s=0.0),
        SharedPart(name="carrier:c", fails=True),
    )
    other = SiteView(name="o", state=SiteState.PRIMARY, heard=moment(50), parts=parts)

    after_all = second_opinion(config, now, [other])

    assert list(after_all.suspects) == [
        *(("carrier:c",), ("carrier:b",), ("channel:sms",), ("carrier:a",))
    ]
    assert after_all.explanations[0].suspects == after_all.suspects


def test_a_site_by_itself_has_no_opinions() -> None:
    config = replace(OURS, sites=None)

    assert opinions(config, FAILING, [works("other")]) == ()


# ------------------------------------------------------------------ what is behind us


MICROSOFT = "cloud:microsoft-wan"
HOUSE = town(
    *(component(name) for name in (META, MICROSOFT, FIBRE)),
    channel("whatsapp", META, FIBRE, kind="whatsapp"),
    channel("teams", MICROSOFT, FIBRE, kind="teams"),
)
AWAY = town(
    component(META),
    component(MICROSOFT),
    channel("whatsapp", META, kind="whatsapp"),
    channel("teams", MICROSOFT, kind="teams"),
)
FIBRE_CUT = after(HOUSE, "whatsapp x", "teams x", until=60.0)


def away(*states: str, name: str = "other") -> SiteView:
    return neighbour(name, AWAY, after(AWAY, *states, second=30.0))


def by_component(*views: SiteView, now: Snapshot = FIBRE_CUT) -> dict[str, Opinion]:
    return {each.component: each for each in opinions(HOUSE, now, views)}


def test_what_fails_here_through_a_suspect_of_ours_and_works_elsewhere_is_us() -> None:
    assert FIBRE_CUT.explanations[0].likeliest == ((FIBRE,),)

    found = by_component(*sites(41, like=away("whatsapp o", "teams o")))

    assert set(found) == {META, MICROSOFT}
    for each in found.values():
        assert (len(each.works_at), each.heard) == (41, 41)
        assert each.ours == ((FIBRE,),)


@pytest.mark.parametrize("letter", ["x", "?"], ids=["fails", "unknown"])
def test_it_is_not_us_while_something_that_fails_here_may_fail_elsewhere(
    letter: str,
) -> None:
    view = away("whatsapp o", f"teams {letter}")

    found = by_component(*sites(9, like=view))

    assert len(found[META].works_at) == 9
    assert bool(found[META].ours) is (letter == "?")
    assert not found[MICROSOFT].ours
    assert not found[MICROSOFT].theirs


def test_what_works_here_too_is_no_sign_that_it_is_us() -> None:
    config = town(
        *(component(name) for name in (META, MICROSOFT, FIBRE)),
        channel("whatsapp", META, FIBRE, kind="whatsapp"),
        channel("teams", MICROSOFT, FIBRE, kind="teams"),
        channel("messenger", META),
    )
    states = [("whatsapp", "x"), ("teams", "x"), ("messenger", "o")]
    events = [result(*each, second) for second in (1.0, 2.0) for each in states]
    now = taken(config, *events, result("messenger", "o", 58.0), tick(60.0))
    views = sites(9, like=away("whatsapp o", "teams o"))

    assert [each.component for each in opinions(config, now, views)] == [MICROSOFT]


def test_what_is_measured_down_here_is_us_where_what_needs_it_works_elsewhere() -> None:
    config = town(
        component(META),
        component(FIBRE, probes=(probe(FIBRE),)),
        channel("whatsapp", META, FIBRE, kind="whatsapp"),
    )
    now = after(config, f"{FIBRE} x", "whatsapp x", until=60.0)
    assert now.known_down == (FIBRE,)

    found = seen(*sites(9, like=works("other")), now=now, config=config)

    assert (found.component, found.ours) == (META, ((FIBRE,),))


def test_what_most_of_what_fails_needs_is_said_first() -> None:
    config = town(
        *(component(name) for name in (MICROSOFT, META, FIBRE)),
        channel("teams", MICROSOFT, FIBRE, kind="teams"),
        channel("whatsapp", META, FIBRE, kind="whatsapp"),
        channel("messenger", META, FIBRE, kind="messenger"),
    )
    now = after(config, "teams x", "whatsapp x", "messenger x", until=60.0)
    found = opinions(config, now, [away("whatsapp o", "teams o")])

    assert [each.component for each in found] == [META, MICROSOFT]


def test_what_a_channel_can_do_without_says_nothing_of_it() -> None:
    config = town(
        *(component(name) for name in (META, MICROSOFT, FIBRE)),
        channel("whatsapp", (META, MICROSOFT), FIBRE),
        channel("teams", (META, MICROSOFT), FIBRE),
    )
    now = after(config, "whatsapp x", "teams x", until=60.0)

    for found in opinions(config, now, [away("whatsapp o", "teams o")]):
        assert not found.works_at
        assert not found.ours


# ------------------------------------------------------------------ two at once


MOBILE = "carrier:mobile-a"
TWO = town(
    *(component(name) for name in (META, MOBILE, FIBRE)),
    channel("whatsapp", META, (FIBRE, MOBILE), kind="whatsapp"),
    channel("sms", MOBILE, kind="sms"),
    channel("calls", MOBILE, kind="calls"),
)
CUT_TWICE = after(TWO, "whatsapp x", "sms x", "calls x", until=60.0)
EACH_ALONE = ("channel:calls", "channel:sms", "channel:whatsapp")


def two(
    *states: str, name: str = "other", second: float = 30.0, config: Config = TWO
) -> SiteView:
    return neighbour(name, config, after(config, *states, second=second))


def ours_of(*views: SiteView) -> dict[str, tuple[tuple[str, ...], ...]]:
    return {each.component: each.ours for each in opinions(TWO, CUT_TWICE, views)}


def test_two_failures_at_once_are_us_where_all_that_others_have_works_there() -> None:
    (group,) = CUT_TWICE.explanations
    assert all({MOBILE, META} & set(names) for names in group.likeliest)

    found = ours_of(two("whatsapp o", "sms o", "calls o"))

    assert found == {META: (EACH_ALONE,), MOBILE: (EACH_ALONE,)}


@pytest.mark.parametrize(
    "views",
    [
        pytest.param([two("sms o", "calls o")], id="one-is-not-seen"),
        pytest.param(
            [two("whatsapp o", "sms o", "calls o", second=0.0)], id="not-newer"
        ),
        pytest.param([two("whatsapp o", "sms o")], id="no-channel-like-one"),
        pytest.param(
            [
                two("whatsapp o", "sms o", "calls o"),
                two("whatsapp x", "sms o", "calls o", name="ill"),
            ],
            id="one-fails-at-another",
        ),
    ],
)
def test_two_failures_at_once_are_not_us_while_one_may_be_theirs(
    views: list[SiteView],
) -> None:
    found = ours_of(*views)

    assert found
    assert not any(found.values())


# ------------------------------------------------------------------ never more


AGES_S = st.none() | st.floats(-1e6, 1e6) | st.just(float("inf"))
NAMES = (*COMPONENTS, "channel:sms", "path:lan", "nonsense")


@st.composite
def parts(draw: st.DrawFn) -> SharedPart:
    return SharedPart(
        name=draw(st.sampled_from(NAMES)),
        path=draw(st.sampled_from(["", "lan"])),
        works=draw(st.booleans()),
        fails=draw(st.booleans()),
        suspected=draw(st.booleans()),
        common=draw(st.booleans()),
        proved_s=draw(AGES_S),
        failed_s=draw(AGES_S),
    )


@st.composite
def pictures(draw: st.DrawFn) -> SiteView:
    """Draw what any site may say, truly or not."""
    like = SiteChannel(
        name="x",
        kind=draw(st.sampled_from(["sms", "mail"])),
        state=draw(st.sampled_from(list(State))),
        needs=tuple((name,) for name in draw(st.lists(st.sampled_from(NAMES)))),
        proved_s=draw(AGES_S),
    )
    return SiteView(
        name=draw(st.sampled_from(["a", "b", "c", "dison"])),
        region=draw(st.sampled_from(["", "Verviers"])),
        state=draw(st.sampled_from(list(SiteState))),
        own_link=draw(st.sampled_from(list(Link))),
        heard=draw(st.none() | st.builds(moment, st.floats(-100.0, 100.0))),
        channels=(like,),
        parts=tuple(draw(st.lists(parts(), max_size=6))),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Config, Snapshot]:
    """Draw a plan, and what its probes say of it."""
    names = ("sms", "mail", "chat")
    config = town(
        *(
            component(name, *draw(needs_among(COMPONENTS[:place])))
            for place, name in enumerate(COMPONENTS)
        ),
        *(channel(n, *draw(needs_among(COMPONENTS)), kind=n) for n in names),
        region="Verviers",
    )
    states = [f"{name} {draw(st.sampled_from('ox?'))}" for name in names]
    return config, after(config, *states, until=60.0)


def unordered(shot: Snapshot) -> Snapshot:
    """Return a snapshot without opinions, its sets of suspects in one order."""
    explanations = tuple(
        replace(group, suspects=tuple(sorted(group.suspects)))
        for group in shot.explanations
    )
    suspects = tuple(sorted(shot.suspects))
    return replace(shot, explanations=explanations, suspects=suspects, opinions=())


@settings(max_examples=share_of(1000), deadline=None)
@given(situations(), st.lists(pictures(), max_size=5))
def test_whatever_others_say_only_the_order_of_suspects_changes(
    situation: tuple[Config, Snapshot], others: Sequence[SiteView]
) -> None:
    config, shot = situation

    after_all = second_opinion(config, shot, others)

    assert unordered(after_all) == unordered(shot)
    for before, now in zip(shot.explanations, after_all.explanations, strict=True):
        assert list(map(len, now.suspects)) == list(map(len, before.suspects))
        assert set(now.likeliest) == set(before.likeliest)
    assert own_view(config, after_all) == own_view(config, shot)  # nothing echoes


@settings(max_examples=share_of(300), deadline=None)
@given(situations(), st.sets(st.sampled_from(list(Shares))))
def test_a_site_that_is_honest_is_believed(
    situation: tuple[Config, Snapshot], share: set[Shares]
) -> None:
    """Only who says that all is well, and nothing of any channel, is not."""
    config, shot = situation
    assert config.sites is not None
    shared = replace(config, sites=replace(config.sites, share=tuple(share)))
    said = own_view(shared, shot)
    sent = Sent(site="dison", epoch="A", boot="b", number=1, steady_s=60.0)

    seen = began(sent, Alive(site=said), moment(60.0)).view.state

    if said.lines or said.channels or said.known is not SiteState.PRIMARY:
        assert seen is (said.known or SiteState.FALLBACK)
    else:
        assert seen is SiteState.FALLBACK


@settings(max_examples=share_of(1000), deadline=None)
@given(situations(), st.lists(pictures(), max_size=5))
def test_it_is_never_us_and_them_and_never_without_anybody(
    situation: tuple[Config, Snapshot], others: Sequence[SiteView]
) -> None:
    config, shot = situation

    for found in second_opinion(config, shot, others).opinions:
        assert not (found.ours and found.theirs)
        assert not found.ours or (found.works_at and not found.fails_at)
        ill = found.fails_at + found.suspected_at
        assert not found.theirs or (ill and not found.works_at)
        assert not (found.ours and ill)
        assert len({*found.works_at, *ill}) <= found.heard
        assert "dison" not in (*found.works_at, *found.fails_at)
        for names in found.ours:
            assert not {*names} & {n for n in COMPONENTS if "site" not in n}


def states_where(config: Config, truth: frozenset[str]) -> list[str]:
    """Return how each channel is where this has failed."""
    fallen = dependencies.of(config).falls(truth & frozenset(config.components))
    down = fallen | truth
    return [f"{name} {'ox'[channel_node(name) in down]}" for name in config.channels]


def test_two_failures_at_once_are_us_only_where_ours_alone_explains_them() -> None:
    """Whatever has failed, here or everywhere, and whatever other sites have seen."""
    names, said = (*TWO.components, *EACH_ALONE), 0
    for truth in map(frozenset, subsets(names)):
        now = after(TWO, *states_where(TWO, truth), until=40.0)
        ours = frozenset(name for name in truth if not is_shared(name, ""))
        fallen = dependencies.of(TWO).falls(ours & frozenset(TWO.components)) | ours
        for seen in subsets(states_where(TWO, truth - ours)):
            for found in opinions(TWO, now, [two(*seen)]):
                for group in now.explanations:
                    if {*found.ours} & {*group.suspects} - {*group.likeliest}:
                        said += 1
                        assert fallen >= {channel_node(name) for name in group.channels}
    assert said


def subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names) + 1):
        yield from combinations(names, size)
