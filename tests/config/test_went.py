"""What went is refused at its line, with what does its work."""

from pathlib import Path

import pytest
from config.plan_files import mistakes

CHANNELS = "channels: {radio: {}}\n"
PROBE = "channels:\n  radio: {{probes: [{probe}]}}\n"


@pytest.mark.parametrize(
    ("plan", "instead"),
    [
        (f"{CHANNELS}publish: {{mqtt: {{host: h}}}}\n", "/v1/snapshot or /metrics"),
        (f"{CHANNELS}cap: {{token: word}}\n", "delete this section"),
        (PROBE.format(probe="{type: mqtt, host: h}"), "use tcp or tls"),
        (PROBE.format(probe="{type: xmpp, jid: a@b.example}"), "use tls"),
    ],
)
def test_what_went_is_refused_at_its_line(
    tmp_path: Path, plan: str, instead: str
) -> None:
    (mistake,) = mistakes(tmp_path, plan)

    assert mistake.startswith("2:")
    assert "removed from Secours" in mistake
    assert instead in mistake


def test_no_section_that_went_is_suggested(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, f"{CHANNELS}CAP: {{}}\n")

    assert "'cap'" not in mistake
