import asyncio
import re

import pytest
from msgspec.structs import replace
from refusals import refusing

from secours.model.notices import Notice
from secours.model.observed import Evidence, Reason, degraded, failed, ok
from secours.model.runs import Stop
from secours.wire import notices, own_message

NOTICE = Notice(title="Use SMS", text="E-mail is down. K7Q2", brief="SMS K7Q2", mark="")


def saying(text: str) -> Notice:
    return Notice(title="Use SMS", text=text, brief=NOTICE.brief, mark="")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("E-mail is down. K7Q2", "Use SMS\n\nE-mail is down. K7Q2"),
        ("Use SMS\nK7Q2", "Use SMS\nK7Q2"),
        ("é" * 1996, f"Use SMS\n\n{'é' * 1996}"),
        ("é" * 1997, "SMS K7Q2"),
        (f"Use SMS{'x' * 4000}", "SMS K7Q2"),
    ],
    ids=["titled", "titled already", "long", "too long", "too long, titled already"],
)
def test_all_of_it_is_said_once_where_it_fits(text: str, said: str) -> None:
    assert notices.whole(saying(text)) == said


def test_under_a_title_of_its_own_none_is_said_again() -> None:
    assert notices.body(NOTICE) == NOTICE.text
    assert notices.body(saying(4000 * "x")) == NOTICE.brief


def test_no_name_and_no_coded_letter_is_left() -> None:
    text = "@all R&D &#64;x duty@example.org"

    broken = notices.calling_nobody(text)

    assert not re.search(r"@\w|&[#\w]", broken)
    assert broken.replace(notices.BROKEN, "") == text


def test_notice_is_known_however_late_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own_message, "TOKEN_LIFETIME_S", 0.0)
    ours = notices.known_by("K7Q2")

    assert ours.is_in(NOTICE.text)
    assert not ours.is_in("K7Q3")


@pytest.mark.parametrize(
    "outcome",
    [
        ok(Evidence.AUTHENTICATED),
        failed(Reason.AUTH, Evidence.SERVED),
        failed(Reason.REJECTED, Evidence.AUTHENTICATED),
    ],
)
async def test_where_nothing_may_be_read_no_receipt_comes(outcome: object) -> None:
    async def look() -> bool:
        raise Stop(outcome)  # type: ignore[arg-type] # an Outcome, of each kind

    assert not await notices.read_back(notices.known_by("x"), look)


async def test_look_that_fails_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_message, "PAUSE_S", 0.0)
    monkeypatch.setattr(notices, "DEFERRED_S", 0.0)
    monkeypatch.setattr(notices, "LOOK_S", 0.05)
    failing: list[Exception | None] = [
        Stop(failed(Reason.STATUS, Evidence.SERVED)),
        Stop(degraded(Reason.DEFERRED, Evidence.SERVED)),
        ConnectionResetError(),
        EOFError(),
        None,
    ]

    async def look() -> bool:
        if not failing:
            return True
        if error := failing.pop(0):
            raise error
        return await asyncio.Event().wait()  # which LOOK_S ends

    assert await notices.read_back(notices.known_by("x"), look)
    assert failing == []


async def test_peer_that_makes_us_wait_is_not_asked_meanwhile() -> None:
    looks: list[int] = []
    limit = replace(degraded(Reason.DEFERRED, Evidence.SERVED), retry_after_s=60.0)

    async def look() -> bool:
        looks.append(1)
        raise Stop(limit)

    with pytest.raises(Stop) as stop:
        async with asyncio.timeout(0.7):
            await notices.read_back(notices.known_by("x"), look)
    assert stop.value.outcome.reason is Reason.NOT_DELIVERED
    assert len(looks) == 1


async def test_look_that_fails_as_time_is_up_is_not_made_again() -> None:
    looking = asyncio.Event()

    async def look() -> bool:
        assert not looking.is_set()
        looking.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise Stop(failed(Reason.TIMEOUT)) from None
        return True

    task = asyncio.ensure_future(notices.read_back(notices.known_by("x"), look))
    await looking.wait()
    task.cancel()

    with pytest.raises(Stop) as stop:
        await task
    assert stop.value.outcome.reason is Reason.NOT_DELIVERED


def test_address_is_the_tests_own_or_has_its_form() -> None:
    form = re.compile("[ab]+")

    def address(to: str, own: str | None) -> str:
        return notices.address(to, own, option="room", form=form, example="ab")

    assert address("", "own") == "own"
    assert address("ab", None) == "ab"
    with refusing("no room of its own"):
        address("", None)
    with refusing("an address such as ab"):
        address("abc", "own")
