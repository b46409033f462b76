"""An edit of the plan is no news of a distrust that people were told of."""

from typing import NamedTuple

from msgspec.structs import replace
from plans import channel, component, fold, line, moment, plan, result, shot, tick

from secours.core.events import Event, Replanned, Said
from secours.core.memory import Memory
from secours.core.notices.due import AGAIN_S, CALM_S, GATHER_S, NoticeMemory, due
from secours.core.notices.matters import Matter, matters
from secours.core.step import step
from secours.languages import LANGUAGES, Text
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component
from secours.model.sections.notify import NoticeKind, Notify
from secours.model.statements import Declared, Mark, Withdrawn
from secours.render.wording.localizer import Localizer
from secours.render.wording.notice import words

IT = replace(component("site:it"), label=Text("IT"))
NEW = replace(IT, name="site:it2")
RENAMED = replace(NEW, was="site:it")
MAIL, RADIO = channel("mail", "site:it"), channel("radio")
MOVED = channel("mail", "site:it2")
TELLS = Notify(on=frozenset(NoticeKind))
PUT = Mark(subject="site:it", says=Declared.DISTRUSTED, by="Anne", at=moment(5))


def town(*parts: Channel | Component) -> Config:
    return replace(plan(*parts, line("mail", "radio")), notify=TELLS)


BEFORE = town(IT, MAIL, RADIO)
AFTER = town(RENAMED, MOVED, RADIO)
DROPPED = town(NEW, MOVED, RADIO)  # as if it were another component


class Told(NamedTuple):
    """What there is, and what people were told of it."""

    memory: Memory
    notices: NoticeMemory = NoticeMemory()


def lives(
    told: Told, config: Config, second: float, *events: Event
) -> tuple[Told, list[Matter]]:
    """Take events in and let things stand; return what people are told."""
    memory, notices = told
    for event in events:
        memory = step(config, memory, event)
    found = list[Matter]()
    for after_s in (0.0, GATHER_S, CALM_S, AGAIN_S + CALM_S):
        for name in config.channels:
            memory = step(config, memory, result(name, "o", second + after_s))
        memory = step(config, memory, tick(second + after_s))
        now = matters(config, shot(config, memory))
        notices, news = due(config, notices, now, moment(second + after_s))
        found += news
    return Told(memory, notices), found


def edited(told: Told, config: Config, second: float) -> tuple[Told, list[Matter]]:
    return lives(told, config, second, Replanned(at=moment(second)))


def distrusted() -> Told:
    """Return that people were told of a distrust."""
    told, found = lives(Told(fold(BEFORE)), BEFORE, 5, Said(word=PUT, at=moment(5)))
    assert "distrust/site:it" in {matter.key for matter in found}
    return told


def test_a_distrust_under_a_new_name_is_told_once() -> None:
    told, found = edited(distrusted(), AFTER, 1000)
    again, undone = edited(told, BEFORE, 2000)

    assert {*told.memory.words.distrusts} == {"site:it2"}
    assert {*again.memory.words.distrusts} == {"site:it"}
    assert (found, undone) == ([], [])


def test_what_stays_set_aside_for_a_component_that_the_plan_drops_is_no_news() -> None:
    told, found = edited(distrusted(), DROPPED, 1000)

    assert "channel:mail" in told.memory.words.distrusts
    assert found == []


def test_a_distrust_of_what_was_only_held_is_told() -> None:
    told, _ = edited(distrusted(), DROPPED, 1000)
    own = replace(PUT, subject="channel:mail", by="Bob", at=moment(2000))

    _, found = lives(told, DROPPED, 2000, Said(word=own, at=own.at))

    assert [(each.key, each.facts["by"]) for each in found] == [
        ("distrust/channel:mail", "Bob")
    ]


def test_a_distrust_that_is_confirmed_under_a_new_name_is_no_news() -> None:
    told, _ = edited(distrusted(), AFTER, 1000)
    again = replace(PUT, subject="site:it2", by="Bob", at=moment(2000))

    _, found = lives(told, AFTER, 2000, Said(word=again, at=again.at))

    assert found == []


def test_a_distrust_that_is_lifted_under_a_new_name_is_told() -> None:
    told, _ = edited(distrusted(), AFTER, 1000)
    lifted = Withdrawn(kind="mark", subject="site:it2", by="Bob")

    _, found = lives(told, AFTER, 2000, Said(word=lifted, at=moment(2000)))

    assert ("distrust/site:it", 0) in {(each.key, each.severity) for each in found}


def test_a_channel_to_use_under_a_new_name_is_no_news() -> None:
    """Nor is it under its old one again: people know it."""
    sent = replace(plan(channel("mail"), RADIO, line("mail", "radio")), notify=TELLS)
    new = channel("astrid", was="radio")
    renamed = replace(plan(channel("mail"), new, line("mail", "astrid")), notify=TELLS)
    back = replace(
        sent, channels={**sent.channels, "radio": replace(RADIO, was="astrid")}
    )
    memory = fold(sent, *(result(name, "o", 1) for name in sent.channels))
    down = Mark(subject="channel:mail", says=Declared.DOWN, by="Anne", at=moment(5))
    told, found = lives(Told(memory), sent, 5, Said(word=down, at=down.at))
    assert "radio" in {matter.state for matter in found}

    told, news = edited(told, renamed, 1000)
    _, undone = edited(told, back, 2000)

    assert (news, undone) == ([], [])


def test_a_distrust_is_told_by_its_newest_name() -> None:
    told, _ = edited(distrusted(), AFTER, 1000)
    there = shot(AFTER, told.memory)
    [matter] = [m for m in matters(AFTER, there) if m.kind is NoticeKind.DISTRUST]

    for language in LANGUAGES:
        text = words((matter,), Localizer(there, language), code="ab")
        assert "IT" in str(text)
        assert "site:it" not in str(text)
