"""The state of every channel, with what each of its probes says."""

from collections.abc import Callable

from secours.dashboard.feed import Wish
from secours.dashboard.source import Look
from secours.dashboard.watching import asked, watch
from secours.model import Snapshot
from secours.screen.status import status_html


def show(look: Callable[[], Look]) -> None:
    """Show every channel; the address may ask for a language."""

    def draw(snapshot: Snapshot, language: str, age_s: float) -> str:
        return status_html(snapshot, language, age_s=age_s)

    watch(look, draw, Wish(language=asked("lang")), key="status")
