"""The YAML of probes.yaml: a tree of values with their line and column.

YAML 1.2 core scalars: `no` and `on` are words, `012` is twelve, `1:30` is text. PyYAML
only parses; its resolvers and constructors are not used. Duplicate keys are kept as
faults: PyYAML would silently take the last.

Source: YAML 1.2.2, section 10.3.2 (tag resolution of the core schema).
"""

import codecs
import re
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct, field

from secours.message import Fact, Message, Refusal, message

LIMIT_BYTES = 4_000_000  # a plan of 1,000 channels has 100 to 400 kB
LIMIT_NODES = 200_000  # aliases followed
LIMIT_DEPTH = 30

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # 6 times faster
STRING_TAGS = ("!", "tag:yaml.org,2002:str")

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
TRUES = frozenset({"true", "True", "TRUE"})
FALSES = frozenset({"false", "False", "FALSE"})
NUMBERS = (  # compiled on use
    (r"[-+]?[0-9]{1,300}", int),
    (r"0o[0-7]{1,300}", lambda text: int(text[2:], 8)),
    (r"0x[0-9a-fA-F]{1,300}", lambda text: int(text[2:], 16)),
    (r"[-+]?(\.[0-9]+|[0-9]{1,300}(\.[0-9]*)?)([eE][-+]?[0-9]+)?", float),
    (r"[-+]?\.(inf|Inf|INF)", lambda text: float(text.replace(".", ""))),
    (r"\.(nan|NaN|NAN)", lambda _: float("nan")),
)


class Unreadable(Refusal):
    """The text is not one YAML document within the limits; nothing is read."""

    def __init__(
        self, line: int, column: int, said: Message | str, /, **facts: Fact
    ) -> None:
        super().__init__(said, **facts)
        self.line = line
        self.column = column


class YamlFault(Struct, frozen=True):
    """A mistake in a mapping that does not hide the rest."""

    line: int
    column: int
    message: Message


class Node(Struct, kw_only=True):
    """A value of the file; lines and columns count from 1."""

    line: int
    column: int
    size: int = 1  # nodes in it, aliases followed
    depth: int = 1


class Scalar(Node, kw_only=True):
    """A scalar, as written and by YAML 1.2."""

    text: str
    value: str | int | float | bool | None


class Sequence(Node, kw_only=True):
    """A list."""

    items: list[Node] = field(default_factory=list)


class Mapping(Node, kw_only=True):
    """A mapping, with text keys in the order of the file."""

    items: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Scalar] = field(default_factory=dict)
    faults: list[YamlFault] = field(default_factory=list)
    merged: list[Node] = field(default_factory=list)  # by `<<`, a fault in a plan


def parse(raw: bytes, *, empty: str = "plan.file.empty") -> Node:
    """Read one YAML document, or raise Unreadable; `empty` is its message for none."""
    text = _text(raw)
    try:
        root = _compose(yaml.parse(text, Loader=LOADER))
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(text, error) from None
    except yaml.reader.ReaderError as error:
        line, column = _place(text[: error.position])
        raise Unreadable(line, column, "plan.yaml.control-character") from None
    if root is None or (isinstance(root, Scalar) and root.value is None):
        raise Unreadable(1, 1, empty)
    return root


def parse_beginning(raw: bytes) -> tuple[Node | None, bool]:
    """Read up to the first unreadable part, and tell whether that is all."""
    composer = _Composer()
    try:
        text = raw[:LIMIT_BYTES].decode("utf-8-sig", "replace")
        text = yaml.reader.Reader.NON_PRINTABLE.sub(" ", text)
        _feed(composer, yaml.parse(text, Loader=LOADER))
    except (Unreadable, yaml.YAMLError):
        return composer.root or next(iter(composer.open), None), False
    return composer.root, True


def inside(node: Node, *steps: str) -> Node:
    """Return the value under a sequence of keys, empty if one is missing."""
    for step in steps:
        found = node.items.get(step) if isinstance(node, Mapping) else None
        node = found or Scalar(line=node.line, column=node.column, text="", value=None)
    return node


def keys(node: Node) -> dict[str, Scalar]:
    """Return the keys of a mapping, none for another node."""
    return node.keys if isinstance(node, Mapping) else {}


def plain(node: Node) -> Any:
    """Return a node as Python lists, dicts and scalars."""
    match node:
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            usual: dict[str, Any] = {}
            for each in map(plain, node.merged):
                for one in reversed(each if isinstance(each, list) else [each]):
                    usual |= one if isinstance(one, dict) else {}
            return usual | {key: plain(item) for key, item in node.items.items()}
        case Scalar():
            return node.value
    raise AssertionError(node)


