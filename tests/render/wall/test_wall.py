# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

import re

import pytest
from msgspec.structs import replace
from render import hearing, town_statements
from render.situations import holding, meanwhile, measuring
from render.snapshots import (
    ALERT,
    alone,
    change,
    channel,
    line,
    moment,
    snapshot,
    standing,
    with_channel,
    with_dead_pin,
    with_line,
)
from render.wall.wall_words import HOSTILE, Words, words

from secours.languages import LANGUAGES, Text
from secours.model.observed import Evidence, Facts, Reason
from secours.model.sections.line import Purpose, Tier
from secours.model.sections.site import Site
from secours.model.snapshot import (
    Backup,
    Change,
    Forecast,
    Link,
    PassedOver,
    Snapshot,
)
from secours.render.paper.sheet import sheet_html
from secours.render.styles import css, sheet
from secours.render.wall import type_sizes
from secours.render.wall.card_fit import card_text
from secours.render.wall.wall import answers, timezone, title, wall_html
from secours.render.wording.localizer import Localizer

IS_DOWN = re.compile("(HS|HORS SERVICE)$")


def cards(shown: Snapshot, language: str = "fr") -> list[str]:
    """Return each card as one line of words, with its colour."""
    html = wall_html(shown, language, age_s=4.0)
    found = re.findall(r'<article class="s-card s-(\w+)".*?</article>', html, re.S)
    bodies = re.findall(r'(<article class="s-card .*?</article>)', html, re.S)
    return [
        f"{tone} | {' | '.join(text for _, text in Words(body).texts if text.strip())}"
        for tone, body in zip(found, bodies, strict=True)
    ]


def ladder(shown: Snapshot, language: str = "fr") -> list[str]:
    """Return each rung as one line, the used one with `>`.

    Words that only screen readers say are in parentheses.
    """
    html = wall_html(shown, language, age_s=4.0)
    rungs = re.findall(r'<li class="s-rung s-\w+( s-used)?">(.*?)</li>', html, re.S)
    return [
        (">" if used else " ")
        + " ".join(
            f"({text})" if "s-said" in where else text
            for where, text in Words(body).texts
            if "s-here" not in where
        )
        for used, body in rungs
    ]


def test_all_fine_shows_the_first_choices_and_what_if_they_fail() -> None:
    assert cards(snapshot()) == [
        "ok | ALERTER | 1er choix | SMS d\u2019astreinte"
        " | Envoyer au groupe ASTREINTE | Sinon : | Appels vocaux",
        "ok | COORDONNER | 1er choix | Teams | Équipe CRISE-DIR, canal Général"
        " | Sinon : | Pont téléphonique",
    ]


def test_primary_down_shows_the_fallback_and_why() -> None:
    shown = words(snapshot("xo?o", "xdoo"))

    assert shown.under("s-answer") == ["Appels vocaux", "Radio canal 3"]
    assert shown.under("s-rank") == ["2e choix", "3e choix"]
    assert shown.under("s-why") == [
        "Pourquoi :",
        "SMS d\u2019astreinte HS",
        "Pourquoi :",
        "Teams hors service, Pont téléphonique (dégradé)",
    ]


def test_a_state_is_short_where_the_name_beside_it_would_be_small() -> None:
    words = ladder(snapshot("ooxo", "oooo"))

    assert words[2] == " 3 Radiomessagerie HS"
    assert ladder(snapshot("ooxo", "oooo"), "de")[2].endswith(" AUSFALL")


@pytest.mark.parametrize(
    ("states", "form"),
    [("oxoo", "HORS SERVICE"), ("oxxo", "HS"), ("xooo", "HS")],
    ids=["all have room", "a rung has none", "why has none"],
)
def test_down_has_one_form_on_a_screen(states: str, form: str) -> None:
    shown = ladder(snapshot(states, "xooo"))

    said = [found[0] for each in shown if (found := IS_DOWN.search(each))]
    assert len(said) > 1
    assert {*said} == {form}


