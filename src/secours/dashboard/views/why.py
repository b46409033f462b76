"""Why: the suspects, what speaks for and against each, and what comes next."""

from markupsafe import Markup

from secours.core.diagnosis.explanation import Explanation, explain
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine.source import plan
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.pages.why import why_html
from secours.render.wording.localizer import Localizer


def draw(localizer: Localizer, _: Address, __: Visit) -> Markup:
    """Draw the page."""
    return why_html(localizer, _explained(localizer.snapshot, plan()))


def _explained(snapshot: Snapshot, plan: Config | None) -> Explanation | None:
    """Explain by the plan that the snapshot was made from; another would mislead."""
    if plan is None or plan.version != snapshot.plan_version:
        return None
    return explain(plan, snapshot)
