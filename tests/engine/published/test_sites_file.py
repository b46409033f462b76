"""What is published of other sites, as it is read by screens and commands."""

import math
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from render.snapshots import snapshot

from secours import places
from secours.engine import clock
from secours.engine.published import current_sites, sites_file
from secours.engine.published.current import Look
from secours.engine.published.handed_down_file import HandedDownFile
from secours.engine.published.snapshot_file import Corrupt
from secours.model.observed import Instant
from secours.model.sites.handed_down import HandedDown, HandedDownList
from secours.model.sites.views import OrderKind, SitesView, SiteView
from secours.model.snapshot import Hub, Snapshot, Standby

NAMES = ("liège", "a/b", "..", "a.b", "x" * 60, "火" * 60)


def ago(seconds: float) -> Instant:
    now = clock.now()
    return Instant(now.utc - timedelta(seconds=seconds), now.steady_s - seconds)


def of_sites(*sites: SiteView, at: Instant | None = None) -> SitesView:
    return SitesView(at=at or clock.now(), boot_id=clock.boot_id(), sites=sites)


def of_site(at: Instant) -> Snapshot:
    return replace(snapshot(), at=at, boot_id=clock.boot_id())


@pytest.mark.parametrize("probing", [False, True])
def test_orders_of_a_standby_are_shown_only_while_it_probes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, probing: bool
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder, at = places.ours_alone(places.runtime_dir()), clock.now()
    sites_file.write(replace(of_sites(), province=True), folder)
    said = HandedDown(
        number=1,
        kind=OrderKind.MARK,
        what="",
        author="",
        by="",
        issued=at,
        boot_id="",
        until=at.utc,
    )
    HandedDownFile(folder).put(HandedDownList(orders=(said,)))
    part = Standby(url="", host="", since=at, probing=probing)
    shot = replace(of_site(at), hub=Hub(url="", since=at), standby=part)

    shown = current_sites.handed_down(Look(snapshot=shot, age_s=0.0))

    assert bool(shown) is probing


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    view = of_sites(SiteView(name="liège"))
    sites_file.write(view, tmp_path)

    found, age_s = sites_file.read(tmp_path)

    assert found == view
    assert 0 <= age_s < 30


@pytest.mark.parametrize(
    ("ago_s", "changes"),
    [
        pytest.param(0.0, {"boot_id": "other"}, id="another-boot"),
        pytest.param(-500.0, {}, id="the-future"),
    ],
)
def test_age_that_cannot_be_known_is_infinite(
    tmp_path: Path, ago_s: float, changes: dict[str, str]
) -> None:
    sites_file.write(replace(of_sites(at=ago(ago_s)), **changes), tmp_path)

    _, age_s = sites_file.read(tmp_path)

    assert age_s == math.inf


def test_without_others_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sites_file.read(tmp_path)
    with pytest.raises(FileNotFoundError):
        sites_file.read_site("liège", tmp_path)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_each_site_has_a_file_of_its_own(tmp_path: Path, name: str) -> None:
    names = [*NAMES, "火" * 59 + "水"]
    sites_file.write(of_sites(*map(_named, names)), tmp_path)
    for each in names:
        shot = replace(of_site(clock.now()), plan_version=each)
        sites_file.write_site(each, shot, tmp_path)

    found, _ = sites_file.read_site(name, tmp_path)

    assert found.plan_version == name
    assert len(list((tmp_path / "sites").iterdir())) == len(names)


def _named(name: str) -> SiteView:
    return SiteView(name=name)


@pytest.mark.parametrize(
    ("confirmed_s", "expected_s"),
    [
        pytest.param({"": None}, 300, id="nothing-confirms-it"),
        pytest.param({"": 4}, 4, id="its-life-confirms-it"),
        pytest.param({"": 900}, 300, id="said-since-then"),
        pytest.param({"A": 4, "B": 4}, 300, id="two-say-they-are-it"),
    ],
)
def test_snapshot_of_a_site_is_as_old_as_what_confirms_it(
    tmp_path: Path, confirmed_s: dict[str, float | None], expected_s: float
) -> None:
    sites = [
        SiteView(name="ans", epoch=epoch, confirmed=None if s is None else ago(s))
        for epoch, s in confirmed_s.items()
    ]
    sites_file.write(of_sites(*sites), tmp_path)
    sites_file.write_site("ans", of_site(ago(300)), tmp_path)

    shot, age_s = sites_file.read_site("ans", tmp_path)

    assert expected_s - 1 < age_s < expected_s + 30
    assert clock.now().since(shot.at) == pytest.approx(age_s, abs=1)


def test_snapshot_of_a_site_grows_old_with_what_is_published(tmp_path: Path) -> None:
    sites_file.write(of_sites(SiteView(name="ans"), at=ago(200)), tmp_path)
    sites_file.write_site("ans", of_site(ago(300)), tmp_path)

    _, age_s = sites_file.read_site("ans", tmp_path)

    assert age_s >= 300


def test_who_is_followed_no_more_has_no_file(tmp_path: Path) -> None:
    for name in ("ans", "liège"):
        sites_file.write_site(name, of_site(clock.now()), tmp_path)

    sites_file.keep_only(["liège"], tmp_path)
    assert [f.name for f in (tmp_path / "sites").iterdir()] == ["li%C3%A8ge.json"]

    sites_file.write(of_sites(), tmp_path)
    sites_file.remove(tmp_path)
    assert [f.name for f in tmp_path.rglob("*.json")] == []


def test_file_that_is_none_of_ours_is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "sites.json").write_text('{"at": 1}')

    with pytest.raises(Corrupt):
        sites_file.read(tmp_path)
