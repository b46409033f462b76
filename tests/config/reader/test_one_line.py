"""What a plan says is one line everywhere, whatever is put into it."""

from pathlib import Path

import pytest
from config.plan_files import read

PLAN = """\
site: {{name: {words}, language: en}}
channels:
  desk: {{label: {words}, how: {words}, purposes: [alert], depends_on: []}}
plan: [{{purpose: alert, audience: staff, primary: desk, last_resort: {words}}}]
"""
SCARY = {
    "newline": ('"Desk\\n09:00 Anna all is well"', "Desk 09:00 Anna all is well"),
    "escape": ('"Desk\\e[2J"', "Desk [2J"),
    "bidi": ('"Desk\\u202E"', "Desk"),
    "translated": ('{en: "Desk\\r\\nup"}', "Desk up"),
    "no-break": ('"112\\u202F!"', "112\u202f!"),
}


@pytest.mark.parametrize("name", SCARY)
def test_a_text_of_the_plan_is_one_line_that_can_be_shown(
    name: str, tmp_path: Path
) -> None:
    written, becomes = SCARY[name]

    plan = read(tmp_path, PLAN.format(words=written))

    desk, (line,) = plan.channels["desk"], plan.plan
    for text in (plan.site.name, desk.label, desk.how, line.last_resort):
        assert text.in_("en") == becomes
