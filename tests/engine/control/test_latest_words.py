"""`undo` takes back what was said last, and says what that was."""

from pathlib import Path
from typing import Any

import pytest
from engine.control.running_town import LINE, running

from secours.core.statements.words_in_force import Words
from secours.model.statements import Exercise, Mark, Pin


async def test_undo_takes_back_the_last_word_and_says_whose_it_was(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as town:
        await town.mark("down", "power:grid")
        await town.mark("maintenance", "radio")
        done = await town.ask("undo", by="Bob")

        assert town.marks == {"power:grid": "down"}
    assert done["ok"]
    assert done["taken_back"].startswith("Radio in maintenance (Ana, ")
    assert done["again"] is None
    assert done["subject"] == "channel:radio"


async def test_undo_says_what_holds_again(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        await town.mark("maintenance")
        await town.mark("down")
        done = await town.ask("undo")

        assert town.marks == {"channel:teams": "maintenance"}
    assert done["again"] == "Teams in maintenance"


FIRST_WORDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mark": (
        {"do": "mark", "subject": "teams", "says": "maintenance"},
        {"do": "mark", "subject": "teams", "says": "down"},
    ),
    "mark-withdrawn": (
        {"do": "mark", "subject": "teams", "says": "down"},
        {"do": "unmark", "subject": "teams"},
    ),
    "distrust": (
        {"do": "mark", "subject": "teams", "says": "distrusted"},
        {"do": "mark", "subject": "teams", "says": "distrusted"},
    ),
    "pin": (
        {"do": "pin", "line": LINE, "channel": "teams"},
        {"do": "pin", "line": LINE, "channel": "radio"},
    ),
    "exercise": (
        {"do": "exercise", "action": "start", "fails": ["teams"], "for_s": 600.0},
        {"do": "exercise", "action": "stop"},
    ),
}


def word_of(words: Words) -> Mark | Pin | Exercise:
    found: list[Mark | Pin | Exercise] = [*words.marks.values()]
    found += words.distrusts.values()
    found += words.pins.values()
    found += [words.exercise] if words.exercise else []
    [word] = found
    return word


@pytest.mark.parametrize("name", FIRST_WORDS)
async def test_undo_leaves_the_word_that_holds_again_to_its_author(
    tmp_path: Path, name: str
) -> None:
    first, second = FIRST_WORDS[name]
    async with running(tmp_path) as town:
        await town.ask(**first, by="Anne")
        await town.ask(**second, by="Ben")
        done = await town.ask("undo", by="Cas")

        word = word_of(town.words)
        assert (word.by, word.again_by) == ("Anne", "Cas")
        told = [each.facts for each in town.memory.changes if "of" in each.facts]
        assert [(facts["by"], facts["of"]) for facts in told] == [("Cas", "Anne")]
    assert "Anne" in done["again"]


@pytest.mark.parametrize("language", ["", "de"])
async def test_undo_on_a_page_leaves_the_word_to_its_author_in_any_language(
    tmp_path: Path, language: str
) -> None:
    async with running(tmp_path) as town:
        await town.ask("mark", by="Anne", subject="teams", says="maintenance")
        answer = await town.ask("mark", by="Ben", subject="teams", says="down")
        await town.ask(**{**answer["undo"], "by": "Ben", "language": language})

        word = word_of(town.words)
        assert (word.by, word.again_by) == ("Anne", "Ben")


async def test_undo_of_an_undo_keeps_the_author_after_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        await town.ask("mark", by="Anne", subject="teams", says="maintenance")
        await town.ask("mark", by="Ben", subject="teams", says="down")
        memory = town.memory
    async with running(tmp_path, memory) as town:
        await town.ask("undo", by="Cas")
        await town.ask("mark", by="Dora", subject="teams", says="up")
        await town.ask("undo", by="Eve")

        word = word_of(town.words)
        assert (word.by, word.again_by) == ("Anne", "Eve")


