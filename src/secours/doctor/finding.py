"""What a look at the machine comes to: one thing, how well it stands, what mends it."""

from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from secours.message import Message
from secours.model.plan import Config, Probe


class FindingLevel(StrEnum):
    """How well something stands."""

    FINE = "fine"
    REMARK = "remark"  # good to know, and nothing has to be done
    MEND = "mend"
    UNKNOWN = "unknown"  # it could not be looked at


class MachineFinding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at; the commands mend it, one after the other."""

    topic: str
    level: FindingLevel
    message: Message
    commands: tuple[str, ...] = ()


class Case(Struct, frozen=True, kw_only=True):
    """What to look at: the machine, for a plan if there is one."""

    data: Path  # where the history is to be
    address: str
    port: int
    config: Config | None = None
    lacking: tuple[tuple[str, str], ...] = ()  # probe types, and the extras they need
    ask_modems: bool = False
    secours: str = "secours"  # what to type for it

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Return the probes of the plan."""
        return tuple(self.config.probes()) if self.config else ()


def fine(topic: str, said: Message) -> MachineFinding:
    """Return that something is as it should be."""
    return MachineFinding(topic=topic, level=FindingLevel.FINE, message=said)


def remark(topic: str, said: Message, *commands: str) -> MachineFinding:
    """Return what is good to know."""
    return MachineFinding(
        topic=topic, level=FindingLevel.REMARK, message=said, commands=commands
    )


def mend(topic: str, said: Message, *commands: str) -> MachineFinding:
    """Return what has to be mended."""
    return MachineFinding(
        topic=topic, level=FindingLevel.MEND, message=said, commands=commands
    )
