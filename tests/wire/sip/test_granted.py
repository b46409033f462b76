import time

import pytest
from fuzz.talks import registered

from secours.wire.sip.messages import SipResponse

OURS = "<sip:alice@127.0.0.1:40000>"


def granted_s(*contacts: str, expires: str = "9") -> int | None:
    headers = {"contact": contacts, "expires": (expires,)}
    return registered().granted_s(SipResponse(headers, 200, "OK"))


@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        ([f"{OURS};expires=60"], 60),
        ([f'"a, b" <sip:alice@desk>;expires=1, {OURS.upper()};q=0.5;Expires = 60'], 60),
        ([f"{OURS};q=0.5", "<sip:alice@desk>;expires=1", f"{OURS};expires=7"], 7),
        ([f"{OURS}, <sip:alice@desk>;expires=1"], 9),
        (["<sip:alice@desk>;expires=1"], 9),
    ],
)
def test_time_granted_is_that_of_our_own_contact(
    contacts: list[str], expected: int
) -> None:
    assert granted_s(*contacts) == expected


def test_contact_that_is_repeated_without_end_takes_no_time() -> None:
    start_s = time.process_time()

    assert granted_s(OURS * 2400) == 9
    assert time.process_time() - start_s < 0.2
