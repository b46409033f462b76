"""Sites and hubs in this process."""

import pytest

from secours.sites import link


@pytest.fixture(autouse=True)
def _counts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a connection count from its first moment."""
    monkeypatch.setattr(link, "COUNTS_AFTER_S", 0.0, raising=False)
