"""The laws of the house on imports, names, folders and docstrings, for the sources.

Each law is a function from sources to what breaks it, so that a planted fault shows
that it would be found.
"""

import ast
import collections
import graphlib
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from sources import ROOT, SOURCES, TESTS
from syntax import nodes

ANYWHERE = {"languages", "message", "outside_text"}
WORDS = {"model", "texts", "places"}
BELOW = WORDS | {"config", "probes", "run", "core", "wire", "render", "logs"}
MAY_IMPORT = {
    "model": {"model"},
    "texts": {"texts"},
    "places": set(),
    "languages": set(),
    "message": set(),
    "outside_text": set(),
    "core": {"model", "core"},
    "wire": {"model", "places", "wire"},
    "probes": {"model", "wire"},
    "run": {"model", "run"},
    "logs": {"run"},
    "config": {"model", "probes", "wire", "config"},
    "render": {"model", "texts", "core", "render"},
    "notify": BELOW | {"notify"},
    "sites": BELOW | {"sites"},
    "engine": BELOW | {"notify", "sites", "engine"},
    "web": BELOW | {"notify", "sites", "engine", "web"},
    "demo": {"model", "demo"},
    "doctor": {
        *("model", "places", "config", "wire", "render", "sites", "engine", "doctor"),
    },
    "dashboard": BELOW - {"probes", "run"} | {"engine", "web", "dashboard"},
    "cli": BELOW | {"notify", "sites", "engine", "web", "demo", "doctor", "cli"},
    "__main__": {"cli"},
    "__init__": set(),
}
PURE = ("model", "core", "render")
IMPURE = {
    "time",
    "os",
    "pathlib",
    "socket",
    "ssl",
    "select",
    "selectors",
    "signal",
}
IMPURE |= {
    "threading",
    "multiprocessing",
    "subprocess",
    "asyncio",
    "concurrent",
    "sched",
}
IMPURE |= {"shutil", "tempfile", "fcntl", "sqlite3", "logging", "random", "secrets"}
LOADERS = ("secours.probes", "secours.cli")  # of probe types and of commands, by name
MOST_FILES = 15  # in a folder that is a subject
ONE_FILE_EACH = ("secours.probes", "secours.cli")  # for each type, for each command
ONE_OF_A_KIND = ("secours.dashboard.views", "secours.demo.servers", "secours.doctor")
FEW_LINES, MOST_LINES = 60, 300  # of a file that is no subject, of one that is
QUESTION_WORDS = {"How", "What", "Whatever", "When", "Where", "Whether", "Which"}
QUESTION_WORDS |= {"Who", "Whoever", "Whose"}
FROM_A_TEST = re.compile(
    r"^ *(?:from|import) (?!secours\b)[\w.]*\btest_\w+"  # a name in it
    r"|^ *from (?!secours\b)[\w.]+ import .*\btest_\w+",  # the test itself
    re.MULTILINE,
)
WRITERS = {"secours.engine.probing.schedule", "secours.engine.store.store"}
OF_SITES = (  # the capability of many sites, and its own pages, commands and files
    *("sites", "core.sites", "core.replay.sites", "model.sites"),
    *("config.sections.sites", "engine.orders", "engine.sites_room", "web.sites"),
    *("engine.control.handing_down", "engine.published.current_sites"),
    *("engine.published.handed_down_file", "engine.published.sites_file"),
    *("engine.published.sites_publisher", "engine.store.site_store"),
    *("engine.store.database.site_events", "render.answers.sites"),
    *("render.export.sites", "render.province", "render.wording.sites"),
    *("dashboard.engine.province", "dashboard.views.sites"),
    *("cli.hand_down", "cli.hub", "cli.province", "cli.replay_sites", "cli.sites"),
    *("cli.sites_text", "doctor.hub"),
)
HOOKS_OF_SITES = {  # what all others may import of it, and how many files do
    "model.sites.membership": 4,  # values: the section of the plan
    "model.sites.events": 2,
    "model.sites.handed_down": 1,
    "model.sites.views": 3,
    "config.sections.sites": 3,
    "core.sites.opinion": 1,  # the order of suspects, as it was published
    "engine.sites_room": 1,  # the engine's connection to the hub
    "engine.control.handing_down": 1,  # what may be asked of it
    "engine.orders.ledger": 5,  # small files of an engine: backup, standby
    "engine.store.database.site_events": 3,  # rows of a history
    "engine.published.current_sites": 3,  # what there is to show
    "render.wording.sites.opinion": 8,  # words at a site among others
    "render.answers.sites.handed_down": 1,
    "render.answers.sites.answer": 1,  # in the table of schemas
    "render.answers.sites.sites_replay": 1,
    "render.export.sites": 1,
    "render.province.wall": 2,  # in place of a site's wall
    "render.province.to_sites": 2,  # to whom a word goes
    "dashboard.engine.province": 1,
    "dashboard.views.sites": 1,  # in the table of pages
    "web.sites": 1,
    "cli.province": 3,  # --province
    "cli.hand_down": 3,  # --sites
    "cli.replay_sites": 1,
    "sites.hub.credential_advice": 1,
    "doctor.hub": 1,  # in the table of findings
}

