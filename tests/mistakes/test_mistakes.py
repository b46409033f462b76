"""Sixty mistakes that people make, and what each of them is told, word for word.

`make mistakes` writes the words anew, to be read before they are committed.
"""

from pathlib import Path

import pytest
from mistakes.said import FILES, said


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_mistake_is_told_in_these_words(file: Path) -> None:
    code, words = said(file)

    assert words == file.with_suffix(".txt").read_text(encoding="utf-8")
    assert code == (0 if file.stem.startswith("warning-") else 3)
    assert "hunter2" not in words


def test_there_are_sixty_and_each_is_about_something() -> None:
    wrong = [file for file in FILES if not file.stem.startswith("warning-")]

    assert len(wrong) >= 60
    assert all(f"{file.name}:" in said(file)[1] for file in FILES)
