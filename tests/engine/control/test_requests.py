import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from plans import START

from secours.engine.control import requests
from secours.engine.control.requests import (
    ANSWERED_WITHIN_S,
    WRITTEN_WITHIN_S,
    NoEngine,
    RequestRefused,
    ask,
    serve,
)
from secours.model.requests import (
    EngineRequest,
    ExerciseRequest,
    InverseRequest,
    UnmarkRequest,
)


class Greet(EngineRequest, tag="greet", frozen=True, kw_only=True):
    name: str


async def _greet(wanted: Greet) -> dict[str, Any]:
    if wanted.name == "nobody":
        raise RequestRefused("nobody is not greeted")
    if wanted.name == "defect":
        raise KeyError("secret")
    if wanted.name == "no JSON":
        return {"ok": object()}
    return {"ok": True, "hello": wanted.name}


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    async with serve(tmp_path, {Greet: _greet}):
        yield tmp_path


async def _ask(folder: Path, **request: Any) -> dict[str, Any]:
    return await asyncio.to_thread(ask, folder, request)


async def _say(folder: Path, text: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(str(folder / requests.NAME))
    writer.write(text)
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_request_is_answered(folder: Path) -> None:
    assert await _ask(folder, do="greet", name="Ana") == {"ok": True, "hello": "Ana"}


async def test_an_answer_may_be_longer_than_a_request(tmp_path: Path) -> None:
    async def tell(_wanted: Greet) -> dict[str, Any]:
        return {"notices": ["x" * 100] * 5_000}

    async with serve(tmp_path, {Greet: tell}):
        answer = await _ask(tmp_path, do="greet", name="Ana")

    assert len(answer["notices"]) == 5_000


async def test_it_listens_though_the_descriptor_of_its_folder_is_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    opened, close = [], os.close

    def close_and_open(descriptor: int) -> None:
        close(descriptor)
        opened.append(os.open(file, os.O_RDONLY))  # takes the lowest, the same

    with monkeypatch.context() as patched:
        patched.setattr(os, "close", close_and_open)
        listener = requests.Listener(tmp_path, {}, lambda: "en")
        await listener.listen()
    await listener.close()

    for descriptor in opened:
        os.close(descriptor)
    assert opened


async def test_a_refusal_says_why(folder: Path) -> None:
    answer = await _ask(folder, do="greet", name="nobody")

    assert answer == {"error": "nobody is not greeted"}


@pytest.mark.parametrize(
    "text",
    [
        b"\n",
        b"not json\n",
        b"[]\n",
        b"\xff\xfe\n",
        b'{"do": "dance"}\n',
        b'{"do": ["greet"]}\n',
        b'{"do": "greet"}\n',
        b'{"do": "greet", "name": 7}\n',
        b'{"do": "greet", "name": "Ana", "more": 1}\n',
        b"x" * (requests.LIMIT_BYTES + 10),
        b'{"do": "greet", "name": "defect"}\n',
        b'{"do": "greet", "name": "no JSON"}\n',
    ],
)
async def test_bad_input_gets_an_error_and_the_next_an_answer(
    folder: Path, text: bytes
) -> None:
    answer = msgspec.json.decode(await _say(folder, text))

    assert list(answer) == ["error"]
    assert "secret" not in answer["error"]
    assert (await _ask(folder, do="greet", name="Ana"))["ok"]


async def test_several_requests_on_one_connection(folder: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(str(folder / requests.NAME))
    writer.write(b'{"do":"greet","name":"A"}\n{"do":"greet","name":"B"}\n')

    answers = [msgspec.json.decode(await reader.readline()) for _ in range(2)]

    writer.close()
    await writer.wait_closed()
    assert [answer["hello"] for answer in answers] == ["A", "B"]


async def test_only_the_user_may_ask(folder: Path) -> None:
    assert (folder / requests.NAME).stat().st_mode & 0o077 == 0


async def test_a_deep_folder_is_no_trouble(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 40)
    deep.mkdir()

    async with serve(deep, {Greet: _greet}):
        assert (await _ask(deep, do="greet", name="Ana"))["ok"]


async def test_a_socket_left_by_a_killed_engine_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / requests.NAME))

    async with serve(tmp_path, {Greet: _greet}):
        assert (await _ask(tmp_path, do="greet", name="Ana"))["ok"]

    assert not (tmp_path / requests.NAME).exists()


