from pathlib import Path

import pytest
from refusals import refusing
from starlette.types import Message, Receive, Scope, Send

from secours.dashboard.access import identity, policy
from secours.dashboard.access.identity import Identity, peer, read, written
from secours.dashboard.access.policy import (
    KNOWN,
    LOCAL,
    STRANGER,
    Access,
    AccessRefused,
    Viewer,
    check,
    settings,
    viewer,
)

PROXY = {"SECOURS_TRUSTED_PROXY": "192.0.2.10/32", "SECOURS_USER_HEADER": "X-User"}
HERE = [("host", "127.0.0.1:8501")]


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_on_this_machine_nothing_has_to_be_set(address: str) -> None:
    check(settings({}), address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "", "town.example"])
def test_beyond_it_somebody_has_to_say_who_acts(address: str, tmp_path: Path) -> None:
    with refusing("needs to know who acts", AccessRefused):
        check(settings({}), address)

    check(settings({"SECOURS_READ_ONLY": "1"}), address)
    check(settings(PROXY), address)
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[auth]\nx = 1\n", "utf-8")
    check(settings({}), address)


def test_screens_for_the_known_only_need_a_way_to_know_them() -> None:
    closed = {"SECOURS_KNOWN_ONLY": "1", "SECOURS_READ_ONLY": "1"}

    with refusing("lets nobody see anything", AccessRefused):
        check(settings(closed), "0.0.0.0")

    check(settings({**closed, **PROXY}), "0.0.0.0")
    check(settings(closed), "127.0.0.1")


def test_broken_settings_do_not_open_what_was_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECOURS_KNOWN_ONLY", "1")
    monkeypatch.setenv("SECOURS_USER_HEADER", "X-User")

    assert policy.environment() == Access(read_only=True, known_only=True)


@pytest.mark.parametrize(
    "env",
    [
        {"SECOURS_TRUSTED_PROXY": "192.0.2.0/24"},
        {"SECOURS_USER_HEADER": "X-User"},
        {**PROXY, "SECOURS_TRUSTED_PROXY": "the proxy"},
        {**PROXY, "SECOURS_TRUSTED_PROXY": "192.0.2.1/99"},
    ],
)
def test_half_a_setting_is_none(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AccessRefused):
        settings(env)
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert policy.environment() == Access(read_only=True)