@pytest.mark.parametrize("change", ["why", "for_s", "by", "again_by"])
async def test_request_made_by_hand_writes_no_word_in_the_name_of_another(
    tmp_path: Path, change: str
) -> None:
    """Only what the engine keeps says whose word is put back."""
    async with running(tmp_path) as town:
        await town.ask("mark", by="Anne", subject="teams", says="maintenance")
        said = await town.ask("mark", by="Ben", subject="teams", says="down")
        forged = {
            "why": {**said["undo"], "why": "as Anne says"},
            "for_s": {**said["undo"], "until": None, "for_s": 60.0},
            "by": {"do": "mark", "subject": "teams", "says": "down", "after": None},
            "again_by": {**said["undo"], "again_by": "Anne"},
        }[change]
        await town.ask(**forged, by="Mallory")

        assert word_of(town.words).by == ("Ben" if change == "again_by" else "Mallory")


async def test_undo_takes_back_a_request_made_by_hand_as_the_word_it_is(
    tmp_path: Path,
) -> None:
    """It is no undoing of ours: else it would pass for the word before it."""
    async with running(tmp_path) as town:
        await town.ask("mark", by="Anne", subject="teams", says="maintenance")
        said = await town.ask("mark", by="Ben", subject="teams", says="down")
        await town.ask(**{**said["undo"], "why": "as Anne says"}, by="Mallory")
        done = await town.ask("undo", by="Cas")

        assert "(Mallory, " in done["taken_back"]
        word = word_of(town.words)
        assert (word.by, word.again_by) == ("Ben", "Cas")


