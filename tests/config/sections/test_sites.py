"""The section `sites`: how a site takes part among others."""

from pathlib import Path

import pytest
from config.plan_files import advice, mistakes, read

from secours.config import advice as advice_module
from secours.model.sites.membership import ALL, Accepts, Shares, Sites

CHANNELS = "channels: {radio: {}}\n"
LOOPBACK = "sites: {name: dison, hub: 'nats://127.0.0.1'%s}\n"


def sites(folder: Path, more: str = "") -> Sites | None:
    return read(folder, CHANNELS + LOOPBACK % more).sites


def said(folder: Path, text: str) -> list[str]:
    """Return what is unwise in the section, without its name."""
    found = advice(read(folder, CHANNELS + text))
    return [each.removeprefix("sites.") for each in found if each.startswith("sites.")]


def wrong(folder: Path, more: str) -> list[str]:
    return mistakes(folder, CHANNELS + LOOPBACK % more)


def test_a_site_has_a_name_and_a_hub_and_the_rest_is_usual(tmp_path: Path) -> None:
    assert read(tmp_path, CHANNELS).sites is None
    assert sites(tmp_path) == Sites(name="dison", hub=("nats://127.0.0.1:4222",))
    usual = sites(tmp_path)
    assert usual is not None
    assert Shares.HOW not in usual.share
    assert set(usual.accept) == set(Accepts)


def test_everything_that_may_be_said_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATS", "secret")
    text = """\
sites:
  name: Dison, hôtel de ville
  hub: [tls://hub.example, "tls://[2001:db8::1]:5000"]
  credentials: ${NATS}
  share: [states, how]
  follow: [verviers, liège nord]
  accept: [words]
  at: [50.6, 5]
  region: Verviers
"""
    found = read(tmp_path, CHANNELS + text).sites

    assert found is not None
    assert found.credentials is not None
    assert found.credentials.reveal() == "secret"
    assert found.hub == ("tls://hub.example:4222", "tls://[2001:db8::1]:5000")
    assert (found.share, found.accept) == (
        (Shares.STATES, Shares.HOW),
        (Accepts.WORDS,),
    )
    assert (found.follow, found.follows_all) == (("verviers", "liège nord"), False)
    assert (found.at, found.region) == ((50.6, 5.0), "Verviers")


def test_all_is_every_site(tmp_path: Path) -> None:
    for written in (", follow: all", ", follow: [all]"):
        found = sites(tmp_path, written)
        assert found is not None
        assert (found.follow, found.follows_all) == ((ALL,), True)


@pytest.mark.parametrize("text", ["sites: {name: a}\n", "sites: {hub: 'tls://h'}\n"])
def test_a_name_and_a_hub_are_needed(tmp_path: Path, text: str) -> None:
    (found,) = mistakes(tmp_path, CHANNELS + text)

    assert "is missing" in found


@pytest.mark.parametrize("name", ["''", "all", "down", "x" * 61, '"a\\tb"'])
def test_a_name_that_no_site_may_have_is_a_mistake(tmp_path: Path, name: str) -> None:
    text = f"sites: {{name: {name}, hub: 'tls://h'}}\n"
    (found,) = mistakes(tmp_path, CHANNELS + text)

    assert found.startswith("2:15: sites.name: must be a name of up to 60 printable")


@pytest.mark.parametrize(
    "hub",
    [
        *("hub.example", "nats://hub.example:4222", "http://hub.example", "tls://"),
        *("tls://u:p@hub.example", "tls://hub.example/x", "tls://hub.example:99999"),
        *("tls://hub.example?x=1", "tls://[::1", "tls://:4222"),
    ],
)
def test_a_hub_is_reached_over_tls_unless_it_is_here(tmp_path: Path, hub: str) -> None:
    text = f"sites: {{name: a, hub: '{hub}'}}\n"
    (found,) = mistakes(tmp_path, CHANNELS + text)

    assert found.startswith("2:23: sites.hub: must be an address such as tls://")


@pytest.mark.parametrize(
    "at",
    [
        *("[91, 0]", "[0, 181]", "[1]", "[1, 2, 3]", "[a, b]", "'50.6, 5.5'"),
        *("[.nan, 5]", "[5, .nan]", "[5, .inf]", "[true, 5]", "5"),
    ],
)
def test_coordinates_are_two_numbers_on_the_globe(tmp_path: Path, at: str) -> None:
    (found,) = wrong(tmp_path, f", at: {at}")

    assert ": sites.at: must be " in found
    assert "[50.63, 5.57]" in found or "[a, b]" in found


@pytest.mark.parametrize(
    ("more", "begins"),
    [
        (", share: [secrets]", "sites.share[0]: "),
        (", accept: [orders]", "sites.accept[0]: "),
        (", credentials: SUABC", "sites.credentials: a secret never stands in this"),
        (", credential: x", "sites.credential: unknown key 'credential'"),
        (", follow: [down]", "sites.follow[0]: must be a name of up to 60"),
    ],
    ids=["share", "accept", "credentials", "unknown", "follow"],
)
def test_what_it_does_not_know_is_a_mistake(
    tmp_path: Path, more: str, begins: str
) -> None:
    (found,) = wrong(tmp_path, more)

    assert begins in found
    assert "SUABC" not in found


# ------------------------------------------------------------------ advice


def test_a_trial_on_one_machine_is_said_to_be_one(tmp_path: Path) -> None:
    assert said(tmp_path, LOOPBACK % "") == [
        "hub: without TLS: for a trial on one machine only"
    ]


def test_without_credentials_nobody_is_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NATS", raising=False)
    (without,) = said(tmp_path, "sites: {name: a, hub: 'tls://h'}\n")
    (missing,) = said(
        tmp_path, "sites: {name: a, hub: 'tls://h', credentials: '${NATS}'}\n"
    )

    assert without.startswith("hub: without 'credentials' the hub does not let")
    assert missing.startswith("credentials: ")
    assert missing.endswith("; the hub does not let this site in")


def test_a_site_that_follows_itself_learns_nothing(tmp_path: Path) -> None:
    _, itself = said(tmp_path, LOOPBACK % ", follow: [liege, dison]")

    assert itself.startswith("follow: it names this site itself")


@pytest.mark.parametrize(
    ("components", "unwise"),
    [("", True), ("power:site", True), ("power:grid", False)],
    ids=["none", "own", "grid"],
)
def test_a_region_is_for_power_from_outside(
    tmp_path: Path, components: str, unwise: bool
) -> None:
    listed = f"components: {{'{components}': {{}}}}\n" if components else ""
    found = said(tmp_path, LOOPBACK % ", region: Verviers" + listed)

    assert any(each.startswith("region: ") for each in found) is unwise


def test_what_brings_nats_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advice_module, "find_spec", lambda _: None)
    _, package = said(tmp_path, LOOPBACK % "")

    assert package.endswith(
        "from here: packages are missing; secours doctor says what installs them"
    )


@pytest.mark.parametrize("hub", ["[]", "tls://a:0", "'tls://a b'"])
def test_hub_that_cannot_be_reached_is_refused(tmp_path: Path, hub: str) -> None:
    text = f"{CHANNELS}sites: {{name: dison, hub: {hub}}}\n"
    (found,) = mistakes(tmp_path, text)

    assert found.startswith("2:27: sites.hub: must be an address such as tls://")
