"""Proof of the ways of notices, by what the engine of this machine shows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from doctor.looking import case
from msgspec.structs import replace
from render.sent_notices import proven_way
from render.snapshots import snapshot
from render.standbys import now_shown

from secours import places
from secours.doctor import notices
from secours.doctor.finding import FindingLevel
from secours.engine import lock
from secours.engine.published import snapshot_file
from secours.languages import LANGUAGES
from secours.model.observed import Reason
from secours.texts import in_words


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with lock.hold(places.data_dir(), places.runtime_dir()):
        yield tmp_path


@pytest.mark.parametrize(
    ("days", "reason", "level"),
    [
        (3.0, Reason.NONE, FindingLevel.FINE),
        (3.0, Reason.AUTH, FindingLevel.MEND),
        (11.0, Reason.NONE, FindingLevel.MEND),
    ],
)
def test_age_of_each_proof_is_said_and_the_test_that_renews_it(
    running: Path, days: float, reason: Reason, level: FindingLevel
) -> None:
    shown = now_shown(replace(snapshot(), targets=(proven_way(days, reason),)))
    snapshot_file.write(shown, places.runtime_dir())

    look = notices.proof(replace(case(running), data=places.data_dir()))
    (finding,) = look

    test = ("secours notify --test duty --by NAME",)
    assert finding.level is level
    assert finding.commands == (test if level is FindingLevel.MEND else ())
    assert all("duty" in in_words(each, finding.message) for each in LANGUAGES)
    assert f"arrived {days:.0f} d ago" in in_words("en", finding.message)
