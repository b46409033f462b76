"""Edits by enemies: forged requests, others' rights, secrets, paths in names."""

import asyncio
import logging
import os
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from engine.editing.desk import PLAN, SWAPPED, Desk, channel, desk
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.scripted import closed_port
from soak import by_level

from secours.engine.editing import plan_file
from secours.model.requests import EditRequest

SECRET = "hunter2: {x} $y"
IMAP = {
    "type": "imap",
    "host": "127.0.0.1",
    "port": 1,
    "username": "probe",
    "password": "${typed:password}",
}
MAIL = channel("mail", kind="email-onprem", probes=[IMAP])
PLANNED = f"{PLAN}access: {{planners: [Ana, ben@example.org]}}\n"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as made:
        yield made


def everything_in(folder: Path, but: str = "secrets") -> bytes:
    files = (f for f in folder.rglob("*") if f.is_file() and f.parent.name != but)
    return b"".join(file.read_bytes() for file in files)


# ------------------------------------------------------------------ secrets


async def test_a_typed_secret_goes_to_a_file_of_its_owner_and_nowhere_else(
    town: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = await town.save(MAIL, secrets={"mail/password": SECRET})
    kept = town.file.parent / "secrets" / "mail-password"

    assert answer["saved"], answer
    assert kept.read_text() == SECRET
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert 'password: "${file:secrets/mail-password}"' in town.file.read_text()
    (probe,) = town.engine.config.channels["mail"].probes
    assert probe.settings.password.reveal() == SECRET
    town.journal("plan-edit")
    shown = str(answer).encode() + everything_in(town.folder) + caplog.text.encode()
    assert b"hunter2" not in shown
    assert SECRET not in repr(EditRequest(action="look", secrets={"a/b": SECRET}))


async def test_a_secret_goes_to_the_data_folder_where_the_plan_is_read_only(
    town: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_file, "is_writable", lambda _file: False)
    answer = await town.save(MAIL, secrets={"mail/password": SECRET})
    kept = town.store.folder / "secrets" / "mail-password"

    assert (answer["saved"], kept.read_text()) == (False, SECRET)
    assert f'password: "${{file:{kept}}}"' in answer["diff"]
    assert not (town.file.parent / "secrets").exists()
    town.journal("plan-proposed")
    assert b"hunter2" not in everything_in(town.folder) + str(answer).encode()


async def test_a_try_stores_no_secret(town: Desk) -> None:
    probes = [{**IMAP, "port": closed_port()}]
    edit = channel("mail", kind="email-onprem", probes=probes)
    secrets = {"mail/password": SECRET}
    answer = await town.send(
        action="try", edits=[edit], channel="mail", secrets=secrets
    )

    assert answer["reason"] == "refused"
    assert not (town.file.parent / "secrets").exists()
    assert b"hunter2" not in everything_in(town.folder, "") + str(answer).encode()
    assert not [name for name in os.environ if name.startswith("SECOURS_TYPED")]


async def test_a_secret_that_is_typed_anew_leaves_the_one_before(town: Desk) -> None:
    first = await town.save(MAIL, secrets={"mail/password": SECRET})
    second = await town.save(MAIL, secrets={"mail/password": "another one"})
    folder = town.file.parent / "secrets"

    assert (first["saved"], second["saved"]) == (True, True)
    assert (folder / "mail-password").read_text() == SECRET
    assert (folder / "mail-password2").read_text() == "another one"


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"mail/password": ""},
        {"mail/password": " \r\n"},
        {"mail/password": "x" * 65_537},
        {"sms/password": "x"},
    ],
)
async def test_a_secret_that_was_not_typed_is_asked_for(
    town: Desk, typed: dict[str, str]
) -> None:
    saved = await town.save(MAIL, secrets=typed)
    tried = await town.send(action="try", edits=[MAIL], channel="mail", secrets=typed)
    looked = await town.send(action="look", edits=[MAIL])

    assert (
        saved == tried == {"error": "type the password or token again: mail/password"}
    )
    assert looked["mistakes"] == []
    assert not (town.file.parent / "secrets").exists()


