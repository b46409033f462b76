import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from plans import channel, component, plan
from render.desk import now_page, why_page
from render.snapshots import NOON, moment, snapshot, standing, suspecting, with_channel

from secours.core.diagnosis.explanation import Explanation, Group, Suspect
from secours.languages import LANGUAGES, Text
from secours.model.observed import Instant, Reason
from secours.model.sections.line import Purpose
from secours.model.snapshot import (
    ComponentView,
    Explained,
    Forecast,
    Rehearsal,
    Snapshot,
)
from secours.model.statements import Declared, Exercise, Mark, Pin
from secours.render.situation.why import MOST_CLEARED, coming
from secours.render.wording.localizer import Localizer

HOSTILE = "<img src=//beacon.invalid onerror=alert(1)>"


def suspected(*found: Suspect, ask: str | None = None) -> tuple[Snapshot, Explanation]:
    """Return a snapshot in which these would explain why the SMS fails, and why."""
    each = Explained(channels=("sms",), suspects=tuple(one.names for one in found))
    return suspecting(shown(), each), Explanation(
        groups=(Group(suspects=found, ask=ask),)
    )


def shown(**given: object) -> Snapshot:
    return replace(snapshot("xooo"), **given)


def drawn(seen: Snapshot, why: Explanation | None, language: str = "en") -> str:
    return why_page(seen, language, why, age_s=2.0)


def blocks(html: str) -> dict[str, str]:
    """Return what is said of each channel that ails, by its name, in its order."""
    found = re.findall(r'<article class="s-why-channel.*?</article>', html, re.S)
    return {re.findall(r"<a [^>]*>([^<]*)", one)[0]: text_of(one) for one in found}


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def at(second: float) -> Instant:
    return moment(-second)


def test_a_suspect_says_what_it_explains_and_what_speaks_against_it() -> None:
    one = Suspect(
        names=("carrier:mobile-a",),
        explains=("channel:sms", "path:lan"),
        takes=("channel:radio",),
    )

    html = drawn(*suspected(one))

    assert "<p>On-call SMS.</p>" in html
    assert "One explanation fits what is measured." in html
    assert "Opérateur A</h3>" in html
    assert "<dt>Explains</dt><dd>On-call SMS, the path lan</dd>" in html
    assert "<dt>Would also take</dt><dd>Radio channel 3</dd>" in html
    assert "<dt>Against it</dt><dd>nothing measured</dd>" in html


def test_suspect_that_explains_a_channel_called_as_itself_says_no_more() -> None:
    one = Suspect(names=("carrier:mobile-a",), explains=("channel:sms",))
    seen, why = suspected(one)
    seen = with_channel(seen, "sms", short_name=Text("Op\xe9rateur A"))

    html = drawn(seen, why)

    assert "Op\xe9rateur A</h3>" in html
    assert "Explains" not in html
    assert "(takes" not in text_of(now_page(seen))


def test_a_person_s_word_speaks_against_a_suspect() -> None:
    up = Mark(subject="carrier:mobile-a", says=Declared.UP, by="Anne", at=moment(9))
    one = Suspect(names=("carrier:mobile-a",), explains=("channel:sms",))
    seen, why = suspected(one)

    html = drawn(replace(seen, marks=(up,)), why)

    assert "Anne says that Opérateur A works" in html


def test_several_are_all_listed_and_a_test_that_would_part_them_is_named() -> None:
    found = (
        Suspect(names=("carrier:mobile-a",)),
        Suspect(names=("channel:calls", "channel:sms")),
    )
    seen, why = suspected(*found, ask="carrier:mobile-a")
    cleared = {"power:grid": ("channel:teams", "carrier:mobile-a")}

    html = drawn(seen, replace(why, cleared=cleared))

    assert "2 explanations fit what is measured, the likeliest first." in html
    assert "A test of Opérateur A would tell them apart." in html
    assert "Voice calls + On-call SMS</h3>" in html
    assert "grid: Teams, Opérateur A works through it" in html


def test_without_its_plan_a_suspect_has_its_name_only() -> None:
    seen, _ = suspected(Suspect(names=("carrier:mobile-a",)))

    html = drawn(seen, None)

    assert "Opérateur A" in html
    assert "The plan has just changed" in html
    assert "Explains" not in html


