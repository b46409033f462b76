"""A UPS runs down: when the plan says that the house goes dark, and when it does."""

from math import sin
from pathlib import Path

import pytest
from config.plan_files import TWO_CHANNELS, read
from plans import fold, moment, tick
from servers.probe_run import ask
from servers.upsd import UPS, needed, upsd

from secours.core.events import Measured
from secours.core.memory import Memory
from secours.core.step import step
from secours.model.observed import Reason, Result, Verdict
from secours.model.plan import Config
from secours.model.snapshot import State
from secours.probes import nut

SITE = "power:site"
ENERGY_WH, LOAD_W = 160.0, 200.0  # 48 minutes
REAL_END_S = ENERGY_WH / LOAD_W * 3600
EVERY_S = 240.0
WITHIN = 0.1
OFF_AT = 0.07  # of the energy: a server that reads its UPS goes down with a reserve


def town(folder: Path, port: int) -> Config:
    return read(
        folder,
        f"""\
components:
  power:grid: {{label: Grid}}
  power:feed:
    depends_on: [power:grid]
    probes: [{{type: nut, host: 127.0.0.1, port: {port}, ups: {UPS}, confirm: 1,
      interval: 4m}}]
  {SITE}: {{depends_on: [power:feed], autonomy: {{from: nut, declared: 4h}}}}
{TWO_CHANNELS}""",
    )


def told(left_wh: float, second: float) -> dict[str, str]:
    """Return what the UPS says: it divides what is left by a load that it misjudges."""
    seen_w = LOAD_W * (1 + 0.06 * sin(second / 300))
    low = " LB" if left_wh < 0.2 * ENERGY_WH else ""
    return {
        "ups.status": f"OB DISCHRG{low}",
        "battery.runtime": f"{3600 * left_wh / seen_w:.0f}",
    }


@pytest.mark.usefixtures("processes")
@needed()
@pytest.mark.timeout(120)
async def test_predicted_end_of_a_discharge_is_within_a_tenth_of_the_real_one(
    tmp_path: Path,
) -> None:
    async with upsd(tmp_path) as server:
        config = town(tmp_path, server.port)
        (probe,) = config.components["power:feed"].probes
        memory, second, predicted = fold(config), 0.0, []
        left_wh = ENERGY_WH
        while left_wh > OFF_AT * ENERGY_WH:
            await server.says(told(left_wh, second))
            outcome = await ask(nut, probe.settings)
            assert (outcome.verdict, outcome.reason) == (
                Verdict.FAILED,
                Reason.ON_BATTERY,
            )
            result = Result(probe=probe.id, at=moment(second), outcome=outcome)
            memory = step(config, memory, Measured(result=result, at=moment(second)))
            predicted.append(_end_s(memory))
            assert memory.components[SITE].measured
            second += EVERY_S
            left_wh -= LOAD_W * EVERY_S / 3600
    # What reads the UPS is switched off with it: silence until the end.
    assert len(predicted) >= 11
    assert all(abs(end - REAL_END_S) <= WITHIN * REAL_END_S for end in predicted)
    memory = step(config, memory, tick(REAL_END_S * (1 - WITHIN)))
    assert memory.components[SITE].state is not State.DOWN
    memory = step(config, memory, tick(REAL_END_S * (1 + WITHIN)))
    assert memory.components[SITE].state is State.DOWN
    assert memory.components["power:grid"].state is not State.DOWN


def _end_s(memory: Memory) -> float:
    until = memory.components[SITE].until
    assert until is not None
    return until.since(moment(0))
