"""What there is to tell, of each kind, and that no secret of the plan is in it."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from brute import random_plan
from core.receivers.people import device, group, heard_on, peopled
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import (
    channel,
    component,
    fold,
    line,
    moment,
    plan,
    probe,
    result,
    shot,
    tick,
)
from soak import share_of

from secours.core.events import Event, Said
from secours.core.notices.matters import (
    MAINS,
    NOTHING_LEFT,
    PLAYED,
    Matter,
    matters,
)
from secours.languages import LANGUAGES, Text
from secours.model.nodes import channel_node
from secours.model.observed import Reason, failed
from secours.model.plan import Config
from secours.model.sections.channel import Path
from secours.model.sections.notify import NoticeKind, Notify
from secours.model.snapshot import Link, Snapshot, Standby
from secours.model.statements import Declared, Exercise, Mark, Pin, Trial, Withdrawn
from secours.render.wording.localizer import Localizer
from secours.render.wording.notice import words

META, GRID = "provider:meta", "power:grid"
LINE = "line/coordinate/management"
TOWN = plan(
    component(META),
    component(GRID),
    channel("whatsapp", META),
    channel("messenger", META),
    channel("sms", GRID, autonomy_s=3600.0),
    channel("radio"),
    line("whatsapp", "sms", "radio"),
)
FINE = [result(name, "o", 1) for name in TOWN.channels]


def down(*names: str, at: float = 20) -> list[Event]:
    return [result(name, "x", at + place) for place in (0, 5) for name in names]


def said(word: Any, second: float = 10) -> Said:
    return Said(word=word, at=moment(second))


def mark(subject: str, says: Declared, **options: Any) -> Said:
    second = options.pop("second", 10)
    word = Mark(subject=subject, says=says, by="Ann", at=moment(second), **options)
    return said(word, second)


def there(*events: Event, config: Config = TOWN, **given: Any) -> dict[str, Matter]:
    """Return what there is to tell after these events, by key."""
    shown = replace(shot(config, fold(config, *events)), **given)
    return {matter.key: matter for matter in matters(config, shown)}


def bad(*events: Event, **given: Any) -> Mapping[str, tuple[str, int]]:
    """Return what is not as it should be, and how bad it is."""
    found = there(*events, **given)
    return {k: (m.state, m.severity) for k, m in found.items() if m.severity}


def test_of_a_line_as_it_should_be_there_is_nothing_bad() -> None:
    assert there(*FINE)[LINE].severity == 0
    assert bad(*FINE) == {}


def test_a_line_is_worse_the_lower_the_plan_puts_its_channel() -> None:
    second = bad(*FINE, *down("whatsapp"))[LINE]
    third = bad(*FINE, *down("whatsapp", "sms"))[LINE]

    assert second == ("sms", 2)
    assert third == ("radio", 4)


def test_a_channel_that_nobody_measures_is_worse_and_the_first_one_no_matter() -> None:
    unmeasured = replace(TOWN.channels["sms"], probes=())
    config = replace(TOWN, channels={**TOWN.channels, "sms": unmeasured})
    fine = [each for each in FINE if "sms" not in each.result.probe]

    assert bad(*fine, *down("whatsapp", "radio"), config=config)[LINE] == ("sms", 3)


def test_nothing_left_is_the_worst() -> None:
    found = there(*FINE, *down("whatsapp", "sms", "radio"))[LINE]

    assert found.kind is NoticeKind.NOTHING_LEFT
    assert (found.state, found.severity) == ("", NOTHING_LEFT)


def test_a_pinned_channel_that_is_down_counts_as_nothing_left() -> None:
    pin = Pin(
        line="coordinate/management", channel="sms", by="Ann", why="WHY", at=moment(2)
    )

    found = there(*FINE, said(pin, 2), *down("sms"))[LINE]

    assert found.kind is NoticeKind.NOTHING_LEFT
    assert (found.state, found.since) == ("sms", moment(20))  # when it fell
    assert "sms" not in found.usable


def test_a_pinned_channel_that_nobody_hears_counts_as_nothing_left() -> None:
    """By a person's word surely nobody does; the plan would use another."""
    config = peopled(
        component("carrier:mobile-a"),
        channel("sms", heard_on=heard_on("mobile.text")),
        channel("radio"),
        line("sms", "radio"),
        devices=(device("mobile", text=("carrier:mobile-a",)),),
        groups=(group("field", "mobile"),),
    )
    pin = Pin(line="coordinate/management", channel="sms", by="Ann", at=moment(2))
    fine = [result(name, "o", 1) for name in config.channels]
    cut = mark("carrier:mobile-a", Declared.DOWN)

    found = there(*fine, said(pin, 2), cut, config=config)[LINE]

    assert (found.state, found.severity) == ("sms", NOTHING_LEFT)
    assert (found.kind, found.usable) == (NoticeKind.NOTHING_LEFT, ("radio",))
    assert (found.facts["unheard"], found.since) == (1, None)


