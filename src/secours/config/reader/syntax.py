"""Causes of YAML syntax errors, in plain words; read only on an error.

A parser reports where it stopped. The mistake is there, in the line above, or where a
quote or a bracket was opened; each rule looks for one kind.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from secours.config.reader.mistakes import SMART_QUOTES, shown
from secours.config.reader.source_lines import lines_of
from secours.message import Message, message

ODD_SPACES = "\u00a0\u2002\u2003\u2007\u2009\u200b\u202f\u3000\ufeff"
STARTS = "%@`*&|>"
CLOSES = {"[": "]", "{": "}"}
KEY = re.compile(
    r"(?P<before>[ ]*(?:-[ ]+)*)(?P<key>[^\s:#\"'\[\]{},-][^:#]*?):(?=\s|$)"
)
GLUED = re.compile(r"[ ]*(?:-[ ]+)*(?P<key>[A-Za-z_][\w-]*):(?=[^\s/])")
MERGE = re.compile(r"(<{7}|={7}|>{7})( |$)")
BRACKET_OR_HASH = re.compile(r"[\[\]{}#]")
DASH = re.compile(r"[ ]*-(?=[A-Za-z_])")


class BadSyntax(Struct, frozen=True):
    """A syntax error and its place; row and column count from 0."""

    row: int
    column: int
    message: Message


class ParserStop(Struct, frozen=True, kw_only=True):
    """The position where a parser stopped, and its context; from 0."""

    lines: list[str]
    row: int
    column: int
    begun_row: int
    begun_column: int
    said: str

    @property
    def line(self) -> str:
        """Return the line of the stop."""
        return self.at(self.row)

    @property
    def letter(self) -> str:
        """Return the letter at the stop."""
        return self.line[self.column : self.column + 1]

    def at(self, row: int) -> str:
        """Return a line, empty past the end."""
        return self.lines[row] if row < len(self.lines) else ""

    def above(self) -> int | None:
        """Return the row of the last line above that is not only a comment."""
        for row in range(min(self.row, len(self.lines)) - 1, -1, -1):
            if self.lines[row].strip() and not self.lines[row].lstrip().startswith("#"):
                return row
        return None


def explained(text: str, error: Any) -> BadSyntax:
    """Return the cause of a parser's error."""
    mark = error.problem_mark or error.context_mark
    begun = error.context_mark or mark
    problem = " ".join(part for part in (error.context, error.problem) if part)
    row, column = (mark.line, mark.column) if mark else (0, 0)
    stop = ParserStop(
        lines=lines_of(text),
        row=row,
        column=column,
        begun_row=begun.line if begun else 0,
        begun_column=begun.column if begun else 0,
        said=problem,
    )
    for rule in RULES:
        if cause := rule(stop):
            return cause
    began = {"line": stop.begun_row + 1} if stop.begun_row != row else {}
    return BadSyntax(row, column, message("plan.yaml.not", **began))


# ------------------------------------------------------------------ odd characters


def _tab(stop: ParserStop) -> BadSyntax | None:
    blank = re.match(r"\s*", stop.line)
    column = blank[0].find("\t") if blank else -1
    if column < 0 and stop.letter == "\t":
        column = stop.column
    if column < 0:
        return None
    return BadSyntax(stop.row, column, message("plan.yaml.tab"))


def _odd_space(stop: ParserStop) -> BadSyntax | None:
    above = stop.above()
    for row in (stop.row, stop.begun_row, *(() if above is None else (above,))):
        if (column := odd_space_in(stop.at(row))) is not None:
            return BadSyntax(row, column, message("plan.yaml.odd-space"))
    return None


def odd_space_in(line: str) -> int | None:
    """Return the column of a space unknown to YAML, None without one."""
    found = re.search(rf"^[ ]*[{ODD_SPACES}]|[:-][ ]*[{ODD_SPACES}]", line)
    return found.end() - 1 if found else None


def _smart_quote(stop: ParserStop) -> BadSyntax | None:
    match = re.search(rf"[:,\[{{-][ ]*([{SMART_QUOTES}])", stop.line)
    if not match or match.start(1) > stop.column:
        return None
    problem = message("plan.yaml.smart-quotes", quote=match[1], written='"')
    return BadSyntax(stop.row, match.start(1), problem)


