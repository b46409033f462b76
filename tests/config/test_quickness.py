import subprocess
import sys
import time
from pathlib import Path

from config.plan_files import read

LIMIT_S = 1.0
HEAVY = ("httpx", "dns", "streamlit", "sqlite3", "apscheduler", "plotly", "asyncio")


def test_a_thousand_channels_load_in_well_under_a_second(tmp_path: Path) -> None:
    channels = "".join(
        f"  c{n}:\n"
        "    kind: signal\n"
        f"    label: Channel {n}\n"
        "    purposes: [alert, coordinate]\n"
        "    depends_on: [power:grid, {any_of: [carrier:fixed, carrier:mobile-a]}]\n"
        f"    probes: [{{type: tcp, host: h{n}.invalid, port: 25, interval: 30s}}]\n"
        for n in range(1000)
    )
    read(tmp_path, f"channels:\n{channels}")  # imports and the catalogue
    start = time.perf_counter()
    config = read(tmp_path, f"channels:\n{channels}")

    assert time.perf_counter() - start < LIMIT_S
    assert len(config.channels) == 1000


def test_nothing_heavy_is_imported() -> None:
    ask = f"import sys, secours.config; print([m for m in {HEAVY} if m in sys.modules])"
    environ = {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(
        [sys.executable, "-c", ask], env=environ, capture_output=True, check=True
    )

    assert done.stdout.decode().strip() == "[]"
