"""`secours doctor` as people run it."""

import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from servers.command import Command

from secours import probes
from secours.cli import doctor, schema
from secours.cli import run as run_command
from secours.doctor import examination
from secours.doctor.finding import Case, FindingLevel, MachineFinding, fine, mend
from secours.languages import LANGUAGES
from secours.message import message

PLAN = """
site: {name: Test, language: @}
channels:
  sms: {depends_on: [], purposes: [alert], probes: [{type: tcp, host: h, port: 1}]}
plan:
  - {purpose: alert, audience: staff, primary: sms, last_resort: Walk}
"""
LIMIT_S = 30.0

GOOD = fine("icmp", message("commands.doctor.icmp", user="anna"))
BAD = mend("clock", message("commands.doctor.clock.alone"), "timedatectl set-ntp true")
LATE = MachineFinding(
    topic="resolver",
    level=FindingLevel.UNKNOWN,
    message=message("commands.doctor.late", limit=4),
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SECOURS_CONFIG", raising=False)
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("processes")
async def test_it_is_of_use_without_plan_and_network_and_quick(tmp_path: Path) -> None:
    secours = Command(tmp_path)
    secours.within = ("unshare", "--user", "--map-root-user", "--net")
    began_s = time.monotonic()

    done = await secours.run("doctor", "--format", "json")

    assert time.monotonic() - began_s < LIMIT_S
    assert done.code in (0, 1), done.err
    assert done.err == ""
    Draft202012Validator(schema.of("doctor")).validate(done.answer)
    topics = {each["topic"] for each in done.answer["findings"]}
    assert {"plan", "python", "icmp", "serial", "clock", "disk", "port"} <= topics
    assert done.answer["file"] is None


@pytest.mark.parametrize(
    ("found", "code"),
    [
        pytest.param((GOOD,), 0, id="fine"),
        pytest.param((GOOD, BAD), 1, id="mend"),
        pytest.param((GOOD, LATE), 3, id="unknown"),
        pytest.param((LATE, BAD), 1, id="both"),
    ],
)
def test_the_exit_code_says_whether_there_is_something_to_mend(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    found: tuple[MachineFinding, ...],
    code: int,
) -> None:
    monkeypatch.setattr(examination, "examine", lambda _case: found)

    assert run_command(["doctor"]) == code


def test_each_finding_is_a_line_and_what_mends_it_stands_below(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(examination, "examine", lambda _case: (GOOD, BAD, LATE))
    (place / "probes.yaml").write_text(PLAN.replace("@", "en"))

    run_command(["doctor"])

    assert capsys.readouterr().out.splitlines() == [
        "ok       probes.yaml: 1 channel, 1 probe",
        "ok       user anna may send ICMP",
        "MEND     nothing synchronises the clock",
        "             timedatectl set-ntp true",
        "unknown  could not be looked at within 4 s",
        "1 to mend, 1 could not be looked at",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_language_of_the_site_or_the_one_asked_for(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
) -> None:
    monkeypatch.setattr(examination, "examine", lambda _case: (BAD,))
    (place / "probes.yaml").write_text(PLAN.replace("@", language))
    run_command(["doctor"])
    of_site = capsys.readouterr().out
    (place / "probes.yaml").unlink()
    run_command(["doctor", "--lang", language])
    asked = capsys.readouterr().out

    assert of_site.splitlines()[1:] == asked.splitlines()[2:]
    assert "commands." not in of_site + asked


def test_a_plan_with_mistakes_is_to_be_mended_and_the_machine_is_looked_at(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(examination, "examine", lambda _case: (GOOD,))
    (place / "my plan.yaml").write_text("channels: {a: {prot: 1}}\n")

    assert run_command(["doctor", "--config", "my plan.yaml"]) == 1

    out = capsys.readouterr().out
    assert "secours validate 'my plan.yaml'\n" in out
    assert "anna" in out


def test_a_package_that_the_plan_needs_is_no_mistake_of_the_plan(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(_name: str) -> None:
        raise ModuleNotFoundError("No module named 'serialx'", name="serialx")

    seen: list[Case] = []

    def examine(case: Case) -> tuple[MachineFinding, ...]:
        seen.append(case)
        return (GOOD,)

    monkeypatch.setattr(probes, "find", lacking)
    monkeypatch.setattr(examination, "examine", examine)
    (place / "probes.yaml").write_text(PLAN.replace("@", "en"))

    assert run_command(["doctor"]) == 0
    assert seen[0].lacking == (("tcp", "modem"),)


@pytest.mark.parametrize("option", [(), ("--config", "probes.yaml")])
def test_doctor_takes_nothing_of_an_example_plan_for_ours(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: tuple[str, ...],
) -> None:
    seen: list[Case] = []

    def examine(case: Case) -> tuple[MachineFinding, ...]:
        seen.append(case)
        return (GOOD,)

    monkeypatch.setattr(examination, "examine", examine)
    (place / "probes.yaml").write_text("example: true" + PLAN.replace("@", "nl"))

    code = run_command(["doctor", *option])

    assert code == 0
    assert [case.config for case in seen] == [None]
    first, icmp, _ = capsys.readouterr().out.splitlines()
    assert "probes.yaml is het voorbeeldplan" in first
    assert "anna" in icmp


def test_a_plan_of_the_environment_that_is_not_yet_there_is_not_needed(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(examination, "examine", lambda _case: (GOOD,))
    monkeypatch.setenv("SECOURS_CONFIG", str(place / "later.yaml"))

    code = run_command(["doctor", "--lang", "en"])

    assert code == 0
    note, command = capsys.readouterr().out.splitlines()[:2]
    assert note == "note     no plan here yet: this is what any plan may need"
    assert command.endswith(f"secours init {place}/later.yaml")


def test_a_file_that_is_asked_for_and_not_there_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["doctor", "--config", "gone.yaml"]) == 3

    assert capsys.readouterr().err == "there is no file gone.yaml\n"
    assert doctor.CODES[FindingLevel.MEND] == 1