def test_down_has_that_form_in_the_latest_changes_too() -> None:
    fell = change("calls", "o", "x", 60)

    far, near = (
        words(snapshot(states, changes=(fell,))).under("s-down")[-1]
        for states in ("oxoo", "oxxo")
    )
    assert (far, near) == ("HORS SERVICE", "HS")


def test_why_says_in_words_how_many_more_there_are() -> None:
    assert words(snapshot("xxxo", "oooo")).under("s-why")[1] == (
        "SMS d\u2019astreinte HS, Appels vocaux HS et 1 autre"
    )


def test_a_card_alone_on_the_wall_says_since_when_too() -> None:
    assert words(alone(snapshot("xo?o", "xdoo"), 1)).under("s-why") == [
        "Pourquoi :",
        "Teams hors service depuis 3 min, Pont téléphonique (dégradé depuis 3 min)",
    ]


def test_the_ladder_keeps_the_order_and_frames_the_one_to_use() -> None:
    assert ladder(snapshot("xo?o", "xdoo")) == [
        " 1 SMS d\u2019astreinte HS",
        ">2 Appels vocaux (OK)",
        " 3 Radiomessagerie INCONNU",
        " 4 Messager à pied (OK)",
        " 1 Teams HS",
        " 2 Pont téléphonique DÉGRADÉ",
        ">3 Radio canal 3 (OK)",
        " 4 Satellite (OK)",
    ]


@pytest.mark.parametrize("states", ["oooo", "xooo", "xxxd", "?xxx", "xdxd"])
def test_each_column_has_exactly_one_white_frame(states: str) -> None:
    frames = [rung for rung in ladder(snapshot(states, states)) if rung[0] == ">"]

    assert len(frames) == 2


def test_only_a_degraded_rung_left_says_so() -> None:
    alert, _ = cards(snapshot("xxdx"), "en")

    assert alert.startswith("degraded | ALERT | 3rd choice | Pager")
    assert "no other safe channel" in alert


def test_an_unknown_best_rung_is_unverified_and_grey() -> None:
    alert, _ = cards(snapshot("xx?x"), "en")

    assert alert.startswith("unknown | ALERT | UNVERIFIED | Pager")


def test_nothing_left_turns_the_card_and_says_the_last_resort() -> None:
    shown = snapshot("xxxx")
    alert, coordinate = cards(shown, "en")

    assert alert == (
        "nothing | ALERT | no channel | Send a runner. | Follow the paper plan, page 4."
    )
    assert coordinate.startswith("ok | COORDINATE | 1st choice | Teams")
    assert [rung[0] for rung in ladder(shown)[:4]] == [" "] * 4
    told = words(shown, "en")
    assert told.under("s-medium") == ["Send a runner."]
    assert told.under("s-rank")[0] == "no channel"
    assert told.under("s-how")[0] == "Follow the paper plan, page 4."
    assert "If that fails:" not in alert


def test_a_last_resort_of_one_sentence_is_all_answer() -> None:
    shown = with_line(snapshot("xxxx"), 0, last_resort=Text("Ring the church bell"))

    alert, _ = cards(shown, "en")
    assert alert == "nothing | ALERT | no channel | Ring the church bell"


def test_just_started_shows_the_order_without_any_state() -> None:
    shown = snapshot("oooo", "xxoo", started=moment(2))
    shown = measuring(measuring(shown, 0), 1)

    alert, coordinate = cards(shown)

    assert alert == (
        "unknown | ALERTER | MESURE EN COURS"
        " | Première réponse dans 6 s au plus. D\u2019ici là, suivre"
        " l\u2019ordre du plan : SMS d\u2019astreinte, puis Appels vocaux,"
        " puis Radiomessagerie, puis Messager à pied."
    )
    assert "MESURE EN COURS" in coordinate
    assert all(rung[0] == " " and rung.endswith("INCONNU") for rung in ladder(shown))


