"""Sites and hubs in this process."""

import pytest
from servers.hub_server import counts_at_once

from secours.sites.neighbours import hub_store

__all__ = ["counts_at_once"]


@pytest.fixture(autouse=True)
def rounds_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test wait for what a province reads next at the hub."""
    monkeypatch.setattr(hub_store, "EVERY_S", 0.05)
