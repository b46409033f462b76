"""Texts for people in four languages: data, read on first use.

Each language is a flat mapping from key to template, in files: `check.json` has the
words of outcomes, all that `secours check` reads without details of a failure;
`problems.json` those details; `screens.json` the rest of the screens. `plan.json` has
the mistakes and warnings of a plan, `commands.json` the output of commands, and the
refusals of these and the engine; `help.json` their purpose.
In a template `{name}` is a fact; a part in `[...]` is left out when one of its facts is
missing; of alternatives parted by `|` the first whose facts are all there is taken.
`{n:one/several}` is the form that goes with the number `n`.
Facts whose name ends in `_s` are written as lengths of time. Facts come from outside:
they are cleaned, cut, and may be anything; unused ones are ignored.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from secours.languages import LANGUAGES, Text
from secours.message import Fact, Message, Series
from secours.outside_text import plain
from secours.texts import prepositions

SHOWN = ("check", "problems", "screens")  # in this order they are looked into
REFUSED = ("plan", "commands")  # each key begins with the name of its file
OF_THEIR_OWN = (*REFUSED, "help")  # and so does each of these
FILES = (*SHOWN, *OF_THEIR_OWN)
# Facts that may be a slug of ours, with a template of its own in each language.
IN_WORDS = frozenset({"hint", "problem", "trait", "word"})

AGES = frozenset({"since_s", "age_s", "late_s"})  # rounded down; limits are exact
_FIELD = re.compile(r"\{(\w+)\}")
_AFTER_WORD = re.compile(r"(?:\b([\w\u2019]+) )?\{(\w+)\}")
_PLURAL = re.compile(r"\{(\w+):([^/{}]*)/([^{}]*)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_ISO_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(T.*)?")


def language_of(wanted: str | None, otherwise: str = "en") -> str:
    """Return the language to speak: `wanted` if it is one of ours, else `otherwise`."""
    for name in (wanted, otherwise):
        short = (name or "").strip().lower()[:2]
        if short in LANGUAGES:
            return short
    return "en"


def words(language: str) -> dict[str, str]:
    """Return every template of a language by its key."""
    return {key: text for name in FILES for key, text in _read(language, name).items()}


def say(language: str, key: str, /, **facts: object) -> str:
    """Return the words for `key`; an unknown key is returned as it is."""
    template = _template(language, key)
    return _fill(language, key if template is None else template, facts)


def in_words(language: str, value: Fact) -> str:
    """Return the words for a message; its facts stand in them unchanged."""
    match value:
        case Message(slug, facts):
            pairs = ((name, in_words(language, fact)) for name, fact in facts)
            written = {name: text for name, text in pairs if text}
            template = _template(language, slug)
            text = slug if template is None else template
            return _filled(language, text, written, dict(facts))
        case Series(parts, between):
            joint = in_words(language, Message(between))
            return joint.join(in_words(language, part) for part in parts)
        case str() | int():
            return str(value)
    return value.in_(language)


def detail(language: str, reason: str, facts: Mapping[str, object]) -> str:
    """Return the reason of a state other than ok, in one line."""
    key = f"reason.{reason}"
    if _template(language, key) is None:
        return plain(reason)
    return say(language, key, **{str(name): fact for name, fact in facts.items()})


def detail_of_notice(language: str, reason: str, facts: Mapping[str, object]) -> str:
    """Say why a notice was not taken or did not arrive: it is no test message."""
    own = f"notice.reason.{reason}"
    if _template(language, own) is None:
        return detail(language, reason, facts)
    return say(language, own, **{str(name): fact for name, fact in facts.items()})


def duration(language: str, seconds: float) -> str:
    """Write a length of time as people say it: `3 min`, `6 h 12 min`, `2 d 5 h`."""
    if not 0 <= seconds < math.inf:
        return "?"
    seconds = round(seconds, 3)  # clock differences may be slightly short
    if seconds < 60:
        return _under_a_minute(language, seconds)
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if hours < 1:
        return f"{minutes} min"
    hour, day = say(language, "unit.hour"), say(language, "unit.day")
    if hours < 24:
        rest = f" {minutes % 60} min" if minutes % 60 else ""
        return f"{hours} {hour}{rest}"
    days = hours // 24
    rest = f" {hours % 24} {hour}" if days < 3 and hours % 24 else ""
    return f"{days} {day}{rest}"


def countdown(language: str, seconds: float) -> str:
    """Write a time left, as short as on a clock: `1 h 44`."""
    minutes = int(round(max(seconds, 0), 3) // 60)
    if 24 * 60 <= minutes < 7 * 24 * 60:
        days, rest = divmod(minutes // 60, 24)
        units = say(language, "unit.day"), say(language, "unit.hour")
        return f"{days} {units[0]}" + (f" {rest} {units[1]}" if rest else "")
    if not 60 <= minutes < 24 * 60:
        return duration(language, 60 * minutes if minutes else max(seconds, 0) // 1)
    hours, rest = divmod(minutes, 60)
    hour = say(language, "unit.hour")
    return f"{hours}\u00a0{hour}\u00a0{rest:02d}" if rest else f"{hours}\u00a0{hour}"


def left(language: str, seconds: float) -> str:
    """Write a time left, as words: `1 h 44 left`."""
    return say(language, "left", time=countdown(language, seconds))


def ago(language: str, seconds: float) -> str:
    """Write an age, as words: `6 d ago`."""
    return say(language, "ago", since_s=seconds)


def series(language: str, parts: Iterable[str]) -> str:
    """Join parts that may hold commas: `one, two; three`."""
    return f"{say(language, 'semicolon')} ".join(parts)


def first_of(language: str, names: Sequence[str], most: int) -> str:
    """Name the first of them, and count the others."""
    said, more = ", ".join(names[:most]), len(names) - most
    others = say(language, "more.others", n=more)
    return f"{said} {others}" if more > 0 else said


def rank(language: str, place: int) -> str:
    """Say which choice of the plan it is: `1st choice`."""
    key = f"choice.{place}"
    return say(language, key if _template(language, key) else "choice.n", n=place)


def named(label: str, name: str) -> str:
    """Write a label with the name that commands take, unless they are alike."""
    if label.casefold() == name.casefold() or label.endswith(f"[{name}]"):
        return label
    return f"{label} [{name}]"


def purpose(language: str, name: str, whom: str = "") -> str:
    """Name a line of the plan: `ALERT`, or with an audience `ALERT · management`."""
    verb = say(language, f"purpose.{name}")
    return f"{verb} · {whom}" if whom else verb


def audience(name: str, label: Text, language: str, *others: str) -> str:
    """Name an audience by the label of its plan, else a usual one in the language.

    A name of the site's own without a label stays as it is.
    """
    said = plain(label.in_(language, *others))
    return said or _template(language, f"audience.{name}") or plain(name)


def state(language: str, name: str) -> str:
    """Return the word of a state in capitals, as the screens show it."""
    return say(language, f"state.{name}")


def number(language: str, value: float) -> str:
    """Write a number with the decimal sign of the language, rounded for people."""
    text = f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
    return text if language_of(language) == "en" else text.replace(".", ",")


def _template(language: str, key: str) -> str | None:
    spoken = language_of(language)
    first = key.partition(".")[0]
    names = (first,) if first in OF_THEIR_OWN else SHOWN
    found = (_read(spoken, name).get(key) for name in names)
    return next((text for text in found if text is not None), None)


@cache
def _read(language: str, name: str) -> dict[str, str]:
    raw = (Path(__file__).parent / language / f"{name}.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, str])


def _fill(language: str, template: str, facts: Mapping[str, object]) -> str:
    written = {name: text for name in facts if (text := _write(language, name, facts))}
    return _filled(language, template, written, facts)


def _filled(
    language: str,
    template: str,
    written: Mapping[str, str],
    facts: Mapping[str, object],
) -> str:
    """Fill in facts that are in words; numbers in `facts` choose their forms."""
    template = _PLURAL.sub(lambda form: _form(language, form, facts), template)
    for choice in (choices := template.split("|")):
        text = _OPTIONAL.sub(lambda part: _part(part[1], written), choice)
        if all(name in written for name in _FIELD.findall(text)):
            break
    else:
        text = _OPTIONAL.sub("", choices[-1])
    spoken = language_of(language)
    return _AFTER_WORD.sub(
        lambda at: _after(spoken, at[1], written.get(at[2], "?")), text
    )


def _after(language: str, word: str | None, fact: str) -> str:
    return prepositions.before(language, word, fact) if word else fact


def _form(language: str, form: re.Match[str], facts: Mapping[str, object]) -> str:
    """Choose between singular and plural; in French nothing is singular too."""
    one = (0, 1) if language_of(language) == "fr" else (1,)
    return form[2] if facts.get(form[1]) in one else form[3]


def _part(text: str, written: Mapping[str, str]) -> str:
    """Keep an optional part if all its facts are there."""
    return text if all(name in written for name in _FIELD.findall(text)) else ""


def _write(language: str, name: str, facts: Mapping[str, object]) -> str:
    """Write one of the facts for people; empty if there is nothing to write."""
    fact = facts[name]
    if isinstance(fact, bool) or fact is None:
        return ""
    if isinstance(fact, int | float):
        return _write_number(language, name, float(fact))
    text = plain(fact.in_(language) if hasattr(fact, "in_") else fact)
    if day := _ISO_DATE.fullmatch(text):
        return _write_date(language, day[1])
    if name in IN_WORDS and (template := _template(language, f"{name}.{text}")):
        others = {other: fact for other, fact in facts.items() if other not in IN_WORDS}
        return _fill(language, template, others)
    return text


def _write_number(language: str, name: str, value: float) -> str:
    if not math.isfinite(value):
        return ""
    if name.endswith("_s"):
        if name in AGES:
            return duration(language, math.floor(abs(value)))
        return _exactly(language, abs(value))
    if name == "days":
        return duration(language, abs(int(value)) * 86400) if abs(value) >= 1 else ""
    if name == "loss":
        return f"{value:.0%}".replace("%", " %" if language != "en" else "%")
    return number(language, value)


def _exactly(language: str, seconds: float) -> str:
    """Write limits such as 90 s without rounding them to a minute."""
    if 60 < seconds < 120 and seconds % 60:
        return f"{seconds:.0f} s"
    return duration(language, seconds)


def _under_a_minute(language: str, seconds: float) -> str:
    if 0 < seconds < 1:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds % 1 and seconds < 10:
        return f"{number(language, math.floor(seconds * 10) / 10)} s"
    return f"{int(seconds)} s"


def _write_date(language: str, iso: str) -> str:
    try:
        return written_date(language, date.fromisoformat(iso))
    except ValueError:
        return iso


def written_date(language: str, day: date) -> str:
    """Write a date in the format of the language."""
    patterns = {"fr": "%d/%m/%Y", "nl": "%d-%m-%Y", "de": "%d.%m.%Y"}
    return day.strftime(patterns.get(language_of(language), "%Y-%m-%d"))


def short_date(language: str, day: date) -> str:
    """Write a date without its year in the format of the language."""
    patterns = {"nl": "%d-%m", "de": "%d.%m."}
    return day.strftime(patterns.get(language_of(language), "%d/%m"))
