import pytest
from refusals import refusing

from secours.wire.nagios import ranges

nan = float("nan")


@pytest.mark.parametrize(
    ("text", "alerting", "fine"),
    [  # the examples of the guidelines
        ("10", [-1, 11, nan], [0, 10]),
        ("10:", [9.9, -5], [10, 1e9]),
        ("~:10", [10.1], [-1e9, 10]),
        ("10:20", [9, 21, nan], [10, 20]),
        ("@10:20", [10, 15, 20, nan], [9, 21]),
        ("-5:-1", [-6, 0], [-5, -1]),
        ("@~:2.5", [-9, 2.5], [2.6]),
        (":7", [-1, 8], [0, 7]),
    ],
)
def test_range_alerts_where_the_guidelines_say(
    text: str, alerting: list[float], fine: list[float]
) -> None:
    found = ranges.parse(text)

    assert all(found.alerts(value) for value in alerting)
    assert not any(found.alerts(value) for value in fine)


@pytest.mark.parametrize("text", ["", "@", "abc", "20:10", "1:2:3", "~", "10:~", "1,5"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with refusing("range"):
        ranges.parse(text)
