"""The section `print`: which printer, when, and what is refused of it."""

import json
from pathlib import Path

import jsonschema
import pytest
from config.plan_files import advice, mistakes, read

from secours.config.in_clear import in_clear
from secours.config.reader import document
from secours.config.schema import schema
from secours.model.paper.settings import OCCASIONS

CHANNELS = "channels: {a: {depends_on: [], probes: [{type: smtp, host: h}]}}\n"
LOGIN = "username: u, password: '${DESK}'"


def written(options: str) -> str:
    return f"{CHANNELS}print: {{{options}}}\n"


def test_without_it_nothing_prints(tmp_path: Path) -> None:
    assert read(tmp_path, CHANNELS).paper is None


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("ipp://printer.test", "ipp://printer.test:631/ipp/print"),
        ("ipps://printer.test/ipp/print", "ipps://printer.test:631/ipp/print"),
        ("ipp://localhost:632/printers/desk", "ipp://localhost:632/printers/desk"),
        ("ipp://printer.test:/", "ipp://printer.test:631/ipp/print"),
        ("ipp://[::1]/", "ipp://[::1]:631/ipp/print"),
    ],
)
def test_an_address_is_enough(tmp_path: Path, address: str, uri: str) -> None:
    paper = read(tmp_path, written(f"printer: '{address}'")).paper

    assert paper is not None
    assert (paper.uri, paper.copies, paper.on, paper.how) == (uri, 1, OCCASIONS, False)
    assert paper.at == "07:00"


def test_a_folder_is_enough(tmp_path: Path) -> None:
    paper = read(tmp_path, written("keep: /media/usb")).paper

    assert paper is not None
    assert (paper.printer, paper.keep) == (None, "/media/usb")


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ("{}", "print: needs a printer"),
        ("copies: 2", "print: needs a printer"),
        ("printer: lp0", "print.printer: must be an address such as ipps://"),
        ("printer: 'http://h/ipp'", "print.printer: must be an address"),
        ("printer: 'ipp://u@h/p'", "print.printer: must be an address"),
        ("printer: 'ipp://h:99999/p'", "print.printer: must be an address"),
        ("printer: 'ipp:///p'", "print.printer: must be an address"),
        ("printer: 'ipp://[h/p'", "print.printer: must be an address"),
        ("printer: 'ipp://h', copies: 0", "print.copies: "),
        ("printer: 'ipp://h', copies: 21", "print.copies: "),
        ("printer: 'ipp://h', copies: two", "print.copies: "),
        ("printer: 'ipp://h', on: [tuesday]", "print.on[0]: "),
        ("printer: 'ipp://h', on: monday", "print.on: "),
        ("printer: 'ipp://h', at: 25:00", "print.at: must be a time of day"),
        ("printer: 'ipp://h', at: 7h", "print.at: must be a time of day"),
        ("printer: 'ipp://h', how: maybe", "print.how: "),
        ("printer: 'ipp://h', username: u", "print.username: needs a password"),
        (f"printer: 'ipp://h', {LOGIN[13:]}", "print.password: needs a username"),
        ("printer: 'ipp://h', username: u, password: hunter2-2", "print.password: "),
        ("keep: usb", "print.keep: must be a whole path"),
        ("printr: 'ipp://h'", "print"),
        ("printer: 'ipp://h', when: monday", "print"),
    ],
)
def test_a_mistake_has_its_place(
    tmp_path: Path, options: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK", "hunter2-hunter2")
    text = written(options) if options != "{}" else f"{CHANNELS}print: {{}}\n"

    (found, *_) = mistakes(tmp_path, text)

    assert where in found
    assert "hunter2" not in found


def test_a_password_goes_in_clear_only_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK", "hunter2-hunter2")
    text = written("printer: 'ipp://h.test/p', " + LOGIN)

    (found,) = in_clear(read(tmp_path, text))

    assert (found.of, found.where, found.mend) == ("print", "print.password", "ipps://")
    for safe in ("ipps://h.test/p", "ipp://127.0.0.1/p", "ipp://localhost/p"):
        assert in_clear(read(tmp_path, text.replace("ipp://h.test/p", safe))) == ()


def test_a_password_that_is_missing_is_said(tmp_path: Path) -> None:
    config = read(tmp_path, written("printer: 'ipps://h/p', " + LOGIN))

    assert "the sheet is not printed by itself" in " ".join(advice(config))


@pytest.mark.usefixtures("processes")  # slow
def test_the_schema_knows_its_keys(tmp_path: Path) -> None:
    options = schema()["properties"]["print"]
    good = written("printer: 'ipp://h/p', on: [monday], copies: 3, keep: /media/usb")
    tree = document.plain(document.parse(good.encode()))

    jsonschema.validate(json.loads(json.dumps(tree)), schema())
    assert set(options["properties"]) >= {"printer", "on", "at", "keep", "how"}
    assert all(each["description"] for each in options["properties"].values())
