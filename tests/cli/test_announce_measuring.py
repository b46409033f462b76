"""Of a line that is being measured nothing is to be told yet, and that is said."""

import argparse

import pytest
from plans import channel, fold, line, plan, probe, result, shot

from secours.cli import published, recommend
from secours.cli.refusal import Refused
from secours.languages import LANGUAGES
from secours.message import Message
from secours.texts import in_words

TOWN = plan(
    channel("teams", probes=(probe("teams"),)), channel("sms"), line("teams", "sms")
)
SHOT = shot(TOWN, fold(TOWN, result("sms", "o", 30)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_that_nothing_is_to_be_told_yet(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SHOT.recommendations[0].measuring

    recommend.show(SHOT, 0.0, "text", language, announce=True)

    out, err = capsys.readouterr()
    assert out == ""
    assert "[coordinate/management]" in err


def test_that_it_was_sent_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "snapshot", lambda: (SHOT, 0.0))
    args = argparse.Namespace(sent=[], announce=True, by="Bob", on=None)

    with pytest.raises(Refused) as refused:
        recommend.run(args)

    (said,) = (
        in_words("en", why)
        for why in refused.value.messages
        if isinstance(why, Message)
    )
    assert "still being measured, nothing is to be told yet" in said
