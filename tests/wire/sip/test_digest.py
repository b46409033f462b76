import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secours.wire.sip import digest
from secours.wire.sip.digest import Challenge, challenges

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_answer_is_that_of_the_standard(
    algorithm: str, response: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example of RFC 7616 section 3.9.1."""
    monkeypatch.setattr(secrets, "token_hex", lambda _: CNONCE)
    challenge = Challenge(
        "digest",
        {
            "realm": "http-auth@example.org",
            "qop": "auth, auth-int",
            "algorithm": algorithm,
            "nonce": NONCE,
            "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
        },
    )

    answer = digest.answer(
        challenge,
        username="Mufasa",
        password="Circle of Life",
        method="GET",
        uri="/dir/index.html",
    )

    assert f'response="{response}"' in answer
    assert f'nonce="{NONCE}"' in answer
    assert answer.endswith(f"algorithm={algorithm}, qop=auth, nc=00000001")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('Digest realm="a, b", nonce=c', [("digest", {"realm": "a, b", "nonce": "c"})]),
        (r'Digest realm="a \"b\""', [("digest", {"realm": 'a "b"'})]),
        ('DIGEST Realm = "a"', [("digest", {"realm": "a"})]),
        ('Digest realm="", nonce=""', [("digest", {"realm": "", "nonce": ""})]),
        (
            'Digest realm="a",nonce="b", Digest realm="c"',
            [("digest", {"realm": "a", "nonce": "b"}), ("digest", {"realm": "c"})],
        ),
        (
            'Negotiate, Basic realm="x"',
            [("negotiate", {}), ("basic", {"realm": "x"})],
        ),
        ("", []),
        (",,,", []),
        ('"', []),
    ],
)
def test_challenges_are_read_between_the_quotes(
    header: str, expected: list[tuple[str, dict[str, str]]]
) -> None:
    found = [(one.scheme, dict(one.parameters)) for one in challenges([header])]

    assert found == expected


@given(st.text(max_size=200))
def test_no_header_breaks_the_reading(header: str) -> None:
    for challenge in challenges([header]):
        assert challenge.scheme


@pytest.mark.parametrize(
    ("qop", "chosen"),
    [("auth,auth-int", "auth"), ("auth-int", "auth-int"), ("", ""), ("token", "")],
)
def test_plain_protection_is_chosen_before_that_of_the_body(
    qop: str, chosen: str
) -> None:
    assert Challenge("digest", {"qop": qop}).qop == chosen


def test_first_challenge_that_can_be_answered_is_taken() -> None:
    found = challenges(
        ['Digest realm="a", algorithm=SHA-999', "Basic x=y", "Digest algorithm=SHA-256"]
    )

    assert digest.usable(found) == found[2]
    assert digest.usable(found[:2]) is None
