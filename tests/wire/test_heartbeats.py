import os
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from refusals import refusing

from secours import places
from secours.wire import heartbeats


@pytest.fixture(autouse=True)
def our_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "store"))


@pytest.mark.parametrize(
    ("name", "probe_id"),
    [
        ("mail", "channels/mail/heartbeat"),
        ("mail/heartbeat", "channels/mail/heartbeat"),
        ("channels/mail/heartbeat", "channels/mail/heartbeat"),
        ("power:grid", "components/power:grid/heartbeat"),
        ("radio room", "channels/radio room/nightly"),
    ],
)
def test_beat_is_found_under_each_of_its_names(name: str, probe_id: str) -> None:
    heartbeats.write(name)

    beat = heartbeats.latest(probe_id)

    assert beat is not None
    assert not beat.failed
    assert 0 <= beat.age_s < 60


@pytest.mark.parametrize(
    "name", ["other", "mail/other", "components/mail/heartbeat", "heartbeat"]
)
def test_beat_of_another_is_not_found(name: str) -> None:
    heartbeats.write(name)

    assert heartbeats.latest("channels/mail/heartbeat") is None


def test_newest_of_two_counts() -> None:
    heartbeats.write("mail/heartbeat", failed=True)
    heartbeats.write("mail")

    beat = heartbeats.latest("channels/mail/heartbeat")

    assert beat is not None
    assert not beat.failed


def test_newest_of_two_counts_on_a_machine_that_stalls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = count(start=heartbeats._steady_s(), step=600.0)  # each look at the clock
    monkeypatch.setattr(heartbeats, "_steady_s", lambda: next(later))
    heartbeats.write("mail/heartbeat", failed=True)
    heartbeats.write("mail")

    beat = heartbeats.latest("channels/mail/heartbeat")

    assert beat is not None
    assert beat.age_s == pytest.approx(600.0)
    assert not beat.failed


def test_beat_replaces_the_one_before() -> None:
    for failed in (False, True):
        heartbeats.write("mail", failed=failed)

    folder = places.runtime_dir() / "beats"
    assert [file.name for file in folder.iterdir()] == ["beat-mail.json"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(min_size=1, max_size=20).filter(lambda name: name.isprintable()))
@pytest.mark.parametrize("start", ["", "../", "/", "..", "a/../../"])
def test_no_name_leads_out_of_the_folder(start: str, name: str) -> None:
    folder = places.runtime_dir() / "beats"

    heartbeats.write(start + name)

    assert {file.parent for file in folder.parent.rglob("beat-*")} == {folder}
    assert not [file for file in folder.rglob("*") if file.is_dir()]


@pytest.mark.parametrize("name", ["", 300 * "x"])
def test_name_that_is_none_is_refused(name: str) -> None:
    with refusing("1 to 200"):
        heartbeats.write(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"boot_id": "x", "steady_s": "y", "failed": false}',
        '{"boot_id": "of another boot", "steady_s": 1, "failed": false}',
        '{"boot_id": "of another boot", "steady_s": NaN, "failed": false}',
        f'{{"boot_id": "x", "steady_s": {999 * "9"}, "failed": false}}',
    ],
)
def test_file_that_is_no_beat_of_this_boot_says_nothing(text: str) -> None:
    heartbeats.write("mail")
    file = places.runtime_dir() / "beats" / "beat-mail.json"
    file.write_text(text)

    assert heartbeats.latest("channels/mail/heartbeat") is None


def test_beat_from_the_future_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeats.write("mail")
    monkeypatch.setattr(heartbeats, "_steady_s", lambda: 0.0)

    assert heartbeats.latest("channels/mail/heartbeat") is None


def test_beat_is_for_our_eyes_only() -> None:
    heartbeats.write("mail")

    file = places.runtime_dir() / "beats" / "beat-mail.json"
    assert os.stat(file).st_mode & 0o077 == 0
