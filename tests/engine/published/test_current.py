from pathlib import Path

import pytest
from msgspec.structs import replace

from secours import places
from secours.core.memory import EMPTY
from secours.core.statements.words_in_force import Words
from secours.engine import clock, state_file
from secours.engine.published import current
from secours.engine.store import saved_memory
from secours.model.statements import Declared, Mark
from secours.render.wall import stale_cover

PLAN = """
site: {name: Town, language: en}
components: {identity:ad: {label: AD}}
channels:
  teams: {label: Teams, purposes: [alert], depends_on: [identity:ad]}
  sms: {label: SMS, purposes: [alert], depends_on: []}
plan:
  - {purpose: alert, audience: staff, primary: teams, alternate: sms, last_resort: x}
"""


@pytest.mark.parametrize("boot_id", ["", "another boot"], ids=["this boot", "another"])
def test_before_the_first_snapshot_what_people_distrust_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boot_id: str
) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    file = tmp_path / "probes.yaml"
    file.write_text(PLAN, "utf-8")
    now = clock.now()
    mark = Mark(subject="identity:ad", says=Declared.DISTRUSTED, by="Ana", at=now)
    before = stale_cover.waiting_html(current.look_at(file).plan, "en")
    memory = replace(EMPTY, words=Words(distrusts={mark.subject: mark}), at=now)
    text = saved_memory.written(memory, boot_id or clock.boot_id())
    state_file.replace(places.runtime_dir() / saved_memory.NAME, text)

    after = stale_cover.waiting_html(current.look_at(file).plan, "en")

    assert "Do not use" not in before
    assert "Do not use: Teams (compromised, Ana " in after
