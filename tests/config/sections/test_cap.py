"""The section `cap`: whose warnings are taken."""

from pathlib import Path

import pytest
from config.plan_files import mistakes, read

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
