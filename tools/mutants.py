"""Change the core in one place at a time, and see whether its tests notice.

Cosmic Ray makes the changes; it has no way to sample them by a seed, nor to try the
tests of a room before all others, so that is done here. It needs an environment of its
own: `make mutants`, or `make mutants ARGS='--seed 7 --count 20'`.

A mutant is killed by the first test that fails, or by taking too long. The tests run on
a copy of the project, one for each worker.
"""

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

ROOT = Path(__file__).resolve().parent.parent
CORE = Path("src/secours/core")
COMPARISONS = (
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
    *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
)
ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul")
OPERATORS = (
    *(f"ReplaceComparisonOperator_{each}" for each in COMPARISONS),
    *(f"ReplaceBinaryOperator_{each}" for each in ARITHMETIC),
    *("ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceTrueWithFalse"),
    *("ReplaceFalseWithTrue", "AddNot", "ReplaceUnaryOperator_Delete_Not"),
    *("ReplaceUnaryOperator_USub_UAdd", "NumberReplacer"),
)
LONGEST_S = 1800.0  # for all tests of one mutant
SLOW = ("tests/core/metamorphic", "tests/model")


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

    def __str__(self) -> str:
        before = (ROOT / self.path).read_text().splitlines()
        after = self.text.splitlines()
        for number, (old, new) in enumerate(zip(before, after, strict=False), 1):
            if old != new:
                return f"{self.path}:{number}\n    - {old.strip()}\n    + {new.strip()}"
        return f"{self.path}: {self.operator}"


def mutants() -> Iterator[Mutant]:
    """Yield every mutant of the core."""
    for path in sorted((ROOT / CORE).rglob("*.py")):
        nodes = list(ast_nodes(get_ast(path.read_text())))
        for name in OPERATORS:
            operator = get_operator(f"core/{name}")()
            count = sum(len(list(operator.mutation_positions(node))) for node in nodes)
            for occurrence in range(count):
                yield Mutant(path.relative_to(ROOT), name, occurrence)


def stages(path: Path) -> list[list[str]]:
    """Return which tests to run for a changed file: the likeliest to fail first."""
    room = path.relative_to(CORE).parent.name
    near = [
        test
        for test in (f"tests/core/test_{path.stem}.py", f"tests/core/{room}")
        if room or test.endswith(".py")
        if (ROOT / test).exists()
    ]
    rest = [f"--ignore={test}" for test in (*near, *SLOW)]
    return [*([near] if near else []), ["tests/core", *rest], [*SLOW]]


def is_killed(mutant: Mutant, copy: Path, python: str) -> bool:
    """Tell whether a test fails on it, or takes too long."""
    changed = copy / mutant.path
    changed.write_text(mutant.text)
    try:
        return any(not _passes(tests, copy, python) for tests in stages(mutant.path))
    finally:
        shutil.copy(ROOT / mutant.path, changed)


def _passes(tests: Sequence[str], copy: Path, python: str) -> bool:
    command = [python, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
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

        if not _passes(["tests/core"], copies.queue[0], python):
            raise SystemExit("tests/core fails as it is: no mutant can be told by it")

        def test(mutant: Mutant) -> None:
            copy = copies.get()
            killed = is_killed(mutant, copy, python)
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
