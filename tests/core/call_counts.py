"""Counts of the calls of a function."""

from collections.abc import Callable
from typing import Any

import pytest


def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[object]:
    """Note each call of a function of a module."""
    calls: list[object] = []
    real: Callable[..., object] = getattr(owner, name)

    def noted(*values: Any) -> object:
        calls.append(values)
        return real(*values)

    monkeypatch.setattr(owner, name, noted)
    return calls
