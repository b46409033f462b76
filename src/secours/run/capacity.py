"""Number of concurrent tests, and the intervals that it allows."""

import math
import resource
import sys
from collections.abc import Iterable

from secours.model.sections.channel import Probe

LEAST_AT_ONCE = 64
FILES_OF_OURS = 100
FILES_OF_A_PROBE = 8  # addresses tried side by side, pipes of a plugin


def at_once(probes: Iterable[Probe], least: int = LEAST_AT_ONCE) -> int:
    """Return the number of concurrent tests where no peer answers any more."""
    shares = (probe.timeout_s / probe.interval_s for probe in probes)
    return max(least, math.ceil(sum(shares)))


def shortest_kept_s(probes: Iterable[Probe], tests: int) -> float:
    """Return the shortest interval that can be kept with so many concurrent tests.

    It is 0 where all can: then no probe waits, even if no peer answers any more.
    """
    by_interval = sorted(probes, key=lambda probe: probe.interval_s)
    share = sum(probe.timeout_s / probe.interval_s for probe in by_interval)
    stretched_s = 0.0
    for probe in by_interval:
        if share + stretched_s / probe.interval_s <= tests:
            break
        share -= probe.timeout_s / probe.interval_s
        stretched_s += probe.timeout_s
    return stretched_s / (tests - share) if stretched_s else 0.0


def room() -> int:
    """Return for how many tests at once this system lets us have files open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return sys.maxsize
    return max(1, (hard - FILES_OF_OURS) // FILES_OF_A_PROBE)


def make_room(tests: int) -> int:
    """Raise the limit of open files for so many tests, where permitted.

    Returns the number possible. With too few files a connection fails here, which says
    nothing about the peer.
    """
    tests = min(tests, room())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_OF_OURS + FILES_OF_A_PROBE * tests
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)  # of a container, it may be less than ours alone
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return tests
