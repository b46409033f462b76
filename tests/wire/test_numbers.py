"""A number that no field holds is a mistake of the peer, and is said in short."""

import pytest

from secours.model.observed import Evidence, Reason
from secours.model.runs import Stop
from secours.wire.numbers import same_number, whole


@pytest.mark.parametrize("digits", ["9" * 21, "9" * 5000, b"9" * 5000])
def test_more_digits_than_any_field_holds_are_a_protocol_error(
    digits: str | bytes,
) -> None:
    with pytest.raises(Stop) as stopped:
        whole(digits, Evidence.SERVED)

    outcome = stopped.value.outcome
    assert outcome.reason is Reason.PROTOCOL
    assert len(str(outcome.facts["said"])) <= 21


def test_the_largest_number_of_64_bits_is_read() -> None:
    assert whole("18446744073709551615") == 2**64 - 1


HOME, ABROAD = "+32470000001", "0032470000001"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (HOME, HOME, True),
        (HOME, ABROAD, True),
        (HOME, "32470000001", True),
        (HOME, "0470000001", True),
        (HOME, "470000001", True),
        (ABROAD, "0470 00 00 01", True),
        (HOME, "+32 (470) 00.00-01", True),
        (HOME, "+33470000001", False),  # the same digits, in another country
        (ABROAD, "0033470000001", False),
        (HOME, "+470000001", False),  # which is the end of ours
        (HOME, "0470000002", False),
        (HOME, "000001", False),  # an extension is no end of a number
        ("101", "101", True),
        ("101", "2101", False),
        ("alice", "Alice", True),
        ("alice", "malice", False),
        ("alice1234567", "1234567", False),
        (HOME, "", False),
        ("", "", True),
    ],
)
def test_telephone_numbers_are_compared_however_they_are_written(
    one: str, other: str, same: bool
) -> None:
    assert same_number(one, other) is same
    assert same_number(other, one) is same
