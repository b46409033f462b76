import pytest
from msgspec.structs import replace
from render import hearing
from render.desk import now_page
from render.snapshots import (
    change,
    moment,
    snapshot,
    standing,
    with_channel,
    with_line,
)

from secours.languages import LANGUAGES, Text
from secours.model.observed import Reason, Verdict
from secours.model.snapshot import (
    ComponentView,
    PassedOver,
    PathView,
    ProbeView,
    Rehearsal,
    Snapshot,
)
from secours.model.statements import Declared, Exercise, Mark, Pin, Watch, WatchAction
from secours.render.redact import discreet
from secours.render.wall.wall import wall_html

SECRET = "4711 then the code of the safe"


def full() -> Snapshot:
    """Return a snapshot with the secret wherever words of the house can stand."""
    facts = {"said": SECRET, "by": SECRET}
    held = standing("x", facts=facts, declared_by=SECRET)
    probe = ProbeView(name="sip", type="sip", path=None, verdict=Verdict.FAILED)
    probe = replace(probe, facts=facts, at=moment(3))
    passed = PassedOver(channel="sms", reason=Reason.SET_ASIDE, facts=facts)
    part = ComponentView(
        name="carrier:mobile-a", label=Text("A"), standing=held, probes=(probe,)
    )
    shown = with_channel(
        snapshot("xooo"), "sms", how=Text(SECRET), standing=held, probes=(probe,)
    )
    shown = with_line(shown, 0, passed_over=(passed,))
    exercise = Exercise(fails=("a:b",), by=SECRET, why=SECRET, at=moment(9))
    return replace(
        shown,
        config_error=SECRET,
        components=(part,),
        paths=(replace(PathView(name="lan", state=shown.own_link), probes=(probe,)),),
        changes=(change("sms", "o", "x", 5, facts=facts),),
        marks=(
            Mark(
                subject="channel:sms",
                says=Declared.DISTRUSTED,
                by=SECRET,
                why=SECRET,
                at=moment(9),
            ),
        ),
        pins=(
            Pin(
                line="alert/management",
                channel="sms",
                by=SECRET,
                why=SECRET,
                at=moment(9),
            ),
        ),
        watch=Watch(
            action=WatchAction.HANDED,
            by=SECRET,
            to=SECRET,
            remark=SECRET,
            before=SECRET,
            at=moment(9),
        ),
        rehearsal=Rehearsal(
            exercise=exercise,
            channels={"sms": held},
            recommendations=shown.recommendations,
        ),
    )


def test_neither_how_nor_details_nor_names_are_left() -> None:
    assert repr(full()).count(SECRET) > 15

    assert SECRET not in repr(discreet(full()))


def test_of_the_watch_nothing_is_left_not_even_that_nobody_has_it() -> None:
    assert full().watch
    assert discreet(full()).watch is None


def test_which_channel_to_use_stays() -> None:
    shown = discreet(full())

    assert [line.use for line in shown.recommendations] == [
        line.use for line in full().recommendations
    ]
    assert shown.channel("sms").standing.state is full().channel("sms").standing.state
    assert shown.recommendations[0].last_resort == full().recommendations[0].last_resort
    assert shown.config_error


def test_what_took_a_channel_is_still_named() -> None:
    held = standing("x", reason=Reason.NEEDS, facts={"component": "carrier:mobile-a"})
    shown = discreet(with_channel(snapshot(), "sms", standing=held))

    assert shown.channel("sms").standing.facts == {"component": "carrier:mobile-a"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_can_still_be_drawn(language: str) -> None:
    shown = discreet(full())

    for html in (
        wall_html(shown, language, age_s=1.0),
        now_page(shown, language, 1.0),
    ):
        assert SECRET not in html


def test_stranger_sees_who_is_missed() -> None:
    seen = discreet(hearing.missing("-o", "calls"))

    wall = wall_html(seen, "en", age_s=4.0)
    assert "Field (20). With Voice calls: all" in wall
