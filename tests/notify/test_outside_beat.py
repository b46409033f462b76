"""Somebody outside is called once a minute, and only while the engine lives."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from config.plan_files import advice, mistakes, read
from plans import moment
from servers.http_server import Asked, answer, answering
from servers.scripted import closed_port, tcp_server
from servers.silent_resolver import silent_resolver

from secours import config
from secours.engine.process import run_engine
from secours.model.plan import Config
from secours.notify import outside_beat
from secours.notify.outside_beat import EVERY_S, OutsideBeat

GENEROUSLY_S = 60.0
PLAN = """
channels:
  mail:
    purposes: [alert]
    depends_on: []
    probes: [{{type: tcp, host: 127.0.0.1, port: {port}, interval: 1s}}]
notify: {{beat_to: "{to}"}}
"""


def plan(folder: Path, to: str) -> Config:
    file = folder / "probes.yaml"
    file.write_text(PLAN.format(port=closed_port(), to=to))
    return config.load(file)


class Heard:
    """Who is called, and answers with this."""

    def __init__(self, reply: bytes) -> None:
        self.reply = reply
        self.calls: list[Asked] = []
        self.called = asyncio.Event()

    def __call__(self, asked: Asked) -> bytes:
        self.calls.append(asked)
        self.called.set()
        return self.reply

    async def once_more(self) -> None:
        self.called.clear()
        await asyncio.wait_for(self.called.wait(), GENEROUSLY_S)


async def test_an_engine_calls_after_its_stamps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside_beat, "EVERY_S", 0.1)
    monkeypatch.setenv("SECOURS_BEAT_TOKEN", "hush")
    heard, stop = Heard(answer()), asyncio.Event()
    async with tcp_server(answering(heard)) as port:
        plan(tmp_path, f"http://127.0.0.1:{port}/api/v1/beat/siren")
        engine = asyncio.create_task(
            run_engine(
                tmp_path / "probes.yaml",
                store_in=tmp_path / "history",
                publish_in=tmp_path,
                stop=stop,
            )
        )
        await heard.once_more()
        await heard.once_more()
        stop.set()
        await engine

    asked = heard.calls[0]
    assert (asked.method, asked.target) == ("POST", "/api/v1/beat/siren")
    assert asked.headers["x-secours-beat"] == "1"
    assert asked.headers["authorization"] == "Bearer hush"


async def test_it_calls_once_a_minute(tmp_path: Path) -> None:
    heard, beat = Heard(answer()), OutsideBeat()
    async with tcp_server(answering(heard)) as port:
        seen = plan(tmp_path, f"http://127.0.0.1:{port}/ping/of-somebody-else")
        for second in (0.0, 2.0, EVERY_S - 1, EVERY_S, EVERY_S + 1):
            beat.stamped(seen, moment(0).steady_s + second)
            if second in (0.0, EVERY_S):
                await heard.once_more()
                assert beat.calling
                await beat.calling
        await beat.stop()

    assert len(heard.calls) == 2
    assert "authorization" not in heard.calls[0].headers


async def test_one_that_is_silent_holds_nothing_up_and_is_called_once(
    tmp_path: Path,
) -> None:
    beat, opened = OutsideBeat(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, _writer: object) -> None:
        opened.set()
        await reader.read()

    async with tcp_server(silent) as port:
        seen = plan(tmp_path, f"http://127.0.0.1:{port}")
        beat.stamped(seen, 0.0)
        await asyncio.wait_for(opened.wait(), GENEROUSLY_S)
        opened.clear()
        beat.stamped(seen, 2 * EVERY_S)
        await beat.stop()

    assert not opened.is_set()


async def test_one_that_is_broken_off_by_a_stop_is_no_news(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    beat = OutsideBeat()
    with silent_resolver() as asked:
        beat.stamped(plan(tmp_path, "http://outside.test"), 0.0)
        assert await asyncio.to_thread(asked.wait, GENEROUSLY_S)
        await beat.stop()

    assert not caplog.messages


@pytest.mark.parametrize(
    ("to", "why"),
    [
        (lambda port: f"http://127.0.0.1:{port}/hush", "status 500"),
        (lambda _: f"http://127.0.0.1:{closed_port()}/hush", "ConnectionRefusedError"),
        (lambda _: "http://nowhere.invalid/hush", "dns"),
        (lambda _: "${HUSH}", "SecretMissing"),
    ],
)
async def test_what_goes_wrong_is_logged_once_and_without_the_address(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    to: Callable[[int], str],
    why: str,
) -> None:
    caplog.set_level(logging.INFO)
    beat = OutsideBeat()
    async with tcp_server(answering(Heard(answer("500 Oops")))) as port:
        seen = plan(tmp_path, to(port))
        for minute in range(2):
            beat.stamped(seen, minute * EVERY_S)
            assert beat.calling is not None
            await beat.calling

    (said,) = [r.getMessage() for r in caplog.records if "outside" in r.name]
    assert why in said
    assert "hush" not in caplog.text


def test_what_is_no_address_is_a_mistake_of_the_plan(tmp_path: Path) -> None:
    text = "channels: {a: {depends_on: [], probes: [{type: smtp, host: h}]}}\n"

    (wrong,) = mistakes(tmp_path, text + "notify: {beat_to: 'ftp://h'}")
    missing = advice(read(tmp_path, text + "notify: {beat_to: '${NOT_SET}'}"))

    assert "notify.beat_to: must start with http:// or https://" in wrong
    assert "nobody outside is told that Secours is alive" in " ".join(missing)
