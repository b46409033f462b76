"""Print the sheet on the occasions of the plan, in a task of its own.

The printer is also asked how it is while nothing is due, so that people hear of an
empty tray before the sheet is needed. A sheet waits until what fell with its event is
seen, as nobody corrects paper. What it cannot print now is due until its event is over,
and is printed with the state of the minute in which it can.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from secours.core.notices import paper as occasions
from secours.core.notices.paper import PaperMemory
from secours.engine import clock, state_file
from secours.engine.store.durable_files import Files
from secours.engine.store.reader import ENGINE
from secours.engine.store.store import Store
from secours.model.observed import Instant, Outcome
from secours.model.paper.settings import Occasion, Printing
from secours.model.plan import Config
from secours.model.runs import Stop
from secours.model.secret import SecretMissing
from secours.model.snapshot import PaperTrouble, Snapshot
from secours.render.wording.journal import PRINTED
from secours.render.wording.localizer import zone
from secours.run.failures import outcome_of
from secours.wire.http import ipp
from secours.wire.http.ipp import PrinterState

log = logging.getLogger(__name__)

NAME = "paper.json"
LOOK_EVERY_S, AGAIN_S = 300.0, 30.0  # while all is well, and while it is not
FOLLOW_EVERY_S, FOLLOW_S = 2.0, 600.0  # a sheet that the printer has taken
LOOKS = 5  # at one that somebody waits for
LOST = (Stop, OSError, EOFError, SecretMissing)


class SheetPrinter:
    """Printer of the plan in force, if it has one."""

    def __init__(
        self, now: Callable[[], Instant], store: Store, publish_in: Path, files: Files
    ) -> None:
        self.trouble: PaperTrouble | None = None
        self._now, self._store, self._files = now, store, files
        self._beside = publish_in / NAME
        paths = (self._beside, store.folder / NAME)
        kept = (state_file.read(p.read_bytes, PaperMemory, log.error) for p in paths)
        newest = max(filter(None, kept), key=lambda each: each.edition, default=None)
        newest = newest or PaperMemory()
        self._memory = occasions.resumed(newest, clock.boot_id(), now())
        self._task: asyncio.Task[None] | None = None
        self._paper: Printing | None = None
        self._tried: tuple[Occasion, ...] = ()
        self._followed: tuple[Occasion, ...] = ()  # of the sheet that is not out yet
        self._held: int | None = None  # its job, when that has lasted too long
        self._was_away = False  # the printer, since it took that sheet
        self._next_s = 0.0
        self._broken = False  # and the log knows

    def stamped(self, config: Config, shot: Snapshot) -> None:
        """Look for occasions in the newest snapshot, and print if due."""
        try:
            self._look(config, shot)
        except Exception:  # whatever it is, probes are run and screens are fed
            if not self._broken:
                log.exception("no sheet is printed: a defect of Secours")
            self._broken = True

    async def stop(self) -> None:
        """Stop following a sheet."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _look(self, config: Config, shot: Snapshot) -> None:
        paper = config.paper
        if paper != self._paper:
            self._paper, self.trouble, self._next_s = paper, None, 0.0
            self._leave()
        if paper is None or paper.printer is None:
            return
        local = shot.at.utc.astimezone(zone(shot.site.timezone))
        self._remember(occasions.looked(self._memory, paper, config, shot, local))
        if self._task and not self._task.done():
            return
        pending = self._memory.due
        if pending and pending != self._tried:
            seen_s = shot.at.steady_s + occasions.unseen_s(config)
            self._next_s = min(self._next_s, seen_s) if self._tried else seen_s
        self._tried = pending
        if shot.at.steady_s >= self._next_s:
            due = pending if occasions.may_print(self._memory, shot.at) else ()
            self._task = asyncio.create_task(self._visit(paper, shot, due))

    def _leave(self) -> None:
        """Leave the printer of an earlier plan: what it holds is due again."""
        if self._task:
            self._task.cancel()
        self._print_again()

    def _print_again(self) -> None:
        """Have the sheet that is not out due again."""
        self._remember(occasions.again(self._memory, self._followed))
        self._followed, self._held = (), None

    async def _visit(
        self, paper: Printing, shot: Snapshot, due: tuple[Occasion, ...]
    ) -> None:
        """Ask the printer how it is, and print what is due."""
        try:
            state = await ipp.printer_state(paper)
            waits = not due and set(self._memory.due) & set(occasions.EVENTS)
            held = ipp.NOT_OUT if await self._is_held(paper) else None
            self._tell(paper, state.trouble or held or (ipp.ENOUGH if waits else None))
            if due and state.prints:
                sheet = await asyncio.to_thread(document, paper, shot, state, due)
                job = await self._hand_over(paper, state, sheet)
                self._remember(occasions.printed(self._memory, due))
                self._store.note(self._now().utc, ENGINE, PRINTED, ",".join(due))
                await self._follow(paper, job, due)
        except LOST as error:
            if isinstance(error, ipp.GaveUp):
                self._print_again()
            self._was_away = True
            self._tell(paper, outcome_of(error))
        except Exception:  # in what a printer said
            log.exception("no sheet is printed: a defect of Secours")
        after_s = AGAIN_S if self.trouble else LOOK_EVERY_S
        self._next_s = self._now().steady_s + after_s

    async def _hand_over(
        self, paper: Printing, state: PrinterState, sheet: bytes
    ) -> int:
        """Hand a sheet over, which counts unless it is refused: it may come out."""
        before = self._memory
        self._remember(occasions.counted(before, self._now()))
        try:
            return await ipp.print_document(paper, state, sheet)
        except ipp.JobRefused:
            self._remember(replace(self._memory, sheets=before.sheets))
            raise

    async def _follow(
        self, paper: Printing, job: int, due: tuple[Occasion, ...]
    ) -> None:
        """Follow a sheet until it is out, as long as it is given."""
        self._followed, self._held, self._was_away = due, None, False
        ends_s = self._now().steady_s + FOLLOW_S
        while self._now().steady_s < ends_s:
            try:
                over = await ipp.job_is_over(paper, job, was_away=self._was_away)
                self._tell(paper, (await ipp.printer_state(paper)).trouble)
            except ipp.GaveUp:
                raise
            except LOST as error:
                self._was_away = True
                self._tell(paper, outcome_of(error))
            else:
                if over:
                    self._followed = ()
                    return
            await asyncio.sleep(FOLLOW_EVERY_S)
        self._held = job
        self._tell(paper, ipp.NOT_OUT)

    async def _is_held(self, paper: Printing) -> bool:
        """Return whether the printer still keeps a sheet for too long.

        One of which it tells nothing is not waited for.
        """
        held, away = self._held, self._was_away
        with suppress(ipp.JobRefused):
            if held and not await ipp.job_is_over(paper, held, was_away=away):
                return True
        self._followed, self._held = (), None
        return False

    def _tell(self, paper: Printing, outcome: Outcome | None) -> None:
        """Show a trouble, or that there is none; the log has what changes."""
        before, self.trouble = self.trouble, trouble(paper, outcome)
        if self.trouble != before:
            now = outcome.reason if outcome else "well again"
            log.warning("printer %s: %s", paper.host, now)

    def _remember(self, memory: PaperMemory) -> None:
        if memory == self._memory:
            return
        self._memory = replace(memory, edition=memory.edition + 1)
        text = state_file.encoded(self._memory)
        self._files.keep(NAME, text)
        with suppress(OSError):  # where the snapshot is refused too, which is logged
            state_file.replace(self._beside, text)


