import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from render.desk import day_of, now_page
from render.sent_notices import informed
from render.situations import SITUATIONS, SPOKEN
from render.snapshots import (
    NOON,
    change,
    moment,
    snapshot,
    standing,
    suspecting,
    with_channel,
)
from render.town_statements import ending, rehearsed, set_aside, town

from secours.core.replay.presets import Preset
from secours.languages import LANGUAGES, Text
from secours.model.observed import Evidence, Reason, Verdict, failed
from secours.model.snapshot import (
    ComponentView,
    Explained,
    Link,
    PathView,
    ProbeView,
    Snapshot,
    State,
)
from secours.model.story import Story
from secours.render.pages.timeline import Span
from secours.render.redact import discreet
from secours.render.situation.now import LastDay, Rights, now_html
from secours.render.wording import replay
from secours.render.wording.localizer import Localizer

ACTS = Rights(acts=True)
STRANGER = Rights(is_known=False)


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def parts(html: str, look: str, element: str = "li") -> list[str]:
    """Return the elements with this class, as they are drawn."""
    begins = rf'<{element} class="{look}[ "]'
    return re.findall(rf"{begins}.*?</{element}>", html, re.S)


def rows(html: str) -> list[str]:
    return [text_of(part) for part in parts(html, "s-now-row")]


def bands(html: str) -> list[str]:
    return [text_of(part) for part in parts(html, "s-now-band", "p")]


def shared(name: str, state: str, **held: Any) -> ComponentView:
    label = Text(name.title())
    return ComponentView(name=name, label=label, standing=standing(state, **held))


def many(count: int, states: str = "o") -> Snapshot:
    """Return a town of so many channels."""
    shown = snapshot()
    first = shown.channels[0]
    channels = tuple(
        replace(first, name=f"c{n}", standing=standing(states[n % len(states)]))
        for n in range(count)
    )
    return replace(shown, channels=(*shown.channels, *channels)[:count])


# ------------------------------------------------------------------ rows


def test_a_row_has_state_name_why_and_proof_and_problems_come_first() -> None:
    shown = with_channel(
        snapshot("xdo?"),
        "pager",
        standing=standing(
            "o", evidence=Evidence.AUTHENTICATED, evidence_at=moment(8.0)
        ),
    )

    assert rows(now_page(shown)) == [
        "DOWN On-call SMS no answer within 10 s · for 3 min",
        "UNKNOWN Runner on foot no automatic test · for 3 min",
        "DEGRADED Voice calls slow: answered in 4.2 s, limit 2 s · for 3 min"
        " the service answers, 9 s ago",
        "OK Pager our account is accepted, 12 s ago",
        "OK Teams the service answers, 9 s ago",
        "OK Phone bridge the service answers, 9 s ago",
        "OK Radio channel 3 the service answers, 9 s ago",
        "OK Satellite phone the service answers, 9 s ago",
    ]


def test_a_row_leads_to_the_channel_to_why_and_to_what_can_be_done() -> None:
    localizer = Localizer(snapshot("ooox"), "en")

    down, *_, fine = parts(now_html(localizer, rights=ACTS), "s-now-row")

    assert 'href="channel?name=runner&amp;lang=en"' in down
    assert 'href="why?name=runner&amp;lang=en"' in down
    assert 'href="act?lang=en&amp;subject=channel%3Arunner"' in down
    assert 'aria-label="Act: Runner on foot"' in down
    assert 'title="no answer within 10 s · for 3 min"' in down
    assert "why?" not in fine
    assert "act?" in fine


def test_nobody_is_led_to_what_they_may_not_do_or_see() -> None:
    shown = suspecting(
        snapshot("xooo"), Explained(channels=("sms",), suspects=(("x:y",),))
    )
    presets = {Preset.POWER: ("power:grid",)}
    reads = now_html(Localizer(shown, "en"), None, presets)
    passes_by = now_html(
        Localizer(discreet(shown), "en"), None, presets, rights=STRANGER
    )

    assert "act?" not in reads
    assert "channel?" in reads
    assert "plan?" in reads
    assert "href" not in passes_by
    assert "Envoyer au groupe ASTREINTE" not in passes_by
    assert "DOWN On-call SMS no answer" in text_of(passes_by)


