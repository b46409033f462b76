"""Findings on the machine: subject, level, and remedies."""

from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from secours.message import Message
from secours.model.plan import Config
from secours.model.sections.channel import Probe


class FindingLevel(StrEnum):
    """Level of a finding."""

    FINE = "fine"
    REMARK = "remark"  # good to know, no action needed
    MEND = "mend"
    UNKNOWN = "unknown"  # not examined


class MachineFinding(Struct, frozen=True, kw_only=True):
    """Finding on one subject; its commands are run one after the other."""

    topic: str
    level: FindingLevel
    message: Message
    commands: tuple[str, ...] = ()


class Case(Struct, frozen=True, kw_only=True):
    """Subject of an examination: the machine, and any plan."""

    data: Path  # of the history
    address: str
    port: int
    config: Config | None = None
    lacking: tuple[tuple[str, str], ...] = ()  # probe types, and the extras they need
    ask_modems: bool = False
    secours: str = "secours"  # its command

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Return the probes of the plan."""
        return tuple(self.config.probes()) if self.config else ()


def fine(topic: str, said: Message) -> MachineFinding:
    """Return that something is right."""
    return MachineFinding(topic=topic, level=FindingLevel.FINE, message=said)


def remark(topic: str, said: Message, *commands: str) -> MachineFinding:
    """Return what is good to know."""
    return MachineFinding(
        topic=topic, level=FindingLevel.REMARK, message=said, commands=commands
    )


def mend(topic: str, said: Message, *commands: str) -> MachineFinding:
    """Return a fault to be mended."""
    return MachineFinding(
        topic=topic, level=FindingLevel.MEND, message=said, commands=commands
    )
