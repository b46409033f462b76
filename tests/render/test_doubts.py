"""What is not proved, may fall with something else, or rests on a test: said why."""

from typing import Any

import pytest
from msgspec.structs import replace
from printed import printed
from render.desk import why_page
from render.screen_words import read, recommended, screens, statuses
from render.snapshots import line, moment, snapshot, standing, with_channel, with_line
from render.town_statements import doubtful, fibre, secretless

from secours.cli import schema
from secours.languages import LANGUAGES
from secours.model.observed import Evidence, Reason
from secours.model.sections.line import Purpose, Tier
from secours.model.snapshot import Backup, PassedOver, Snapshot
from secours.render import badges
from secours.render.answers import recommend as answers
from secours.render.answers import status
from secours.render.answers.values import iso
from secours.render.badges import Tone
from secours.render.export import lite
from secours.render.paper.sheet import sheet_text
from secours.render.wall.wall import wall_html
from secours.render.wording.localizer import Localizer


def lines(shown: Snapshot, language: str = "en") -> Any:
    """Return what programs get of each line of the plan."""
    return printed(answers.answer(shown, 4.0, language))["recommendations"]


@pytest.mark.parametrize(
    "given",
    [
        {"evidence": Evidence.REACHED},
        {"evidence": Evidence.NONE},
        {"evidence": Evidence.SERVED},
        {"evidence": Evidence.NONE, "declared_by": "Anne"},
        {"evidence": Evidence.EXERCISED, "declared_by": "Anne"},
        {"at_risk": "carrier:mobile-a"},
        {"until": moment(-3600)},
        {"may_need": ("carrier:mobile-a",)},
        {"state": "?", "reason": Reason.UNPROVEN, "evidence": Evidence.REACHED},
        {"state": "?", "reason": Reason.UNPROVEN, "evidence": Evidence.NONE},
    ],
    ids=str,
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_terminal_has_the_sign_and_the_word_of_the_screens(
    given: dict[str, Any], language: str
) -> None:
    held = standing(**given)
    shown = with_channel(snapshot(), "sms", standing=held)
    badge = badges.of(held, Localizer(shown, language))

    (row,) = [each for each in statuses(shown, language).split("\n") if "[sms]" in each]
    assert row.startswith(f"{badges.GLYPHS[badge.tone]} {badge.word}  ")


# ------------------------------------------------------------------ not verified


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("fr", "mot de passe absent"),
        ("nl", "wachtwoord ontbreekt"),
        ("de", "Passwort fehlt"),
        ("en", "password missing"),
    ],
)
def test_every_screen_says_in_words_why_it_is_not_verified(
    language: str, why: str
) -> None:
    seen = {
        **screens(secretless(), language),
        "sheet": sheet_text(secretless(), language, states=True),
    }

    assert not [name for name, words in seen.items() if why not in words]
    assert not [name for name, words in seen.items() if "TEAMS_SECRET" in words]


def test_whoever_mends_it_is_told_what_it_is_called() -> None:
    assert "password missing: TEAMS_SECRET" in statuses(secretless())


def test_the_answer_at_a_terminal_says_it_in_one_breath() -> None:
    said = recommended(secretless())

    assert "use Teams" in said
    assert "· UNVERIFIED: password missing." in said


def test_programs_get_the_reason_too() -> None:
    (_, coordinate) = lines(secretless())

    assert coordinate["use"]["reason"] == "secret-missing"
    assert coordinate["use"]["detail"] == "password missing: TEAMS_SECRET"
    assert "reason" not in lines(snapshot())[0]["use"]
    use = schema.of("recommend")["$defs"]["UseAnswer"]["properties"]
    assert {"reason", "detail", "may_need"} <= use.keys()


def test_why_an_unverified_channel_was_passed_over_is_said() -> None:
    shown = with_channel(
        snapshot("oooo", "?ooo"),
        "teams",
        standing=secretless().channel("teams").standing,
    )
    passed = PassedOver(
        channel="teams", reason=Reason.SECRET_MISSING, facts={"what": "TEAMS_SECRET"}
    )
    shown = with_line(shown, 1, passed_over=(passed,))

    wall = read(wall_html(shown, "en", age_s=4.0))
    assert "Teams unverified: password missing" in wall
    assert "TEAMS_SECRET" not in wall


# ------------------------------------------------------------------ unproven


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_answers_and_nobody_tried_answers_and_is_not_verified(
    language: str,
) -> None:
    localizer = Localizer(snapshot(), language)
    answering = standing("?", reason=Reason.UNPROVEN, evidence=Evidence.REACHED)
    silent = standing("?", reason=Reason.UNPROVEN)

    assert badges.of(answering, localizer).tone is Tone.ANSWERS
    assert badges.of(answering, localizer).word == localizer.say("state.answers")
    assert badges.of(silent, localizer).tone is Tone.UNKNOWN
    assert badges.of(silent, localizer).word == localizer.say("unverified")
    shown = with_channel(snapshot("oooo", "?xxx"), "teams", standing=answering)
    unproven = localizer.detail(Reason.UNPROVEN, {})
    seen = {**screens(shown, language), "status": statuses(shown, language)}
    assert not [name for name, words in seen.items() if unproven not in words]
    assert localizer.say("state.answers") in statuses(shown, language)