def test_a_stranger_is_not_told_what_a_peer_said_in_the_past() -> None:
    spans = [
        Span(
            start=NOON - timedelta(hours=1),
            end=NOON,
            state=State.DOWN,
            reason=Reason.AUTH,
            facts={"said": "535 user town7 unknown"},
        )
    ]
    day = LastDay(window=day_of(snapshot()).window, spans={"sms": spans})
    localizer = Localizer(snapshot(), "en")

    assert "town7" in now_html(localizer, day)
    assert "town7" not in now_html(localizer, day, rights=STRANGER)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"at_risk": "power:grid"}, "ANSWERS Teams at risk with grid"),
        (
            {"until": moment(-7200)},
            "1 h 59 left Teams holds another 1 h 59 min, until about 05:14",
        ),
        (
            {"warnings": (Reason.QUOTA,)},
            "OK Teams Mind: mailbox nearly full or allowance nearly used up",
        ),
        (
            {"reason": Reason.DECLARED, "declared_by": "Anne", "facts": {"by": "Anne"}},
            "DECLARED Teams declared by Anne",
        ),
        (
            {"aside": Reason.SET_ASIDE, "declared_by": "Anne"},
            "SET ASIDE Teams set aside: no longer safe, says Anne",
        ),
        (
            {"aside": Reason.MAINTENANCE, "declared_by": "Anne"},
            "MAINTENANCE Teams in maintenance, says Anne",
        ),
    ],
    ids=["at risk", "ends", "warned", "declared", "unsafe", "maintained"],
)
def test_why_a_row_is_no_plain_ok_is_said_in_it(
    held: dict[str, Any], said: str
) -> None:
    shown = with_channel(snapshot(), "teams", standing=standing("o", **held))

    assert [row for row in rows(now_page(shown)) if " Teams " in row] == [
        f"{said} the service answers, 9 s ago"
    ]


def test_test_that_is_overdue_comes_first_in_a_row() -> None:
    held = standing(
        "?",
        reason=Reason.NOT_PROBED,
        warnings=(Reason.TEST_DUE,),
        evidence=Evidence.NONE,
        evidence_at=None,
    )
    shown = with_channel(snapshot(), "teams", standing=held)

    (row,) = (row for row in rows(now_page(shown)) if " Teams " in row)

    assert row.startswith(
        "UNKNOWN Teams to be tried: test overdue · no automatic test · for "
    )


def test_what_channels_share_and_ails_stands_below_channels_in_the_same_state() -> None:
    path = PathView(
        name="lan",
        state=Link.DOWN,
        probes=(
            ProbeView(
                name="dns",
                type="dns",
                path=None,
                verdict=Verdict.FAILED,
                reason=failed(Reason.TIMEOUT).reason,
            ),
        ),
    )
    shown = replace(
        snapshot("xdoo"),
        paths=(path,),
        components=(
            shared(
                "power:grid",
                "x",
                reason=Reason.DECLARED,
                declared_by="Anne",
                facts={"by": "Anne"},
            ),
            shared("x:slow", "d"),
            shared("x:fell", "x", reason=Reason.NEEDS),
            shared("x:blamed", "x", reason=Reason.SUSPECT),
            shared("x:battery", "o", until=moment(-600)),
            shared("x:fine", "o"),
            shared("x:unsafe", "x", reason=Reason.NEEDS, aside=Reason.SET_ASIDE),
        ),
    )

    said = rows(now_page(shown))

    assert said[:6] == [
        "DOWN On-call SMS no answer within 10 s · for 3 min",
        "DOWN Power:Grid declared by Anne · for 3 min",
        "DOWN The path lan no answer",
        "SET ASIDE X:Unsafe set aside: no longer safe"
        " · depends on something that is down",
        "DEGRADED Voice calls slow: answered in 4.2 s, limit 2 s · for 3 min"
        " the service answers, 9 s ago",
        "DEGRADED X:Slow slow: answered in 4.2 s, limit 2 s · for 3 min"
        " the service answers, 9 s ago",
    ]
    assert said[6:] == [row for row in said if row.startswith("OK")]
    assert len(said) == 12


