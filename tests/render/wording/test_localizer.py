from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from render.snapshots import snapshot

from secours.languages import Text
from secours.model.observed import Reason
from secours.render.times import second
from secours.render.wording import journal
from secours.render.wording.localizer import Localizer


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        ("Composer le 02 555 12 12", "Composer le 02~555~12~12"),
        ("+32 2 555 12 12, code 4", "+32~2~555~12~12, code 4"),
        ("Armoire 3 B 2", "Armoire 3 B 2"),
        ("1 2 3 4 5 6 7 8 9 1 2 3", "1~2~3~4~5~6~7~8~9~1 2~3"),
    ],
)
def test_number_to_dial_stays_in_one_row(how: str, shown: str) -> None:
    seen = snapshot()
    first, *others = seen.channels
    seen = replace(seen, channels=(replace(first, how=Text(how)), *others))

    localizer = Localizer(seen, "fr")

    assert localizer.how_shown(first.name).replace("\u00a0", "~") == shown
    assert localizer.how(first.name) == how  # as it is sent


def test_minute_is_the_one_that_the_rounding_of_two_clocks_falls_short_of() -> None:
    localizer = Localizer(snapshot(), "fr")
    full = localizer.snapshot.at.utc.replace(minute=25, second=0, microsecond=0)

    shown = [localizer.time(full + timedelta(seconds=s)) for s in (-0.001, 0, -1)]

    assert [each[-2:] for each in shown] == ["25", "25", "24"]


@pytest.mark.parametrize(
    ("language", "facts", "said"),
    [
        ("en", {"says_en": "UPS on battery", "says_fr": "Onduleur"}, "UPS on battery"),
        ("de", {"says_en": "UPS on battery", "says_fr": "Onduleur"}, "Onduleur"),
        ("nl", {"says": "UPS", "says_fr": "Onduleur"}, "Onduleur"),
        ("de", {"says": "UPS", "says_en": "UPS on battery"}, "UPS"),
        ("fr", {"says_nl": "Noodstroom"}, "Noodstroom"),
        ("fr", {"says_fr": "a\x1b[2J\nb\u202e"}, "a [2J b"),
    ],
)
def test_words_of_the_plan_come_before_what_was_measured(
    language: str, facts: dict[str, str], said: str
) -> None:
    localizer = Localizer(snapshot(), language)  # of a site that speaks French
    measured = localizer.detail(Reason.REPORTED, {"said": "CRITICAL"})

    shown = localizer.detail(Reason.REPORTED, {"said": "CRITICAL", **facts})

    assert shown == f"{said}{localizer.say('colon')} {measured}"
    assert localizer.plainly(Reason.REPORTED, {"said": "CRITICAL", **facts}) == said


def test_hour_that_the_clock_shows_twice_has_its_zone() -> None:
    shown = snapshot()  # of Brussels
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)  # to winter time, at 3:00
    at = replace(shown.at, utc=change + timedelta(minutes=90))
    localizer = Localizer(replace(shown, at=at), "fr")

    times = [localizer.time(change + timedelta(minutes=m)) for m in (-61, -30, 30, 60)]
    dated = journal.moment(change + timedelta(minutes=30), localizer)

    assert times == ["01:59", "02:30 CEST", "02:30 CET", "03:00"]
    assert dated == "25/10/2026 02:30:00 CET"
    assert second(change, "America/Sao_Paulo") == "2026-10-24 22:00:00"
    assert second(change, "Europe/Berlin") == "2026-10-25 02:00:00 CET"
