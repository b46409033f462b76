"""A town with the longest words."""

from msgspec.structs import replace
from render.snapshots import change, channel, line, snapshot

from secours.languages import Text
from secours.model.sections.line import Purpose
from secours.model.snapshot import Snapshot


def town() -> Snapshot:
    """Return a plan of twelve channels in four lines, with the longest words."""
    names = [f"channel-{number}" for number in range(12)]
    how = "Composer le 02 555 12 12, puis le code à six chiffres de la fiche rouge"
    channels = tuple(
        replace(
            channel(name, "ox?d"[place % 4], how=Text(how * 2)),
            short_name=Text(f"Téléconférence sécurisée {place}"),
        )
        for place, name in enumerate(names)
    )
    lines = tuple(
        line(purpose, names[first : first + 4], "ox?d", audience=audience)
        for audience in ("management", "staff")
        for first, purpose in ((0, Purpose.ALERT), (4, Purpose.COORDINATE))
    )
    shown = snapshot(channels=channels, recommendations=lines, trouble=("disk",))
    changes = tuple(change(name, "o", "x", 60) for name in names[:5])
    return replace(shown, changes=changes, example=True)
