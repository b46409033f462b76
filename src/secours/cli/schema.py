"""Print the JSON Schema of probes.yaml, or of what a command prints as JSON.

Source: JSON Schema draft 2020-12.
"""

import argparse
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from secours import texts
from secours.cli import printing
from secours.cli.doctor import DoctorAnswer
from secours.cli.kinds import KindsAnswer
from secours.cli.probes import ProbesAnswer
from secours.cli.validate import ValidateAnswer
from secours.config import catalogue
from secours.render.answers.audit import AuditAnswer
from secours.render.answers.check import CheckAnswer
from secours.render.answers.journal import JournalAnswer
from secours.render.answers.notify import NotifyAnswer
from secours.render.answers.recommend import RecommendAnswer
from secours.render.answers.replay import ReplayAnswer
from secours.render.answers.report import ReportAnswer
from secours.render.answers.self_check import SelfCheckAnswer
from secours.render.answers.sites.answer import SitesAnswer
from secours.render.answers.sites.sites_replay import SitesReplayAnswer
from secours.render.answers.status import StatusAnswer
from secours.render.answers.watch import WatchAnswer
from secours.render.answers.whatif import WhatifAnswer

DIALECT = "https://json-schema.org/draft/2020-12/schema"

ANSWERS: Mapping[str, type[msgspec.Struct]] = {
    "audit": AuditAnswer,
    "check": CheckAnswer,
    "demo": RecommendAnswer,
    "doctor": DoctorAnswer,
    "journal": JournalAnswer,
    "kinds": KindsAnswer,
    "notify": NotifyAnswer,
    "probes": ProbesAnswer,
    "recommend": RecommendAnswer,
    "replay": ReplayAnswer,
    "replay-sites": SitesReplayAnswer,
    "self-check": SelfCheckAnswer,
    "sheet": ReportAnswer,
    "sites": SitesAnswer,
    "status": StatusAnswer,
    "validate": ValidateAnswer,
    "watch": WatchAnswer,
    "whatif": WhatifAnswer,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `schema`."""
    parser.add_argument(
        "--of",
        choices=ANSWERS,
        metavar="COMMAND",
        help="the output of this command: " + ", ".join(ANSWERS),
    )


def run(args: argparse.Namespace) -> int:
    """Print the schema."""
    if args.of:
        printing.as_json(of(args.of))
    else:
        from secours.config.schema import schema  # needs every probe type: slow

        printing.as_json(
            schema(lambda kind: texts.in_words("en", catalogue.about(kind)))
        )
    return 0


def of(command: str) -> dict[str, Any]:
    """Return the schema of what a command prints with `--format json`."""
    answer = ANSWERS[command]
    _, parts = msgspec.json.schema_components((answer,), ref_template="#/$defs/{name}")
    whole = parts.pop(answer.__name__)
    del whole["title"]  # the name of our class
    title = f"what `secours {command} --format json` prints"
    return {
        "$schema": DIALECT,
        "$id": f"urn:secours:schema:{command}:1",
        "title": title,
        **_described(whole, answer.__name__),
        "$defs": {name: _described(part, name) for name, part in parts.items()},
    }


def _described(part: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Add a description to each key of an answer; most mean the same everywhere."""
    sentences, described = key_words(), dict(part)
    if "properties" in described:
        described["properties"] = {
            key: {**inner, "description": words}
            if (words := sentences.get(f"{name}.{key}") or sentences.get(key))
            else inner
            for key, inner in described["properties"].items()
        }
    return described


@cache
def key_words() -> Mapping[str, str]:
    """Return the descriptions of keys, `KEY` of all or `TYPE.KEY` of one."""
    text = files("secours.cli").joinpath("answer_keys.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, str])