@pytest.mark.parametrize(
    ("count", "half"), [(8, 0), (10, 0), (11, 6), (20, 10), (21, 11)], ids=str
)
def test_many_rows_go_on_at_the_right_of_the_first(count: int, half: int) -> None:
    html = now_page(many(count))

    assert len(rows(html)) == count
    assert (f'style="--rows:{half}"' in html) == bool(half)
    right = [each for each in parts(html, "s-now-row") if "s-now-right" in each]
    assert len(right) == (count - half if half else 0)


def test_a_row_says_what_the_plan_says_of_a_failure() -> None:
    facts = {"timeout_s": 10.0, "says": "PABX ne répond pas", "says_en": "PBX silent"}
    down = standing("x", facts=facts)
    shown = with_channel(snapshot("xooo"), "sms", standing=down)

    (because,) = re.findall(r'"s-now-said" title="([^"]*)"', now_page(shown))[:1]

    assert because.startswith("PBX silent")
    assert "10 s" not in because


def test_how_many_are_in_each_state_is_said_worst_first() -> None:
    (head,) = re.findall(r"<h2>Channels.*?</h2>", now_page(snapshot("xxd?")), re.S)

    assert text_of(head).replace("\N{MULTIPLICATION SIGN}", "x") == (
        "Channels 2 x DOWN 1 x UNKNOWN 1 x DEGRADED 4 x OK"
    )


def test_each_channel_has_a_strip_and_all_share_an_axis() -> None:
    shown = snapshot("xooo")

    html = now_html(Localizer(shown, "en"), day_of(shown))

    assert html.count('class="s-strip"') == 8
    assert html.count('class="s-ticks"') == 1
    assert 'aria-label="On-call SMS: ' in html
    assert "s-strip" not in now_page(shown)


# ------------------------------------------------------------------ before the rows


def test_what_must_be_known_first_is_said_before_the_answers_the_worst_first() -> None:
    shown = replace(
        ending(),
        own_link=Link.DOWN,
        example=True,
        trouble=("disk",),
        words_lost=True,
        config_error="probes.yaml:3:1: no such kind",
    )
    html = now_page(shown)

    assert bands(html) == [
        "OUR OWN LINK IS DOWN. What goes through our network could not be tested.",
        "Power is lost: alert now, while the networks hold; then only short messages.",
        "What people declared may be lost: see Act",
        "Disk error: history is no longer kept",
        "The plan file has mistakes: the last good plan is in force:"
        " probes.yaml:3:1: no such kind",
        "EXAMPLE PLAN: do not use it in a crisis",
    ]
    assert html.rindex("s-now-band") < html.index("s-now-answer")
    assert html.count("s-now-urgent") == 2
    assert bands(now_page(snapshot())) == []


def test_what_must_not_be_used_is_said_after_what_is_urgent_and_before_notes() -> None:
    html = now_page(replace(set_aside(), own_link=Link.DOWN, example=True))

    link, unsafe, example = (
        html.index(words)
        for words in ("OUR OWN LINK IS DOWN", "s-unsafe", "EXAMPLE PLAN")
    )
    assert link < unsafe < example < html.index("s-now-answer")


def test_a_notice_that_waits_can_be_acknowledged_from_there() -> None:
    html = now_html(Localizer(informed(), "en"), rights=ACTS)

    (band,) = parts(html, "s-now-band", "p")
    assert "Not acknowledged since 03:08: notice K7Q2" in band
    assert "do=ack&amp;code=K7Q2" in band


