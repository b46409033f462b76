from datetime import timedelta
from pathlib import Path

import pytest
from servers.hub_server import NOW, given_to

from secours.cli import run
from secours.model.secret import Secret
from secours.model.sites.membership import Sites
from secours.sites import credentials
from secours.sites.hub.credential_advice import advice
from secours.sites.hub.folder import HubFolder
from secours.sites.hub.roster import HubMember
from secours.texts import in_words

PLAN = """\
site: {name: Test, language: en}
channels: {radio: {depends_on: [], purposes: [alert], test: {every: 7d}}}
plan: [{purpose: alert, audience: staff, primary: radio, last_resort: Walk}]
"""


@pytest.fixture
def hub(tmp_path: Path) -> HubFolder:
    made = HubFolder(tmp_path / "hub")
    made.init([HubMember(name="hub", hosts=("hub.example",))], "province", NOW)
    made.add("dison", (), NOW)
    return made


def said(text: str | None, later: timedelta = timedelta()) -> list[str]:
    secret = None if text is None else Secret(text)
    sites = Sites(name="dison", hub=("tls://hub.example:4222",), credentials=secret)
    return [in_words("en", each) for each in advice(sites, NOW + later)]


def test_what_the_province_made_needs_no_advice(hub: HubFolder) -> None:
    assert said(credentials.written(given_to(hub, "dison"))) == []
    assert said(None) == []


def test_those_of_another_site_are_named(hub: HubFolder) -> None:
    hub.add("liege", (), NOW)

    assert said(credentials.written(given_to(hub, "liege"))) == [
        "they are those of liege: the hub does not let dison in with them"
    ]


@pytest.mark.parametrize("wrong", ["SUABC", "{}", '{"site": 1}', "certificate", "cut"])
def test_what_the_province_did_not_make_is_said_and_never_repeated(
    hub: HubFolder, wrong: str
) -> None:
    text = credentials.written(given_to(hub, "dison"))
    damaged = {
        "certificate": text.replace("MII", "MIX", 1),
        "cut": text[:-20],
    }
    (found,) = said(damaged.get(wrong, wrong))

    assert found.startswith("this is not what 'secours hub add' made")


def test_their_end_is_said_three_months_before(hub: HubFolder) -> None:
    text = credentials.written(given_to(hub, "dison"))
    years = timedelta(days=365.25 * 10)

    assert said(text, years - timedelta(days=91)) == []
    (found,) = said(text, years - timedelta(days=89))
    assert found.startswith("they end on 2036-")


def test_validate_says_it_with_its_place(
    hub: HubFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = hub.path / "sites" / "dison.credentials"
    plan = tmp_path / "probes.yaml"
    plan.write_text(
        f"{PLAN}sites:\n  name: liege\n  hub: tls://hub.example\n"
        f"  credentials: ${{file:{file}}}\n"
    )

    code = run(["validate", str(plan)])
    printed = capsys.readouterr().err

    assert code == 0
    assert (
        f"{plan}:7: warning: sites.credentials: they are those of dison: the hub does"
        " not let liege in with them\n"
    ) in printed
