"""Preview of the effect of a statement, before it is given.

The core of the engine applies the statement here too, to a copy of the engine's memory;
nothing of it is kept. Where the copy does not give the published answer, there is no
preview: a wrong promise is worse than none.
"""

from typing import NamedTuple

from secours import places, texts
from secours.core.events import Said, Ticked
from secours.core.memory import Memory
from secours.core.snapshot import take
from secours.core.step import step
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.source import plan
from secours.engine import clock
from secours.engine.control import statements
from secours.engine.control.requests import RequestRefused
from secours.engine.store import saved_memory
from secours.model.observed import Instant
from secours.model.plan import Config
from secours.model.requests import StatementRequest
from secours.model.snapshot import Backup, Snapshot
from secours.render.answers.values import fresh
from secours.render.wording.localizer import Localizer


class Preview(NamedTuple):
    """The answer before a statement, and after."""

    before: Snapshot
    after: Snapshot


def foresee(request: StatementRequest, localizer: Localizer) -> Preview | None:
    """Return the effect of a signed statement, None if unknown, or raise NotDone."""
    shown, config = localizer.snapshot, plan()
    if config is None or config.version != shown.plan_version:
        return None
    alive = shown.boot_id == clock.boot_id() and fresh(shown, localizer.screen_age_s)
    now = clock.now()
    memory = _remembered(now) if alive else None
    if memory is None:
        return None
    try:
        word = statements.word(request, config, memory.words, now)
    except RequestRefused as refused:
        words = texts.in_words(localizer.language, refused.message)
        raise NotDone(words) from None
    before = _shot(config, step(config, memory, Ticked(at=now)), now)
    if _answers(before) != _answers(shown):
        return None
    after = step(config, memory, Said(word=word, at=now))
    return Preview(before, _shot(config, after, now))


def _remembered(now: Instant) -> Memory | None:
    try:
        folder = places.runtime_dir()
    except places.NoPlace:
        return None
    return saved_memory.recall(folder, places.data_dir(), clock.boot_id(), now)


def _shot(config: Config, memory: Memory, now: Instant) -> Snapshot:
    return take(config, memory, at=now, boot_id=clock.boot_id(), started=now)


def _answers(shot: Snapshot) -> list[tuple[str | None, Backup | None]]:
    """Return the channel in use and the backup of each line."""
    return [
        (line.use.channel if line.use else None, line.backup)
        for line in shot.recommendations
    ]
