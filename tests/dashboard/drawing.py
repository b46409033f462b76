"""Screens drawn in a real browser, and what it measures of them.

The font is loaded once and many screens are drawn in one call: loading a page takes
longer than all that is measured on it.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dashboard.browser import font_face
from playwright.sync_api import Page

from secours.render.styles import css

CHUNK = 60  # screens drawn in one call

# what is cut, what runs out of where it belongs, and which texts lie over each other
FAULTS = """
const hidden = e => e.matches(".s-here, .s-said") && !e.closest(".s-band .s-here");
const TEXTS = ".s-number, .s-name, .s-mark, .s-beside, .s-verb, .s-rank, .s-answer," +
  ".s-how, .s-else, .s-why, .s-row, .s-age, .s-clock, .s-site, .s-chip," +
  ".s-banner, .s-split p, .s-band .s-here, .s-unsafe p, .s-played, .s-striped," +
  ".s-left, .s-province-said, .s-tile, .s-tile-name, .s-tile-detail, .s-beside-map li";
function faults() {
  const found = [], wide = innerWidth > innerHeight;
  const all = [...document.querySelectorAll(".s-wall *, .s-cover *, .s-status *")];
  for (const e of all.filter(e => !hidden(e))) {
    const r = e.getBoundingClientRect(), inside = e.closest(".s-wall, .s-cover");
    if (r.right > innerWidth + 1 || r.left < -1) found.push("out " + e.className);
    if (wide && inside && r.bottom > innerHeight + 1)
      found.push("below " + e.className);
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
      found.push("cut " + e.className);
    if (!e.getClientRects().length) continue;
    const holder = e.parentElement.closest(
      ".s-card, .s-rung, .s-more, .s-banner, .s-tile");
    if (!holder || !inside) continue;
    const h = holder.getBoundingClientRect();
    if (e.matches(".s-here")) continue;
    if (r.bottom > h.bottom + 2 || r.top < h.top - 2)
      found.push("spills " + e.className + " from " + holder.className);
  }
  const texts = [...document.querySelectorAll(TEXTS)].filter(e => !hidden(e))
    .map(e => [e, e.getBoundingClientRect()]).sort(([, p], [, q]) => p.top - q.top);
  texts.forEach(([a, p], i) => {
    for (let n = i + 1; n < texts.length && texts[n][1].top < p.bottom - 2; n++) {
      const [b, q] = texts[n];
      const x = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const y = Math.min(p.bottom, q.bottom) - q.top;
      if (x > 1 && y > 2 && !a.contains(b) && !b.contains(a))
        found.push("overlap " + a.className + " / " + b.className);
    }
  });
  return found;
}
"""

# what each card and each rung looks like
LOOKS = """
const px = e => parseFloat(getComputedStyle(e).fontSize);
const owns = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
const own = e => [...e.childNodes].filter(n => n.nodeType === 3)
  .map(n => n.textContent).join("").trim();