def document(
    paper: Printing,
    shot: Snapshot,
    state: PrinterState | None = None,
    on: Iterable[str] = (),
    *,
    states: bool = True,
) -> bytes:
    """Write the sheet as a printer takes it, else as PDF."""
    from secours.render.paper import pdf  # few plans print

    language = shot.site.language
    rows = pdf.sheet_rows(shot, language, states=states, how=paper.how, occasions=on)
    if state and state.format == ipp.TEXT:
        return "\r\n".join((*rows, "\f")).encode()
    return pdf.sheet_pdf(rows, shot, language)


async def examine(
    paper: Printing,
    shot: Snapshot | None = None,
    *,
    states: bool = True,
    within_s: float = 60.0,
) -> PaperTrouble | None:
    """Return what ails a printer, once it has a sheet if there is one to print."""
    try:
        async with asyncio.timeout(within_s):
            state = await ipp.printer_state(paper)
            if shot:
                sheet = document(paper, shot, state, states=states)
                job = await ipp.print_document(paper, state, sheet)
                for _ in range(LOOKS):
                    if await ipp.job_is_over(paper, job):
                        break
                    await asyncio.sleep(FOLLOW_EVERY_S)
                state = await ipp.printer_state(paper)
    except LOST as error:
        return trouble(paper, outcome_of(error))
    return trouble(paper, state.trouble)


def trouble(paper: Printing, outcome: Outcome | None) -> PaperTrouble | None:
    """Return what an outcome says of a printer."""
    return PaperTrouble(where=paper.host, outcome=outcome) if outcome else None
