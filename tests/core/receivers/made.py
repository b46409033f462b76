"""What was expected of the made drills, before they were played."""

from core.receivers.played import HERE

ROWS = [
    row
    for row in (HERE / "drills" / "expected.txt").read_text("utf-8").splitlines()
    if not row.startswith("#")
]