def _start(stop: ParserStop) -> BadSyntax | None:
    for row, column in (
        (stop.row, stop.column),
        (stop.begun_row, stop.begun_column),
    ):
        sign = stop.at(row)[column : column + 1]
        bad_flow = "node content" in stop.said and sign in (":", "?", "-")
        if bad_flow or (sign and sign in STARTS and "flow" not in stop.said):
            return BadSyntax(row, column, message("plan.yaml.start", sign=f"'{sign}'"))
    if stop.letter in ("-", "?") and "not allowed in this context" in stop.said:
        dash = message("plan.yaml.dash-here", sign=f"'{stop.letter} '")
        return BadSyntax(stop.row, stop.column, dash)
    return None


def _escape(stop: ParserStop) -> BadSyntax | None:
    if "escape" not in stop.said:
        return None
    column = max(stop.line.rfind("\\", 0, stop.column + 1), 0)
    sign = shown(stop.line[column : column + 2])[1:-1]
    said = message("plan.yaml.escape", sign=sign, slash="\\", quote="'")
    return BadSyntax(stop.row, column, said)


# ------------------------------------------------------------------ quotes


def _quotes(line: str) -> Iterator[tuple[int, int | None]]:
    """Yield start and end of each quoted text, None for an open end."""
    at = 0
    while at < len(line):
        begun = re.compile(r"(?:^|[\s\[{,:-])([\"'])").search(line, at)
        if not begun or re.compile(r"(?:^|\s)#").search(line, at, begun.start() + 1):
            return
        end = _end_of_quote(line, begun.start(1))
        yield begun.start(1), end
        if end is None:
            return
        at = end + 1


def _end_of_quote(line: str, start: int) -> int | None:
    inner = r'"(?:[^"\\]|\\.)*"' if line[start] == '"' else r"'(?:[^']|'')*'"
    found = re.compile(inner, re.DOTALL).match(line, start)
    return found.end() - 1 if found else None


def _quote_open(stop: ParserStop) -> BadSyntax | None:
    """Find a quote closed on a later line, or never."""
    for row in range(min(stop.row, len(stop.lines) - 1), -1, -1):
        start = next((at for at, end in _quotes(stop.lines[row]) if end is None), None)
        if start is None:
            continue
        until = "\n".join(stop.lines[row:])
        end = _end_of_quote(until, start)
        if end is not None and row + until.count("\n", 0, end) != stop.row:
            return None
        quote = stop.lines[row][start]
        return BadSyntax(row, start, message("plan.yaml.quote-open", quote=quote))
    return None


def _quote_inside(stop: ParserStop) -> BadSyntax | None:
    """Find a quote inside a quoted text."""
    for start, end in _quotes(stop.line):
        behind = stop.line[end + 1 : stop.column] if end is not None else "?"
        if end is None or end >= stop.column or behind.strip():
            continue
        if "flow" in stop.said and behind:
            return None  # of two things in a list the comma is missing
        quote = stop.line[start]
        doubled, other = ("''", '"') if quote == "'" else ('\\"', "'")
        facts = {"quote": quote, "doubled": doubled, "other": other}
        return BadSyntax(stop.row, end, message("plan.yaml.quote-inside", **facts))
    return None


# ------------------------------------------------------------------ brackets


def _bracket(stop: ParserStop) -> BadSyntax | None:
    if "flow" not in stop.said:
        if stop.letter in ("]", "}"):
            extra = message("plan.yaml.bracket-extra", close=stop.letter)
            return BadSyntax(stop.row, stop.column, extra)
        return None
    return _unclosed(stop) or _comma(stop)


def _unclosed(stop: ParserStop) -> BadSyntax | None:
    """Find the wrong bracket from the one in the error on."""
    start = next(_brackets(stop.at(stop.begun_row), stop.begun_column), None)
    row = stop.begun_row
    while row and (start is None or start[1] not in CLOSES):
        row -= 1
        start = next(_brackets(stop.at(row)), None)
    if start is None or start[1] not in CLOSES:
        return None
    return _followed(stop.lines, row, start[0])