# ------------------------------------------------------------------ needs not known


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("fr", "dépend peut-être de grid, Opérateur A"),
        ("nl", "hangt misschien af van grid, Opérateur A"),
        ("de", "hängt vielleicht von grid, Opérateur A ab"),
        ("en", "may depend on grid, Opérateur A"),
    ],
)
def test_what_a_channel_may_depend_on_is_said(language: str, why: str) -> None:
    seen = {**screens(doubtful(), language), "status": statuses(doubtful(), language)}

    assert not [name for name, words in seen.items() if why not in words]
    assert why in read(why_page(doubtful(), language))
    entries = status.answer(doubtful(), 4.0, language).channels
    assert why in next(each.detail for each in entries if each.name == "radio")
    (_, coordinate) = lines(doubtful(), language)
    assert coordinate["use"]["may_need"] == ["power:grid", "carrier:mobile-a"]


def test_why_a_channel_that_may_depend_on_it_was_passed_over_is_said() -> None:
    held = standing("o", may_need=("carrier:mobile-a",))
    shown = with_channel(snapshot("oooo", "xooo"), "bridge", standing=held)
    answer = line(Purpose.COORDINATE, ("teams", "bridge", "radio", "satphone"), "xxoo")
    over = (
        PassedOver(channel="teams", reason=Reason.TIMEOUT, since=moment(180)),
        PassedOver(channel="bridge", reason=Reason.NONE, since=moment(180)),
    )
    shown = with_line(shown, 1, use=answer.use, backup=answer.backup, passed_over=over)

    assert "Phone bridge may depend on Opérateur A" in read(
        wall_html(shown, "en", age_s=4.0)
    )
    assert "Phone bridge: may depend on Opérateur A" in recommended(shown)
    (_, coordinate) = lines(shown)
    assert coordinate["passed_over"][1]["detail"] == "may depend on Opérateur A"


def tied(**given: object) -> Snapshot:
    backup = Backup(channel="radio", tier=Tier.CONTINGENCY, **given)  # type: ignore[arg-type]  # any field
    return with_line(snapshot(), 1, backup=backup)


@pytest.mark.parametrize(
    ("language", "wall", "said"),
    [
        ("fr", "dépendances inconnues", "on ne sait pas de quoi dépend Radio canal 3"),
        (
            "nl",
            "afhankelijkheid onbekend",
            "wat Radio canal 3 nodig heeft is niet bekend",
        ),
        (
            "de",
            "Abhängigkeit unbekannt",
            "was Radio canal 3 braucht, ist nicht bekannt",
        ),
        ("en", "needs not known", "what Radio channel 3 needs is not known: it may"),
    ],
)
def test_a_backup_whose_needs_are_not_known_says_so(
    language: str, wall: str, said: str
) -> None:
    shown = with_channel(tied(independent=False), "radio", needs_known=False)

    assert wall in read(wall_html(shown, language, age_s=4.0))
    assert said in recommended(shown, language)


def test_where_the_needs_of_the_one_in_use_are_not_known_that_is_said() -> None:
    shown = with_channel(tied(independent=False), "teams", needs_known=False)

    assert "what Teams needs is not known" in recommended(shown)


def test_a_backup_of_declared_needs_is_not_said_to_have_unknown_ones() -> None:
    shown = tied(independent=False)

    assert "radio])" not in recommended(shown)
    assert "not known" not in recommended(shown) + read(
        wall_html(shown, "en", age_s=4.0)
    )


def test_a_backup_that_a_suspect_takes_says_so_and_shares_nothing() -> None:
    held = standing("?", at_risk="carrier:mobile-a")
    shown = with_channel(tied(independent=False), "radio", standing=held)

    notes = "(unverified, at risk with Opérateur A)"
    assert f"Radio channel 3 [radio] {notes}" in recommended(shown)
    skipped = Backup(channel="satphone", tier=Tier.EMERGENCY, skipped={"radio": ()})
    shown = with_line(shown, 1, backup=skipped)
    assert "    Radio channel 3: at risk with Opérateur A." in recommended(shown)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "de nouveau indépendant dans 7 min"),
        ("nl", "over 7 min weer onafhankelijk"),
        ("de", "in 7 min wieder unabhängig"),
        ("en", "independent again in 7 min"),
    ],
)
def test_a_backup_that_shares_nothing_any_more_says_when_that_counts(
    language: str, said: str
) -> None:
    counts = moment(-430)
    shown = tied(independent=False, regained={"radio": counts})

    assert f"({said})" in recommended(shown, language)
    assert f"({said})" in read(wall_html(shown, language, age_s=4.0))
    told = lines(shown)[1]["backup"]
    assert (told["independent"], told["shares"]) == (False, [])
    assert told["independent_at"] == iso(counts)

    before = Backup(
        channel="satphone",
        tier=Tier.EMERGENCY,
        skipped={"radio": ()},
        regained={"radio": counts},
    )
    shown = with_line(snapshot(), 1, backup=before)
    assert "[satphone].\n" in recommended(shown, language)
    assert said in recommended(shown, language)
    assert lines(shown)[1]["backup"]["skipped"] == [
        {"channel": "radio", "shares": [], "independent_at": iso(counts)}
    ]
    assert "independent_at" not in lines(shown)[1]["backup"]


