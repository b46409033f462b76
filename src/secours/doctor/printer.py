"""Does the printer of the plan take the sheet, and is its folder there?"""

import asyncio
from collections.abc import Iterator

from secours.doctor.finding import Case, MachineFinding, fine, mend
from secours.engine.printing import kept_sheet, sheet_printer
from secours.message import message
from secours.model.snapshot import PaperTrouble
from secours.render.wording.trouble import PaperWords

LIMIT_S = 3.0


def look(case: Case) -> Iterator[MachineFinding]:
    """Ask the printer how it is, and look for the folder."""
    paper = case.config.paper if case.config else None
    if paper and paper.keep and (lack := kept_sheet.put(None, paper.keep, case.data)):
        yield _mend(PaperTrouble(where=paper.keep, outcome=lack))
    if paper is None or paper.printer is None:
        return
    trouble = asyncio.run(sheet_printer.examine(paper, within_s=LIMIT_S))
    well = message("commands.doctor.printer", host=paper.host)
    yield _mend(trouble) if trouble else fine("printer", well)


def _mend(trouble: PaperTrouble) -> MachineFinding:
    return mend("printer", message("commands.sheet.trouble", said=PaperWords(trouble)))
