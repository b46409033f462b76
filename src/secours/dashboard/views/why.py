"""Why: each channel that ails, what speaks for and against suspects, what comes next."""

from markupsafe import Markup

from secours.core.diagnosis.explanation import explain
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine.source import plan
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.pages.why import Known, why_html
from secours.render.wording.localizer import Localizer


def draw(localizer: Localizer, address: Address, _: Visit) -> Markup:
    """Draw the page; the channel that the address names comes first."""
    known = _known(localizer.snapshot, plan())
    return why_html(localizer, known, address.get("name"))


def _known(snapshot: Snapshot, plan: Config | None) -> Known:
    """Explain by the plan that the snapshot was made from; another would mislead."""
    if plan is None or plan.version != snapshot.plan_version:
        return Known()
    return Known(plan=plan, why=explain(plan, snapshot))
