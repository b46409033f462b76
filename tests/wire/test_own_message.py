import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from secours.model.observed import (
    Evidence,
    Reason,
    Verdict,
    degraded,
    failed,
    ok,
)
from secours.model.runs import Stop
from secours.wire import own_message
from secours.wire.own_message import (
    SHORT_LIFETIME_S,
    SIGNED_LIFETIME_S,
    OwnMessage,
    has_short_mark,
    short_mark,
    signed_mark,
    signed_mark_in,
    text_with,
    tidy,
)

NOW_S = 1_795_000_000.0
PROVEN = ok(Evidence.DELIVERED)


def test_only_its_own_text_is_recognised() -> None:
    ours, other = OwnMessage(), OwnMessage()

    assert ours.is_in(f"> {ours.text}")
    assert not ours.is_in(other.text)
    assert not ours.is_in("Secours: meeting at nine")
    assert not ours.is_in(None)


def test_expired_one_is_no_longer_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = OwnMessage()
    monkeypatch.setattr(own_message, "TOKEN_LIFETIME_S", 0.0)

    assert not ours.is_in(ours.text)


async def test_it_is_looked_for_until_it_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_message, "PAUSE_S", 0.0)
    looks = iter([False, False, True])

    async def look() -> bool:
        return next(looks)

    await OwnMessage().until_found(look)

    assert list(looks) == []


async def test_time_that_is_up_is_not_delivered() -> None:
    looking = asyncio.Event()

    async def look() -> bool:
        looking.set()
        await asyncio.Event().wait()
        return True

    task = asyncio.ensure_future(OwnMessage().until_found(look, Evidence.SERVED))
    await looking.wait()
    task.cancel()

    with pytest.raises(Stop) as stop:
        await task
    outcome = stop.value.outcome
    assert (outcome.verdict, outcome.evidence, outcome.reason) == (
        Verdict.FAILED,
        Evidence.SERVED,
        Reason.NOT_DELIVERED,
    )


async def test_what_was_proven_stands_when_the_removal_works() -> None:
    assert await tidy(PROVEN, asyncio.sleep(0)) == (PROVEN, True)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        EOFError(),
        Stop(failed(Reason.REJECTED)),
    ],
)
async def test_what_was_proven_stands_when_the_removal_fails(error: Exception) -> None:
    async def removing() -> None:
        raise error

    outcome, removed = await tidy(PROVEN, removing())

    assert not removed
    assert (outcome.verdict, outcome.evidence) == (Verdict.OK, Evidence.DELIVERED)
    assert outcome.facts == {"left": 1}


async def test_limit_during_the_removal_is_obeyed() -> None:
    async def removing() -> None:
        raise Stop(degraded(Reason.DEFERRED, Evidence.AUTHENTICATED))

    with pytest.raises(Stop) as stop:
        await tidy(PROVEN, removing())
    assert stop.value.outcome.reason is Reason.DEFERRED


async def test_what_was_proven_stands_when_time_is_up_in_the_removal() -> None:
    begun = asyncio.Event()

    async def removing() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(tidy(PROVEN, removing()))
    await begun.wait()
    task.cancel()

    with pytest.raises(Stop) as stop:
        await task
    assert stop.value.outcome.evidence is Evidence.DELIVERED


# ------------------------------------------------------------------ a signed mark


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "store"))
    own_message._kept_key.cache_clear()
    yield tmp_path / "store"
    own_message._kept_key.cache_clear()


