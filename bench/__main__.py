"""Measure how fast and how light everything is, its peers beside it in the same run.

With no ROW all are measured, and where it is not short the page is written.

    python -m bench [--short] [--page FILE] [ROW ...]
"""

import argparse
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path

from bench.measuring import Scale
from bench.peers import Missing
from bench.table import NotMeasured, Rows, write

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
TABLES = {
    "check": "One check",
    "twelve": "Twelve channels in one check",
    "rate": "What a test costs in the engine",
    "sizes": "The engine by its size",
    "silent": "Silent peers",
    "core": "The reasoning, one event",
    "reasoning": "The reasoning, a large plan",
    "history": "The history",
    "sites": "Many sites, one hub",
    "wall": "The wall",
    "pages": "The pages, in a browser",
    "faults": "From a fault to the screen",
    "switch": "From a fault to the screen, in the demo",
}


def main() -> int:
    """Return 1 where something could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(TABLES))
    parser.add_argument("--short", action="store_true", help="a little of each")
    parser.add_argument("--page", type=Path, metavar="FILE", help="where to write it")
    args = parser.parse_args()
    if unknown := set(args.rows) - TABLES.keys():
        parser.error(f"no such row: {', '.join(unknown)}")
    began_s = time.monotonic()
    scale = Scale(short=args.short)
    tables = {TABLES[name]: _tried(name, scale) for name in args.rows or TABLES}
    took_s = time.monotonic() - began_s
    whole = not args.rows and not args.short
    lacking = any(map(_lacks, tables.values()))
    page = args.page
    if whole and page is None:
        page = PAGE.with_suffix(".lacking.md") if lacking else PAGE
    if page:
        write(page, tables, took_s)
        print(f"wrote {page}" + ", as rows are not measured" * lacking)
    print(f"took {took_s:.0f} s")
    return lacking


def _tried(name: str, scale: Scale) -> Rows:
    """Return the rows of one module; a machine that was busy gets a second try."""
    found = _measured(name, scale)
    return _measured(name, scale) if _lacks(found) else found


def _lacks(rows: Rows) -> bool:
    return any(isinstance(row, NotMeasured) for row in rows)


def _measured(name: str, scale: Scale) -> Rows:
    """Return the rows of one module; what it raises is a row."""
    found = []
    began_s = time.monotonic()
    try:
        for row in import_module(f"bench.rows.{name}").rows(scale):
            if scale.short and isinstance(row, NotMeasured) and row.takes_all:
                continue
            found.append(row)
            print(row, flush=True)
    except Exception as error:  # noqa: BLE001 -- the other rows are still to be had
        if not isinstance(error, Missing):
            traceback.print_exc()
        found.append(NotMeasured(what=name, why=_why(error)))
        print(found[-1], flush=True)
    print(f"{name}: {time.monotonic() - began_s:.0f} s", flush=True)
    return found


def _why(error: BaseException) -> str:
    """Say in a line what went wrong; of several at once, the first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    said = " ".join(str(error).split())
    return said if isinstance(error, Missing) else f"{type(error).__name__} {said}"


if __name__ == "__main__":
    sys.exit(main())
