"""Hold the licences in a CycloneDX file to the list in tools/licences.toml.

Of an expression with AND each licence must be in the list, of one with OR one of them.
The classifiers of old count only where nothing else is stated.

Source: CycloneDX 1.6, "licenses"; SPDX 3.0, annex B (expressions).
"""

import json
import re
import sys
import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("licences.toml")
CLASSIFIER = "License :: OSI Approved :: "


def main(argv):
    """End with what is not in the list, and with what the list has too much."""
    allowed = tomllib.loads(LIST.read_text("utf-8"))
    found = json.loads(Path(argv[0]).read_text("utf-8"))["components"]
    remarks = [*not_allowed(found, allowed), *not_there(found, allowed)]
    if remarks:
        raise SystemExit("\n".join([f"not as in {LIST.name}:", *remarks]))
    sys.stderr.write(f"{len(found)} packages, each with a licence of {LIST.name}\n")


def not_allowed(components, allowed):
    """Yield each component that states no licence, or one that is not in the list."""
    for component in components:
        name, stated = component["name"], stated_by(component)
        if name in allowed["named"]:
            is_allowed = stated in ([], [allowed["named"][name]])
        else:
            is_allowed = stated and all(holds(s, allowed["any"]) for s in stated)
        if not is_allowed:
            yield f"{name} {component['version']}: {', '.join(stated) or 'none'}"


def not_there(components, allowed):
    """Yield what is named in the list and not installed any more."""
    names = {component["name"] for component in components}
    return (f"{name}: is not installed" for name in allowed["named"].keys() - names)


def stated_by(component):
    """Return the licences that a component states, once each."""
    said = []
    for each in component.get("licenses", []):
        licence = each.get("license", {})
        said.append(each.get("expression") or licence.get("id") or licence["name"])
    modern = [text for text in said if not text.startswith("License ::")]
    old = [text.removeprefix(CLASSIFIER) for text in said]
    return list(dict.fromkeys(modern or old))


def holds(expression, allowed):
    """Tell whether what an expression asks for is in the list."""
    parts = [part.strip() for part in re.split(r"\b(?:AND|OR)\b|[()]", expression)]
    known = [part in allowed for part in parts if part]
    is_choice = "OR" in expression.split() and not re.search(r"\bAND\b", expression)
    return any(known) if is_choice else all(known)


if __name__ == "__main__":
    main(sys.argv[1:])
