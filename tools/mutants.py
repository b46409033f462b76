"""Change the core in one place at a time, and see whether its tests notice.

Cosmic Ray makes the changes; it has no way to sample them by a seed, nor to try the
tests of a room before all others, so that is done here. It needs an environment of its
own: `make mutants`, or `make mutants ARGS='--seed 7 --count 20'`.

A mutant is killed by the first test that fails, or by taking too long. Only the tests
that reach the changed line are run, the quickest first, as Coverage.py saw them; then,
if need be, the properties and the second model. The tests run on a copy of the project,
one for each worker.
"""

import argparse
import ast
import os
import queue
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import NamedTuple
from xml.etree import ElementTree

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from coverage import CoverageData

ROOT = Path(__file__).resolve().parent.parent
CORE = Path("src/secours/core")
COMPARISONS = (
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
    *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
)
OPERATORS = (
    *(f"ReplaceComparisonOperator_{each}" for each in COMPARISONS),
    *("ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Sub_Add"),
    *("ReplaceAndWithOr", "ReplaceOrWithAnd", "AddNot"),
    *("ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_USub_UAdd"),
)
LONGEST_S = 1800.0  # for all tests of one mutant
SLOW = ("tests/core/metamorphic", "tests/model")
QUICK = ("tests/core", *(f"--ignore={tests}" for tests in SLOW))


class Mutant(NamedTuple):
    """One change of one file: the occurrence of what an operator changes."""

    path: Path
    operator: str
    occurrence: int

    @property
    def text(self) -> str:
        """Return the file as changed."""
        operator = get_operator(f"core/{self.operator}")()
        code = (ROOT / self.path).read_text()
        return mutate_code(code, operator, self.occurrence) or code

    @property
    def changed(self) -> tuple[int, str, str]:
        """Return the number of the first changed line, as it was and as it is."""
        before = (ROOT / self.path).read_text().splitlines()
        pairs = zip(before, self.text.splitlines(), strict=False)
        return next((n, a, b) for n, (a, b) in enumerate(pairs, 1) if a != b)

    def __str__(self) -> str:
        number, old, new = self.changed
        return f"{self.path}:{number}\n    - {old.strip()}\n    + {new.strip()}"


def mutants() -> Iterator[Mutant]:
    """Yield every mutant of the core."""
    for path in sorted((ROOT / CORE).rglob("*.py")):
        nodes = list(ast_nodes(get_ast(path.read_text())))
        for name in OPERATORS:
            operator = get_operator(f"core/{name}")()
            count = sum(len(list(operator.mutation_positions(node))) for node in nodes)
            for occurrence in range(count):
                yield Mutant(path.relative_to(ROOT), name, occurrence)


