from pathlib import Path

import pytest

from secours.config import BadConfig, advice, load

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


@pytest.mark.parametrize(
    ("standby", "warned"),
    [
        ("standby: {takeover_after: 29s}", ["29s"]),
        ("standby: {takeover_after: 30s}", []),
        ("standby: {takeover_after: 30s}\nscreen: {max_age: 1m}", ["30s"]),
        ("", []),
    ],
    ids=["shorter", "as long", "older picture", "none"],
)
def test_who_takes_over_from_a_first_that_counts_as_fresh_is_warned(
    tmp_path: Path, standby: str, warned: list[str]
) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text(PLAN.format(standby=standby))

    found = [
        each
        for each in advice.warnings(load(file))
        if each.message.slug == "plan.advice.takeover"
    ]

    assert [dict(each.message.facts)["after"] for each in found] == warned
    assert all(each.line == 4 for each in found)


def test_a_misspelt_key_is_named(tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text(PLAN.format(standby="standby: {take_over_after: 10m}"))

    with pytest.raises(BadConfig) as bad:
        load(file)

    assert "takeover_after" in str(bad.value.mistakes)
