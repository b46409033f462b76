from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from render.snapshots import snapshot
from starlette.requests import Request

from secours.dashboard.access import policy, visit
from secours.dashboard.access.policy import KNOWN, LOCAL, SEES_WALL, Viewer
from secours.dashboard.engine.source import Look


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    visit.rules.cache_clear()
    yield
    visit.rules.cache_clear()


def page(
    monkeypatch: pytest.MonkeyPatch, said: str | None, user: object, **colours: str
) -> None:
    """Let a page be drawn for somebody; `colours` are of the address and the cookie."""
    headers = {"x-secours-viewer": said} if said else {}
    cookies = {visit.THEME: colours["cookie"]} if "cookie" in colours else {}
    query = {"theme": colours["address"]} if "address" in colours else {}
    url = colours.get("url")
    context = SimpleNamespace(headers=headers, cookies=cookies, url=url)
    given = SimpleNamespace(context=context, user=user, query_params=query)
    monkeypatch.setattr(visit, "st", given)


def request(said: str, query: str = "", cookie: str = "") -> Request:
    """Return what a browser asks by, as it comes to the server of the pages."""
    pairs = (("x-secours-viewer", said), ("cookie", cookie))
    headers = [(name.encode(), text.encode()) for name, text in pairs if text]
    return Request({"type": "http", "headers": headers, "query_string": query.encode()})


class User(dict[str, object]):
    """What Streamlit says of who is logged in."""

    is_logged_in = True


def test_the_server_says_who_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    page(monkeypatch, "known:Anne", object())
    known = visit.visitor()
    page(monkeypatch, "local:", object())
    local = visit.visitor()
    page(monkeypatch, None, object())

    assert known == Viewer(kind=KNOWN, name="Anne")
    assert local == Viewer(kind=LOCAL)
    assert visit.visitor() == Viewer()


def test_who_is_logged_in_is_known_by_address_or_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page(monkeypatch, "stranger:", User(email="anne@town.example", name="Anne"))
    by_mail = visit.visitor()
    page(monkeypatch, "stranger:", User(name="Anne"))
    by_name = visit.visitor()
    page(monkeypatch, "stranger:", User())
    nameless = visit.visitor()
    out = User(name="Anne")
    out.is_logged_in = False
    page(monkeypatch, "stranger:", out)

    assert by_mail == Viewer(kind=KNOWN, name="anne@town.example")
    assert by_name == Viewer(kind=KNOWN, name="Anne")
    assert nameless == visit.visitor() == Viewer()


@pytest.mark.parametrize(
    ("who", "url", "way"),
    [
        ("local:", "http://127.0.0.1:8501/edit", "loopback"),
        ("known:Anne", "https://crisis.example/edit", "tls"),
        ("known:Anne", "http://crisis.example/edit", ""),
        ("known:Anne", "http://https://crisis.example/", ""),
        ("known:Anne", "", ""),
        ("", "http://127.0.0.1:8501/", ""),
    ],
)
def test_what_is_typed_comes_over_this_machine_or_tls_or_openly(
    monkeypatch: pytest.MonkeyPatch, who: str, url: str, way: str
) -> None:
    page(monkeypatch, who, object(), url=url)

    assert visit.of_page().way == way


def test_read_only_lets_nobody_act(monkeypatch: pytest.MonkeyPatch) -> None:
    assert visit.visit_of(Viewer(kind=LOCAL)).acts
    assert not visit.visit_of(Viewer()).acts

    visit.rules.cache_clear()
    monkeypatch.setenv("SECOURS_READ_ONLY", "1")

    reading = visit.visit_of(Viewer(kind=LOCAL))
    assert (reading.acts, reading.looks, reading.trusted) == (False, True, True)


def test_where_only_the_known_may_look_a_screen_sees_the_wall_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECOURS_KNOWN_ONLY", "1")

    def seen(kind: str) -> tuple[bool, bool]:
        came = visit.visit_of(Viewer(kind=kind))
        return came.looks, came.sees_wall

    assert seen(LOCAL) == (True, True)
    assert seen(SEES_WALL) == (False, True)
    assert seen(Viewer().kind) == (False, False)


def test_the_colours_are_those_asked_for_else_those_of_before_else_dark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def at_page(**colours: str) -> str:
        page(monkeypatch, "local:", object(), **colours)
        return visit.of_page().theme

    def asked(query: str, cookie: str) -> str:
        return visit.of_request(request("local:", query, cookie)).theme

    assert at_page() == asked("", "") == "dark"
    assert at_page(cookie="light") == asked("", f"{visit.THEME}=light") == "light"
    assert at_page(address="dark", cookie="light") == "dark"
    assert asked("theme=dark", f"{visit.THEME}=light") == "dark"
    assert asked("theme=pink", f"{visit.THEME}=light") == "light"
    assert at_page(address="pink") == "dark"


def test_what_a_browser_asks_by_says_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def came(said: str) -> Viewer:
        return visit.of_request(request(said)).viewer

    assert came("known:Anne") == Viewer(kind=KNOWN, name="Anne")
    assert came("stranger:") == came("") == Viewer()

    monkeypatch.setattr(visit, "rules", lambda: policy.Access(login=True))
    monkeypatch.setattr(visit, "is_logged_in", lambda _: True)

    assert came("stranger:") == Viewer(kind=KNOWN)
    assert came("known:Anne") == Viewer(kind=KNOWN, name="Anne")


def test_a_stranger_is_shown_less() -> None:
    def look() -> Look:
        return Look(snapshot=snapshot(), age_s=3.0, refused="probes.yaml:1:1: secret")

    whole = visit.shown_to(Viewer(kind=LOCAL), look)()
    less = visit.shown_to(Viewer(), look)()

    assert whole == look()
    assert less.snapshot is not None
    assert not less.snapshot.channel("sms").how.in_("fr")
    assert less.age_s == 3.0
    assert "secret" not in str(less.refused)
    assert visit.shown_to(Viewer(), Look)() == Look()


@pytest.mark.parametrize(
    ("access", "how"),
    [
        (policy.Access(), "secours link"),
        (policy.Access(user_header="x-user"), "the server that stands before Secours"),
        (policy.Access(login=True), "the button on this page"),
    ],
)
def test_who_is_not_known_is_told_how_to_become_known(
    monkeypatch: pytest.MonkeyPatch, access: policy.Access, how: str
) -> None:
    monkeypatch.setattr(visit, "rules", lambda: access)

    said = visit.closed("en")

    assert said[0] == "This page is for people who are known here."
    assert how in said[1]
