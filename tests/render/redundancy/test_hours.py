import pytest
from render.plan_page import outlook

from secours.languages import LANGUAGES
from secours.render import terminal
from secours.render.redundancy import hours


def test_each_hour_is_a_row_and_each_line_a_column() -> None:
    rows = hours.table(outlook("power:grid"), "en", None)

    assert list(rows) == [
        "                  COORDINATE      ALERT",
        "                  management      staff",
        "At once           ● Signal        ● Sms",
        "After 1 h 45 min  ▲ Sms           ● Sms",
        "After 3 h 45 min  ▲ Sms           ▲ Radio",
        "After 4 h         ✖ nothing left  ▲ Radio",
    ]


def test_an_hour_at_which_nothing_changes_has_no_row() -> None:
    rows = list(hours.table(outlook("sat:iridium"), "en", None))

    assert len(rows) == 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [34, 40, 60])
def test_what_has_no_room_beside_is_a_table_below(language: str, width: int) -> None:
    whole = list(hours.table(outlook("power:grid"), language, None))
    rows = list(hours.table(outlook("power:grid"), language, width))

    assert max(map(terminal.columns, rows)) <= width
    first, _, second = "\n".join(rows).partition("\n\n")
    assert len(whole) == len(first.splitlines())
    if second:
        assert len(second.splitlines()) == len(whole)
