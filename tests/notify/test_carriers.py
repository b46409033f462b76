"""A notice over a command and over Apprise, as real processes and to real servers."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from faults.process_tree import until_here
from msgspec.structs import replace
from plans import channel, plan
from servers.http_server import Asked, answer, answering
from servers.scripted import Peer, resetting, silent, tcp_server

from secours.message import message
from secours.model.notices import Notice, Stage
from secours.model.observed import Outcome, Reason
from secours.model.plan import Config
from secours.model.secret import Secret, Template
from secours.model.sections.channel import Probe
from secours.model.sections.notify import Notify, Target
from secours.notify import carriers, outbox
from secours.notify.sending import carried
from secours.wire.nagios import command

NOTICE = Notice(
    title="Use SMS", text="Use SMS\nCode ABC123", brief="Use SMS ABC123", mark="ABC123"
)
needs_apprise = pytest.mark.skipif(
    find_spec("apprise") is None and "CI" not in os.environ,
    reason="needs apprise",
)


async def over(target: Target) -> tuple[list[Stage], Outcome | None]:
    """Send over a target; return how far it came, and what went wrong."""
    config: Config = replace(
        plan(channel("mail")), notify=Notify(targets={target.name: target})
    )

    def turn(_: Probe) -> "nullcontext[None]":
        return nullcontext(None)

    heard: list[Stage] = []
    return heard, await carried(
        config, target, NOTICE, heard.append, turn, lambda: None
    )


def shell(script: str) -> Target:
    return Target(name="ring", command=("/bin/sh", "-c", script))


@pytest.mark.usefixtures("processes")
async def test_command_finds_the_notice_on_its_standard_input(tmp_path: Path) -> None:
    heard, outcome = await over(shell(f"cat > {tmp_path}/notice; echo fine"))

    assert (heard, outcome) == ([Stage.ACCEPTED], None)
    told = json.loads((tmp_path / "notice").read_text())
    assert told == {
        "title": "Use SMS",
        "text": "Use SMS\nCode ABC123",
        "brief": "Use SMS ABC123",
        "code": "ABC123",
        "urgent": True,
    }


@pytest.mark.usefixtures("processes")
async def test_command_that_does_not_read_blocks_nobody() -> None:
    target = shell("exit 0")

    assert await over(target) == ([Stage.ACCEPTED], None)


@pytest.mark.usefixtures("processes")
async def test_command_that_fails_has_not_taken_it() -> None:
    heard, outcome = await over(shell("printf 'no bell\\033[31m'; exit 7"))

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.REPORTED
    assert outcome.facts == {"said": "no bell [31m", "code": 7}


@pytest.mark.usefixtures("processes")
async def test_command_that_is_not_there_is_named() -> None:
    _, outcome = await over(Target(name="ring", command=("/nowhere/ring",)))

    assert outcome is not None
    assert outcome.facts == {"problem": "no-such-command", "what": "/nowhere/ring"}


@pytest.mark.usefixtures("processes")
async def test_command_and_all_it_started_end_at_the_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriers, "PROGRAM_S", 0.5)
    script = f"cd {tmp_path}; setsid sleep 60 & sleep 60"

    heard, outcome = await over(shell(script))

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.TIMEOUT
    await until_here(tmp_path, some=False)


async def test_plan_that_others_may_write_runs_no_command(tmp_path: Path) -> None:
    said = message("plan.exposed.open-to-others", path="/probes.yaml")
    forbidden = Secret(None, said, problem="open-to-others", what="/probes.yaml")
    target = replace(shell(f"touch {tmp_path}/ran"), allowed=forbidden)

    heard, outcome = await over(target)

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.PERMISSION
    assert not (tmp_path / "ran").exists()
    assert carriers.lack(target) is not None
    assert carriers.lack(replace(at("json://127.0.0.1"), allowed=forbidden)) is None


# ------------------------------------------------------------------ Apprise


@asynccontextmanager
async def webhook(status: str = "200 OK") -> AsyncIterator[tuple[int, list[Asked]]]:
    """Give a port that answers each request so, and what it was asked."""
    asked: list[Asked] = []

    def reply(request: Asked) -> bytes:
        asked.append(request)
        return answer(status)

    async with tcp_server(answering(reply)) as port:
        yield port, asked


def at(address: str, *secrets: str) -> Target:
    return Target(name="push", url=Template(address, parts=secrets))


@pytest.mark.usefixtures("processes")
@needs_apprise
async def test_service_of_apprise_takes_it() -> None:
    async with webhook() as (port, asked):
        heard, outcome = await over(at(f"json://127.0.0.1:{port}/hook"))

    assert (heard, outcome) == ([Stage.ACCEPTED], None)
    told = json.loads(asked[0].body)
    assert (told["title"], told["message"]) == ("Use SMS", "Use SMS\nCode ABC123")


@pytest.mark.usefixtures("processes")
@needs_apprise
async def test_form_of_apprise_takes_it() -> None:
    async with webhook() as (port, asked):
        heard, outcome = await over(at(f"form://127.0.0.1:{port}/hook"))

    assert (heard, outcome) == ([Stage.ACCEPTED], None)
    assert parse_qs(asked[0].body.decode())["title"] == ["Use SMS"]


@pytest.mark.usefixtures("processes")
@needs_apprise
async def test_service_that_refuses_is_told_without_the_address() -> None:
    async with webhook("503 Service Unavailable") as (port, _):
        address = f"json://ana:Sesame-Open-7@127.0.0.1:{port}/hook"
        heard, outcome = await over(at(address, "Sesame-Open-7"))

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.STATUS
    assert outcome.facts["code"] == 503
    assert "Sesame" not in str(outcome.facts)


async def reads_and_hangs(
    reader: asyncio.StreamReader, _: asyncio.StreamWriter
) -> None:
    """Read all that is sent, and never answer."""
    while await reader.read(1 << 16):
        pass


@pytest.mark.usefixtures("processes")
@needs_apprise
@pytest.mark.parametrize(
    ("peer", "reason"),
    [(reads_and_hangs, Reason.TIMEOUT), (resetting, Reason.PROTOCOL)],
)
async def test_service_that_may_have_taken_it_has_not_refused(
    monkeypatch: pytest.MonkeyPatch, peer: Peer, reason: Reason
) -> None:
    monkeypatch.setattr(carriers, "SERVICE_SHARE", 0.1)
    async with tcp_server(peer) as port:
        heard, outcome = await over(at(f"json://127.0.0.1:{port}/hook"))

    assert heard == []
    assert outcome is not None
    assert outcome.reason is reason
    assert outcome.reason in outbox.UNCLEAR
    assert "said" not in outcome.facts


@pytest.mark.usefixtures("processes")
@needs_apprise
async def test_service_that_takes_six_seconds_is_waited_for() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1 << 16)
        await asyncio.sleep(6)  # longer than Apprise waits by itself
        writer.write(answer("200 OK"))
        await reader.read()

    async with tcp_server(slow) as port:
        heard, outcome = await over(at(f"json://127.0.0.1:{port}/hook"))

    assert (heard, outcome) == ([Stage.ACCEPTED], None)


@pytest.mark.usefixtures("processes")
@needs_apprise
async def test_service_that_is_not_there_has_not_taken_it() -> None:
    async with tcp_server(silent) as port:
        pass
    heard, outcome = await over(at(f"json://127.0.0.1:{port}/hook"))

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.UNREACHABLE


@pytest.mark.usefixtures("processes")
@needs_apprise
@pytest.mark.parametrize("kind", ["json", "form", "xml", "ntfy"])
@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Moved"]
)
async def test_service_that_sends_elsewhere_has_refused_it(
    kind: str, status: str
) -> None:
    asked: list[Asked] = []

    async with webhook() as (elsewhere, taken):

        def reply(request: Asked) -> bytes:
            asked.append(request)
            return answer(status, location=f"http://localhost:{elsewhere}/taken")

        async with tcp_server(answering(reply)) as port:
            heard, outcome = await over(at(f"{kind}://127.0.0.1:{port}/hook"))

    assert (heard, taken) == ([], [])
    assert outcome is not None
    assert outcome.reason is Reason.STATUS
    assert [request.method for request in asked] == ["POST"]


@pytest.mark.usefixtures("processes")
@needs_apprise
async def test_service_is_asked_by_no_proxy_and_with_no_login_around_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login ana password Sesame-Open-7\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    async with webhook() as (proxy, passed), webhook() as (port, asked):
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy}")
        monkeypatch.setattr(command, "INHERITED", ("PATH", "HOME", "http_proxy"))
        heard, _ = await over(at(f"json://127.0.0.1:{port}/hook"))

    assert (heard, passed) == ([Stage.ACCEPTED], [])
    assert "authorization" not in asked[0].headers


@pytest.mark.usefixtures("processes")
@needs_apprise
async def test_service_that_says_nothing_is_left_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(carriers, "PROGRAM_S", 2.0)
    async with tcp_server(silent) as port:
        heard, outcome = await over(at(f"json://127.0.0.1:{port}/hook"))

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.TIMEOUT


@pytest.mark.usefixtures("processes")
@needs_apprise
async def test_address_that_apprise_does_not_know_is_refused() -> None:
    heard, outcome = await over(at("nonesuch://somewhere/at-all"))

    assert heard == []
    assert outcome is not None
    assert outcome.reason is Reason.REPORTED


async def test_without_apprise_such_a_target_says_what_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(carriers, "find_spec", lambda _: None)

    lack = carriers.lack(at("json://127.0.0.1"))

    assert lack is not None
    assert "secours doctor" in lack.what
    assert carriers.lack(shell("true")) is None


async def test_secret_that_is_missing_is_named() -> None:
    said = message("plan.secret.variable-not-set", name="NTFY_URL")
    url = Template(None, said, (), problem="variable-not-set", what="NTFY_URL")
    target = Target(name="push", url=url)

    lack = carriers.lack(target)
    _, outcome = await over(target)

    assert lack is not None
    assert lack.what == "NTFY_URL"
    assert outcome is not None
    assert outcome.reason is Reason.SECRET_MISSING
