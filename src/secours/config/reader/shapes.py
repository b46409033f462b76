"""Shapes: readers of values of probes.yaml, each with its JSON Schema.

One `Shape` has both, so that schema and loader agree. A reader raises `Wrong`; its
caller notes it and goes on.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct, field

from secours.config.reader import document
from secours.config.reader.document import Node, Scalar
from secours.config.reader.mistakes import SMART_QUOTES, Remarks, shown, suggestion
from secours.config.reader.secrets import Vault
from secours.message import Fact, Message, Refusal, as_message, message
from secours.outside_text import plain

T = TypeVar("T")
NAME_CHARACTERS = 253  # a domain name may be the name of a probe, RFC 1035 2.3.4
Schema = Mapping[str, Any]
NOTHING = message("plan.found.nothing")


class Context(Struct, frozen=True):
    """State of reading one file."""

    notes: Remarks
    vault: Vault
    kinds: Mapping[str, Any] = {}  # of the site's own, beside the catalogue


class Spot(Struct, frozen=True):
    """A value of the file and its place."""

    node: Node
    where: str
    context: Context

    def inside(self, step: str, node: Node) -> "Spot":
        """Return the spot of an inner value."""
        dot = "." if self.where and not step.startswith("[") else ""
        step = plain(step, NAME_CHARACTERS)
        return Spot(node, f"{self.where}{dot}{step}", self.context)

    def note(self, said: Message | str, /, **facts: Fact) -> None:
        """Note a mistake here: a message, or slug and facts."""
        noted = as_message(said, **facts)
        node = self.node
        self.context.notes.add(node.line, node.column, self.where, noted)


class Wrong(Refusal):
    """An unusable value, and its message."""

    def __init__(self, spot: Spot, said: Message | str, /, **facts: Fact) -> None:
        super().__init__(said, **facts)
        self.spot = spot

    def meant(self, said: Message | None) -> "Wrong":
        """Add a suggestion, if there is one."""
        return Wrong(self.spot, self.message.and_of(meant=said)) if said else self


def must_be(spot: Spot, wanted: Message | str, found: Fact) -> Wrong:
    """Return the mistake of a value: wanted and found."""
    return Wrong(spot, "plan.must-be", wanted=as_message(wanted), found=found)


class Shape(Struct, Generic[T], frozen=True):
    """One kind of value."""

    read: Callable[[Spot], T]
    form: Schema | Callable[[], Schema]  # called where making it takes long

    @property
    def schema(self) -> Schema:
        """Return its JSON Schema."""
        return self.form() if callable(self.form) else self.form


def said(words: str, shape: Shape[T]) -> Shape[T]:
    """Add to a shape the description of its key."""
    return Shape(shape.read, lambda: {**shape.schema, "description": words})


class Name(Struct, frozen=True):
    """A name that refers to another part of the file, and its place."""

    text: str
    spot: Spot

    def is_in(self, names: Collection[str], slug: str) -> bool:
        """Tell whether there is such a name; if not, note which may be meant."""
        if self.text not in names:
            meant = suggestion(self.text, names)
            self.spot.note(slug, name=shown(self.text), meant=meant)
        return self.text in names


class Record(Struct, frozen=True):
    """The valid values of a mapping with known keys."""

    spot: Spot
    values: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, else `default`."""
        return self.values.get(key, default)

    def part(self, key: str) -> "Record":
        """Return the mapping of a key, empty if missing."""
        return self.values.get(key) or Record(self.spot)

    def at(self, key: str) -> Spot:
        """Return the spot of a key's value, else of the mapping."""
        node = self.spot.node
        if isinstance(node, document.Mapping) and key in node.items:
            return self.spot.inside(key, node.items[key])
        return self.spot


def seen(node: Node) -> Fact:
    """Return a node in words."""
    match node:
        case document.Sequence():
            return message("plan.found.list")
        case document.Mapping():
            return message("plan.found.mapping")
        case Scalar(value=None):
            return NOTHING
        case Scalar():
            return shown(node.text)
    raise AssertionError(node)


def attempt(shape: Shape[T], spot: Spot) -> T | None:
    """Read a value; if wrong, note it and return None."""
    try:
        return shape.read(spot)
    except Wrong as wrong:
        wrong.spot.note(_of_quotes(wrong.spot.node) or wrong.message)
        return None


def _of_quotes(node: Node) -> Message | None:
    """Return the message on typographic quotation marks, if any."""
    if isinstance(node, Scalar) and node.text[:1] in SMART_QUOTES:
        quote = {"quote": node.text[:1], "written": '"'}
        return message("plan.yaml.smart-quotes", **quote) if node.text else None
    return None


def scalar_text(spot: Spot, wanted: Message | str = "plan.a.text") -> str:
    """Return a scalar as written: `112` is the name "112"."""
    node = spot.node
    if not isinstance(node, Scalar) or node.value is None:
        raise must_be(spot, wanted, seen(node))
    if isinstance(node.value, bool):
        quoted = "plan.must-be.quoted"
        raise Wrong(spot, quoted, wanted=as_message(wanted), text=node.text)
    if not node.text.strip():
        raise must_be(spot, wanted, NOTHING)
    return node.text.strip()


