"""axe-core in a page: what a machine can tell of who can use it, and who cannot."""

from importlib.resources import files
from typing import Any

from dashboard.desk import settled
from playwright.sync_api import Page

LOOKS = 4
SCRIPT = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
# Every rule there is, also those of level AAA and those on trial.
RUN = """async hidden => {
  const rules = Object.fromEntries(
    axe.getRules().map(rule => [rule.ruleId, {enabled: true}]));
  const found = await axe.run({exclude: hidden}, {rules, resultTypes: ["violations"]});
  return found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id} [${node.target.join(" ")}] ${node.html.slice(0, 160)}` +
    ` -- ${[...node.any, ...node.all, ...node.none].map(c => c.message).join("; ")}`));
}"""


def violations(page: Page, excluded: list[str] | None = None) -> list[str]:
    """Return what axe-core finds wrong with what the page shows now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    found: Any = page.evaluate(RUN, [[each] for each in excluded or ()])
    return [str(each) for each in found]


def lasting(page: Page, excluded: list[str] | None = None) -> list[str]:
    """Return what is wrong with a page of the dashboard, and stays so.

    What is drawn anew fades for a moment on a busy machine, and a server that it keeps
    from answering greys the page: then it looks again.
    """
    found: list[str] = []
    for _ in range(LOOKS):
        settled(page)
        if not (found := violations(page, excluded)):
            break
    return found
