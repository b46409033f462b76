"""What is said of a Secours that stands by for another, by what its engine shows."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from doctor.looking import case, said
from msgspec.structs import replace
from render.snapshots import snapshot
from render.standbys import STANDBYS, URL, now_shown, standing_by, unheard

from secours import places
from secours.doctor import standby
from secours.doctor.finding import MachineFinding
from secours.engine import clock, lock
from secours.engine.following import role
from secours.engine.following.role import Role
from secours.engine.published import snapshot_file
from secours.languages import LANGUAGES
from secours.model.snapshot import Snapshot
from secours.texts import in_words

HOST = "salle-de-crise-1.commune.example"
BACK = "secours takeover --back --by NAME"
TAKE = "secours takeover --by NAME"
REACHED = (f"getent hosts {HOST}", "ip route")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SECOURS_DATA", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def running(place: Path) -> Iterator[Path]:
    with ExitStack() as stack:
        stack.enter_context(lock.hold(places.data_dir(), places.runtime_dir()))
        yield place


def found(folder: Path, shown: Snapshot | None = None) -> list[MachineFinding]:
    if shown is not None:
        snapshot_file.write(now_shown(shown), places.runtime_dir())
    return list(standby.look(replace(case(folder), data=places.data_dir())))


def keep_role() -> None:
    places.keep_private(places.data_dir())
    now = clock.now()
    role.save(places.data_dir(), Role(boot_id=clock.boot_id(), url=URL, since=now))


@pytest.mark.parametrize(
    ("name", "level", "slug", "commands"),
    [
        ("shows", "fine", "shows", ()),
        ("not heard", "mend", "deaf", (*REACHED, TAKE)),
        ("probes", "mend", "alone", (*REACHED, BACK)),
        ("both probe", "mend", "both", (BACK,)),
        ("never heard", "mend", "deaf", (TAKE,)),
    ],
    ids=["shows", "deaf", "alone", "both", "never-heard"],
)
def test_which_part_it_plays_and_what_mends_it(
    running: Path, name: str, level: str, slug: str, commands: tuple[str, ...]
) -> None:
    (finding,) = found(running, STANDBYS[name])

    assert said([finding]) == [(level, f"standby.{slug}")]
    assert finding.commands == commands


def test_it_is_said_as_the_screens_say_it(running: Path) -> None:
    words = {
        name: in_words("en", found(running, STANDBYS[name])[0].message)
        for name in ("shows", "not heard", "probes")
    }

    assert words["shows"].startswith(f"STANDBY: shows secours-1 at {HOST}:8443, heard")
    assert f"STANDBY: secours-1 at {HOST}:8443 not heard since" in words["not heard"]
    assert "takes over by itself on 24/11" in words["not heard"]
    assert "STANDBY: monitors on its own since" in words["probes"]
    assert "secours-1 not heard since" in words["probes"]


def test_where_only_a_person_takes_over_it_says_so(running: Path) -> None:
    (finding,) = found(running, unheard(snapshot(), 600))

    assert "only when somebody says so" in in_words("en", finding.message)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "problem",
    [
        *("token", "redirect", "no-standby", "not-first", "itself", "follows"),
        *("other-site", "silent", "status", "too-long", "senseless", "other-version"),
    ],
)
def test_each_problem_with_the_first_has_what_mends_it(
    running: Path, problem: str, language: str
) -> None:
    known = {"problem": problem, "heard": None, "facts": {"code": 500, "what": "Liège"}}
    (finding,) = found(running, standing_by(snapshot(), **known))
    plain = replace(finding.message, facts=finding.message.facts[:1])

    in_full = in_words(language, finding.message)
    assert len(in_full) > len(in_words(language, plain)) + 20
    assert "commands." not in in_full


def test_one_whose_engine_does_not_run_is_not_said_to_hear(place: Path) -> None:
    keep_role()

    (finding,) = found(place, STANDBYS["shows"])

    assert said([finding]) == [("remark", "standby.idle")]
    assert finding.commands == ("secours self-check",)
    assert f"{HOST}:8443" in in_words("en", finding.message)


def test_one_that_has_shown_nothing_yet_is_not_passed_over(running: Path) -> None:
    keep_role()

    assert said(found(running)) == [("remark", "standby.idle")]


def test_who_stands_by_for_nobody_is_told_nothing_of_it(running: Path) -> None:
    assert found(running) == []
    assert found(running, snapshot()) == []
