"""Does the sheet print on exactly one side of A4?"""

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser
from render import town_statements
from render.entries import note
from render.longest_town import town
from render.sent_notices import informed
from render.snapshots import NOON, channel, line, moment, snapshot

from secours.config import load
from secours.core.audit.plan import Trying
from secours.demo.town import plan_text
from secours.engine.published.current import of_plan
from secours.languages import LANGUAGES, Text
from secours.model.sections.line import Purpose
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared, Mark, Watch, WatchAction
from secours.render.logbook import shift
from secours.render.logbook.shift import ShiftData
from secours.render.paper.sheet import sheet_html
from secours.render.wording.localizer import Localizer

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
A4_PT = (595, 842)


def example(_: Path) -> Snapshot:
    return of_plan(load(ROOT / "probes.yaml"))


def demo(folder: Path) -> Snapshot:
    addresses: dict[str, str] = defaultdict(lambda: "127.0.0.1:9")
    file = folder / "probes.yaml"
    file.write_text(plan_text(addresses, language="fr", autonomy_s=60), "utf-8")
    return of_plan(load(file))


def small(_: Path) -> Snapshot:
    return snapshot()


def full(_: Path) -> Snapshot:
    return town()


def huge(_: Path) -> Snapshot:
    """Return forty channels in ten lines, each with a long explanation."""
    how = Text("Composer le 02 555 12 12, puis le code à six chiffres de la fiche " * 3)
    names = [f"channel-{number}" for number in range(40)]
    lines = tuple(
        line(Purpose.ALERT, names[at : at + 4], "oooo", audience=f"group {at}")
        for at in range(0, 40, 4)
    )
    channels = tuple(replace(channel(name), how=how) for name in names)
    return snapshot(channels=channels, recommendations=lines)


def watched(_: Path) -> Snapshot:
    """Return a full town whose watch goes from one long name to another."""
    names = ("Anne-Sophie Vandenbroucke-Delvaux " * 2, "Bartholomeus van den Berg " * 2)
    action = WatchAction.HANDED
    watch = Watch(action=action, by=names[0], to=names[1], at=moment(90_000))
    return replace(town(), watch=watch)


@pytest.mark.parametrize("plan", [example, demo, small, full, watched, huge])
def test_the_sheet_is_exactly_one_page_of_a4(
    chromium: Browser, tmp_path: Path, plan: Callable[[Path], Snapshot]
) -> None:
    shown = plan(tmp_path)
    page = chromium.new_page()
    for language in LANGUAGES:
        for states in (True, False):
            page.set_content(sheet_html(shown, language, states=states))
            printed = page.pdf(prefer_css_page_size=True)

            assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
            width, height = map(float, re.findall(rb"[\d.]+", media_box(printed))[2:])
            assert (round(width), round(height)) == A4_PT
    page.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_watch_is_exactly_one_page_however_much_there_is_to_know(
    chromium: Browser, language: str
) -> None:
    full = watch_to_hand_over()
    localizer = Localizer(full, language)
    long = "Prévenu le bourgmestre et le gouverneur, en attente de leur réponse. " * 3
    known = ShiftData(
        tests=[
            Trying(channel=view.name, every_s=86400.0, standing="never")
            for view in full.channels
        ],
        changes=[note(long) for _ in range(90)],
    )
    page = chromium.new_page()

    page.set_content(shift.paper_html(known, localizer, NOON, is_fresh=False))
    printed = page.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.close()


def watch_to_hand_over() -> Snapshot:
    """Return a town in which nothing works and much is declared."""
    names = [f"canal-{number}" for number in range(30)]
    marks = tuple(
        Mark(
            subject=f"channel:{name}",
            says=Declared.MAINTENANCE,
            by="Anne-Sophie Vandenbroucke",
            why="remplacement du commutateur au deuxième étage, fin prévue ce soir",
            at=moment(3600),
        )
        for name in names
    )
    lines = tuple(
        line(Purpose.ALERT, names[at : at + 4], "xxo?", audience=f"groupe {at}")
        for at in range(0, 28, 4)
    )
    channels = tuple(channel(name, "x") for name in names)
    return replace(informed(), channels=channels, recommendations=lines, marks=marks)


def media_box(printed: bytes) -> bytes:
    found = re.search(rb"/MediaBox\s*\[([^\]]*)\]", printed)
    assert found
    return found[1]


def test_the_sheet_is_black_on_white(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(sheet_html(snapshot("xdo?"), "fr", states=True))

    colours = page.evaluate(
        "[...document.querySelectorAll('body, body *')].flatMap(e => {"
        " const s = getComputedStyle(e); return [s.color, s.borderTopColor]; })"
    )

    assert set(colours) == {"rgb(0, 0, 0)"}
    page.close()


def test_beside_a_long_state_no_name_is_broken_in_a_word(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 900, "height": 1200})
    page.set_content(sheet_html(town_statements.ending(), "fr", states=True))

    names = page.evaluate(
        "() => [...document.querySelectorAll('.name')].map(e => {"
        " const range = document.createRange(), text = e.firstChild;"
        " return e.innerText.split(' ').map(word => {"
        "  const at = text.data.indexOf(word);"
        "  range.setStart(text, at); range.setEnd(text, at + word.length);"
        "  return [word, range.getClientRects().length]; }); }).flat()"
    )

    assert len(names) > 8
    assert {rows for _, rows in names} == {1}, names
    page.close()