def test_what_is_known_down_is_said_as_known_and_each_group_by_itself() -> None:
    groups = (
        Explained(channels=("sms", "calls"), suspects=(("carrier:mobile-a",),)),
        Explained(channels=("teams", "path:lan"), unexplained=("teams",)),
    )
    seen = suspecting(shown(known_down=("power:grid",)), *groups)
    carrier = Suspect(names=("carrier:mobile-a",), explains=("channel:sms",))
    why = Explanation(groups=(Group(suspects=(carrier,)), Group()))

    text = re.sub(r"<[^>]+>+", "|", drawn(seen, why))

    assert "Known down: grid." in text
    assert text.index("On-call SMS, Voice calls.") < text.index("One explanation fits")
    assert text.index("Explains") < text.index("Teams, the path lan.")
    assert "unexplained: Teams." in text
    assert text.count("One explanation") == 1


def test_where_all_is_known_nothing_is_left_to_explain() -> None:
    html = drawn(shown(known_down=("power:grid",)), Explanation())

    assert "Known down: grid." in html
    assert "Nothing" not in html.split("</section>")[0]


def test_of_what_is_known_down_it_is_said_why() -> None:
    grid = ComponentView(name="power:grid", label=Text("Mains"), standing=standing("x"))

    html = drawn(shown(known_down=("power:grid",), components=(grid,)), None)

    assert "Mains: no answer within 10 s · for 3 min" in text_of(html)


def test_calm_is_said() -> None:
    html = drawn(snapshot(), Explanation())

    assert "Nothing fails that would need an explanation." in html
    assert "Nothing is about to run out." in html
    assert "Not to blame" not in html


def test_what_is_presumed_and_what_is_at_risk_is_named() -> None:
    seen = with_channel(
        snapshot(), "radio", standing=standing("x", presumed="carrier:mobile-a")
    )
    seen = with_channel(
        seen, "pager", standing=standing("?", at_risk="carrier:mobile-a + power:grid")
    )
    seen = with_channel(seen, "teams", standing=standing("x", presumed="channel:teams"))
    seen = with_channel(
        seen, "bridge", standing=standing("x", presumed="channel:teams + power:grid")
    )

    said = blocks(drawn(seen, Explanation()))

    assert "presumed down with Opérateur A" in said["Radio channel 3"]
    assert "at risk with Opérateur A + grid" in said["Pager"]
    assert "presumed down with Teams + grid" in said["Phone bridge"]
    assert "presumed" not in said["Teams"]


def test_what_comes_next_is_in_the_order_of_its_time() -> None:
    seen = with_channel(snapshot(), "sms", standing=standing("o", until=at(4 * 3600.0)))
    part = ComponentView(
        name="carrier:mobile-a",
        label=Text("Opérateur A"),
        standing=standing("o", until=at(3600)),
    )
    until = NOON + timedelta(hours=2)
    seen = replace(
        seen,
        components=(part,),
        marks=(
            Mark(
                subject="channel:teams",
                says=Declared.MAINTENANCE,
                by="Anne",
                at=moment(9),
                until=until,
            ),
            Mark(
                subject="channel:calls",
                says=Declared.DISTRUSTED,
                by="Anne",
                at=moment(9),
                until=NOON + timedelta(hours=3),
            ),
            Mark(subject="x:y", says=Declared.DOWN, by="Anne", at=moment(9)),
        ),
        pins=(
            Pin(
                line="alert/management",
                channel="pager",
                by="Bram",
                at=moment(9),
                until=NOON + timedelta(minutes=30),
            ),
        ),
        rehearsal=Rehearsal(
            exercise=Exercise(
                fails=("x:y",),
                by="Anne",
                at=moment(9),
                until=NOON + timedelta(hours=26),
            ),
            channels={},
            recommendations=(),
        ),
    )

    said = [words for _, words in coming(Localizer(seen, "en"))]

    assert said == [
        "03:44 (30 min left): Pager is no longer pinned by Bram",
        "about 04:14 (1 h left): out of power: Opérateur A",
        "05:14 (2 h left): what Anne declared of Teams ends",
        "06:14 (3 h left): Voice calls is to be confirmed as unsafe (Anne)",
        "about 07:14 (4 h left): out of power: On-call SMS",
        "25/11 05:14 (1 d 2 h left): the exercise ends",
    ]
    assert "about 04:14" in drawn(seen, Explanation())


