"""The table of usual words names only what there is, and is found however written."""

import msgspec
import pytest

from secours import probes
from secours.config import catalogue
from secours.config.reader.mistakes import guesses, nearest, suggestion
from secours.config.reader.synonyms import FILE, simple

TABLES = msgspec.json.decode(FILE.read_bytes(), type=dict[str, dict[str, list[str]]])


@pytest.mark.parametrize(
    ("table", "valid"),
    [
        ("kind", {*catalogue.load().kinds}),
        ("device", {*catalogue.load().devices}),
        ("probe-type", {*probes.names()}),
        ("instead", {*probes.names()}),
    ],
    ids=["kind", "device", "probe-type", "instead"],
)
def test_each_word_stands_for_something_that_is_there(
    table: str, valid: set[str]
) -> None:
    assert {name for names in TABLES[table].values() for name in names} <= valid


def test_words_are_written_as_they_are_looked_for() -> None:
    tables = {name: table for name, table in TABLES.items() if name != "program"}
    words = [word for table in tables.values() for word in table]

    assert words
    assert [word for word in words if simple(word) != word] == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("VoIP", ("sip-trunk",)),
        ("Office 365", ("email-m365", "teams")),
        ("ofice365", ("email-m365", "teams")),
        ("téléphone", ("pstn-fixed", "sip-trunk", "voice-mobile")),
        ("sip-trnk", ("sip-trunk",)),
        ("zzz", ()),
    ],
)
def test_a_kind_is_meant_by_its_usual_words_or_nearly_its_name(
    written: str, meant: tuple[str, ...]
) -> None:
    assert guesses(written, [*catalogue.load().kinds], "kind") == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("provider:starlnk", "provider:starlink"),
        ("providr:meta", "provider:meta"),
        ("provider:iridum", "sat:iridium"),  # it is in no nearer class
        ("meta", "provider:meta"),
        ("provider:zzz", None),
        ("power:meta", "provider:meta"),
    ],
)
def test_a_component_is_looked_for_within_its_class(
    written: str, meant: str | None
) -> None:
    known = ["provider:starlink", "provider:meta", "sat:starlink", "sat:iridium"]
    known += [f"carrier:operator-{n}" for n in range(20)]

    found = guesses(written, known)

    assert found == ((meant,) if meant else ())


@pytest.mark.parametrize("written", ["stmp", "snpm", "imcp"])
def test_two_letters_that_are_swapped_are_put_right(written: str) -> None:
    meant = {"stmp": "smtp", "snpm": "snmp", "imcp": "icmp"}[written]

    assert guesses(written, ["icmp", "imap", "smtp", "snmp", "mqtt"]) == (meant,)


def test_of_many_names_the_command_is_named_that_lists_them() -> None:
    many = [f"name{n}" for n in range(20)]

    said = suggestion("zzz", many, listed_by="secours kinds")

    assert said.slug == "plan.listed-by"
    assert nearest("zzz", many) is None
