"""Does the engine keep up with a thousand channels?

So many TCP probes, each every 10 s, of one server on the loopback that answers in 1 ms;
the engine runs as a process of its own. What it keeps in its history is compared with
the plan's own numbers: the results a second that the intervals ask for, one interval
from the start until all were probed once, and no failure, as nothing fails.

    python bench/storm.py [CHANNELS] [SECONDS]
"""

import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from servers.storm import INTERVAL_S, measure


def main() -> None:
    """Measure one life and print what it came to."""
    channels = int(sys.argv[1]) if sys.argv[1:] else 1000
    seconds = float(sys.argv[2]) if sys.argv[2:] else 25.0
    with tempfile.TemporaryDirectory() as folder:
        run = measure(Path(folder), channels, partial(time.sleep, seconds))
    wanted = channels / INTERVAL_S
    all_s = run.all_probed_s(channels)
    found = run.rate
    print(f"results a second: {found:.1f};", end=" ")
    print(f"of the {wanted:g} that the plan asks for: {found / wanted:.2f}")
    print(f"all probed once: {all_s:.1f} s after the start;", end=" ")
    print(f"of one interval of {INTERVAL_S:g} s: {all_s / INTERVAL_S:.2f}")
    print(
        f"failures of {len(run.results)} tests: {run.failures}, of which none is true"
    )
    print(f"cores used: {run.cores:.2f}; the journal: {run.trouble or 'no trouble'}")


if __name__ == "__main__":
    main()
