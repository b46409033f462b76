import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from secours import config
from secours.config import BadConfig
from secours.engine import reload
from secours.engine.reload import Source
from secours.model.plan import Config
from secours.model.secret import Secret

GENEROUSLY_S = 60.0
PLAN = """\
channels:
  mail: {{how: "{how}", purposes: [alert]}}
plan:
  - {{purpose: alert, audience: management, primary: mail}}
"""


class Followed:
    """Collects what the watch of a file says."""

    def __init__(self, path: Path) -> None:
        self.source = Source(path)
        self.source.load()
        self.plans: asyncio.Queue[Config] = asyncio.Queue()
        self.mistakes: asyncio.Queue[Exception] = asyncio.Queue()

    async def __aenter__(self) -> "Followed":
        self._watch = asyncio.create_task(
            self.source.watch(self.plans.put_nowait, self.mistakes.put_nowait)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch

    async def plan(self) -> Config:
        return await asyncio.wait_for(self.plans.get(), GENEROUSLY_S)

    async def mistake(self) -> str:
        error = await asyncio.wait_for(self.mistakes.get(), GENEROUSLY_S)
        return reload.in_one_line(error, "en")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(reload, "LOOK_EVERY_S", 0.02)
    written = tmp_path / "probes.yaml"
    written.write_text(PLAN.format(how="first"))
    return written


def _how(plan: Config) -> str:
    return plan.channels["mail"].how.in_("en")


def _write(path: Path, how: str) -> None:
    path.write_text(PLAN.format(how=how))


def _replace(path: Path, how: str) -> None:
    """Edit as most editors do, and keep size and time as they were."""
    fresh = path.with_suffix(".new")
    _write(fresh, how)
    os.utime(fresh, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    fresh.replace(path)


def _break(path: Path) -> None:
    path.write_text("chanels: {}\n")


def _remove(path: Path) -> None:
    path.unlink()


async def test_an_edit_in_place_is_taken(path: Path) -> None:
    async with Followed(path) as followed:
        _write(path, how="second")

        assert _how(await followed.plan()) == "second"


async def test_an_edit_by_rename_is_taken(path: Path) -> None:
    async with Followed(path) as followed:
        _replace(path, how="fresh")

        assert _how(await followed.plan()) == "fresh"


async def test_a_broken_edit_says_where(path: Path) -> None:
    async with Followed(path) as followed:
        _break(path)
        mistake = await followed.mistake()
        _write(path, how="again")

        assert "probes.yaml:1:" in mistake
        assert "\n" not in mistake
        assert _how(await followed.plan()) == "again"


async def test_a_file_that_goes_away_is_said_and_taken_when_back(path: Path) -> None:
    async with Followed(path) as followed:
        _remove(path)
        await followed.mistake()
        _write(path, how="back")

        assert _how(await followed.plan()) == "back"


async def test_a_defect_in_reading_does_not_end_the_watch(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(_path: Path) -> Config:
        raise KeyError("a defect")

    async with Followed(path) as followed:
        with monkeypatch.context() as patch:
            patch.setattr(config, "load", defect)
            _write(path, how="second")
            await followed.mistake()
        _write(path, how="third time")

        assert _how(await followed.plan()) == "third time"


def test_a_file_that_still_changes_waits_for_the_next_look(path: Path) -> None:
    source = Source(path)
    source.load()

    _write(path, how="half")
    looks = [source.edited()]
    _write(path, how="half and the rest")
    looks += [source.edited(), source.edited()]

    assert looks == [False, False, True]


def test_many_mistakes_are_counted(path: Path) -> None:
    path.write_text("a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n")

    with pytest.raises(BadConfig) as caught:
        Source(path).load()

    more = len(caught.value.mistakes) - reload.MISTAKES_SHOWN
    assert reload.in_one_line(caught.value, "en").endswith(f"(and {more} others)")


def _with_token(path: Path, token: str) -> Path:
    """Write a plan that names a token in a file, and that file."""
    secret = path.with_name("token")
    secret.write_text(token)
    secret.chmod(0o600)
    probe = "{type: http, url: 'https://a.example/', headers: {X: '${file:token}'}}"
    text = PLAN.format(how="first").replace("[alert]}", f"[alert], probes: [{probe}]}}")
    path.write_text(text)
    return secret


def _tokens(plan: Config) -> list[str]:
    headers: dict[str, Secret] = plan.channels["mail"].probes[0].settings.headers
    return [value.reveal() for value in headers.values()]


async def test_a_secret_that_is_put_anew_in_its_file_counts(path: Path) -> None:
    secret = _with_token(path, "first-token")
    async with Followed(path) as followed:
        secret.write_text("another-token")

        assert _tokens(await followed.plan()) == ["another-token"]


@pytest.mark.parametrize("name", ["probes.yaml", "token"])
def test_a_file_that_may_be_read_again_is_an_edit(path: Path, name: str) -> None:
    _with_token(path, "first-token")
    source = Source(path)
    source.load()

    path.with_name(name).chmod(0o640)

    assert [source.edited(), source.edited()] == [False, True]


def test_a_secret_that_is_gone_is_no_edit(path: Path) -> None:
    secret = _with_token(path, "first-token")
    source = Source(path)
    source.load()

    secret.unlink()
    looks = [source.edited(), source.edited()]
    secret.write_text("another-token")
    looks += [source.edited(), source.edited()]

    assert looks == [False, False, False, True]
