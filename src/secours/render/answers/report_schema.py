"""What the commands print as JSON, as JSON Schema. Additions keep `schema` at 1.

Source: JSON Schema draft 2020-12.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from secours.model.observed import Evidence, Verdict
from secours.model.plan import Purpose, Tier
from secours.model.snapshot import Link, State
from secours.model.statements import Declared

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NAMES: Schema = {"type": "array", "items": TEXT}
FLAG: Schema = {"type": "boolean"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
LENGTH_S: Schema = {"type": "number", "minimum": 0}
NUMBER_OR_NULL: Schema = {"type": ["number", "null"], "minimum": 0}
TIME: Schema = {"type": "string", "format": "date-time"}
TIME_OR_NULL: Schema = {"type": ["string", "null"], "format": "date-time"}
DAY_OR_NULL: Schema = {"type": ["string", "null"], "format": "date"}
LABELS: Schema = {"type": "object", "additionalProperties": TEXT}
ONE: Schema = {"const": 1}


def of(command: str) -> Schema:
    """Return the schema of what a command prints with `--format json`."""
    return _titled(command, COMMANDS[command]())


def derived(command: str, answer: type[msgspec.Struct]) -> Schema:
    """Return the same where a command's answer is a Struct."""
    _, parts = msgspec.json.schema_components((answer,), ref_template="#/$defs/{name}")
    whole = parts.pop(answer.__name__)
    del whole["title"]  # the name of our class
    return _titled(command, {**whole, "$defs": parts})


def _titled(command: str, schema: Schema) -> Schema:
    title = f"what `secours {command} --format json` prints"
    return {"$schema": DIALECT, "title": title, **schema}