@pytest.mark.parametrize("action", ["save", "try"])
async def test_a_kept_secret_is_not_sent_to_another_host(
    town: Desk, action: str
) -> None:
    await town.save(MAIL, secrets={"mail/password": SECRET})
    kept = {**IMAP, "password": "${file:secrets/mail-password}"}
    for changes in ({"host": "192.0.2.1"}, {"port": 2}, {"security": "none"}):
        edit = channel("mail", probes=[{**kept, **changes}])
        answer = await town.send(
            action=action, of=town.of, edits=[edit], channel="mail"
        )
        (mistake,) = answer["mistakes"]
        assert mistake["where"] == "channels.mail.probes[0].password"
        assert "type it anew" in mistake["text"]
    slower = await town.save(channel("mail", probes=[{**kept, "interval": "5m"}]))
    assert slower["saved"]


@pytest.mark.parametrize(
    ("url", "is_kept"),
    [
        ("https://me:hunter2@town.example/", False),
        ("https://me:${typed:password}hunter2@town.example/", False),
        ("https://me:${typed:password}@town.example/a:b@c", True),
        ("https://me@town.example:8443/?to=a:b@c", True),
    ],
)
async def test_no_password_stands_in_an_address(
    town: Desk, url: str, is_kept: bool
) -> None:
    edit = channel("mail", kind="email-onprem", probes=[{"type": "http", "url": url}])
    answer = await town.save(edit, secrets={"mail/password": SECRET})

    assert answer.get("saved", False) == is_kept, answer
    town.journal("plan-edit")  # all is written
    assert b"hunter2" not in everything_in(town.folder)


async def test_a_typed_secret_goes_to_no_probe_that_names_a_file_of_its_name(
    tmp_path: Path,
) -> None:
    other = "{type: imap, host: b.example, username: x, password: '${file:%s}'}"
    probes = f"{{probes: [{other % 'secrets/mail-password'}], "
    plan = PLAN.replace("telephone: {", f"telephone: {probes}")
    async with desk(tmp_path, plan) as town:
        answer = await town.save(MAIL, secrets={"mail/password": SECRET})
        (probe,) = town.engine.config.channels["telephone"].probes

    assert answer["saved"]
    assert not probe.settings.password.is_there


async def test_a_plan_taken_back_is_sent_no_secret_typed_since(town: Desk) -> None:
    elsewhere = channel("mail", kind="email-onprem", probes=[{**IMAP, "port": 2}])
    first = await town.save(elsewhere, secrets={"mail/password": "another one"})
    back = await town.send(**first["undo"])
    (town.file.parent / "secrets" / "mail-password").unlink()  # no plan names it
    second = await town.save(MAIL, secrets={"mail/password": SECRET})
    await town.send(**second["undo"])
    await town.send(action="save", of=town.of, back=back["version"])
    (probe,) = town.engine.config.channels["mail"].probes

    assert probe.settings.port == 2
    assert not probe.settings.password.is_there


async def test_a_secret_goes_into_no_folder_that_others_may_write(town: Desk) -> None:
    beside = town.file.parent / "secrets"
    beside.mkdir()
    beside.chmod(0o777)
    answer = await town.save(MAIL, secrets={"mail/password": SECRET})

    assert answer["saved"]
    assert [*beside.iterdir()] == []
    assert (town.store.folder / "secrets" / "mail-password").read_text() == SECRET


@pytest.mark.parametrize(
    "name",
    [
        "../../up",
        "/etc/x",
        ".hidden",
        "a\0b",
        "é/ö",
        "..",
        "x" * 300,
        "\uff41\uff0f\uff42",
    ],
)
async def test_no_name_leads_out_of_the_folder_of_secrets(
    town: Desk, name: str
) -> None:
    before = {*town.folder.rglob("*")}
    edit = {**MAIL, "name": name}
    await town.save(edit, secrets={f"{name}/password": SECRET})
    made = {*town.folder.rglob("*")} - before

    inside = town.file.parent / "secrets"
    files = {file for file in made if SECRET.encode() in _bytes(file)}
    assert all(file.parent == inside for file in files)
    assert all(file.name.isascii() and file.name[0] != "." for file in files)


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


async def test_secrets_of_two_channels_of_one_name_in_letters_stay_apart(
    town: Desk,
) -> None:
    names = ("a.b", "a-b")
    edits = [{**MAIL, "name": name} for name in names]
    typed = {f"{name}/password": f"secret of {name}" for name in names}
    answer = await town.save(*edits, secrets=typed)

    assert answer["saved"], answer
    for name in names:
        (probe,) = town.engine.config.channels[name].probes
        assert probe.settings.password.reveal() == f"secret of {name}"


