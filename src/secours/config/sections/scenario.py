"""Recorded outages: reads a file into a `Scenario`, or every mistake.

The package has some, and a plan to try them on. Source: the README of the recorded
outages, which fixes the format.
"""

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from secours.config import catalogue
from secours.config.reader import document
from secours.config.reader.document import LIMIT_BYTES, Scalar, Unreadable
from secours.config.reader.mistakes import (
    BadConfig,
    Remarks,
    TooMany,
    shown,
    suggestion,
)
from secours.config.reader.plain_file import NotPlain, open_plain
from secours.config.reader.secrets import Vault
from secours.config.reader.shapes import (
    NAME,
    Context,
    Record,
    Shape,
    Spot,
    Wrong,
    items,
    list_of,
    mapping_of,
    must_be,
    record,
    scalar_text,
)
from secours.config.reader.values import DURATION, ONE_LINE, TEXT, choice
from secours.message import Message, PlacedMessage, message, why
from secours.model.observed import Verdict
from secours.model.plan import Text
from secours.model.recording import Cause, Claim, Scenario, Turn
from secours.model.statements import Declared

FOLDER = Path(__file__).parents[2] / "outages"
REFERENCE = FOLDER / "reference.yaml"
AT_ONCE = re.compile(r"0+(\.0+)?(ms|s|m|h|d)")


def recordings() -> tuple[str, ...]:
    """Return the names of the package's recorded outages."""
    files = sorted(FOLDER.glob("*.yaml"))
    return tuple(file.stem for file in files if file != REFERENCE)


def load_scenario(name: str) -> Scenario:
    """Read a recorded outage of the package by name, or a file by path.

    Raises:
        BadConfig: unusable, with all `mistakes`.

    """
    known = recordings()
    file = str(FOLDER / f"{name}.yaml") if name in known else name
    notes = Remarks(file)
    context = Context(notes, Vault(Path(file).absolute().parent, os.environ))
    try:
        root = document.parse(_bytes(file, known))
        found = SCENARIO.read(Spot(root, "", context))
        marks = tuple(filter(None, map(_claim, found.get("marks", ()))))
        causes = tuple(filter(None, map(_cause, found.get("causes", ()))))
    except TooMany:
        raise BadConfig(notes.too_many()) from None
    except Unreadable as error:
        raise _bad(file, error.line, error.column, error.message) from None
    except Wrong as wrong:
        node = wrong.spot.node
        raise _bad(file, node.line, node.column, wrong.message) from None
    if notes.heard:
        raise BadConfig(notes.mistakes())
    return _scenario(found, marks, causes)


def _bytes(file: str, known: Iterable[str]) -> bytes:
    try:
        with open_plain(file) as stream:
            return stream.read(LIMIT_BYTES + 1)
    except FileNotFoundError:
        meant = suggestion(file, known)
        refused = message("plan.file.no-recording", meant=meant)
    except IsADirectoryError:
        refused = message("plan.file.folder")
    except NotPlain:
        refused = message("plan.file.not-plain")
    except OSError as error:
        refused = message("plan.file.unreadable", why=why(error))
    except ValueError as error:  # a zero byte in the name
        said = message("commands.os.said", said=str(error))
        refused = message("plan.file.unreadable", why=said)
    raise _bad(file, 1, 1, refused)


def _bad(file: str, line: int, column: int, said: Message) -> BadConfig:
    return BadConfig([PlacedMessage(file, line, column, "", said)])


# ------------------------------------------------------------------ its values


def _offset(spot: Spot) -> float:
    """Read the offset from the start; `0m` is the start itself."""
    node = spot.node
    if isinstance(node, Scalar) and AT_ONCE.fullmatch(node.text.strip()):
        return 0.0
    return float(DURATION.read(spot))


def _start(spot: Spot) -> datetime:
    text = scalar_text(spot)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise must_be(spot, "plan.a.moment-utc", shown(text)) from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC)