def test_who_sees_to_a_notice_is_named_while_it_holds() -> None:
    shown = informed()
    _, done, *_ = shown.notices
    by_text = replace(done, acknowledged_way="text", in_hand=True)
    twice = replace(by_text, recipient="chief")  # one notice to two recipients
    html = now_page(replace(shown, notices=(by_text, twice, replace(done, code="X1"))))

    (band,) = parts(html, "s-now-band", "p")
    assert text_of(band) == (
        "Acknowledged by Anne Dupont, by text, 03:02: notice M2PX"
        " (ALERT · management: use Voice calls)"
    )


def test_an_answer_says_how_what_else_and_why_and_can_be_chosen_anew() -> None:
    html = now_html(Localizer(snapshot("xooo"), "en"), rights=ACTS)

    alert, coordinate = parts(html, "s-now-answer", "article")

    assert text_of(alert) == (
        "ALERT 2nd choice Voice calls Choose another channel"
        " Composer le 4711, code sur la fiche If that fails: Pager"
        " Why: On-call SMS down for 3 min"
    )
    assert 'class="s-now-answer s-use-degraded"' in alert
    assert "act?lang=en&amp;do=pin&amp;line=alert%2Fmanagement" in alert
    assert 'class="s-now-answer s-use-ok"' in coordinate


def test_where_nothing_is_left_the_last_resort_is_the_answer() -> None:
    (alert, _) = parts(now_page(snapshot("xxxx")), "s-now-answer", "article")

    assert 'class="s-now-answer s-use-nothing"' in alert
    assert text_of(alert) == (
        "ALERT no channel Send a runner. Follow the paper plan, page 4."
    )


def test_what_is_pinned_and_down_stands_beside_what_works() -> None:
    (alert, _) = parts(now_page(SPOKEN["pinned but down"]), "s-now-answer", "article")

    assert "<s>Pager</s>" in alert
    assert text_of(alert).startswith(
        "ALERT PINNED BUT DOWN Pager DOWN On-call SMS Without the pin"
    )
    assert ">HS</" not in now_page(SPOKEN["pinned but down"], "fr")


def test_without_a_plan_that_is_said() -> None:
    html = now_page(replace(snapshot(), recommendations=(), channels=()))

    assert bands(html) == ["NO PLAN TO FOLLOW. Complete the plan, then check it."]
    assert "s-now-answer" not in html
    assert "s-now-rows" not in html


def test_an_exercise_stands_below_the_real_answers() -> None:
    html = now_page(rehearsed(town()))

    assert html.rindex("s-now-answer ") < html.index("s-exercise")
    assert html.index("s-exercise") < html.index("s-now-rows")


# ------------------------------------------------------------------ suspects


def test_suspects_are_a_short_list_each_with_what_it_explains() -> None:
    groups = (
        Explained(channels=("calls", "sms"), suspects=(("carrier:mobile-a",),)),
        Explained(
            channels=("teams", "bridge"),
            suspects=(("x:one",), ("x:two",), ("x:three",)),
            unexplained=("bridge",),
        ),
        Explained(channels=("path:lan",), unexplained=("path:lan",)),
    )
    shown = suspecting(snapshot(known_down=("power:grid",)), *groups)

    (section,) = re.findall(
        r'<section class="s-now-susp.*?</section>', now_page(shown), re.S
    )

    assert [text_of(each) for each in re.findall("<li>.*?</li>", section)] == [
        "Known down: grid",
        "Probably Opérateur A (takes Voice calls, On-call SMS)",
        "Probably one or two, and 1 other possibility"
        " (takes Teams); unexplained: Phone bridge",
        "unexplained: the path lan",
    ]
    assert 'href="why?lang=en"' in section


def test_of_a_channel_that_may_have_failed_alone_no_suspect_is_said() -> None:
    alone = Explained(
        channels=("sms",), suspects=(("carrier:mobile-a",), ("channel:sms",))
    )
    shown = suspecting(snapshot("xooo"), alone)

    assert "s-now-suspects" not in now_page(shown)
    assert replay.likeliest(Localizer(shown, "en", 4.0)) == (
        "Opérateur A or the channel On-call SMS alone"
    )


