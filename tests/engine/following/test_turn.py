"""What a standby publishes while it turns from the one part to the other."""

import asyncio
import json
from contextlib import closing
from pathlib import Path

import pytest
from engine.following.first_server import AT, TOKEN, first, sealed, told
from msgspec.structs import replace
from render.snapshots import snapshot
from servers.scripted import closed_port

from secours import config
from secours.core.memory import Memory
from secours.core.statements.words_in_force import Words
from secours.engine import clock
from secours.engine.following.first import First
from secours.engine.following.standby import Machine, StandingBy
from secours.engine.orders import ledger
from secours.engine.orders.ledger import Ledger
from secours.engine.published import snapshot_file
from secours.engine.reload import Source
from secours.engine.store import saved_memory
from secours.engine.store.store import Store
from secours.model.nodes import channel_node
from secours.model.plan import Config
from secours.model.requests import TakeoverRequest
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared, Mark

PLAN = "{site: {language: en}, standby: {takeover_after: 1s}, channels: {desk: {}}}"


async def test_what_the_first_said_is_never_shown_as_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, folder, stop = tmp_path / "probes.yaml", tmp_path / "run", asyncio.Event()
    file.write_text(PLAN, encoding="utf-8")
    folder.mkdir(mode=0o700)
    as_its_own: list[bool] = []

    def noted(shown: Snapshot, _: Path) -> None:
        assert shown.standby is not None
        as_its_own.append(shown.standby.probing)

    async def probe(_: Config, _memory: Memory, _leave: asyncio.Event) -> None:
        stop.set()  # its own engine would publish from here on

    monkeypatch.setattr(snapshot_file, "write", noted)
    with closing(Store(tmp_path)) as store:
        here = Machine(store=store, file=file, publish_in=folder, now=clock.now)
        first = First(url=f"http://127.0.0.1:{closed_port()}", token=TOKEN)
        ours = StandingBy(first, config.load(str(file)), Memory(), here)
        async with asyncio.timeout(30):
            await ours.run(Source(file), probe, stop)

    assert as_its_own
    assert not any(as_its_own)


async def test_no_order_that_the_first_has_taken_is_taken_again(tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text("{site: {language: en}, channels: {desk: {}}}", encoding="utf-8")
    before = Ledger(newest={"UA": 5, "UB": 1})
    (tmp_path / ledger.NAME).write_bytes(ledger.written(before))
    plan = config.load(str(file))
    shot = replace(snapshot("oooo"), site=plan.site)
    taken = {"newest": {"UA": 9}, "answers": [], "plan_refused": "of before"}
    body = told(shot, orders=taken)
    with closing(Store(tmp_path)) as store:
        here = Machine(store=store, file=file, publish_in=tmp_path, now=clock.now)
        async with asyncio.timeout(30), first(sealed(body)) as heard:
            ours = StandingBy(heard, plan, Memory(), here)
            stop = asyncio.Event()
            run = asyncio.create_task(ours.run(Source(file), _never, stop))
            while ledger.recall(tmp_path) == before:  # noqa: ASYNC110 -- a file
                await asyncio.sleep(0.02)
            stop.set()
            await run

    after = Ledger(newest={"UA": 9, "UB": 1})
    assert ledger.recall(tmp_path) == after


async def test_words_of_its_own_time_outlast_a_second_turn(tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text("{site: {language: en}, channels: {desk: {}}}", encoding="utf-8")
    plan, stop = config.load(str(file)), asyncio.Event()
    node, begun = channel_node("desk"), list[Memory]()
    distrust = Mark(subject=node, says=Declared.DISTRUSTED, by="Ann", at=AT)
    words = Words(distrusts={node: distrust})
    said = json.loads(saved_memory.stated(Memory(at=AT, words=words), "there"))
    body = told(replace(snapshot("oooo"), site=plan.site), said=said)

    async def probe(_: Config, memory: Memory, _leave: asyncio.Event) -> None:
        begun.append(memory)
        stop.set()

    with closing(Store(tmp_path)) as store:
        here = Machine(store=store, file=file, publish_in=tmp_path, now=clock.now)
        async with asyncio.timeout(30), first(sealed(body)) as heard:
            ours = StandingBy(heard, plan, Memory(), here)
            turn = ours.table()[TakeoverRequest]
            await turn(TakeoverRequest(by="Ann"))
            await turn(TakeoverRequest(by="Ann", back=True))
            await turn(TakeoverRequest(by="Ann"))
            await ours.run(Source(file), probe, stop)

    assert [*begun[0].words.distrusts] == [node]


async def _never(_: Config, _memory: Memory, _leave: asyncio.Event) -> None:
    raise AssertionError("it follows")
