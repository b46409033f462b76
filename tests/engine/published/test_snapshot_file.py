import math
from pathlib import Path
from types import MappingProxyType

import pytest
from msgspec.structs import replace
from plans import channel, fold, plan, result, shot

from secours.engine import clock, state_file
from secours.engine.published import snapshot_file
from secours.model.observed import Instant, failed
from secours.model.observed import Reason as Why
from secours.model.sections.field_types import Duration
from secours.model.snapshot import Snapshot


def _snapshot(at: Instant | None = None, boot_id: str | None = None) -> Snapshot:
    config = plan(channel("mail", "power:grid"), channel("sms"))
    refused = failed(Why.REFUSED, port=25, after_s=Duration(2))
    memory = fold(config, result("mail", refused, 1), result("sms", "o", 2))
    return replace(
        shot(config, memory),
        at=at or clock.now(),
        boot_id=clock.boot_id() if boot_id is None else boot_id,
    )


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    snapshot = _snapshot()
    snapshot_file.write(snapshot, tmp_path)

    found, age_s = snapshot_file.read(tmp_path)

    assert found == snapshot
    assert 0 <= age_s < 30


def test_the_same_bytes_are_read_as_one_snapshot_with_an_age_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    snapshot_file.write(_snapshot(at=now), tmp_path)
    seen = []
    for later_s in (1.0, 7.0):
        later = replace(now, steady_s=now.steady_s + later_s)
        monkeypatch.setattr(clock, "now", lambda later=later: later)
        seen.append(snapshot_file.read(tmp_path))
    monkeypatch.undo()
    snapshot_file.write(_snapshot(at=replace(now, steady_s=0.0)), tmp_path)
    other, _ = snapshot_file.read(tmp_path)

    assert seen[0][0] is seen[1][0]
    assert [age_s for _, age_s in seen] == pytest.approx([1.0, 7.0])
    assert other.at.steady_s == 0.0


def test_only_the_user_may_read_it_and_no_draft_stays(tmp_path: Path) -> None:
    snapshot_file.write(_snapshot(), tmp_path)
    snapshot_file.write(_snapshot(), tmp_path)

    assert [file.name for file in tmp_path.iterdir()] == [snapshot_file.SNAPSHOT]
    assert (tmp_path / snapshot_file.SNAPSHOT).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("boot_id", ["another-boot", ""])
def test_age_on_another_boot_is_unknown(tmp_path: Path, boot_id: str) -> None:
    snapshot_file.write(_snapshot(boot_id=boot_id), tmp_path)

    assert snapshot_file.read(tmp_path)[1] == math.inf


def test_age_from_the_future_is_unknown(tmp_path: Path) -> None:
    now = clock.now()
    snapshot_file.write(
        _snapshot(at=replace(now, steady_s=now.steady_s + 60)), tmp_path
    )

    assert snapshot_file.read(tmp_path)[1] == math.inf


def test_nothing_published_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        snapshot_file.read(tmp_path)


@pytest.mark.parametrize("text", [b"", b"{", b"{}", b"[1]", b'{"at": "\xff"}'])
def test_a_file_that_is_no_snapshot_is_corrupt(tmp_path: Path, text: bytes) -> None:
    (tmp_path / snapshot_file.SNAPSHOT).write_bytes(text)

    with pytest.raises(snapshot_file.Corrupt):
        snapshot_file.read(tmp_path)


def test_read_only_mappings_are_published() -> None:
    assert state_file.encoded(MappingProxyType({"a": Duration(1.5)})) == b'{"a":1.5}'


def test_what_was_looked_up_in_a_snapshot_is_no_part_of_it() -> None:
    seen = _snapshot()
    same = replace(seen)
    assert seen.channel("mail").name == "mail"
    fewer = replace(seen, channels=seen.channels[1:])

    assert seen == same
    assert state_file.encoded(seen) == state_file.encoded(same)
    assert list(fewer.by_name) == [view.name for view in seen.channels[1:]]