def _followed(lines: list[str], begun_row: int, begun_column: int) -> BadSyntax | None:
    """Follow brackets until all are closed, or to a key outside them."""
    open_: list[tuple[int, int, str]] = []
    outside = len(lines[begun_row]) - len(lines[begun_row].lstrip())
    for row in range(begun_row, len(lines)):
        key = KEY.match(lines[row]) if row > begun_row else None
        if key and len(key["before"]) <= outside:
            break
        first = begun_column if row == begun_row else 0
        for column, letter in _brackets(lines[row], first):
            if letter in CLOSES:
                open_.append((row, column, letter))
                continue
            opened = open_.pop()[2]
            if letter != CLOSES[opened]:
                facts = {"close": letter, "open": opened, "wanted": CLOSES[opened]}
                other = message("plan.yaml.bracket-other", **facts)
                return BadSyntax(row, column, other)
            if not open_:
                return None
    row, column, letter = open_[-1]
    facts = {"open": letter, "close": CLOSES[letter]}
    return BadSyntax(row, column, message("plan.yaml.bracket-open", **facts))


def _brackets(line: str, first: int = 0) -> Iterator[tuple[int, str]]:
    """Yield the brackets of a line outside quotes and comments."""
    bare = _blanked(line)
    for found in BRACKET_OR_HASH.finditer(bare, first):
        column, letter = found.start(), found[0]
        if letter != "#":
            yield column, letter
        elif not column or bare[column - 1].isspace():
            return


def _blanked(line: str) -> str:
    """Return a line with its quoted texts blanked."""
    parts: list[str] = []
    at = 0
    for start, end in _quotes(line):
        after = len(line) if end is None else end + 1
        parts += (line[at:start], "x" * (after - start))
        at = after
    return "".join((*parts, line[at:]))


def _comma(stop: ParserStop) -> BadSyntax | None:
    """Find a missing or extra comma."""
    if stop.letter == ",":
        return BadSyntax(stop.row, stop.column, message("plan.yaml.comma-extra"))
    if "',' or" not in stop.said:
        return None
    before = stop.line[: stop.column]
    if before.endswith("$") and stop.letter == "{":
        said = message("plan.yaml.reference", sign="'${'")
        return BadSyntax(stop.row, stop.column - 1, said)
    if stop.letter != ":":
        return BadSyntax(stop.row, stop.column, message("plan.yaml.comma"))
    entry = re.split(r"[,{\[]", before)[-1]
    words = re.fullmatch(r"\s*([\w-]+):\s+\S.*\s([a-z_]+)", entry)
    if words:
        column = stop.column - len(words[2])
        return BadSyntax(stop.row, column, message("plan.yaml.comma"))
    key = entry.partition(":")[0].strip()
    return BadSyntax(stop.row, stop.column, _colon_inside(key))


# ------------------------------------------------------------------ colons


def _colon_inside(key: str) -> Message:
    return message("plan.yaml.colon", written=f'{shown(key)[1:-1]}: "…"')


def _colon(stop: ParserStop) -> BadSyntax | None:
    if "mapping values are not allowed" not in stop.said:
        return None
    key = KEY.match(stop.line)
    if key and key.end() - 1 < stop.column:
        return BadSyntax(stop.row, stop.column, _colon_inside(key["key"]))
    above = stop.above()
    if above is None:
        return None
    return _no_key(stop, above) or _deeper(stop, above)


def _colon_in_flow(stop: ParserStop) -> BadSyntax | None:
    """Find a colon in brackets that ends a text, or has no space after it."""
    if "found unexpected ':'" not in stop.said:
        return None
    before, text = stop.line[: stop.begun_column], stop.line[: stop.column]
    if value_of := re.search(r"([\w-]+)[\"']?:\s+$", before):
        said = _colon_inside(value_of[1])
    elif key := re.search(r"[A-Za-z_][\w-]*$", text):
        said = message("plan.yaml.colon-space", key=shown(key[0])[1:-1])
    else:
        said = message("plan.yaml.colon", written='"…"')
    return BadSyntax(stop.row, stop.column, said)


def _simple_key(stop: ParserStop) -> BadSyntax | None:
    if "find expected ':'" not in stop.said:
        return None
    return _no_key(stop, stop.begun_row)