def test_a_line_being_measured_is_left_out() -> None:
    assert LINE not in there()
    assert LINE in there(*FINE)


def test_the_cause_is_named_where_it_is_clear() -> None:
    """Two failures with one thing in common: that, and all it takes."""
    assert there(*FINE, *down("whatsapp"))[LINE].causes == ()
    both = there(*FINE, *down("whatsapp", "messenger"))[LINE]
    assert both.causes == (META,)
    word = mark(META, Declared.DOWN)
    assert there(*FINE, word)[LINE].causes == (META,)


def test_causes_are_all_that_takes_receivers() -> None:
    """Both networks of people's telephones, whichever was told later."""
    networks = ("carrier:mobile-a", "carrier:mobile-b")
    config = peopled(
        component("carrier:mobile-a"),
        component("carrier:mobile-b"),
        component("voice:mobile-a", "carrier:mobile-a"),
        channel("call", heard_on=heard_on("mobile.voice")),
        channel("radio"),
        line("call", "radio"),
        devices=(device("mobile", split={"voice": ("voice:mobile-a", networks[1])}),),
        groups=(group("field", "mobile"),),
    )
    fine = [result(name, "o", 1) for name in config.channels]
    words = [mark(n, Declared.DOWN, second=10 + s) for s, n in enumerate(networks)]

    found = there(*fine, *words, config=config)[LINE]

    assert found.state == "radio"
    assert found.causes == networks


def test_our_own_link() -> None:
    ways = {"lan": Path(name="lan", references=(probe("lan", id="paths/lan/tcp"),))}
    config = replace(TOWN, paths=ways)

    answered = result("path lan", "o", 2)
    assert "own-link" not in there(*FINE, config=config)
    assert there(*FINE, answered, config=config)["own-link"].severity == 0
    assert bad(*FINE, config=config, own_link=Link.DOWN) == {"own-link": ("down", 1)}
    cut = [result("path lan", "x", second) for second in (2, 4, 6)]
    assert there(*FINE, *cut, config=config)["own-link"].since == moment(2)


def test_our_own_link_is_down_since_the_default_path_is_not_another_one() -> None:
    ways = {
        name: Path(
            name=name,
            interface=interface,
            references=(probe(name, id=f"paths/{name}/tcp"),),
        )
        for name, interface in (("lan", None), ("mobile", "wwan0"))
    }
    config = replace(TOWN, paths=ways)
    cut = [
        result(f"path {name}", "x", second)
        for name, began in (("lan", 2), ("mobile", 62))
        for second in (began, began + 2, began + 4)
    ]

    assert there(*FINE, *cut, config=config)["own-link"].since == moment(2)


def test_the_mains_are_one_matter_and_what_ends_soon_is_another() -> None:
    out = [*FINE, mark(GRID, Declared.DOWN), *down("whatsapp")]

    assert bad(*out)[MAINS] == (GRID, 1)
    assert there(*FINE, mark(META, Declared.DOWN))[MAINS].severity == 0
    assert there(*out)[MAINS].since == moment(10)
    assert "ending/channel:sms" not in there(*out, tick(2600))
    late = [*down("whatsapp", "radio", at=2890), result("sms", "o", 2896)]
    assert bad(*out, *late)["ending/channel:sms"] == ("sms", 2)


def test_the_mains_are_left_out_while_nobody_knows_how_they_are() -> None:
    watched = replace(TOWN.components[GRID], probes=(probe(GRID),))
    config = replace(TOWN, components={**TOWN.components, GRID: watched})

    assert MAINS not in there(*FINE, config=config)
    assert there(*FINE, result(GRID, "o", 2), config=config)[MAINS].severity == 0
    assert bad(*FINE, *down(GRID), config=config)[MAINS] == (GRID, 1)


FAR, HALL = "power:far", "power:hall"


