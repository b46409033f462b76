"""Targets in `config`: what people write, and what is told to them of it."""

import os
from base64 import b64encode
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzz.target import Target, check_text, text_of

from secours import config, texts
from secours.config import BadConfig
from secours.config.file import written_language
from secours.config.migration import migrated
from secours.config.migration.drafts import NotTaken
from secours.config.reader import durations
from secours.config.reader.document import Unreadable
from secours.config.reader.secrets import Vault, unescaped
from secours.config.sections.scenario import load_scenario
from secours.core.replay import recording
from secours.languages import LANGUAGES
from secours.message import BadValue, PlacedMessage
from secours.model.secret import SecretMissing

TOLD_LETTERS = 4000  # of one mistake in words: names of a plan may stand in it
REFERENCE = Path(config.__file__).parents[1] / "outages" / "reference.yaml"


def _told(bad: BadConfig) -> None:
    """Check that every mistake can be said in each language."""
    assert bad.mistakes
    for mistake in bad.mistakes:
        assert mistake.line >= 1
        assert mistake.column >= 1
        for language in LANGUAGES:
            said = texts.in_words(language, mistake.message)
            check_text(said.replace("\n", " "), TOLD_LETTERS)


def plan(raw: bytes) -> None:
    """Read a plan, or say in four languages what is wrong with it."""
    written_language(raw)
    try:
        config.read(raw, "probes.yaml")
    except BadConfig as bad:
        _told(bad)


def kinds(raw: bytes) -> None:
    """Read kinds of a site's own, or say what is wrong with them."""
    kept = b"kinds: k.yaml\nchannels: {c: {kind: mine}}\n#kinds " + b64encode(raw)
    plan(kept)


def monitors(raw: bytes) -> None:
    """Make a plan of another program's file, which loads; or say what is wrong."""
    try:
        found = migrated(raw)
    except (Unreadable, NotTaken) as refused:
        _told(BadConfig([PlacedMessage("other", 1, 1, "", refused.message)]))
        return
    if found.plan:
        config.read(found.plan.encode(), "probes.yaml")
    for each in found.left:
        check_text(texts.in_words("en", each.why).replace("\n", " "), TOLD_LETTERS)


def scenario(raw: bytes) -> None:
    """Read a recorded outage, and see what it means for a plan."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "outage.yaml")
        file.write_bytes(raw)
        try:
            found = load_scenario(os.fspath(file))
        except BadConfig as bad:
            _told(bad)
        else:
            recording.turns(config.load(REFERENCE), found)


def duration(raw: bytes) -> None:
    """Read a length of time, and write it again."""
    length_s = durations.read(text_of(raw))
    assert 0 < length_s < float("inf")
    assert durations.words(length_s)


def secret(raw: bytes) -> None:
    """Find the secrets that a text refers to."""
    with TemporaryDirectory() as folder:
        vault = Vault(Path(folder), {"WORD": "hush", "EMPTY": ""})
        text = text_of(raw)
        for read in (vault.secret, vault.template):
            found = read(text)
            try:
                found.reveal()
            except SecretMissing as missing:
                for fact in missing.facts.values():
                    assert isinstance(fact, str)
        unescaped(text)


TARGETS = {
    "plan": Target(plan),
    "kinds": Target(kinds),
    "monitors": Target(monitors),
    "scenario": Target(scenario),
    "duration": Target(duration, (BadValue,)),
    "secret": Target(secret, (BadValue,)),
}
