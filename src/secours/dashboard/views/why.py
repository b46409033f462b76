"""Why: the suspects, what speaks for and against each, and what comes next."""

from collections.abc import Callable

from markupsafe import Markup

from secours.core.diagnosis.explanation import Explanation, explain
from secours.dashboard.engine.source import Look
from secours.dashboard.feed import Wish
from secours.dashboard.refresh import asked, watch
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.pages.why import why_html


def show(look: Callable[[], Look], plan: Callable[[], Config | None]) -> None:
    """Show the page; the address may ask for a language."""

    def draw(snapshot: Snapshot, language: str, age_s: float) -> Markup:
        return why_html(snapshot, language, _explained(snapshot, plan()), age_s=age_s)

    watch(look, draw, Wish(language=asked("lang")), key="why")


def _explained(snapshot: Snapshot, plan: Config | None) -> Explanation | None:
    """Explain by the plan that the snapshot was made from; another would mislead."""
    if plan is None or plan.version != snapshot.plan_version:
        return None
    return explain(plan, snapshot)
