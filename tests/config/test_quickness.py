import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from config.plan_files import read

from secours.config import BadConfig
from secours.render.wording.mistakes import worded

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


PROBE = "{type: tcp, host: h.invalid, port: 25}"
SOON_S = 5.0  # of processor time


def many(line: str, count: int) -> str:
    return "".join(line.replace("@", str(n)) for n in range(count))


HUGE = {
    "wrong names": (
        "channels:\n"
        + many(f"  c@: {{probes: [{PROBE}], depends_on: [power:q@]}}\n", 1500)
        + "components:\n"
        + many("  power:p@: {}\n", 1500),
        "more than 100 mistakes",
    ),
    "circles": (
        f"channels: {{a: {{probes: [{PROBE}]}}}}\ncomponents:\n"
        + many(
            "  power:p@: {depends_on: [power:q@]}\n"
            "  power:q@: {depends_on: [power:p@]}\n",
            2000,
        ),
        "more than 100 mistakes",
    ),
    "probes of one channel": (
        "channels:\n  a:\n    probes:\n"
        + many("      - {name: t@, type: tcp, host: h@, port: 1}\n", 2000),
        "more than 100 probes",
    ),
    "channels": (
        "channels:\n" + many(f"  c@: {{probes: [{PROBE}]}}\n", 9000),
        "9000 channels are more than one engine can watch",
    ),
    "values": ("a: [" + "x, " * 1_300_000 + "]\n", "too large for a plan"),
}


@pytest.mark.parametrize("what", HUGE)
def test_a_plan_beyond_all_measure_is_refused_soon(tmp_path: Path, what: str) -> None:
    text, words = HUGE[what]
    start = time.process_time()

    with pytest.raises(BadConfig) as refused:
        read(tmp_path, text)

    said = worded(refused.value.mistakes, "en")
    assert any(words in each.message for each in said)
    assert len(refused.value.mistakes) <= 102
    assert time.process_time() - start < SOON_S


def _lasts_s(act: Callable[[], object]) -> float:
    """Return the seconds of processor time that something takes."""
    start = time.process_time()
    act()
    return time.process_time() - start


@pytest.mark.usefixtures("processes")
def test_nothing_heavy_is_imported() -> None:
    ask = f"import sys, secours.config; print([m for m in {HEAVY} if m in sys.modules])"
    environ = {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(
        [sys.executable, "-c", ask], env=environ, capture_output=True, check=True
    )

    assert done.stdout.decode().strip() == "[]"
