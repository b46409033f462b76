"""A line that loses a group and keeps its channel: told, with what completes it."""

from core.receivers.field_town import (
    FIELD,
    HANDSETS,
    HOME,
    OPERATORS,
    VOICE,
    both_dead,
    device,
    oks,
    said,
    town,
)
from msgspec.structs import replace
from plans import channel, fold, moment, shot

from secours.core.events import Event, Said
from secours.core.notices.due import AGAIN_S, GATHER_S, NoticeMemory, due
from secours.core.notices.matters import Matter, matters
from secours.model.sections.notify import NoticeKind
from secours.model.snapshot import Snapshot
from secours.model.statements import Declared, Exercise
from secours.render.wording.localizer import Localizer
from secours.render.wording.notice import words

LINE = "line/coordinate/management"
PHONES = channel("phones", heard_on=(("mobile", VOICE), ("landline", VOICE)))
LANDLINE = device("landline", VOICE, needs=(("power:grid",),))
AT_HOME = replace(HOME, devices=("landline",))
TOWN = town(PHONES, HANDSETS, groups=(FIELD, AT_HOME))
TOWN = replace(TOWN, devices={**TOWN.devices, "landline": LANDLINE})
FINE = oks(TOWN, 1)


def shown(*events: Event) -> Snapshot:
    return shot(TOWN, fold(TOWN, *events))


def found(*events: Event) -> Matter:
    told = {matter.key: matter for matter in matters(TOWN, shown(*events))}
    return told[LINE]


def notices(*each: tuple[float, Matter]) -> list[tuple[float, tuple[str, ...]]]:
    """Return when whom a line misses is told, where it is so from these moments on."""
    memory, sent = NoticeMemory(), []
    end = each[-1][0] + AGAIN_S + 100
    for second in range(int(end)):
        now = [matter for since, matter in each if since <= second][-1:]
        memory, out = due(TOWN, memory, now, moment(second))
        sent += [(float(second), matter.missed) for matter in out]
    return sent


def test_line_that_loses_a_group_and_stays_is_told_with_what_completes_it() -> None:
    lost = [*FINE, *both_dead(10)]

    matter = found(*lost)

    assert (matter.kind, matter.state) == (NoticeKind.RECOMMENDATION, "phones")
    assert (matter.severity, matter.missed) == (1, ("field",))
    text = words([matter], Localizer(shown(*lost), "en", 0.0), code="")
    assert "Coordinate: use Phones" in text.text
    assert "Not: Field (20). With Radio: all" in text.text
    assert "Not: Field (20). With Radio: all" in text.brief
    assert "Probable cause: carrier:a; carrier:b" in text.text


def test_line_whose_first_choice_is_heard_as_designed_is_not_told() -> None:
    assert (found(*FINE).severity, found(*FINE).missed) == (0, ())


def test_loss_of_a_group_is_told_once() -> None:
    lost = found(*FINE, *both_dead(10))

    assert notices((0, found(*FINE)), (100, lost)) == [(100 + GATHER_S, ("field",))]


def test_loss_of_another_group_is_told_too() -> None:
    one = replace(found(*FINE, *both_dead(10)), causes=())
    two = replace(one, missed=("field", "home"))

    assert notices((0, one), (100, two)) == [
        (GATHER_S, ("field",)),
        (100 + GATHER_S, ("field", "home")),
    ]


def test_one_of_two_groups_that_hears_again_hurries_nobody() -> None:
    two = replace(found(*FINE, *both_dead(10)), missed=("field", "home"), causes=())
    one = replace(two, missed=("field",))

    (_, first), (later_s, second) = notices((0, two), (100, one))

    assert (first, second) == (("field", "home"), ("field",))
    assert later_s > 100 + GATHER_S


def test_group_lost_in_an_exercise_alone_is_not_told() -> None:
    exercise = Exercise(fails=OPERATORS, by="Ann", at=moment(10), notices=True)
    snapshot = shown(*FINE, Said(word=exercise, at=moment(10)))

    played = [each for each in matters(TOWN, snapshot) if each.state == "phones"]

    assert [each.exercise for each in played] == [False, True]
    assert [each.missed for each in played] == [(), ()]


def test_group_that_hears_again_is_told_as_any_line_that_is_better() -> None:
    lost = found(*FINE, *both_dead(10))
    back = [said(name, 20, Declared.UP) for name in OPERATORS]
    again = found(*FINE, *both_dead(10), *back)

    assert (again.severity, again.missed) == (0, ())
    assert notices((0, lost), (100, again)) == [
        (GATHER_S, ("field",)),
        (GATHER_S + AGAIN_S, ()),
    ]
