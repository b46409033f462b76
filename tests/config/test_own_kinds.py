"""Kinds of a site's own: one file beside the plan, checked as the catalogue is."""

import os
from pathlib import Path

import pytest
from config.plan_files import advice

from secours.config import BadConfig, load, own_kinds, read
from secours.config.advice import warnings
from secours.core.receivers.hearing import of
from secours.engine.reload import Source
from secours.model.plan import Config
from secours.model.sections.channel import Carries
from secours.model.sections.line import Purpose
from secours.render.wording.mistakes import worded

KINDS = """\
speaker-net:
  label: {fr: Réseau de hauts-parleurs, nl: Luidsprekernet, en: Loudspeaker net}
  short_name: {fr: Hauts-parleurs, nl: Luidsprekers, en: Loudspeakers}
  purposes: [alert, inform]
  carries: voice
  needs: [power:site, access, {any_of: [radio:province, carrier:transport]}]
  heard_on: [ears, home-internet.data]
  traits: {wakes_people: yes}
  gdpr_note: no personal data
  people: {fr: un essai, en: a test announcement}
  source: the province (V)
  reviewed: 2026-11-30
"""
PLAN = """\
site: {name: Town, language: en}
kinds: province.yaml
components: {radio:province: {label: Radio of the province}}
channels:
  speakers: {kind: speaker-net, test: {every: 30d}}
  untried: {kind: speaker-net, label: Untried}
audiences: {population: {groups: {homes: {devices: [home-internet]}}}}
plan:
  - {purpose: inform, audience: population, primary: speakers, alternate: untried,
     last_resort: "Door to door"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path, "province.yaml", KINDS)
    written(tmp_path, "probes.yaml", PLAN)
    return tmp_path


def written(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, "utf-8")


def town(folder: Path) -> Config:
    return load(folder / "probes.yaml")


def refused(folder: Path, kinds: str) -> list[str]:
    written(folder, "province.yaml", kinds)
    with pytest.raises(BadConfig) as bad:
        town(folder)
    said = worded(bad.value.mistakes, "en")
    assert {Path(each.file).name for each in said} == {"province.yaml"}
    return [f"{each.line}:{each.column}: {each.message}" for each in said]


def test_a_channel_takes_what_its_own_kind_says(folder: Path) -> None:
    channel = town(folder).channels["speakers"]

    assert channel.kind == "speaker-net"
    assert channel.label.in_("nl") == "Luidsprekernet"
    assert channel.purposes == {Purpose.ALERT, Purpose.INFORM}
    assert channel.carries == {Carries.VOICE}
    assert channel.needs[0] == ("power:site",)
    assert "internet:isp" in channel.needs[1]
    assert channel.needs[2] == ("radio:province", "carrier:transport")
    assert channel.traits["wakes_people"] == "yes"
    assert channel.traits["e2e"] == "unknown"


def test_its_people_hear_it_and_it_is_advised_how_to_try_it(folder: Path) -> None:
    config = town(folder)

    assert of(config)["inform/population"]["speakers"]
    assert [each for each in advice(config) if "try" in each] == [
        "channels.untried: neither probed nor tested by people: try a test announcement"
    ]


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("speaker-net:", "siren:", "1:1: 'siren' is in the catalogue already"),
        ("speaker-net:", "icms:", "1:1: 'icms' is in the catalogue already"),
        ("speaker-net:", "Speaker Net:", "1:1: the name of a kind has small letters"),
        ("Loudspeakers}", "Loudspeakers everywhere}", "3:15: 23 characters: the wall"),
        ("[alert, inform]", "[alert, informm]", "4:21: must be one of alert,"),
        ("[alert, inform]", "[]", "4:13: must be a list"),
        ("power:site,", "power:sitee,", "6:11: component 'power:sitee' is neither"),
        ("access, {", "{any_of: [access, power:grid]}, {", "6:33: 'access' stands"),
        ("[ears,", "[eers,", "7:14: no such device 'eers': did you mean 'ears'?"),
        ("wakes_people", "wakes_peeple", "8:12: no such trait 'wakes_peeple'"),
        ("province (V)", "province", "11:11: say where this comes from"),
        ("2026-11-30", "2026-11-31", "12:13: must be a date such as 2026-12-01"),
        ("2026-11-30", "2999-01-01", "12:13: this date is not over yet"),
        ("  gdpr_note: no personal data\n", "", "2:3: 'gdpr_note' is missing"),
        ("  gdpr_note:", "  gdpr-note:", "9:3: unknown key 'gdpr-note'"),
    ],
)
def test_each_mistake_has_its_place_in_that_file(
    folder: Path, good: str, bad: str, said: str
) -> None:
    found = refused(folder, KINDS.replace(good, bad, 1))

    assert [each for each in found if each.startswith(said)], found


@pytest.mark.parametrize(
    "more",
    [
        "suggestions: [{type: plugin, command: [id]}]",
        "probes: [{type: plugin, command: [id]}]",
        'token: "${file:/etc/shadow}"',
    ],
)
def test_no_test_secret_or_command_comes_in_with_it(folder: Path, more: str) -> None:
    (said,) = refused(folder, f"{KINDS}  {more}\n")

    assert said.startswith("13:3: unknown key")


def test_a_reference_to_a_secret_stays_a_text(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORD", "hunter2")
    written(folder, "province.yaml", KINDS.replace("no personal data", "'${WORD}'"))

    assert town(folder).own_kinds["speaker-net"].gdpr_note == "${WORD}"


def test_a_file_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "province.yaml").unlink()

    with pytest.raises(BadConfig) as bad:
        town(folder)

    (said,) = worded(bad.value.mistakes, "en")
    assert said.file == str(folder / "province.yaml")
    assert said.message == "there is no such file of kinds"


def test_a_plan_that_others_may_write_chooses_no_file(folder: Path) -> None:
    (folder / "probes.yaml").chmod(0o666)

    with pytest.raises(BadConfig) as bad:
        town(folder)

    (said,) = worded(bad.value.mistakes, "en")
    assert (said.line, said.column) == (2, 8)
    assert "Radio" not in said.message


def test_an_edit_of_it_is_an_edit_of_the_plan(folder: Path) -> None:
    source = Source(folder / "probes.yaml")
    before = source.load()
    assert not source.edited()

    written(folder, "province.yaml", KINDS.replace("[alert, inform]", "[inform]"))
    os.utime(folder / "province.yaml", ns=(1, 1))
    assert not source.edited()  # it may be half written
    assert source.edited()
    after = source.load()

    assert after.version != before.version
    assert after.channels["speakers"].purposes == {Purpose.INFORM}


def test_a_kept_text_is_read_alike_when_the_file_is_another(folder: Path) -> None:
    before = town(folder)
    (folder / "province.yaml").write_text("{}\n", "utf-8")

    again = read(before.text, str(folder / "probes.yaml"))

    assert again.version == before.version
    assert again.own_kinds == before.own_kinds
    assert again.text == before.text


def test_kinds_kept_in_a_plan_give_way_to_the_file(folder: Path) -> None:
    kept = town(folder).text
    (folder / "probes.yaml").write_bytes(kept)
    written(folder, "province.yaml", KINDS.replace("[alert, inform]", "[inform]"))

    assert town(folder).channels["speakers"].purposes == {Purpose.INFORM}
    assert not [w for w in warnings(town(folder)) if "comment" in str(w.message)]


def test_a_plan_without_kinds_of_its_own_is_as_before(tmp_path: Path) -> None:
    text = "channels: {c: {kind: siren}}\n"
    written(tmp_path, "probes.yaml", text)
    config = town(tmp_path)

    assert config.own_kinds == {}
    assert config.text == text.encode()


def test_a_comment_that_begins_with_kinds_cuts_no_plan(folder: Path) -> None:
    before = town(folder)
    plan = (folder / "probes.yaml").read_text("utf-8")
    first, rest = plan.split("\n", 1)
    commented = f"{first}\n#kinds of channels, as the province has them\n{rest}"
    written(folder, "probes.yaml", commented)

    after = town(folder)

    assert (after.channels, after.plan) == (before.channels, before.plan)
    assert read(after.text, str(folder / "probes.yaml")).text == after.text
    assert own_kinds.without(after.text) == commented.encode()
