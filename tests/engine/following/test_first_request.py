"""Only what the first alone can have said, to this one question, is believed."""

from datetime import timedelta
from pathlib import Path

import pytest
from engine.following.first_server import AT, TOKEN, Answer, first, http, sealed, told
from msgspec.structs import replace
from render.snapshots import snapshot
from servers.certificates import server_tls, trusted_file

from secours.engine import clock
from secours.engine.following import first_request, report
from secours.engine.following.first_request import FirstState, Unheard
from secours.languages import Text
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.sections.site import Site
from secours.model.snapshot import Standby


async def ask(answer: Answer) -> FirstState:
    async with first(answer) as there:
        return await first_request.ask(there, "me", clock.now)


async def refused(answer: Answer) -> str:
    with pytest.raises(Unheard) as wrong:
        await ask(answer)
    return wrong.value.problem


async def test_it_is_as_old_as_it_says_and_all_that_passed_since_we_asked() -> None:
    asked = clock.now()
    came = Instant(asked.utc + timedelta(seconds=3), asked.steady_s + 3)
    moments = iter([asked, came])
    async with first(sealed(told(age_s=2.0))) as there:
        heard = await first_request.ask(there, "me", lambda: next(moments))

    assert came.since(heard.at) == pytest.approx(5.0)
    assert came.utc - heard.at.utc == timedelta(seconds=5)
    assert heard.shot.at.steady_s == pytest.approx(heard.at.steady_s)
    assert heard.shot.boot_id == clock.boot_id()
    assert heard.name == "first-1"


async def test_every_moment_in_it_is_as_long_ago_as_it_was_there() -> None:
    shot = snapshot("oooo")
    heard = await ask(sealed(told(shot)))

    view, shown = shot.channels[1], heard.shot.channels[1]
    assert view.standing.since is not None
    assert shown.standing.since is not None
    there_s = AT.steady_s - view.standing.since.steady_s
    assert heard.shot.at.since(shown.standing.since) == pytest.approx(there_s)


PORTAL = b"<html>Please log in</html>"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lambda *_: http(PORTAL), "not-first"),
        (lambda *_: http(told()), "not-first"),
        (sealed(told(), "x" * 43), "not-first"),
        (sealed(told(schema=report.SCHEMA + 1)), "other-version"),
        (sealed(told(schema="1")), "other-version"),
        (sealed(told(snapshot={})), "other-version"),
        (sealed(b"[]"), "other-version"),
        (sealed(told(age_s=-1.0)), "senseless"),
        (sealed(told(age_s=1e11)), "senseless"),
        (lambda *_: http(b"", status="302 Found", more="Location: /x\r\n"), "redirect"),
        (lambda *_: http(b"", status="401 No"), "token"),
        (lambda *_: http(b"", status="403 No"), "token"),
        (lambda *_: http(b"", status="404 No"), "no-standby"),
        (lambda *_: http(b"", status="503 No"), "silent"),
        (lambda *_: http(b"", status="500 No"), "status"),
        (lambda *_: http(b"", status="204 No"), "not-first"),
        (lambda *_: http(b'{"instance": "me"}', status="409 No"), "itself"),
        (lambda *_: http(b'{"instance": "you"}', status="409 No"), "follows"),
        (lambda *_: http(b"[", status="409 No"), "follows"),
        (lambda *_: b"SSH-2.0-x\r\n", "unheard"),
        (lambda *_: b"", "unheard"),
    ],
    ids=[
        *("portal", "no-seal", "other-token", "newer", "odd-schema", "no-snapshot"),
        *("list", "negative", "endless-age", "redirect", "401", "403", "404"),
        *("503", "500", "204", "itself", "follows", "odd-follows", "no-http"),
        "nothing",
    ],
)
async def test_what_is_not_to_be_believed_is_not(answer: Answer, problem: str) -> None:
    assert await refused(answer) == problem


async def test_first_that_repeats_our_token_is_shown_without_it() -> None:
    def repeat(_: str, asked: str) -> bytes:
        assert TOKEN in asked
        return f"You said {TOKEN}!\r\n".encode()

    with pytest.raises(Unheard) as wrong:
        await ask(repeat)

    assert wrong.value.facts["said"] == "You said ***!"


async def test_an_answer_is_good_once() -> None:
    kept: list[bytes] = []

    def again(nonce: str, _: str) -> bytes:
        kept.append(sealed(told())(nonce, ""))
        return kept[0]

    async with first(again) as there:
        await first_request.ask(there, "me", clock.now)
        with pytest.raises(Unheard) as wrong:
            await first_request.ask(there, "me", clock.now)

    assert wrong.value.problem == "not-first"


async def test_a_changed_answer_has_no_seal() -> None:
    def changed(nonce: str, _: str) -> bytes:
        return sealed(told(age_s=25.0))(nonce, "").replace(b"25.0", b" 0.5")

    assert await refused(changed) == "not-first"


async def test_a_slow_or_endless_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(first_request, "LIMIT_S", 0.3)
    monkeypatch.setattr(first_request, "MOST_BYTES", 1000)
    async with first(sealed(told()), silent=True) as there:
        with pytest.raises(Unheard) as slow:
            await first_request.ask(there, "me", clock.now)

    assert slow.value.problem == "unheard"
    assert slow.value.reason == "timeout"
    assert await refused(lambda *_: http(b"x" * 2000)) == "too-long"


async def test_over_https_the_authority_that_is_named_is_trusted_and_no_other(
    tmp_path: Path,
) -> None:
    async with first(sealed(told()), tls=server_tls()) as there:
        trusting = replace(there, ca=trusted_file(tmp_path))
        heard = await first_request.ask(trusting, "me", clock.now)
        with pytest.raises(Unheard) as wrong:
            await first_request.ask(there, "me", clock.now)

    assert heard.name == "first-1"
    assert (wrong.value.problem, wrong.value.reason) == ("unheard", "tls-untrusted")


async def test_the_token_goes_along_and_is_asked_anew_each_time() -> None:
    asked: list[str] = []

    def answer(nonce: str, head: str) -> bytes:
        asked.append(head)
        return sealed(told())(nonce, head)

    await ask(answer)
    await ask(answer)

    assert all(f"authorization: bearer {TOKEN}" in head.lower() for head in asked)
    assert asked[0].splitlines()[0] != asked[1].splitlines()[0]


def config(name: str) -> Config:
    return Config(site=Site(name=Text(name)))


async def test_it_must_be_of_our_site_and_not_our_own_word() -> None:
    shot = snapshot("oooo")
    heard = await ask(sealed(told(shot)))
    ours = Config(site=shot.site)
    own = Standby(url="http://x", host="x", since=AT, probing=True, instance="me")
    mine = replace(heard, shot=replace(heard.shot, standby=own))

    assert first_request.believed(heard, ours, "me") is heard
    assert (
        first_request.believed(mine, ours, "another") is mine
    )  # one that has taken over
    for state, plan, problem in (
        (heard, config("Elsewhere"), "other-site"),
        (mine, ours, "itself"),
    ):
        with pytest.raises(Unheard) as wrong:
            first_request.believed(state, plan, "me")
        assert wrong.value.problem == problem
