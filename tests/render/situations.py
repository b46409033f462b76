"""The situations that every screen is drawn in: usual ones, bad ones, crowded ones."""

from msgspec.structs import replace
from render import town_statements
from render.snapshots import (
    change,
    moment,
    snapshot,
    standing,
    with_channel,
    with_line,
)

from secours.model.observed import Evidence, Reason
from secours.model.plan import Text, Tier
from secours.model.snapshot import Backup, Link, Snapshot


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
