"""Devices, audiences and `heard_on` of probes.yaml."""

from pathlib import Path

import pytest
from config.plan_files import mistakes, read

from secours.languages import Text
from secours.model.plan import Config
from secours.model.receivers.audiences import (
    Audience,
    DeviceNeeds,
    DeviceService,
    PeopleGroup,
)

VOICE, TEXT, DATA = DeviceService


def needs(*names: str | tuple[str, ...], split: tuple[str, ...] = ()) -> DeviceNeeds:
    groups = (name if isinstance(name, tuple) else (name,) for name in names)
    return DeviceNeeds(needs=tuple(groups), split=split)


def with_group(folder: Path, devices: str, rest: str = "") -> Config:
    text = f"""\
channels: {{c: {{depends_on: []}}}}
audiences: {{staff: {{groups: {{field: {{devices: [{devices}]}}}}}}}}
{rest}
"""
    return read(folder, text)


def test_audience_has_groups_with_what_stands_there(tmp_path: Path) -> None:
    text = """\
channels: {c: {depends_on: []}}
audiences:
  staff:
    label: Agents
    groups:
      field: {label: Terrain, people: 20, devices: [mobile, astrid], staffed: true}
      home: {devices: landline}
      near: {}
  public:
"""
    config = read(tmp_path, text)

    groups = (
        PeopleGroup(
            name="field",
            label=Text("Terrain"),
            people=20,
            devices=("mobile", "astrid"),
            staffed=True,
        ),
        PeopleGroup(name="home", label=Text("home"), devices=("landline",)),
        PeopleGroup(name="near", label=Text("near"), devices=()),
    )
    assert config.audiences == {
        "staff": Audience(name="staff", groups=groups),
        "public": Audience(name="public"),
    }


def test_mobile_splits_over_the_operators_of_the_site(tmp_path: Path) -> None:
    mobile = with_group(tmp_path, "mobile").devices["mobile"]

    assert mobile.services == {
        VOICE: needs(split=("voice:mobile-a", "voice:mobile-b")),
        TEXT: needs(split=("carrier:mobile-a", "carrier:mobile-b")),
        DATA: needs(split=("data:mobile-a", "data:mobile-b")),
    }
    assert (mobile.autonomy_s, mobile.workplace) == (86400, False)
    assert mobile.label.in_("fr") == "Téléphone mobile"


def test_mobile_of_one_operator_is_not_split(tmp_path: Path) -> None:
    site = "site: {access: {mobile: [carrier:mobile-b]}}"
    mobile = with_group(tmp_path, "mobile", site).devices["mobile"]

    assert mobile.services[TEXT] == needs("carrier:mobile-b")


def test_mobile_of_own_operators_fails_with_the_network_unless_told_apart(
    tmp_path: Path,
) -> None:
    rest = """\
site: {access: {mobile: [carrier:orange, carrier:base]}}
components: {carrier:orange: {}, carrier:base: {}, data:orange: {}}
"""
    services = with_group(tmp_path, "mobile", rest).devices["mobile"].services

    assert services[VOICE].split == ("carrier:orange", "carrier:base")
    assert services[DATA].split == ("data:orange", "carrier:base")


def test_device_of_a_group_brings_its_components(tmp_path: Path) -> None:
    config = with_group(tmp_path, "landline, astrid")

    assert config.devices["landline"].services == {
        VOICE: needs("voice:fixed", "power:grid")
    }
    brought = {"voice:fixed", "carrier:fixed", "radio:astrid", "carrier:transport"}
    assert brought <= {*config.components}


def test_plan_changes_a_service_of_a_device_and_keeps_the_others(
    tmp_path: Path,
) -> None:
    rest = """\
devices:
  mobile: {label: GSM, text: {split: [carrier:mobile-b]}, voice: [], autonomy: 3h}
  desk: {data: [power:site, {any_of: [internet:isp, sat:starlink]}], workplace: false}
"""
    devices = with_group(tmp_path, "mobile, desk", rest).devices

    assert devices["mobile"].label == Text("GSM")
    assert devices["mobile"].autonomy_s == 10800
    assert devices["mobile"].services == {
        VOICE: needs(),
        TEXT: needs("carrier:mobile-b"),
        DATA: needs(split=("data:mobile-a", "data:mobile-b")),
    }
    assert not devices["desk"].workplace
    wanted = needs("power:site", ("internet:isp", "sat:starlink"))
    assert devices["desk"].services == {DATA: wanted}


