import pytest
from config.fake_probes import FAKE

from secours import probes
from secours.config.probe_reference import OptionWords, ProbeDescription, describe
from secours.model.observed import Evidence
from secours.probes import ProbeType


def test_every_probe_type_is_described() -> None:
    found = describe()

    assert [one.type for one in found] == probes.names()
    assert all(one.summary and (one.options or one.missing) for one in found)


def test_options_are_told_in_words_with_their_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probes, "names", lambda: ["fake"])
    monkeypatch.setattr(probes, "find", lambda name: FAKE)
    (fake,) = describe()

    assert (fake.summary, fake.best) == ("A fake: is all well?", Evidence.SERVED)
    assert fake.options == (
        OptionWords("host", "text", "required"),
        OptionWords("port", "whole number", "25"),
        OptionWords("ratio", "number", "0.5"),
        OptionWords("many", "whole number from 1 to 9", "1"),
        OptionWords("mode", "fast, slow", "fast"),
        OptionWords("any_or", "whole number or any", ""),
        OptionWords("strict", "true or false", "true"),
        OptionWords("within", "length of time", "2m"),
        OptionWords("password", "secret, as ${NAME}", ""),
        OptionWords("url", "text, ${NAME} allowed", ""),
        OptionWords("headers", "mapping to text, ${NAME} allowed", "{}"),
        OptionWords("statuses", "list of whole number or text", "[200-299]"),
        OptionWords("expect", "text or list of text", ""),
        OptionWords("expect_json", "mapping to any value", "{}"),
        OptionWords("ca", "text", ""),
        OptionWords("imap", "mapping (host, port, password)", ""),
        OptionWords("checks", "list of mapping (host, port, password)", "[]"),
    )


def test_a_type_whose_package_is_missing_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> ProbeType:
        raise ModuleNotFoundError("No module named 'aiomqtt'", name="nobody-knows-it")

    monkeypatch.setattr(probes, "names", lambda: ["mqtt"])
    monkeypatch.setattr(probes, "find", missing)

    assert describe() == (
        ProbeDescription(
            type="mqtt",
            summary="needs a package that is not installed: secours[all]",
            missing="all",
        ),
    )