def _no_key(stop: ParserStop, row: int) -> BadSyntax | None:
    """Return the reason that a line holds no key."""
    line = stop.at(row)
    if dash := DASH.match(line):
        return BadSyntax(row, dash.end() - 1, message("plan.yaml.dash-space"))
    if line.lstrip().startswith("//"):
        at = len(line) - len(line.lstrip())
        return BadSyntax(row, at, message("plan.yaml.comment", sign="#"))
    if glued := GLUED.match(line):
        said = message("plan.yaml.colon-space", key=shown(glued["key"])[1:-1])
        return BadSyntax(row, glued.end() - 1, said)
    word = re.match(r"[ ]*(?:-[ ]+)*([^\s:#]+)(?=\s|$)", line)
    if word is None:
        return None
    written = message("plan.yaml.colon-missing", word=shown(word[1]))
    return BadSyntax(row, word.end(), written)


def _deeper(stop: ParserStop, above: int) -> BadSyntax | None:
    """Return that a key is indented too far below the one above."""
    own, upper = KEY.match(stop.line), KEY.match(stop.at(above))
    if not own or not upper:
        return None
    facts: dict[str, str | int] = {
        "key": shown(own["key"]),
        "n": len(own["before"]),
        "above": shown(upper["key"]),
        "line": above + 1,
        "wanted": len(upper["before"]),
    }
    said = message("plan.yaml.deeper", **facts)
    return BadSyntax(stop.row, len(own["before"]), said)


# ------------------------------------------------------------------ indents


def _indent(stop: ParserStop) -> BadSyntax | None:
    if "expected key" not in stop.said and "expected '-'" not in stop.said:
        return None
    own = len(stop.line) - len(stop.line.lstrip(" "))
    key = KEY.match(stop.line)
    name = shown(key["key"] if key else "…")
    levels = _levels(stop)
    if "expected '-'" in stop.said and own == stop.begun_column:
        return BadSyntax(stop.row, own, message("plan.yaml.dash-missing", key=name))
    if own in (level for level, _, _ in levels) and not stop.line[own:].startswith("-"):
        return None
    deeper = next((each for each in reversed(levels) if each[0] > own), None)
    upper = next((each for each in levels if each[0] < own), None)
    near = deeper or upper
    if near is None:
        return None
    facts: dict[str, str | int] = {"key": name, "n": own}
    facts |= {"wanted": near[0], "beside": shown(near[1]), "line": near[2] + 1}
    if deeper and upper:
        facts |= {"or": upper[0], "other": shown(upper[1]), "at": upper[2] + 1}
    return BadSyntax(stop.row, own, message("plan.yaml.indent", **facts))


def _levels(stop: ParserStop) -> list[tuple[int, str, int]]:
    """Return the open columns above the line, nearest first."""
    levels: list[tuple[int, str, int]] = []
    for row in range(stop.row - 1, -1, -1):
        line = stop.lines[row]
        key = KEY.match(line)
        if not key:
            continue
        for column in (len(key["before"]), len(line) - len(line.lstrip(" "))):
            if not levels or column < levels[-1][0]:
                levels.append((column, key["key"], row))
    return levels


# ------------------------------------------------------------------ all


def _merge(stop: ParserStop) -> BadSyntax | None:
    """Find the conflict markers of a merge."""
    for row, line in enumerate(stop.lines):
        if found := MERGE.match(line):
            return BadSyntax(row, 0, message("plan.yaml.merge", sign=found[1]))
    return None


def _other_file(stop: ParserStop) -> BadSyntax | None:
    """Find an INI file."""
    first = next((line.strip() for line in stop.lines if line.strip()), "")
    if re.fullmatch(r"\[[\w .:-]+\]", first):
        return BadSyntax(0, 0, message("plan.file.no-keys"))
    return None


def _too_deep(stop: ParserStop) -> BadSyntax | None:
    """Find brackets nested deeper than a parser follows."""
    if "nesting" not in stop.said:
        return None
    return BadSyntax(stop.row, stop.column, message("plan.yaml.too-deep"))


RULES: tuple[Callable[[ParserStop], BadSyntax | None], ...] = (
    _merge,
    _other_file,
    _too_deep,
    _tab,
    _odd_space,
    _escape,
    _quote_open,
    _smart_quote,
    _quote_inside,
    _start,
    _bracket,
    _colon,
    _colon_in_flow,
    _simple_key,
    _indent,
)