def test_what_works_meanwhile_is_named_while_the_first_choice_is_measured() -> None:
    alert, _ = cards(meanwhile())
    first, second, *_ = ladder(meanwhile())

    assert alert == (
        "unknown | ALERTER | EN ATTENDANT | Appels vocaux"
        " | Composer le 4711, code sur la fiche"
        " | MESURE EN COURS : | SMS d\u2019astreinte | Sinon : | Radiomessagerie"
    )
    assert first.endswith("INCONNU")
    assert second[0] == ">"


def test_what_was_in_use_before_a_restart_is_shown_as_being_measured() -> None:
    shown = snapshot("????")
    new = standing("?", reason=Reason.NOT_MEASURED)
    shown = with_line(with_channel(shown, "sms", standing=new), 0, measuring=True)

    assert cards(shown)[0].startswith(
        "unknown | ALERTER | MESURE EN COURS | SMS d\u2019astreinte"
    )


def test_our_own_link_is_said_first() -> None:
    shown = snapshot("oooo", "oooo", own_link=Link.DOWN)
    shown = with_channel(shown, "sms", standing=standing("?", reason=Reason.OWN_LINK))

    html = wall_html(shown, "fr", age_s=1.0)

    assert html.index("NOTRE ACCÈS EST HORS SERVICE") < html.index("ALERTER")
    assert " 1 SMS d\u2019astreinte INCONNU" in [
        rung.replace(">", " ") for rung in ladder(shown)
    ]


def test_a_shared_component_is_named_by_its_label() -> None:
    backup = Backup(
        channel="radio", tier=Tier.CONTINGENCY, shares=("carrier:mobile-a",)
    )

    assert "Radio canal 3 (partage Opérateur A)" in words(
        with_line(snapshot(), 0, backup=backup)
    ).under("s-else")
    assert "Radio channel 3 (shares Opérateur A)" in words(
        with_line(snapshot(), 0, backup=backup), "en"
    ).under("s-else")


def test_what_is_to_be_known_of_a_backup_is_said() -> None:
    assert "Pager (unverified)" in words(snapshot("ox?x"), "en").under("s-else")
    assert "Pager (degraded)" in words(snapshot("oxdx"), "en").under("s-else")


@pytest.mark.parametrize(
    ("reason", "facts", "said"),
    [
        (Reason.FAILBACK, {}, "SMS works again for 4 min, to be confirmed"),
        (
            Reason.FAILBACK,
            {"left_s": 360.0},
            "SMS works again for 4 min, used from 03:20",
        ),
        (Reason.OWN_LINK, {}, "SMS not through our network"),
        (Reason.SET_ASIDE, {}, "SMS set aside"),
        (Reason.MAINTENANCE, {}, "SMS in maintenance"),
        (Reason.TRAIT, {"trait": "e2e"}, "SMS not safe enough for this"),
        (
            Reason.NEEDS,
            {"component": "carrier:mobile-a"},
            "SMS down with Opérateur A for 4 min",
        ),
        (Reason.REFUSED, {}, "SMS down for 4 min"),
    ],
)
def test_every_reason_to_pass_a_rung_over_has_its_words(
    reason: Reason, facts: Facts, said: str
) -> None:
    passed = PassedOver(channel="sms", reason=reason, facts=facts, since=moment(240))
    fell = snapshot("xooo", changes=(change("sms", "x", "o", 240),))
    shown = with_line(fell, 0, passed_over=(passed,))
    shown = with_channel(shown, "sms", short_name=Text("SMS"))

    assert words(alone(shown, 0), "en").under("s-why")[1] == said


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (change("sms", "d", "o", 36), change("sms", "o", "d", 240)),
        (change("teams", "x", "o", 36),),
    ],
)
def test_a_first_choice_that_was_never_down_does_not_work_again(
    changes: tuple[Change, ...],
) -> None:
    shown = replace(alone(holding(), 0), changes=changes)
    shown = with_channel(shown, "sms", short_name=Text("SMS"))

    said = words(shown, "fr").under("s-why")[1]
    assert said == "SMS en service, à utiliser dès 03:20"


