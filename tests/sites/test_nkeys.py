"""Nkeys as NATS makes and reads them; the vectors are those of its own library."""

from base64 import b64decode

import pytest
from nacl.signing import VerifyKey

from secours.sites.nkeys import key_of, new_key, public_of, signature

SEED = "SUAMLK2ZNL35WSMW37E7UD4VZ7ELPKW7DHC3BWBSD2GCZ7IUQQXZIORRBU"
PUBLIC = "UCK5N7N66OBOINFXAYC2ACJQYFSOD4VYNU6APEJTAVFZB2SVHLKGEW7L"
NONCE, SIGNED = (
    b"PXoWU7zWAMt75FY",
    "ZaAiVDgB5CeYoXoQ7cBCmq+ZllzUnGUoDVb8C7PilWvCs8XKfUchAUhz2P4BYAF++Dg3w05CqyQFRDiG"
    "L6LrDw==",
)


def test_a_seed_has_the_public_nkey_and_the_signature_that_nats_says() -> None:
    assert public_of(SEED) == PUBLIC
    assert signature(NONCE, SEED) == b64decode(SIGNED)
    VerifyKey(key_of(PUBLIC)).verify(NONCE, b64decode(SIGNED))


def test_a_new_key_is_of_a_user_and_another_each_time() -> None:
    one, other = new_key(), new_key()

    assert (one.seed[:2], one.public[:1]) == ("SU", "U")
    assert (len(one.seed), len(one.public)) == (len(SEED), len(PUBLIC))
    assert public_of(one.seed) == one.public != other.public
    VerifyKey(key_of(one.public)).verify(NONCE, signature(NONCE, one.seed))


@pytest.mark.parametrize(
    "seed",
    [
        "",
        "S",
        "ü" * 58,
        PUBLIC,
        SEED[1:],
        f"A{SEED}",
        f"{SEED}AAAAAAAA",
        SEED.replace("SUA", "SNA"),
        SEED.replace("SUA", "SBA"),
        SEED.replace("MLK2", "MLK3"),
        SEED.lower(),
    ],
    ids=[
        *("empty", "one letter", "no base 32", "a public one", "short", "long"),
        *("more behind it", "of a server", "of nobody", "a letter wrong", "small"),
    ],
)
def test_what_is_no_seed_of_a_user_is_refused(seed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        public_of(seed)


@pytest.mark.parametrize(
    "public", ["", SEED, PUBLIC[1:], PUBLIC.replace("UCK5", "UCK4"), f"A{PUBLIC[1:]}"]
)
def test_what_is_no_public_nkey_of_a_user_is_refused(public: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        key_of(public)
