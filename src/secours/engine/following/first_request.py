"""Request to the first for its state, accepted only with its seal."""

import asyncio
import hmac
import math
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec
from msgspec.structs import replace

from secours.core.memory import Memory
from secours.engine import clock, state_file
from secours.engine.following import report
from secours.engine.following.first import PATH, First
from secours.engine.following.report import Report, ReportHead
from secours.engine.orders.ledger import Ledger
from secours.engine.state_file import decoded, encoded
from secours.model import our_clock
from secours.model.observed import Facts, Instant, Reason
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.model.sections.channel import Probe
from secours.model.snapshot import Snapshot
from secours.outside_text import plain
from secours.run import failures
from secours.run.tidy import without_secrets
from secours.wire.progress import heed_cancellation

if TYPE_CHECKING:
    from secours.wire.http.client import HttpResponse

LIMIT_S = 4.0
MOST_BYTES = 16 << 20
LONGEST_NAME = 60
SILENT = "silent"  # it answers, and has nothing fresh
OK, MOVED, ERRORS = 200, range(300, 400), range(400, 600)
PROBLEMS = {401: "token", 403: "token", 404: "no-standby", 503: SILENT}


class Unheard(Exception):
    """The first did not answer, or its answer is not acceptable."""

    def __init__(
        self, problem: str, reason: Reason = Reason.NONE, facts: Facts | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.reason = reason
        self.facts = facts or {}


class FirstState(msgspec.Struct, frozen=True, kw_only=True):
    """State of the first, on our clock."""

    name: str
    at: Instant  # its time, on both clocks of this machine
    shot: Snapshot
    memory: Memory  # what people said, and what was in use
    said: bytes  # as received, to compare it with the next one
    orders: Ledger = Ledger()  # orders of the province that it has taken

    @property
    def has_our_clock(self) -> bool:
        """Tell whether its dates mean the same as ours to a reader."""
        apart = self.shot.at.utc - self.at.utc
        return abs(apart.total_seconds()) < clock.DOUBTED_FROM_S


async def ask(first: First, instance: str, now: Callable[[], Instant]) -> FirstState:
    """Ask once, under this name of the standby.

    The age is that in the answer and all the time since the question.

    Raises:
        Unheard: no acceptable answer came.
    """
    asked_at = now()
    body = await _answer(first, instance)
    answer = _read(body)
    if not 0 <= answer.age_s < math.inf or not state_file.is_sound(answer):
        raise Unheard("senseless")
    came = now()
    begun_s = asked_at.steady_s - answer.age_s
    by_s = begun_s - answer.snapshot.at.steady_s
    shot = our_clock.shifted(answer.snapshot, by_s)
    memory = our_clock.shifted(answer.said.memory, by_s)
    return FirstState(
        name=plain(answer.name, LONGEST_NAME) or first.host,
        at=came.at_steady(begun_s),
        shot=replace(shot, boot_id=clock.boot_id()),
        memory=replace(memory, at=came),
        orders=answer.orders,
        said=encoded(replace(answer.said.memory, at=None)),
    )


def believed(state: FirstState, config: Config, instance: str) -> FirstState:
    """Return the state; raise Unheard unless it is of our site, and not our own."""
    standby = state.shot.standby
    if standby is not None and standby.instance == instance:
        raise Unheard("itself")
    if state.shot.site.name != config.site.name:
        name = state.shot.site.name.in_(config.site.language)
        raise Unheard("other-site", facts={"what": plain(name)})
    return state


async def _answer(first: First, instance: str) -> bytes:
    """Return the body of an answer with a valid seal, or raise Unheard."""
    from secours.wire.http.client import ask as sent  # dear to import

    nonce = secrets.token_urlsafe(24)
    url = f"{first.url}{PATH}?{urlencode({report.NONCE: nonce})}"
    headers = {"Authorization": f"Bearer {first.token}", "Cache-Control": "no-store"}
    try:
        async with asyncio.timeout(LIMIT_S):
            answer = await sent(
                "GET", url, headers=headers, ca=first.ca, max_bytes=MOST_BYTES
            )
    except (Stop, OSError, EOFError) as error:
        heed_cancellation()
        outcome = failures.interpret(_AS_PROBE, error)
        outcome = without_secrets(outcome, None, {first.token}, frozenset())
        raise Unheard("unheard", outcome.reason, outcome.facts) from None
    _refuse(answer, instance)
    if answer.cut:
        raise Unheard("too-long")
    given = answer.headers.get(report.SEAL.lower(), "")
    wanted = report.seal(first.token, nonce, answer.body)
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Unheard("not-first")
    return answer.body


def _refuse(answer: "HttpResponse", instance: str) -> None:
    """Raise Unheard for an answer that is no report."""
    if answer.status in MOVED:
        raise Unheard("redirect")
    if answer.status == report.CONFLICT:
        told = answer.json_or_none()
        itself = isinstance(told, dict) and told.get(report.INSTANCE) == instance
        raise Unheard("itself" if itself else "follows")
    if answer.status != OK:
        usual = "status" if answer.status in ERRORS else "not-first"
        problem = PROBLEMS.get(answer.status, usual)
        raise Unheard(problem, facts={"code": answer.status})


def _read(body: bytes) -> Report:
    try:
        if decoded(body, ReportHead).schema != report.SCHEMA:
            raise Unheard("other-version")
        told: Report = decoded(body, Report)
    except msgspec.MsgspecError:
        raise Unheard("other-version") from None
    return told


_AS_PROBE = Probe(
    id="standby/first",
    owner="standby",
    name="first",
    type="http",
    settings=None,
    timeout_s=LIMIT_S,
)
