"""Moments at a terminal are those of the site, which is named once."""

from datetime import UTC, datetime

import pytest

from secours.render.times import explained, moment, second, with_zone, zone_name

NOW = datetime(2026, 11, 24, 15, 40, tzinfo=UTC)
BEFORE = datetime(2026, 11, 23, 22, 59, 7, tzinfo=UTC)
BRUSSELS = "Europe/Brussels"


def test_the_day_is_said_when_it_is_not_today() -> None:
    assert moment(NOW, BRUSSELS, NOW) == "16:40"
    assert moment(BEFORE, BRUSSELS, NOW) == "2026-11-23 23:59"
    assert moment(BEFORE, "Asia/Tokyo", NOW) == "2026-11-24 07:59"


def test_a_moment_alone_says_whose_it_is() -> None:
    assert with_zone(NOW, BRUSSELS) == "2026-11-24 16:40 CET"
    assert second(BEFORE, BRUSSELS) == "2026-11-23 23:59:07"


@pytest.mark.parametrize(
    ("timezone", "name"),
    [
        (BRUSSELS, "CET"),
        ("America/Sao_Paulo", "UTC-03"),
        ("UTC", "UTC"),
        ("nowhere", "UTC"),
    ],
)
def test_a_zone_without_a_name_has_its_offset(timezone: str, name: str) -> None:
    assert zone_name(NOW, timezone) == name


def test_the_zone_is_named_once_and_only_where_an_hour_is() -> None:
    said = [*explained(["down since 14:05", "until 16:00"], BRUSSELS, NOW, "en")]

    assert said == [
        "down since 14:05",
        "until 16:00",
        "Times: Europe/Brussels (CET).",
    ]
    assert [*explained(["OK", "port 587", "a::1"], BRUSSELS, NOW, "en")] == [
        "OK",
        "port 587",
        "a::1",
    ]
    assert [*explained(["14:05"], "UTC", NOW, "en")][1] == "Times: UTC."
