"""Missing Python packages, and the command that installs them.

Source: PEP 610 (direct_url.json); uv-receipt.toml and pipx_metadata.json, which uv and
pipx leave in an environment of theirs.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from shlex import quote
from urllib.parse import unquote, urlsplit

from secours.config import extras
from secours.doctor.finding import Case, MachineFinding, fine, mend, remark
from secours.message import Series, message

SCREENS = "dashboard"
NOTICES = "notify"
SITES = "sites"


def look(case: Case) -> Iterator[MachineFinding]:
    """Yield the missing extras, those of the plan first."""
    missing = _missing()
    needed = {extra: name for name, extra in case.lacking}
    if case.config and any(each.url for each in case.config.notify.targets.values()):
        needed |= {NOTICES: "url"} if NOTICES in missing else {}
    if case.config and case.config.sites:
        needed |= {SITES: "sites"} if SITES in missing else {}
    for extra, name in needed.items():
        finding = message(
            "commands.doctor.extra-needed", type=name, extra=f"secours[{extra}]"
        )
        yield mend("packages", finding, install_command(extra))
    if others := tuple(extra for extra in missing if extra not in needed):
        names = Series(others, "commands.doctor.comma")
        finding = message("commands.doctor.extras-missing", names=names)
        yield remark("packages", finding, install_command(extras.ALL))
    elif not needed:
        yield fine("packages", message("commands.doctor.extras-there"))


def _missing() -> list[str]:
    """Return the extras of which a package is not installed."""
    return sorted(
        extra
        for extra, packages in extras.packages().items()
        if not all(map(_is_installed, packages))
    )


def _is_installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def install_command(extra: str) -> str:
    """Return what installs an extra, by the tool that installed Secours."""
    prefix, everything = Path(sys.prefix), quote(f"{_origin()}[{extras.ALL}]")
    if (prefix / "uv-receipt.toml").exists():
        return f"uv tool install --force {everything}"
    if (prefix / "pipx_metadata.json").exists():
        return f"pipx install --force {everything}"
    wanted = quote(f"{_origin()}[{extra}]")
    return f"{quote(sys.executable)} -m pip install {wanted}"


def _origin() -> str:
    """Return what Secours was installed from: a folder or a wheel, else its name."""
    with suppress(metadata.PackageNotFoundError, ValueError):
        written = metadata.distribution("secours").read_text("direct_url.json")
        address = urlsplit(json.loads(written or "{}").get("url", ""))
        if address.scheme == "file":
            return unquote(address.path)
    return "secours"
