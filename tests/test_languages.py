"""Which of our languages a browser asks for."""

import pytest

from secours.languages import preferred


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("nl-BE,nl;q=0.9,en;q=0.8", "nl"),
        ("es-ES,es;q=0.9,fr;q=0.3,de;q=0.5", "de"),
        ("EN-gb", "en"),
        ("fr;q=0, de;q=0.1", "de"),
        ("de;q=much, fr;q=0.2", "fr"),
        ("fr , de", "fr"),
        ("fro,nld", None),  # Old French, and three letters for Dutch
        ("*", None),
        ("", None),
    ],
    ids=[
        "first",
        "weighed",
        "upper",
        "refused",
        "no number",
        "alike",
        "others",
        "any",
        "none",
    ],
)
def test_language_is_the_one_of_ours_that_weighs_most(
    accepted: str, language: str | None
) -> None:
    assert preferred(accepted) == language
