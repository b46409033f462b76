"""When the newest snapshot is news to other sites."""

from msgspec.structs import replace
from render.snapshots import moment, snapshot

from secours.model.plan import Config
from secours.sites.sending.uplink import Newest, Stamped

FIRST = snapshot()
CONFIG, OTHER = Config(site=FIRST.site), Config(site=FIRST.site)


def changes(*shots_later_s: float) -> int:
    """Return how often there were news, of one snapshot stamped again and again."""
    newest = Newest()
    for later_s in shots_later_s:
        newest.put(Stamped(CONFIG, replace(FIRST, at=moment(-later_s))))
    return newest.changes


def test_snapshot_that_says_the_same_is_no_news() -> None:
    assert changes(0.0, 1.0, 2.0, 3.0) == 1


def test_first_snapshot_after_a_stall_is_news() -> None:
    """Nothing was said of the site while it stalled."""
    stalled_s = FIRST.screen.max_age_s + 1
    assert changes(0.0, 1.0, 1.0 + stalled_s) == 2


def test_snapshot_of_another_state_is_news() -> None:
    newest = Newest()
    newest.put(Stamped(CONFIG, FIRST))
    newest.put(Stamped(CONFIG, replace(FIRST, trouble="disk")))
    newest.put(Stamped(OTHER, replace(FIRST, trouble="disk")))

    assert newest.changes == 3
