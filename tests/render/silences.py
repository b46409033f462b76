"""A town whose management has orders for silence, which hold or do not."""

from typing import Any

from msgspec.structs import replace
from render.snapshots import moment, snapshot

from secours.languages import Text
from secours.model.receivers.audiences import Listening, WhenCut
from secours.model.snapshot import OrdersView, Snapshot

RADIO = Text(translations={"fr": "radio CRISE-1", "en": "radio CRISIS-1"})
HOURLY = Listening(hour=None, minute=0, lasts_min=5, where=RADIO)
ORDERS = WhenCut(
    after_s=1800.0,
    listen=HOURLY,
    decide=Text("chaque directeur ferme son école"),
    meet=Text("salle des mariages, à 8 h et à 20 h"),
    send=Text("un coureur au poste de commandement, rue Haute 4"),
)
NEEDS = {"power": Text("un groupe électrogène de 20 kVA")}


def silent(shot: Snapshot | None = None, **given: Any) -> Snapshot:
    """Return a town in which the orders of the management hold since 47 minutes."""
    view = {
        "audience": "management",
        "orders": ORDERS,
        "since": moment(2820),
        "in_force": True,
        "all_cut": True,
    }
    found = snapshot("xxxx", "xxxx") if shot is None else shot
    return replace(
        found,
        site=replace(found.site, timezone="Europe/Brussels"),
        orders=(OrdersView(**{**view, **given}),),
        reports={"authority": NEEDS},
    )


def waiting(shot: Snapshot | None = None, **given: Any) -> Snapshot:
    """Return a town whose orders do not hold."""
    state = {"since": None, "in_force": False, "all_cut": False}
    return silent(shot or snapshot(), **{**state, **given})