@pytest.mark.parametrize(
    ("language", "rung", "why"),
    [
        ("en", "from 03:20", "SMS used from 03:20"),
        ("fr", "dès 03:20", "SMS dès 03:20"),
        ("nl", "vanaf 03:20", "SMS vanaf 03:20"),
        ("de", "ab 03:20", "SMS ab 03:20"),
    ],
)
def test_a_first_choice_that_holds_says_from_when_it_is_used(
    language: str, rung: str, why: str
) -> None:
    shown = with_channel(holding(), "sms", short_name=Text("SMS"))

    assert words(shown, language).under("s-why")[1] == why
    assert ladder(shown, language)[0] == f" 1 SMS (OK) {rung}"


def test_a_first_choice_that_holds_says_so_though_people_tested_the_next() -> None:
    """The rung says that it was tested; a tested channel is nothing to mind."""
    tested = standing("o", declared_by="Anne", evidence=Evidence.EXERCISED)
    shown = with_channel(holding(), "sms", short_name=Text("SMS"))
    shown = with_channel(shown, "calls", standing=tested)

    assert words(shown, "fr").under("s-why")[1] == "SMS dès 03:20"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("n", [1, 3, 5])
def test_a_first_choice_that_holds_says_so_beside_a_backup_that_shares_much(
    n: int, language: str
) -> None:
    shown = holding()
    parts = tuple(
        replace(shown.components[0], name=f"c{i}", label=Text(f"Mobile {i}"))
        for i in range(n)
    )
    spare = Backup(
        channel="radio",
        tier=Tier.CONTINGENCY,
        shares=tuple(part.name for part in parts),
    )
    shown = replace(shown, components=(*shown.components, *parts))
    shown = with_channel(with_line(shown, 0, backup=spare), "sms", short_name=Text("X"))
    said = words(shown, language)

    assert [each for each in said.under("s-why") if re.match("X .*03:20", each)]
    if n == 5:
        others = Localizer(shown, language).say("more.channels", n=4)
        assert f"Mobile 0 {others})" in said.under("s-else")[1]


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("en", "1st choice used from 03:20"),
        ("fr", "1er choix dès 03:20"),
        ("nl", "1e keuze vanaf 03:20"),
        ("de", "1. Wahl ab 03:20"),
    ],
)
def test_a_first_choice_with_a_long_name_that_holds_is_called_by_its_rank(
    language: str, why: str
) -> None:
    part = replace(holding().components[0], name="c", label=Text("Réseau mobile C"))
    shown = replace(holding(), components=(*holding().components, part))
    spare = Backup(channel="radio", tier=Tier.CONTINGENCY, shares=("c",))
    shown = with_channel(shown, "sms", short_name=Text("SMS des MMMMMMMMM"))
    shown = with_channel(shown, "radio", short_name=Text("Téléphone mobile"))

    assert words(with_line(shown, 0, backup=spare), language).under("s-why")[1] == why


def test_an_hour_after_midnight_has_no_date_on_its_rung() -> None:
    (passed,) = holding().recommendations[0].passed_over
    late = replace(passed, facts={"left_s": 21 * 3600.0})
    shown = with_line(holding(), 0, passed_over=(late,))

    assert ladder(shown)[0] == " 1 SMS d\u2019astreinte (OK) dès 00:14"


def test_the_rank_stands_below_the_purpose_in_all_cards_or_in_none() -> None:
    """Beside "COORDINATE · management" it has no room, beside "ALERT" it has."""
    shown = snapshot()
    others = [replace(each, audience="x") for each in shown.recommendations]
    both = replace(shown, recommendations=(*shown.recommendations, *others))

    assert "s-heads-1" in wall_html(shown, "en", age_s=4.0)
    assert "s-heads-2" in wall_html(both, "en", age_s=4.0)
    assert "s-heads" not in wall_html(both, "en", age_s=4.0, layout="bands")