class Reach(NamedTuple):
    """Which tests reach each line of the core, and how long each takes."""

    tests: Mapping[Path, Mapping[int, Sequence[str]]]
    took_s: Mapping[str, float]

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that reach a change, the quickest first.

        All of them where it is reached by an import, or by none: a name is no line.
        """
        lines = self.tests.get(mutant.path, {})
        seen = {test for n in _statement(mutant) for test in lines.get(n, ())}
        if not seen or "" in seen:
            return [*QUICK]
        known = sorted(seen & self.took_s.keys(), key=self.took_s.__getitem__)
        return known if len(known) == len(seen) else [*known, *_drawn()]


def _drawn() -> list[str]:
    """Return the files of the tests that Hypothesis calls, for it hides their names."""
    found = (ROOT / "tests/core").rglob("test_*.py")
    drawn = (path for path in found if "@given(" in path.read_text())
    return sorted(str(path.relative_to(ROOT)) for path in drawn)


def _statement(mutant: Mutant) -> range:
    """Return the lines of the statement that is changed, without its block."""
    number = mutant.changed[0]
    found = range(number, number + 1)
    for node in ast.walk(ast.parse((ROOT / mutant.path).read_text())):
        if isinstance(node, ast.stmt):
            block = getattr(node, "body", None)
            end = block[0].lineno if block else (node.end_lineno or node.lineno) + 1
            if node.lineno <= number < end:
                found = range(node.lineno, end)
    return found


def reach(copy: Path, python: str) -> Reach:
    """Run the quick tests once, as they are, and see what each of them reaches."""
    settings = copy / "coverage.ini"
    settings.write_text("[run]\nsource = src\ndynamic_context = test_function\n")
    coverage = ("-m", "coverage", "run", f"--rcfile={settings}")
    tried = [*QUICK, "--maxfail=0", "--junitxml=took.xml"]
    _passes(tried, copy, python, *coverage)  # slower so: some may be late
    took_s: dict[str, float] = defaultdict(float)
    for case in ElementTree.parse(copy / "took.xml").iter("testcase"):
        name = case.get("name", "").partition("[")[0]
        took_s[_test(f"{case.get('classname')}.{name}")] += float(case.get("time", 0))
    if unknown := [
        each for each in took_s if not (copy / each.split("::")[0]).exists()
    ]:
        raise SystemExit(f"no file has {unknown[0]}")
    data = CoverageData(str(copy / ".coverage"))
    data.read()
    tests = {
        Path(path).relative_to(copy): {
            line: [_test(each) if each else "" for each in names]
            for line, names in data.contexts_by_lineno(path).items()
        }
        for path in data.measured_files()
    }
    return Reach(tests, took_s)


def _test(dotted: str) -> str:
    """Return how pytest calls a test function: `tests.core.test_a.test_b` as a path."""
    module, _, name = dotted.rpartition(".")
    path = module.removeprefix("tests.").replace(".", "/")
    return f"tests/{path}.py::{name}"


def is_killed(mutant: Mutant, reached: Reach, copy: Path, python: str) -> bool:
    """Tell whether a test fails on it, or takes too long."""
    changed = copy / mutant.path
    changed.write_text(mutant.text)
    try:
        stages = (reached.of(mutant), SLOW)
        return any(not _passes(tests, copy, python) for tests in stages)
    finally:
        shutil.copy(ROOT / mutant.path, changed)


def _passes(tests: Sequence[str], copy: Path, python: str, *under: str) -> bool:
    command = [python, *under, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *tests]
    ours = sysconfig.get_paths()["purelib"]  # for Coverage.py
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if under:
        environment["PYTHONPATH"] = ours
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env=environment,
            timeout=LONGEST_S,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode in (0, 5)  # 5: there was no test


def _copied(folder: Path) -> Path:
    """Copy the project, for some tests read its documents."""
    left_out = shutil.ignore_patterns(".*", "__pycache__", "wheels")
    return Path(shutil.copytree(ROOT, folder, ignore=left_out))


def run(sample: Sequence[Mutant], python: str, workers: int) -> list[Mutant]:
    """Try each of these; return those that no test noticed."""
    survivors: list[Mutant] = []
    with tempfile.TemporaryDirectory() as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(workers):
            copies.put(_copied(Path(folder) / str(number)))

        reached = reach(copies.queue[0], python)
        if not _passes([*QUICK], copies.queue[0], python):
            raise SystemExit("tests/core fails as it is: no mutant can be told by it")

        def test(mutant: Mutant) -> None:
            copy = copies.get()
            killed = is_killed(mutant, reached, copy, python)
            copies.put(copy)
            if not killed:
                survivors.append(mutant)
            print("killed" if killed else "LIVES", mutant, flush=True)

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(test, sample))
    return survivors


def main() -> int:
    """Sample mutants, try them, and name the survivors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--python", default=str(ROOT / ".venv/bin/python"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    known = list(mutants())
    sample = Random(options.seed).sample(known, min(options.count, len(known)))
    print(f"seed {options.seed}: {len(sample)} of {len(known)} mutants", flush=True)
    survivors = run(sample, options.python, options.workers)
    print(f"\n{len(sample) - len(survivors)} of {len(sample)} killed")
    for mutant in survivors:
        print(mutant)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
