"""Values of a YAML text with where each begins and ends, changed by splicing.

Only the characters of a value that changes are written anew: comments, quotes, order
and line ends of all others stay, byte for byte. A round trip through a YAML library
does not keep them: ruamel.yaml 0.19 writes 17 of the 18 lines of a first plan anew.

Source: YAML 1.2.2, sections 7.3.1 (double-quoted style), 7.4 and 8.2 (collections).
"""

import json
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import yaml
from msgspec import Struct, field

from secours.config.reader import document

Step: TypeAlias = str | int
Place: TypeAlias = tuple[Step, ...]
"""Keys and positions, from the root of the document to a value."""

WIDTH = 80  # columns; longer entries are written on several lines
BARE = re.compile(r"[^\W\d_][\w./@-]*(:[\w./@-]+)*|\d+(ms|[smhd])", re.ASCII)
AMBIGUOUS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
COMMA = re.compile(r"\s*,[ \t]*")


class TextSpan(Struct, kw_only=True):
    """A value as it is written; `entries` are keys (None in a list) and values."""

    start: int
    end: int
    flow: bool = False
    of: type = str  # dict and list are collections; str is any scalar
    alias: bool = False
    entries: "list[tuple[TextSpan | None, TextSpan]]" = field(default_factory=list)
    text: str = ""  # of a scalar, as it is read

    def index(self, step: Step) -> int | None:
        """Return the position of an entry, by its key or number; None without it."""
        if isinstance(step, int):
            there = self.of is list and step < len(self.entries)
            return step if there else None
        found = (
            n for n, (key, _) in enumerate(self.entries) if key and key.text == step
        )
        return next(found, None)

    def first(self, number: int) -> int:
        """Return the place at which an entry begins, without its dash."""
        key, value = self.entries[number]
        return (key or value).start


class Uneditable(Exception):
    """A value is written in a way that only its author can change."""