def test_a_long_audience_takes_its_rows_of_the_card() -> None:
    label = Text("General practitioners and pharmacies")
    shown = snapshot()
    staff = [replace(each, audience="staff") for each in shown.recommendations]
    both = replace(
        shown,
        site=replace(shown.site, audiences={"management": label}),
        recommendations=(*shown.recommendations, *staff),
    )

    assert "s-heads-3" in wall_html(both, "en", age_s=4.0)


def test_a_degraded_channel_above_is_still_usable() -> None:
    shown = words(alone(snapshot("dooo"), 0))

    assert shown.under("s-why")[2:] == [
        "Encore utilisable :",
        "SMS d\u2019astreinte (dégradé)",
    ]


def test_what_only_answers_is_grey_and_never_ok() -> None:
    shown = with_channel(
        snapshot(), "sms", standing=standing("o", evidence=Evidence.REACHED)
    )

    assert ladder(shown)[0] == ">1 SMS d\u2019astreinte RÉPOND"
    assert cards(shown)[0].startswith("answers | ")


@pytest.mark.parametrize(
    ("evidence", "age_s", "said"),
    [
        (Evidence.EXERCISED, 6 * 86400.0, "(OK) testé il y a 6 j"),
        (Evidence.DELIVERED, 900.0, "(OK) testé il y a 15 min"),
        (Evidence.DELIVERED, 30.0, "(OK)"),
    ],
)
def test_an_old_proof_says_its_age(evidence: Evidence, age_s: float, said: str) -> None:
    proven = standing("o", evidence=evidence, evidence_at=moment(age_s))
    shown = with_channel(snapshot(), "sms", standing=proven)

    assert ladder(shown)[0] == f">1 SMS d\u2019astreinte {said}"


def test_what_is_set_aside_is_shown_as_such() -> None:
    aside = standing("o", aside=Reason.SET_ASIDE)

    assert (
        ladder(with_channel(snapshot(), "pager", standing=aside))[2]
        == " 3 Radiomessagerie ÉCARTÉ"
    )


def test_a_pinned_channel_that_is_down_is_shown_as_both() -> None:
    assert cards(with_dead_pin(snapshot("xooo"), 0, "sms"))[0].startswith(
        "down | ALERTER | ÉPINGLÉ MAIS HORS SERVICE | SMS"
    )


def test_a_tier_of_several_shows_its_best_and_how_many_more() -> None:
    tiers = ((Tier.PRIMARY, ("sms", "calls", "pager")), (Tier.EMERGENCY, ("runner",)))
    shown = with_line(snapshot("xd?o"), 0, tiers=tiers, use=None)

    assert ladder(shown)[:2] == [
        " 1 Appels vocaux +2 autres DÉGRADÉ",
        " 2 Messager à pied (OK)",
    ]


def test_at_most_two_lines_are_shown_and_the_rest_named_the_worst_first() -> None:
    shown = with_channel(snapshot(), "sms", short_name=Text("SMS"))
    extra = (
        line(Purpose.ALERT, ALERT, "xooo", audience="partners"),
        line(Purpose.ALERT, ALERT, "xxxx", audience="staff"),
    )
    shown = replace(shown, recommendations=(*shown.recommendations, *extra))

    page = words(shown)

    assert len(page.under("s-answer")) == 2
    assert page.under("s-chip") == [
        *("ALERTER personnel :", "aucun canal"),
        *("ALERTER partenaires : Appels vocaux", "2e choix"),
    ]
    assert page.under("s-audience") == ["· direction", "· direction"]
    assert words(shown, line=3).under("s-answer") == ["Appels vocaux"]
    assert words(shown, line=3).under("s-chip") == [
        *("ALERTER personnel :", "aucun canal"),
        *("ALERTER direction : SMS", "1er choix"),
        *("COORDONNER direction : Teams", "1er choix"),
    ]


