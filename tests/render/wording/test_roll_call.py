# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

import pytest
from msgspec.structs import replace
from render.entries import of, word
from render.hearing import hears
from render.snapshots import NOON, moment, snapshot

from secours.core.audit.plan import Trying
from secours.model.receivers.reach import RollCall, call_facts
from secours.model.snapshot import Change, Snapshot
from secours.model.statements import Trial
from secours.render.logbook import shift
from secours.render.pages import channel
from secours.render.pages.channel import ChannelFacts
from secours.render.wording import journal
from secours.render.wording.localizer import Localizer
from secours.render.wording.receivers import roll_call

CALLS = {
    "management/field": RollCall(answered=18, asked=20),
    "management/home": RollCall(answered=0, asked=3),
}


def heard() -> Snapshot:
    return hears(snapshot(), 0, {})


def tried(*, worked: bool = True) -> Change:
    made = word("test", "sms", "worked" if worked else "failed", ago_s=3 * 86400)
    return replace(made, facts={"by": "Anne", **call_facts(CALLS)})


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "On-call SMS tried: it works; answered: Field 18 of 20, At home 0 of 3",
        ),
        (
            "fr",
            "essai de SMS d’astreinte : fonctionne ; réponses : Terrain 18 sur 20,"
            " À domicile 0 sur 3",
        ),
        (
            "nl",
            "SMS d’astreinte geprobeerd: werkt; geantwoord: Terrein 18 van 20,"
            " Thuis 0 van 3",
        ),
        (
            "de",
            "SMS d’astreinte ausprobiert: geht; geantwortet: Einsatz 18 von 20,"
            " Zu Hause 0 von 3",
        ),
    ],
)
def test_journal_says_how_many_of_each_group_answered(language: str, said: str) -> None:
    sentence = journal.sentence(of(tried()), Localizer(heard(), language))

    assert sentence.replace("\u00a0", " ").replace("\u202f", " ") == said


def test_page_of_a_channel_says_how_many_of_each_group_answered() -> None:
    shown = heard()

    html = channel.facts_html(
        shown.channel("sms"),
        ChannelFacts(trial=tried(worked=False)),
        Localizer(shown, "en"),
    )

    assert (
        "3 d ago, by Anne: it does not work; answered: Field 18 of 20, At home"
        " 0 of 3" in html
    )


def test_watch_says_how_many_of_each_group_answered() -> None:
    due = Trying(
        channel="sms",
        every_s=86400.0,
        standing="due",
        tried_at=NOON,
        worked=False,
    )
    trial = Trial(channel="sms", worked=True, by="Anne", reached=CALLS, at=moment(9))
    known = shift.ShiftData(tests=(due,), trials={"sms": trial})

    html = shift.page_html(known, Localizer(heard(), "en"), acts=False)

    assert (
        "by Anne, and it did not work, answered: Field 18 of 20, At home 0 of 3" in html
    )


def test_group_is_named_with_its_audience_where_two_have_its_label() -> None:
    calls = dict.fromkeys(["management/all", "press/all"], CALLS["management/field"])

    assert (
        roll_call.said(calls, Localizer(heard(), "en"))
        == "answered: all (management) 18 of 20, all (press) 18 of 20"
    )


@pytest.mark.parametrize("fact", ["18/", "-1/20", "x", 7, "1/2/3", "9" * 99 + "/1"])
def test_roll_call_of_others_that_is_none_is_left_out(fact: str | int) -> None:
    made = replace(tried(), facts={"by": "Eve", "reached_management/field": fact})

    sentence = journal.sentence(of(made), Localizer(heard(), "en"))

    assert sentence == "On-call SMS tried: it works"
