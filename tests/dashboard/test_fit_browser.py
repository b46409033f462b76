"""Does what is drawn fit on real screens, at the sizes that people can read?"""

import pytest
from dashboard.browser import font_face
from msgspec.structs import replace
from playwright.sync_api import Browser
from render import town_statements
from render.snapshots import (
    change,
    moment,
    snapshot,
    standing,
    with_channel,
    with_line,
)

from secours.languages import LANGUAGES
from secours.model.observed import Evidence, Reason
from secours.model.plan import Text, Tier
from secours.model.snapshot import Backup, Link, Snapshot
from secours.render.pages.status import status_html
from secours.render.styles import css
from secours.render.wall.stale_cover import stale_html
from secours.render.wall.wall import wall_html

pytestmark = pytest.mark.browser

SIZES = [(1920, 1080), (3840, 2160), (1366, 768), (1024, 768), (390, 844)]

FAULTS = """() => {
  const faults = [], wide = innerWidth > innerHeight;
  const all = [...document.querySelectorAll(".s-wall *, .s-cover *, .s-status *")];
  for (const e of all.filter(e => !e.matches(".s-here, .s-said"))) {
    const r = e.getBoundingClientRect();
    if (r.right > innerWidth + 1 || r.left < -1) faults.push("out " + e.className);
    if (wide && e.closest(".s-wall, .s-cover") && r.bottom > innerHeight + 1)
      faults.push("below " + e.className);
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
      faults.push("cut " + e.className);
  }
  const texts = [...document.querySelectorAll(
    ".s-number, .s-name, .s-mark, .s-beside, .s-verb, .s-rank, .s-answer, .s-how," +
    ".s-else, .s-why, .s-row, .s-age, .s-clock, .s-site, .s-plan, .s-more, .s-banner," +
    ".s-band .s-here, .s-chip")];
  const seen = texts.filter(e => !e.matches(".s-said"));
  seen.forEach((a, i) => seen.slice(i + 1).forEach(b => {
    if (a.contains(b) || b.contains(a)) return;
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (x > 1 && y > 2) faults.push("overlap " + a.className + " / " + b.className);
  }));
  return faults;
}"""


def crowded() -> Snapshot:
    """Return a plan in which everything that can be said is said at once."""
    shown = snapshot(
        "xooo",
        "xdxo",
        own_link=Link.DOWN,
        example=True,
        config_error="probes.yaml:1:1",
        trouble=("disk",),
        changes=(change("teams", "o", "x", 60),),
    )
    shared = Backup(
        channel="radio", tier=Tier.ALTERNATE, shares=("carrier:mobile-a", "power:grid")
    )
    shown = with_line(shown, 0, backup=shared)
    old = standing("o", evidence=Evidence.EXERCISED, evidence_at=moment(6 * 86400))
    shown = with_channel(shown, "runner", standing=old)
    ours = standing("?", reason=Reason.OWN_LINK)
    shown = with_channel(shown, "pager", standing=ours)
    more = [replace(line, audience="partners") for line in shown.recommendations]
    return replace(shown, recommendations=(*shown.recommendations, *more))


def wordy() -> Snapshot:
    """Return a plan with the longest names that people write."""
    how = "Composer le 02 555 12 12, puis le code à six chiffres de la fiche rouge"
    shown = snapshot("oooo", "xxxo")
    shown = with_channel(
        shown,
        "sms",
        short_name=Text("Téléconférence sécurisée préfectorale"),
        how=Text(f"{how}, puis la touche dièse, et attendre le signal"),
    )
    return with_channel(
        shown, "satphone", short_name=Text("Donaudampfschifffahrtsgesellschaft")
    )


def starting() -> Snapshot:
    shown = snapshot("????", "????", started=moment(3))
    return with_line(with_line(shown, 0, measuring=True), 1, measuring=True)


ALL_FAULTS = f"""async drawn => {{
  const found = {{}}, faults = {FAULTS};
  for (const [kind, html] of Object.entries(drawn)) {{
    document.body.innerHTML = html;
    await document.fonts.ready;
    found[kind] = faults();
  }}
  return found;
}}"""
SITUATIONS = {
    "fine": snapshot(),
    "fallback": snapshot("xo?o", "xdoo", changes=(change("teams", "o", "x", 60),)),
    "degraded": snapshot("xdxx", "ddxx"),
    "unverified": snapshot("xx?x", "????"),
    "nothing": snapshot("xxxx", "xxxo"),
    "starting": starting(),
    "crowded": crowded(),
    "wordy": wordy(),
}
SPOKEN = {
    **town_statements.SITUATIONS,
    "crowded exercise": town_statements.rehearsed(crowded()),
}


@pytest.fixture(scope="module")
def font() -> str:
    return font_face()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_is_cut_and_nothing_overlaps(
    chromium: Browser, font: str, size: tuple[int, int]
) -> None:
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    page.set_content(f"<style>{font}{css()}</style><body style='margin:0'>")
    faults = {}
    for language in LANGUAGES:
        for name, shown in (SITUATIONS | SPOKEN).items():
            drawn = {
                "wall": wall_html(shown, language, age_s=4.0),
                "line": wall_html(shown, language, age_s=4.0, line=1),
                "bands": wall_html(shown, language, age_s=4.0, layout="bands"),
                "band": wall_html(shown, language, age_s=4.0, line=1, layout="bands"),
                "stale": stale_html(shown, language),
                "status": status_html(shown, language, age_s=4.0),
            }
            for kind, found in page.evaluate(ALL_FAULTS, drawn).items():
                if found:
                    faults[f"{kind} {name} {language}"] = found
    page.close()

    assert not faults, "\n".join(f"{name}: {found}" for name, found in faults.items())