# ------------------------------------------------------------------ why not earlier


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Satellite (indépendant d\u2019Opérateur A)"),
        ("nl", "Satellite (onafhankelijk van Opérateur A)"),
        ("de", "Satellite (unabhängig von Opérateur A)"),
        ("en", "Satellite phone (independent of Opérateur A)"),
    ],
)
def test_it_is_said_why_usable_channels_before_the_backup_are_not_the_one(
    language: str, said: str
) -> None:
    assert said in read(wall_html(fibre(), language, age_s=4.0))
    has_room = language != "fr"  # the card of the plain wall is narrower
    assert (said in read(lite.lite_html(fibre(), language, age_s=4.0))) is has_room
    label, _, why = said.partition(" (")
    assert f"{label} [satphone] ({why}" in recommended(fibre(), language)


def test_at_a_terminal_each_of_them_has_its_reason() -> None:
    said = recommended(fibre())

    assert "    Phone bridge: same risk as Teams (Opérateur A, grid)." in said
    assert "    Radio channel 3: same risk as Teams (Opérateur A)." in said
    (_, coordinate) = lines(fibre())
    assert coordinate["backup"]["skipped"] == [
        {"channel": "bridge", "shares": ["carrier:mobile-a", "power:grid"]},
        {"channel": "radio", "shares": ["carrier:mobile-a"]},
    ]
    fine = lines(snapshot())[0]
    assert "skipped" not in fine["backup"]


# ------------------------------------------------------------------ tested by somebody


@pytest.mark.parametrize(
    ("language", "by"),
    [
        ("fr", "testé par Anne"),
        ("nl", "getest door Anne"),
        ("de", "getestet von Anne"),
        ("en", "tested by Anne"),
    ],
)
@pytest.mark.parametrize("reason", [Reason.NONE, Reason.DECLARED])
def test_what_rests_on_a_logged_test_says_whose(
    language: str, by: str, reason: Reason
) -> None:
    held = standing(
        "o",
        reason=reason,
        facts={"by": "Anne", "said": ""} if reason else {},
        declared_by="Anne",
        evidence=Evidence.EXERCISED,
        evidence_at=moment(600),
    )
    shown = with_channel(snapshot(), "sms", standing=held)
    localizer = Localizer(shown, language)

    seen = {**screens(shown, language), "status": statuses(shown, language)}
    assert not [name for name, words in seen.items() if by not in words]
    assert localizer.say("declared", by="Anne") not in " ".join(seen.values())
    assert badges.of(held, localizer).tone is Tone.OK


# ------------------------------------------------------------------ the page of reasons


def test_the_page_of_reasons_has_one_for_each_channel_that_is_not_available() -> None:
    shown = snapshot("xo?x", "dxoo")
    aside = standing("o", aside=Reason.MAINTENANCE, declared_by="Bob")
    shown = with_channel(shown, "satphone", standing=aside)
    fell = standing(
        "x",
        reason=Reason.NEEDS,
        facts={"component": "power:grid"},
        presumed="power:grid",
    )
    shown = with_channel(shown, "runner", standing=fell)

    page = why_page(shown)
    said = read(page)

    assert "Nothing fails that would need an explanation." not in said
    assert page.count("s-why-channel s-") == 6
    for reason in (
        "On-call SMS DOWN Why no answer within 10 s",
        "Pager UNKNOWN Why no automatic test",
        "Runner on foot DOWN? Why presumed down with grid",
        "Teams DEGRADED Why slow: answered in 4.2 s, limit 2 s",
        "Phone bridge DOWN Why no answer within 10 s",
        "Satellite phone MAINTENANCE Why in maintenance, says Bob",
    ):
        assert reason in said


def test_where_all_is_well_the_page_of_reasons_says_so() -> None:
    said = read(why_page(snapshot(), "en"))

    assert "Nothing fails that would need an explanation." in said
    assert "Channels that do not fully work" not in said


@pytest.mark.parametrize("doubt", [{"may_need": ("x:y",)}, {"at_risk": "x:y"}])
def test_what_may_have_failed_with_something_bears_no_plain_ok(
    doubt: dict[str, Any],
) -> None:
    fine = standing("o")

    assert badges.tone_of(fine) is Tone.OK
    assert badges.tone_of(replace(fine, **doubt)) is Tone.ANSWERS


def test_while_marks_may_be_lost_nothing_bears_a_plain_ok() -> None:
    shown = snapshot("oooo")
    lost = replace(shown, words_lost=True)

    assert badges.of(standing("o"), Localizer(shown, "en")).tone is Tone.OK
    assert badges.of(standing("o"), Localizer(lost, "en")).tone is Tone.ANSWERS
