"""`make bench` with a little of the quickest tables, so that it goes on to work.

What it finds is no figure: others work on this machine, and it does next to nothing.
`.ci/run` has a little of all tables measured, alone on its machine.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import TABLES
from bench.measuring import Spread
from bench.table import Row

ROOT = Path(__file__).parents[1]
FILES = {file.stem for file in (ROOT / "bench" / "rows").glob("*.py")}
QUICK = ("check", "core", "reasoning")
BY_HAND = "<!-- by hand -->\nWhat a person wrote.\n<!-- end -->\n"


def test_every_table_is_measured_unless_others_are_named() -> None:
    assert TABLES.keys() == FILES


@pytest.mark.parametrize(
    ("found", "reached"), [(99.9, "no"), (100.0, "yes"), (101.0, "yes")]
)
def test_more_may_be_better(found: float, reached: str) -> None:
    row = Row(what="results a second", now=Spread.of([found]), least=100.0)

    assert f"| at least 100 | {reached} |" in str(row)


@pytest.mark.timeout(600)
def test_tables_are_measured_and_what_a_person_wrote_stays(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"An older table.\n{BY_HAND}")

    ran = subprocess.run(
        [sys.executable, "-m", "bench", "--short", "--page", str(page), *QUICK],
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
    for name in QUICK:
        assert re.search(rf"^{name}: \d+ s$", ran.stdout, re.MULTILINE), ran.stdout
    assert written.endswith(BY_HAND)
    assert "An older table" not in written
