"""Recorded outages: reads a file into a `Scenario`, or every mistake.

The package has some, and a plan to try them on. Source: the README of the recorded
outages, which fixes the format.
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from secours.config import catalogue
from secours.config.reader.document import Scalar
from secours.config.reader.mistakes import suggestion
from secours.config.reader.one_file import content, read_document
from secours.config.reader.secrets import Vault
from secours.config.reader.shapes import (
    NAME,
    Record,
    Shape,
    Spot,
    items,
    list_of,
    mapping_of,
    must_be,
    record,
    seen,
)
from secours.config.reader.values import DURATION, ONE_LINE, TEXT, checked, choice
from secours.config.sections.fields import filled, one_of
from secours.message import Message, message
from secours.model.observed import Verdict
from secours.model.recording import Cause, Claim, Scenario, Turn
from secours.model.statements import Declared

FOLDER = Path(__file__).parents[2] / "outages"
REFERENCE = FOLDER / "reference.yaml"
YEARS = range(1900, 3000)  # of a start
LONGEST_S = 36500 * 86400.0  # so that no moment of it is beyond the calendar
AT_ONCE = re.compile(r"0+(\.0+)?(ms|s|m|h|d)")


def recordings() -> tuple[str, ...]:
    """Return the names of the package's recorded outages."""
    files = sorted(FOLDER.glob("*.yaml"))
    return tuple(file.stem for file in files if file != REFERENCE)


def load_scenario(name: str) -> Scenario:
    """Read a recorded outage of the package by name, or a file, or raise BadConfig."""
    names = recordings()
    file = str(FOLDER / f"{name}.yaml") if name in names else name

    def missing() -> Message:
        return message("plan.file.no-recording", meant=suggestion(file, names))

    raw, _ = content(file, missing)
    vault = Vault(Path(file).absolute().parent, os.environ)
    scenario = read_document(raw, file, vault, _scenario)
    assert scenario
    return scenario


def _lasting(spot: Spot) -> float:
    length_s = DURATION.read(spot)
    if length_s > LONGEST_S:
        raise must_be(spot, "plan.a.duration", seen(spot.node))
    return length_s


def _offset(spot: Spot) -> float:
    """Read the offset from the start; `0m` is the start itself."""
    node = spot.node
    if isinstance(node, Scalar) and AT_ONCE.fullmatch(node.text.strip()):
        return 0.0
    return _lasting(spot)


def _start(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.year not in YEARS:
        raise ValueError
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC)


def _component(text: str) -> str:
    if not all(text.partition(":")):
        raise ValueError
    return text


def _turn(spot: Spot) -> Turn:
    pair = items(spot)
    if len(pair) != 2:
        wanted = message("plan.a.turn", example="[60m, failed]")
        raise must_be(spot, wanted, message("plan.found.list-of", n=len(pair)))
    return Turn(OFFSET.read(pair[0]), VERDICT.read(pair[1]))


def _turns(spot: Spot) -> tuple[Turn, ...]:
    turns = list_of(TURN).read(spot)
    times = [turn.at_s for turn in turns]
    if times != sorted(set(times)):
        spot.note("plan.scenario.rise")
    return turns


OFFSET = Shape(_offset, {"type": "string"})
VERDICT = one_of(Verdict)
TURN = Shape(_turn, {"type": "array", "minItems": 2, "maxItems": 2})
COMPONENT = checked(_component, "plan.a.component-such")
MARK = record(
    {
        "component": COMPONENT,
        "at": OFFSET,
        "state": one_of(Declared),
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
        "start": checked(_start, "plan.a.moment-utc"),
        "duration": Shape(_lasting, DURATION.schema),
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


def _claim(part: Record) -> Claim | None:
    if not part.values.keys() >= {"component", "at", "state"}:
        return None
    until_s, since_s = part.get("until"), part.get("since")
    if until_s is not None and until_s <= part.get("at"):
        part.at("until").note("plan.scenario.until-after")
    if since_s is not None and since_s > part.get("at"):
        part.at("since").note("plan.scenario.since-after")
    return filled(part, Claim, says=part.get("state"))


def _cause(part: Record) -> Cause | None:
    if not part.values.keys() >= {"component", "from", "to", "state"}:
        return None
    if part.get("to") <= part.get("from"):
        part.at("to").note("plan.scenario.to-after")
    return filled(part, Cause, verdict=Verdict(part.get("state")))


def _scenario(spot: Spot) -> Scenario | None:
    """Make the recorded outage, None if there is a mistake in it."""
    root = SCENARIO.read(spot)
    marks = tuple(filter(None, map(_claim, root.get("marks", ()))))
    causes = tuple(filter(None, map(_cause, root.get("causes", ()))))
    if spot.context.notes.count:
        return None
    former = catalogue.load().former
    observe: Mapping[str, tuple[Turn, ...]] = root.get("observe", {})
    return filled(
        root,
        Scenario,
        name=root.get("scenario").text,
        start=root.get("start"),
        duration_s=root.get("duration"),
        formerly={former[name]: name for name in observe if name in former},
        marks=marks,
        causes=causes,
    )
