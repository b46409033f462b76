"""The stylesheets are one text: a class that two of them style would be two things."""

import re
from collections import defaultdict

from secours.render.styles import SHEETS, sheet

BARE = re.compile(r"\.s-[\w-]+")  # nothing before it says on which page


def styled(text: str) -> set[str]:
    """Return the classes that a stylesheet styles wherever they are."""
    rules = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    rules = re.sub(r"@media[^{]*\{", "", rules)
    selectors = [
        one for head in re.findall(r"([^{}]+)\{", rules) for one in split(head)
    ]
    return {one for one in selectors if BARE.fullmatch(one)}


def split(head: str) -> list[str]:
    """Return the selectors of a rule; what stands in brackets is part of one."""
    return [one.strip() for one in re.sub(r"\([^()]*\)", "()", head).split(",")]


def test_a_class_has_its_looks_from_one_stylesheet() -> None:
    found = defaultdict(set)
    for name in SHEETS:
        if name != "print.css":  # what is on every page, on paper
            for one in styled(str(sheet(name))):
                found[one].add(name)

    assert len(found) > 100
    assert {one: names for one, names in found.items() if len(names) > 1} == {}


def test_a_class_within_a_page_or_a_query_is_told_from_one_everywhere() -> None:
    text = "/* .s-no { */ .s-a, .s-b .s-c { } @media (x) { .s-d { } .s-a:hover { } }"

    assert styled(text) == {".s-a", ".s-d"}