def test_device_of_the_plan_is_as_it_stands_there(tmp_path: Path) -> None:
    rest = "devices: {siren: {voice: power:site, autonomy: 2h}}"
    siren = with_group(tmp_path, "siren", rest).devices["siren"]

    assert siren.services == {VOICE: needs("power:site")}
    assert (siren.label, siren.autonomy_s) == (Text("siren"), 7200)


def test_channel_is_heard_on_the_devices_of_its_kind(tmp_path: Path) -> None:
    text = """\
channels:
  phones: {kind: sip-trunk}
  runner: {kind: courier}
  chat: {kind: signal, heard_on: [mobile, tablet.data]}
  own: {depends_on: []}
devices: {tablet: {data: []}}
"""
    channels = read(tmp_path, text).channels

    assert channels["phones"].heard_on == (("mobile", VOICE), ("landline", VOICE))
    assert channels["runner"].heard_on == (("ears", VOICE),)
    of_mobile = [("mobile", each) for each in (VOICE, TEXT, DATA)]
    assert channels["chat"].heard_on == (*of_mobile, ("tablet", DATA))
    assert channels["own"].heard_on is None


def test_device_that_no_group_has_brings_nothing_into_the_plan(tmp_path: Path) -> None:
    text = """\
channels: {phones: {kind: sip-trunk}, sms: {kind: sms-operator-a}}
"""
    config = read(tmp_path, text)

    assert "voice:mobile-a" not in config.components
    assert "carrier:mobile-b" not in config.components
    services = config.devices["mobile"].services
    assert services[VOICE].split == ("carrier:mobile-a", "carrier:mobile-b")
    landline = config.devices["landline"].services[VOICE]
    assert landline == needs("carrier:fixed", "power:grid")


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (
            "devices: {mobile: {voice: carrier:mobile-c}}",
            "2:27: devices.mobile.voice: component 'carrier:mobile-c' is neither"
            " declared nor in the catalogue: did you mean",
        ),
        (
            "devices: {mobile: {voice: [{split: [sat:geo]}, {split: [sat:iridium]}]}}",
            "2:48: devices.mobile.voice[1]: a second 'split'",
        ),
        (
            "devices: {mobile: {voice: {split: []}}}",
            "2:27: devices.mobile.voice: must name at least one component",
        ),
        (
            "devices: {mobile: {fax: []}}",
            "2:20: devices.mobile.fax: unknown key 'fax'",
        ),
        (
            "devices: {drum: {label: Drum}}",
            "2:11: devices.drum: needs a service that it is heard by: voice, text,",
        ),
        (
            "audiences: {staff: {groups: {field: {devices: [gsm]}}}}",
            "2:48: audiences.staff.groups.field.devices[0]: no such device 'gsm':"
            " did you mean 'mobile'?",
        ),
        (
            "audiences: {staff: {groups: {field: {people: 0}}}}",
            "2:46: audiences.staff.groups.field.people: must be a whole number of at"
            " least 1",
        ),
        (
            "audiences: {staff: {field: {people: 20}}}",
            "2:21: audiences.staff.field: unknown key 'field'",
        ),
    ],
)
def test_mistake_says_its_place_and_what_was_meant(
    tmp_path: Path, rest: str, said: str
) -> None:
    (mistake,) = mistakes(tmp_path, f"channels: {{c: {{depends_on: []}}}}\n{rest}\n")

    assert mistake.startswith(said)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("mobil.text", "no such device 'mobil': did you mean 'mobile'?"),
        ("mobile.txt", "the device has no service 'txt': did you mean"),
        (
            "pager.voice",
            "the device has no service 'voice': did you mean 'pager.text'?",
        ),
        ("zzz", "no such device 'zzz': one of: mobile, landline"),
    ],
)
def test_heard_on_names_a_device_and_a_service_that_it_has(
    tmp_path: Path, written: str, said: str
) -> None:
    text = f"channels: {{c: {{kind: signal, heard_on: [ears, {written}]}}}}"
    (mistake,) = mistakes(tmp_path, text)

    assert mistake.startswith(f"1:47: channels.c.heard_on[1]: {said}")
