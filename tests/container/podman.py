"""podman with a store of its own, on whatever machine runs the tests."""

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

HYBRID = Path("/sys/fs/cgroup/unified")  # which crun refuses beside the older groups
WITHOUT_HYBRID = f'umount {HYBRID}; exec "$@"'
BUILD_S = 800.0  # of a machine that does much else
RUN_S = 120.0


class Podman:
    """Builds and runs in a folder; nothing of it is left at the end."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in this folder."""
        self._folder = folder
        limits = ", ".join(f'"{limit}"' for limit in _limits())
        conf = folder / "containers.conf"
        conf.write_text(f"[containers]\ndefault_ulimits = [{limits}]\n", "utf-8")
        self._env = {
            **os.environ,
            "CONTAINERS_CONF": str(conf),
            "PODMAN_IGNORE_CGROUPSV1_WARNING": "1",
        }

    def __call__(self, *args: str, check: bool = True, within_s: float = RUN_S) -> str:
        """Run a command of it; return all that it prints."""
        where = [f"--{name}={self._folder / name}" for name in ("root", "runroot")]
        command = [*_apart(), "podman", *where, *args]
        done = subprocess.run(
            command,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within_s,
        )
        assert done.returncode == 0 or not check, done.stdout
        return done.stdout

    def build(self, context: Path, *args: str) -> str:
        """Build an image as Secours is to be built; return its words."""
        pip, mounts = _index()
        conf = self._folder / "pip.conf"
        conf.write_text(pip, "utf-8")
        secret = f"id=pip,src={conf}"
        how = ["--layers=false", "--format=docker", "--network=host"]
        built = self(
            *("build", *how, f"--secret={secret}", *mounts, *args, str(context)),
            within_s=BUILD_S,
        )
        conf.unlink()
        return built

    def clean(self) -> None:
        """Leave nothing."""
        for args in (("rm", "-af", "-t0"), ("volume", "rm", "-af"), ("rmi", "-af")):
            self(*args, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)


def _apart() -> list[str]:
    """Return what lets root run it where groups of both kinds are mounted."""
    if not HYBRID.is_mount() or os.getuid():
        return []
    return ["unshare", "--mount", "sh", "-c", WITHOUT_HYBRID, "sh"]


def _limits() -> list[str]:
    """Return what a container may have: no more than we, who may not grant more."""
    kinds = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
    hard = {name: resource.getrlimit(kind)[1] for name, kind in kinds.items()}
    return [f"{name}={most}:{most}" for name, most in hard.items()]


def _index() -> tuple[str, list[str]]:
    """Return how pip reaches its index from here, and what it mounts for that."""
    listing = [sys.executable, "-m", "pip", "config", "list"]
    shown = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    found = dict(re.findall(r"^(?:global|:env:)\.([a-z-]+)='(.*)'$", shown, re.M))
    known = ("cert", "extra-index-url", "find-links", "index-url", "trusted-host")
    chosen = {name: found[name] for name in known if name in found}
    lines = ["[global]", *(f"{name} = {text}" for name, text in chosen.items())]
    files = [text for text in chosen.values() if Path(text).is_absolute()]
    return "\n".join(lines), [f"--volume={file}:{file}:ro" for file in files]