const box = e => {
  const r = e.getBoundingClientRect();
  return [r.left, r.top, r.right, r.bottom];
};
const shapeOf = e => {
  const s = getComputedStyle(e), points = s.clipPath.split(",").length;
  if (s.clipPath.startsWith("inset")) return "bar";
  if (s.clipPath.startsWith("polygon")) return points === 3 ? "triangle" : "cross";
  if (s.backgroundImage.includes("gradient")) return "dashed square";
  return s.backgroundColor === "rgba(0, 0, 0, 0)" ? "ring" : "disc";
};
const badgeOf = e => {
  if (!e) return "none";
  const s = getComputedStyle(e);
  if (s.backgroundColor !== "rgba(0, 0, 0, 0)") return "filled";
  return s.boxShadow !== "none" ? "outlined" : "none";
};
function unit() {
  if (innerWidth <= innerHeight) return .0112 * innerWidth;
  return Math.min(.01 * innerHeight, .005625 * innerWidth);
}
function card(e) {
  const u = unit(), answers = [...e.querySelectorAll(".s-answer:not(.s-gone)")];
  const texts = [...e.querySelectorAll("*")].filter(
    t => owns(t) && !hidden(t) && !t.closest(".s-ladder") && !t.closest(".s-answer"));
  const how = e.querySelector(".s-how"), gone = e.querySelector(".s-gone");
  return {
    edge: getComputedStyle(e).borderLeftColor,
    edge_width: parseFloat(getComputedStyle(e).borderLeftWidth) / u,
    ground: getComputedStyle(e).backgroundColor,
    head: e.querySelector(".s-head").getBoundingClientRect().top,
    foot: answers[0].getBoundingClientRect().bottom,
    answers: answers.map(a => a.innerText),
    answer: px(answers[0]) / u,
    gone: gone && [gone.innerText, px(gone) / u, box(gone), box(answers[0]),
      getComputedStyle(gone).textDecorationLine, badgeOf(e.querySelector(".s-mark"))],
    others: Math.max(0, ...texts.map(t => px(t) / u)),
    how: how && how.innerText,
    how_size: how && px(how) / u,
    rank: e.querySelector(".s-rank")?.innerText ?? "",
    words: e.innerText,
    elses: [...e.querySelectorAll(".s-else")].map(t => t.innerText),
  };
}
function rung(e) {
  const shape = e.querySelector(".s-shape"), mark = e.querySelector(".s-mark");
  return {
    name: own(e.querySelector(".s-name")),
    framed: getComputedStyle(e, "::after").borderTopColor === "rgb(255, 255, 255)"
      && getComputedStyle(e, "::after").content !== "none",
    shape: shapeOf(shape),
    shape_colour: getComputedStyle(shape).backgroundColor,
    shape_height: shape.getBoundingClientRect().height / unit(),
    badge: badgeOf(mark),
    word: mark.innerText,
    said: mark.matches(".s-said"),
    box: box(e),
  };
}
function look() {
  const ladders = [...document.querySelectorAll(".s-ladder")];
  return {
    faults: faults(),
    cards: [...document.querySelectorAll(".s-card")].map(card),
    ladders: ladders.map(l => [...l.querySelectorAll(".s-rung")].map(rung)),
    texts: [...document.querySelectorAll(".s-wall *, .s-cover *")]
      .filter(e => owns(e) && !hidden(e))
      .map(e => [e.className, e.innerText, px(e) / unit(), [
        ".s-answer", ".s-how", ".s-footer", ".s-chip", ".s-beside, .s-plus", ".s-name",
        ".s-exercise", ".s-banner, .s-top, .s-unsafe",
      ].filter(s => e.closest(s))]),
  };
}
"""

DRAW = f"""async ([wanted, drawn]) => {{
  {FAULTS} {LOOKS}
  const found = {{}};
  for (const [name, html] of Object.entries(drawn)) {{
    document.body.innerHTML = html;
    await document.fonts.ready;
    found[name] = wanted === "faults" ? faults() : look();
  }}
  return found;
}}"""


class Drawing:
    """An empty page with the stylesheet and the font."""

    def __init__(self, page: Page) -> None:
        """Draw on this page."""
        self.page = page
        page.set_content(
            f"<style>{font_face()}{css()}</style><body style='margin:0'></body>"
        )
        page.evaluate("document.fonts.load('12px \"Source Sans\"')")

    def resize(self, width: int, height: int) -> None:
        """Draw on a screen of another size from now on."""
        self.page.set_viewport_size({"width": width, "height": height})

    def draw(self, html: str) -> None:
        """Draw one screen, and let it stand."""
        self.page.evaluate("html => { document.body.innerHTML = html; }", html)
        self.page.evaluate("document.fonts.ready.then(() => 0)")

    def faults(self, drawn: Mapping[str, str]) -> dict[str, list[str]]:
        """Draw each screen; return those that have faults."""
        return {name: found for name, found in self._measured("faults", drawn) if found}

    def looks(self, drawn: Mapping[str, str]) -> dict[str, dict[str, Any]]:
        """Draw each screen; return what it looks like."""
        return dict(self._measured("looks", drawn))

    def _measured(
        self, wanted: str, drawn: Mapping[str, str]
    ) -> Iterator[tuple[str, Any]]:
        names = [*drawn]
        for first in range(0, len(names), CHUNK):
            chunk = {name: drawn[name] for name in names[first : first + CHUNK]}
            yield from self.page.evaluate(DRAW, [wanted, chunk]).items()


Canvas = Callable[..., Drawing]


def listed(faults: Mapping[str, object]) -> str:
    """Write faults below each other."""
    return "\n".join(f"{name}: {found}" for name, found in faults.items())