def test_hidden_lines_that_have_no_room_are_counted_with_their_worst_state() -> None:
    shown = with_channel(snapshot(), "calls", short_name=Text("Voix"))
    extra = [
        line(Purpose.ALERT, ALERT, states, audience=f"zone {number}")
        for number, states in enumerate(("oooo", "xooo", "xxxx", *["xooo"] * 6))
    ]
    shown = replace(shown, recommendations=(*shown.recommendations, *extra))

    worst, *said, rest = zip(*[iter(words(shown).under("s-chip"))] * 2, strict=True)
    assert worst == ("ALERTER zone 2 :", "aucun canal")
    assert said == [(f"ALERTER zone {n} : Voix", "2e choix") for n in (1, 3, 4, 5)]
    assert rest == ("+4 lignes", "2e choix")


def test_hidden_lines_without_a_channel_are_counted_among_those_with_one() -> None:
    shown = with_channel(snapshot(), "calls", short_name=Text("Voix"))
    extra = [
        line(Purpose.ALERT, ALERT, states, audience=f"zone {number}")
        for number, states in enumerate(("oooo", "xooo", *["xxxx"] * 7))
    ]
    shown = replace(shown, recommendations=(*shown.recommendations, *extra))

    assert words(shown).under("s-chip")[-2:] == ["+4 lignes", "2 × aucun canal"]


def test_a_hidden_line_says_how_long_its_channel_lasts() -> None:
    shown = snapshot()
    held = replace(shown.channel("calls").standing, until=moment(-2 * 3600))
    shown = with_channel(shown, "calls", standing=held)
    extra = line(Purpose.ALERT, ALERT, "xooo", audience="staff")
    shown = replace(shown, recommendations=(*shown.recommendations, extra))
    page = words(shown)

    chip = [text.replace("\u00a0", " ") for text in page.under("s-chip")]
    assert chip == ["ALERTER personnel : Appels vocaux", "1 h 59"]
    html = wall_html(shown, "fr", age_s=4.0)
    drawn = html.partition('class="s-chip"')[2].partition("</p>")[0]
    assert 'data-shape="degraded"' in drawn
    assert "s-ok" not in drawn


@pytest.mark.parametrize("number", [0, 3, -1, 99])
def test_a_line_that_is_not_there_is_said(number: int) -> None:
    assert words(snapshot(), line=number).under("s-how") == [
        f"Le plan n\u2019a pas de ligne {number}."
    ]


def test_a_plan_without_lines_is_said() -> None:
    empty = snapshot(recommendations=(), channels=())

    assert words(empty).under("s-answer") == ["AUCUN PLAN À SUIVRE"]


def test_an_example_plan_is_said_to_be_one() -> None:
    assert "PLAN D\u2019EXEMPLE" in wall_html(snapshot(example=True), "fr", age_s=1.0)
    assert "EXEMPLE" not in wall_html(snapshot(), "fr", age_s=1.0)


def test_text_from_outside_is_never_markup() -> None:
    bad = Text(HOSTILE)
    shown = snapshot(
        "xooo",
        "oooo",
        site=Site(name=bad, language="fr", timezone=HOSTILE),
        config_error=HOSTILE,
        trouble=(HOSTILE,),
        example=True,
        changes=(
            change("sms", "o", "x", 5, facts={"said": HOSTILE}, reason=Reason.AUTH),
        ),
    )
    for view in shown.channels:
        shown = with_channel(shown, view.name, label=bad, short_name=bad, how=bad)
    shown = with_line(
        shown,
        0,
        audience=HOSTILE,
        last_resort=bad,
        backup=Backup(channel="radio", tier=Tier.PRIMARY, shares=(HOSTILE,)),
    )

    for language in LANGUAGES:
        html = wall_html(shown, language, age_s=1.0)
        assert "<img" not in html
        assert "\x1b" not in html
        assert "\u202e" not in html
        assert "img" not in Words(html).tags


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_situation_is_drawn_in_every_language(language: str) -> None:
    for states in ("oooo", "xxxx", "dddd", "????", "xd?o"):
        html = wall_html(snapshot(states, states), language, age_s=float("inf"))

        assert f'lang="{language}"' in html
        assert "reason." not in html
        assert "{" not in re.sub(r'style="[^"]*"', "", html)


