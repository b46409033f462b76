"""The wall of a province, without a browser: what it says, and where each tile is."""

import re
import time
from collections.abc import Mapping

import pytest
from msgspec.structs import replace
from render.hostile import HOSTILE, Poison
from render.province.provinces import (
    COUNTS,
    LONG,
    SITUATIONS,
    Province,
    able_but_for,
    before,
    calm,
    double,
    every_word,
    half_heard,
    hub_lost,
    line,
    one_long_name,
    own_link_down,
    province,
    replace_shown,
    silent,
    site,
    sites,
    three_cannot,
)
from render.wall.wall_words import Words

from secours.languages import LANGUAGES, Text
from secours.model.sections.line import Purpose
from secours.model.sites.views import SiteState
from secours.model.snapshot import Hub, Link, State
from secours.render.province import marks
from secours.render.province.page import sites_html
from secours.render.province.site_filter import wanted
from secours.render.province.wall import plain_html, province_html, title
from secours.render.wording.localizer import Localizer
from secours.texts import duration, purpose, say

TILE = re.compile(
    r'<li style="--at:(\d+)/(\d+)"><a class="([^"]*)"[^>]* title="([^"]*)"'
)


def html(told: Province, language: str = "en", *, links: bool = True) -> str:
    localizer = Localizer(told.shown, language, 4.0)
    return province_html(localizer, told.view, age_s=4.0, links=links)


def tiles(drawn: str) -> Mapping[str, tuple[str, str]]:
    """Return where the tile of each site is, by its name."""
    return {
        re.split(r"\W: |: | :", label)[0].strip(): (row, column)
        for row, column, _, label in TILE.findall(drawn)
    }


def test_it_says_on_top_what_ails_the_province() -> None:
    words = Words(html(three_cannot(20)))

    assert words.under("s-province-said") == ["3 of 20 sites cannot alert."]
    assert words.under("s-age")[0].startswith("updated")


def test_each_state_has_a_shape_and_a_word_of_its_own() -> None:
    shapes = {marks.look(state) for state in SiteState}
    glyphs = {marks.glyph(state) for state in SiteState}

    assert len(shapes) == len(glyphs) == len(SiteState) == len(marks.WORST_FIRST)
    for language in LANGUAGES:
        said = {say(language, f"province.state.{state}") for state in SiteState}
        assert len(said) == len(SiteState)


def test_a_tile_says_its_name_its_state_and_what_it_uses() -> None:
    found = [site("Spa"), site("Huy", 1, SiteState.FALLBACK)]
    words = Words(html(province(found)))

    assert words.under("s-tile-name") == ["Huy", "Spa"]
    assert [w for w in words.under("s-mark") if w in ("OK", "FALLBACK")][:2] == [
        "FALLBACK",
        "OK",
    ]
    assert words.under("s-tile-detail") == ["Appels", "SMS d\u2019astreinte"]


def test_what_is_not_heard_says_for_how_long_and_what_was_known_last() -> None:
    gone = silent(site("Spa"), SiteState.FALLBACK, 176.0)
    drawn = html(province([gone]))

    assert Words(drawn).under("s-tile-detail") == ["last: FALLBACK, 3 min ago"]
    assert 's-tile s-site-not-heard"' in drawn
    assert "s-tile s-site-fallback" not in drawn


def test_a_small_tile_says_so_too_and_both_that_say_one_name() -> None:
    assert "3 min" in Words(html(half_heard(20))).under("s-tile-detail")
    both = r'DOUBLE</span><span class="s-tile-detail">(<i.*?</i>){2}</span>'
    assert re.search(both, html(double(20)))


def test_what_was_never_heard_says_so() -> None:
    never = replace(site("Spa"), state=SiteState.NOT_HEARD, heard=None, known=None)

    assert Words(html(province([never]))).under("s-tile-detail") == ["never heard"]


def test_two_of_one_name_are_one_tile_that_shows_both() -> None:
    drawn = html(double(3))
    words = Words(drawn)

    assert len(tiles(drawn)) == 3
    assert words.under("s-tile-name").count("Verviers") == 1
    assert "OK; NO CHANNEL" in words.under("s-tile-detail")
    assert words.under("s-sites-count") == ["1", "2"]


