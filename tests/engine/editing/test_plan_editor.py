"""Edits of the plan that people make by forms, over the engine's socket."""

import asyncio
import errno
import hashlib
import os
import stat
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from engine.editing.desk import PLAN, SWAPPED, Desk, channel, desk
from servers.scripted import closed_port, saying, tcp_server

from secours.engine.editing import plan_editor, plan_file
from secours.engine.store import durable_files
from secours.languages import LANGUAGES
from secours.render.wording.editing import plan_changes

SAID = "ALERT · staff: SMS is now before Telephone"
TCP = {"type": "tcp", "host": "127.0.0.1", "port": 1}
ACCOUNT = {"username": "probe", "password": "${typed:password}"}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as made:
        yield made


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_file, "is_writable", lambda _file: False)


# ------------------------------------------------------------------ look


async def test_look_says_what_may_be_done(town: Desk) -> None:
    answer = await town.send(action="look", by="")

    assert answer == {
        "ok": True,
        "of": hashlib.sha256(PLAN.encode()).hexdigest(),
        "changed": False,
        "writable": True,
        "may": True,
        "versions": [],
    }


async def test_look_says_what_would_change_and_changes_nothing(town: Desk) -> None:
    answer = await town.send(action="look", edits=[SWAPPED])

    assert answer["words"] == [SAID]
    assert "+  - {purpose: alert, audience: staff, primary: sms" in answer["diff"]
    assert answer["mistakes"] == []
    assert town.file.read_text() == PLAN


async def test_look_places_mistakes_at_their_fields(town: Desk) -> None:
    probes = [{**TCP, "host": "not a host"}]
    edit = channel("sms", probes=probes)
    answer = await town.send(action="look", edits=[edit])

    (mistake,) = answer["mistakes"]
    assert mistake["where"] == "channels.sms.probes[0].host"
    assert mistake["text"]
    assert (answer["ok"], answer["diff"]) == (True, "")


# ------------------------------------------------------------------ save


async def test_save_writes_the_plan_keeps_the_rest_and_puts_it_in_force(
    town: Desk,
) -> None:
    town.file.chmod(0o640)
    answer = await town.save(SWAPPED)
    after = town.file.read_text()

    assert (answer["saved"], answer["words"]) == (True, [SAID])
    assert after == PLAN.replace(
        "primary: telephone, alternate: sms", "primary: sms, alternate: telephone"
    )
    assert answer["of"] == town.of
    assert stat.S_IMODE(town.file.stat().st_mode) == 0o640
    (line,) = town.engine.config.plan
    assert [name for name, _ in line.order] == ["sms", "telephone"]


async def test_save_is_in_the_journal_with_its_author(town: Desk) -> None:
    await town.save(SWAPPED, by="Ana")
    (entry,) = town.journal(plan_changes.ENTRY)

    assert entry.by == "Ana"
    for language in LANGUAGES:
        words = plan_changes.sentences(entry.text, language)
        assert "SMS" in words
        assert "staff" in words
    assert plan_changes.sentences(entry.text, "en") == SAID


async def test_the_second_of_two_who_edit_at_once_is_told(town: Desk) -> None:
    of = town.of
    first, second = await asyncio.gather(
        town.send(action="save", of=of, edits=[SWAPPED]),
        town.send(action="save", of=of, edits=[channel("sms", how="113")], by="Ben"),
    )
    told, saved = sorted((first, second), key=lambda each: each.get("saved", False))

    assert saved["saved"]
    assert told["changed"]
    assert "somebody else" in told["error"]
    changed = 'how: "113"' in town.file.read_text()
    assert changed == bool(second.get("saved"))


