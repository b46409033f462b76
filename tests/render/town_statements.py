"""Snapshots of a town in which people have said something."""

from datetime import timedelta

from msgspec.structs import replace
from render.snapshots import (
    ALERT,
    COORDINATE,
    NOON,
    line,
    moment,
    snapshot,
    standing,
    with_channel,
    with_line,
)

from secours.languages import Text
from secours.model.observed import Evidence, Instant, Reason
from secours.model.sections.line import Purpose, Tier
from secours.model.snapshot import (
    Backup,
    ComponentView,
    Forecast,
    PassedOver,
    Rehearsal,
    Snapshot,
    Standing,
    State,
    Use,
)
from secours.model.statements import (
    Declared,
    Exercise,
    Mark,
    Pin,
    Watch,
    WatchAction,
)

GRID = ComponentView(
    name="power:grid",
    label=Text(
        translations={
            "fr": "Réseau électrique",
            "nl": "Elektriciteitsnet",
            "de": "Stromnetz",
            "en": "Power grid",
        }
    ),
    standing=standing("?"),
)


def town(alert: str = "oooo", coordinate: str = "oooo") -> Snapshot:
    """Return a town with a power grid."""
    shown = snapshot(alert, coordinate)
    return replace(shown, components=(*shown.components, GRID))


def later(minutes: float) -> Instant:
    """Return the moment so many minutes after the snapshot."""
    return moment(-60 * minutes)


def set_aside(*, due: bool = False, by: str = "Anne Dupont") -> Snapshot:
    """Return a town whose Teams is distrusted, and its SMS in maintenance."""
    until = NOON + timedelta(hours=-1 if due else 4)
    mark = Mark(
        subject="channel:teams",
        says=Declared.DISTRUSTED,
        by=by,
        why="intrus",
        at=moment(7200),
        until=until,
    )
    repair = replace(mark, subject="channel:sms", says=Declared.MAINTENANCE, by="Bob")
    repair = replace(repair, until=NOON + timedelta(hours=4))
    shown = replace(town(), marks=(mark, repair))
    aside = standing("o", since_s=90_000, aside=Reason.SET_ASIDE, declared_by=by)
    shown = with_channel(shown, "teams", standing=aside)
    aside = standing("o", since_s=90_000, aside=Reason.MAINTENANCE, declared_by="Bob")
    shown = with_channel(shown, "sms", standing=aside)
    second = {"since": moment(7200), "still_usable": ()}
    for place, (purpose, names, reason) in enumerate(
        (
            (Purpose.ALERT, ALERT, Reason.MAINTENANCE),
            (Purpose.COORDINATE, COORDINATE, Reason.SET_ASIDE),
        )
    ):
        answer = line(purpose, names, "xooo")
        passed = PassedOver(channel=names[0], reason=reason, since=moment(90_000))
        shown = with_line(
            shown,
            place,
            use=answer.use,
            backup=answer.backup,
            passed_over=(passed,),
            **second,
        )
    return shown


def asking(by: str = "Anne Dupont") -> Snapshot:
    """Return a town in which a mark and a pin end in ten minutes."""
    until = NOON + timedelta(minutes=10)
    mark = Mark(
        subject="channel:teams",
        says=Declared.DOWN,
        by=by,
        why="vu",
        at=moment(7200),
        until=until,
    )
    held = standing("x", since_s=7200, reason=Reason.DECLARED, declared_by=by)
    shown = with_channel(town("oooo", "xooo"), "teams", standing=held)
    use = shown.recommendations[0].use
    assert use is not None
    shown = with_line(shown, 0, use=replace(use, pinned=True))
    pin = Pin(
        line="alert/management",
        channel=use.channel,
        by=by,
        why="vu",
        at=mark.at,
        until=until,
    )
    return replace(shown, marks=(mark,), pins=(pin,))


def on_duty(by: str = "Anne Dupont") -> Snapshot:
    """Return a town in which somebody has had the watch for two hours."""
    taken = Watch(action=WatchAction.TAKEN, by=by, before="Bo", at=moment(7200))
    return replace(town(), watch=taken)