def test_matters_of_the_mains_leave_a_far_data_centre_out() -> None:
    config = plan(
        component(GRID),
        component(HALL, GRID),
        replace(component(FAR), probes=(probe(FAR),)),
        channel("chat", FAR),
        channel("sms", HALL, autonomy_s=3600.0),
        line("chat", "sms"),
    )
    fine = [result(name, "o", 1) for name in ("chat", "sms", FAR)]
    far = down(FAR)
    out = mark(GRID, Declared.DOWN, second=100)
    back = said(Withdrawn(kind="mark", subject=GRID, by="Ann"), 300)

    assert there(*fine, *far, config=config)[MAINS].severity == 0
    lost = there(*fine, *far, out, config=config)[MAINS]
    assert (lost.state, lost.severity, lost.since) == (GRID, 1, moment(100))
    assert there(*fine, out, back, tick(900), config=config)[MAINS].severity == 0


def test_that_a_word_of_the_mains_only_ends_is_not_that_they_are_back() -> None:
    ends = moment(600).utc
    out = mark(GRID, Declared.DOWN, until=ends)
    back = said(Withdrawn(kind="mark", subject=GRID, by="Ann"), 300)

    assert MAINS not in there(*FINE, out, tick(700))
    assert there(*FINE, out, back, tick(320))[MAINS].severity == 0


def test_what_must_not_be_used_does_not_end() -> None:
    events = [*FINE, mark(GRID, Declared.DOWN), *down("whatsapp"), tick(3400)]
    distrust = mark("channel:sms", Declared.DISTRUSTED, second=3300)

    assert "ending/channel:sms" in there(*events)
    assert "ending/channel:sms" not in there(*events[:-1], distrust, tick(3400))


def test_what_the_plan_likes_better_and_is_down_is_named() -> None:
    found = there(*FINE, *down("whatsapp"))[LINE]

    assert (found.state, found.facts["out"]) == ("sms", "whatsapp")


def test_a_distrust_is_told_and_again_at_its_date() -> None:
    word = mark("channel:sms", Declared.DISTRUSTED, until=moment(100).utc)
    key = "distrust/channel:sms"

    assert bad(*FINE, word) == {key: ("put", 1)}
    assert bad(*FINE, word, tick(101))[key] == ("due", 2)
    lifted = Withdrawn(kind="mark", subject="channel:sms", by="Ann")
    assert bad(*FINE, word, said(lifted, 20)) == {}


def test_a_word_that_ends_soon_asks_to_be_confirmed() -> None:
    """Of the mark in the last tenth of its life; a distrust is told as one."""
    ends = moment(10010).utc
    word = mark("channel:radio", Declared.DOWN, until=ends)
    name = LINE.removeprefix("line/")
    pin = Pin(line=name, channel="sms", by="Bo", at=moment(10), until=ends)
    unsafe = mark(META, Declared.DISTRUSTED, until=ends)
    events: list[Event] = [*FINE, word, said(pin), unsafe]
    asks = {"ending/mark/channel:radio", "ending/pin/coordinate/management"}

    early = there(*events, tick(8000)).keys()
    late = there(*events, tick(9800))

    assert asks.isdisjoint(early)
    assert asks <= late.keys()
    assert f"ending/mark/{META}" not in late
    assert late["ending/pin/coordinate/management"].facts["by"] == "Bo"


@pytest.mark.parametrize(("days", "overdue"), [(14, False), (16, True)])
def test_a_test_that_people_did_not_repeat(days: int, *, overdue: bool) -> None:
    tried = replace(TOWN.channels["radio"], test_every_s=10 * 86400.0)
    config = replace(TOWN, channels={**TOWN.channels, "radio": tried})
    trial = Trial(channel="radio", worked=True, by="Ann", at=moment(2))

    found = there(*FINE, said(trial, 2), tick(days * 86400.0), config=config)

    assert ("test/radio" in found) is overdue


def test_what_nobody_ever_tried_ripens_for_as_long_as_a_test_may_be_late() -> None:
    tried = replace(TOWN.channels["radio"], test_every_s=10 * 86400.0)
    config = replace(TOWN, channels={**TOWN.channels, "radio": tried})
    worked = said(Trial(channel="radio", worked=True, by="Bob", at=moment(10)))

    assert there(*FINE, config=config)["test/radio"].ripens_s == 15 * 86400.0
    assert "test/radio" not in there(*FINE, worked, config=config)


def test_what_ails_the_program_itself() -> None:
    found = bad(
        *FINE, trouble=("disk", "intervals:45"), config_error="x", words_lost=True
    )

    assert found.keys() == {
        "itself/disk",
        "itself/intervals",
        "itself/config_error",
        "itself/words_lost",
    }


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"probing": True}, True),
        ({"probing": True, "by": "Ann"}, False),
        ({"probing": False}, False),
    ],
    ids=["by itself", "by a person", "follows"],
)
def test_that_a_standby_took_over_by_itself_is_told_each_time(
    known: Mapping[str, Any], told: bool
) -> None:
    usual = Standby(url="https://x", host="x", since=moment(5), instance="me")
    then = replace(usual, **known)
    again = replace(then, since=moment(500))

    before = bad(*FINE, standby=then).get("itself/took_over")
    after = bad(*FINE, standby=again).get("itself/took_over")

    assert (before is not None) is (after is not None) is told
    assert not told or before != after


