"""The files of a hub: which there are, who may read them, and what stays."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from configparser import ConfigParser
from datetime import UTC, datetime
from pathlib import Path

import pytest
from servers.hub_server import NOW, alone, given_to, one_hub

from secours.message import BadValue, Refusal
from secours.sites.hub import roster as rosters
from secours.sites.hub.configuration import SERVICE
from secours.sites.hub.folder import HubFolder
from secours.sites.hub.roster import HubMember

NOBODY = 65534


def _modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): _mode(path)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_no_secret_is_open_to_others(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    hub.renew((), NOW)

    modes = _modes(hub.path)
    secret = {name for name, mode in modes.items() if mode == 0o600}
    assert secret == {
        *("authority.key", "province.credentials"),
        *("hub/server.key", "sites/dison.credentials"),
    }
    assert {modes[name] for name in modes.keys() - secret} == {0o644}


def test_what_a_server_has_is_no_site_s_and_not_the_authority_s(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=())

    text = "".join(path.read_text() for path in (hub.path / "hub").glob("*.*"))
    assert given_to(hub, "dison").seed not in text
    assert given_to(hub, "province").seed not in text
    assert (hub.path / "authority.key").read_text() not in text


def test_init_leaves_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    before = {path: path.read_bytes() for path in hub.path.rglob("*.*")}

    with pytest.raises(Refusal) as refused:
        hub.init([alone()], "province", NOW)

    assert refused.value.message.slug == "commands.hub.there"
    assert {path: path.read_bytes() for path in hub.path.rglob("*.*")} == before


def test_service_has_the_folder_and_the_memory_of_a_hub(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "100 % hub", dison=())
    service = ConfigParser(strict=False, interpolation=None)
    service.optionxform = str  # type: ignore[assignment, method-assign]
    service.read(hub.path / "hub" / SERVICE)

    found = service["Service"]
    assert found["WorkingDirectory"] == str(hub.path / "hub").replace("%", "%%")
    assert found["MemoryMax"] == "600M"
    assert found["Environment"] == "GOMEMLIMIT=60MiB"  # the last of two


def test_a_site_is_added_once(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    first = given_to(hub, "dison")

    for name in ("dison", "province"):
        with pytest.raises(Refusal) as refused:
            hub.add(name, (), NOW)
        assert refused.value.message.slug == "commands.hub.known"

    assert given_to(hub, "dison") == first


def test_a_site_that_is_removed_leaves_nothing(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=(), liege=())
    key = hub.roster().sites[0].nkey
    hub.remove("dison", NOW)

    assert [each.name for each in hub.roster().sites] == ["liege"]
    assert key not in (hub.path / "hub" / "sites.conf").read_text()
    assert not (hub.path / "sites" / "dison.credentials").exists()
    with pytest.raises(Refusal) as refused:
        hub.remove("dison", NOW)
    assert refused.value.message.slug == "commands.hub.unknown"


def test_what_somebody_changed_in_the_configuration_stays(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub")
    conf = hub.path / "hub" / "nats.conf"
    conf.write_text(conf.read_text().replace("10GB", "40GB"))
    hub.add("dison", (), NOW)

    assert "40GB" in conf.read_text()


@pytest.mark.parametrize(
    ("content", "slug"),
    [(None, "commands.hub.none"), ("{", "commands.hub.damaged")],
    ids=["no hub", "damaged"],
)
def test_a_folder_of_no_hub_is_said_so(
    tmp_path: Path, content: str | None, slug: str
) -> None:
    if content is not None:
        (tmp_path / "hub.json").write_text(content)

    with pytest.raises(Refusal) as refused:
        HubFolder(tmp_path).add("dison", (), datetime.now(UTC))

    assert refused.value.message.slug == slug


# ------------------------------------------------------------------ what is read


@pytest.mark.parametrize(
    ("text", "hosts", "port"),
    [
        ("a=hub.example", ("hub.example",), 4222),
        ("a=hub.example:5000", ("hub.example",), 5000),
        ("a=192.0.2.1:5000", ("192.0.2.1",), 5000),
        ("a=[2001:db8::1]", ("2001:db8::1",), 4222),
        ("a=[2001:DB8::1]:5000", ("2001:db8::1",), 5000),
    ],
)
def test_a_member_is_read(text: str, hosts: tuple[str, ...], port: int) -> None:
    assert rosters.member(text) == HubMember(name="a", hosts=hosts, port=port)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "a=", "=h", "a b=h", "A=h", "../a=h", "sites=h", "a=h:0"),
        *("a=h:65000", "a=h:x", "a=h h", 'a="h"', "a=2001:db8::1", "a=h/x"),
    ],
)
def test_what_is_no_member_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        rosters.member(text)


@pytest.mark.parametrize("text", ["", "all", "down", " a", "a\n", "x" * 61, "a\u2028b"])
def test_what_may_not_be_the_name_of_a_site_is_refused(text: str) -> None:
    with pytest.raises(BadValue):
        rosters.site_name(text)


def test_addresses_are_as_a_plan_and_the_other_members_name_them() -> None:
    member = rosters.member("a=[2001:db8::1]:5000")

    assert member.url == "tls://[2001:db8::1]:5000"
    assert member.route == "nats-route://[2001:db8::1]:7000"


def test_a_server_s_user_comes_to_its_files_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        hub = one_hub(tmp_path / "hub", dison=())
    finally:
        os.umask(before)

    assert _mode(hub.path) == _mode(hub.path / "hub") == 0o755
    assert _mode(hub.path / "hub" / "nats.conf") == 0o644
    assert _mode(hub.path / "sites") == 0o700


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_two_who_add_a_site_at_once_both_do(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub")
    names = [f"site-{number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: HubFolder(hub.path).add(name, (), NOW), names))

    assert [each.name for each in hub.roster().sites] == sorted(names)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_server_s_user_changes_nothing_that_root_installs(tmp_path: Path) -> None:
    hub = one_hub(tmp_path / "hub", dison=())
    server = hub.path / "hub"
    for path in (server, *server.iterdir()):  # as before, when all was that user's
        os.chown(path, NOBODY, NOBODY)
    (server / "nats.conf").unlink()
    (server / "nats.conf").symlink_to(hub.path / "authority.key")
    hub.renew((), NOW)
    hub.add("spa", (), NOW)

    theirs = {path.name for path in server.iterdir() if _is_theirs(path)}
    assert theirs == {"jetstream", "server.key"}
    assert not _is_theirs(server)
    secret = (hub.path / "authority.key").read_text()
    assert [
        _mode(each)
        for each in server.iterdir()
        if each.is_file() and each.read_text() == secret
    ] == [0o600]


def _is_theirs(path: Path) -> bool:
    return path.lstat().st_uid == NOBODY