def test_signed_mark_is_ours_also_after_a_restart(folder: Path) -> None:
    made = signed_mark(1_800_000_000.0)
    own_message._kept_key.cache_clear()

    assert signed_mark_in(f"Re: Secours test {made.text}, read it?") == made
    assert (folder / own_message.KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_signed_mark_of_somebody_else_is_not_ours(folder: Path) -> None:
    made = signed_mark(1_800_000_000.0)
    changed = made.text.replace(f"{1_800_000_000:08x}", f"{1_900_000_000:08x}")
    (folder / own_message.KEY_FILE).unlink()
    own_message._kept_key.cache_clear()

    assert signed_mark_in(made.text) is None
    assert signed_mark_in(changed) is None
    assert signed_mark_in("secours1-") is None


def test_signed_mark_with_another_date_is_not_ours() -> None:
    made = signed_mark(1_800_000_000.0)

    assert signed_mark_in(made.text.replace(f"{1_800_000_000:08x}", "7fffffff")) is None
    assert signed_mark_in(made.text[:-1]) is None
    assert signed_mark_in(made.text + "0") is None


def test_message_is_left_behind_from_the_end_of_its_run_until_it_expires() -> None:
    made = signed_mark(1000.0)

    assert not made.left_behind(999.0)
    assert made.left_behind(1001.0)
    assert made.left_behind(1000.0 + SIGNED_LIFETIME_S - 1)
    assert not made.left_behind(1000.0 + SIGNED_LIFETIME_S + 1)


def test_without_a_place_to_keep_it_the_key_is_that_of_the_process(
    folder: Path,
) -> None:
    folder.mkdir(mode=0o755)  # somebody else may enter
    folder.chmod(0o755)
    made = signed_mark(1000.0)

    assert signed_mark_in(made.text) == made
    assert list(folder.iterdir()) == []


# ------------------------------------------------------------------ a short mark


def test_own_short_mark_is_known_until_it_expires() -> None:
    text = text_with(short_mark(NOW_S))

    assert has_short_mark(text, NOW_S)
    assert has_short_mark(f"Fwd: {text} (fin)", NOW_S + SHORT_LIFETIME_S - 2)
    assert not has_short_mark(text, NOW_S + SHORT_LIFETIME_S + 2)
    assert not has_short_mark(text, NOW_S - 120)


def test_changed_short_mark_is_not_ours() -> None:
    mine = short_mark(NOW_S)
    for place in range(len("secours-"), len(mine) - 1):
        other = "b" if mine[place] == "a" else "a"
        forged = mine[:place] + other + mine[place + 1 :]
        assert not has_short_mark(forged, NOW_S), place


def test_every_short_mark_is_another() -> None:
    assert len({short_mark(NOW_S) for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["", "secours-", "secours-" + "7" * 20, "Rappelle"])
def test_text_without_a_short_mark_is_not_ours(text: str) -> None:
    assert not has_short_mark(text, NOW_S)


def test_another_machine_makes_other_short_marks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = short_mark(NOW_S)
    identity = tmp_path / "machine-id"
    identity.write_text("another\n")
    monkeypatch.setattr(own_message, "MACHINE_ID", identity)
    own_message._machine_key.cache_clear()
    try:
        assert not has_short_mark(mine, NOW_S)
    finally:
        own_message._machine_key.cache_clear()


def test_machine_without_an_identity_knows_its_own_short_marks_while_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(own_message, "MACHINE_ID", tmp_path / "none")
    own_message._machine_key.cache_clear()
    try:
        assert has_short_mark(short_mark(NOW_S), NOW_S)
    finally:
        own_message._machine_key.cache_clear()


async def test_it_is_looked_for_less_often_the_longer_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s, looks = 1000.0, []

    async def pause(pause_s: float) -> None:
        nonlocal now_s
        now_s += pause_s

    async def look() -> bool:
        looks.append(now_s - 1000.0)
        return now_s > 1300.0

    clock = SimpleNamespace(monotonic=lambda: now_s)
    loop = SimpleNamespace(sleep=pause, CancelledError=asyncio.CancelledError)
    monkeypatch.setattr(own_message, "time", clock)
    monkeypatch.setattr(own_message, "asyncio", loop)
    await OwnMessage(sent_s=now_s).until_found(look)

    assert looks[1] == pytest.approx(0.3)
    assert len([at for at in looks if at < 3.0]) >= 10
    assert len(looks) < 70
