"""An answer of a command as a program gets it, and what its schema says of that."""

import json
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from secours.cli import schema
from secours.render.answers.values import encoded


def printed(answer: msgspec.Struct) -> Any:
    """Return an answer as it is after it was printed and read."""
    return json.loads(encoded(answer))


def checker(command: str) -> Draft202012Validator:
    """Return what tells whether an answer is one of this command."""
    return Draft202012Validator(schema.of(command))
