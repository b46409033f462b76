"""The extra of Secours that brings a package."""

import re
from functools import lru_cache

ALL = "all"
_NEED = r"([\w.-]+).*extra\s*==\s*['\"]([\w-]+)['\"]"


def of_package(package: str) -> str:
    """Return the extra that installs a package, by its import name."""
    return _extras().get(_plain(package.partition(".")[0]), ALL)


def packages() -> dict[str, list[str]]:
    """Return the packages that each extra installs; none for a clone."""
    found: dict[str, list[str]] = {}
    for package, extra in _pairs():
        found.setdefault(extra, []).append(package)
    return found


@lru_cache(maxsize=1)
def _extras() -> dict[str, str]:
    return dict(_pairs())


def _pairs() -> list[tuple[str, str]]:
    from importlib import metadata  # 12 ms that only a mistake has to pay

    try:
        needs = metadata.requires("secours") or []
    except metadata.PackageNotFoundError:  # a clone that was never installed
        return []
    found = (re.match(_NEED, need) for need in needs)
    pairs = ((_plain(need[1]), need[2]) for need in found if need)
    return [(package, extra) for package, extra in pairs if extra != ALL]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
