"""Peers that repeat every secret they are sent, in what they answer, however coded."""

import asyncio
import base64
import html
import json
import logging
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from engine.history_cells import cells, until
from faults.table import Row
from servers.command import Command
from servers.http_server import Asked, answer, answering
from servers.imap_peer import imap_lines
from servers.scripted import tcp_server
from servers.smtp_peer import lines

from secours.engine.process import run_engine
from secours.engine.published import snapshot_file
from secours.model.observed import Reason
from secours.model.snapshot import Snapshot

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a URL": lambda text: quote(text, safe=""),
    "in HTML": html.escape,
    "in base64": lambda text: base64.b64encode(f"x:{text}".encode()).decode(),
}
Options = dict[str, Any]


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(f"probe:{text}".encode()).decode()


def http(clear: str, named: str) -> dict[str, Options]:
    """Put a secret, as it is or by its name, wherever an `http` probe may hold one."""
    coded = quote(clear, safe="")
    return {
        "bearer": {"headers": {"Authorization": f"Bearer {clear}"}},
        "basic": {"headers": {"Authorization": basic(clear)}},
        "cookie": {"headers": {"Cookie": f"lang=fr; session={clear}"}},
        "key": {"headers": {"X-Api-Key": clear}},
        "header-token": {"headers": {"X-Vault-Token": clear}},
        "header": {"headers": {"X-Anything": f"so {named}"}},
        "form": {"method": "POST", "body": f"user=probe&password={coded}"},
        "json": {"method": "POST", "body": json.dumps({"token": clear})},
        "body": {"method": "POST", "body": f"<a>{named}</a>"},
        "query-token": {"at": f"?token={coded}"},
        "query-key": {"at": f"?a=1&key={coded}"},
        "query-secret": {"at": f"?secret={coded}"},
        "query-password": {"at": f"?password={coded}"},
        "query": {"at": f"?q={named}"},
        "path": {"at": f"bot/{named}/getMe"},
        "userinfo": {"as": f"probe:{coded}@"},
        "user": {"as": f"probe:{named}@"},
    }


def others(named: str, web: str, imap: int, smtp: int) -> dict[str, Options]:
    """Give a secret to the other types whose peers say something in their own words."""
    log_in = {"host": "127.0.0.1", "username": "probe", "password": named}
    options: dict[str, Options] = {
        "telegram": {"token": named},
        "slack": {"token": named},
        "mattermost": {"token": named},
        "matrix": {"username": "probe", "password": named},
        "ntfy": {"token": named},
        "whatsapp": {"token": named, "phone_number_id": 1},
        "twilio": {"account_sid": f"AC{0:032}", "auth_token": named},
        "kannel": {"username": "probe", "password": named, "to": "+32"},
        "teams": {"tenant": "t", "client_id": "c", "client_secret": named},
    }
    for kind, more in options.items():
        more |= {"type": kind, "base_url": web}
    options["imap"] = {"type": "imap", "port": imap, "security": "none", **log_in}
    options["smtp"] = {"type": "smtp", "port": smtp, **log_in}
    show = "echo $WORD $(echo $WORD | base64); exit 2"
    command = ["/bin/sh", "-c", show]
    options["plugin"] = {"type": "plugin", "command": command, "env": {"WORD": named}}
    return options


class Echo:
    """Answers whoever asks with the secret that he holds, by the name in his path.

    And with that of another, as one server that two probes ask may.
    """

    def __init__(self, write: Callable[[str], str]) -> None:
        self.write = write

    def __call__(self, asked: Asked) -> bytes:
        *_, name = [part for part in asked.target.split("/") if part in SECRETS]
        others = SECRETS[NAMES[NAMES.index(name) - 1]]
        said = f"{self.write(others)}. You said {self.write(SECRETS[name])} to {name}."
        document = dict.fromkeys(("echo", "message", "error", "description"), said)
        status = "200 OK" if name.endswith("-shown") else f"400 No: {said}"
        return answer(status, json.dumps(document).encode())


KINDS = (*http("", ""), *others("", "", 0, 0))
IN_THEIR_OWN_WORDS = ("imap", "smtp", "plugin")
NAMES = [
    *(f"{kind}-refused" for kind in KINDS),
    *(f"{kind}-shown" for kind in http("", "")),
]
DIGESTS = {name: sha256(name.encode()).hexdigest() for name in NAMES}
SECRETS = {name: f"{made[:6]}<&'>/{made[6:12]}" for name, made in DIGESTS.items()}


