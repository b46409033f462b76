from datetime import timedelta

from render.entries import word
from render.snapshots import NOON, moment, snapshot

from secours.model.snapshot import Change
from secours.model.statements import Watch, WatchAction
from secours.render.logbook import watches
from secours.render.wording.localizer import Localizer

HOUR_S = 3600.0


def taken(by: str, hours: float) -> Change:
    return word("watch", "", "taken", ago_s=hours * HOUR_S, by=by)


def handed(by: str, hours: float) -> Change:
    return word("watch", "", "handed", ago_s=hours * HOUR_S, by=by)


def held(action: WatchAction, by: str, hours: float) -> Localizer:
    watch = Watch(action=action, by=by, at=moment(hours * HOUR_S))
    return Localizer(snapshot(watch=watch), "en")


def spans(localizer: Localizer, *words: Change) -> list[tuple[str, float, float]]:
    """Return whose each watch was and how many hours ago it began and ended."""

    def ago(span: watches.WatchSpan) -> tuple[str, float, float]:
        ended = span.ended or NOON
        hour = timedelta(hours=1)
        return span.by, (NOON - span.began) / hour, (NOON - ended) / hour

    return [ago(span) for span in watches.spans(words, localizer)]


def test_watch_that_is_handed_over_goes_on_until_somebody_takes_it() -> None:
    words = handed("Anne", 1), taken("Anne", 8), handed("Bram", 8.5), taken("Bram", 16)

    waiting = spans(held(WatchAction.HANDED, "Anne", 1), *words)
    took = spans(held(WatchAction.TAKEN, "Chloe", 0.5), taken("Chloe", 0.5), *words)

    assert waiting == [("Anne", 8, 0), ("Bram", 16, 8)]
    assert took == [("Chloe", 0.5, 0), ("Anne", 8, 0.5), ("Bram", 16, 8)]


def test_who_takes_the_watch_again_has_had_it_all_along() -> None:
    localizer = held(WatchAction.TAKEN, "anne", 8)

    assert spans(localizer, taken("anne", 2), taken("Anne", 8)) == [("anne", 8, 0)]


def test_who_takes_back_what_they_handed_over_begins_another_watch() -> None:
    words = taken("Anne", 1), handed("Anne", 2), taken("Anne", 8)

    found = spans(held(WatchAction.TAKEN, "Anne", 1), *words)

    assert found == [("Anne", 1, 0), ("Anne", 8, 1)]


def test_watch_that_the_history_does_not_have_yet_is_there() -> None:
    found = spans(
        held(WatchAction.TAKEN, "Bram", 1), handed("Anne", 2), taken("Anne", 8)
    )

    assert found == [("Bram", 1, 0), ("Anne", 8, 1)]


def test_watch_before_counts_though_it_was_taken_over_at_once() -> None:
    second = 1 / HOUR_S
    words = taken("Bram", 1), handed("Anne", 1), taken("Anne", 1 + second / 2)

    found = spans(held(WatchAction.TAKEN, "Bram", 1), *words)

    assert [by for by, *_ in found] == ["Bram", "Anne"]


def test_there_is_no_watch_where_nobody_had_one() -> None:
    localizer = Localizer(snapshot(), "en")

    assert spans(localizer) == []
    span = watches.shown([], 0, localizer)
    assert span.began == localizer.snapshot.at.utc - watches.LOOK_BACK
    unheard = held(WatchAction.HANDED, "Anne", 1)
    assert spans(unheard, handed("Anne", 1)) == []


def test_address_asks_for_a_watch_that_there_was_or_for_the_newest() -> None:
    localizer = held(WatchAction.TAKEN, "Bram", 1)
    words = taken("Bram", 1), taken("Anne", 8)
    found = watches.spans(words, localizer)

    asked = ["1", "0", "2", "-1", "x", "9" * 40]
    assert [watches.back_of([("back", each)], found) for each in asked] == [
        1,
        0,
        0,
        0,
        0,
        0,
    ]
    assert watches.back_of([], found) == 0
