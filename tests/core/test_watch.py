"""The watch: a word that says nothing of the world, and outlives all that others do."""

import msgspec
from plans import channel, fold, moment, plan, shot, tick

from secours.core.events import Said
from secours.core.memory import Memory, after_reboot
from secours.model.observed import Instant, Reason
from secours.model.statements import Watch, WatchAction

TOWN = plan(channel("sms"))
TAKEN = Watch(
    action=WatchAction.TAKEN,
    by="Anne",
    remark="night",
    before="Ben",
    at=moment(20),
    since=moment(10),
)
HANDED = Watch(action=WatchAction.HANDED, by="Anne", to="Cas", at=moment(30))


def said(*words: Watch) -> Memory:
    return fold(TOWN, *(Said(word=word, at=word.at) for word in words))


def test_the_newest_word_on_it_is_in_the_snapshot() -> None:
    assert shot(TOWN, fold(TOWN)).watch is None
    assert shot(TOWN, said(TAKEN)).watch == TAKEN
    assert shot(TOWN, said(TAKEN, HANDED)).watch == HANDED


def test_who_takes_it_has_it_and_who_hands_it_over_has_not() -> None:
    assert (TAKEN.holder, TAKEN.began) == ("Anne", moment(10))
    assert TAKEN.is_held_by("ANNE")
    assert not TAKEN.is_held_by("Ben")
    assert (HANDED.holder, HANDED.began) == ("", moment(30))
    assert not HANDED.is_held_by("")


def test_each_word_on_it_is_journalled_with_the_names_as_facts() -> None:
    """A stranger's journal has no facts, and so no names."""
    [taken] = [c for c in said(TAKEN).fresh if c.subject == "watch"]
    [handed] = [c for c in said(TAKEN, HANDED).fresh if c.subject == "watch"]

    assert (taken.name, taken.before, taken.after) == ("", "", "taken")
    assert taken.reason is Reason.DECLARED
    assert taken.facts == {
        "by": "Anne",
        "said": "night",
        "since": moment(10).utc.isoformat(),
        "before": "Ben",
    }
    assert (handed.after, handed.facts["to"]) == ("handed", "Cas")


def test_it_outlives_a_restart_and_a_reboot() -> None:
    memory = fold(TOWN, Said(word=TAKEN, at=TAKEN.at), tick(100))
    kept = msgspec.json.decode(msgspec.json.encode(memory), type=Memory)
    booted = after_reboot(memory, Instant(moment(2000).utc, 5.0)).words.watch

    assert kept.words.watch == TAKEN
    assert booted is not None
    assert (booted.holder, booted.at.utc) == ("Anne", TAKEN.at.utc)
    assert booted.began == Instant(moment(10).utc, 5.0 - 1990.0)