def test_without_an_engine_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoEngine):
        ask(tmp_path, {"do": "ping"})
    with pytest.raises(NoEngine):
        ask(tmp_path / "none", {"do": "ping"})


def test_an_engine_that_does_not_answer_is_said(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / requests.NAME))
        silent.listen()
        with pytest.raises(NoEngine):
            ask(tmp_path, {"do": "ping"}, timeout_s=0.05)


def test_ask_waits_thrice_as_long_as_the_engine_may_wait_for_its_disk() -> None:
    """Of a word in force that is answered too late, people read: not written down."""
    files = ("statements", "history")

    assert 3 * len(files) * WRITTEN_WITHIN_S <= ANSWERED_WITHIN_S


async def test_the_end_does_not_wait_for_a_caller(tmp_path: Path) -> None:
    async with serve(tmp_path, {Greet: _greet}):
        _, writer = await asyncio.open_unix_connection(str(tmp_path / requests.NAME))
        await _ask(tmp_path, do="greet", name="Ana")

    writer.close()


async def test_what_was_asked_by_who_has_given_up_is_not_done(tmp_path: Path) -> None:
    """They were told that it is not noted, while the engine stood still."""
    heard = []

    async def greet(wanted: Greet) -> dict[str, Any]:
        heard.append(wanted.name)
        return {"ok": True}

    async with serve(tmp_path, {Greet: greet}):
        with pytest.raises(NoEngine):  # the loop that would answer stands still
            ask(tmp_path, {"do": "greet", "name": "Ana"}, timeout_s=0.05)
        await _ask(tmp_path, do="greet", name="Bob")

    assert heard == ["Bob"]


async def test_who_has_no_more_to_ask_still_gets_an_answer(folder: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(str(folder / requests.NAME))
    writer.write(b'{"do": "greet", "name": "Ana"}\n')
    writer.write_eof()

    assert b"Ana" in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    ("written", "request_"),
    [
        (
            b'{"do":"unmark","subject":"sms","says":"up","mistaken":true,'
            b'"after":"","after_until":null}',
            UnmarkRequest(subject="sms", says="up", mistaken=True, after=""),
        ),
        (
            b'{"do":"exercise","action":"start","fails":["sms"],"why":"","until":null,'
            b'"notices":false,"after":"x","after_until":"2026-01-01T00:00:00+00:00"}',
            ExerciseRequest(
                action="start", fails=("sms",), after="x", after_until=START
            ),
        ),
    ],
)
def test_undo_request_kept_by_an_earlier_version_is_read(
    written: bytes, request_: EngineRequest
) -> None:
    assert msgspec.json.decode(written, type=InverseRequest) == request_


async def test_a_long_request_is_refused_however_long_it_is(folder: Path) -> None:
    answer = await _ask(folder, do="greet", name="x" * 10_000_000)

    assert answer == {"error": "the request is too long"}


async def test_a_byte_that_is_no_text_loses_no_request(folder: Path) -> None:
    answer = await _ask(folder, do="greet", name="Ren\udce9e")

    assert answer == {"ok": True, "hello": "Ren?e"}


async def test_callers_of_a_busy_engine_wait(folder: Path) -> None:
    with ExitStack() as open_sockets:
        for _ in range(200):  # nobody is heard meanwhile
            caller = open_sockets.enter_context(socket.socket(socket.AF_UNIX))
            caller.settimeout(ANSWERED_WITHIN_S)
            caller.connect(str(folder / requests.NAME))

        answer = await _ask(folder, do="greet", name="Ana")

    assert answer == {"ok": True, "hello": "Ana"}
