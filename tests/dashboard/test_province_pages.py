"""What the pages show of other sites, drawn as the server does."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from dashboard.provincial import publish, view_of, with_hub
from dashboard.served import stamped
from msgspec.structs import replace
from render.province.provinces import (
    SITUATIONS,
    Province,
    calm,
    dark_region,
    double,
    half_heard,
    hub_lost,
    line,
    own_link_down,
    province,
    three_cannot,
)
from render.snapshots import snapshot
from render.wall.wall_words import Words
from web.client import Client

from secours import places
from secours.dashboard import pages, view
from secours.dashboard.access import visit
from secours.dashboard.access.policy import LOCAL, STRANGER, Viewer
from secours.dashboard.address import Address
from secours.dashboard.feed import Fed
from secours.engine import clock
from secours.engine.published import sites_file, snapshot_file
from secours.engine.published.handed_down_file import HandedDownFile
from secours.languages import LANGUAGES
from secours.model.requests import MarkRequest
from secours.model.sites.handed_down import (
    Addressee,
    HandedDown,
    HandedDownList,
    OrderProgress,
)
from secours.model.sites.views import OrderKind, SiteState
from secours.render.export.lite import lite_html

pytestmark = pytest.mark.usefixtures("plain_spaces", "still_clock")

LIMIT_BYTES = 30_000


@pytest.fixture(autouse=True)
def folder(rooms: Path) -> Iterator[Path]:
    visit.rules.cache_clear()
    shown = stamped(with_hub(snapshot("xooo")), max_age_s=30.0)
    snapshot_file.write(shown, places.runtime_dir())
    yield places.runtime_dir()
    visit.rules.cache_clear()


def drawn(page: str, /, kind: str = LOCAL, **asked: str) -> Fed:
    """Return what the server puts into a page for such a viewer."""
    came = visit.visit_of(Viewer(kind=kind), asked.get("theme"))
    address = Address(page, tuple({"lang": "en", **asked}.items()))
    return view.fed(pages.VIEWS[page], address, came)


def entries(fed: Fed) -> list[str]:
    menu = fed["html"].partition("s-entries")[2].partition("</nav>")[0]
    return re.findall(r">([^<]+)</a>", menu)


def named(fed: Fed) -> list[str]:
    """Return the sites in the table, from above."""
    return re.findall(r'<th scope="row"><a[^>]*>([^<]*)</a>', fed["html"])


def test_the_wall_of_a_province_shows_its_sites(folder: Path) -> None:
    publish(three_cannot(20), folder)
    fed = drawn("wall")

    assert (
        "3 of 20 sites cannot alert" in Words(fed["html"]).under("s-province-said")[0]
    )
    assert fed["title"] == "\u2716 Secours"
    assert 0 <= fed["age"] < 30


def test_the_province_sees_what_sites_have_not_taken_in_and_no_stranger_does(
    folder: Path,
) -> None:
    publish(calm(3), folder)
    now = clock.now()
    refused = Addressee(
        site="spa",
        progress=OrderProgress.ANSWERED,
        outcome="unknown-subject",
        why="<b>",
    )
    word = HandedDown(
        number=1,
        kind=OrderKind.MARK,
        what="sms down",
        asked=MarkRequest(subject="sms", says="down"),
        author="Province",
        by="Ann",
        issued=now,
        boot_id=clock.boot_id(),
        until=now.utc + timedelta(days=30),
        to=(refused, Addressee(site="dison")),
    )
    HandedDownFile(folder).put(HandedDownList(orders=(word,)))

    seen = drawn("sites")["html"]

    assert "has no &lt;b&gt;: spa" in seen
    assert "waits for the hub: dison" in seen
    assert "waits for the hub" not in drawn("sites", STRANGER)["html"]
    publish(calm(3), folder, province=False)
    assert "spa.yaml" not in drawn("sites")["html"]


def test_the_wall_of_a_site_that_follows_others_is_its_own(folder: Path) -> None:
    publish(three_cannot(20), folder, province=False)
    fed = drawn("wall")

    assert "s-province" not in fed["html"]
    assert "s-ladder" in fed["html"]


def test_the_wall_is_as_old_as_what_is_known_of_the_sites(folder: Path) -> None:
    publish(calm(3), folder, ago_s=45.0)
    assert drawn("wall")["age"] >= 45

    sites_file.write(replace(view_of(calm(3)), boot_id="another"), folder)
    assert drawn("wall")["age"] == -1


@pytest.mark.parametrize("name", ["sites", "site"])
def test_the_pages_of_sites_are_as_old_as_what_they_show(
    folder: Path, name: str
) -> None:
    publish(calm(3), folder, ago_s=45.0)

    assert drawn(name, name="Dison")["age"] >= 45
    assert drawn("now")["age"] < 30


def test_what_an_earlier_engine_left_is_not_shown(folder: Path) -> None:
    publish(three_cannot(20), folder)
    alone = stamped(snapshot("xooo"), max_age_s=30.0)
    snapshot_file.write(alone, folder)

    assert "s-ladder" in drawn("wall")["html"]
    assert "Sites" not in entries(drawn("now"))


def test_a_file_that_cannot_be_read_is_a_cover(folder: Path) -> None:
    (folder / sites_file.SITES).write_text("{")
    fed = drawn("wall")

    assert fed["age"] == -1
    assert not fed["html"]
    assert "Sites" in entries(drawn("now"))


def test_sites_are_an_entry_where_some_are_followed(folder: Path) -> None:
    assert "Sites" not in entries(drawn("now"))
    publish(calm(3), folder, province=False)
    assert entries(drawn("now"))[:2] == ["Now", "Sites"]


def test_the_table_has_the_worst_first_or_goes_by_name(folder: Path) -> None:
    publish(dark_region(20), folder)

    assert named(drawn("sites"))[:4] == ["Seraing", "Theux", "Ans", "Spa"]
    by_name = named(drawn("sites", order="name"))
    assert by_name == sorted(by_name, key=str.casefold)
    assert len(by_name) == 20


def test_sites_are_searched_and_filtered_by_state(folder: Path) -> None:
    publish(dark_region(20), folder)

    assert named(drawn("sites", text="sera")) == ["Seraing"]
    assert named(drawn("sites", text="verviers", state="nothing-left")) == [
        "Seraing",
        "Theux",
    ]
    assert named(drawn("sites", state="own-link")) == ["Ans", "Spa"]
    assert "No site matches." in drawn("sites", text="nowhere")["html"]
    assert len(named(drawn("sites", state="moon"))) == 20


def test_sites_whose_first_choice_is_not_sure_are_filtered_apart(folder: Path) -> None:
    told = calm(3)
    unsure = replace(line(SiteState.PRIMARY), verified=False)
    one = replace(told.view.sites[0], state=SiteState.FALLBACK, lines=(unsure,))
    publish(province([one, *told.view.sites[1:]]), folder)

    assert named(drawn("sites", state="unsure")) == [one.name]
    assert "UNSURE (1)" in drawn("sites")["html"]
    assert "FALLBACK" not in drawn("sites")["html"]


def test_both_that_say_one_name_are_in_the_table(folder: Path) -> None:
    publish(double(3), folder)

    assert named(drawn("sites")).count("Verviers") == 2
    said = Words(drawn("sites")["html"]).texts
    assert [text for _, text in said if text.startswith("last: ")] == [
        "last: OK, 4 s ago",
        "last: NO CHANNEL, 4 s ago",
    ]


def test_what_is_not_heard_is_said_to_be_of_before(folder: Path) -> None:
    publish(half_heard(20), folder)
    html = drawn("sites", state="not-heard")["html"]

    assert html.count('<tr class="s-site-old">') == 10
    assert html.count("<td>last: ") == 10


def test_a_site_is_looked_at_and_nothing_can_be_done_there(folder: Path) -> None:
    publish(calm(3), folder)
    fed = drawn("site", name="Dison")
    content = fed["html"].partition("s-content")[2]

    assert "Dison, as it saw itself 0 s ago." in content
    assert "Nothing can be done from here" in content
    assert "Voice calls" in content
    links = re.findall(r'href="([^"?]*)', content)
    assert links == ["sites"]
    assert "<form" not in content


def test_a_site_that_is_not_heard_is_greyed_and_said_to_be(folder: Path) -> None:
    publish(half_heard(4), folder)
    html = drawn("site", name="Dison")["html"]

    assert "It is no longer heard (its last word: 1 min ago): what follows" in html
    assert "It is heard" not in html
    assert "s-site-now s-site-old" in html


@pytest.mark.parametrize(
    ("province", "cut"),
    [
        pytest.param(
            hub_lost(20),
            "The hub is not reached (connection refused): how the sites are is not"
            " known here.",
            id="hub",
        ),
        pytest.param(
            own_link_down(20),
            "No site is heard: it is we who are cut off from the hub.",
            id="own-link",
        ),
    ],
)
def test_a_site_that_we_are_cut_off_from_is_said_to_be(
    folder: Path, province: Province, cut: str
) -> None:
    publish(province, folder)

    assert cut in drawn("site", name="Dison")["html"]
    assert cut in drawn("sites")["html"]
    publish(half_heard(20), folder)
    assert cut not in drawn("site", name="Dison")["html"]


def test_what_a_site_said_in_detail_long_ago_is_greyed_though_it_is_heard(
    folder: Path,
) -> None:
    publish(calm(3), folder)
    old = stamped(snapshot("xooo"), max_age_s=30.0, ago_s=90.0)
    sites_file.write_site("Dison", old, folder)
    html = drawn("site", name="Dison")["html"]

    assert "Dison, as it saw itself 1 min ago." in html
    assert "It is heard, but has said nothing in detail since" in html
    assert "no longer heard" not in html
    assert "s-site-now s-site-old" in html
    sites_file.write_site("Dison", replace(old, boot_id="another"), folder)
    assert "s-site-now" not in drawn("site", name="Dison")["html"]


def test_a_site_that_said_nothing_or_is_not_known_says_so(folder: Path) -> None:
    publish(calm(20), folder)

    assert "No site that is followed has this name" in drawn("site", name="x")["html"]
    assert "Spa has said no more" in drawn("site", name="Spa")["html"]


def test_a_stranger_sees_the_wall_and_no_way_to_a_site(folder: Path) -> None:
    publish(three_cannot(20), folder)
    html = drawn("wall", kind=STRANGER)["html"]

    assert "Dison" in html
    assert 'href="site?' not in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SITUATIONS)
def test_the_plain_page_of_a_hundred_sites_is_below_thirty_kilobytes(
    name: str, language: str
) -> None:
    told = SITUATIONS[name](100)
    html = lite_html(told.shown, language, age_s=4.0, sites=told.view)

    assert len(html.encode()) < LIMIT_BYTES
    assert "<script" not in html


async def test_the_plain_page_of_a_province_says_what_its_wall_says(
    folder: Path, rooms: Path
) -> None:
    publish(half_heard(20), folder)
    client = Client(rooms)
    html = (await client.get("/lite?lang=en")).text
    publish(half_heard(20), folder, ago_s=45.0)
    stale = (await client.get("/lite?lang=en")).text

    assert "10 of 20 sites are not heard" in html
    assert "Dison (last: FALLBACK, 1 min ago)" in html
    assert "STALE DATA" in stale
    assert "Dison" not in stale