def plan(web: str, imap: int, smtp: int) -> str:
    channels: dict[str, Any] = {}
    for name, secret in SECRETS.items():
        kind, _, way = name.rpartition("-")
        named = f"${{{variable(name)}}}"
        found = {**http(secret, named), **others(named, f"{web}/{name}", imap, smtp)}
        options = dict(found[kind])
        if "type" not in options:
            address = web.replace("://", f"://{options.pop('as', '')}")
            options["type"] = "http"
            options["url"] = f"{address}/{name}/{options.pop('at', '')}"
            if way == "shown":
                options["expect_json"] = {"echo": "no"}
        options |= {"interval": "1s", "retry_every": "1s", "timeout": "5s"}
        options["cost"] = False
        channels[name] = {"purposes": ["alert"], "probes": [options]}
    lines_of_plan = [
        {"purpose": "alert", "audience": "management", "primary": list(channels)}
    ]
    return json.dumps({"channels": channels, "plan": lines_of_plan})


def variable(name: str) -> str:
    return name.replace("-", "_").upper()


def all_tried(snapshot: Snapshot) -> bool:
    standings = (snapshot.channel(name).standing for name in SECRETS)
    return all(standing.reason is not Reason.NOT_MEASURED for standing in standings)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("way", WAYS)
async def test_no_secret_that_a_peer_repeats_is_kept_or_shown(
    way: str,
    tmp_path: Path,
    cost: Callable[[Row], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name, secret in SECRETS.items():
        coded = quote(secret, safe="") if name.startswith("user") else secret
        monkeypatch.setenv(variable(name), coded)
    write, stop = WAYS[way], asyncio.Event()

    def said(*names: str) -> str:
        return " and ".join(write(SECRETS[name]) for name in names)

    async with AsyncExitStack() as stack:
        peers = (
            answering(Echo(write)),
            imap_lines({"LOGIN": f"NO {said('imap-refused', 'bearer-refused')}"}),
            lines({"AUTH": f"535 {said('smtp-refused', 'bearer-shown')}"}),
        )
        web, imap, smtp = [
            await stack.enter_async_context(tcp_server(peer)) for peer in peers
        ]
        written = tmp_path / "probes.yaml"
        written.write_text(plan(f"http://127.0.0.1:{web}", imap, smtp))
        engine = asyncio.create_task(
            run_engine(
                written, store_in=tmp_path / "history", publish_in=tmp_path, stop=stop
            )
        )
        await until(tmp_path, all_tried)
        stop.set()
        await engine

    kept = cells(tmp_path / "history") + caplog.text
    kept += (tmp_path / snapshot_file.SNAPSHOT).read_text()
    assert "***" in kept
    for name, secret in SECRETS.items():
        if name.rpartition("-")[0] not in IN_THEIR_OWN_WORDS:
            assert re.search(rf"You said ?\*\*\* to {name}\.", kept), name
        for each in WAYS.values():
            assert each(secret) not in kept
    done = f"{len(NAMES)} probes whose peers repeat theirs and another's; none is shown"
    cost(Row(fault=f"secrets repeated {way}", done=done))


@pytest.mark.usefixtures("processes")
async def test_check_shows_no_secret_that_another_peer_repeats(tmp_path: Path) -> None:
    command = Command(tmp_path)
    command.env |= {"FIRST": "alpha-7351-beta", "SECOND": "gamma-9982-delta"}
    command.env["PIN"] = "4711"

    def repeat(asked: Asked) -> bytes:
        return answer("400 No", b'{"error": "alpha-7351-beta gamma-9982-delta 4711"}')

    async with tcp_server(answering(repeat)) as port:
        ntfy = {"type": "ntfy", "base_url": f"http://127.0.0.1:{port}"}
        snmp = {"type": "snmp", "host": "127.0.0.1", "community": "${PIN}"}
        probes = [ntfy | {"token": "${FIRST}"}, ntfy | {"token": "${SECOND}"}, snmp]
        channels = {
            name: {"depends_on": [], "probes": [each]}
            for name, each in zip(("first", "second", "third"), probes, strict=True)
        }
        command.plan(json.dumps({"channels": channels}))
        told = await command.run("check", "first", "--format", "json")

    details = told.answer["channels"][0]["probes"][0]["detail"]
    assert "***" in details
    assert "4711" in details  # too short to be known from what stands there by chance
    assert "alpha" not in told.out + told.err
    assert "gamma" not in told.out + told.err