def test_no_english_word_is_in_the_french_screen() -> None:
    shown = measuring(snapshot("xd?x", "xxxx"), 1)
    text = " ".join(word for _, word in words(shown).texts).lower()

    for word in ("down", "degraded", "unknown", "choice", "else", "why", "screen"):
        assert not re.search(rf"\b{word}\b", text)


def test_the_browser_keeps_the_clock_and_the_age() -> None:
    html = wall_html(snapshot(), "fr", age_s=4.2)

    assert "<span data-secours-age>4 s</span>" in html
    assert ">03:14:07</time>" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_name_of_the_site_is_whole_where_it_has_room(language: str) -> None:
    shown = snapshot(site=Site(name=Text("Centre de crise d'Exempleville")))

    html = wall_html(shown, language, age_s=4.0)

    assert '<span class="s-site">Centre de crise d&#39;Exempleville</span>' in html


def test_an_unknown_time_zone_is_utc() -> None:
    shown = snapshot(site=Site(name=Text("x"), timezone="Mars/Olympus"))

    assert timezone(shown) == "UTC"
    assert "02:14:07" in wall_html(shown, "fr", age_s=1.0)


@pytest.mark.parametrize(
    ("states", "said"),
    [("oooo", "Secours"), ("xooo", "▲ Secours"), ("xxxx", "✖ Secours")],
)
def test_the_tab_says_the_worst_state(states: str, said: str) -> None:
    assert title(snapshot(states), "fr") == said


def test_the_answers_tell_when_they_change() -> None:
    assert answers(snapshot("xooo", "xxxx")) == ["calls", ""]


def test_a_channel_that_is_not_in_the_snapshot_breaks_nothing() -> None:
    shown = snapshot()
    shown = replace(
        shown,
        channels=(*shown.channels, channel("other")),
        changes=(change("gone", "o", "x", 5),),
    )

    assert "gone" in words(shown).under("s-row")


def test_no_text_is_smaller_than_the_floor() -> None:
    """The layout of a province states sizes of its own, measured in a browser."""
    text = css().replace(sheet("province.css"), "")
    written = re.findall(r"font-size: calc\((?:1\.\d \* )?(\S+) \* var\(--u\)\)", text)
    tables = (type_sizes.COLUMNS, type_sizes.BANDS, type_sizes.Cover())
    named = [
        (name, z) for table in tables for name, z in type_sizes.named(table).items()
    ]

    assert written
    assert set(written) <= {f"var(--z-{name})" for name, _ in named}
    assert min(z for _, z in named) >= 3.1


def test_paper_bears_the_version_of_the_plan_and_the_wall_none() -> None:
    """An old printed plan is told from the one in force."""
    shown = replace(snapshot(), plan_version="857b2b56")

    wall, sheet = (
        wall_html(shown, "en", age_s=4.0),
        sheet_html(shown, "en", states=True),
    )

    assert "plan 857b2b56" in sheet
    assert "857b2b56" not in wall


# ------------------------------------------------------------------ who hears it


def test_card_names_who_is_missed_and_what_completes_it() -> None:
    (card, _) = cards(hearing.missing("-o", "calls"))

    assert card.startswith("degraded | ALERTER | 1er choix | SMS d’astreinte")
    assert "| Sans : | Terrain (20). Avec Appels vocaux : tous | Sinon : |" in card


def test_card_says_nothing_where_all_hear_it() -> None:
    assert cards(hearing.missing("oo")) == cards(snapshot())


def test_group_never_reached_is_told_and_colours_nothing() -> None:
    (card, _) = cards(hearing.missing("-o", "calls", designed="-o"))

    assert card.startswith("ok | ALERTER | 1er choix")
    assert "| Non prévu pour : | Terrain (20). Avec Appels vocaux : tous |" in card


