"""What `secours validate` says of each file here; run, it writes that beside the file.

Read what changed as the person who made the mistake would, before it is committed.
"""

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from secours.cli import run

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.yaml"))
CLEAN = {"LC_ALL": "C.UTF-8", "LANG": "", "LANGUAGE": "", "SECOURS_CONFIG": ""}


def said(file: Path) -> tuple[int, str]:
    """Return the exit code for a file, and all that is printed of it."""
    out = io.StringIO()
    with (
        _alone(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        code = run(["validate", file.name])
    return code, out.getvalue()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Work in this folder, away from this user's own things and language."""
    kept, here = dict(os.environ), Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {**CLEAN, "SECOURS_DATA": folder, "XDG_RUNTIME_DIR": folder}
        os.chdir(FOLDER)
        try:
            yield
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ |= kept


def main() -> None:
    """Write what is said of each file."""
    for file in FILES:
        file.with_suffix(".txt").write_text(said(file)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