@pytest.mark.parametrize("count", COUNTS)
def test_a_site_stands_where_it_stood_whatever_happens_and_whoever_looks(
    count: int,
) -> None:
    places = tiles(html(calm(count)))

    assert len(places) == len(set(places.values())) == count
    for name in ("three cannot", "dark region", "half heard", "double"):
        assert tiles(html(SITUATIONS[name](count))) == places, name
    for language in LANGUAGES:
        assert tiles(html(calm(count), language)) == places, language


@pytest.mark.parametrize("count", [3, 20, 28], ids=["full", "brief", "named"])
def test_a_long_name_is_cut_and_takes_nothing_from_the_other_tiles(count: int) -> None:
    usual, drawn = Words(html(three_cannot(count))), html(one_long_name(count))
    words = Words(drawn)

    names = words.under("s-tile-name")
    assert len(names) == count
    (cut,) = set(names) - set(usual.under("s-tile-name"))
    assert cut.startswith("Centre hos")
    assert cut.endswith("…")
    assert f'title="{LONG[:50]}' in drawn
    assert len(words.under("s-mark")) == len(usual.under("s-mark"))
    assert not [name for name in usual.under("s-tile-name") if "…" in name]


def test_names_that_would_read_alike_are_not_cut() -> None:
    alike = [replace(one, label=Text(f"{LONG} {n}")) for n, one in enumerate(sites(20))]

    assert Words(html(province(alike))).under("s-tile-name") == []


def test_where_names_have_no_room_the_worst_are_named_beside_the_map() -> None:
    drawn = html(three_cannot(100))
    words = Words(drawn)

    assert words.under("s-tile-name") == []
    assert words.under("s-worst")[::2] == ["Dison", "Liège", "Verviers"]
    assert words.under("s-worst")[1::2] == ["NO CHANNEL"] * 3
    assert 'aria-label="Dison: NO CHANNEL"' in drawn
    assert 'role="img"' not in drawn
    assert 'role="img" aria-label="Dison: NO' in html(three_cannot(100), links=False)


def test_a_first_choice_that_is_not_sure_is_no_fallback() -> None:
    found = sites(3)
    first = line(SiteState.PRIMARY)
    unsure = replace(first, state=State.UNKNOWN, verified=False)
    found[0] = replace(found[0], state=SiteState.FALLBACK, lines=(unsure, first))
    found[1] = site(found[1].name, 1, SiteState.FALLBACK)
    words = Words(drawn := html(province(found)))

    states = [word for word in words.under("s-mark") if word.isupper()]
    assert states == ["FALLBACK", "UNSURE", "OK"] * 2  # tiles, and how many are so
    assert f'title="{found[0].name}: UNSURE' in drawn


def test_of_more_words_than_have_room_the_worst_are_counted() -> None:
    told = every_word(20)
    screen = replace(told.shown.screen, distance_m=8.0)
    far = replace_shown(told, replace(told.shown, screen=screen))

    near = Words(html(told, "de")).under("s-sites-count")
    counts = Words(drawn := html(far, "de")).under("s-sites-count")

    assert len(near) == len({*marks.WORDS})
    assert 1 < len(counts) < len(near)
    assert counts == near[: len(counts)]
    others = say("de", "province.others", n=20 - sum(map(int, counts)))
    assert others in drawn