def test_what_ends_in_one_minute_is_said_together() -> None:
    seen = snapshot()
    for name, second in (("sms", 3600.0), ("calls", 3610.0), ("pager", 7200.0)):
        seen = with_channel(seen, name, standing=standing("o", until=at(second)))

    said = [words for _, words in coming(Localizer(seen, "en"))]

    assert said == [
        "about 04:14 (1 h left): out of power: On-call SMS, Voice calls",
        "about 05:14 (2 h left): out of power: Pager",
    ]


def test_what_will_be_recommended_comes_with_its_time() -> None:
    foreseen = tuple(
        Forecast(
            at=at(second), purpose=Purpose.ALERT, audience="management", use=channel
        )
        for second, channel in ((3600.0, "pager"), (7200.0, None))
    )

    html = drawn(shown(forecast=foreseen), Explanation())

    assert "about 04:14 (59 min left): ALERT · management: use Pager" in html
    assert "about 05:14 (1 h 59 min left): ALERT · management: no usable" in html


def test_where_the_plan_is_wrong_is_said() -> None:
    seen = shown(contradictions=(("carrier:mobile-a", "sms"),))

    html = drawn(seen, None)

    assert "What the plan says of dependencies is wrong here" in html
    assert "On-call SMS works though Opérateur A is down: correct what" in html
    assert "is wrong here" not in drawn(shown(), None)


def test_what_to_tell_people_is_there_with_where_they_listen() -> None:
    html = drawn(snapshot("oooo", "xooo"), None)

    assert "COORDINATE · management: send this by On-call SMS (" in html
    assert "03:14 COORDINATE: use Phone bridge." in html
    assert "ALERT · management: send" not in html
    assert "Tell people" not in drawn(snapshot(), None)