def _object(**properties: Schema) -> Schema:
    """All of these are there, and more may come."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _distrusted() -> Schema:
    return _list(_object(channel=TEXT, by=TEXT_OR_NULL, why=TEXT, at=TIME_OR_NULL))


def _why() -> Schema:
    """Say what probably failed: all suspects, and for each group of failures."""
    group = _object(channels=NAMES, suspects=_list(NAMES), unexplained=NAMES)
    return {
        "suspects": _list(NAMES),
        "known_down": NAMES,
        "explanations": _list(group),
    }


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
    answer["properties"]["do_not_use"] = _distrusted()  # if any
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
    use["properties"] |= {  # where there is one
        "at_risk": TEXT,
        "declared_by": TEXT,
        "may_need": NAMES,
        "reason": TEXT,  # why it is not verified
        "detail": TEXT,
    }
    backup = _object(
        channel=TEXT,
        tier=_one_of(Tier),
        independent=FLAG,
        shares=NAMES,
        shares_later=NAMES,
    )
    skipped = _list(_object(channel=TEXT, shares=NAMES))
    backup["properties"] |= {"skipped": skipped}  # usable ones before it, if any
    line = _object(
        purpose=_one_of(Purpose),
        audience=TEXT,
        use={"anyOf": [use, {"type": "null"}]},
        still_usable=NAMES,
        backup={"anyOf": [backup, {"type": "null"}]},
        passed_over=_list(_object(channel=TEXT, reason=TEXT, detail=TEXT)),
        last_resort=TEXT,
    )
    line["properties"] |= {
        "unpinned": {"anyOf": [use, {"type": "null"}]},  # of a pin
        "next": _object(at=TIME, channel=TEXT_OR_NULL),  # where a change is foreseen
    }
    exercise = _object(
        fails=NAMES, by=TEXT, until=TIME_OR_NULL, recommendations=_list(line)
    )
    word = {"by": TEXT, "why": TEXT, "at": TIME, "until": TIME_OR_NULL}
    mark = _object(
        subject=TEXT, says=_one_of(Declared), since=TIME, to_confirm=FLAG, **word
    )
    pin = _object(line=TEXT, channel=TEXT, **word)
    answer = _object(
        schema=ONE,
        site=TEXT,
        at=TIME,
        age_s=NUMBER_OR_NULL,
        plan_version=TEXT,
        config_error=TEXT_OR_NULL,
        exercise={"anyOf": [exercise, {"type": "null"}]},
        own_link=_one_of(Link),
        paths=_list(_object(path=TEXT, state=_one_of(Link))),
        **_why(),
        recommendations=_list(line),
    )
    said = _object(
        purpose=_one_of(Purpose),
        audience=TEXT,
        exercise=FLAG,
        on=TEXT_OR_NULL,
        send_on=NAMES,
        read_on=NAMES,
        text=TEXT,
        length={"type": "integer", "minimum": 0},
        limit={"type": "integer"},
    )
    answer["properties"] |= {
        "do_not_use": _distrusted(),  # if any
        "marks": _list(mark),
        "pins": _list(pin),
        "words_lost": FLAG,  # where marks may be lost
        "announced": _list(
            _object(line=TEXT, channel=TEXT, on=NAMES, by=TEXT, at=TIME)
        ),
        "announcements": _list(said),  # with --announce
    }
    return answer


def _replay() -> Schema:
    amount: Schema = {"type": "number", "minimum": 0}
    moment = _object(
        minute=amount,
        recommendations=_recommend()["properties"]["recommendations"],
        **_why(),
    )
    moment["properties"]["do_not_use"] = _distrusted()  # if any
    score = _object(
        minutes_without_channel=amount,
        minutes_on_a_channel_down=amount,
        changes={"type": "integer", "minimum": 0},
    )
    return _object(schema=ONE, scenario=TEXT, timeline=_list(moment), score=score)


def _audit() -> Schema:
    pair = _object(
        first=TEXT, second=TEXT, channels=NAMES, shares=NAMES, shares_later=NAMES
    )
    count: Schema = {"type": "integer", "minimum": 0}
    line = _object(
        purpose=_one_of(Purpose),
        audience=TEXT,
        channels=NAMES,
        needs_unknown=NAMES,
        needs_none=NAMES,
        single_points=NAMES,
        single_points_later=_list(_object(component=TEXT, after_s=LENGTH_S)),
        cut_sets=_list(NAMES),
        cut_sets_with_channels=_list(NAMES),
        independent_ways=count,
        independent_channels=NAMES,
        independent_proven=FLAG,
        ways_by_providers=count,
        ways_by_access=count,
        ways_by_class={"type": "object", "additionalProperties": count},
        limited_by=NAMES,
        tiers=_list(pair),
        steps=_list(pair),
        lacking=_list(_object(channel=TEXT, lacks=TEXT)),
        traits_missing=NAMES,
        reaches=_list(_object(channel=TEXT, share=NUMBER_OR_NULL)),
    )
    test = _object(
        channel=TEXT,
        every_s=LENGTH_S,
        standing={"enum": ["never", "fresh", "due", "overdue", "unknown"]},
        tried_at=TIME_OR_NULL,
        worked={"type": ["boolean", "null"]},
        proposed=DAY_OR_NULL,
        national=DAY_OR_NULL,
    )
    promise = _object(
        channel=TEXT,
        confirm={"type": ["integer", "null"], "minimum": 1},
        switch_s=NUMBER_OR_NULL,
        slowest_s=NUMBER_OR_NULL,
        recover={"type": ["integer", "null"], "minimum": 1},
        back_after_s=LENGTH_S,
        own=FLAG,
    )
    alike = _object(components=NAMES, probe_at=TEXT_OR_NULL, parts=_list(NAMES))
    return _object(
        schema=ONE,
        site=TEXT,
        at=TIME,
        plan_version=TEXT,
        world={"const": "as designed"},
        lines=_list(line),
        indistinguishable=_list(alike),
        unseen=NAMES,
        tests=_list(test),
        weak_evidence=_list(_object(channel=TEXT, best=_one_of(Evidence))),
        not_daily=NAMES,
        daily_unknown=NAMES,
        uncontrolled=_list(_object(channel=TEXT, lacks=NAMES)),
        promises=_list(promise),
        outdated=NAMES,
        discontinued=NAMES,
        labels=LABELS,
    )


def _whatif() -> Schema:
    line = _recommend()["properties"]["recommendations"]["items"]
    line["properties"]["left"] = NAMES
    line["required"].append("left")
    falls = _list(_object(name=TEXT, after_s=LENGTH_S, because=TEXT_OR_NULL))
    step = _object(
        after_s=LENGTH_S, falls=falls, ending=NAMES, recommendations=_list(line)
    )
    answer = _object(
        schema=ONE,
        site=TEXT,
        plan_version=TEXT,
        fail=NAMES,
        at_s=NUMBER_OR_NULL,
        steps=_list(step),
        later=falls,
        labels=LABELS,
    )
    answer["properties"]["do_not_use"] = _distrusted()  # if an engine says so
    return answer


COMMANDS: dict[str, Callable[[], Schema]] = {
    "audit": _audit,
    "check": _check,
    "demo": _recommend,
    "recommend": _recommend,
    "replay": _replay,
    "status": _status,
    "whatif": _whatif,
}