@pytest.mark.parametrize("url", ["httq://a.example/?token=", "no address "])
async def test_an_option_that_is_wrong_with_its_secret_leaves_the_plan(
    town: Desk, url: str
) -> None:
    probe = {"type": "http", "url": f"{url}${{typed:url-1}}"}
    edit = channel("web", kind="website-public", probes=[probe])
    answer = await town.save(edit, secrets={"web/url-1": SECRET})

    (mistake,) = answer["mistakes"]
    assert mistake["where"] == "channels.web.probes[0].url"
    assert "hunter2" not in str(answer)
    assert town.file.read_text() == PLAN
    assert not (town.file.parent / "secrets").exists()


# ------------------------------------------------------------------ reasons


@pytest.mark.parametrize(
    "edit",
    [
        {"edit": "channel", "name": "x", "values": None},
        {"edit": "device", "name": "x", "values": None},
        {"edit": "group", "audience": "staff", "name": "x", "values": None},
        {"edit": "line", "purpose": "alert", "audience": "x", "channels": []},
    ],
)
async def test_what_is_not_in_the_plan_is_not_said_to_be_written_oddly(
    town: Desk, edit: dict[str, Any]
) -> None:
    answer = await town.save(edit)

    (mistake,) = answer["mistakes"]
    assert mistake["text"] == "this is not in the plan: there is nothing to take out"


@pytest.mark.parametrize("password", ["${file:/etc/shadow}", "${typed:Password}"])
async def test_a_new_test_is_not_said_to_go_elsewhere(
    town: Desk, password: str
) -> None:
    probes = [{**IMAP, "password": password}]
    answer = await town.save(channel("mail", kind="email-onprem", probes=probes))

    (mistake,) = answer["mistakes"]
    assert mistake["text"].startswith("a secret that is kept goes with no other test")


async def test_an_unknown_version_is_not_said_to_be_of_a_plan_that_changed(
    town: Desk,
) -> None:
    answer = await town.send(action="save", of=town.of, back="../../x")

    assert answer["error"].startswith(
        "this version cannot be undone: it is not kept any more"
    )


async def test_who_is_no_planner_is_told_who_may(town: Desk) -> None:
    answer = await town.save(SWAPPED, over="tls")

    assert "whoever may act on this machine" in answer["error"]


@pytest.mark.parametrize("host", ["me:pa/ss@h", "h:99999", "h:x", "[::1", "h:0"])
async def test_an_address_that_leads_nowhere_is_in_no_plan(
    town: Desk, host: str
) -> None:
    probe = {"type": "http", "url": f"https://{host}/"}
    answer = await town.save(channel("web", kind="website-public", probes=[probe]))

    (mistake,) = answer["mistakes"]
    assert mistake["where"] == "channels.web.probes[0].url"
    assert town.file.read_text() == PLAN


# ------------------------------------------------------------------ rights


@pytest.mark.parametrize(
    ("plan", "by", "over", "may"),
    [
        (PLAN, "Ana", "loopback", True),
        (PLAN, "Ana", "tls", False),
        (PLAN, "Ana", "", False),
        (PLANNED, "Ana", "loopback", True),
        (PLANNED, "Ana", "tls", True),
        (PLANNED, "ben@example.org", "tls", True),
        (PLANNED, "Ana", "", False),
        (PLANNED, "ana", "tls", False),
        (PLANNED, "Eve", "loopback", False),
        (PLANNED, "", "loopback", False),
    ],
)
async def test_only_planners_edit_and_not_in_clear(
    tmp_path: Path, plan: str, by: str, over: str, may: bool
) -> None:
    async with desk(tmp_path, plan) as town:
        who = {"by": by, "over": over}
        looked = await town.send(action="look", edits=[SWAPPED], **who)
        tried = await town.send(action="try", edits=[MAIL], channel="mail", **who)
        saved = await town.save(SWAPPED, **who)

        assert looked["may"] == may
        assert looked["diff"]  # for who may save it
        assert ("error" in tried, "error" in saved) == (True, not may)
        assert ("token again" in tried["error"]) == may
        assert (town.file.read_text() == plan) == (not may)
        assert over or "TLS" in saved["error"]


async def test_no_form_makes_itself_a_planner(tmp_path: Path) -> None:
    async with desk(tmp_path, PLANNED) as town:
        edit = {"edit": "site", "values": {"access": {"internet": "internet:fibre"}}}
        answer = await town.save(edit)

    assert answer["mistakes"][0]["where"] == "site.access"