def handed_over(by: str = "Anne Dupont", to: str = "Bo", remark: str = "") -> Snapshot:
    """Return a town in which nobody has had the watch since the day before."""
    handed = Watch(
        action=WatchAction.HANDED, by=by, to=to, remark=remark, at=moment(86400)
    )
    return replace(town(), watch=handed)


def pinned(state: str = "x", by: str = "Anne Dupont") -> Snapshot:
    """Return a town in which the third channel of each line is pinned."""
    shown = town(f"oo{state}o", f"oo{state}o")
    pins = []
    for place, names in enumerate((ALERT, COORDINATE)):
        real = shown.recommendations[place]
        use = Use(
            channel=names[2],
            tier=Tier.CONTINGENCY,
            rank=3,
            state=shown.channel(names[2]).standing.state,
            verified=state != "?",
            pinned=True,
        )
        passed = tuple(
            PassedOver(channel=name, reason=Reason.NONE) for name in names[:2]
        )
        shown = with_line(shown, place, use=use, unpinned=real.use, passed_over=passed)
        pins.append(
            Pin(
                line=f"{real.purpose}/management",
                channel=names[2],
                by=by,
                at=moment(600),
                until=NOON + timedelta(hours=9),
            )
        )
    return replace(shown, pins=tuple(pins))


def declared(by: str = "Anne Dupont") -> Snapshot:
    """Return a town whose SMS works by a person's word alone; Teams is said down."""
    said = standing(
        "o",
        reason=Reason.DECLARED,
        facts={"by": by, "said": "essayé à la main"},
        declared_by=by,
        evidence=Evidence.NONE,
        evidence_at=None,
    )
    down = standing(
        "x", reason=Reason.DECLARED, facts={"by": by, "said": ""}, declared_by=by
    )
    shown = with_channel(town("oooo", "xooo"), "sms", standing=said)
    shown = with_channel(shown, "teams", standing=down)
    passed = PassedOver(
        channel="teams", reason=Reason.DECLARED, facts={"by": by}, since=moment(180)
    )
    return with_line(shown, 1, passed_over=(passed,))


def ending() -> Snapshot:
    """Return a town without power: what runs on batteries, and for how long."""
    facts = {"component": "power:grid"}
    last = standing("d", reason=Reason.ENDING, facts=facts, until=later(12))
    shown = with_channel(town("oooo", "doox"), "teams", standing=last)
    for name, minutes in (("sms", 146), ("calls", 236), ("bridge", 236)):
        view = shown.channel(name)
        held = replace(view.standing, until=later(minutes))
        shown = with_channel(shown, name, standing=held)
    passed = PassedOver(channel="teams", reason=Reason.ENDING, facts=facts)
    shown = with_line(shown, 0, reaches=0.8, on_battery=True)
    shown = with_line(shown, 1, passed_over=(passed,), on_battery=True)
    down = standing("x", since_s=5400, failed_at=moment(5400))
    grid = replace(GRID, standing=down)
    return replace(
        shown,
        components=(*shown.components[:-1], grid),
        known_down=("power:grid",),
        forecast=(
            Forecast(
                at=later(131), purpose=Purpose.ALERT, audience="management", use="calls"
            ),
            Forecast(
                at=later(221),
                purpose=Purpose.COORDINATE,
                audience="management",
                use=None,
            ),
        ),
    )


def untried() -> Snapshot:
    """Return a town in which people should have tried two channels long ago."""
    never = standing("o", warnings=(Reason.TEST_DUE,))
    tried = replace(never, tried_at=moment(40 * 86400))
    shown = with_channel(town(), "sms", standing=tried)
    return with_channel(shown, "radio", standing=never)