def _component(spot: Spot) -> str:
    text = scalar_text(spot, "plan.a.component")
    kind, _, name = text.partition(":")
    if not kind or not name:
        raise must_be(spot, "plan.a.component-such", shown(text))
    return text


def _turn(spot: Spot) -> Turn:
    pair = items(spot)
    if len(pair) != 2:
        wanted = message("plan.a.turn", example="[60m, failed]")
        raise must_be(spot, wanted, message("plan.found.list-of", n=len(pair)))
    return Turn(OFFSET.read(pair[0]), Verdict(VERDICT.read(pair[1])))


def _turns(spot: Spot) -> tuple[Turn, ...]:
    turns = list_of(TURN).read(spot)
    times = [turn.at_s for turn in turns]
    if times != sorted(set(times)):
        spot.note("plan.scenario.rise")
    return turns


OFFSET = Shape(_offset, {"type": "string"})
VERDICT = choice(*map(str, Verdict))
TURN = Shape(_turn, {"type": "array", "minItems": 2, "maxItems": 2})
COMPONENT = Shape(_component, {"type": "string"})
MARK = record(
    {
        "component": COMPONENT,
        "at": OFFSET,
        "state": choice(*map(str, Declared)),
        "since": OFFSET,
        "until": OFFSET,
    },
    ("component", "at", "state"),
)
CAUSE = record(
    {
        "component": COMPONENT,
        "from": OFFSET,
        "to": OFFSET,
        "state": choice(Verdict.FAILED.value, Verdict.DEGRADED.value),
    },
    ("component", "from", "to", "state"),
)
SCENARIO = record(
    {
        "scenario": NAME,
        "title": TEXT,
        "start": Shape(_start, {"type": "string"}),
        "duration": DURATION,
        "confidence": choice("high", "medium", "low"),
        "lesson": TEXT,
        "sources": list_of(ONE_LINE),
        "otherwise": VERDICT,
        "observe": mapping_of(Shape(_turns, {"type": "array"})),
        "marks": list_of(MARK),
        "causes": list_of(CAUSE),
    },
    ("scenario", "start", "duration", "observe"),
)


def _complete(found: Record, keys: Iterable[str]) -> bool:
    return all(key in found.values for key in keys)


def _claim(found: Record) -> Claim | None:
    if not _complete(found, ("component", "at", "state")):
        return None
    until_s = found.get("until")
    if until_s is not None and until_s <= found.get("at"):
        found.at("until").note("plan.scenario.until-after")
    since_s = found.get("since")
    if since_s is not None and since_s > found.get("at"):
        found.at("since").note("plan.scenario.since-after")
    return Claim(
        component=found.get("component"),
        at_s=found.get("at"),
        says=Declared(found.get("state")),
        since_s=since_s,
        until_s=until_s,
    )


def _cause(found: Record) -> Cause | None:
    if not _complete(found, ("component", "from", "to", "state")):
        return None
    if found.get("to") <= found.get("from"):
        found.at("to").note("plan.scenario.to-after")
    return Cause(
        component=found.get("component"),
        from_s=found.get("from"),
        to_s=found.get("to"),
        verdict=Verdict(found.get("state")),
    )


def _scenario(
    found: Record, marks: tuple[Claim, ...], causes: tuple[Cause, ...]
) -> Scenario:
    observe: Mapping[str, tuple[Turn, ...]] = found.get("observe", {})
    former = catalogue.load().former
    return Scenario(
        name=found.get("scenario").text,
        title=found.get("title", Text()),
        start=found.get("start"),
        duration_s=float(found.get("duration")),
        confidence=found.get("confidence", ""),
        lesson=found.get("lesson", Text()),
        sources=found.get("sources", ()),
        otherwise=Verdict(found.get("otherwise", Verdict.OK)),
        observe=observe,
        formerly={former[name]: name for name in observe if name in former},
        marks=marks,
        causes=causes,
    )