# ------------------------------------------------------------------ forged requests

ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 2**70) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)
EDITS = st.fixed_dictionaries(
    {
        "edit": st.sampled_from(["channel", "line", "group", "device", "site", "x"]),
        "name": st.sampled_from(["sms", "../x", "a\0b", "<<", ""]) | ANY,
        "values": st.none()
        | st.dictionaries(
            st.sampled_from(["probes", "how", "kind", "<<", "devices", "people"]), ANY
        ),
        "audience": ANY,
        "purpose": st.just("alert") | ANY,
        "channels": st.lists(st.sampled_from(["sms", "telephone", "x"])) | ANY,
    },
)
REQUESTS = st.fixed_dictionaries(
    {"action": st.sampled_from(["look", "save", "try"]) | ANY},
    optional={
        "edits": st.lists(EDITS.map(lambda edit: fields_of(edit)), max_size=3) | ANY,
        "of": ANY,
        "back": ANY,
        "channel": ANY,
        "probe": ANY,
        "secrets": st.dictionaries(st.text(), st.text()) | ANY,
        "over": st.sampled_from(["", "tls", "loopback", "x"]) | ANY,
        "language": st.sampled_from(["", "fr", "xx"]) | ANY,
        "by": ANY,
        "more": ANY,
    },
)
FIELDS = {
    "channel": ("name", "values"),
    "device": ("name", "values"),
    "group": ("audience", "name", "values"),
    "line": ("purpose", "audience", "channels"),
    "site": ("values",),
}


def fields_of(edit: dict[str, Any]) -> dict[str, Any]:
    kept = FIELDS.get(edit["edit"], tuple(edit))
    return {key: edit[key] for key in ("edit", *kept) if key in edit}


@pytest.mark.parametrize(
    ("name", "values", "where"),
    [
        ("../../etc/x", {"voice": []}, "devices.../../etc/x"),
        ("a\nb", {"voice": []}, "devices.a b"),
        ("horn", {"voice": [], "command": ["x"]}, "devices.horn.command"),
        ("horn", {"voice": ["power:x"]}, "devices.horn.voice[0]"),
        ("horn", {"voice": [{"split": [{"a": 1}]}]}, "devices.horn.voice[0]"),
        ("horn", {"label": "x"}, "devices.horn"),
        ("mobile", {"autonomy": "soon"}, "devices.mobile.autonomy"),
    ],
)
async def test_a_device_that_no_plan_may_have_is_refused_at_its_place(
    town: Desk, name: str, values: dict[str, Any], where: str
) -> None:
    answer = await town.save({"edit": "device", "name": name, "values": values})

    assert [each["where"] for each in answer["mistakes"]][:1] == [where]
    assert town.file.read_text() == PLAN


def test_any_request_gets_an_answer_and_leaves_a_plan(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    @settings(max_examples=int(by_level(30, 150, 600)))
    @given(st.lists(REQUESTS, min_size=1, max_size=4))
    def attacked(forged: list[dict[str, Any]]) -> None:
        asyncio.run(attack(tmp_path_factory.mktemp("town"), forged))

    async def attack(folder: Path, forged: list[dict[str, Any]]) -> None:
        async with desk(folder) as town:
            for each in forged:
                saves = each.get("action") == "save"
                fields = {"of": town.of, **each} if saves else each
                answer: dict[str, Any] = {"error": "no text"}
                with suppress(UnicodeEncodeError):
                    answer = await town.send(**fields)
                assert answer.get("ok") or answer["error"]
            assert town.engine.config.channels
            folders = sorted(each for each in os.listdir(folder) if "." not in each)
            assert {*folders} <= {"data", "etc"}
            assert "defect" not in caplog.text

    attacked()


@pytest.mark.parametrize("depth", [50, 2000, 100_000])
async def test_values_that_are_too_deep_are_refused(town: Desk, depth: int) -> None:
    deep: Any = "[" * depth + "]" * depth
    line = (
        '{"do": "edit", "by": "A", "over": "loopback", "action": "look", "edits":'
        f' [{{"edit": "channel", "name": "sms", "values": {{"probes": {deep}}}}}]}}\n'
    )
    reader, writer = await asyncio.open_unix_connection(town.folder / "engine.sock")
    writer.write(line.encode())
    answer = await reader.readline()
    writer.close()

    assert b'"mistakes":[{' in answer or b'"error"' in answer
    assert b"defect" not in answer