NO_ORDER = re.compile(r"PAS |SANS |IMPOSSIBLE|GEEN |KEINE? |CANNOT |NO ")
"""What a word has that nobody takes for something to do."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "count", [3, 20, 28, 100], ids=["full", "brief", "named", "shapes"]
)
@pytest.mark.parametrize("lacks", Purpose)
def test_what_a_site_cannot_do_is_said_as_no_order_and_nothing_else_of_it(
    lacks: Purpose, count: int, language: str
) -> None:
    found = [able_but_for(lacks), *sites(count)[4:], *sites(3)]
    told, word = province(found), say(language, f"province.state.no-{lacks}")
    plain = plain_html(Localizer(told.shown, language), told.view, age_s=4.0)
    table = sites_html(Localizer(told.shown, language), told.view, age_s=4.0)
    wall = html(told, language)

    assert NO_ORDER.search(word)
    assert re.search(rf'title="Spa\W+{word}"', wall)
    for drawn in (wall, plain, table):
        texts = [text for _, text in Words(drawn).texts]
        assert word in " ".join(texts)
        assert say(language, "province.state.nothing-left") not in texts
        assert purpose(language, lacks) not in texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_word_has_the_two_rows_of_a_tile_and_is_left_out_of_one(
    language: str,
) -> None:
    word = say(language, "province.state.no-coordinate")

    def tile(count: int, distance_m: float) -> str:
        told = province([able_but_for(Purpose.COORDINATE), *sites(count)[4:]])
        screen = replace(told.shown.screen, distance_m=distance_m)
        shown = replace_shown(told, replace(told.shown, screen=screen))
        drawn = html(shown, language)
        found = re.search(r"<li[^>]*><a [^>]*s-site-nothing-left.*?</li>", drawn)
        return found[0] if found else ""

    in_two = Words(tile(8, 3.0))
    said = [*in_two.under("s-mark"), *in_two.under("s-tile-detail")]
    assert " ".join(said) == word
    in_none = tile(11, 5.0)
    assert Words(in_none).under("s-said") == [word]
    in_one = Words(tile(20, 3.0))
    assert in_one.under("s-mark") == [word]


def test_who_can_do_some_of_it_for_some_and_nothing_for_others_says_all_it_cannot() -> (
    None
):
    left = SiteState.NOTHING_LEFT
    lines = (line(left), line(left, Purpose.COORDINATE), line(SiteState.PRIMARY))
    words = Words(html(province([replace(site("Spa", 1, left), lines=lines)])))

    assert words.under("s-tile-detail") == ["NO COORDINATION"]
    assert words.under("s-mark")[0] == "CANNOT ALERT"


def test_the_last_word_of_a_site_that_is_not_heard_says_what_it_could_not_do() -> None:
    gone = silent(able_but_for(Purpose.ALERT), SiteState.NOTHING_LEFT, 176.0)
    drawn = html(province([gone]))

    assert 'title="Spa: NOT HEARD, last: CANNOT ALERT, 3 min ago"' in drawn


def test_who_cannot_alert_is_to_be_looked_at_before_who_cannot_coordinate() -> None:
    found = sites(100)
    found[20] = able_but_for(Purpose.COORDINATE, "20")
    found[30] = able_but_for(Purpose.ALERT, "30")
    found[40] = site("40", 1, SiteState.NOTHING_LEFT)

    assert Words(html(province(found))).under("s-worst")[::2] == ["40", "30", "20"]


def test_sites_are_looked_for_by_what_they_cannot_do() -> None:
    told = province([able_but_for(Purpose.ALERT), *sites(3)])
    asked = wanted({"state": "no-alert"}.get)
    page = sites_html(Localizer(told.shown, "en"), told.view, age_s=1.0, wish=asked)

    assert "CANNOT ALERT (1)" in page
    assert page.count('<th scope="row">') == 1


def test_where_the_last_state_has_no_room_beside_the_age_that_still_has() -> None:
    found = sites(20)
    found[0] = silent(found[0], SiteState.FALLBACK, 3 * 3600 + 31 * 60)
    words = Words(html(province(found), "fr"))

    assert words.under("s-tile-detail") == ["3 h 31 min"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("age_s", [40.0, 3599.0, 14 * 3600 + 59 * 60, 47 * 3600 + 1])
@pytest.mark.parametrize("count", [3, 20])
def test_no_tile_of_a_site_that_is_not_heard_lacks_its_age(
    count: int, age_s: float, language: str
) -> None:
    state = SiteState.NOTHING_LEFT
    found = [silent(one, state, age_s - 4.0) for one in sites(count)]
    told = province(found)
    said = Words(html(told, language)).under("s-tile-detail")

    assert len(said) == count
    assert all(duration(language, age_s) in words for words in said), said


def test_where_tiles_are_names_alone_the_age_is_beside_those_that_leave_room() -> None:
    found = [silent(one, SiteState.PRIMARY, 40.0) for one in sites(28)]
    words = Words(html(province(found)))

    assert len(words.under("s-tile-name")) == 28
    assert words.under("s-tile-detail").count("44 s") == 27


def test_the_names_beside_the_map_have_their_ages() -> None:
    words = Words(html(half_heard(100)))

    assert words.under("s-worst-age")[:2] == ["27 min", "55 min"]


def test_the_causes_are_listed_with_how_many_sites_they_explain() -> None:
    words = Words(html(SITUATIONS["dark region"](100)))

    said = "34 have lost Mobile A (power:grid, Verviers)"
    assert said in [text for _, text in words.texts]
    assert "33 have lost Mobile A or provider:a" in [text for _, text in words.texts]
    (above,) = words.under("s-province-said")
    assert f"{said}; " in above
    assert above.count("Mobile A") == 1


def test_a_link_leads_to_each_site_for_who_may_follow_it() -> None:
    assert 'href="site?name=Dison&amp;lang=en"' in html(calm(3))
    assert "href=" not in html(calm(3), links=False).replace('href="now?lang=en"', "")


def test_a_hub_that_is_not_reached_is_said_unless_our_own_link_explains_it() -> None:
    told = calm(3)
    hub = Hub(url="tls://hub.example.org:4222", since=before(60.0))
    cut = replace(told.shown, hub=hub)

    assert "NO CONNECTION TO THE HUB" in html(replace_shown(told, cut))
    connected = replace(told.shown, hub=replace(hub, connected=True))
    assert "NO CONNECTION TO THE HUB" not in html(replace_shown(told, connected))
    down = html(replace_shown(told, replace(cut, own_link=Link.DOWN)))
    assert "OUR OWN LINK IS DOWN" in down
    assert "NO CONNECTION TO THE HUB" not in down


@pytest.mark.parametrize("count", [3, 20, 100], ids=["full", "brief", "shapes"])
def test_a_province_without_its_hub_says_that_of_the_hub_and_not_of_its_sites(
    count: int,
) -> None:
    told = hub_lost(count)
    words = Words(drawn := html(told))

    assert words.under("s-province-said") == [
        "The hub is not reached (connection refused): how the sites are is not known"
        " here."
    ]
    assert ">NO CONNECTION TO THE HUB</b>" in drawn
    assert ">for 3 min (connection refused)</span>" in drawn
    ours = Words(html(own_link_down(count)))
    assert ours.under("s-province-said") == [
        "No site is heard: it is we who are cut off from the hub."
    ]
    assert drawn.count("s-tile s-site-not-heard") == count
    assert words.under("s-sites-count") == [str(count)]
    some = (calm(count).view.sites[0], *told.view.sites[1:])
    heard = Province(shown=told.shown, view=replace(told.view, sites=some))
    assert f"{count - 1} of {count} sites" in html(heard)
    reached = Province(shown=told.shown, view=replace(told.view, hub_lost=None))
    assert f"{count} of {count} sites" in html(reached)


def test_the_page_of_sites_says_that_the_hub_is_not_reached() -> None:
    seen = calm(3)
    hub = Hub(url="tls://hub.example.org:4222", since=before(60.0))

    def page(connected: bool) -> str:
        shot = replace(seen.shown, hub=replace(hub, connected=connected))
        return sites_html(Localizer(shot, "en"), seen.view, age_s=1.0)

    assert "NO CONNECTION TO THE HUB" in page(connected=False)
    assert "NO CONNECTION TO THE HUB" not in page(connected=True)


def test_the_page_of_sites_says_that_a_region_is_one() -> None:
    seen = calm(3)
    page = sites_html(Localizer(seen.shown, "fr"), seen.view, age_s=1.0)

    assert ">région Liège<" in page


def test_no_site_is_followed_yet() -> None:
    assert "No site is followed yet." in html(province([]))


@pytest.mark.parametrize("count", [3, 100], ids=["named", "shapes"])
def test_names_from_outside_are_words(count: int) -> None:
    told = half_heard(count)
    poison = Poison()
    found = tuple(
        replace(one, label=Text(poison.of(one.name)), trouble=HOSTILE)
        for one in told.view.sites
    )
    view = replace(told.view, sites=found)
    drawn = html(Province(shown=told.shown, view=view))

    tags = set(Words(drawn).tags)
    assert not tags & {"script", "img", "svg", "style"}
    assert "<b style" not in drawn


def test_a_thousand_sites_are_written_in_under_a_second_of_the_processor() -> None:
    told = SITUATIONS["dark region"](1000)
    began = time.process_time()
    html(told)

    assert time.process_time() - began < 1.0


def test_the_tab_bears_the_worst_state() -> None:
    assert title(calm(3).view, "en") == "Secours"
    assert title(three_cannot(3).view, "en") == "\u2716 Secours"
    assert title(double(3).view, "en") == "\u29c9 Secours"