def _name(spot: Spot) -> Name:
    text = scalar_text(spot, "plan.a.name")
    if "/" in text or not text.isprintable() or len(text) > NAME_CHARACTERS:
        wanted = message("plan.a.short-name", most=NAME_CHARACTERS)
        raise must_be(spot, wanted, shown(text))
    if not text.isascii():
        import unicodedata  # for few names only

        if not unicodedata.is_normalized("NFC", text):  # two that look alike
            composed = message("plan.a.composed-name")
            raise Wrong(spot, "plan.must-be", wanted=composed)
    return Name(text, spot)


def bare(value: Any) -> Any:
    """Return a value with each name in it as text, without its place."""
    match value:
        case Name():
            return value.text
        case tuple():
            return tuple(map(bare, value))
        case Record():
            return {key: bare(inner) for key, inner in value.values.items()}
    return value


NAME = Shape(_name, {"type": ["string", "number"], "maxLength": NAME_CHARACTERS})


def list_of(shape: Shape[T]) -> Shape[tuple[T, ...]]:
    """Make the shape of a list; wrong items are noted and left out."""

    def read(spot: Spot) -> tuple[T, ...]:
        found = (attempt(shape, item) for item in items(spot))
        return tuple(item for item in found if item is not None)

    return Shape(read, lambda: {"type": "array", "items": shape.schema})


def one_or_list(shape: Shape[T]) -> Shape[tuple[T, ...]]:
    """Make the shape of a list; a single item needs no brackets."""
    several = list_of(shape)

    def read(spot: Spot) -> tuple[T, ...]:
        if isinstance(spot.node, document.Sequence):
            return several.read(spot)
        return (shape.read(spot),)

    return Shape(read, lambda: {"anyOf": [shape.schema, several.schema]})


def mapping_of(shape: Shape[T]) -> Shape[dict[str, T]]:
    """Make the shape of a mapping with free keys."""

    def read(spot: Spot) -> dict[str, T]:
        table = entries(spot)
        values = {}
        for key, inner in table.items():
            value = attempt(shape, inner)
            if _good_key(spot, key) and value is not None:
                values[key] = value
        return values

    return Shape(read, lambda: {"type": "object", "additionalProperties": shape.schema})


def record(
    fields: Mapping[str, Shape[Any]], required: Sequence[str] = ()
) -> Shape[Record]:
    """Make the shape of a mapping with fixed keys."""
    return Shape(
        lambda spot: read_record(spot, fields, required),
        lambda: object_schema(
            {key: shape.schema for key, shape in fields.items()}, required
        ),
    )


def object_schema(
    properties: Mapping[str, Schema], required: Sequence[str]
) -> dict[str, Any]:
    """Return the JSON Schema of a mapping with fixed keys."""
    made = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _missing(key: str) -> Message:
    return message("plan.key.missing", key=key)


def read_record(
    spot: Spot,
    fields: Mapping[str, Shape[Any]],
    required: Iterable[str] = (),
    *,
    also: Iterable[str] = (),
    missing: Callable[[str], Message] = _missing,
) -> Record:
    """Read a mapping with fixed keys, noting every mistake; keys in `also` are skipped.

    `missing` words the mistake of a required key that is not there.
    """
    values = {}
    table = entries(spot)
    guessed: set[str] = set()
    for key, inner in table.items():
        if key in fields:
            if (value := attempt(fields[key], inner)) is not None:
                values[key] = value
        elif key not in also:
            guessed |= note_unknown(spot, key, [*fields, *also])
    for key in required:
        if key not in table and key not in guessed:
            spot.note(missing(key))
    return Record(spot, values)


def items(spot: Spot) -> list[Spot]:
    """Return the spots of a list's items; a null is an empty list."""
    node = spot.node
    if isinstance(node, Scalar) and node.value is None:
        return []
    if not isinstance(node, document.Sequence):
        from secours.config.reader.wrong_forms import no_list  # for a mistake only

        raise Wrong(spot, no_list(node, seen(node)))
    return [spot.inside(f"[{at}]", item) for at, item in enumerate(node.items)]


def entries(spot: Spot) -> dict[str, Spot]:
    """Return the spots of a mapping's values; a null is an empty one."""
    node = spot.node
    if isinstance(node, Scalar) and node.value is None:
        return {}
    if not isinstance(node, document.Mapping):
        from secours.config.reader.wrong_forms import no_mapping  # for a mistake only

        raise Wrong(spot, no_mapping(node, seen(node)))
    for fault in node.faults:
        spot.context.notes.add(fault.line, fault.column, spot.where, fault.message)
    return {key: spot.inside(key, value) for key, value in node.items.items()}


def note_unknown(spot: Spot, key: str, valid: Sequence[str]) -> set[str]:
    """Note an unknown key; return the keys probably meant."""
    from secours.config.reader.wrong_forms import meaning  # for a mistake only

    assert isinstance(spot.node, document.Mapping)
    said, names = meaning(key, spot.node, valid)
    note_key(spot, key, said)
    return names


def note_key(spot: Spot, key: str, said: Message | str, /, **facts: Fact) -> None:
    """Note a mistake at a key, not its value."""
    assert isinstance(spot.node, document.Mapping)
    spot.inside(key.strip(), spot.node.keys[key]).note(said, **facts)


def _good_key(spot: Spot, key: str) -> bool:
    assert isinstance(spot.node, document.Mapping)
    name = attempt(NAME, spot.inside(key, spot.node.keys[key]))
    if name and name.text != key:  # no reference could name it
        trimmed = message("plan.a.trimmed-name")
        note_key(spot, key, "plan.must-be", wanted=trimmed)
    return name is not None
