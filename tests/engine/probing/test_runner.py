import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

import msgspec
import pytest
from plans import probe
from servers.scripted import saying, tcp_server

from secours import probes
from secours.engine import clock
from secours.engine.probing.runner import Runs
from secours.engine.probing.serial_lines import serial_lines
from secours.model.observed import Evidence, Outcome, Reason, Verdict, ok, unknown
from secours.model.sections.channel import Path, Probe
from secours.probes import ProbeType, Probing, call_roundtrip, sms_roundtrip
from secours.probes import modem as registration

GENEROUSLY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    port: str | int = 25
    read_port: str | None = None


def _types(monkeypatch: pytest.MonkeyPatch, **types: Probing) -> None:
    def find(name: str) -> ProbeType:
        return ProbeType(Settings, types[name], Evidence.SERVED, "")

    monkeypatch.setattr(probes, "find", find)


async def test_spend_counts_against_the_limit_of_a_day_as_a_test_does() -> None:
    settings = sms_roundtrip.Settings(port="/dev/no", to="+32470", max_per_day=1)
    modem = probe("sms", type="sms_roundtrip", settings=settings)
    plain = probe("web", type="tcp", settings=Settings())
    runs = Runs(clock.now)
    runs.learn([modem, plain])

    first, second = await runs.spend(modem), await runs.spend(modem)

    assert (first, await runs.spend(plain)) == (None, None)
    assert second is not None
    assert second.reason is Reason.BUDGET
    assert (await runs.run(modem, {})).outcome.reason is Reason.BUDGET


async def _outcome(run: Probe) -> Outcome:
    runs = Runs(clock.now)
    runs.learn([run])
    return (await asyncio.wait_for(runs.run(run, {}), 20)).outcome


async def _fine(_settings: Any, _path: Path | None) -> Outcome:
    return ok(Evidence.SERVED, latency_s=0.001, said="fine\n")


async def test_result_is_tidied(monkeypatch: pytest.MonkeyPatch) -> None:
    _types(monkeypatch, fine=_fine)

    outcome = await _outcome(probe("mail", type="fine"))

    assert outcome == ok(Evidence.SERVED, latency_s=0.001, said="fine")


