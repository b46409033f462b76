"""The way of what is typed: over this machine, over TLS, or readable by others."""

import pytest
from starlette.types import Receive, Scope, Send

from secours.dashboard.access import identity, policy
from secours.dashboard.access.policy import Access

PROXIES = policy.settings(
    {"SECOURS_TRUSTED_PROXY": "192.0.2.10/32", "SECOURS_USER_HEADER": "X-User"}
)
BY_TLS = (b"x-forwarded-proto", b"https")
FORGED = (identity.WAY.encode(), b"tls")


def scope(client: str, *headers: tuple[bytes, bytes], scheme: str = "http") -> Scope:
    names = [(b"host", b"127.0.0.1:8501"), *headers]
    return {
        "type": "websocket" if scheme.startswith("ws") else "http",
        "scheme": scheme,
        "client": (client, 4711),
        "headers": names,
    }


@pytest.mark.parametrize(
    ("access", "asked", "way"),
    [
        (Access(), scope("127.0.0.1"), "loopback"),
        (Access(), scope("::1", scheme="ws"), "loopback"),
        (Access(), scope("192.0.2.7"), ""),
        (Access(), scope("192.0.2.7", FORGED), ""),
        (Access(), scope("192.0.2.7", BY_TLS), ""),
        (Access(), scope("192.0.2.7", scheme="https"), "tls"),
        (Access(), scope("192.0.2.7", scheme="wss"), "tls"),
        (Access(), scope("127.0.0.1", (b"x-forwarded-for", b"192.0.2.7")), ""),
        (
            Access(),
            scope("127.0.0.1", (b"x-forwarded-for", b"192.0.2.7"), BY_TLS),
            "tls",
        ),
        (PROXIES, scope("192.0.2.10", (b"x-user", b"Ana")), ""),
        (PROXIES, scope("192.0.2.10", (b"x-user", b"Ana"), BY_TLS), "tls"),
        (PROXIES, scope("192.0.2.11", (b"x-user", b"Ana"), BY_TLS), ""),
    ],
)
async def test_way_is_told_by_ourselves(access: Access, asked: Scope, way: str) -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def nothing(*_any: object) -> None:
        return None

    await identity.Identity(app, access)(asked, nothing, nothing)  # type: ignore[arg-type]

    told = [text for name, text in seen[0]["headers"] if name == b"x-secours-way"]
    assert told == [way.encode()]
