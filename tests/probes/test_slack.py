from typing import Any

import pytest
import respx
from refusals import refusing
from servers.api_server import FAULTS, api, document, sent, within_s
from servers.http_server import Asked, answer
from servers.notice_run import ACCEPTED as TAKEN
from servers.notice_run import ARRIVED, NOTICE, Told, tell
from servers.probe_run import ask, said

from secours.model.observed import Evidence, Outcome, Reason, Verdict
from secours.model.secret import Secret
from secours.probes import slack

TOKEN = "xoxb-000-hush"
CHANNEL = "C0123456789"
AT = "1503435956.000247"
ACCEPTED = (Verdict.OK, Evidence.AUTHENTICATED, Reason.NONE)
DELIVERED = (Verdict.OK, Evidence.DELIVERED, Reason.NONE)


class Workspace:
    """A channel that keeps what is posted there; `broken` methods answer as told."""

    def __init__(self, **broken: Any) -> None:
        self.messages: dict[str, str] = {}
        self.asked: list[Asked] = []
        methods: dict[str, Any] = {
            "api.test": {"ok": True},
            "auth.test": self._who,
            "chat.postMessage": self._post,
            "conversations.history": self._history,
            "chat.delete": self._delete,
        }
        methods |= {name.replace("__", "."): reply for name, reply in broken.items()}
        self.routes = {f"POST /api/{name}": reply for name, reply in methods.items()}

    def _who(self, asked: Asked) -> dict[str, Any]:
        known = asked.headers.get("authorization") == f"Bearer {TOKEN}"
        return {"ok": True} if known else {"ok": False, "error": "invalid_auth"}

    def _post(self, asked: Asked) -> dict[str, Any]:
        self.messages[AT] = sent(asked)["text"]
        message = {"text": self.messages[AT], "bot_id": "B1"}
        return {"ok": True, "channel": CHANNEL, "ts": AT, "message": message}

    def _history(self, asked: Asked) -> dict[str, Any]:
        found = [{"ts": ts, "text": text} for ts, text in self.messages.items()]
        return {"ok": True, "messages": found}

    def _delete(self, asked: Asked) -> dict[str, Any]:
        if self.messages.pop(sent(asked)["ts"], None) is None:
            return {"ok": False, "error": "message_not_found"}
        return {"ok": True}

    async def run(self, **options: Any) -> Outcome:
        usual: dict[str, Any] = {"token": Secret(TOKEN), "channel": CHANNEL}
        async with api(self.routes, self.asked) as base_url:
            settings = slack.Settings(base_url=base_url, **(usual | options))
            return await ask(slack, settings, timeout_s=2.0)

    async def tell(self, receipt_s: float | None = None, **changed: Any) -> Told:
        async with api(self.routes, self.asked) as base_url:
            settings = slack.Settings(
                base_url=base_url, token=Secret(TOKEN), channel=CHANNEL
            )
            return await tell(slack, settings, receipt_s=receipt_s, **changed)

    @property
    def methods(self) -> list[str]:
        return [asked.target.rpartition("/")[2] for asked in self.asked]


async def test_api_without_a_token_is_served() -> None:
    workspace = Workspace()

    outcome = await workspace.run(token=None, channel=None)

    assert said(outcome) == (Verdict.OK, Evidence.SERVED, Reason.NONE)
    assert "authorization" not in workspace.asked[0].headers


async def test_token_that_is_accepted_is_authenticated() -> None:
    workspace = Workspace()

    assert said(await workspace.run(channel=None)) == ACCEPTED
    assert workspace.methods == ["auth.test"]


@pytest.mark.parametrize("base_url", [None, "https://slack.com/api"])
async def test_vendor_is_asked_where_nothing_else_is_written(
    base_url: str | None, respx_mock: respx.MockRouter
) -> None:
    respx_mock.post("https://slack.com/api/auth.test").respond(json={"ok": True})
    options: dict[str, Any] = {} if base_url is None else {"base_url": base_url}

    outcome = await ask(slack, slack.Settings(token=Secret(TOKEN), **options))

    assert said(outcome) == ACCEPTED


