"""What our processes log: lines that nothing breaks out of, and no secret in them."""

import asyncio
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.command import LIMIT_S, Command, ended, until
from servers.scripted import closed_port

from secours import logs

PLAN = """
site: {name: Test, language: en}
channels: {desk: {purposes: [alert], depends_on: [], test: {every: 7d}}}
plan: [{purpose: alert, audience: staff, primary: desk, last_resort: Walk}]
"""
HOSTILE = "one\ntwo\r\x1b[31m \u202e\u2028\x7f\x85 \ud800 \u00e9"


@pytest.fixture(autouse=True)
def root() -> Iterator[None]:
    """Leave the root logger as it was."""
    found = logging.getLogger()
    before, level = found.handlers[:], found.level
    hook, of_threads = sys.excepthook, threading.excepthook
    yield
    logging.captureWarnings(False)
    found.handlers[:] = before
    sys.excepthook, threading.excepthook = hook, of_threads
    found.setLevel(level)


def log_it(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(logs.FORMAT, form)
    logs.begin()


def test_json_is_one_object_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log_it(logs.JSON, monkeypatch)
    logging.getLogger("secours.x").info("not this")
    logging.getLogger("secours.x").warning("it failed: %s", HOSTILE)
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger("other").exception("worse")

    text = capsys.readouterr().err
    first, second = text.splitlines()
    assert text.isascii()
    assert not any(c in text for c in "\x1b\x7f\r")
    entry = json.loads(first)
    at = entry.pop("time")
    assert at.endswith("Z")
    assert len(at) == len("2026-11-27T05:14:05.123Z")
    assert entry == {
        "level": "WARNING",
        "logger": "secours.x",
        "message": f"it failed: {HOSTILE}",
    }
    entry = json.loads(second)
    assert (entry["level"], entry["message"]) == ("ERROR", "worse")
    assert entry["exception"].startswith("Traceback")
    assert "ValueError: one" in entry["exception"]


def test_text_is_one_line_and_its_trace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log_it("nonsense", monkeypatch)
    logging.getLogger("secours.x").warning("%s", HOSTILE)

    text = capsys.readouterr().err
    assert text == (
        "WARNING secours.x: one\\ntwo\\r\\x1b[31m "
        "\\u202e\\u2028\\x7f\\x85 \\ud800 \u00e9\n"
    )


@pytest.mark.parametrize("form", logs.FORMATS)
def test_no_secret_of_the_plan_is_logged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    log_it(form, monkeypatch)
    logs.hide({"hunter2-hunter2", ""})
    try:
        raise ValueError("GET /?token=hunter2-hunter2")
    except ValueError:
        logging.getLogger("other").exception("asked %s", "x?t=hunter2%2Dhunter2")

    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert "***" in said
    assert "ValueError" in said


@pytest.mark.parametrize("form", logs.FORMATS)
@pytest.mark.parametrize("in_thread", [False, True], ids=["process", "thread"])
def test_what_ends_a_process_or_a_thread_is_logged_and_holds_no_secret(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    in_thread: bool,
) -> None:
    log_it(form, monkeypatch)
    logs.hide({"hunter2-hunter2"})
    error = ValueError("the end of hunter2-hunter2")
    if in_thread:
        given = (ValueError, error, None, threading.current_thread())
        threading.excepthook(threading.ExceptHookArgs(given))
    else:
        sys.excepthook(ValueError, error, None)

    said = capsys.readouterr().err
    assert "ValueError: the end of ***" in said
    assert "hunter2" not in said
    if form == logs.JSON:
        entry = json.loads(said)
        assert (entry["level"], entry["logger"]) == ("CRITICAL", "secours")
    else:
        assert said.startswith("CRITICAL secours: ended\n")


@pytest.mark.parametrize("form", logs.FORMATS)
def test_a_record_that_cannot_be_written_tells_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    log_it(form, monkeypatch)
    logs.hide({"hunter2-hunter2"})
    logging.getLogger("other").warning("it took %d s", "hunter2-hunter2")

    (line,) = capsys.readouterr().err.splitlines()
    assert "it took %d s" in line
    assert "hunter2" not in line


async def nonsense(port: int) -> None:
    """Send what is no HTTP, which a server notes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x1b[31m no http\r\n\r\n")
    await reader.read()
    writer.close()


async def until_it_listens(port: int) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                await nonsense(port)
            except OSError:
                await asyncio.sleep(0.2)
            else:
                return


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("how", ["option", "environment"])
async def test_both_children_of_up_log_json(tmp_path: Path, how: str) -> None:
    secours, port = Command(tmp_path), closed_port()
    secours.plan(PLAN)
    options = ["--log-format", "json"] if how == "option" else []
    if how == "environment":
        secours.env[logs.FORMAT] = "json"
    process = await secours.start("up", "--port", str(port), *options)
    try:
        await until(secours, "self-check", holds=lambda done: done.code == 0)
        await until_it_listens(port)
        (lock,) = (tmp_path / "state").glob("engine.lock")
        before = secours.engine_began
        os.kill(int(lock.read_text()), signal.SIGKILL)
        await until(
            secours,
            "self-check",
            holds=lambda done: done.code == 0 and secours.engine_began != before,
        )
    finally:
        process.terminate()
        done = await ended(process)

    entries: list[dict[str, Any]] = [json.loads(line) for line in done.err.splitlines()]
    told = {(each["logger"], each["message"]) for each in entries}
    assert ("uvicorn.error", "Invalid HTTP request received.") in told
    assert (
        "secours.engine.supervise",
        "the engine died (SIGKILL): again in 0.5 s",
    ) in (told)


@pytest.mark.usefixtures("processes")
async def test_run_and_its_plain_page_log_json(tmp_path: Path) -> None:
    secours, port = Command(tmp_path), closed_port()
    secours.plan(PLAN)
    process = await secours.start("run", "--http", str(port), "--log-format", "json")
    try:
        await until_it_listens(port)
    finally:
        process.terminate()
        done = await ended(process)

    entries = [json.loads(line) for line in done.err.splitlines()]
    assert "uvicorn.error" in {each["logger"] for each in entries}
