from pathlib import Path

import pytest
from config.plan_files import advice

from secours.config import load
from secours.config.advice import warnings
from secours.model.plan import Config
from secours.model.sections.line import Purpose

EXAMPLE = Path(__file__).parents[2] / "probes.yaml"
LANGUAGES = ("fr", "nl", "de", "en")


@pytest.fixture(scope="module")
def town() -> Config:
    return load(EXAMPLE)


def test_the_plan_of_the_town_loads_and_says_that_it_is_an_example(
    town: Config,
) -> None:
    assert town.example
    assert 10 <= len(town.channels) <= 14
    assert {line.purpose for line in town.plan} == {Purpose.ALERT, Purpose.COORDINATE}
    assert {line.audience for line in town.plan} == {"management", "staff"}
    assert all(line.last_resort.plain for line in town.plan)


def test_every_channel_of_the_town_is_in_its_plan_and_known_by_a_short_name(
    town: Config,
) -> None:
    planned = {name for line in town.plan for name, _ in line.order}

    assert planned == set(town.channels)
    for channel in town.channels.values():
        assert all(len(channel.short_name.in_(to)) <= 17 for to in LANGUAGES)
        assert channel.how.plain


def test_nothing_of_the_town_can_be_reached(town: Config) -> None:
    text = EXAMPLE.read_text()
    hosts = [getattr(probe.settings, "host", "h.invalid") for probe in town.probes()]

    assert all(host.endswith(".invalid") for host in hosts)
    assert text.count("https://") == sum(
        word.split("/")[2].rstrip('"').endswith(".invalid")
        for word in text.split()
        if "https://" in word
    )


def test_only_its_secrets_are_missing_and_what_people_must_try(
    town: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SMS_TOKEN", "SIP_PASSWORD", "TEAMS_SECRET", "MAIL_PASSWORD"):
        monkeypatch.setenv(name, "x")
    for name in ("NUMERO_GARDE", "NUMERO_DIRECTION"):
        monkeypatch.setenv(name, "+32470000001")
    monkeypatch.setenv("PUSH_GARDE", "ntfys://push.invalid/garde")

    config = load(EXAMPLE)
    said = warnings(config)
    assert all("'unproven'" in words for words in advice(config))
    assert [each.where for each in said] == ["channels.be-alert", "channels.radio"]
    assert all(town.channels[name].test_every_s for name in ("be-alert", "radio"))