async def test_probe_gets_the_path_it_goes_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Path | None] = []

    async def look(_settings: Any, path: Path | None) -> Outcome:
        seen.append(path)
        return ok(Evidence.SERVED)

    _types(monkeypatch, look=look)
    lte = Path(name="4g", interface="wwan0")
    bound = probe("mail", type="look", via="4g")
    runs = Runs(clock.now)
    runs.learn([bound])

    await runs.run(bound, {"4g": lte})

    assert seen == [lte]


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, BaseException])
async def test_a_probe_that_would_end_the_process_is_broken(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    async def leave(_settings: Any, _path: Path | None) -> Outcome:
        raise error

    _types(monkeypatch, leave=leave)

    outcome = await _outcome(probe("mail", type="leave"))

    assert outcome == unknown(Reason.BROKEN, what=error.__name__)


async def test_an_answer_that_is_no_outcome_is_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def mute(_settings: Any, _path: Path | None) -> Any:
        return None

    _types(monkeypatch, mute=mute)

    outcome = await _outcome(probe("mail", type="mute"))

    assert outcome == unknown(Reason.BROKEN, problem="no-outcome")


async def test_a_type_that_cannot_be_imported_is_broken_alone() -> None:
    outcome = await _outcome(probe("mail", type="no_such_type"))

    missing = "secours.probes.no_such_type"
    assert outcome == unknown(Reason.BROKEN, problem="no-module", what=missing)


@pytest.mark.parametrize("error", [SyntaxError, SystemExit])
async def test_a_type_that_fails_at_import_is_broken_alone(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def find(_name: str) -> ProbeType:
        raise error

    monkeypatch.setattr(probes, "find", find)

    outcome = await _outcome(probe("mail", type="bad"))

    assert outcome == unknown(Reason.BROKEN, what=error.__name__)


async def _most_at_once(
    monkeypatch: pytest.MonkeyPatch,
    all_settings: list[Settings],
    limit: int = 200,
    *,
    together: int = 1,
) -> int:
    """Return how many met, who waited until so many were together."""
    now, most = 0, 0
    met = asyncio.Event()

    async def meet(_settings: Any, _path: Path | None) -> Outcome:
        nonlocal now, most
        now += 1
        most = max(most, now)
        if most >= together:
            met.set()
        await met.wait()
        await asyncio.sleep(0.01)  # in which one too many may come
        now -= 1
        return ok(Evidence.SERVED)

    _types(monkeypatch, meet=meet)
    wanted = [
        probe(f"c{n}", type="meet", settings=settings)
        for n, settings in enumerate(all_settings)
    ]
    runs = Runs(clock.now, limit)
    runs.learn(wanted)
    async with asyncio.timeout(GENEROUSLY_S):
        await asyncio.gather(*(runs.run(one, {}) for one in wanted))
    return most


async def test_probes_of_one_serial_line_take_turns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: File
) -> None:
    device, alias = tmp_path / "ttyUSB0", tmp_path / "by-id"
    device.touch()
    alias.symlink_to(device)
    users = [
        Settings(port=str(device)),
        Settings(port=str(alias)),
        Settings(port="/dev/other", read_port=str(device)),
    ]

    assert await _most_at_once(monkeypatch, users) == 1


async def test_probes_of_what_may_be_one_modem_of_modemmanager_take_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end = call_roundtrip.ModemEnd(modemmanager=1, number="+32475000001")
    other = call_roundtrip.ModemEnd(port="/dev/ttyUSB2", number="+32475000002")
    users: list[Any] = [
        registration.Settings(modemmanager="any"),
        sms_roundtrip.Settings(modemmanager=0, to="+32475000003"),
        call_roundtrip.Settings(from_=end, to=other),
    ]

    assert await _most_at_once(monkeypatch, users) == 1


async def test_notice_and_probe_of_one_serial_line_take_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = asyncio.Event()

    async def probing(_settings: object, _path: object) -> Outcome:
        begun.set()
        return ok(Evidence.SERVED)

    _types(monkeypatch, fake=probing)
    modem = probe("modem", type="fake", settings=Settings(port="/dev/modem"))
    runs = Runs(clock.now)
    runs.learn([modem])

    async def sends() -> None:
        async with runs.line(modem, sends=True):
            pass

    async with runs.line(modem, sends=True) as wanted:
        running = asyncio.create_task(runs.run(modem, {}))
        await asyncio.sleep(0.05)  # long enough for a probe that did not wait
        assert wanted is not None
        assert (wanted.is_set(), begun.is_set()) == (False, False)
        sending = asyncio.create_task(sends())
        await wanted.wait()  # another notice wants it, which a probe does not say
    assert (await running).outcome.verdict is Verdict.OK
    await sending
    async with runs.line(probe("mail", settings=Settings())) as wanted:
        assert wanted is None


async def test_others_run_at_once_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    six = [Settings()] * 6

    assert await _most_at_once(monkeypatch, six, together=6) == 6
    assert await _most_at_once(monkeypatch, six, limit=2, together=2) == 2


def test_a_number_is_no_serial_line() -> None:
    assert serial_lines(Settings(port=25)) == []
    assert serial_lines(None) == []
    assert serial_lines(Settings(port="/dev/x")) == [os.path.realpath("/dev/x")]


def test_settings_name_their_other_lines_themselves() -> None:
    class Ends(msgspec.Struct):
        lines: tuple[str, ...]

    lines = serial_lines(Ends(("/dev/x", "sip:/bob@pbx", "modemmanager:/")))

    assert os.path.realpath("/dev/x") in lines
    assert len(lines) == 3


async def test_a_thousand_silent_peers_do_not_starve_one_that_answers() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as never_accepting:
        dead = never_accepting.getsockname()[1]
        async with (
            tcp_server(saying(b"hello")) as live,
            _tested_always(dead) as (runs, ended),
        ):
            before = [await _ended_before(runs, live, ended) for _ in range(3)]

    assert max(before) < 500, "of the thousand of a turn behind all others"


def _tcp(name: str, port: int, **options: Any) -> Probe:
    settings = probes.find("tcp").settings(host="127.0.0.1", port=port, expect="hello")
    return probe(name, type="tcp", settings=settings, **options)


@asynccontextmanager
async def _tested_always(dead: int) -> AsyncIterator[tuple[Runs, list[Outcome]]]:
    """Test a thousand channels of a silent peer, and begin when each was tested.

    Their outcomes are appended to the list.
    """
    planned = [_tcp(f"c{n}", dead, interval_s=6.0, timeout_s=0.6) for n in range(1000)]
    runs = Runs(clock.now)
    runs.learn([*planned, _tcp("live", dead)])
    rounds = [asyncio.Event() for _ in planned]
    ended: list[Outcome] = []

    async def again_and_again(one: Probe, ran: asyncio.Event) -> None:
        while True:
            ended.append((await runs.run(one, {})).outcome)
            assert ended[-1].reason is Reason.TIMEOUT
            ran.set()

    tasks = [
        asyncio.create_task(again_and_again(*each))
        for each in zip(planned, rounds, strict=True)
    ]
    try:
        await asyncio.gather(*(ran.wait() for ran in rounds))
        yield runs, ended
        assert not [task for task in tasks if task.done()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ended_before(runs: Runs, live: int, ended: list[Outcome]) -> int:
    """Test a peer that answers, and return how many tests of others ended before."""
    begun = len(ended)
    outcome = (await runs.run(_tcp("live", live, timeout_s=30.0), {})).outcome
    assert outcome.verdict is Verdict.OK
    return len(ended) - begun
