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

NOTICES = "notify"
SITES = "sites"
LOCK = "requirements.lock"
HELD_TO = "--only-binary :all: --require-hashes"


def look(case: Case) -> Iterator[MachineFinding]:
    """Yield the missing extras, those of the plan first."""
    missing = _missing()
    needed = {extra: name for name, extra in case.lacking}
    if case.config and any(each.url for each in case.config.notify.targets.values()):
        needed |= {NOTICES: "url"} if NOTICES in missing else {}
    if case.config and case.config.sites:
        needed |= {SITES: "sites"} if SITES in missing else {}
    for extra, name in needed.items():
        sentence = message(
            "commands.doctor.extra-needed", type=name, extra=f"secours[{extra}]"
        )
        yield mend("packages", sentence, install_command())
    if others := tuple(extra for extra in missing if extra not in needed):
        names = Series(others, "commands.doctor.comma")
        sentence = message("commands.doctor.extras-missing", names=names)
        yield remark("packages", sentence, install_command())
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


def install_command() -> str:
    """Return what installs all that the lock file names, by the tool that was used.

    It names files of a checkout: on an index anybody may have our name.
    """
    prefix, checkout = Path(sys.prefix), origin()
    lock = quote(f"{checkout}/{LOCK}")
    if (prefix / "uv-receipt.toml").exists():
        everything = quote(f"{checkout}[{extras.ALL}]")
        return f"uv tool install --force {everything} -c {lock} -b {lock}"
    if (prefix / "pipx_metadata.json").exists():
        return f"pipx runpip secours install {HELD_TO} -r {lock}"
    return f"{quote(sys.executable)} -m pip install {HELD_TO} -r {lock}"


def origin() -> str:
    """Return the checkout that Secours was installed from, else a word for it."""
    with suppress(metadata.PackageNotFoundError, ValueError):
        written = metadata.distribution("secours").read_text("direct_url.json")
        address = urlsplit(json.loads(written or "{}").get("url", ""))
        folder = unquote(address.path)
        if address.scheme == "file" and Path(folder, LOCK).is_file():
            return folder
    return "./CHECKOUT"
