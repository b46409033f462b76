"""People name a channel by its name or its label; they are answered by the label."""

import re
from pathlib import Path
from typing import Any

import pytest
from engine.control.running_town import LINE, TOWN, running
from msgspec.structs import replace

from secours import texts
from secours.core.memory import EMPTY
from secours.engine.control import names
from secours.engine.control.requests import RequestRefused
from secours.languages import Text
from secours.model.plan import Config

FRENCH = replace(TOWN.site, language="fr", timezone="Europe/Brussels")


def labelled(**labels: str) -> Config:
    """Return the town with these labels, of a component as `grid`."""
    channels = {
        name: replace(each, label=text, short_name=text)
        for name, each in TOWN.channels.items()
        for text in (Text(labels.get(name, name)),)
    }
    grid = replace(TOWN.components["power:grid"], label=Text(labels.get("grid", "")))
    components = {"power:grid": grid}
    return replace(TOWN, channels=channels, components=components, site=FRENCH)


PLAN = labelled(teams="Salle Teams", radio="Radio du SDIS", grid="Réseau")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("radio", "channel:radio"),
        ("channel:radio", "channel:radio"),
        ("Radio du SDIS", "channel:radio"),
        (" radio du sdis ", "channel:radio"),
        ("réseau", "power:grid"),
        ("RESEAU", "power:grid"),
    ],
)
def test_label_that_only_one_has_is_as_good_as_its_name(said: str, meant: str) -> None:
    assert names.owner(said, PLAN) == meant


def test_name_comes_before_the_label_of_another() -> None:
    assert names.owner("teams", labelled(radio="teams")) == "channel:teams"


@pytest.mark.parametrize(
    ("said", "suggested"),
    [
        ("Mobile", ["teams", "radio"]),
        ("Mobil", ["teams", "radio"]),
        ("Résau", ["power:grid"]),
        ("raido", ["radio"]),
    ],
    ids=["two-have-it", "near-the-label-of-two", "near-a-label", "near-a-name"],
)
def test_refusal_says_which_name_to_use(said: str, suggested: list[str]) -> None:
    with pytest.raises(RequestRefused) as refused:
        names.owner(said, labelled(teams="Mobile", radio="Mobile", grid="Réseau"))

    said_so = texts.in_words("en", refused.value.message)
    known = ("teams", "radio", "power:grid")
    assert [name for name in known if name in said_so] == suggested


MARK = {"do": "mark", "subject": "Radio du SDIS"}
DONE: dict[str, tuple[dict[str, Any], str]] = {
    "mark": ({**MARK, "says": "maintenance"}, "Radio du SDIS en maintenance"),
    "why": (
        {**MARK, "says": "down", "why": "relais"},
        "Radio du SDIS hors service, sur déclaration « relais »",
    ),
    "component": (
        {"do": "mark", "subject": "power:grid", "says": "up"},
        "Réseau fonctionne, sur déclaration",
    ),
    "pin": (
        {"do": "pin", "line": LINE, "channel": "salle teams"},
        "COORDONNER · direction : épinglage de Salle Teams",
    ),
    "test": (
        {"do": "test", "channel": "radio du sdis", "worked": False},
        "essai de Radio du SDIS : ne fonctionne pas",
    ),
    "told": (
        {
            "do": "announced",
            "line": LINE,
            "channel": "radio",
            "on": ["Salle Teams", "radio"],
        },
        "COORDONNER · direction : consigne donnée d\u2019utiliser Radio du SDIS, "
        "sur : Salle Teams, Radio du SDIS",
    ),
    "exercise": (
        {"do": "exercise", "action": "start", "fails": ["réseau"], "for_s": 60.0},
        "EXERCICE : panne simulée de Réseau",
    ),
}


@pytest.mark.parametrize("name", DONE)
async def test_answer_names_the_label_in_the_language_of_the_site(
    tmp_path: Path, name: str
) -> None:
    asked, said = DONE[name]
    async with running(tmp_path, EMPTY, PLAN) as town:
        answer = await town.ask(**asked)

    spaces = str.maketrans({"\xa0": " ", "\u202f": " "})
    assert answer["done"].translate(spaces) == said


async def test_answer_writes_the_end_in_the_time_of_the_site(tmp_path: Path) -> None:
    async with running(tmp_path, EMPTY, PLAN) as town:
        soon = await town.ask(**MARK, says="down", for_s=60.0)
        late = await town.ask(**MARK, says="down", until="2030-07-01T06:30:00Z")
        tried = await town.ask("test", channel="radio", worked=True)

    assert re.fullmatch(r"(\d\d/\d\d )?\d\d:\d\d CES?T", soon["ends"])
    assert late["ends"] == "01/07 08:30 CEST"
    assert tried["ends"] is None


async def test_word_withdrawn_is_named_in_the_language_of_the_site(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, EMPTY, PLAN) as town:
        await town.ask(**MARK, says="distrusted")
        await town.ask(**MARK, says="down")
        done = await town.ask("unmark", subject="radio", says="down")

    assert done["done"].endswith("(hors service)")


@pytest.mark.parametrize(
    "request_",
    [
        {"do": "mark", "subject": "nowhere", "says": "down"},
        {"do": "undo", "subject": "nowhere"},
        {"do": "watch", "action": "hand", "to": ""},
        {"do": "test", "channel": "nowhere", "worked": True},
    ],
)
async def test_a_refusal_is_in_the_language_of_who_asked(
    tmp_path: Path, request_: dict[str, Any]
) -> None:
    german = replace(PLAN, site=replace(PLAN.site, language="de"))
    async with running(tmp_path, EMPTY, PLAN) as town:
        of_site = await town.ask(**request_)
        of_reader = await town.ask(**request_, language="de")
    async with running(tmp_path, EMPTY, german) as town:
        of_german_site = await town.ask(**request_)

    assert of_reader["error"] == of_german_site["error"] != of_site["error"]


async def test_undo_takes_a_label(tmp_path: Path) -> None:
    async with running(tmp_path, EMPTY, PLAN) as town:
        await town.ask(**MARK, says="down")
        await town.mark("down", "power:grid")
        done = await town.ask("undo", subject="radio du SDIS")

        assert town.marks == {"power:grid": "down"}
    assert "Radio du SDIS" in done["taken_back"]
