"""`make bench` with a little of the quickest tables, so that it goes on to work.

What it finds is no figure: others work on this machine, and it does next to nothing.
`.ci/run` has a little of all tables measured, alone on its machine.
"""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from servers import viewers
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from bench import __main__ as bench
from bench import peers
from bench.__main__ import TABLES
from bench.measuring import Spread
from bench.rows import wall
from bench.table import NotMeasured, Row, growth

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


@pytest.mark.parametrize(
    ("costs", "reached"),
    [
        ({100: 1.5, 200: 2.2, 400: 5.7, 600: 10.0}, False),
        ({1: 15.6, 4: 69.6, 16: 934.0}, False),
        ({n: 200 + n * n for n in (1, 4, 16)}, False),
        ({n: 200 + n * math.log(n + 1) for n in (1, 4, 16)}, True),
        ({n: 5.0 * n for n in (50, 200, 800)}, True),
        ({1: 200.0, 4: 198.0, 16: 205.0}, True),  # it does not grow
    ],
)
def test_growth_is_held_though_much_is_fixed(
    costs: dict[int, float], reached: bool
) -> None:
    assert isinstance(found := growth("a cost", costs), Row)
    assert found.reached is reached, found


@pytest.mark.parametrize(
    "costs",
    [
        {1: 1.0, 2: 2.0},
        {50: 0.0, 200: 0.0, 800: 0.0},
        {50: 0.1, 200: 0.2, 800: 0.0},
        {100: 1.0, 800: 2.0, 801: 2.1},
    ],
)
def test_growth_that_cannot_be_told_is_not_measured(costs: dict[int, float]) -> None:
    assert isinstance(growth("a cost", costs), NotMeasured)


def test_a_wall_must_be_drawn_with_a_new_stamp() -> None:
    stamps = wall.Stamps([f"boot/{2 * n}.0/True" for n in range(9)])
    drawn = [f"{wall.ANSWER} boot/{at}.0/True".encode() for at in (14, 16)]

    wall.check(drawn, stamps.newest(1.0))
    for broken in (b"", drawn[0][:20], f"{wall.ANSWER} boot/4.0/True".encode()):
        with pytest.raises(wall.NotDrawn):
            wall.check([*drawn, broken], stamps.newest(1.0))


def test_a_page_whose_script_fails_is_not_drawn() -> None:
    ran, raised, cut = ForwardMsg(), ForwardMsg(), ForwardMsg()
    ran.script_finished = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
    raised.delta.new_element.exception.message = "no such file"
    cut.script_finished = ForwardMsg.FINISHED_WITH_COMPILE_ERROR

    viewers.check([ran])
    for heard in ([raised, ran], [cut]):
        with pytest.raises(viewers.Broken):
            viewers.check(heard)


def test_a_run_that_lacks_rows_leaves_the_page_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "performance.md"
    page.write_text("The older page.")
    lacking = [NotMeasured(what="a row", why="it broke")]
    monkeypatch.setattr(bench, "PAGE", page)
    monkeypatch.setattr(bench, "_measured", lambda *_: lacking)
    monkeypatch.setattr(sys, "argv", ["bench"])

    assert bench.main() == 1

    assert page.read_text() == "The older page."
    assert "it broke" in page.with_suffix(".lacking.md").read_text()


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("name", ["twelve", "check"])
def test_our_half_is_measured_without_peers(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object) -> list[str]:
        raise peers.Missing("check_tcp: apt-get install monitoring-plugins-basic")

    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'src'}:{ROOT / 'tests'}")
    monkeypatch.setattr(peers, "plugin", missing)
    monkeypatch.setattr(sys, "argv", ["bench", "--short", name])

    assert bench.main() == 0

    assert "check_tcp: apt-get install" in capsys.readouterr().out


@pytest.mark.usefixtures("processes")
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
    assert ran.returncode == 0, ran.stdout
    assert "not measured" not in written
    for name in QUICK:
        assert re.search(rf"^{name}: \d+ s$", ran.stdout, re.MULTILINE), ran.stdout
    assert written.endswith(BY_HAND)
    assert "An older table" not in written
    if missing := set(re.findall(r"apt-get install \S+", written)):
        pytest.skip(", ".join(sorted(missing)))