def test_a_date_that_has_passed_does_not_come() -> None:
    over = Mark(
        subject="channel:teams",
        says=Declared.DISTRUSTED,
        by="Anne",
        at=moment(90),
        until=NOON - timedelta(seconds=1),
    )

    assert coming(Localizer(shown(marks=(over,)), "en")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_from_outside_is_markup(language: str) -> None:
    one = Suspect(names=(HOSTILE,), explains=(HOSTILE,), takes=(f"path:{HOSTILE}",))
    group = Group(suspects=(one,), ask=HOSTILE)
    why = Explanation(groups=(group,), cleared={HOSTILE: (HOSTILE,)})
    each = Explained(
        channels=(HOSTILE, f"path:{HOSTILE}"),
        suspects=((HOSTILE,),),
        unexplained=(HOSTILE,),
    )
    seen = with_channel(
        suspecting(shown(known_down=(HOSTILE,)), each),
        "sms",
        label=Text(HOSTILE),
        short_name=Text(HOSTILE),
        standing=standing("x", presumed=HOSTILE, until=at(60)),
    )

    html = drawn(seen, why, language)

    assert "<img" not in html
    assert "{" not in html


# ------------------------------------------------------------------ channels that ail

PLAN = plan(
    component("carrier:mobile-a"),
    component("power:grid"),
    channel("sms", "carrier:mobile-a", "power:grid"),
    channel("calls", "carrier:mobile-a"),
)


def test_all_that_is_known_of_why_a_channel_is_down_stands_in_one_place() -> None:
    one = Suspect(names=("carrier:mobile-a",), explains=("channel:sms",))
    two = Suspect(names=("channel:sms",), explains=("channel:sms",))
    seen, why = suspected(one, two)
    up = Mark(subject="carrier:mobile-a", says=Declared.UP, by="Anne", at=moment(9))
    part = ComponentView(
        name="carrier:mobile-a", label=Text("Opérateur A"), standing=standing("x")
    )
    seen = replace(seen, marks=(up,), components=(part,))
    why = replace(why, cleared={"power:grid": ("channel:calls",), "x:y": ("calls",)})

    (said,) = blocks(why_page(seen, why=why, plan=PLAN)).values()

    assert said == (
        "On-call SMS DOWN Why no answer within 10 s · for 3 min"
        " It needs Opérateur A (DOWN)"
        " Probable cause Opérateur A the channel On-call SMS alone"
        " Against it Anne says that Opérateur A works"
        " Not to blame grid: Voice calls works through it"
        " sip failed no answer within 10 s · 9 s ago"
    )


def test_what_is_cleared_of_a_channel_is_picked_before_the_list_is_cut() -> None:
    seen, why = suspected(Suspect(names=("carrier:mobile-a",)))
    others = {f"x:{n}": ("channel:calls",) for n in range(MOST_CLEARED + 3)}
    why = replace(why, cleared=others | {"power:grid": ("channel:calls",)})

    (said,) = blocks(why_page(seen, why=why, plan=PLAN)).values()
    whole = drawn(seen, why)

    assert "Not to blame grid: Voice calls works through it" in said
    assert "and 4 others" in whole


def test_what_none_of_the_suspects_explains_says_so() -> None:
    each = Explained(channels=("sms",), unexplained=("sms",))

    said = blocks(drawn(suspecting(shown(), each), Explanation(groups=(Group(),))))

    assert "Probable cause none that explains it" in said["On-call SMS"]


def test_the_channel_that_is_asked_for_comes_first_and_stands_out() -> None:
    seen = snapshot("xo?o", "dxoo")

    plain, asked = why_page(seen), why_page(seen, asked="teams")

    order = ["On-call SMS", "Phone bridge", "Pager", "Teams"]
    assert [*blocks(plain)] == order
    assert [*blocks(asked)] == ["Teams", *order[:3]]
    assert asked.count("s-why-asked") == 1
    assert "s-why-asked" not in plain
    assert 'id="channel:teams"' in plain
    assert asked.index("s-why-asked") < asked.index("What probably failed")
    assert plain.index("What probably failed") < plain.index("s-why-channel s-down")


@pytest.mark.parametrize("asked", ["pager", "none", HOSTILE, ""])
def test_asking_for_a_channel_that_works_or_is_none_changes_nothing(asked: str) -> None:
    seen = snapshot("xooo")

    assert why_page(seen, asked=asked) == why_page(seen)


@pytest.mark.parametrize(
    ("held", "word"),
    [
        ({"aside": Reason.SET_ASIDE, "declared_by": "Anne"}, "SET ASIDE"),
        ({"aside": Reason.MAINTENANCE, "declared_by": "Anne"}, "MAINTENANCE"),
        ({"at_risk": "power:grid"}, "ANSWERS"),
        ({"may_need": ("power:grid",)}, "ANSWERS"),
        ({"until": moment(-600)}, "9 min left"),
        ({"warnings": (Reason.QUOTA,)}, "OK"),
    ],
    ids=["unsafe", "maintenance", "at risk", "may need", "ends", "warned"],
)
def test_what_works_and_is_not_all_well_is_explained_too(
    held: dict[str, Any], word: str
) -> None:
    seen = with_channel(snapshot(), "teams", standing=standing("o", **held))

    said = blocks(why_page(seen, age_s=2.0))

    assert [*said] == ["Teams"]
    assert said["Teams"].startswith(f"Teams {word} ")


def test_since_when_a_channel_works_is_no_reason_for_its_end() -> None:
    ending = standing("o", since_s=300, until=moment(-600))
    seen = with_channel(snapshot(), "teams", standing=ending)

    said = blocks(why_page(seen, age_s=2.0))["Teams"]

    assert "Why holds another" in said
    assert "for 5 min" not in said


def test_when_a_word_about_a_channel_ends_is_said_beside_it() -> None:
    mark = Mark(
        subject="channel:sms",
        says=Declared.MAINTENANCE,
        by="Anne",
        at=moment(9),
        until=NOON + timedelta(hours=2),
    )

    said = blocks(drawn(shown(marks=(mark,)), None))

    assert "What comes next 05:14 (1 h 59 min left): what Anne" in said["On-call SMS"]
