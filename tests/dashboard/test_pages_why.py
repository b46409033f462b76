from pathlib import Path

import pytest
from dashboard.served import stamped
from render.snapshots import snapshot, suspecting

from secours import config, places
from secours.dashboard import pages, view
from secours.dashboard.access import visit
from secours.dashboard.access.policy import LOCAL, Viewer
from secours.dashboard.address import Address
from secours.engine.published import snapshot_file
from secours.model.snapshot import Explained

PLAN = """
site: {name: Town}
channels:
  sms:
    purposes: [alert]
    depends_on: [carrier:mobile-a]
    probes: [{type: tcp, name: sip, host: 192.0.2.1, port: 1}]
  calls:
    purposes: [alert]
    depends_on: [carrier:mobile-a, power:grid]
    probes: [{type: tcp, name: sip, host: 192.0.2.1, port: 2}]
components:
  carrier:mobile-a: {label: Opérateur A}
  power:grid: {label: Réseau électrique}
plan:
  - {purpose: alert, audience: staff, primary: sms, last_resort: x}
"""


def drawn(**asked: str) -> str:
    came = visit.visit_of(Viewer(kind=LOCAL))
    address = Address("why", (("lang", "en"), *asked.items()))
    return str(view.fed(pages.VIEWS["why"], address, came)["html"])


def published(version: str) -> None:
    group = Explained(channels=("sms",), suspects=(("channel:sms",),))
    seen = suspecting(snapshot("xooo", plan_version=version), group)
    snapshot_file.write(stamped(seen), places.runtime_dir())


@pytest.fixture
def version(rooms: Path) -> str:
    file = rooms / "probes.yaml"
    file.write_text(PLAN, "utf-8")
    return config.load(file).version


def test_the_page_says_what_each_suspect_explains_and_who_is_cleared(
    version: str,
) -> None:
    published(version)

    html = drawn()

    assert "the channel On-call SMS alone" in html
    assert "<dt>Explains</dt>" not in html  # itself alone
    assert "Opérateur A: Voice calls works through it" in html
    assert "Réseau" not in html


def test_another_plan_than_that_of_the_snapshot_explains_nothing(version: str) -> None:
    published("older")

    html = drawn()

    assert "the channel On-call SMS alone" in html
    assert "The plan has just changed" in html
    assert "Explains" not in html


def test_the_address_names_the_channel_that_comes_first(version: str) -> None:
    published(version)

    html = drawn(name="sms")

    assert 's-why-asked" id="channel:sms"' in html
    assert "s-why-asked" not in drawn(name="calls")
