import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from config.plan_files import read

TIMES_THE_PARSER = 6  # PyYAML's, on the same text in the same run
HEAVY = ("httpx", "dns", "streamlit", "sqlite3", "apscheduler", "plotly", "asyncio")


def test_a_thousand_channels_load_about_as_fast_as_they_parse(
    tmp_path: Path,
) -> None:
    channels = "".join(
        f"  c{n}:\n"
        "    kind: signal\n"
        f"    label: Channel {n}\n"
        "    purposes: [alert, coordinate]\n"
        "    depends_on: [power:grid, {any_of: [carrier:fixed, carrier:mobile-a]}]\n"
        f"    probes: [{{type: tcp, host: h{n}.invalid, port: 25, interval: 30s}}]\n"
        for n in range(1000)
    )
    text = f"channels:\n{channels}"
    config = read(tmp_path, text)  # imports and the catalogue

    ours_s = min(_lasts_s(lambda: read(tmp_path, text)) for _ in range(3))
    peer_s = min(_lasts_s(lambda: yaml.load(text, yaml.CSafeLoader)) for _ in range(3))
    assert ours_s / peer_s < TIMES_THE_PARSER
    assert len(config.channels) == 1000


def _lasts_s(act: Callable[[], object]) -> float:
    """Return the seconds of processor time that something takes."""
    start = time.process_time()
    act()
    return time.process_time() - start


def test_nothing_heavy_is_imported() -> None:
    ask = f"import sys, secours.config; print([m for m in {HEAVY} if m in sys.modules])"
    environ = {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(
        [sys.executable, "-c", ask], env=environ, capture_output=True, check=True
    )

    assert done.stdout.decode().strip() == "[]"