def resolve(text: str) -> str | int | float | bool | None:
    """Return the value of an unquoted text by YAML 1.2."""
    if text in NULLS:
        return None
    if text in TRUES or text in FALSES:
        return text in TRUES
    if text[0] in "+-.0123456789":
        for pattern, read in NUMBERS:
            if re.fullmatch(pattern, text):
                number: int | float = read(text)
                return number
    return text


def _text(raw: bytes) -> str:
    if len(raw) > LIMIT_BYTES:
        raise Unreadable(1, 1, "plan.file.too-large", size=LIMIT_BYTES // 10**6)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable(1, 1, "plan.file.utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place(raw[: error.start].decode("utf-8-sig"))
        letter = raw[error.start : error.start + 1].decode("cp1252", "replace")
        meant = {"letter": f"'{letter}'"} if letter.isalpha() else {}
        raise Unreadable(line, column, "plan.file.not-utf8", **meant) from None


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _not_yaml(text: str, error: yaml.MarkedYAMLError) -> Unreadable:
    from secours.config.reader.syntax import explained  # for a mistake only

    found = explained(text, error)
    return Unreadable(found.row + 1, found.column + 1, found.message)


def _compose(events: Iterator[Any]) -> Node | None:
    composer = _Composer()
    _feed(composer, events)
    return composer.root


def _feed(composer: "_Composer", events: Iterator[Any]) -> None:
    for number, event in enumerate(events):
        if number > 2 * LIMIT_NODES:  # each node has a start, and perhaps an end
            raise Unreadable(*_mark(event), "plan.file.too-many-nodes")
        composer.take(event)


class _Composer:
    """Builds the tree without recursion, however deep."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Sequence | Mapping] = []
        self.key: list[Scalar | None] = []  # of each open mapping, its last key
        self.anchors: dict[str, Node] = {}

    def take(self, event: Any) -> None:
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                raise Unreadable(*_mark(event), "plan.yaml.second-document")
            case yaml.AliasEvent():
                self._put(self._named(event))
            case yaml.ScalarEvent():
                self._put(self._keep(event, _scalar(event)))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._enter(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._leave(event)

    def _enter(self, event: Any) -> None:
        if len(self.open) >= LIMIT_DEPTH:
            raise Unreadable(*_mark(event), "plan.yaml.too-deep")
        line, column = _mark(event)
        if event.tag is not None:
            raise _tagged(event)
        is_list = isinstance(event, yaml.SequenceStartEvent)
        collection = (Sequence if is_list else Mapping)(line=line, column=column)
        self.open.append(collection)
        self.key.append(None)
        if event.anchor:
            self.anchors[event.anchor] = collection

    def _leave(self, event: Any) -> None:
        collection = self.open.pop()
        self.key.pop()
        inside = (
            collection.items
            if isinstance(collection, Sequence)
            else (*collection.items.values(), *collection.merged)
        )
        collection.size = 1 + sum(node.size for node in inside)
        collection.depth = 1 + max((node.depth for node in inside), default=0)
        if collection.size > LIMIT_NODES or collection.depth > LIMIT_DEPTH:
            raise Unreadable(
                collection.line, collection.column, "plan.yaml.aliases-too-large"
            )
        self._put(collection)

    def _put(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        into = self.open[-1]
        if isinstance(into, Sequence):
            into.items.append(node)
        elif (key := self.key[-1]) is None:
            self.key[-1] = _as_key(node)
        else:
            _add(into, key, node)
            self.key[-1] = None

    def _keep(self, event: Any, node: Node) -> Node:
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _named(self, event: Any) -> Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            unknown = "plan.yaml.alias-unknown"
            raise Unreadable(*_mark(event), unknown, name=event.anchor)
        if any(node is opened for opened in self.open):
            inside = "plan.yaml.alias-inside"
            raise Unreadable(*_mark(event), inside, name=event.anchor)
        return node


def _add(into: Mapping, key: Scalar, node: Node) -> None:
    name = key.text
    if name == "<<":
        into.merged.append(node)
        merged = message("plan.yaml.merge-key")
        into.faults.append(YamlFault(key.line, key.column, merged))
    elif name in into.items:
        first = into.keys[name].line
        twice = message("plan.yaml.twice", name=name, line=first)
        into.faults.append(YamlFault(key.line, key.column, twice))
    else:
        into.items[name] = node
        into.keys[name] = key


def _as_key(node: Node) -> Scalar:
    if isinstance(node, Scalar):
        return node
    raise Unreadable(node.line, node.column, "plan.yaml.key-not-word")


def _scalar(event: Any) -> Scalar:
    line, column = _mark(event)
    text = event.value
    if event.tag is not None and event.tag not in STRING_TAGS:
        raise _tagged(event)
    written_plain = event.implicit[0] and event.tag is None
    value = resolve(text) if written_plain else text
    return Scalar(line=line, column=column, text=text, value=value)


def _tagged(event: Any) -> Unreadable:
    return Unreadable(*_mark(event), "plan.yaml.tag", tag=event.tag)


def _mark(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
