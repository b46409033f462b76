"""What a line tells people, in few words."""

from secours.model.receivers.reach import Hearing, Reception
from secours.model.snapshot import Recommendation


def said(line: Recommendation) -> tuple[str, str]:
    """Return what a line is to use, with what completes it, and who is missed."""
    if line.use is None:
        return "nothing", ""
    return " + ".join((line.use.channel, *line.completed_by)), missed(line.use.reach)


def missed(reception: Reception | None) -> str:
    """Name the groups that do not hear it whole, and how they do."""
    each = reception.missed if reception else ()
    return ", ".join(
        f"{g.group} {'never' if g.designed is Hearing.NONE else g.heard.value}"
        for g in each
    )
