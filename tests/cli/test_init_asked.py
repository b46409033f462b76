"""What `secours init` makes of answers, wherever a person stops, errs or turns back."""

import asyncio
import errno
import fcntl
import io
import os
import signal
import stat
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from servers.certificates import trusted_file
from servers.command import Command
from servers.scripted import closed_port
from servers.typist import typist

from secours.cli import channel_interview, run
from secours.cli.init import NEXT
from secours.config import catalogue, load
from secours.config.edit import questions
from secours.doctor import found_servers
from secours.doctor.found_servers import MX, FoundServer
from secours.engine.store import durable_files
from secours.languages import LANGUAGES

FILE = "probes.yaml"
OWN_KINDS = """\
speaker-net:
  label: Loudspeaker net
  purposes: [alert]
  needs: []
  heard_on: [ears]
  gdpr_note: none
  people: a test
  source: us (A)
  reviewed: 2026-11-30
"""
PLACE = ("en", "Town hall", "")
RADIO = ("astrid", "Cupboard B2", "")  # a channel that nothing probes, and no more
PEOPLE = ("management", "12", "1 5", "Send a runner")
ORDER = ("1", "1")
ALL = (*PLACE, *RADIO, *PEOPLE, *ORDER)

Answer = Callable[..., int]


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Return what answers all questions of `init` in a folder, and its exit code."""
    monkeypatch.chdir(tmp_path)

    def typed(answers: Sequence[str], *options: str) -> int:
        lines = "".join(f"{line}\n" for line in answers)
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return run(["init", "--ask", *options])

    return typed


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_become_a_plan_in_each_language(
    answer: Answer, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = answer((language, *ALL[1:]))
    plan = load(FILE)

    assert code == 0, capsys.readouterr()
    assert (plan.site.name.plain, plan.site.language) == ("Town hall", language)
    assert plan.channels["astrid"].how.plain == "Cupboard B2"
    group = plan.audiences["management"].groups[0]
    assert (group.people, group.devices) == (12, ("mobile", "astrid"))
    assert [line.last_resort.plain for line in plan.plan] == ["Send a runner"] * 2


@pytest.mark.parametrize("answers", range(len(ALL)))
def test_an_early_end_leaves_a_plan_or_nothing_and_says_which(
    answer: Answer, answers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code = answer(ALL[:answers])
    said = capsys.readouterr().out
    has_channel = answers >= len(PLACE) + 2

    assert code == (0 if has_channel else 3)
    assert Path(FILE).exists() == has_channel
    if has_channel:
        assert load(FILE).channels
        assert "To go on: secours init probes.yaml" in said
    else:
        assert "Nothing is written to probes.yaml." in said


def test_an_empty_file_is_no_plan_yet(answer: Answer, tmp_path: Path) -> None:
    for file in ("asked.yaml", "first.yaml"):
        (tmp_path / file).touch(mode=0o640)

    assert answer(ALL, "asked.yaml") == 0
    assert run(["init", "--yes", "first.yaml"]) == 0
    assert load("asked.yaml").channels
    assert load("first.yaml").channels
    assert stat.S_IMODE((tmp_path / "asked.yaml").stat().st_mode) == 0o640


def test_a_full_disk_leaves_no_file_in_place_of_a_first_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", full)

    assert run(["init", "--yes", FILE]) == 3
    assert "cannot write probes.yaml: No space left" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_what_is_no_plan_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("text").write_text("x")

    for name in ("folder", "pipe", "text", "/dev/null"):
        assert run(["init", "--yes", name]) == 3
        assert f"{name} is there already" in capsys.readouterr().err
    assert Path("text").read_text() == "x"
    assert {each.name for each in tmp_path.iterdir()} == {"folder", "pipe", "text"}


def test_what_validate_warns_of_is_said_at_the_end(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer((*PLACE, *RADIO, "management", "12", "1", "", *ORDER))  # no such handset

    assert "no group hears astrid" in capsys.readouterr().err


def test_what_the_plan_lacks_most_is_said_before_the_commands_that_come_next(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer((*PLACE, *RADIO, "management", "12", "1", "", *ORDER))

    lack, written, *after = capsys.readouterr().out.splitlines()[-5:]
    assert written.endswith(" written.")
    assert "what the plan lacks most: ALERT · management: no channel reaches" in lack
    assert [each.split("  ")[0].split()[1] for each in after] == list(NEXT)


def test_a_word_of_several_kinds_waits_for_a_number(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer((*PLACE, "walkie-talkie", "", "1 2", "2", "Channel 8"))
    said = capsys.readouterr().out

    assert load(FILE).channels["walkie-talkie"].kind == "analog-radio"
    assert said.count("which of these channels?") == 3
    assert said.count("one number from 1 to") == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("en",), ALL[1:]),
        ((*PLACE, "astrid"), ALL[4:]),
        (
            (*PLACE, *RADIO[:2], "astrid"),
            ("Spare", "", "", *PEOPLE[:3], "", "1 2", "1"),
        ),
        ((*PLACE, *RADIO, *PEOPLE[:3]), (PEOPLE[3], *ORDER)),
    ],
    ids=["place", "directions", "name", "last resort"],
)
def test_an_answer_that_is_too_long_for_the_screens_is_asked_again(
    answer: Answer,
    before: tuple[str, ...],
    after: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = answer((*before, "x" * 1001, *after))

    assert (code, len(load(FILE).plan)) == (0, 2)
    assert capsys.readouterr().out.count("1001 characters, more than ") == 1


def test_a_population_of_millions_is_counted(answer: Answer) -> None:
    answer((*PLACE, *RADIO, "management", "0", "12000000", *PEOPLE[2:], *ORDER))

    assert load(FILE).audiences["management"].groups[0].people == 12_000_000


@pytest.mark.parametrize(
    ("language", "test"),
    [
        ("en", "tested by people: the monthly test"),
        ("fr", "essai mensuel, entendu dans chaque quartier"),
        ("nl", "getest door mensen: de maandelijkse test"),
        ("de", "von Menschen getestet: der monatliche Probealarm"),
    ],
)
def test_a_kind_that_only_people_try_says_so_and_names_no_type(
    answer: Answer, language: str, test: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer((language, *PLACE[1:], "siren", ""))
    answer(("winlink",), "--lang", language)
    said = capsys.readouterr().out

    assert test in said
    assert "heartbeat" not in said


def test_an_audience_that_is_said_twice_is_asked_once(answer: Answer) -> None:
    answer((*PLACE, *RADIO, "staff, staff", "12", "1 5", "Send a runner", "1", "1"))

    assert load(FILE).audiences["staff"].groups[0].people == 12
    assert load(FILE).plan[0].last_resort.plain == "Send a runner"


def test_the_population_is_not_offered_the_handsets_of_few(answer: Answer) -> None:
    answer((*PLACE, "astrid, courier", "", "", "", "population", "", "", "", "1", "1"))

    assert load(FILE).audiences["population"].groups[0].devices == ("mobile",)


@pytest.mark.parametrize(
    ("language", "zone"), [("en", "Europe/London"), ("fr", "Europe/Brussels")]
)
def test_a_machine_in_utc_gets_a_time_zone_of_the_language(
    answer: Answer, language: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.path.realpath
    utc = {"/etc/localtime": "/usr/share/zoneinfo/Etc/UTC"}
    monkeypatch.setattr("os.path.realpath", lambda p, **k: utc.get(p) or real(p, **k))
    answer((language, *ALL[1:]))

    assert load(FILE).site.timezone == zone


def test_a_dash_takes_back_the_answer_before(answer: Answer) -> None:
    wrong = ("en", "Twon hall", "-", "Town hall", "", "-", "-", "City", "")
    code = answer((*wrong, "astrid", "-", "courier", "Agents", "-", "-", *ALL[3:]))

    assert code == 0
    assert load(FILE).site.name.plain == "City"
    assert [*load(FILE).channels] == ["astrid"]


def test_wrong_input_gets_its_sentence_and_the_question_again(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    code = answer(
        [
            *("it", "en", "x" * 3000, "Town hall", "no domain", ""),
            *("", "carrier pidgeon", *RADIO),
            *("a/b", "management", "many", "0", "12", "9 x", "1 1", "99", "1 5"),
            *("Walk", "0", "2", "1", "1"),
        ]
    )
    said = capsys.readouterr().out

    assert code == 0
    for sentence in (
        "one of: fr, nl, de, en",
        "at most 2000 characters",
        "'no domain' is no domain",
        "this one is needed",
        "is no kind of channel known here",
        "a name has no",
        "a number of people, such as: 12",
        "numbers from 1 to",
    ):
        assert sentence in said
    assert said.count("a number of people, such as: 12") == 2
    assert load(FILE).site.name.plain == "Town hall"


@pytest.mark.parametrize(
    "words",
    [
        *("{x: y}", "- a", "&a", "*a", "!!python/object", "a: b # c", "'", '"', "\\"),
        *("${MAIL}", "\x1b[31m red", "\x07bell", "no", "\u2028x", "🆘", "é" * 150),
    ],
)
def test_hostile_answers_are_only_data(answer: Answer, words: str) -> None:
    code = answer(
        (*PLACE[:1], words, "", "astrid", words, "", words, *PEOPLE[1:], *ORDER)
    )
    plan = load(FILE)

    assert code == 0
    assert [*plan.channels] == ["astrid"]
    assert plan.site.name.plain.isprintable()


def test_an_answer_of_100_kb_is_asked_again(answer: Answer) -> None:
    assert answer((*PLACE[:1], "x" * 100_000, "Town hall", *ALL[2:])) == 0
    assert Path(FILE).stat().st_size < 2000


def test_a_plan_that_is_there_is_added_to_and_stays_otherwise(answer: Answer) -> None:
    answer(ALL)
    before = Path(FILE).read_text("utf-8").replace("channels:", "# by hand\nchannels:")
    Path(FILE).write_text(before, "utf-8")
    Path(FILE).chmod(0o640)

    code = answer(("", "courier", "Agents", "", "", "2 1", "1 2"))

    after = Path(FILE).read_text("utf-8")
    assert code == 0
    assert "# by hand\nchannels:" in after
    assert stat.S_IMODE(Path(FILE).stat().st_mode) == 0o640
    assert [[n for n, _ in line.order] for line in load(FILE).plan] == [
        ["courier", "astrid"],
        ["astrid", "courier"],
    ]
    assert len(after.splitlines()) == len(before.splitlines()) + 3


def test_a_channel_that_the_plan_left_out_of_a_line_stays_out_with_enter(
    answer: Answer,
) -> None:
    answer(ALL)
    text = Path(FILE).read_text("utf-8")
    spare = "channels:\n  spare: {kind: radio-astrid, label: Spare}"
    Path(FILE).write_text(text.replace("channels:", spare), "utf-8")

    assert answer(("", "courier", "Agents", "", "", "", "")) == 0

    assert [[n for n, _ in line.order] for line in load(FILE).plan] == [
        ["astrid", "courier"],
        ["astrid", "courier"],
    ]


def test_a_plan_that_somebody_else_writes_meanwhile_stays(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(("fr", *ALL[1:]))
    write_over = durable_files.write_over

    def after_another(path: Path, text: bytes, before: bytes | None) -> None:
        path.write_bytes(b"# theirs\n" + path.read_bytes())
        write_over(path, text, before)

    monkeypatch.setattr(durable_files, "write_over", after_another)
    code = answer(("", "courier", "Agents", "", "", "1 2", "1 2"))
    said = capsys.readouterr()

    assert code == 3
    assert "a été écrit par quelqu" in said.err  # as it was spoken
    assert "courier: {kind: courier, how: Agents" in said.out  # to be copied
    assert Path(FILE).read_bytes().startswith(b"# theirs\n")
    assert "courier" not in Path(FILE).read_text("utf-8")


def test_a_plan_with_kinds_of_its_own_keeps_them_in_their_file(answer: Answer) -> None:
    Path("own.yaml").write_text(OWN_KINDS)
    answer(("fr", *ALL[1:]))
    plan = Path(FILE)
    plan.write_text(f"{plan.read_text()}kinds: own.yaml\n")

    assert answer(("", "courier", "Agents", "", "", "1 2", "1 2")) == 0
    assert "courier: {kind: courier, how: Agents" in plan.read_text()
    assert "#kinds" not in plan.read_text()


def test_a_plan_with_mistakes_is_not_asked_about(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(FILE).write_text("channels: {a: {kind: signl}}\n")

    assert answer(()) == 3
    assert "did you mean 'signal'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("choice", "there"), [("3", True), ("4", False), ("1", True), ("2", True)]
)
def test_a_channel_that_fails_is_kept_left_out_or_tried_anew(
    answer: Answer, choice: str, there: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = f"127.0.0.1:{closed_port()}"
    after = {"1": ("3",), "2": (closed, "", "3")}.get(choice, ())
    code = answer((*PLACE, "telefooncentrale", "", closed, "", choice, *after, *RADIO))
    said = capsys.readouterr().out

    assert code == 0
    assert ("telefooncentrale" in load(FILE).channels) == there
    assert ("transport: tls" in Path(FILE).read_text("utf-8")) == there
    assert said.count("connection refused") == (2 if after else 1)


def test_typed_secrets_go_to_files_of_their_owner_alone(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = f"127.0.0.1:{closed_port()}"
    secret = "hunter2: {x}"
    code = answer((*PLACE, "pbx", "", closed, "probe", secret, "3", *RADIO))
    text = Path(FILE).read_text("utf-8")

    kept = Path("secrets/pbx-password")
    assert code == 0
    assert 'password: "${file:secrets/pbx-password}"' in text
    assert kept.read_text() == secret
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert secret not in text + "".join(capsys.readouterr())


def test_secrets_of_a_typed_address_go_to_files_of_their_own(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = f"127.0.0.1:{closed_port()}"
    url = f"http://me:hush-pw@{closed}/hook?a=b&sig=hush%2Fsig"
    code = answer((*PLACE, "public website", "", url, "3", *RADIO))
    text, said = Path(FILE).read_text("utf-8"), capsys.readouterr()

    at = "${file:secrets/public-website-url-%d}"
    kept = f"http://me:{at % 1}@{closed}/hook?a=b&sig={at % 2}"
    files = sorted(Path("secrets").iterdir())
    assert (code, f'url: "{kept}"' in text) == (0, True), text
    assert [each.read_text() for each in files] == ["hush-pw", "hush%2Fsig"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    assert "hush" not in text + said.out + said.err
    assert "in clear" not in said.err


def test_a_secret_of_a_channel_left_out_is_removed(answer: Answer) -> None:
    closed = f"127.0.0.1:{closed_port()}"
    code = answer((*PLACE, "pbx", "", closed, "probe", "hunter2", "4", *RADIO))

    assert (code, [*Path("secrets").iterdir()]) == (0, [])


def test_init_puts_a_secret_into_no_file_that_another_probe_names(
    answer: Answer,
) -> None:
    answer(ALL)
    gone = '"${file:secrets/pbx-password}"'
    probe = f"{{type: sip, host: old.example, username: probe, password: {gone}}}"
    old = f"channels:\n  old: {{kind: sip-trunk, probes: [{probe}]}}"
    Path(FILE).write_text(Path(FILE).read_text("utf-8").replace("channels:", old))

    closed = f"127.0.0.1:{closed_port()}"
    answer(("", "pbx", "", closed, "probe", "hunter2", "3", "", ""))

    assert [each.name for each in Path("secrets").iterdir()] == ["pbx-password2"]


# ------------------------------------------------------------------ at a terminal


@pytest.fixture
def desk(processes: None, tmp_path: Path) -> Command:
    command = Command(tmp_path)
    command.env |= {"SSL_CERT_FILE": trusted_file(tmp_path)}
    return command


@pytest.mark.parametrize("answers", [1, 4, 6])
async def test_ctrl_c_keeps_what_makes_a_plan(desk: Command, answers: int) -> None:
    async with typist(desk.folder, "init", env=desk.env) as person:
        for text in (*PLACE, *RADIO)[:answers]:
            await person.answer("", text)
        await person.asked("")
        code = await person.interrupt()

    assert code == 128 + signal.SIGINT, person.shown
    assert (desk.folder / FILE).exists() == (answers >= 5)
    said = "Nothing is written" if answers < 5 else "To go on: secours init"
    assert said in " ".join(person.shown.split())


@pytest.mark.parametrize("secret", [(), ("hunter2",)], ids=["typing", "typed"])
async def test_closed_terminal_keeps_what_makes_a_plan_and_no_other_secret(
    desk: Command, secret: Sequence[str]
) -> None:
    pbx = ("pbx", "", f"127.0.0.1:{closed_port()}", "probe", *secret)
    async with typist(desk.folder, "init", env=desk.env) as person:
        for text in (*PLACE, *RADIO[:-1], *pbx):
            await person.answer("", text)
        await person.asked("")
        person.hang_up()
        await person.end()

    plan = load(str(desk.folder / FILE))
    assert list(plan.channels) == ["astrid", *(["pbx"] if secret else [])]
    kept = [each.name for each in desk.folder.glob("secrets/*")]
    assert kept == (["pbx-password"] if secret else [])


async def test_a_password_is_not_shown_as_it_is_typed(desk: Command) -> None:
    async with typist(desk.folder, "init", env=desk.env) as person:
        for text in (*PLACE, "pbx", "", f"127.0.0.1:{closed_port()}", "probe"):
            await person.answer("", text)
        await person.answer("Password", "hunter2")
        await person.asked("number")
        person.type("\x04")
        code = await person.end()

    assert code == 0
    assert "hunter2" not in person.shown
    assert (desk.folder / "secrets" / "pbx-password").read_text() == "hunter2"
    assert max(map(len, person.shown.splitlines())) <= 80


async def test_without_a_terminal_or_with_yes_a_first_plan_is_written(
    desk: Command,
) -> None:
    async with typist(desk.folder, "init", "--yes", "a.yaml", env=desk.env) as person:
        asked = await person.end(), person.typed
    piped = await desk.run("init", "b.yaml")

    assert asked == (0, 0)
    assert piped.code == 0
    assert (desk.folder / "a.yaml").read_bytes() == (
        desk.folder / "b.yaml"
    ).read_bytes()


# ------------------------------------------------------------------ the file


KILLED = """
import os, signal, sys
from pathlib import Path
from secours.engine.store import durable_files
def kill(self, target): os.kill(os.getpid(), signal.SIGKILL)
Path.replace = kill
durable_files.write_over(Path("probes.yaml"), b"new", b"old")
"""


async def test_a_kill_before_the_rename_leaves_the_old_plan(desk: Command) -> None:
    (desk.folder / FILE).write_bytes(b"old")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED), cwd=desk.folder, env=desk.env
    )

    assert await process.wait() == -signal.SIGKILL
    assert (desk.folder / FILE).read_bytes() == b"old"


def test_a_plan_behind_a_link_is_written_where_it_is(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "probes.yaml"
    real.write_bytes(b"old")
    link.symlink_to(real)

    durable_files.write_over(link, b"new", b"old")

    assert (link.is_symlink(), real.read_bytes()) == (True, b"new")
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "probes.yaml",
        "real.yaml",
    ]


@pytest.mark.parametrize("before", [None, b"older"])
def test_a_plan_that_is_another_now_is_not_written_over(
    tmp_path: Path, before: bytes | None
) -> None:
    (tmp_path / FILE).write_bytes(b"theirs")

    with pytest.raises(durable_files.ChangedMeanwhile):
        durable_files.write_over(tmp_path / FILE, b"new", before)

    assert (tmp_path / FILE).read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == [FILE]


def test_a_plan_that_another_is_writing_is_left_to_them(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"old")
    theirs = tmp_path / f".{FILE}.new"
    theirs.write_bytes(b"theirs")
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)

    with pytest.raises(durable_files.ChangedMeanwhile):
        durable_files.write_over(tmp_path / FILE, b"new", b"old")

    os.close(folder)
    assert theirs.read_bytes() == b"theirs"


@pytest.mark.parametrize("kind", [*catalogue.load().kinds])
def test_every_kind_can_be_answered_with_enter_alone(
    answer: Answer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_interview, "_tried", lambda *_: True)

    answer((*PLACE, kind, *[""] * 12))

    assert "example" not in Path(FILE).read_text("utf-8").replace("192.0.2.", "example")
    assert [*load(FILE).channels] == [kind]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *(("telephone exchange", "sip-trunk"), ("gsm", "voice-mobile")),
        *(("WhatsApp", "whatsapp"), ("Funkgerät", "radio-astrid")),
        *(("central téléphonique", "sip-trunk"), ("telefooncentrale", "sip-trunk")),
        *(("sirens", "siren"), ("talkie-walkie", "radio-astrid")),
    ],
)
def test_the_words_of_the_question_find_their_kinds(word: str, kind: str) -> None:
    assert kind in questions.meant(word)


def test_a_word_that_is_only_like_another_is_asked_and_may_be_none_of_these(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer((*PLACE, "couriar", "", "2", "tocsin, astrid, astrids", *[""] * 4))
    said = capsys.readouterr().out

    assert said.count("which of these channels?") == 2, said  # Enter is no answer
    assert [*load(FILE).channels] == ["astrid", "astrids"]
    assert said.count("is no kind of channel known here") == 2


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        *(("standard téléphonique", "sip-trunk"), ("coursier", "courier")),
        *(("télé-alerte", "mass-alert-api"), ("messagerie", "email-onprem")),
        *(("BundesMessenger", "matrix-selfhosted"), ("Meldeempfänger", "pager-astrid")),
        *(("Diensthandy", "voice-mobile"), ("switchboard", "sip-trunk")),
        *(("Handys", "voice-mobile"), ("portofoons", "analog-radio")),
    ],
)
def test_usual_words_of_the_field_are_certain(word: str, kind: str) -> None:
    assert kind in questions.certain(word)


@pytest.mark.parametrize("word", ["INPT", "MTPAS", "SINA", "Whispr", "couriar"])
def test_a_guess_is_not_certain(word: str) -> None:
    assert questions.meant(word)
    assert questions.certain(word) == ()


def test_a_long_token_and_a_long_list_are_answers(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    many = ", ".join(["astrid"] * 40)
    token = "EAAG" + "x" * 400

    code = answer((*PLACE, "whatsapp", "", "4711", token, "4", many))

    assert "an answer has at most" not in capsys.readouterr().out
    assert code in (0, 3)


def test_servers_that_dns_names_are_offered(
    answer: Answer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = (
        FoundServer(of="sip", host="pbx.town.example", port=5061, by="SRV _sips._tcp"),
        FoundServer(of=MX, host="town.mail.protection.outlook.com", by=MX),
    )
    monkeypatch.setattr(found_servers, "of_domain", lambda domain: named)
    monkeypatch.setattr(found_servers, "of_machine", tuple)
    monkeypatch.setattr(channel_interview, "_tried", lambda *_: True)

    mail = "", "", "probe@town.example", "crisis@town.example"
    code = answer(("en", "", "crisis@town.example", "", "", "", "", *mail, ""))

    said, text = capsys.readouterr().out, Path(FILE).read_text("utf-8")
    assert code == 0, said
    assert "found: pbx.town.example:5061, IP telephony (SRV _sips._tcp)" in said
    assert "host: pbx.town.example" in text
    assert "host: town.mail.protection.outlook.com" in text


def test_a_secret_that_cannot_be_kept_ends_it_with_the_plan_so_far(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("secrets").write_text("a file is there")
    code = answer((*PLACE, *RADIO[:2], "pbx", "", "localhost", "probe", "hunter2"))

    assert code == 3
    assert [*load(FILE).channels] == ["astrid"]
    assert "secrets" in capsys.readouterr().err


def test_the_population_is_informed_and_not_alerted(answer: Answer) -> None:
    groups = "12", "1", "", "1 4"
    code = answer((*PLACE, "sirens", "", *RADIO, "", *groups, "", "1", "1", "1"))

    assert code == 0
    assert [(line.purpose, line.audience) for line in load(FILE).plan] == [
        ("alert", "management"),
        ("coordinate", "management"),
        ("inform", "population"),
    ]


def test_what_was_read_is_not_shown_again_after_a_step_back(
    answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer((*PLACE, "astrid", "-", *ALL[3:]))

    assert capsys.readouterr().out.count("Enter takes") == 1


def test_a_password_goes_to_no_mail_server_in_clear() -> None:
    probe = {"type": "smtp", "host": "mail.town.example"}
    account = {"username": "probe", "password": "${file:secrets/mail-password}"}
    bare = questions.ways(probe, None)
    with_account = questions.ways({**probe, **account}, None)
    at_port = questions.ways({**probe, "port": 2525}, None)

    assert bare[-1]["security"] == "none"
    assert [way["port"] for way in with_account] == [587, 465, 25]
    assert "none" not in [way["security"] for way in with_account]
    assert {way["port"] for way in at_port} == {2525}
