"""The folders of the service are found in it and beside it, by its user alone."""

import os
import stat
from pathlib import Path

import pytest

from secours import places
from secours.engine.orders import handing_down, ledger
from secours.engine.printing import sheet_printer
from secours.engine.sites_room import HUB_SITES
from secours.engine.store import saved_outbox


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("state", "runtime"):
        (tmp_path / name).mkdir(mode=0o700)
    monkeypatch.setattr(places, "SERVICE_STATE", tmp_path / "state")
    monkeypatch.setattr(places, "SERVICE_RUNTIME", tmp_path / "runtime")
    monkeypatch.delenv("SECOURS_DATA", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return tmp_path


def be(monkeypatch: pytest.MonkeyPatch, uid: int, owner: int, *folders: Path) -> None:
    """Be a user to whom the folders of the service belong, or do not."""
    for folder in folders:
        os.chown(folder, owner, -1)
    monkeypatch.setattr(os, "getuid", lambda: uid)


NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="run as root: it gives away")


@NEEDS_ROOT
def test_the_user_of_the_service_has_its_folders_whatever_a_login_brings(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, 4711, 4711, service / "state", service / "runtime")

    assert places.data_dir() == service / "state"
    assert places.runtime_root() == service / "runtime"


@NEEDS_ROOT
def test_any_other_user_has_folders_of_their_own(service: Path) -> None:
    os.chown(service / "state", 4711, -1)
    os.chown(service / "runtime", 4711, -1)

    assert places.data_dir() == service / "home" / "secours"
    assert places.runtime_root() == service / "run" / "secours"


def test_root_leaves_the_folders_of_the_service_alone(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)

    assert places.data_dir() == service / "home" / "secours"


@NEEDS_ROOT
def test_a_folder_that_is_asked_for_is_used(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be(monkeypatch, 4711, 4711, service / "state")
    monkeypatch.setenv("SECOURS_DATA", str(service / "asked"))

    assert places.data_dir() == service / "asked"


@pytest.mark.parametrize("chosen", ["", "~/x"])
def test_user_without_a_home_is_asked_for_a_folder(
    service: Path, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("SECOURS_DATA", chosen)
    be(monkeypatch, 4242, 0)

    with pytest.raises(places.NoPlace) as refused:
        places.data_dir()
    assert refused.value.message.slug == "commands.place.no-home"


@pytest.mark.parametrize(
    "name",
    [ledger.NAME, handing_down.NAME, sheet_printer.NAME, HUB_SITES, saved_outbox.NAME],
)
def test_a_folder_with_any_file_of_ours_is_closed(tmp_path: Path, name: str) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / name).touch(0o644)

    places.keep_private(tmp_path)

    modes = [stat.S_IMODE(each.stat().st_mode) for each in (tmp_path, tmp_path / name)]
    assert modes == [0o700, 0o600]
