import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, field
from plans import moment, probe

from secours.model.observed import Evidence, Reason, Verdict, failed, ok
from secours.model.runs import withhold
from secours.model.secret import Secret, SecretMissing, Template
from secours.outside_text import LONGEST, plain
from secours.run import run
from secours.run.redactor import STRUCK, redacted, strike
from secours.run.tidy import secrets_of

SECRET = 'Tr0ub4dor&3 "é<+/%'


def hexed(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def mailed(text: str) -> str:
    return hexed(text).replace("%", "=")


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def numbered(text: str) -> str:
    return "".join(f"&#{ord(letter)};" for letter in text)


def basic(text: str) -> str:
    return base64.b64encode(f"probe:{text}".encode()).decode()


def sasl(text: str) -> str:
    return base64.b64encode(f"\0probe\0{text}".encode()).decode()


def broken(coded: str) -> str:
    return f"{coded[:10]}\r\n {coded[10:]}"


def urlsafe(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


WAYS: list[Callable[[str], str]] = [
    *(str, str.upper, quote, quote_plus, hexed, mailed, html.escape, numbered, escaped),
    *(json.dumps, repr, basic, sasl, urlsafe),
    lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: quote(basic(text), safe=""),
    lambda text: html.escape(json.dumps(text)),
    lambda text: text.replace(" ", "\r\n "),
    lambda text: text.encode().hex(),
    lambda text: text.encode().hex(":"),
    lambda text: base64.b64encode(basic(text).encode()).decode(),
    lambda text: broken(basic(text)),
]


def shows(text: str, secret: str) -> bool:
    """Tell whether so much of a secret stands in a text, in any of the ways."""
    return any(strike(text, [part]) != text for part in (secret, secret[:8]))


@pytest.mark.parametrize("write", WAYS)
def test_secret_is_struck_however_it_is_written(write: Callable[[str], str]) -> None:
    said = plain(f"I heard [{write(SECRET)}], and refuse.")

    struck = strike(said, [SECRET])

    assert struck.startswith("I heard [")
    assert struck.endswith("], and refuse.")
    assert STRUCK in struck
    assert "r0ub" not in struck.lower()
    assert not shows(struck, SECRET)


@given(
    before=st.text(max_size=40),
    secret=st.text("abcdefXYZ012345 &%+/=<\"'é", min_size=6, max_size=40).filter(
        lambda text: len(" ".join(text.split())) == len(text)
    ),
    after=st.text(max_size=40),
    write=st.sampled_from(WAYS),
)
def test_no_text_around_it_hides_a_secret(
    before: str, secret: str, after: str, write: Callable[[str], str]
) -> None:
    struck = strike(plain(f"{before} {write(secret)} {after}"), [secret])

    assert secret.lower() not in struck.lower()
    assert quote(secret, safe="") not in struck
    assert STRUCK in struck


@given(
    said=st.text(
        st.characters(codec="utf-8", exclude_categories=["Nd"]), max_size=LONGEST - 20
    ),
    secret=st.text("0123456789", min_size=6),
)
def test_what_holds_no_secret_stays(said: str, secret: str) -> None:
    assert strike(said, [secret]) == said


@pytest.mark.parametrize("room", range(4, len(SECRET)))
def test_text_cut_in_the_middle_of_a_secret_shows_none_of_it(room: int) -> None:
    said = plain("x" * (LONGEST - room - 1) + " " + SECRET)

    struck = strike(said, [SECRET])

    assert len(said) > LONGEST - 8
    assert SECRET[:4] not in struck
    assert struck.startswith("x" * (LONGEST - room - 1))


def test_stretch_of_a_long_secret_is_struck() -> None:
    key = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3"

    assert strike(f"cannot read ...{key[10:40]}...", [key]) == "cannot read ...***..."


@pytest.mark.parametrize(
    "write",
    [
        lambda text: broken(text),
        lambda text: " ".join(text),
        lambda text: "\u200b".join(text),
        lambda text: text[:6] + "\0" + text[6:],
        lambda text: text.encode(
            "ascii", "ignore"
        ).decode(),  # as a status line is read
        lambda text: text.encode().decode("latin-1"),
        lambda text: text.encode("ascii", "replace").decode(),
    ],
)
def test_secret_is_struck_where_something_came_between_or_was_lost(
    write: Callable[[str], str],
) -> None:
    secret = "Straßen-T\u00f6r7/Schl\u00fcssel=Wort9"

    struck = strike(plain(f"I heard [{write(secret)}], and refuse."), [secret])

    assert struck.startswith("I heard [")
    assert struck.endswith("], and refuse.")
    bare = "".join(filter(str.isalnum, struck.lower()))
    assert "traen" not in bare
    assert "wort9" not in bare


@pytest.mark.parametrize("write", WAYS[:-1])
def test_words_beside_a_secret_stay(write: Callable[[str], str]) -> None:
    said = f"Something received {write(SECRET)} yesterday evening"

    struck = strike(plain(said), [SECRET])

    assert struck.startswith("Something received ")
    assert struck.endswith(" yesterday evening")


@pytest.mark.parametrize("part", [slice(10), slice(10, None)])
def test_half_of_a_secret_is_struck(part: slice) -> None:
    secret = "hdr-Ab/9+x=Quz7&<7kk"

    assert strike(f"you said {secret[part]} ...", [secret]) == "you said *** ..."


def test_short_secret_withholds_all_that_the_peer_says() -> None:
    outcome = failed(
        Reason.AUTH, Evidence.SERVED, said="not here", what="1234", code=5, problem="x"
    )

    struck = redacted(outcome, ["1234"])

    assert struck.facts == {"said": "***", "what": "***", "code": 5, "problem": "x"}
    assert redacted(outcome, []) == outcome


def test_name_of_ours_stays_whatever_the_secret_is() -> None:
    outcome = failed(Reason.AUTH, problem="connection-closed", said="no")

    assert redacted(outcome, ["connection-closed"]) == outcome


class Inner(Struct, frozen=True):
    password: Secret = Secret("in-a-table")


class Settings(Struct, frozen=True):
    inner: Inner = Inner()
    headers: dict[str, Template] = field(
        default_factory=lambda: {
            "a": Template("x filled-in y", parts=("filled-in",)),
            "b": Template("nothing filled in"),
        }
    )
    several: tuple[Secret, ...] = (Secret("in-a-list"), Secret(None, "missing"))
    host: str = "no secret"

    def secrets(self) -> tuple[str, ...]:
        return ("as-its-type-says",)


def test_secrets_are_found_wherever_they_stand() -> None:
    found = set(secrets_of(Settings()))

    assert found == {"in-a-table", "filled-in", "in-a-list", "as-its-type-says"}


async def test_run_strikes_out_what_the_peer_repeats() -> None:
    async def probing(settings: Settings, _path: object) -> object:
        withhold("granted-by-the-peer")
        said = f"{settings.inner.password.reveal()} granted-by-the-peer"
        return ok(Evidence.SERVED, said=said)

    echoing = probe("mail", settings=Settings())
    outcome = (await run(echoing, probing, None, lambda: moment(0))).outcome  # type: ignore[arg-type]

    assert (outcome.verdict, outcome.facts["said"]) == (Verdict.OK, "*** ***")


async def test_secret_that_is_missing_names_its_variable() -> None:
    async def probing(_settings: object, _path: object) -> object:
        raise SecretMissing("not set", what="MAIL_PASSWORD")

    asked = probe("mail", settings=Settings())
    outcome = (await run(asked, probing, None, lambda: moment(0))).outcome  # type: ignore[arg-type]

    assert outcome.facts == {"what": "MAIL_PASSWORD"}
