"""Regular questions to the first, and the time since it was heard.

Silence does not tell why: it may be dead, or our own link cut. Time in which we did not
ask, as we slept or were not there, does not count.
"""

import asyncio
import logging
from collections.abc import Callable

from secours import texts
from secours.engine.following import first_request
from secours.engine.following.first import First
from secours.engine.following.first_request import FirstState, Unheard
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.render import standby

log = logging.getLogger(__name__)

EVERY_S = 2.0
ASLEEP_S = 15.0  # more than one question may take, and the pause after it
NOTHING_WRONG = Unheard("")
NOT_YET = Unheard("yet")


class FirstMonitor:
    """Knowledge of the first."""

    def __init__(
        self,
        first: First,
        instance: str,
        plan: Callable[[], Config],
        now: Callable[[], Instant],
    ) -> None:
        """Start; an answer must be of the site of the plan in force by then."""
        self.first = first
        self.latest: FirstState | None = None  # that is believed
        self.wrong = NOT_YET  # with the latest answer
        self.since = self._asked = now()  # when we began to listen
        self._instance = instance
        self._plan = plan
        self._now = now

    def silent_s(self, now: Instant) -> float:
        """Return for how long the first was silent, while we asked."""
        began_s = self.since.steady_s
        if self.latest is not None:
            began_s = max(began_s, self.latest.at.steady_s)
        return now.steady_s - began_s

    def is_heard(self, now: Instant) -> bool:
        """Tell whether the newest state of the first is fresh."""
        limit_s = self._plan().screen.max_age_s
        return self.latest is not None and now.since(self.latest.at) <= limit_s

    def answers(self) -> bool:
        """Tell whether the latest answer was accepted, and is fresh."""
        return not self.wrong.problem and self.is_heard(self._now())

    async def go_on(self, on_answer: Callable[[], None]) -> None:
        """Ask until cancelled; call `on_answer` after each answer, whatever it is."""
        while True:
            await self.ask_once()
            try:
                on_answer()
            except Exception:  # whatever came, we go on to listen
                log.exception("what was heard is not taken in: a defect of Secours")
            await asyncio.sleep(EVERY_S)

    async def ask_once(self) -> None:
        """Ask once, and keep a newer state."""
        self._note_sleep()
        before = self.wrong
        try:
            came = await first_request.ask(self.first, self._instance, self._now)
            self.latest = first_request.believed(came, self._plan(), self._instance)
        except Unheard as wrong:
            self.wrong = wrong
        except Exception:  # whatever came, we go on to listen
            log.exception("what the first said cannot be read: a defect of Secours")
            self.wrong = Unheard("senseless")
        else:
            self.wrong = NOTHING_WRONG
        self._note_sleep()
        if self.wrong.problem != before.problem:
            self._log()

    def _note_sleep(self) -> None:
        """Listen anew after a time in which nobody can have asked."""
        now = self._now()
        if now.since(self._asked) > ASLEEP_S:
            self.since = now
        self._asked = now

    def _log(self) -> None:
        """Log, in the language of the plan, whether the first is heard."""
        language, host = self._plan().site.language, self.first.host
        wrong = self.wrong
        if wrong.problem:
            about = wrong.problem, wrong.reason, wrong.facts
            log.warning("%s", standby.not_heard(host, *about, language))
        else:
            log.info("%s", texts.say(language, "entry.standby-heard", what=host))