def test_a_file_of_secrets_without_a_login_is_no_login(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    for text in ("other = 1\n", "not toml ["):
        (tmp_path / ".streamlit" / "secrets.toml").write_text(text, "utf-8")

        assert not settings({}).login


def test_a_login_whose_secret_can_be_guessed_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    file = tmp_path / ".streamlit" / "secrets.toml"
    file.write_text('[auth]\ncookie_secret = "xxx"\n', "utf-8")

    with refusing("cookie_secret can be guessed", AccessRefused):
        settings({})
    file.write_text(f'[auth]\ncookie_secret = "{"k3" * 16}"\n', "utf-8")
    assert settings({}).login


def test_who_sits_at_this_machine_is_local() -> None:
    for host in ("127.0.0.1:8501", "localhost", "[::1]:8501", "LOCALHOST:1"):
        assert viewer(Access(), "127.0.0.1", [("host", host)]) == Viewer(kind=LOCAL)
    assert viewer(Access(), "::1", HERE).trusted


@pytest.mark.parametrize(
    "headers",
    [
        [*HERE, ("x-forwarded-for", "203.0.113.5")],
        [*HERE, ("forwarded", "for=203.0.113.5")],
        [*HERE, ("x-real-ip", "127.0.0.1")],
        [("host", "rebound.example:8501")],
        [("host", "127.0.0.1.evil.example")],
        [*HERE, *HERE],
        [],
    ],
)
def test_what_was_forwarded_or_meant_for_another_host_is_a_stranger(
    headers: list[tuple[str, str]],
) -> None:
    assert viewer(Access(), "127.0.0.1", headers) == Viewer(kind=STRANGER)


def test_a_name_counts_only_from_a_trusted_proxy() -> None:
    rules = settings(PROXY)
    named = [*HERE, ("x-user", "Anne"), ("x-forwarded-for", "203.0.113.5")]

    assert viewer(rules, "192.0.2.10", named) == Viewer(kind=KNOWN, name="Anne")
    assert viewer(rules, "::ffff:192.0.2.10", named).name == "Anne"
    assert viewer(rules, "192.0.2.11", named) == Viewer()
    assert viewer(rules, "203.0.113.5", [("x-user", "Anne")]) == Viewer()
    assert viewer(rules, "", named) == Viewer()
    assert viewer(rules, "nonsense", named) == Viewer()
    assert viewer(Access(), "192.0.2.10", named) == Viewer()


def test_a_proxy_that_names_nobody_or_two_lets_nobody_act() -> None:
    rules = settings({**PROXY, "SECOURS_TRUSTED_PROXY": "127.0.0.1/32"})
    twice = [*HERE, ("x-user", "Anne"), ("x-user", "Bram")]

    assert viewer(rules, "127.0.0.1", HERE) == Viewer()
    assert viewer(rules, "127.0.0.1", [*HERE, ("x-user", " ")]) == Viewer()
    assert viewer(rules, "127.0.0.1", twice) == Viewer()


@pytest.mark.parametrize("name", ["{http.auth.user.id}", "$remote_user"])
def test_what_a_proxy_did_not_fill_in_is_nobodys_name(name: str) -> None:
    rules = settings(PROXY)

    assert viewer(rules, "192.0.2.10", [("x-user", name)]) == Viewer()


def test_a_name_is_made_fit_to_be_kept() -> None:
    rules = settings(PROXY)
    found = viewer(rules, "192.0.2.10", [("x-user", "A\x1b[31m" + "b" * 300)])

    assert "\x1b" not in found.name
    assert len(found.name) == policy.LONGEST_NAME


@pytest.mark.parametrize(
    ("client", "forwarded", "found"),
    [
        (("203.0.113.5", 4711), None, "203.0.113.5"),
        (("192.0.2.10", 4711), b"203.0.113.5", "192.0.2.10"),
        (("203.0.113.5", 0), b"203.0.113.5", "127.0.0.1"),
        (("192.0.2.10", 99), b"192.0.2.10:99", ""),
        (None, None, ""),
    ],
)
def test_the_other_end_is_the_proxy_and_never_what_a_header_says(
    client: tuple[str, int] | None, forwarded: bytes | None, found: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded)] if forwarded else []

    assert peer({"type": "http", "client": client, "headers": headers}) == found


def test_if_uvicorn_believes_others_nobody_is_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(identity.ALLOWED, "*")

    assert peer({"client": ("203.0.113.5", 0), "headers": []}) == ""


@pytest.mark.parametrize(
    "who",
    [Viewer(), Viewer(kind=LOCAL), Viewer(kind=KNOWN, name="Zoé: d'Ö\u2019%")],
)
def test_a_viewer_passes_through_a_header(who: Viewer) -> None:
    assert read(written(who)) == who
    assert written(who).isascii()


@pytest.mark.parametrize("text", [None, "", "nonsense", "known:", ":", "Local:"])
def test_no_header_is_a_stranger(text: str | None) -> None:
    assert read(text) == Viewer()


async def passed(kind: str, headers: list[tuple[bytes, bytes]], host: str) -> Scope:
    """Send a request through, and return what arrives behind."""
    arrived: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        arrived.append(scope)

    async def nothing() -> Message:
        return {}

    async def nowhere(_: Message) -> None:
        return None

    scope = {"type": kind, "client": (host, 5), "headers": headers}
    await Identity(app, settings(PROXY))(scope, nothing, nowhere)
    (found,) = arrived
    return found


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_nobody_can_say_himself_who_he_is(kind: str) -> None:
    claim = (b"X-Secours-Viewer", b"local:")

    stranger = await passed(kind, [claim, (b"x-user", b"Anne")], "203.0.113.5")
    known = await passed(kind, [claim, (b"X-User", b"Anne")], "192.0.2.10")

    def said(scope: Scope) -> list[bytes]:
        return [v for k, v in scope["headers"] if k.lower() == b"x-secours-viewer"]

    assert said(stranger) == [b"stranger:"]
    assert said(known) == [b"known:Anne"]


@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
async def test_a_name_with_accents_is_read_as_the_proxy_writes_it(charset: str) -> None:
    named = await passed("http", [(b"X-User", "Zoé".encode(charset))], "192.0.2.10")

    assert (b"x-secours-viewer", b"known:Zo%C3%A9") in named["headers"]


async def test_the_lifespan_is_left_alone() -> None:
    assert "headers" in await passed("lifespan", [], "")
