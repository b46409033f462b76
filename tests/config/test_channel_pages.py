import re
from pathlib import Path

import pytest
import yaml
from config.channel_pages import BLOCK, FOLDER, PAGES, block_of
from config.plan_files import advice, read

from secours import probes
from secours.config.catalogue import load
from secours.model.observed import Evidence
from secours.model.plan import Config

SAID = (
    *("Create", "Secret", "An ok proves", "It does not prove", "Not seen"),
    "Limits and terms",
)
REFERENCE = re.compile(r"\$\{(\w+)\}")
STRENGTH = list(Evidence)


def loaded(folder: Path, block: str) -> Config:
    return read(folder, "channels:\n" + re.sub("^", "  ", block, flags=re.MULTILINE))


def said(page: str, label: str) -> str:
    lines = re.findall(rf"^- \*\*{label}:\*\* (.+)$", PAGES[page], re.MULTILINE)
    assert len(lines) == 1, f"docs/channels/{page}.md wants one line '- **{label}:** …'"
    return str(lines[0])


def test_every_kind_has_its_page_and_every_page_its_kind() -> None:
    assert PAGES.keys() == load().kinds.keys(), (
        "docs/channels/ has a page for each kind of catalogue.json"
    )


def test_the_index_links_to_every_page_under_its_name() -> None:
    index = (FOLDER / "README.md").read_text()
    links = re.findall(r"^- \[(.+?)\]\((.+?)\.md\), `kind: (.+?)`: ", index, re.M)

    assert links == [
        (kind.label.in_("en"), name, name) for name, kind in load().kinds.items()
    ], "docs/channels/README.md lists the kinds in the order of catalogue.json"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_in_few_lines_all_that_it_has_to(page: str) -> None:
    head, _, rest = PAGES[page].partition("\n")

    assert head.startswith("# ")
    assert head.endswith(f" (`{page}`)")
    assert re.findall(r"^- \*\*(.+?):\*\* \S", rest, re.MULTILINE) == list(SAID), (
        f"docs/channels/{page}.md says these, in this order"
    )
    assert block_of(page)
    assert len(BLOCK.sub("", rest).strip().splitlines()) <= 10


@pytest.mark.parametrize("page", PAGES)
def test_its_example_loads_and_is_wise(page: str, tmp_path: Path) -> None:
    block = block_of(page)
    config = loaded(tmp_path, block)

    assert {channel.kind for channel in config.channels.values()} == {page}
    for channel in config.channels.values():
        assert channel.how.plain
        assert channel.probes or channel.test_every_s
    for warning in advice(config):
        people = "'unproven'" in warning and "test:" in block
        assert "is not set" in warning or people or load().kinds[page].discontinued


@pytest.mark.parametrize("page", PAGES)
def test_its_example_uses_what_the_catalogue_suggests(
    page: str, tmp_path: Path
) -> None:
    block = block_of(page)
    used = {probe.type for probe in loaded(tmp_path, block).probes()}
    kind = load().kinds[page]

    assert used <= {each.type for each in kind.suggestions}, (
        f"what docs/channels/{page}.md uses stands in `suggestions` of catalogue.json"
    )
    assert used or not kind.suggestions
    for channel in yaml.safe_load(block).values():
        assert "test" in channel or not kind.people or used


@pytest.mark.parametrize("page", PAGES)
def test_every_secret_of_its_example_is_named(page: str) -> None:
    block = block_of(page)

    for name in REFERENCE.findall(block):
        option = re.search(rf'(\w+): "\$\{{{name}\}}"', block)
        known = [name, f"`{option[1]}`" if option else name]
        assert any(word in said(page, "Secret") for word in known), name


@pytest.mark.parametrize("page", PAGES)
def test_it_claims_no_more_than_its_probes_can_prove(page: str, tmp_path: Path) -> None:
    block = block_of(page)
    types = {probe.type for probe in loaded(tmp_path, block).probes()}
    best = [probes.find(each).best for each in types]
    best += [Evidence.EXERCISED] if "test:" in block else []
    claimed = re.findall(r"`(\w+)`\)", said(page, "An ok proves"))

    for word in claimed:
        assert any(STRENGTH.index(Evidence(word)) <= STRENGTH.index(b) for b in best)
    if types:
        assert claimed


@pytest.mark.parametrize("page", PAGES)
def test_its_links_to_other_pages_lead_there(page: str) -> None:
    for target in re.findall(r"\]\((?!http)(.+?)\)", PAGES[page]):
        assert (FOLDER / target).is_file()
