"""A person at a screen: presses each thing once, as with a mouse or a finger."""

from collections.abc import Callable

from dashboard.browser import WITHIN_MS
from dashboard.desk import COVER, drawn_anew, measured, settled
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

NAME = "Your name, for the journal"
SEEN = """e => {
  const box = e.getBoundingClientRect();
  const x = box.left + Math.min(box.width, 20) / 2, y = box.top + box.height / 2;
  return box.top >= 0 && box.bottom <= innerHeight && box.left >= 0
    && box.right <= innerWidth && e.contains(document.elementFromPoint(x, y));
}"""

Press = Callable[[Locator], None]


class Officer:
    """Whoever looks: counts what they press, and waits for what it leads to."""

    def __init__(self, page: Page, press: Press = Locator.click) -> None:
        """Sit before this page."""
        self.page = page
        self.clicks = 0
        self._press = press

    def press(self, target: Locator, shows: Locator) -> None:
        """Press something once: it leads to what it is to show."""
        self.clicks += 1
        self._press(target)
        expect(shows.first).to_be_visible(timeout=WITHIN_MS)

    def type(self, label: str, text: str) -> None:
        """Press a field and type; the field is not left."""
        field = self.page.get_by_label(label)
        expect(field).to_have_count(1, timeout=WITHIN_MS)  # the form before it is gone
        self._press(field)
        field.press_sequentially(text)

    def click(self, target: Locator, shows: Locator) -> None:
        """Press something that can be seen without scrolling, until all is drawn."""
        self.sees(target)
        self.press(target, shows)
        drawn_anew(self.page)
        settled(self.page)

    def sees(self, target: Locator) -> None:
        """Demand that it is in the window, and nothing over it."""
        expect(target).to_be_visible(timeout=WITHIN_MS)
        expect(self.page.locator(COVER)).to_be_hidden()
        seen = measured(target, SEEN)
        assert seen, f"{target} is not in the window: {target.bounding_box()}"


def telephone(chromium: Browser) -> BrowserContext:
    """Return a telephone, whose pages are tapped."""
    size = {"width": 390, "height": 844}
    return chromium.new_context(viewport=size, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
