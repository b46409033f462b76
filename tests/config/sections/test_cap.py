"""The section `cap`: whose warnings are taken."""

from pathlib import Path

import pytest
from config.plan_files import advice, mistakes, read

from secours.config import advice as advice_module

CHANNELS = "channels: {radio: {}}\n"


def test_a_token_and_a_certificate_beside_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAP_TOKEN", "of-the-weather-service")

    text = 'cap: {token: "${CAP_TOKEN}", certificate: weather.pem}\n'
    found = read(tmp_path, CHANNELS + text).cap

    assert found is not None
    assert found.token.reveal() == "of-the-weather-service"
    assert found.certificate == str(tmp_path / "weather.pem")
    assert read(tmp_path, CHANNELS).cap is None


def test_a_token_that_stands_in_the_plan_is_a_mistake(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, CHANNELS + "cap: {token: of-the-weather-service}\n")
    (without,) = mistakes(tmp_path, CHANNELS + "cap: {certificate: weather.pem}\n")

    assert said.startswith("2:14: cap.token: a secret never stands in this file")
    assert "of-the-weather" not in said
    assert without == "2:6: cap: 'token' is missing"


def test_what_keeps_warnings_out_or_unverified_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CAP_TOKEN", raising=False)
    text = 'cap: {token: "${CAP_TOKEN}", certificate: weather.pem}\n'
    said = [each for each in advice(read(tmp_path, CHANNELS + text)) if "cap" in each]
    monkeypatch.setattr(advice_module, "find_spec", lambda _: None)
    (tmp_path / "weather.pem").touch()
    bare = [each for each in advice(read(tmp_path, CHANNELS + text)) if "cap" in each]

    token, certificate = said
    assert token.startswith("cap.token: ")
    assert token.endswith("; no warning is taken in")
    assert certificate == (
        f"cap.certificate: {tmp_path}/weather.pem cannot be read:"
        " every warning is noted as unverified"
    )
    assert bare[1:] == [
        "cap.certificate: signatures cannot be checked here, every warning is noted"
        " as unverified: pip install 'secours[cap]'"
    ]


def test_a_section_that_can_be_used_needs_no_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAP_TOKEN", "of-the-weather-service")
    (tmp_path / "weather.pem").touch()
    text = 'cap: {token: "${CAP_TOKEN}", certificate: weather.pem}\n'

    said = advice(read(tmp_path, CHANNELS + text))

    assert not [each for each in said if each.startswith("cap.")]