def parsed(text: str) -> TextSpan:
    """Return the root of a text that `document.parse` has read.

    The end of a block is that of its last value: what follows are others' comments.
    """
    open_: list[TextSpan] = []
    keys: list[TextSpan | None] = []  # of each open mapping, its last key
    root = TextSpan(start=0, end=0)
    for event in yaml.parse(text, Loader=document.LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append(_collection(event))
            keys.append(None)
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            span = open_.pop()
            keys.pop()
            span.end = _end(event) if span.flow else span.entries[-1][1].end
        elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            span = _leaf(text, event)
        else:
            continue
        if not open_:
            root = span
        elif open_[-1].of is list or keys[-1]:
            open_[-1].entries.append((keys[-1], span))
            keys[-1] = None
        else:
            keys[-1] = span
    return root


def _collection(event: Any) -> TextSpan:
    start = event.start_mark.index
    of = list if isinstance(event, yaml.SequenceStartEvent) else dict
    return TextSpan(start=start, end=start, flow=bool(event.flow_style), of=of)


def _leaf(text: str, event: Any) -> TextSpan:
    start, end = event.start_mark.index, _end(event)
    is_alias = isinstance(event, yaml.AliasEvent)
    if not is_alias and event.style in ("|", ">"):
        end = start + len(text[start:end].rstrip())
    read = "" if is_alias else event.value
    return TextSpan(start=start, end=end, alias=is_alias, text=read)


def _end(event: Any) -> int:
    index: int = event.end_mark.index
    return index


# ------------------------------------------------------------------ changing


def put(text: str, place: Place, value: object) -> str:
    """Set the value at a place; make the collections above it that are missing.

    Of a collection only the entries that differ are written anew. The position after
    the last of a list adds to it.

    Raises:
        Uneditable: it lies in an alias, or in a value that is no collection.
    """
    at, above = parsed(text), list[TextSpan]()
    for number, step in enumerate(place):
        if at.alias:
            raise Uneditable
        index = at.index(step)
        if index is None:
            rest = _wrapped(place[number + 1 :], value)
            return _added(text, above, at, step, rest)
        above.append(at)
        at = at.entries[index][1]
    if flow(_read(text, at)) == flow(value):
        return text
    if isinstance(value, dict | list) and value and type(value) is at.of:
        return _merged(text, place, at, value)
    gap = " " if text[at.start - 1 : at.start] == ":" else ""
    return _spliced(text, at.start, at.end, gap + flow(value))


def removed(text: str, place: Place) -> str:
    """Take out the entry at a place, with a comment behind it on its line.

    Raises:
        Uneditable: it lies in an alias, or comments stand where it would be joined.
    """
    at, holder = parsed(text), TextSpan(start=0, end=0)
    for step in place:
        found = None if at.alias else at.index(step)
        if found is None:
            raise Uneditable
        holder, at = at, at.entries[found][1]
    if len(holder.entries) == 1:
        empty = "{}" if holder.of is dict else "[]"
        return _spliced(text, holder.start, holder.end, empty)
    number = holder.index(place[-1]) or 0
    cut = _cut_from_flow if holder.flow else _cut_from_block
    return cut(text, holder, number)


def _wrapped(steps: Sequence[Step], value: object) -> object:
    for step in reversed(steps):
        value = [value] if isinstance(step, int) else {step: value}
    return value


def _read(text: str, at: TextSpan) -> object:
    """Read a value alone; an alias is never equal to a value."""
    lead = " " * _column(text, at.start)
    try:
        return document.plain(document.parse((lead + text[at.start : at.end]).encode()))
    except document.Unreadable:  # or nothing stands there
        return None


def _merged(
    text: str, place: Place, at: TextSpan, value: dict[Any, Any] | list[Any]
) -> str:
    there = [key.text if key else n for n, (key, _) in enumerate(at.entries)]
    steps: Sequence[tuple[Step, Any]] = (
        [*value.items()] if isinstance(value, dict) else [*enumerate(value)]
    )
    wanted = {step for step, _ in steps}
    before = _read(text, at)
    if isinstance(before, list) and [each for each in before if each in value] == value:
        wanted = {n for n, each in enumerate(before) if each in value}  # others go
    else:
        for step, each in steps:
            text = put(text, (*place, step), each)
    for step in reversed(there):
        if step not in wanted:
            text = removed(text, (*place, step))
    return text


def _added(
    text: str, above: Sequence[TextSpan], into: TextSpan, step: Step, value: object
) -> str:
    """Add an entry as the last of a collection, or the first of an empty one."""
    whole: dict[Any, Any] | list[Any] = (
        [value] if isinstance(step, int) else {step: value}
    )
    is_null = into.of is str and text[into.start : into.end] in document.NULLS
    if into.of is not type(whole) and not is_null:
        raise Uneditable
    if not into.entries:
        return _begun(text, above, into, whole)
    last = into.entries[-1][1].end
    if into.flow:
        return _spliced(text, last, last, ", " + flow(whole)[1:-1])
    begins = into.first(0) if into.of is dict else into.start
    return _with_lines(text, last, whole, _column(text, begins))


def _begun(
    text: str,
    above: Sequence[TextSpan],
    into: TextSpan,
    whole: dict[Any, Any] | list[Any],
) -> str:
    """Write the first entry where nothing, or an empty collection, stands."""
    if any(each.flow for each in above):
        gap = " " if text[into.start - 1 : into.start] == ":" else ""
        return _spliced(text, into.start, into.end, gap + flow(whole))
    if not above and into.start == into.end:
        return _with_lines(text, len(text), whole, 0)
    before = text[: into.start].rstrip(" ")
    column = _column(text, above[-1].first(0)) + 2 if above else 0
    return _with_lines(before + text[into.end :], len(before), whole, column)


def _with_lines(
    text: str, at: int, whole: dict[Any, Any] | list[Any], column: int
) -> str:
    """Insert entries as whole lines behind the line of a place."""
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = block(whole, column, ends)
    end = text.find("\n", at) + 1
    if end:
        return _spliced(text, end, end, lines + ends)
    gap = ends if text and not text.endswith("\n") else ""
    return f"{text}{gap}{lines}{ends}"


def _cut_from_block(text: str, holder: TextSpan, number: int) -> str:
    """Take out whole lines; behind a dash the next entry moves up."""
    start, end = holder.first(number), holder.entries[number][1].end
    line = text.rfind("\n", 0, start) + 1
    if text[line:start].strip(" ") == ("-" if holder.of is list else ""):
        after = text.find("\n", end) + 1
        return _spliced(text, line, after or len(text), "")
    if number + 1 == len(holder.entries) or "#" in text[end : holder.first(number + 1)]:
        raise Uneditable
    return _spliced(text, start, holder.first(number + 1), "")


def _cut_from_flow(text: str, holder: TextSpan, number: int) -> str:
    """Take out an entry with one comma; comments around it stay."""
    start, end = holder.first(number), holder.entries[number][1].end
    is_last = number + 1 == len(holder.entries)
    before = holder.entries[number - is_last][1].end
    comma = COMMA.match(text, before)
    if comma is None:
        raise Uneditable
    if not is_last:
        return _spliced(text, start, comma.end(), "")
    kept = text[text.index(",", before) + 1 : start]
    return _spliced(text, before, end, kept if kept.strip() else "")


def _spliced(text: str, start: int, end: int, by: str) -> str:
    return text[:start] + by + text[end:]


def _column(text: str, at: int) -> int:
    return at - (text.rfind("\n", 0, at) + 1)


# ------------------------------------------------------------------ writing


def flow(value: object) -> str:
    """Write a value on one line."""
    match value:
        case dict():
            pairs = (f"{flow(key)}: {flow(each)}" for key, each in value.items())
            return f"{{{', '.join(pairs)}}}"
        case list() | tuple():
            return f"[{', '.join(map(flow, value))}]"
        case str():
            return _scalar(value)
        case _:
            return json.dumps(value)


def block(value: dict[Any, Any] | list[Any], column: int, ends: str) -> str:
    """Write the entries of a collection as lines from a column on.

    What fits on one line is written so, all else as a block.
    """
    margin = " " * column
    entries: Sequence[tuple[str, Any]] = (
        [(f"{flow(key)}:", each) for key, each in value.items()]
        if isinstance(value, dict)
        else [("-", each) for each in value]
    )
    lines = []
    for head, each in entries:
        line = f"{margin}{head} {flow(each)}"
        if len(line) <= WIDTH or not isinstance(each, dict | list) or not each:
            lines.append(line)
        elif head == "-":
            lines.append(f"{margin}- {block(each, column + 2, ends).lstrip(' ')}")
        else:
            lines += [f"{margin}{head}", block(each, column + 2, ends)]
    return ends.join(lines)


def _scalar(text: str) -> str:
    """Write a text so that no reader of YAML takes it for something else."""
    plain = BARE.fullmatch(text) and text.lower() not in AMBIGUOUS
    if plain and document.resolve(text) == text:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[^ -~]", _escaped, quoted)


def _escaped(found: re.Match[str]) -> str:
    letter = found[0]
    return letter if letter.isprintable() else json.dumps(letter)[1:-1]