async def test_message_that_is_read_back_is_delivered_and_removed() -> None:
    workspace = Workspace()

    outcome = await workspace.run()

    assert said(outcome) == DELIVERED
    assert "left" not in outcome.facts
    assert workspace.methods[-2:] == ["conversations.history", "chat.delete"]
    assert workspace.messages == {}


@pytest.mark.parametrize(
    "history",
    [{"ok": False, "error": "missing_scope"}, answer("429 Too Many Requests")],
)
async def test_message_that_was_there_to_be_removed_is_delivered(history: Any) -> None:
    workspace = Workspace(conversations__history=history)

    outcome = await workspace.run()

    assert said(outcome) == DELIVERED
    assert workspace.messages == {}


async def test_message_that_is_neither_read_nor_removed_is_only_sent() -> None:
    workspace = Workspace(
        conversations__history={"ok": False, "error": "missing_scope"},
        chat__delete={"ok": False, "error": "message_not_found"},
    )

    outcome = await workspace.run()

    assert said(outcome) == ACCEPTED
    assert outcome.facts == {"sent": 1, "left": 1}


async def test_message_that_is_read_and_cannot_be_removed_is_delivered() -> None:
    workspace = Workspace(chat__delete={"ok": False, "error": "cant_delete_message"})

    outcome = await workspace.run()

    assert said(outcome) == DELIVERED
    assert outcome.facts == {"left": 1}


async def test_message_of_others_is_never_removed() -> None:
    other = {"ok": True, "ts": AT, "message": {"text": "Meeting at nine"}}
    workspace = Workspace(chat__postMessage=other)

    outcome = await workspace.run()

    assert said(outcome) == (
        Verdict.FAILED,
        Evidence.AUTHENTICATED,
        Reason.PROTOCOL,
    )
    assert "chat.delete" not in workspace.methods


@pytest.mark.parametrize(
    ("method", "error", "evidence", "reason"),
    [
        ("auth.test", "invalid_auth", Evidence.SERVED, Reason.AUTH),
        ("auth.test", "token_revoked", Evidence.SERVED, Reason.AUTH),
        ("auth.test", "account_inactive", Evidence.SERVED, Reason.AUTH),
        ("auth.test", "fatal_error", Evidence.SERVED, Reason.STATUS),
        ("auth.test", "no_such_word", Evidence.SERVED, Reason.STATUS),
        (
            "chat.postMessage",
            "channel_not_found",
            Evidence.AUTHENTICATED,
            Reason.REJECTED,
        ),
        (
            "chat.postMessage",
            "not_in_channel",
            Evidence.AUTHENTICATED,
            Reason.REJECTED,
        ),
        (
            "chat.postMessage",
            "internal_error",
            Evidence.AUTHENTICATED,
            Reason.STATUS,
        ),
    ],
)
async def test_error_inside_a_good_status_is_failed(
    method: str, error: str, evidence: Evidence, reason: Reason
) -> None:
    broken: dict[str, Any] = {method.replace(".", "__"): {"ok": False, "error": error}}

    outcome = await Workspace(**broken).run()

    assert said(outcome) == (Verdict.FAILED, evidence, reason)
    assert outcome.facts["said"] == error


@pytest.mark.parametrize("status", ["200 OK", "429 Too Many Requests"])
async def test_limit_of_slack_says_how_long_to_wait(status: str) -> None:
    found = {"ok": False, "error": "ratelimited"}
    limit = document(found, status, retry_after="30")

    outcome = await Workspace(chat__postMessage=limit).run()

    assert said(outcome) == (
        Verdict.DEGRADED,
        Evidence.AUTHENTICATED,
        Reason.DEFERRED,
    )
    assert outcome.retry_after_s == 30.0


