"""Every page in every state on three screens: nothing cut, nothing over anything.

What is measured is what the server draws first; the script draws the same.
"""

from collections.abc import Iterator

import pytest
from dashboard.axe import violations
from dashboard.drawing import listed
from dashboard.marionette import firefox
from dashboard.page_faults import Desk, FoxDesk
from dashboard.page_states import ADDRESSES, STATES, drawn_in
from dashboard.stops import LEAST_PX, OUTLINE_PX, stops
from markupsafe import Markup
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

Size = tuple[int, int]

WALL, LAPTOP, PHONE = (1920, 1080), (1366, 768), (390, 844)
SIZES = (WALL, LAPTOP, PHONE)
OTHER_SIZES = ((2560, 1440), (820, 1180), (320, 640))
LANGUAGES = ("fr", "de")  # the longest words
STRANGER_SEES = 1
# Numbers what a keyboard must come to, as it is read, and returns how much that is.
REACHABLE = """() => {
  const all = [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]"
  )].filter(e => !e.disabled && e.tabIndex >= 0 && e.checkVisibility());
  all.forEach((e, n) => { e.dataset.order = n; });
  return all.length;
}"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Markup]]:
    """Return each page in each state and language, by state."""
    folder = tmp_path_factory.mktemp("states") / "rooms"
    return {state: drawn_in(folder, state, LANGUAGES) for state in STATES}


@pytest.fixture(scope="module")
def desk(chromium: Browser) -> Iterator[Desk]:
    page = chromium.new_page()
    yield Desk(page)
    page.close()


def test_every_page_is_drawn_in_every_state(
    drawn: dict[str, dict[str, Markup]],
) -> None:
    every = {f"{name} | calm | {each}" for name in ADDRESSES for each in LANGUAGES}

    assert drawn["calm"].keys() == every
    assert len(drawn["stranger"]) == STRANGER_SEES * len(LANGUAGES)
    assert len(drawn["no engine"]) > STRANGER_SEES * len(LANGUAGES)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("state", STATES)
def test_nothing_is_cut_and_nothing_lies_over_anything(
    desk: Desk, drawn: dict[str, dict[str, Markup]], state: str, size: Size
) -> None:
    desk.resize(size)
    faults = desk.faults(drawn[state])

    assert not faults, listed(faults)


@pytest.mark.parametrize("size", OTHER_SIZES, ids=str)
def test_a_tablet_and_the_smallest_telephone_show_it_too(
    desk: Desk, drawn: dict[str, dict[str, Markup]], size: Size
) -> None:
    desk.resize(size)
    faults = desk.faults(drawn["nothing left"] | drawn["blackout"])

    assert not faults, listed(faults)


@pytest.fixture(scope="module")
def fox(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FoxDesk]:
    with firefox(tmp_path_factory.mktemp("fox")) as running:
        yield FoxDesk(running)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_is_cut_and_nothing_lies_over_anything_in_firefox(
    fox: FoxDesk, drawn: dict[str, dict[str, Markup]], size: Size
) -> None:
    fox.resize(size)
    faults: dict[str, list[str]] = {}
    for pages in drawn.values():
        faults |= fox.faults(pages)
    planted_too = fox.faults({"planted": planted(PLANTED["overlap"])})

    assert planted_too
    assert not faults, listed(faults)


BUSY = "blackout"  # in which pages say the most
THEMES = ("dark", "light")
LONGEST_PX = 12_000  # of a page: nothing is below the bar of a telephone


@pytest.fixture(scope="module")
def themed(
    drawn: dict[str, dict[str, Markup]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Markup]]:
    """Return the pages of the state in which they say the most, by their colours."""
    folder = tmp_path_factory.mktemp("light") / "rooms"
    return {"dark": drawn[BUSY], "light": drawn_in(folder, BUSY, ("fr",), "light")}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ADDRESSES)
def test_no_page_shuts_anybody_out(
    desk: Desk, themed: dict[str, dict[str, Markup]], name: str, theme: str
) -> None:
    found = []
    for wide, _ in (LAPTOP, PHONE):
        desk.resize((wide, LONGEST_PX))
        desk.draw(themed[theme][f"{name} | {BUSY} | fr"])
        found += violations(desk.page)

    assert found == []


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=str)
@pytest.mark.parametrize("name", ADDRESSES)
def test_the_keyboard_comes_to_everything_in_the_order_it_is_read(
    desk: Desk, drawn: dict[str, dict[str, Markup]], name: str, size: Size
) -> None:
    desk.resize(size)
    desk.draw(drawn[BUSY][f"{name} | {BUSY} | fr"])
    wanted = desk.page.evaluate(REACHABLE)
    found = stops(desk.page)

    assert [stop["order"] for stop in found] == [*range(wanted)]
    faint = [
        stop
        for stop in found
        if stop["outline"] < OUTLINE_PX or min(stop["wide"], stop["high"]) < LEAST_PX
    ]
    assert faint == []


@pytest.mark.parametrize("name", ["journal", "shift", "incidents"])
def test_the_days_that_are_shown_are_named_whole_on_a_telephone(
    desk: Desk, drawn: dict[str, dict[str, Markup]], name: str
) -> None:
    desk.resize(PHONE)
    desk.draw(drawn[BUSY][f"{name} | {BUSY} | fr"])

    chosen = desk.page.locator(".s-choices a[aria-current]").all()
    boxes = [box for each in chosen if (box := each.bounding_box())]
    assert all(box["x"] + box["width"] <= PHONE[0] for box in boxes)


def test_the_button_of_a_form_stands_on_the_line_of_its_fields(
    desk: Desk, drawn: dict[str, dict[str, Markup]]
) -> None:
    desk.resize(LAPTOP)
    desk.draw(drawn[BUSY][f"outages | {BUSY} | fr"])

    fields = desk.page.locator(
        ".s-choose :is(select, input:not([type=hidden]), button)"
    )
    boxes = [box for each in fields.all() if (box := each.bounding_box())]
    assert len({round(box["y"] + box["height"]) for box in boxes}) == 1


PLANTED = {
    "cut": '<p style="width:60px;overflow:hidden;white-space:nowrap">a long answer</p>',
    "cut at the foot": '<p style="height:12px;overflow:hidden">an answer<br>more</p>',
    "overlap": '<p>one</p><p style="margin-top:-20px">another</p>',
    "out of the window": '<p style="margin-left:1300px;width:200px">over there</p>',
    "broken": '<p style="width:60px">understanding</p>',
    "scrolls sideways": '<p style="width:3000px">wide</p>',
    "small": '<button style="font-size:6px;padding:0;border:0">x</button>',
    "targets overlap": '<a class="s-act" href="x">one</a>'
    '<a class="s-act" style="margin-left:-40px" href="y">two</a>',
    "reached by scrolling": '<div style="width:90px;overflow-x:auto">'
    '<a class="s-act" style="display:block;width:200px" href="x">one</a></div>',
    "when opened": '<details><summary class="s-act">more</summary>'
    '<p style="margin-left:1300px;width:200px">over there</p></details>',
}


def planted(html: str) -> str:
    inside = f'<div class="secours-root"><div class="s-status">{html}</div></div>'
    return f'<div id="secours-first" class="s-desk">{inside}</div>'


@pytest.mark.parametrize("fault", PLANTED)
def test_each_planted_fault_is_found(desk: Desk, fault: str) -> None:
    desk.resize(LAPTOP)
    (found,) = desk.faults({fault: planted(PLANTED[fault])}).values()

    assert any(each.startswith(fault.partition(" at")[0]) for each in found), found


@pytest.mark.parametrize(
    "html",
    [
        '<p title="a long answer" style="width:60px;overflow:hidden;'
        'white-space:nowrap;text-overflow:ellipsis">a long answer</p>',
        '<p style="overflow-x:auto;white-space:nowrap" tabindex="0">'
        f"{'a long answer ' * 50}</p>",
        '<p class="s-unseen">heard</p><p>seen</p>',
        '<p>a word <a href="x">within</a> a sentence</p>',
    ],
    ids=["ellipsis", "scrolls", "heard", "in a sentence"],
)
def test_what_is_meant_is_no_fault(desk: Desk, html: str) -> None:
    desk.resize(LAPTOP)

    assert not desk.faults({"meant": planted(html)})


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=str)
def test_a_fact_without_a_term_stands_with_the_other_facts(
    desk: Desk, size: Size
) -> None:
    desk.resize(size)
    desk.draw(
        planted(
            '<dl class="s-facts-list"><dt>detected</dt><dd>soon</dd><dd>no test</dd>'
            "<dt>needs</dt><dd>power</dd></dl>"
        )
    )
    lefts = desk.page.locator("dd").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().left)"
    )

    assert len(lefts) == 3
    assert len(set(lefts)) == 1
