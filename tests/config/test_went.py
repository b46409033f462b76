"""What went is refused at its line, with what does its work."""

from pathlib import Path

import pytest
from config.plan_files import mistakes

CHANNELS = "channels: {radio: {}}\n"
PROBE = "channels: {{radio: {{probes: [{probe}]}}}}\n"


@pytest.mark.parametrize(
    ("section", "instead"),
    [
        ("publish: {mqtt: {host: broker.example.org}}", "/v1/snapshot or /metrics"),
        ("cap: {token: word}", "delete this section"),
    ],
)
def test_a_section_that_went_is_refused_at_its_line(
    tmp_path: Path, section: str, instead: str
) -> None:
    (mistake,) = mistakes(tmp_path, f"{CHANNELS}{section}\n")

    assert mistake.startswith("2:")
    assert "removed from Secours" in mistake
    assert instead in mistake


@pytest.mark.parametrize(
    ("probe", "instead"),
    [
        ("{type: mqtt, host: h}", "use tcp or tls"),
        ("{type: xmpp, jid: a@b.example}", "use tls"),
    ],
)
def test_a_probe_type_that_went_is_refused_at_its_line(
    tmp_path: Path, probe: str, instead: str
) -> None:
    (mistake,) = mistakes(tmp_path, PROBE.format(probe=probe))

    assert mistake.startswith("1:")
    assert "removed from Secours" in mistake
    assert instead in mistake


def test_no_section_that_went_is_suggested(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, f"{CHANNELS}CAP: {{}}\n")

    assert "'cap'" not in mistake
