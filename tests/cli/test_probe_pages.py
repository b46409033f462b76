import pytest
from config.fake_probes import FAKE

from secours import probes
from secours.cli import run
from secours.cli.probes import ProbePage, ProbeTypeEntry, describe
from secours.model.observed import Evidence
from secours.probes import ProbeType


def test_every_probe_type_is_described() -> None:
    found = [page.entry for page in describe()]

    assert [one.type for one in found] == probes.names()
    assert all(one.about and (one.options or one.missing) for one in found)


def test_options_are_told_in_words_with_their_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probes, "names", lambda: ["fake"])
    monkeypatch.setattr(probes, "find", lambda name: FAKE)
    ((fake, _),) = describe()

    assert (fake.about, fake.best) == ("A fake: is all well?", Evidence.SERVED)
    assert [(o.name, o.wanted, o.default) for o in fake.options] == [
        ("host", "text", "required"),
        ("port", "whole number", "25"),
        ("ratio", "number", "0.5"),
        ("many", "whole number from 1 to 9", "1"),
        ("mode", "fast, slow", "fast"),
        ("any_or", "whole number or any", ""),
        ("strict", "true or false", "true"),
        ("within", "length of time", "2m"),
        ("password", "secret, as ${NAME}", ""),
        ("url", "text, ${NAME} allowed", ""),
        ("headers", "mapping to text, ${NAME} allowed", "{}"),
        ("statuses", "list of whole number or text", "[200-299]"),
        ("expect", "text or list of text", ""),
        ("expect_json", "mapping to any value", "{}"),
        ("ca", "text", ""),
        ("imap", "mapping (host, port, password)", ""),
        ("checks", "list of mapping (host, port, password)", "[]"),
    ]


def test_page_of_a_type_says_what_each_option_means(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["probes", "call_roundtrip", "tcp"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "port whole number (required): Port to connect to." in page
    assert "): Account or modem that calls, with the number" in page  # of `from`

    assert run(["probes"]) == 0
    assert "Port to connect to." not in capsys.readouterr().out


def test_a_type_whose_package_is_missing_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> ProbeType:
        raise ModuleNotFoundError("No module named 'aiontp'", name="nobody-knows-it")

    monkeypatch.setattr(probes, "names", lambda: ["ntp"])
    monkeypatch.setattr(probes, "find", missing)

    about = "needs a package that is not installed: secours[all]"
    entry = ProbeTypeEntry(
        type="ntp", about=about, best=Evidence.NONE, missing="all", options=()
    )
    assert [*describe()] == [ProbePage(entry)]
