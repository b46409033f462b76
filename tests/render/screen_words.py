"""The words of every screen that says what to use."""

import re
from html import unescape

from render.desk import now_page
from render.snapshots import alone

from secours.cli import answer_text as cli_words
from secours.cli import state_text
from secours.model.snapshot import Snapshot
from secours.render.answers import recommend as answers
from secours.render.answers import status
from secours.render.export import lite
from secours.render.wall.wall import wall_html


def read(html: str) -> str:
    """Return the words of a page in one row."""
    text = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def recommended(shown: Snapshot, language: str = "en") -> str:
    answer = answers.answer(shown, 4.0, language)
    said = cli_words.recommendations(answer, shown, language, fresh=True)
    return "\n".join(said)


def statuses(shown: Snapshot, language: str = "en") -> str:
    answer = status.answer(shown, 4.0, language)
    return "\n".join(state_text.states(answer, shown, language))


def screens(shown: Snapshot, language: str = "en") -> dict[str, str]:
    """Return the words of every screen that says what to use."""
    cards = [alone(shown, place) for place in range(len(shown.recommendations))]
    walls = [read(wall_html(each, language, age_s=4.0)) for each in cards]
    lites = [read(lite.lite_html(each, language, age_s=4.0)) for each in cards]
    return {
        "wall": " ".join(walls),
        "lite": " ".join(lites),
        "now": read(now_page(shown, language)),
        "recommend": recommended(shown, language),
    }
