import base64

import pytest

from secours.wire.xmpp.scram import Scram

# The examples of RFC 5802 section 5 and RFC 7677 section 3: user, pencil.
EXAMPLES = [
    (
        "SCRAM-SHA-1",
        "fyko+d2lbbFgONRv9qkxdawL",
        b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
        b"p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    (
        "SCRAM-SHA-256",
        "rOprNGfwEbeRWgbNEkqO",
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
]


@pytest.mark.parametrize(("mechanism", "nonce", "challenge", "final", "last"), EXAMPLES)
async def test_examples_of_the_standards(
    monkeypatch: pytest.MonkeyPatch,
    mechanism: str,
    nonce: str,
    challenge: bytes,
    final: bytes,
    last: bytes,
) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: nonce)
    login = Scram(mechanism, "user", "pencil")

    assert login.first() == f"n,,n=user,r={nonce}".encode()
    assert await login.final(challenge) == final
    assert login.verify(last)
    assert not login.verify(b"v=" + base64.b64encode(bytes(20)))
    assert not login.verify(b"")


def test_name_is_escaped() -> None:
    assert b"n=a=2Cb=3Dc," in Scram("SCRAM-SHA-1", "a,b=c", "x").first()


@pytest.mark.parametrize(
    "challenge",
    [
        b"",
        b"r=another,s=QSXC,i=4096",
        b"r={nonce},s=QSXC,i=0",
        b"r={nonce},s=QSXC,i=99999999999",
        b"r={nonce},s=QSXC,i=many",
        b"r={nonce},s=!,i=4096",
        b"\xff\xfe",
    ],
)
async def test_challenge_that_makes_no_sense_is_refused(challenge: bytes) -> None:
    login = Scram("SCRAM-SHA-1", "user", "pencil")
    nonce = login.first().rpartition(b"r=")[2]

    with pytest.raises(ValueError, match=r"."):
        await login.final(challenge.replace(b"{nonce}", nonce))
