"""What an earlier version read is read for one release more, and counts for nothing."""

from pathlib import Path

from config.plan_files import read

from secours.cli.plan_file import advice_words
from secours.config.advice import warnings
from secours.model.sites.membership import Accepts

CHANNELS = "channels: {radio: {}}\n"


def said(folder: Path, text: str, place: str) -> list[tuple[int, str]]:
    found = warnings(read(folder, text))
    return [(a.line, advice_words(a, "en")) for a in found if a.where == place]


def test_plans_that_a_site_took_are_taken_no_more_and_warned_of(tmp_path: Path) -> None:
    text = f"""\
{CHANNELS}sites:
  name: dison
  hub: tls://hub.example.org
  accept:
    - words
    - plans
"""

    sites = read(tmp_path, text).sites

    assert sites is not None
    assert sites.accept == (Accepts.WORDS,)
    assert said(tmp_path, text, "sites.accept[1]") == [
        (
            7,
            "sites.accept[1]: the province sends no plans any more:"
            " delete plans, which the next version refuses",
        )
    ]


def test_what_takes_plans_alone_takes_nothing(tmp_path: Path) -> None:
    """It is no plan without `accept`, where the province may say all."""
    text = f"{CHANNELS}sites: {{name: a, hub: tls://h, accept: [plans]}}\n"

    sites = read(tmp_path, text).sites

    assert sites is not None
    assert sites.accept == ()