@pytest.mark.parametrize("told", [True, False])
def test_an_exercise_is_told_only_where_it_says_so(*, told: bool) -> None:
    exercise = Exercise(
        fails=(META,),
        by="Ann",
        why="WHY",
        at=moment(10),
        until=moment(900).utc,
        notices=told,
    )

    found = bad(*FINE, said(exercise))

    wanted = {PLAYED: (META, 1), f"exercise/{LINE}": ("sms", 2)}
    assert found == (wanted if told else {})
    assert all(m.exercise for m in there(*FINE, said(exercise)).values() if m.severity)


def test_only_the_kinds_that_the_plan_wants_are_told() -> None:
    for kind in NoticeKind:
        config = replace(TOWN, notify=Notify(on=frozenset({kind})))
        found = there(*FINE, config=config, own_link=Link.DOWN, trouble=("disk",))
        assert ("own-link" in found) is (kind is NoticeKind.OWN_LINK)
        assert ("itself/disk" in found) is (kind is NoticeKind.ITSELF)


def test_who_wants_only_that_nothing_is_left_hears_also_that_something_is() -> None:
    notify = Notify(on=frozenset({NoticeKind.NOTHING_LEFT}))
    config = replace(TOWN, notify=notify)
    left = there(*FINE, *down("whatsapp"), config=config)[LINE]

    assert (left.state, left.severity) == ("sms", 0)
    nothing = bad(*FINE, *down("whatsapp", "sms", "radio"), config=config)
    assert nothing == {LINE: ("", NOTHING_LEFT)}


def test_who_wants_to_hear_of_channels_hears_that_none_is_left() -> None:
    notify = Notify(on=frozenset({NoticeKind.RECOMMENDATION}))
    config = replace(TOWN, notify=notify)

    nothing = bad(*FINE, *down("whatsapp", "sms", "radio"), config=config)
    assert nothing == {LINE: ("", NOTHING_LEFT)}


# ------------------------------------------------------------------ what is not said

HOW, WHY, PEER = "HOWTOUSE", "WHYSAID", "PEERSAID"


def secretive(rng: Random) -> tuple[Config, Snapshot]:
    """Return a plan and what it shows, where all that must not be told is planted."""
    config = random_plan(rng, components=4, channels=4)
    channels = {
        name: replace(each, how=Text(f"{HOW} {name}"), mind=Text(HOW))
        for name, each in config.channels.items()
    }
    config = replace(config, channels=channels)
    names = [*config.components, *map(channel_node, channels)]
    peer = failed(Reason.REJECTED, said=PEER)
    events: list[Event] = [result(name, "o", 1) for name in channels]
    events += [
        result(name, peer, 20.0 + place)
        for name in channels
        if rng.random() < 0.5
        for place in (0, 5)
    ]
    for subject in names:
        until = rng.choice([None, moment(100).utc])
        says = rng.choice(tuple(Declared))
        if rng.random() < 0.5:
            events.append(mark(subject, says, second=40, why=WHY, until=until))
    pinned, by = rng.choice(list(channels)), "Ann"
    pin = Pin(line=config.plan[0].name, channel=pinned, by=by, why=WHY, at=moment(41))
    trial = Trial(channel=pinned, worked=False, by=by, remark=WHY, at=moment(42))
    played = Exercise(
        fails=(rng.choice(names),), by=by, why=WHY, at=moment(43), notices=True
    )
    events += [said(each, each.at.steady_s - 1000) for each in (pin, trial, played)]
    shown = shot(config, fold(config, *events, tick(rng.choice([44, 101]))))
    return config, replace(
        shown, own_link=Link.DOWN, config_error=WHY, trouble=("disk",)
    )


@given(st.randoms(use_true_random=False), st.sampled_from(LANGUAGES))
@settings(max_examples=share_of(300), deadline=None)
def test_neither_how_nor_why_nor_what_a_peer_said_is_told(
    rng: Random, language: str
) -> None:
    config, shown = secretive(rng)
    found = matters(config, shown)
    over = [replace(matter, severity=0) for matter in found]

    for told in (found, over):
        wording = words(told, Localizer(shown, language), code="K7Q2")
        for text in (wording.title, wording.text, wording.brief, repr(told)):
            assert HOW not in text
            assert WHY not in text
            assert PEER not in text
