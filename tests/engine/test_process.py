import asyncio
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from engine.town import GENEROUSLY_S, Town, available

from secours.config import BadConfig
from secours.engine import lock
from secours.engine.control import requests
from secours.engine.process import run_engine
from secours.engine.published import snapshot_file
from secours.engine.store.reader import HistoryReader
from secours.model.observed import Instant
from secours.model.snapshot import Snapshot, State

HANGING = """
import asyncio, time
from msgspec.structs import replace
from secours import probes
async def hang(settings, path):
    while True:
        try:
            await asyncio.to_thread(time.sleep, 600)
        except asyncio.CancelledError:
            pass
kind = replace(probes.find("tcp"), probe=hang)
probes.find = lambda name: kind
"""

NEVER_SETTLING = """
from secours.core import deadlines
deadlines.next_s = lambda config, memory, now_s, by: now_s + deadlines.NEAREST_S
"""


def _tested_before(town: Town, shown: Snapshot) -> int:
    """Return how many tests the history has that were made before a snapshot."""
    made: list[Instant] = []
    with suppress(FileNotFoundError), HistoryReader(town.store_in) as history:
        made = [each.at for each in history.results("channels/mail/tcp")]
    return sum(at.steady_s < shown.at.steady_s for at in made)


def _tested_after(town: Town, last: Snapshot) -> bool:
    """Tell whether the history has a test that was made after a snapshot."""
    with HistoryReader(town.store_in) as history:
        latest = history.latest("channels/mail/tcp")
    return latest is not None and latest.at.steady_s > last.at.steady_s


@pytest.mark.smoke
@pytest.mark.usefixtures("processes")
async def test_a_killed_engine_leaves_history_lock_and_memory_to_the_next(
    town: Town,
) -> None:
    lasting = town.plan.read_text().replace(
        "expect: ok", "expect: ok, stale_after: 60s"
    )
    town.plan.write_text(lasting)  # longer than a busy machine takes to start the next
    first = town.start()
    await town.until(available)
    await asyncio.to_thread(
        requests.ask, town.publish_in, {"do": "journal", "by": "Ana", "text": "here"}
    )
    await town.until(lambda s, _age: _tested_before(town, s) >= 4)
    first.send_signal(signal.SIGKILL)
    first.wait()
    last, _ = snapshot_file.read(town.publish_in)
    assert not lock.is_held(town.store_in)

    town.start()
    await town.until(lambda s, age_s: s.started != last.started and available(s, age_s))
    await town.until(lambda *_: _tested_after(town, last))  # it comes a little later

    assert lock.is_held(town.store_in)
    with HistoryReader(town.store_in) as history:
        kept = [
            entry
            for entry in history.results("channels/mail/tcp")
            if entry.at.steady_s < last.at.steady_s
        ]
        entries = [(entry.kind, entry.text) for entry in history.journal()]
        became = [change.after for change in history.transitions()]
    shown = last.channel("mail").probes[0].at
    assert shown is not None
    assert shown.since(kept[0].at) < 1.0  # only what was in flight is missing
    assert len(kept) >= 4
    assert ("note", "here") in entries
    assert became == ["available"]  # the next engine went on from the memory


@pytest.mark.smoke
@pytest.mark.usefixtures("processes")
async def test_told_to_end_it_ends_cleanly_and_soon(town: Town) -> None:
    engine = town.start()
    await town.until(available)

    engine.send_signal(signal.SIGTERM)
    _, said = engine.communicate(timeout=GENEROUSLY_S)

    assert (engine.returncode, said) == (0, "")
    assert not lock.is_held(town.store_in)
    assert (town.publish_in / snapshot_file.SNAPSHOT).exists()
    assert not (town.publish_in / requests.NAME).exists()
    with HistoryReader(town.store_in) as history:
        assert history.journal()[0].kind == "stop"


@pytest.mark.usefixtures("processes")
async def test_a_probe_that_never_lets_go_does_not_hold_up_the_end(town: Town) -> None:
    engine = town.start(first=HANGING)
    await town.until(lambda s, _age: s.channel("mail").probes[0].at)

    engine.send_signal(signal.SIGTERM)
    await asyncio.to_thread(engine.communicate, timeout=GENEROUSLY_S)

    assert engine.returncode == 0
    with HistoryReader(town.store_in) as history:
        assert history.journal()[0].kind == "stop"


@pytest.mark.smoke
@pytest.mark.usefixtures("processes")
async def test_a_second_engine_says_who_runs(town: Town) -> None:
    first = town.start()
    await town.until(available)

    second = town.start()
    _, said = await asyncio.to_thread(second.communicate, timeout=GENEROUSLY_S)

    assert second.returncode != 0
    assert f"pid={first.pid}" in said  # a traceback, which nobody words


@pytest.mark.usefixtures("processes")
async def test_a_broken_edit_is_shown_and_the_plan_goes_on(town: Town) -> None:
    town.start()
    before = await town.until(available)
    good = town.plan.read_text()

    town.plan.write_text("chanels: {}\n")
    seen = await town.until(lambda s, _age: s.config_error)
    town.plan.write_text(good.replace("Write", "Write in red"))
    after = await town.until(lambda s, _age: s.config_error is None)

    assert "chanels" in str(seen.config_error)
    assert seen.plan_version == before.plan_version
    assert after.channel("mail").how.in_("en") == "Write in red"


async def test_bad_plan_at_the_start_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "probes.yaml"
    path.write_text("chanels: {}\n")

    with pytest.raises(BadConfig):
        await run_engine(
            path, store_in=tmp_path, publish_in=tmp_path, stop=asyncio.Event()
        )

    assert not (tmp_path / snapshot_file.SNAPSHOT).exists()


@pytest.mark.usefixtures("processes")
def test_a_snapshot_is_read_without_the_store_or_scheduler() -> None:
    script = (
        "import sys; from secours.engine.published import snapshot_file;"
        "from secours.engine.control import requests;"
        "print([m for m in ('sqlite3', 'apscheduler') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True
    ).stdout

    assert msgspec.json.decode(said) == []


async def test_an_engine_whose_events_never_settle_goes_on_and_journals_it(
    town: Town,
) -> None:
    town.start(NEVER_SETTLING)
    seen = await town.until(available)
    marked = await town.command("mark", "channel:mail", "down", "--by", "Ana")
    after = await town.until(lambda s, age_s: s.at.since(seen.at) > 2 and age_s < 5)
    said = await town.ended()

    assert marked.code == 0
    assert after.channel("mail").standing.state is State.DOWN
    with HistoryReader(town.store_in) as history:
        changes = [entry.change for entry in history.journal() if entry.change]
    assert [each.subject for each in changes].count("defect") == 1
    assert "was not settled, please report it" in said
