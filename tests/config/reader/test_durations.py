import pytest
from refusals import refusing

from secours.config.reader import durations


@pytest.mark.parametrize(
    ("text", "length_s"),
    [
        ("500ms", 0.5),
        ("10s", 10),
        ("1.5s", 1.5),
        ("5m", 300),
        ("2h", 7200),
        ("7d", 604_800),
        ("5y", 157_680_000),
    ],
)
def test_lengths_of_time_are_read(text: str, length_s: float) -> None:
    assert durations.read(text) == length_s


@pytest.mark.parametrize(
    "text", ["", "10", "s", "-5s", "0s", "0ms", "1m30s", "1e3s", "inf s", "5 m", "5M"]
)
def test_anything_else_is_refused(text: str) -> None:
    with refusing("must be"):
        durations.read(text)


@pytest.mark.parametrize(
    "text", ["500ms", "10s", "90s", "5m", "2h", "36h", "7d", "1.5s", "14d"]
)
def test_words_are_read_back(text: str) -> None:
    assert durations.words(durations.read(text)) == text
