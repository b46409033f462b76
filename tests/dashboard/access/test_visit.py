from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from render.snapshots import snapshot

from secours.dashboard.access import visit
from secours.dashboard.access.policy import KNOWN, LOCAL, Viewer
from secours.dashboard.engine.source import Look


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    visit.rules.cache_clear()
    yield
    visit.rules.cache_clear()


def page(monkeypatch: pytest.MonkeyPatch, said: str | None, user: object) -> None:
    """Let a page be drawn for somebody."""
    headers = {"x-secours-viewer": said} if said else {}
    context = SimpleNamespace(headers=headers)
    monkeypatch.setattr(visit, "st", SimpleNamespace(context=context, user=user))


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


def test_read_only_lets_nobody_act(monkeypatch: pytest.MonkeyPatch) -> None:
    assert visit.may_act(Viewer(kind=LOCAL))
    assert not visit.may_act(Viewer())

    visit.rules.cache_clear()
    monkeypatch.setenv("SECOURS_READ_ONLY", "1")

    assert not visit.may_act(Viewer(kind=LOCAL))


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
