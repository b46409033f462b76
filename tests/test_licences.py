"""Which licences may be installed beside Secours; `make sbom` says which are."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILE = Path(__file__).parents[1] / "tools/licences.py"
NAMED = {
    "icmplib": {"id": "LGPL-3.0-only"},
    "certifi": {"id": "MPL-2.0"},
    "pathspec": {
        "name": "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)"
    },
    "protobuf": None,
    "pydeck": None,
    "pysnmp": None,
}
OLD = "License :: OSI Approved :: "


@pytest.fixture
def licences() -> ModuleType:
    spec = importlib.util.spec_from_file_location("licences", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def component(name: str, *stated: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "1", "licenses": list(stated)}


def sbom(folder: Path, *more: dict[str, Any], without: str = "") -> str:
    """Write what all that is named in the list would give, and more."""
    named = [
        component(name, *([{"license": stated}] if stated else []))
        for name, stated in NAMED.items()
        if name not in (without, *(each["name"] for each in more))
    ]
    file = folder / "sbom.json"
    file.write_text(json.dumps({"components": [*named, *more]}))
    return str(file)


@pytest.mark.parametrize(
    "stated",
    [
        [{"license": {"id": "MIT"}}],
        [{"expression": "Apache-2.0 OR GPL-3.0-only"}],
        [{"expression": "BSD-3-Clause AND 0BSD AND MIT"}],
        [{"license": {"name": f"{OLD}BSD License"}}],
        [{"license": {"id": "MIT"}}, {"license": {"name": f"{OLD}Whatever"}}],
    ],
    ids=["one", "a choice", "all of them", "of old", "both"],
)
def test_a_permissive_licence_is_let_in(
    licences: ModuleType, tmp_path: Path, stated: list[dict[str, Any]]
) -> None:
    licences.main([sbom(tmp_path, component("new", *stated))])


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ([], "new 1: none"),
        ([{"license": {"id": "AGPL-3.0-only"}}], "new 1: AGPL-3.0-only"),
        ([{"license": {"id": "LGPL-3.0-only"}}], "new 1: LGPL-3.0-only"),
        ([{"expression": "MIT AND GPL-2.0-only"}], "new 1: MIT AND GPL-2.0-only"),
        (
            [{"expression": "(MIT OR ISC) AND SSPL-1.0"}],
            "new 1: (MIT OR ISC) AND SSPL-1.0",
        ),
        ([{"license": {"id": "MIT"}}, {"license": {"id": "X"}}], "new 1: MIT, X"),
    ],
    ids=["none", "another", "that of icmplib alone", "one of all", "nested", "two"],
)
def test_what_is_not_in_the_list_ends_the_build(
    licences: ModuleType, tmp_path: Path, stated: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        licences.main([sbom(tmp_path, component("new", *stated))])

    assert str(ended.value) == f"not as in licences.toml:\n{said}"


def test_what_is_named_in_the_list_is_there_and_as_it_was_read(
    licences: ModuleType, tmp_path: Path
) -> None:
    other = component("icmplib", {"license": {"id": "GPL-3.0-only"}})
    with pytest.raises(SystemExit, match=r"icmplib 1: GPL-3\.0-only"):
        licences.main([sbom(tmp_path, other)])
    with pytest.raises(SystemExit, match="pydeck: is not installed"):
        licences.main([sbom(tmp_path, without="pydeck")])
