"""Digest authentication: challenges of a server, and the answer to one.

Source: RFC 9110 section 11.6.1 (challenges); RFC 7616 sections 3.3 and 3.4, RFC 2617
section 3.2.2 (the answer); RFC 8760 section 2 (SHA-256 in SIP).
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

TOKEN = r"[^\s,;=\"]+"
QUOTED = r'"(?:[^"\\]|\\.)*"'
PARAMETER = re.compile(
    rf"[\s,]*(?:({TOKEN})[ \t]+)?({TOKEN})\s*=\s*({QUOTED}|[^\s,\"]*)", re.DOTALL
)
SCHEME = re.compile(rf"[\s,]*({TOKEN})(?=\s*(?:,|$))")  # one without parameters
MOST_PARTS = 64  # schemes and parameters of one header: no server sends more
ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}


class Challenge(Struct, frozen=True):
    """Challenge of a server: `parameters` by name in lower case."""

    scheme: str
    parameters: Mapping[str, str]

    @property
    def algorithm(self) -> str:
        """Return the algorithm, without `-sess`, MD5 where none is named."""
        return self._named.removesuffix("-SESS")

    @property
    def by_session(self) -> bool:
        """Tell whether the key is made for one session, RFC 7616 section 3.4.2."""
        return self._named.endswith("-SESS")

    @property
    def _named(self) -> str:
        return self.parameters.get("algorithm", "MD5").upper()

    @property
    def stale(self) -> bool:
        """Tell whether only the nonce was too old, and not the password wrong."""
        return self.parameters.get("stale", "").lower() == "true"

    @property
    def qop(self) -> str:
        """Return the quality of protection to use: auth, auth-int, or none at all."""
        offered = re.split(r"[\s,]+", self.parameters.get("qop", "").lower())
        return next((qop for qop in ("auth", "auth-int") if qop in offered), "")


def challenges(headers: Iterable[str]) -> list[Challenge]:
    """Parse the challenges in these headers; one header may hold several."""
    return [challenge for header in headers for challenge in _challenges(header)]


def _challenges(header: str) -> Iterator[Challenge]:
    scheme, parameters, at = "", dict[str, str](), 0
    for _ in range(MOST_PARTS):
        if match := PARAMETER.match(header, at):
            started, (name, value) = match[1], match.group(2, 3)
        elif match := SCHEME.match(header, at):
            started, name, value = match[1], "", ""
        else:
            break
        if started:
            if scheme:
                yield Challenge(scheme, parameters)
            scheme, parameters = started.lower(), {}
        if name:
            parameters[name.lower()] = _unquoted(value)
        at = match.end()
    if scheme:
        yield Challenge(scheme, parameters)


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
    return value


def usable(challenges: Iterable[Challenge]) -> Challenge | None:
    """Return the first that we can answer; servers put the best first."""
    return next(
        (
            challenge
            for challenge in challenges
            if challenge.scheme == "digest" and challenge.algorithm in ALGORITHMS
        ),
        None,
    )


def answer(
    challenge: Challenge,
    *,
    username: str,
    password: str,
    method: str,
    uri: str,
    body: bytes = b"",
    cnonce: str | None = None,
    use: int = 1,
) -> str:
    """Return the value of the Authorization header.

    A nonce may serve again: `use` counts, and `cnonce` stays the same.
    """

    def hashed(text: str | bytes) -> str:
        raw = text.encode() if isinstance(text, str) else text
        name = ALGORITHMS[challenge.algorithm]
        return hashlib.new(name, raw, usedforsecurity=False).hexdigest()

    parameters, qop = challenge.parameters, challenge.qop
    realm, nonce = parameters.get("realm", ""), parameters.get("nonce", "")
    count, cnonce = f"{use:08x}", cnonce or secrets.token_hex(8)
    key = hashed(f"{username}:{realm}:{password}")
    if challenge.by_session:
        key = hashed(f"{key}:{nonce}:{cnonce}")
    request = f"{method}:{uri}"
    if qop == "auth-int":
        request += f":{hashed(body)}"
    middle = f"{nonce}:{count}:{cnonce}:{qop}" if qop else nonce
    quoted = {
        "username": username,
        "realm": realm,
        "nonce": nonce,
        "uri": uri,
        "response": hashed(f"{key}:{middle}:{hashed(request)}"),
        **({"cnonce": cnonce} if qop or challenge.by_session else {}),
        **({"opaque": parameters["opaque"]} if "opaque" in parameters else {}),
    }
    plain = {
        **({"algorithm": parameters["algorithm"]} if "algorithm" in parameters else {}),
        **({"qop": qop, "nc": count} if qop else {}),
    }
    parts = [f"{name}={_quoted(value)}" for name, value in quoted.items()]
    return "Digest " + ", ".join(parts + [f"{n}={v}" for n, v in plain.items()])


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
