"""A base image made of what Debian has installed here: no registry is asked for one."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGES = (
    "base-files",
    "ca-certificates",
    "coreutils",
    "libstdc++6",
    "python3-venv",
    "tzdata",
)
LEFT_OUT = ("/usr/share/doc", "/usr/share/man", "/usr/share/locale")
MADE = {"tmp": 0o1777, "var/tmp": 0o1777, "run": 0o755}
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"  # which no package owns


def missing() -> list[str]:
    """Return the packages to install before it can be made; all where dpkg is not."""
    if shutil.which("dpkg-query") is None:
        return list(PACKAGES)
    return [name for name in PACKAGES if not _dpkg("-L", name)]


def write(file: Path) -> None:
    """Write its root as a tar file."""
    with tarfile.open(file, "w") as tar:
        for name, mode in MADE.items():
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, mode
            tar.addfile(folder)
        for path in (*_files(_with_needs(PACKAGES)), BUNDLE):
            tar.add(path, recursive=False)


def _with_needs(packages: Iterable[str]) -> list[str]:
    """Return these packages with all that they need."""
    left, found = list(packages), set[str]()
    while left:
        package = left.pop()
        if package not in found:
            found.add(package)
            left += _needs(package)
    return sorted(found)


def _needs(package: str) -> Iterator[str]:
    shown = _dpkg("-W", "-f", "${Depends},${Pre-Depends}", package)
    for need in filter(str.strip, shown.split(",")):
        first, *_ = need.split("|")
        yield first.split()[0].partition(":")[0]


def _files(packages: list[str]) -> Iterator[str]:
    for path in sorted(set(_dpkg("-L", *packages).splitlines())):
        wanted = path.startswith("/") and not path.startswith(LEFT_OUT)
        if wanted and path != "/." and os.path.lexists(path):
            yield path


def _dpkg(*asked: str) -> str:
    done = subprocess.run(["dpkg-query", *asked], capture_output=True, text=True)
    return done.stdout  # what some package is called by others has no entry
