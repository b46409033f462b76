"""What the style guide asks of every probe module, checked on each."""

import inspect
import sys
from subprocess import run

import pytest
from msgspec import Struct

from secours import probes
from secours.model.observed import Evidence

each_type = pytest.mark.parametrize("name", probes.names())


@each_type
def test_settings_are_frozen_and_given_by_name(name: str) -> None:
    settings = probes.find(name).settings

    assert issubclass(settings, Struct)
    assert settings.__struct_config__.frozen
    assert settings.__match_args__ == ()  # none is given by its place


@each_type
def test_probe_is_async_and_takes_settings_and_path(name: str) -> None:
    probing = probes.find(name).probe

    assert inspect.iscoroutinefunction(probing)
    assert list(inspect.signature(probing).parameters) == ["settings", "path"]


@each_type
def test_who_can_send_yields_stages_and_knows_addresses(name: str) -> None:
    found = probes.find(name)
    if found.send is None:
        assert found.addressee is None
        return
    assert found.addressee is not None
    assert inspect.isasyncgenfunction(found.send)
    assert [*inspect.signature(found.send).parameters] == ["settings", "path", "notice"]
    assert [*inspect.signature(found.addressee).parameters] == ["settings", "to"]


@each_type
def test_best_evidence_is_some_but_of_a_hint(name: str) -> None:
    found = probes.find(name)

    assert (found.best.rank > Evidence.NONE.rank) is not found.hint


@each_type
def test_module_names_its_source(name: str) -> None:
    assert "Source:" in probes.find(name).doc


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("name", ["tcp", "udp", "tls"])
def test_light_probe_imports_no_heavy_library(name: str) -> None:
    script = f"import sys, secours.probes.{name}; print(*sys.modules)"
    loaded = run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert not {"httpx", "httpcore", "dns", "sqlite3"} & set(loaded)