def test_of_many_suspects_the_rest_is_counted() -> None:
    groups = [Explained(channels=("sms",), suspects=((f"x:{n}",),)) for n in range(9)]

    html = now_page(suspecting(snapshot(), *groups))

    assert html.count("(takes On-call SMS)") == 6
    assert "and 3 other possibilities" in html


# ------------------------------------------------------------------ foot


def test_what_if_is_one_click_away_where_the_plan_has_it() -> None:
    presets = {
        Preset.POWER: ("power:grid",),
        Preset.META: ("provider:meta", "x:whatsapp"),
        Preset.FIBRE: (),
    }

    html = now_html(Localizer(snapshot(), "en"), None, presets)

    assert re.findall(r'<a href="(plan[^"]*)"[^>]*>([^<]*)', html) == [
        ("plan?fails=power%3Agrid&amp;lang=en", "Power"),
        ("plan?fails=provider%3Ameta&amp;fails=x%3Awhatsapp&amp;lang=en", "Meta"),
    ]
    assert "What if" not in now_page(snapshot())


def test_the_latest_changes_are_listed_and_their_lack_is_said() -> None:
    changes = tuple(change("sms", "od"[n % 2], "do"[n % 2], 60 * n) for n in range(9))
    html = now_page(snapshot(changes=(change("sms", "o", "x", 60), *changes)))

    listed = [text_of(each) for each in parts(html, "s-row", "p")]
    assert len(listed) == 9  # four of them on a small screen
    assert listed[0] == "03:13:07 On-call SMS OK → DOWN no answer within 10 s"
    assert "No change for 6 h 12 min" in now_page(snapshot())


def test_from_when_the_day_was_watched_is_said() -> None:
    day = day_of(snapshot())
    late = Span(start=NOON - timedelta(hours=1), end=NOON, state=State.AVAILABLE)
    localizer = Localizer(snapshot(), "en")

    begun = now_html(localizer, LastDay(window=day.window, spans={"sms": [late]}))

    assert "watched since 02:14" in begun
    assert "watched since" not in now_html(localizer, day)


# ------------------------------------------------------------------ in all situations


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*SITUATIONS, *SPOKEN])
def test_it_is_drawn_in_every_situation_and_language(name: str, language: str) -> None:
    shown = {**SITUATIONS, **SPOKEN}[name]

    html = now_html(Localizer(shown, language, 4.0), day_of(shown), rights=ACTS)

    assert html.count("s-now-answer ") == len(shown.recommendations)
    assert len(rows(html)) >= len(shown.channels)
    assert not re.findall(r"\b(status|evidence|reason|redundancy|act)\.[a-z]", html)


@pytest.mark.parametrize("screen_age_s", [0.0, 4.0, float("inf")], ids=str)
def test_it_is_drawn_at_any_age(screen_age_s: float) -> None:
    shown = replace(snapshot("xd?o"), config_error=None)

    assert len(rows(now_page(shown, age_s=screen_age_s))) == 8


def test_while_nothing_is_measured_no_row_is_green() -> None:
    html = now_page(SITUATIONS["starting"])

    assert "s-mark s-ok" not in html
    assert text_of(html).count("MEASURING") == 2


def test_what_a_demo_says_is_a_band_of_its_own_before_all_else() -> None:
    words = {"en": "<b>Meta</b> fails.", "fr": "Panne."}
    localizer = Localizer(snapshot("xooo"), "en", 1.0)

    shown = now_html(localizer, story=Story(words=words, step=2, steps=6))
    over = now_html(localizer, story=Story(words=words))

    assert "Demonstration, step 2 of 6" in shown
    assert "&lt;b&gt;Meta&lt;/b&gt; fails." in shown
    assert shown.index("s-now-story") < shown.index("s-now-answer")
    assert "s-now-band" not in shown
    assert "<b>Demonstration</b>" in over


def test_without_a_demo_there_is_no_such_band() -> None:
    assert "s-now-story" not in now_html(Localizer(snapshot("xooo"), "en", 1.0))
