"""The town and its people: the stage of a story."""

from collections.abc import Awaitable, Callable

from secours.demo import labels
from secours.demo.town import Town

Request = dict[str, str]
Tell = Callable[[Request], Awaitable[None]]


class EngineStage:
    """Stage that acts on a town, and sends statements to its engine."""

    def __init__(self, town: Town, tell: Tell, language: str) -> None:
        """Speak in a language, by `tell`."""
        self._town = town
        self._tell = tell
        self._by = labels.INTRUDER_BY[language]
        self._why = labels.INTRUDER_WHY[language]
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
        word = {"do": "mark", "subject": name, "says": "distrusted"}
        await self._tell({**word, "by": self._by, "why": self._why})

    async def trust(self, name: str) -> None:
        """Withdraw that, if given."""
        if name in self._distrusted:
            self._distrusted.discard(name)
            await self._tell({"do": "unmark", "subject": name, "by": self._by})