def presumed() -> Snapshot:
    """Return a town whose unprobed channels fell with the grid, or may have."""
    grid = {"component": "power:grid"}
    fell = standing("x", reason=Reason.NEEDS, facts=grid, presumed="power:grid")
    alone = standing(
        "x",
        reason=Reason.SUSPECT,
        facts={"component": "channel:teams"},
        presumed="channel:teams",
    )
    risky = standing("?", at_risk="power:grid")
    tested = standing(
        "o",
        evidence=Evidence.EXERCISED,
        evidence_at=moment(6 * 86400),
        at_risk="power:grid",
    )
    shown = town("xo?o", "xoox")
    for name, held in (
        ("sms", fell),
        ("calls", tested),
        ("pager", risky),
        ("teams", alone),
        ("satphone", fell),
    ):
        shown = with_channel(shown, name, standing=held)
    shown = with_line(
        shown,
        0,
        passed_over=(
            PassedOver(
                channel="sms", reason=Reason.NEEDS, facts=grid, since=moment(180)
            ),
        ),
    )
    passed = PassedOver(channel="teams", reason=Reason.SUSPECT, since=moment(180))
    return with_line(shown, 1, passed_over=(passed,))


def rehearsed(
    real: Snapshot, alert: str = "xooo", coordinate: str = "xxxx"
) -> Snapshot:
    """Return a town that plays the failure of its power grid."""
    played = Exercise(
        fails=("power:grid", "carrier:mobile-a"),
        by="Anne Dupont",
        at=moment(600),
        until=NOON + timedelta(hours=2),
    )
    channels: dict[str, Standing] = {view.name: view.standing for view in real.channels}
    lines = []
    for purpose, names, states in (
        (Purpose.ALERT, ALERT, alert),
        (Purpose.COORDINATE, COORDINATE, coordinate),
    ):
        lines.append(line(purpose, names, states))
        for name, state in zip(names, states, strict=True):
            if state == "x":
                channels[name] = replace(channels[name], state=State.DOWN)
    rehearsal = Rehearsal(
        exercise=played, channels=channels, recommendations=tuple(lines)
    )
    return replace(real, rehearsal=rehearsal)


def secretless() -> Snapshot:
    """Return a town that uses a Teams whose token is missing."""
    lacking = standing(
        "?",
        reason=Reason.SECRET_MISSING,
        facts={"what": "TEAMS_SECRET"},
    )
    return with_channel(snapshot("oooo", "?xxx"), "teams", standing=lacking)


def doubtful() -> Snapshot:
    """Return a town whose radio may need what is down, and is used all the same."""
    held = standing("o", may_need=("power:grid", "carrier:mobile-a"))
    shown = with_channel(snapshot("oooo", "xxox"), "radio", standing=held)
    use = shown.recommendations[1].use
    assert use is not None
    return with_line(shown, 1, use=replace(use, verified=False), backup=None)


def fibre() -> Snapshot:
    """Return a town whose second and third rung share a component with the first."""
    both = ("carrier:mobile-a", "power:grid")
    skipped = {"bridge": both, "radio": ("carrier:mobile-a",)}
    backup = Backup(channel="satphone", tier=Tier.EMERGENCY, skipped=skipped)
    return with_line(snapshot(), 1, backup=backup)


def distrusted() -> Snapshot:
    """Return a town whose eight channels are all distrusted, with long names."""
    shown = set_aside()
    for view in shown.channels:
        held = replace(view.standing, aside=Reason.SET_ASIDE, declared_by="Anne Dupont")
        name = Text(f"Liaison sûre {view.name}")
        shown = with_channel(shown, view.name, standing=held, short_name=name)
    return shown


def aside(shown: Snapshot, *names: str) -> Snapshot:
    """Return a town in which these channels are distrusted besides."""
    for name in names:
        held = replace(
            shown.channel(name).standing,
            aside=Reason.SET_ASIDE,
            declared_by="Officier de garde",
        )
        shown = with_channel(shown, name, standing=held)
    return shown


SITUATIONS = {
    "secretless": secretless(),
    "doubtful": doubtful(),
    "fibre": fibre(),
    "distrusted": distrusted(),
    "set aside": set_aside(),
    "to confirm": set_aside(due=True),
    "pinned": pinned("o"),
    "pinned but down": pinned("x"),
    "declared": declared(),
    "ending": ending(),
    "untried": untried(),
    "presumed": presumed(),
    "exercise": rehearsed(town("oooo", "xooo")),
    "exercise, nothing left": rehearsed(town("xxxx", "xooo"), "xxxx", "xxxx"),
}
