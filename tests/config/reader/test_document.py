import pytest
import yaml
from refusals import said

from secours.config.reader import document
from secours.config.reader.document import Mapping, Scalar, Unreadable, parse, plain
from secours.texts import in_words


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("FALSE", False),
        ("True", True),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("012", 12),
        ("0o12", 10),
        ("0x1F", 31),
        ("-7", -7),
        ("1:30", "1:30"),
        ("1e3", 1000.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("1_000", "1_000"),
        ("2026-12-01", "2026-12-01"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("200-299", "200-299"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert plain(parse(f"a: {text}".encode())) == {"a": value}


def test_every_value_knows_its_line_and_column() -> None:
    root = parse(b"a: 1\nbb:\n  c: [x, y]\n")

    assert isinstance(root, Mapping)
    inner = root.items["bb"]
    assert isinstance(inner, Mapping)
    assert (inner.keys["c"].line, inner.keys["c"].column) == (3, 3)
    assert (inner.items["c"].line, inner.items["c"].column) == (3, 6)


def test_an_alias_is_the_value_it_names() -> None:
    assert plain(parse(b"a: &x [1, 2]\nb: *x\nc: [*x]")) == {
        "a": [1, 2],
        "b": [1, 2],
        "c": [[1, 2]],
    }


def test_a_key_is_the_text_it_is_written_as() -> None:
    assert plain(parse(b"112: a\n4g: b\ntrue: c")) == {
        "112": "a",
        "4g": "b",
        "true": "c",
    }


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    assert plain(parse(b"\xef\xbb\xbfa: 1")) == {"a": 1}


def test_a_key_written_twice_is_a_fault_that_hides_nothing() -> None:
    root = parse(b"a: 1\nb: 2\na: 3")

    assert isinstance(root, Mapping)
    assert plain(root) == {"a": 1, "b": 2}
    (fault,) = root.faults
    assert (fault.line, fault.column) == (3, 1)
    words = in_words("en", fault.message)
    assert words == "'a' stands twice here (first in line 1): remove one"


def test_merge_keys_are_a_fault() -> None:
    root = parse(b"a: &x {b: 1}\nc:\n  <<: *x")

    assert isinstance(root, Mapping)
    inner = root.items["c"]
    assert isinstance(inner, Mapping)
    assert "not YAML 1.2" in in_words("en", inner.faults[0].message)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 10)}]\n"
    for n in range(9)
)
DEEP_ALIASES = "a0: &a0 [x]\n" + "".join(
    f"a{n + 1}: &a{n + 1} [*a{n}]\n" for n in range(40)
)


@pytest.mark.parametrize(
    ("raw", "line", "column", "message"),
    [
        (b"", 1, 1, "the file is empty"),
        (b"# nothing\n", 1, 1, "the file is empty"),
        (b"---\n", 1, 1, "the file is empty"),
        (b"a: 1\nb: \xff", 2, 4, "not UTF-8"),
        (b"\xff\xfea\x00", 1, 1, "saved as UTF-16"),
        (b"a: 1\nb: \x01", 2, 4, "control character"),
        (b"a: [1, 2\nb: 3", 1, 4, "'[' is never closed"),
        (b"a: b: c", 1, 5, "colon in it must stand in quotes: a: "),
        (b"- {a: b, c: 10:}", 1, 15, "colon in it must stand in quotes: c: "),
        (b"a: {b: http:, c: 2}", 1, 12, "colon in it must stand in quotes: b: "),
        (b"a: [10:, 20]", 1, 7, "colon in it must stand in quotes"),
        (b"- {a: b, c: :10}", 1, 13, "text that begins with ':' must stand in"),
        (b"\ta: 1", 1, 1, "a tab stands here"),
        (b"a: 'x", 1, 4, "this ' is never closed"),
        (b"a: *x", 1, 4, "*x names nothing"),
        (b"a: &x [*x]", 1, 8, "*x stands inside what it names"),
        (b"a: 1\n---\nb: 2", 2, 1, "a second document"),
        (b"a: !!python/object:os.system x", 1, 4, "tags such as"),
        (b"a: !!map {}", 1, 4, "tags such as"),
        (b"[1]: 2", 1, 1, "a key must be one word"),
        (b"a: " + b"[" * 900, 1, 33, "nested too deeply"),
        (b"a: " + b"[" * 90_000, 1, 1003, "nested too deeply"),
        (b"- " * 90_000, 1, 61, "nested too deeply"),
        (BOMB.encode(), 6, 4, "too large once its aliases"),
        (DEEP_ALIASES.encode(), 30, 6, "too large once its aliases"),
        (b"a: 1\n" + b"#" * 4_000_000, 1, 1, "larger than 4 MB"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    raw: bytes, line: int, column: int, message: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        parse(raw)

    assert message in said(refused.value)
    assert (refused.value.line, refused.value.column) == (line, column)


def test_the_slow_loader_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"a: &x {b: [1, 'c', ~, 0x10]}\nd: *x\n"
    fast = plain(parse(text))
    monkeypatch.setattr(document, "LOADER", yaml.SafeLoader)

    assert plain(parse(text)) == fast


def test_a_scalar_alone_is_a_document() -> None:
    assert isinstance(parse(b"hello"), Scalar)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "plus du YAML : cela ne va pas avec ce qui commence à la ligne 1"),
        ("nl", "geen YAML meer: het past niet bij wat op regel 1 begint"),
        ("de", "kein YAML mehr: es passt nicht zu dem, was in Zeile 1 beginnt"),
        ("en", "not YAML: it does not fit what begins in line 1"),
    ],
    ids=["fr", "nl", "de", "en"],
)
def test_what_no_rule_knows_is_said_in_one_language(language: str, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parse(b"a: 1\n- x\n")

    said_so = in_words(language, caught.value.message)
    assert said_so.endswith(words)
    assert language == "en" or "expected" not in said_so


def test_a_key_without_a_space_behind_its_colon_is_cut_if_long() -> None:
    with pytest.raises(Unreadable) as refused:
        parse(b"a: 1\nkey" + b"9" * 5000 + b":value\n")

    assert refused.value.message.slug == "plan.yaml.colon-space"
    assert len(str(refused.value.message)) < 200


def test_a_sign_behind_a_backslash_turns_no_text_around() -> None:
    with pytest.raises(Unreadable) as refused:
        parse('a: "b\\\u202ec"\n'.encode())

    assert refused.value.message.slug == "plan.yaml.escape"
    assert "\u202e" not in str(refused.value.message)


def test_escape_is_named_with_its_backslash() -> None:
    with pytest.raises(Unreadable) as refused:
        parse(b'a: "\\ud83d"\n')

    assert dict(refused.value.message.facts)["sign"] == "\\u"