@pytest.mark.parametrize("fault", FAULTS)
async def test_api_that_is_broken_has_its_reason(fault: str) -> None:
    faulty, expected = FAULTS[fault]
    async with faulty() as base_url:
        settings = slack.Settings(token=Secret(TOKEN), base_url=base_url)
        outcome = await ask(slack, settings, timeout_s=within_s(fault))

    assert said(outcome) == expected


def test_channel_needs_a_token() -> None:
    with refusing("token"):
        slack.Settings(channel=CHANNEL)


# ------------------------------------------------------------------ a notice


async def test_notice_is_read_back_and_stays_in_the_channel() -> None:
    workspace = Workspace()

    assert await workspace.tell() == ([TAKEN, ARRIVED], None)
    assert workspace.methods == [
        "auth.test",
        "chat.postMessage",
        "conversations.history",
    ]
    assert workspace.messages == {AT: f"{NOTICE.title}\n\n{NOTICE.text}"}


async def test_notice_calls_nobody_and_links_nothing() -> None:
    workspace = Workspace()
    hostile = "<!channel> & <https://evil.example|here> *all* <R&D>"

    told = await workspace.tell(text=hostile, mark="<R&D>")

    assert told == ([TAKEN, ARRIVED], None)
    written = sent(workspace.asked[1])
    assert written.pop("text").endswith(
        "&lt;!channel&gt; &amp; &lt;https://evil.example|here&gt; *all* &lt;R&amp;D&gt;"
    )
    assert written == {
        "channel": CHANNEL,
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


async def test_notice_in_a_channel_that_we_may_not_read_is_accepted() -> None:
    missing = {"ok": False, "error": "missing_scope"}

    told = await Workspace(conversations__history=missing).tell()

    assert told == ([TAKEN], None)


async def test_notice_of_somebody_else_with_our_mark_is_not_ours() -> None:
    other = {"ok": True, "messages": [{"ts": "1.0", "text": NOTICE.text}]}

    told = await Workspace(conversations__history=other).tell(0.7)

    assert (told.stages, told.reason) == ([TAKEN], Reason.NOT_DELIVERED)


async def test_notice_that_is_shown_late_is_waited_for() -> None:
    rounds: list[int] = []
    workspace = Workspace()

    def late(asked: Asked) -> dict[str, Any]:
        rounds.append(1)
        found = workspace._history(asked)
        return found if len(rounds) > 2 else {"ok": True, "messages": []}

    workspace.routes["POST /api/conversations.history"] = late

    assert await workspace.tell() == ([TAKEN, ARRIVED], None)


async def test_limit_on_notices_says_how_long_to_wait() -> None:
    found = {"ok": False, "error": "ratelimited"}
    limit = document(found, "429 Too Many Requests", retry_after="30")

    stages, outcome = await Workspace(chat__postMessage=limit).tell()

    assert stages == []
    assert outcome is not None
    assert (outcome.reason, outcome.retry_after_s) == (Reason.DEFERRED, 30.0)


async def test_token_that_slack_repeats_is_struck_out() -> None:
    repeated = {"ok": False, "error": f"no access for {TOKEN}"}

    stages, outcome = await Workspace(chat__postMessage=repeated).tell()

    assert stages == []
    assert outcome is not None
    assert outcome.reason is Reason.REJECTED
    assert TOKEN not in str(outcome)


def test_notice_goes_to_one_channel() -> None:
    app = slack.Settings(token=Secret(TOKEN), channel=CHANNEL)

    assert slack.addressee(app, "") == CHANNEL
    assert slack.addressee(app, "G012345678") == "G012345678"
    for wrong in ("#town", "town", "C01 23456", "C0123456789\n"):
        with refusing("to must be an address such as"):
            slack.addressee(app, wrong)
    with refusing("no channel of its own"):
        slack.addressee(slack.Settings(token=Secret(TOKEN)), "")
    with refusing("to needs a token"):
        slack.addressee(slack.Settings(), CHANNEL)
