"""What to do where a server of Debian's is not installed."""

import os
import shutil
from pathlib import Path

import pytest

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """Skip where it is missing, and say what to install; CI may not skip."""
    is_there = shutil.which(program, path=PATH) or Path(program).is_file()
    missing = not is_there and "CI" not in os.environ
    return pytest.mark.skipif(missing, reason=f"apt-get install {package}")


def found(program: str) -> str:
    """Return where a program is; as it is named where it is nowhere."""
    return shutil.which(program, path=PATH) or program
