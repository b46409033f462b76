"""A number that no field holds is a mistake of the peer, and is said in short."""

import pytest

from secours.model.observed import Evidence, Reason
from secours.model.runs import Stop
from secours.wire.numbers import whole


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
