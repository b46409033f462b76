from pathlib import Path

import pytest

from secours.config import BadConfig, load

PLAN = """
channels: {{desk: {{label: Desk, purposes: [alert]}}}}
plan: [{{purpose: alert, audience: staff, primary: desk}}]
{standby}
"""


@pytest.mark.parametrize(
    ("standby", "after_s"),
    [("standby: {takeover_after: 10m}", 600.0), ("standby: {}", None), ("", None)],
    ids=["written", "empty", "none"],
)
def test_a_plan_says_when_its_standby_takes_over(
    tmp_path: Path, standby: str, after_s: float | None
) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text(PLAN.format(standby=standby))

    assert load(file).takeover_after_s == after_s


def test_a_misspelt_key_is_named(tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text(PLAN.format(standby="standby: {take_over_after: 10m}"))

    with pytest.raises(BadConfig) as bad:
        load(file)

    assert "takeover_after" in str(bad.value.mistakes)
