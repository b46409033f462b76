import re
from pathlib import Path

import pytest
from config.plan_files import mistakes, read

from secours.config.advice import warnings
from secours.config.starter import starter


@pytest.mark.parametrize(
    ("language", "label"),
    [("fr", "Téléphone"), ("nl", "Telefoon"), ("de", "Telefon"), ("en", "Telephone")],
)
def test_a_first_plan_loads_in_every_language(
    tmp_path: Path, language: str, label: str
) -> None:
    text = starter(language)
    config = read(tmp_path, text)

    assert mistakes(tmp_path, text) == []
    assert config.site.language == language
    assert config.channels["phone"].label.plain == label
    assert len(config.plan) == 2
    assert len(text.splitlines()) <= 20


def test_a_first_plan_says_what_its_channels_need_and_proves_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    config = read(tmp_path, starter("en"))

    assert all(channel.kind for channel in config.channels.values())
    assert warnings(config) == ()


def test_starter_comments_speak_the_language() -> None:
    comments = {
        language: re.findall(r"# (.+)", starter(language))
        for language in ("fr", "nl", "de", "en")
    }

    assert all(len(found) == 7 for found in comments.values())
    for spoken in zip(*comments.values(), strict=True):
        assert len(set(spoken)) == 4


def test_an_unknown_language_gets_english() -> None:
    assert starter("xx") == starter("en")
