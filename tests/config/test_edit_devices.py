"""Devices as a form offers them, and the channels that are heard on one."""

from typing import Any

import pytest

from secours.config.edit.edits import edited, tree_of
from secours.config.edit.people import devices_of, heard_edits, written_needs
from secours.config.file import read
from secours.model.receivers.audiences import EARS
from secours.model.requests import DeviceEdit, Edit

FILE = "probes.yaml"
OPERATORS = ("carrier:mobile-a", "carrier:mobile-b")
PLAN = b"""\
channels:
  radio: {kind: analog-radio}
  horn: {depends_on: [], heard_on: horn}
  flag: {depends_on: []}
devices:
  horn: {label: Horn, voice: []}
"""


def heard(device: str, wanted: list[str]) -> dict[str, Any]:
    """Return what is written of the channels that change."""
    config, tree = read(PLAN, FILE), tree_of(PLAN, FILE)
    edits = heard_edits(config, tree, device, wanted)
    return {each.name: each.values["heard_on"] for each in edits if each.values}


def test_devices_of_a_plan_come_first_and_have_what_it_says() -> None:
    found = devices_of(read(PLAN, FILE))

    assert [*found][:2] == ["horn", "analog-radio"]
    assert found["pager"].autonomy_s == 1_209_600
    assert EARS not in found


@pytest.mark.parametrize(
    ("access", "kind", "networks"),
    [
        ("", "analog-radio", OPERATORS),
        ("site: {access: {mobile: carrier:x}}\n", "analog-radio", ("carrier:x",)),
        ("", "sms-operator-a", OPERATORS),
    ],
)
def test_a_device_over_the_networks_of_the_site_is_offered_with_these(
    access: str, kind: str, networks: tuple[str, ...]
) -> None:
    text = PLAN.replace(b"analog-radio", kind.encode())
    more = b"" if not access else b"components: {carrier:x: {}}\n"
    mobile = devices_of(read(access.encode() + more + text, FILE))["mobile"]

    assert {each.split for each in mobile.services.values()} == {networks}


@pytest.mark.parametrize(
    ("device", "wanted", "edits"),
    [
        ("horn", ["horn"], {}),
        ("horn", ["horn", "radio"], {"radio": ["analog-radio", "horn"]}),
        ("horn", [], {"horn": []}),
        ("horn", ["horn", "flag"], {}),
        ("pager", ["horn"], {"horn": ["horn", "pager"]}),
    ],
)
def test_heard_on_changes_only_where_it_is_another(
    device: str, wanted: list[str], edits: dict[str, Any]
) -> None:
    assert heard(device, wanted) == edits


def test_heard_on_goes_where_it_is_that_of_the_kind_again() -> None:
    made = PLAN.replace(
        b"{kind: analog-radio}",
        b"{kind: analog-radio, heard_on: [analog-radio, horn.voice]}",
    )
    (edit,) = heard_edits(read(made, FILE), tree_of(made, FILE), "horn", ["horn"])

    assert (edit.name, edit.values) == ("radio", {"heard_on": None})
    after = edited(made, FILE, [edit])
    assert after.text == PLAN


def test_needs_are_written_as_a_plan_reads_them() -> None:
    needs = written_needs(["power:grid", "site:lan"], list(OPERATORS))
    edits: list[Edit] = [DeviceEdit(name="horn", values={"voice": needs})]
    (found,) = edited(PLAN, FILE, edits).devices["horn"].services.values()

    assert written_needs([], []) == []
    assert found.needs == (("power:grid",), ("site:lan",))
    assert found.split == OPERATORS


def test_no_device_takes_the_name_of_a_service_of_another() -> None:
    edit = DeviceEdit(name="analog-radio.voice", values={"data": []})
    plan = PLAN.replace(
        b"heard_on: horn", b"heard_on: [analog-radio.voice, horn.voice]"
    )
    before, after = edited(plan, FILE, []), edited(plan, FILE, [edit])

    assert after.devices.keys() - before.devices.keys() == {edit.name}
    for name, channel in before.channels.items():
        assert after.channels[name].heard_on == channel.heard_on
