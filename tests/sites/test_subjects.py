import pytest

from secours.sites import subjects


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"Secours-Numbers": "e1/7-9"}, ("e1", [7, 8, 9]), id="several"),
        pytest.param({"Secours-Numbers": "e1/7-7"}, ("e1", [7]), id="one"),
        pytest.param({"Nats-Msg-Id": "a/b/e1/7"}, ("e1", [7]), id="of-an-older-site"),
        pytest.param({"Secours-Numbers": "e1/9-7"}, ("e1", []), id="backwards"),
        pytest.param({"Secours-Numbers": "e1/x"}, ("", []), id="no-number"),
        pytest.param({"Secours-Numbers": "x" * 81 + "/1"}, ("", []), id="no-epoch"),
        pytest.param({}, ("", []), id="none"),
    ],
)
def test_which_events_are_in_a_message(
    headers: dict[str, str], expected: tuple[str, list[int]]
) -> None:
    epoch, numbers = subjects.numbers(headers)

    assert (epoch, [*numbers]) == expected


def test_no_message_counts_for_more_events_than_one_holds() -> None:
    _, numbers = subjects.numbers({"Secours-Numbers": "e1/1-999999999999"})

    assert len(numbers) == subjects.MOST_TOGETHER