async def test_undo_twice_takes_back_the_word_before(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        await town.mark("down", "radio")
        await town.mark("maintenance")
        await town.mark("down")
        await town.mark("up")
        for _ in range(3):
            assert "error" not in await town.ask("undo")
        before = town.marks
        await town.ask("undo")

        assert before == {"channel:radio": "down"}
        assert town.marks == {}


@pytest.mark.parametrize("subject", ["radio", "channel:radio"])
async def test_undo_of_a_subject_leaves_what_was_said_later_of_another(
    tmp_path: Path, subject: str
) -> None:
    async with running(tmp_path) as town:
        await town.mark("down", "radio")
        await town.mark("maintenance")
        await town.ask("undo", subject=subject)

        assert town.marks == {"channel:teams": "maintenance"}


async def test_undo_takes_back_pin_test_and_exercise_by_their_names(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as town:
        await town.ask("pin", line=LINE, channel="radio")
        await town.ask("test", channel="radio", worked=True)
        await town.ask("exercise", action="start", fails=["power:grid"], for_s=600.0)
        for subject in ("exercise", "coordinate", "radio"):
            assert "error" not in await town.ask("undo", subject=subject)

        assert town.words.pins == {}
        assert town.words.trials == {}
        assert town.words.exercise is None


async def test_undo_of_a_line_passes_over_what_was_told_of_it(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        await town.ask("pin", line=LINE, channel="radio")
        await town.ask("announced", channel="radio", on=["teams"], line=LINE)
        bare = await town.ask("undo")
        await town.ask("undo", subject=LINE)

        assert "error" in bare
        assert town.words.pins == {}


async def test_undo_takes_back_the_end_of_a_word(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        await town.mark("down")
        await town.ask("unmark", subject="teams")
        done = await town.ask("undo")

        assert town.marks == {"channel:teams": "down"}
    assert done["again"]


async def test_what_a_page_has_undone_is_not_undone_again(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        await town.mark("down", "radio")
        said = await town.mark("down")
        await town.ask(**said["undo"])
        await town.ask("undo")

        assert town.marks == {}


async def test_undo_is_refused_where_nothing_was_said(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        nothing = await town.ask("undo")
        await town.mark("down")
        other = await town.ask("undo", subject="raido")

    assert "error" in nothing
    assert "raido" in other["error"]
    assert "teams" in other["error"]


async def test_undo_refuses_the_last_word_that_nothing_takes_back(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as town:
        await town.mark("down")
        await town.ask("watch", action="take")
        done = await town.ask("undo")
        named = await town.ask("undo", subject="teams")

        assert "Ana" in done["error"]
        assert "error" not in named
        assert town.marks == {}


@pytest.mark.parametrize(
    ("last", "instead"),
    [
        (
            {"do": "announced", "line": LINE, "channel": "radio", "on": ["teams"]},
            "secours recommend --announce",
        ),
        ({"do": "watch", "action": "take"}, "secours watch hand"),
        ({"do": "untest", "channel": "radio"}, "secours undo SUBJECT"),
        ({"do": "journal", "text": "mayor called"}, "secours journal TEXT"),
    ],
    ids=["announced", "watch", "test-taken-back", "note"],
)
async def test_undo_takes_back_nothing_older_than_what_was_said_last(
    tmp_path: Path, last: dict[str, Any], instead: str
) -> None:
    async with running(tmp_path) as town:
        await town.mark("down")
        await town.ask("test", channel="radio", worked=True)
        await town.ask(**last)
        before = town.words
        refused = await town.ask("undo")

        assert town.words == before
    assert "(Ana, " in refused["error"]
    assert instead in refused["error"]


async def test_undo_steps_back_test_by_test_and_says_where_it_ends(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as town:
        for by, worked in (("Anne", True), ("Ben", False), ("Cas", True)):
            await town.ask("test", by=by, channel="radio", worked=worked)
        whose = []
        for _ in range(3):
            assert "error" not in await town.ask("undo")
            trial = town.words.trials.get("radio")
            whose.append(trial and trial.by)
        nothing = await town.ask("undo")

    assert whose == ["Ben", "Anne", None]
    assert "nothing was said" in nothing["error"]


async def test_undo_says_that_a_test_cannot_be_taken_back_any_more(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as town:
        await town.ask("test", channel="radio", worked=True)
        await town.mark("maintenance", "radio")
        await town.ask("test", channel="radio", worked=False)
        newer = await town.ask("undo")
        mark = await town.ask("undo")
        older = await town.ask("undo")

    assert "it does not work (" in newer["taken_back"]
    assert "maintenance" in mark["taken_back"]
    assert "secours test CHANNEL ok" in older["error"]


async def test_undo_passes_over_what_has_ended_by_itself(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        await town.mark("down", "radio")
        await town.ask("mark", subject="teams", says="down", for_s=60.0)
        town.let_pass(61.0)
        done = await town.ask("undo")
        nothing = await town.ask("undo", subject="teams")

        assert town.marks == {}
    assert done["ended"].startswith("Teams declared down (Ana, ")
    assert "Teams declared down (Ana, " in nothing["error"]
    assert "ended by itself" in nothing["error"]


async def test_undo_of_a_subject_passes_over_notes(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        await town.mark("down")
        for text in ("mayor called", "two agents sent"):
            await town.ask("journal", text=text)
        refused = await town.ask("undo")
        done = await town.ask("undo", subject="teams")

        assert town.marks == {}
    assert "two agents sent (Ana, " in refused["error"]
    assert "taken_back" in done
    assert "ended" not in done


async def test_undo_after_a_restart_takes_back_what_was_said_before(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as town:
        await town.mark("maintenance")
        await town.mark("down")
        memory = town.memory
    async with running(tmp_path, memory) as town:
        await town.ask("undo")

        assert town.marks == {"channel:teams": "maintenance"}


async def test_what_people_were_told_is_not_noted_twice(tmp_path: Path) -> None:
    async with running(tmp_path) as town:
        told = {"line": LINE, "channel": "radio", "on": ["teams"]}
        await town.ask("announced", by="Anne", **told)
        again = await town.ask("announced", by="Ben", **told)
        elsewhere = await town.ask("announced", by="Ben", **{**told, "on": ["radio"]})
        late = await town.ask("announced", by="Cas", **told)
        german = await town.ask("announced", by="Cas", **told, language="de")

        assert german["error"].startswith("KOORDINIEREN")
        assert "Anne" in again["error"]
        assert "COORDINATE" in again["error"]
        assert "error" not in elsewhere
        assert "Anne" in late["error"]
        assert [each.by for each in town.words.announced] == ["Ben", "Anne"]


async def test_undo_takes_back_what_was_said_before_a_long_night(
    tmp_path: Path,
) -> None:
    """What is in force is not forgotten for thirty words on other things."""
    async with running(tmp_path) as town:
        await town.mark("down", "radio")
        for _ in range(30):
            await town.ask("watch", action="take")
        await town.ask("undo", subject="radio")

        assert not town.marks