async def test_a_file_edited_by_hand_meanwhile_stays(
    town: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_over = durable_files.write_over

    def after_another(path: Path, text: bytes, before: bytes | None) -> None:
        path.write_bytes(b"# by hand\n" + path.read_bytes())
        write_over(path, text, before)

    monkeypatch.setattr(plan_editor, "write_over", after_another)
    secret = {"sms/password": "hunter2 hunter2"}
    probe = {"type": "imap", "host": "127.0.0.1", **ACCOUNT}
    answer = await town.save(channel("sms", probes=[probe]), secrets=secret)

    assert answer["changed"]
    assert town.file.read_text() == "# by hand\n" + PLAN
    assert plan_file.latest(town.store.folder) == []
    assert [*(town.file.parent / "secrets").iterdir()] == []


async def test_mistakes_are_not_saved(town: Desk) -> None:
    answer = await town.save(channel("sms", kind="signl"))

    assert answer["error"]
    assert "signal" in answer["mistakes"][0]["text"]
    assert town.file.read_text() == PLAN


async def test_a_plan_broken_by_hand_is_told_as_it_is(town: Desk) -> None:
    town.file.write_text("channels: {")
    looked = await town.send(action="look", edits=[SWAPPED])
    saved = await town.save(SWAPPED)

    assert looked["mistakes"][0]["text"] == saved["mistakes"][0]["text"]
    assert town.file.read_text() == "channels: {"


async def test_nothing_is_saved_that_changes_nothing(town: Desk) -> None:
    answer = await town.save(channel("sms", label="SMS"))

    assert answer == {"error": "nothing would change"}


# ------------------------------------------------------------------ versions


async def test_a_version_is_taken_back_by_one_press(town: Desk) -> None:
    saved = await town.save(SWAPPED)
    undone = await town.send(**saved["undo"])
    listed = (await town.send(action="look"))["versions"]

    assert undone["words"] == ["ALERT · staff: Telephone is now before SMS"]
    assert town.file.read_text() == PLAN
    assert [each["words"] for each in listed] == [undone["words"], saved["words"]]
    assert listed[1]["id"] == saved["version"]
    assert {each["by"] for each in listed} == {"Ana"}

    again = await town.send(**undone["undo"])
    assert again["words"] == [SAID]


async def test_of_versions_with_one_text_the_latest_alone_is_taken_back(
    town: Desk,
) -> None:
    saved = await town.save(SWAPPED)
    back = await town.send(**saved["undo"])
    again = await town.send(**back["undo"])
    looked = await town.send(action="look")

    assert again["of"] == saved["of"]
    assert [each["last"] for each in looked["versions"]] == [True, False, False]


async def test_the_one_group_of_an_audience_is_called_everybody(town: Desk) -> None:
    everybody = {"edit": "group", "audience": "staff", "name": "all"}
    answer = await town.save({**everybody, "values": {"people": 9}}, language="fr")

    (words,) = answer["words"]
    assert words.startswith("tout le monde est un nouveau groupe de")


async def test_a_version_is_not_taken_back_after_another(town: Desk) -> None:
    saved = await town.save(SWAPPED)
    await town.save(channel("sms", how="113"))
    listed = (await town.send(action="look"))["versions"]
    late = await town.send(**{**saved["undo"], "of": town.of})
    unread = await town.send(**saved["undo"])

    assert [each["last"] for each in listed] == [True, False]
    assert "has changed since" in late["error"]
    assert unread["changed"]
    assert 'how: "113"' in town.file.read_text()


async def test_old_versions_are_forgotten(
    town: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_file, "MOST", 3)
    for number in range(5):
        await town.save(channel("sms", how=f"11{number}"))
    kept = plan_file.latest(town.store.folder)

    assert len(kept) == 3
    assert b'how: "113"' in kept[0].before


# ------------------------------------------------------------------ not writable


async def test_what_cannot_be_written_is_a_difference_and_a_command(
    town: Desk, closed: None
) -> None:
    answer = await town.save(SWAPPED)
    looked = await town.send(action="look")

    assert (answer["saved"], answer["undo"]) == (False, None)
    assert town.file.read_text() == PLAN
    assert answer["command"].startswith("sudo sh -c ")
    assert "-  - {purpose: alert" in answer["diff"]
    assert looked["writable"] is False
    assert [each["saved"] for each in looked["versions"]] == [False]
    (entry,) = town.journal(plan_changes.PROPOSED)
    assert plan_changes.sentences(entry.text, "en") == SAID


def take_in(answer: dict[str, Any]) -> int:
    script = answer["command"].removeprefix("sudo ")
    return subprocess.run(script, shell=True, check=False).returncode


async def test_the_command_takes_the_plan_in_unless_it_has_changed(
    processes: None, town: Desk, closed: None
) -> None:
    town.file.chmod(0o640)
    answer = await town.save(SWAPPED)

    town.file.write_text(f"# by hand\n{PLAN}")
    refused = take_in(answer)
    by_hand = town.file.read_text()
    town.file.write_text(PLAN)
    taken = take_in(answer)
    back = await town.send(action="save", of=town.of, back=answer["version"])
    listed = (await town.send(action="look"))["versions"]

    assert [(each["id"], each["saved"], each["last"]) for each in listed] == [
        (back["version"], False, False),
        (answer["version"], True, True),
    ]
    assert (refused, by_hand) == (1, f"# by hand\n{PLAN}")
    assert (taken, town.of) == (0, answer["of"])
    assert stat.S_IMODE(town.file.stat().st_mode) == 0o640
    assert [each.name for each in town.file.parent.iterdir()] == ["probes.yaml"]


async def test_a_text_that_was_exchanged_is_not_taken_in(
    processes: None, town: Desk, closed: None
) -> None:
    answer = await town.save(SWAPPED)
    (proposed,) = (town.store.folder / plan_file.VERSIONS).glob("*.yaml")
    proposed.write_text("channels: {a: {kind: signal}}\n")

    assert take_in(answer) == 1
    assert town.file.read_text() == PLAN


async def test_nobody_reads_a_text_before_it_is_checked(
    processes: None,
    town: Desk,
    closed: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town.file.chmod(0o644)
    answer = await town.save(SWAPPED)
    seen = tmp_path / "seen"
    check = tmp_path / "bin" / "sha256sum"
    check.parent.mkdir()
    check.write_text(f"#!/bin/sh\nstat -c %a {town.file}.new >{seen}\nexit 1\n")
    check.chmod(0o755)
    monkeypatch.setenv("PATH", f"{check.parent}:{os.environ['PATH']}")

    assert take_in(answer) == 1
    assert seen.read_text() == "600\n"


async def test_a_disk_that_takes_no_plan_leaves_the_command(
    town: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_any: Any) -> None:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(plan_editor, "write_over", busy)
    answer = await town.save(SWAPPED)

    assert answer["saved"] is False
    assert answer["command"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_is_said_and_no_command_is_offered(
    town: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_any: Any) -> None:
        raise OSError(number, "it is full")

    monkeypatch.setattr(plan_editor, "write_over", full)
    answer = await town.save(SWAPPED)
    why = {errno.ENOSPC: "No space left on device", errno.EDQUOT: "it is full"}

    assert answer == {"error": f"it is not saved: {why[number]}"}
    assert plan_file.latest(town.store.folder) == []
    assert town.file.read_text() == PLAN


# ------------------------------------------------------------------ languages


async def test_all_is_said_in_the_language_of_the_reader(town: Desk) -> None:
    said = "ALERTER · personnel : SMS est maintenant avant Telephone"
    bad = {**SWAPPED, "channels": ["sms", "x"]}
    looked = await town.send(action="look", edits=[SWAPPED], language="fr")
    wrong = await town.send(action="look", edits=[bad], language="fr")
    saved = await town.save(SWAPPED, language="fr")
    again = await town.save(SWAPPED, language="fr")
    stale = await town.save(SWAPPED, language="nl", of="x")
    tried = await town.send(
        action="try", edits=[channel("sms", probes=[TCP])], channel="x", language="de"
    )
    (listed,) = (await town.send(action="look", language="fr"))["versions"]
    (entry,) = town.journal(plan_changes.ENTRY)

    assert looked["words"] == saved["words"] == [said]
    assert wrong["mistakes"][0]["text"].startswith("le canal 'x'")
    assert again == {"error": "rien ne changerait"}
    assert stale["error"].startswith("iemand anders")
    assert tried["error"] == "x hat diesen Test nicht"
    assert listed["words"] == ["ALERT · staff : SMS est maintenant avant Telephone"]
    assert plan_changes.sentences(entry.text, "en") == SAID


async def test_a_device_of_the_catalogue_is_changed_and_stays_one(town: Desk) -> None:
    longer = {"edit": "device", "name": "mobile", "values": {"autonomy": "2d"}}
    saved = await town.save(longer, language="fr")
    usual = await town.save({**longer, "values": None}, language="fr")

    words = "appareil Téléphone mobile : modification (durée sans courant)"
    assert (saved["words"], usual["words"]) == ([words], [words])


async def test_an_unknown_language_is_refused(town: Desk) -> None:
    answer = await town.send(action="look", language="xx")

    assert "xx" in answer["error"]


# ------------------------------------------------------------------ try


async def test_a_probe_is_tried_as_it_would_be(town: Desk) -> None:
    async with tcp_server(saying(b"ok\n")) as port:
        edit = channel("sms", probes=[{**TCP, "port": port, "expect": "ok"}])
        answer = await town.send(action="try", edits=[edit], channel="sms")

    assert answer == {
        "ok": True,
        "verdict": "ok",
        "evidence": "served",
        "reason": "",
        "text": "passed, the service answers",
    }
    assert town.file.read_text() == PLAN


async def test_a_try_that_fails_says_why(town: Desk) -> None:
    edit = channel("sms", probes=[{**TCP, "port": closed_port()}])
    answer = await town.send(action="try", edits=[edit], channel="sms")

    assert (answer["verdict"], answer["reason"]) == ("failed", "refused")
    assert "refused" in answer["text"]


@pytest.mark.parametrize(("name", "number"), [("sms", 1), ("sms", -1), ("fax", 0)])
async def test_no_probe_but_one_that_there_is_is_tried(
    town: Desk, name: str, number: int
) -> None:
    edit = channel("sms", probes=[TCP])
    answer = await town.send(action="try", edits=[edit], channel=name, probe=number)

    assert "no such test" in answer["error"]