Sources = Mapping[str, str]
"""The text of each module, by its dotted name."""


@cache
def imports(source: str) -> Sequence[str]:
    """Return all that is imported anywhere in it, inside functions too."""
    found: list[str] = []
    for node in nodes(source):
        if isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            found += (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
    return found


def modules(source: str, known: Sources) -> set[str]:
    """Return which of our modules it imports."""
    found = set()
    for name in imports(source):
        module = name if name in known else name.rpartition(".")[0]
        if module in known:
            found.add(module)
    return found


def layer(name: str) -> str:
    """Return the room of a module."""
    return name.split(".")[1] if "." in name else "__init__"


def against_the_layers(sources: Sources) -> set[tuple[str, str]]:
    """Return which module imports which room that it may not."""
    return {
        (name, layer(other))
        for name, source in sources.items()
        for other in modules(source, sources)
        if other != "secours" and layer(other) not in MAY_IMPORT[layer(name)] | ANYWHERE
    }


def circle(sources: Sources) -> list[str]:
    """Return a circle of imports, if there is one."""
    return circle_in(
        {name: modules(text, sources) - {name} for name, text in sources.items()}
    )


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """Return a circle of a graph, if there is one."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def circle_of_folders(sources: Sources) -> list[str]:
    """Return a circle of imports between folders, of which none is in another.

    A folder and those in it are one subject: what stands in front may use its parts,
    and they the types that it has in common.
    """
    folders = {name.rpartition(".")[0] for name in sources}
    graph = collections.defaultdict[str, set[str]](set)
    for name, source in sources.items():
        one = name if name in folders else name.rpartition(".")[0]
        for module in modules(source, sources):
            other = module if module in folders else module.rpartition(".")[0]
            if not f"{one}.".startswith(f"{other}.") and not f"{other}.".startswith(
                f"{one}."
            ):
                graph[one].add(other)
    return circle_in(graph)


def impure(sources: Sources) -> set[tuple[str, str]]:
    """Return what a pure room imports, or calls, that reaches the world."""
    found = set()
    for name, source in sources.items():
        if layer(name) in PURE:
            used = {each.split(".")[0] for each in imports(source)} & IMPURE
            calls = re.findall(r"(?<![\w.])(open)\(", source)
            found |= {(name, each) for each in [*used, *calls]}
    return found


def using(sources: Sources, package: str) -> set[str]:
    """Return which modules import a package, in whatever spelling."""
    return {
        name
        for name, source in sources.items()
        if any(each.split(".")[0] == package for each in imports(source))
        or re.search(rf"(import_module|__import__)\(['\"]{package}\b", source)
    }


def loading_by_name(sources: Sources) -> set[str]:
    """Return which modules import others by a name that is only known as they run."""
    return {
        name
        for name, source in sources.items()
        if re.search(r"\b(import_module|__import__)\(", source)
    }


def undeclared(sources: Sources, declared: set[str]) -> set[tuple[str, str]]:
    """Return what is imported from outside and stands in no list of dependencies."""
    own = sys.stdlib_module_names | declared | {"secours"}
    return {
        (name, each.split(".")[0])
        for name, source in sources.items()
        for each in imports(source)
        if each.split(".")[0] not in own
    }


def writing_pages(sources: Sources) -> set[str]:
    """Return which modules of the dashboard reach the schedule or write the store."""
    return {
        name
        for name, source in sources.items()
        if layer(name) == "dashboard" and modules(source, sources) & WRITERS
    }


def classes_named_twice(sources: Sources) -> set[str]:
    """Return names that two classes have; a probe type's options are its `Settings`."""
    names = collections.Counter(
        node.name
        for source in sources.values()
        for node in nodes(source)
        if isinstance(node, ast.ClassDef) and node.name != "Settings"
    )
    return {name for name, times in names.items() if times > 1}


def crowded(sources: Sources) -> set[str]:
    """Return the folders that hold too many modules to be one subject."""
    folders = {name.rpartition(".")[0] for name in sources}
    files = sources.keys() - folders
    sizes = collections.Counter(name.rpartition(".")[0] for name in files)
    large = {folder for folder, size in sizes.items() if size > MOST_FILES}
    return large - set(ONE_FILE_EACH)


def could_be_folded(sources: Sources) -> set[tuple[str, str]]:
    """Return each small file with the one file of its room that imports it.

    One that is imported within a function is loaded only where it is needed.
    """
    importers: dict[str, set[str]] = collections.defaultdict(set)
    for name, source in sources.items():
        for other in modules(source, sources) - {name}:
            importers[other].add(name)
    lines = {name: source.count("\n") for name, source in sources.items()}
    return {
        (name, importer)
        for name, (importer, *others) in importers.items()
        if not others
        and lines[name] < FEW_LINES
        and lines[name] + lines[importer] <= MOST_LINES
        and layer(name) == layer(importer)
        and name.rpartition(".")[0] not in ONE_OF_A_KIND
        and name in loaded_with(sources[importer], sources)
    }


def loaded_with(source: str, known: Sources) -> set[str]:
    """Return which of our modules are loaded as soon as this one is."""
    kinds = ast.Import | ast.ImportFrom
    top = (each for each in ast.parse(source).body if isinstance(each, kinds))
    return modules("\n".join(map(ast.unparse, top)), known)


def docstrings(source: str) -> Iterator[str]:
    """Yield docstrings, and texts below constants and fields."""
    for node in nodes(source):
        match node:
            case ast.Module(body=body) | ast.ClassDef(body=body):
                texts = body
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                texts = node.body[:1]
            case _:
                continue
        for text in texts:
            match text:
                case ast.Expr(value=ast.Constant(value=str(said))):
                    yield said


def questions(sources: Sources) -> set[str]:
    """Return docstrings that begin as a question."""
    found = {text for source in sources.values() for text in docstrings(source)}
    return {text for text in found if re.split(r"\W", text)[0] in QUESTION_WORDS}


def importing_tests(tests: Sources) -> set[tuple[str, str]]:
    """Return what imports from a file of tests: what two of them need is a helper."""
    return {
        (name, found.strip())
        for name, source in tests.items()
        for found in FROM_A_TEST.findall(source)
    }


def hooks_of_sites(sources: Sources) -> dict[str, int]:
    """Return what others import of the capability of many sites, and how many do."""
    own = tuple(f"secours.{each}." for each in OF_SITES)
    return collections.Counter(
        other.removeprefix("secours.")
        for name, source in sources.items()
        for other in modules(source, sources)
        if not f"{name}.".startswith(own) and f"{other}.".startswith(own)
    )


def declared() -> set[str]:
    """Return the packages that pyproject.toml asks for, by the names they import as."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"]]
    wanted += [
        each for extra in project["optional-dependencies"].values() for each in extra
    ]
    names = {
        re.split(r"[\[<>=;,~ ]", each)[0].lower().replace("-", "_") for each in wanted
    }
    return {
        module
        for module, packages in importlib.metadata.packages_distributions().items()
        if {package.lower().replace("-", "_") for package in packages} & names
    }


def test_the_page_for_developers_has_the_same_table() -> None:
    page = (ROOT / "docs/developers.md").read_text("utf-8")
    table = page.partition("<!-- layers -->")[2].partition("<!-- end -->")[0]
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| `")]
    written = {row[1].strip(" `"): set(re.findall(r"`(\w+)`", row[3])) for row in rows}

    assert written == {
        room: below - {room}
        for room, below in MAY_IMPORT.items()
        if not room.startswith("__")
    }


def test_module_imports_only_what_its_layer_may() -> None:
    assert against_the_layers(SOURCES) == set()


def test_probe_types_do_not_know_each_other() -> None:
    types = {name for name in SOURCES if layer(name) == "probes"} - {"secours.probes"}
    known = {name: modules(SOURCES[name], SOURCES) & types for name in types}

    assert {name: others for name, others in known.items() if others} == {}


def test_no_import_goes_in_a_circle() -> None:
    assert circle(SOURCES) == []


def test_no_import_goes_in_a_circle_between_folders() -> None:
    assert circle_of_folders(SOURCES) == []


def test_the_pure_rooms_reach_no_clock_file_or_socket() -> None:
    assert impure(SOURCES) == set()


def test_only_one_module_imports_httpx() -> None:
    assert using(SOURCES, "httpx") == {"secours.wire.http.client"}


def test_values_are_structs_which_cost_a_tenth_of_a_dataclass_to_define() -> None:
    assert using(SOURCES, "dataclasses") == set()


def test_only_probe_types_and_commands_are_loaded_by_name() -> None:
    assert loading_by_name(SOURCES) == set(LOADERS)


def test_all_that_is_imported_is_declared() -> None:
    assert undeclared(SOURCES, declared()) == set()


def test_pages_reach_neither_the_schedule_nor_the_writer_of_the_store() -> None:
    assert writing_pages(SOURCES) == set()


def test_a_class_name_means_one_thing() -> None:
    assert classes_named_twice(SOURCES) == set()


def test_a_folder_is_one_subject() -> None:
    assert crowded(SOURCES) == set()


def test_small_file_with_one_importer_lives_in_it() -> None:
    assert could_be_folded(SOURCES) == set()


def test_docstring_begins_with_a_noun_or_an_imperative() -> None:
    assert questions(SOURCES) == set()


def test_many_sites_are_reached_through_named_hooks() -> None:
    assert hooks_of_sites(SOURCES) == HOOKS_OF_SITES


def test_no_test_imports_from_another() -> None:
    assert importing_tests(TESTS) == set()


def planted(name: str, fault: str) -> Sources:
    """Return the sources with a fault in one of them."""
    return {**SOURCES, name: f"{SOURCES[name]}\n{fault}\n"}


def test_each_planted_fault_is_found() -> None:
    upward = planted("secours.core.snapshot", "from secours.render import badges")
    inside = "def later():\n    from secours.core.snapshot import take"
    turning = planted("secours.core.forecast", inside)
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
    typed += "    from secours.core import snapshot"
    asking = planted("secours.render.badges", "import time")
    reading = planted("secours.core.snapshot", "text = open('plan').read()")
    dressed = planted("secours.probes.tcp", "from httpx import get as fetch")
    hidden = planted("secours.probes.tcp", "module = __import__('httpx')")
    costly = planted("secours.core.events", "from dataclasses import dataclass")
    strange = planted("secours.wire.snmp", "import numpy.linalg")
    writing = planted(
        "secours.dashboard.feed", "from secours.engine.probing import schedule"
    )
    small = planted("secours.core.events", "from secours.core import new")

    assert ("secours.core.snapshot", "render") in against_the_layers(upward)
    assert circle(turning)
    assert circle(planted("secours.core.forecast", typed))
    assert impure(asking) == {("secours.render.badges", "time")}
    assert impure(reading) == {("secours.core.snapshot", "open")}
    assert "secours.probes.tcp" in using(dressed, "httpx")
    assert "secours.probes.tcp" in using(hidden, "httpx")
    assert "secours.probes.tcp" in loading_by_name(hidden)
    assert using(costly, "dataclasses") == {"secours.core.events"}
    assert ("secours.wire.snmp", "numpy") in undeclared(strange, set())
    assert writing_pages(writing) == {"secours.dashboard.feed"}
    assert could_be_folded({**small, "secours.core.new": ""}) - could_be_folded(
        SOURCES
    ) == {("secours.core.new", "secours.core.events")}


def test_circle_between_folders_is_found() -> None:
    back = planted(
        "secours.core.graph.cut_sets", "from secours.core.probing import health"
    )

    assert circle(back) == []
    assert {*circle_of_folders(back)} >= {"secours.core.graph", "secours.core.probing"}


def test_a_name_used_twice_and_a_crowded_folder_are_found() -> None:
    again = planted(
        "secours.core.events", "class Plan:\n    class Service:\n        pass"
    )
    full = {f"secours.wire.mail.part{n}": "" for n in range(MOST_FILES)}

    assert classes_named_twice(again) == {"Service"}
    assert crowded({**SOURCES, **full}) == {"secours.wire.mail"}


def test_import_from_a_test_is_found() -> None:
    borrowing = "from core.test_lapsed import state\nfrom core import test_lapsed\n"

    assert importing_tests({"a": borrowing, "b": "import pytest_asyncio"}) == {
        ("a", "from core.test_lapsed"),
        ("a", "from core import test_lapsed"),
    }


def test_docstring_and_text_below_a_constant_that_ask_are_found() -> None:
    asking = 'def seen():\n    """Who has seen it."""\nSEEN = 1\n"""Whether it was."""'

    found = questions(planted("secours.core.events", asking))

    assert found == {"Who has seen it.", "Whether it was."}
