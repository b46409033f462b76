"""What the commands print as JSON, as JSON Schema. Additions keep `schema` at 1.

Source: JSON Schema draft 2020-12.
"""

from collections.abc import Callable
from typing import Any

from secours.model import Evidence, Link, Purpose, State, Tier, Verdict

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NAMES: Schema = {"type": "array", "items": TEXT}
FLAG: Schema = {"type": "boolean"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
NUMBER_OR_NULL: Schema = {"type": ["number", "null"], "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time"}
TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
ONE: Schema = {"const": 1}


def of(command: str) -> Schema:
    """Return the schema of what a command prints with `--format json`."""
    title = f"what `secours {command} --format json` prints"
    return {"$schema": DIALECT, "title": title, **COMMANDS[command]()}


def _object(**properties: Schema) -> Schema:
    """All of these are there, and more may come."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _one_of(words: type[Any]) -> Schema:
    return {"enum": [word.value for word in words]}


def _entry(kind: str, **more: Schema) -> Schema:
    probe = _object(
        probe=TEXT,
        type=TEXT,
        path=TEXT_OR_NULL,
        outcome=_one_of(Verdict),
        evidence=_one_of(Evidence),
        latency_ms=NUMBER_OR_NULL,
        reason=TEXT,
        detail=TEXT,
    )
    return _object(
        **{kind: TEXT},
        state=_one_of(State),
        warnings=NAMES,
        evidence=_one_of(Evidence),
        reason=TEXT,
        detail=TEXT,
        probes=_list(probe),
        **more,
    )


def _check(**more: Schema) -> Schema:
    return _object(
        schema=ONE,
        site=TEXT,
        at=TIME,
        state=_one_of(State),
        channels=_list(_entry("channel", **more)),
        components=_list(_entry("component", **more)),
    )


def _status() -> Schema:
    answer = _check(since=TIME_OR_NULL, evidence_age_s=NUMBER_OR_NULL)
    answer["properties"] |= {"age_s": NUMBER_OR_NULL, "stale": FLAG}
    answer["required"] += ["age_s", "stale"]
    return answer


def _recommend() -> Schema:
    use = _object(
        channel=TEXT,
        label=TEXT,
        how=TEXT,
        tier=_one_of(Tier),
        state=_one_of(State),
        verified=FLAG,
        pinned=FLAG,
        presumed=TEXT_OR_NULL,
        until=TIME_OR_NULL,
        evidence=_one_of(Evidence),
        evidence_age_s=NUMBER_OR_NULL,
    )
    backup = _object(
        channel=TEXT,
        tier=_one_of(Tier),
        independent=FLAG,
        shares=NAMES,
        shares_later=NAMES,
    )
    line = _object(
        purpose=_one_of(Purpose),
        audience=TEXT,
        use={"anyOf": [use, {"type": "null"}]},
        still_usable=NAMES,
        backup={"anyOf": [backup, {"type": "null"}]},
        passed_over=_list(_object(channel=TEXT, reason=TEXT, detail=TEXT)),
        last_resort=TEXT,
    )
    return _object(
        schema=ONE,
        site=TEXT,
        at=TIME,
        age_s=NUMBER_OR_NULL,
        plan_version=TEXT,
        config_error=TEXT_OR_NULL,
        exercise={"type": ["object", "null"]},
        own_link=_one_of(Link),
        paths=_list(_object(path=TEXT, state=_one_of(Link))),
        suspects=_list(NAMES),
        recommendations=_list(line),
    )


def _validate() -> Schema:
    place: Schema = {"type": "integer", "minimum": 0}
    mistake = _object(file=TEXT, line=place, column=place, where=TEXT, message=TEXT)
    return _object(
        schema=ONE, file=TEXT, valid=FLAG, mistakes=_list(mistake), warnings=NAMES
    )


def _probes() -> Schema:
    each = _object(
        type=TEXT,
        about=TEXT,
        best=_one_of(Evidence),
        missing=TEXT_OR_NULL,
        options=_list(_object(name=TEXT, wanted=TEXT, default=TEXT)),
    )
    return _object(schema=ONE, probes=_list(each))


def _journal() -> Schema:
    entry = _object(
        at=TIME,
        by=TEXT,
        kind=TEXT,
        text=TEXT,
        subject=TEXT_OR_NULL,
        name=TEXT_OR_NULL,
        before=TEXT_OR_NULL,
        after=TEXT_OR_NULL,
        reason=TEXT_OR_NULL,
    )
    return _object(schema=ONE, entries=_list(entry))


COMMANDS: dict[str, Callable[[], Schema]] = {
    "check": _check,
    "demo": _recommend,
    "journal": _journal,
    "probes": _probes,
    "recommend": _recommend,
    "status": _status,
    "validate": _validate,
}
