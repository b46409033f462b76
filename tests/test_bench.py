"""`make bench` with a little of each row, so that it goes on to work.

What it finds is no figure: others work on this machine, and it does next to nothing.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = sorted(file.stem for file in (ROOT / "bench" / "rows").glob("*.py"))
BY_HAND = "<!-- by hand -->\nWhat a person wrote.\n<!-- end -->\n"


@pytest.mark.timeout(600)
def test_every_row_is_measured_and_what_a_person_wrote_stays(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"An older table.\n{BY_HAND}")

    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--short", "--page", str(page)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    written = page.read_text("utf-8")
    if missing := set(re.findall(r"apt-get install \S+", written)):
        pytest.skip(", ".join(sorted(missing)))
    assert ran.returncode == 0, ran.stdout
    assert "not measured" not in written
    for name in ROWS:
        assert re.search(rf"^{name}: \d+ s$", ran.stdout, re.MULTILINE), ran.stdout
    assert written.endswith(BY_HAND)
    assert "An older table" not in written
