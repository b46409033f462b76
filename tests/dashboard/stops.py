"""Where the keyboard stops on a page, and what is seen of it there."""

from typing import Any

from playwright.sync_api import Page

MOST_STOPS = 250
LEAST_PX, OUTLINE_PX = 24, 2

# Where the keyboard is: what is seen of it, or null once it comes round again. Inputs
# that are hidden (those of boxes, choices and sliders) are seen as what is around them.
STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body || at.dataset.seen) return null;
  at.dataset.seen = "1";
  const hidden = at.closest('[style*="clip-path"]');
  const seen = hidden ? hidden.parentElement : at;
  const style = getComputedStyle(seen), box = seen.getBoundingClientRect();
  const beyond = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth);
  let cut = false;
  for (let e = seen.parentElement; e; e = e.parentElement) {
    const around = e.getBoundingClientRect();
    cut ||= getComputedStyle(e).overflowX === "hidden" && box.height < innerHeight &&
      (around.left > box.left - beyond + 1 || around.top > box.top - beyond + 1);
  }
  return {
    name: `${at.tagName} ${at.getAttribute("aria-label") || at.innerText || at.type}`,
    outline: cut || style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    wide: box.width, high: box.height, order: Number(at.dataset.order),
  };
}"""
AGAIN = (
    """document.querySelectorAll("[data-seen]").forEach(e => delete e.dataset.seen)"""
)


def stops(page: Page) -> list[dict[str, Any]]:
    """Go through the page with the key, and return each place it stops at."""
    page.evaluate(AGAIN)
    found: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            return found
        found.append(stop)
    raise AssertionError("the keyboard comes to no end")
