"""The situations that every screen is drawn in: usual ones, bad ones, crowded ones."""

from msgspec.structs import replace
from render import hearing, others, town_statements
from render.snapshots import (
    change,
    moment,
    snapshot,
    standing,
    with_channel,
    with_line,
)

from secours.languages import Text
from secours.model.observed import Evidence, Reason
from secours.model.sections.line import Tier
from secours.model.snapshot import Backup, Link, PassedOver, Snapshot


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


def measuring(shown: Snapshot, place: int) -> Snapshot:
    """Let nothing be known of a line yet."""
    nothing = {"use": None, "backup": None, "still_usable": (), "passed_over": ()}
    return with_line(shown, place, measuring=True, since=None, **nothing)


def starting() -> Snapshot:
    shown = snapshot("????", "????", started=moment(3))
    return measuring(measuring(shown, 0), 1)


def meanwhile() -> Snapshot:
    """Return a plan of which each first choice is still measured, and others work."""
    shown = snapshot("?ooo", "?ooo", started=moment(30))
    for place, first in enumerate(("sms", "teams")):
        new = standing("?", reason=Reason.NOT_MEASURED)
        shown = with_channel(shown, first, standing=new)
        passed = PassedOver(channel=first, reason=Reason.NOT_MEASURED)
        shown = with_line(
            shown, place, measuring=True, since=None, passed_over=(passed,)
        )
    return shown


def holding() -> Snapshot:
    """Return a plan whose first choices work again and have not held yet."""
    firsts = ("sms", "teams")
    back = tuple(change(first, "x", "o", 36) for first in firsts)
    shown = snapshot("xooo", "xooo", changes=back)
    for place, first in enumerate(firsts):
        passed = PassedOver(
            channel=first,
            reason=Reason.FAILBACK,
            facts={"left_s": 360.0},
            since=moment(36),
        )
        spare = Backup(channel=first, tier=Tier.PRIMARY)
        shown = with_channel(shown, first, standing=standing(since_s=36))
        shown = with_line(shown, place, passed_over=(passed,), backup=spare)
    return shown


def with_more_channels(shown: Snapshot, more: int) -> Snapshot:
    """Return a plan in which each tier holds so many more channels of its line."""
    for place, line in enumerate(shown.recommendations):
        names = [name for _, channels in line.tiers for name in channels]
        tiers = tuple(
            (tier, (best, *[name for name in names if name != best][:more]))
            for tier, (best,) in line.tiers
        )
        shown = with_line(shown, place, tiers=tiers)
    return shown


def starting_with_long_names(each: int) -> Snapshot:
    """Return a plan not yet measured, with so many long names in each tier."""
    shown = starting()
    for place, line in enumerate(shown.recommendations):
        view = shown.channel(line.tiers[0][1][0])
        tiers = tuple(
            (tier, tuple(f"{view.name} {tier} {n}" for n in range(each)))
            for tier, _ in line.tiers
        )
        channels = (
            replace(view, name=name, short_name=Text(f"Téléconférence {name}"))
            for _, names in tiers
            for name in names
        )
        shown = replace(shown, channels=(*shown.channels, *channels))
        shown = with_line(shown, place, tiers=tiers)
    return shown


def with_long_word(letters: int = 40) -> Snapshot:
    """Return a plan whose backups have names of one very long word."""
    word = Text("Donaudampfschifffahrtsgesellschaftskapitän"[:letters])
    shown = with_channel(snapshot("xooo", "oooo"), "pager", short_name=word)
    return with_channel(shown, "bridge", short_name=word)


def among_others() -> Snapshot:
    """Return a town that other sites tell that it is its own fault."""
    changes = change("sms", "o", "x", 60), change("teams", "d", "o", 360)
    return replace(others.us(), changes=changes)


SITUATIONS = {
    "fine": snapshot(),
    "fallback": snapshot("xo?o", "xdoo", changes=(change("teams", "o", "x", 60),)),
    "degraded": snapshot("xdxx", "ddxx"),
    "unverified": snapshot("xx?x", "????"),
    "nothing": snapshot("xxxx", "xxxo"),
    "starting": starting(),
    "meanwhile": meanwhile(),
    "holding": holding(),
    "crowded": crowded(),
    "wordy": wordy(),
    "it is us": among_others(),
    "unheard": others.unheard(),
}
SPOKEN = {
    **town_statements.SITUATIONS,
    **hearing.SITUATIONS,
    "crowded exercise": town_statements.rehearsed(crowded()),
}