def test_card_of_what_nobody_may_hear_has_the_last_resort_beside_it() -> None:
    (card, _) = cards(hearing.doubtful())

    assert card.startswith("unknown | ALERTER | NON VÉRIFIÉ | SMS d’astreinte")
    assert "| Sinon : | Envoyer un messager. Suivre le plan papier, page 4. |" in card
    assert card.endswith("| Pourquoi : | réception non vérifiée")


def test_card_without_mains_says_what_comes_when_people_lose_their_network() -> None:
    shown = hearing.missing("oo")
    (alert, _) = shown.recommendations
    coming = Forecast(
        at=moment(-3600), purpose=alert.purpose, audience=alert.audience, use="pager"
    )
    shown = replace(with_line(shown, 0, on_battery=True), forecast=(coming,))

    assert cards(shown)[0].endswith("| Dès 04:14 : | Radiomessagerie")


def test_rung_of_what_nobody_hears_is_not_shown_as_if_it_were_usable() -> None:
    shown = ladder(hearing.unheard())

    assert shown[0].endswith("SMS d’astreinte NON REÇU")
    assert shown[1] == ">2 Appels vocaux (OK)"
    assert shown[2].endswith("Radiomessagerie EN PARTIE")
    assert ladder(hearing.doubtful())[0].endswith("NON VÉRIFIÉ")


def test_what_nobody_hears_by_design_is_not_green_either() -> None:
    shown = hearing.missing("--", designed="--")

    assert ladder(shown)[0] == ">1 SMS d’astreinte NON VÉRIFIÉ"
    assert cards(shown)[0].startswith("unknown | ALERTER | NON VÉRIFIÉ")
    assert "| Sinon : | Envoyer un messager" in cards(shown)[0]


def test_rung_of_another_line_is_as_its_own_people_hear_it() -> None:
    shown = hearing.unheard()
    (first, second) = shown.recommendations
    other = replace(second, tiers=first.tiers, receivers={})
    shown = replace(shown, recommendations=(first, other))

    assert [rung.split()[-1] for rung in ladder(shown)[::4]] == ["REÇU", "(OK)"]


def test_rung_that_is_down_stays_so_whoever_would_hear_it() -> None:
    shown = with_channel(hearing.unheard(), "sms", standing=standing("x"))

    assert ladder(shown)[0].endswith("SMS d’astreinte HORS SERVICE")


def test_groups_of_the_plan_cost_no_line_of_the_wall_in_a_blackout() -> None:
    ends = replace(town_statements.SITUATIONS["ending"], example=True)
    more = [replace(line, audience="staff") for line in ends.recommendations]
    ends = replace(ends, recommendations=(*ends.recommendations, *more))
    declared = hearing.hears(hearing.hears(ends, 0, {}), 1, {})

    assert len(cards(declared)) == len(cards(ends)) == 2


def test_card_beside_a_dead_pin_minds_the_caveats_of_the_answer() -> None:
    shown = with_channel(town_statements.pinned("x"), "sms", mind=Text("No names"))
    shown = with_channel(shown, "pager", mind=Text("One way only"))

    card = card_text(shown.recommendations[0], Localizer(shown, "en"))

    said = " ".join(row.text for row in card.reasons)
    assert "No names" in said
    assert "One way only" not in said


def test_answers_change_when_a_pinned_channel_goes_down() -> None:
    works, down = town_statements.pinned("o"), town_statements.pinned("x")

    assert answers(works) == ["pager", "radio"]
    assert answers(down) == ["sms", "teams"]


def test_card_of_a_pin_that_nobody_hears_shows_what_to_use_without_it() -> None:
    shown = hearing.pinned_in_vain()

    assert cards(shown, "en")[0].startswith(
        "down | ALERT | PINNED | Pager | NOT HEARD | On-call SMS | Without the pin |"
    )
    assert answers(shown)[0] == "sms"
