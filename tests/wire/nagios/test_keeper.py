"""The two ways to find what descends from a process; the rest is in tests/faults."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from secours.wire.nagios import keeper

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="they are Linux's")


@pytest.fixture
def child(processes: None) -> Iterator[int]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


def test_kernel_lists_a_child(child: int) -> None:
    assert child in keeper.children(os.getpid())


def test_without_that_list_a_child_is_found_by_its_parent(child: int) -> None:
    assert child in keeper.by_parent()[os.getpid()]


@pytest.mark.usefixtures("processes")
def test_what_has_ended_has_no_children() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()

        assert keeper.children(process.pid) == []
