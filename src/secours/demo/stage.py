"""The town and its people: the stage of a story."""

from collections.abc import Awaitable, Callable

from secours.demo.labels import LABELS
from secours.demo.town import Town
from secours.model.requests import EngineRequest, MarkRequest, UnmarkRequest
from secours.model.statements import Declared

Tell = Callable[[EngineRequest], Awaitable[None]]


class EngineStage:
    """Stage that acts on a town, and sends statements to its engine."""

    def __init__(self, town: Town, tell: Tell, language: str) -> None:
        """Speak in a language, by `tell`."""
        self._town = town
        self._tell = tell
        self._by = LABELS["intruder.by"][language]
        self._why = LABELS["intruder.why"][language]
        self._distrusted: set[str] = set()

    async def break_(self, name: str) -> None:
        """Break something."""
        await self._town.break_(name)

    async def heal(self, name: str) -> None:
        """Heal something, or `all`."""
        await self._town.heal(name)

    async def distrust(self, name: str) -> None:
        """Report that an intruder reads a channel."""
        self._distrusted.add(name)
        word = MarkRequest(
            subject=name, says=Declared.DISTRUSTED, by=self._by, why=self._why
        )
        await self._tell(word)

    async def trust(self, name: str) -> None:
        """Withdraw that, if given."""
        if name in self._distrusted:
            self._distrusted.discard(name)
            await self._tell(UnmarkRequest(subject=name, by=self._by))
