"""Tests by people, and the state of a channel after them."""

from plans import moment

from secours.core.events import Said
from secours.core.memory import Memory
from secours.model.observed import Reason
from secours.model.snapshot import State
from secours.model.statements import Trial, Word


def say(word: Word, second: float) -> Said:
    return Said(word=word, at=moment(second))


def worked(name: str, second: float) -> Said:
    at = moment(second)
    return say(Trial(channel=name, worked=True, by="Bob", at=at), second)


def state(memory: Memory, name: str) -> tuple[State, Reason]:
    standing = memory.channels[name]
    return standing.state, standing.reason
