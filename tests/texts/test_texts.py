import json
import re
from collections.abc import Mapping
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from secours import texts
from secours.languages import LANGUAGES, Text
from secours.message import message
from secours.model.observed import Reason
from secours.model.snapshot import State
from secours.texts import (
    ago,
    audience,
    countdown,
    detail,
    duration,
    in_words,
    language_of,
    purpose,
    rank,
    say,
    short_date,
    words,
)

FOLDER = Path(texts.__file__).parent
ALMOST_A_DAY_S = (58000.123456 + 86400) - 58000.123456 - 1e-11  # by two readings
CHECK_BYTES = 10240  # what is read each minute by cron
FACTS = {
    "timeout_s": 10.0,
    "said": "451 try later",
    "code": 503,
    "phrase": "Service Unavailable",
    "stage": "rcpt",
    "days": 12,
    "expires": "2026-12-06",
    "rcode": "NXDOMAIN",
    "loss": 0.34,
    "signal": 7,
    "best": 31,
    "operator": "Operator A",
    "latency_s": 2.5,
    "slow_after_s": 1.0,
    "component": "Grid",
    "what": "MAIL_PASSWORD",
    "limit": 100,
    "balance": 4.5,
    "left_s": 840.0,
    "since_s": 180.0,
    "by": "Anne",
    "used": 95,
    "problem": "no-such-name",
    "host": "mail.example",
    "path": "lan",
    "within_s": 60.0,
    "late_s": 30.0,
    "trait": "e2e",
    "time": "24/11 16:40",
}


def read(language: str, name: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / language / f"{name}.json").read_text())
    return found


def fields(template: str) -> list[list[str]]:
    return [sorted(re.findall(r"\{(\w+)\}", part)) for part in template.split("|")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_in_the_same_order(language: str) -> None:
    assert list(words(language)) == list(words("en")), (
        f"src/secours/texts/{language}/ has other keys than en/, or in another order"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_in_two_files(language: str) -> None:
    keys = [key for name in texts.FILES for key in read(language, name)]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", ["check", "problems"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_check_has_to_read_is_small(language: str, name: str) -> None:
    assert len((FOLDER / language / f"{name}.json").read_bytes()) <= CHECK_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_asks_for_the_same_facts(language: str) -> None:
    asked = {key: fields(words) for key, words in words(language).items()}

    assert asked == {key: fields(words) for key, words in words("en").items()}


def lines(facts: Mapping[str, Any]) -> dict[tuple[str, Reason], str]:
    """Return what is said of each reason, by language and reason."""
    pairs = product(LANGUAGES, filter(None, Reason))
    return {(spoken, why): detail(spoken, why, facts) for spoken, why in pairs}


def test_every_reason_has_words_without_any_fact() -> None:
    said = lines({})
    wrong = {key: line for key, line in said.items() if set(line) & set("{}[]|?")}

    assert wrong == {}
    assert [key for key, line in said.items() if not line] == []


def test_every_reason_has_words_with_all_the_facts() -> None:
    wrong = {
        key: line
        for key, line in lines(FACTS).items()
        if len(line) <= 3 or set(line) & set("{}[]|?") or "_s" in line
    }

    assert wrong == {}


def test_every_state_has_a_word_in_capitals() -> None:
    names = [*State, "aside", "answers", "declared"]
    words = [say(spoken, f"state.{name}") for spoken in LANGUAGES for name in names]

    assert words == [word.upper() for word in words]


def test_reasons_are_translated_not_copied() -> None:
    said = lines({})
    copied = {
        (spoken, why): line
        for (spoken, why), line in said.items()
        if spoken != "en" and line == said["en", why]
    }

    assert copied == {}


@pytest.mark.parametrize(
    ("seconds", "fr", "nl", "de", "en"),
    [
        (0, "0 s", "0 s", "0 s", "0 s"),
        (0.35, "350 ms", "350 ms", "350 ms", "350 ms"),
        (2.5, "2,5 s", "2,5 s", "2,5 s", "2.5 s"),
        (59.9, "59 s", "59 s", "59 s", "59 s"),
        (185, "3 min", "3 min", "3 min", "3 min"),
        (3600, "1 h", "1 u", "1 Std.", "1 h"),
        (22320, "6 h 12 min", "6 u 12 min", "6 Std. 12 min", "6 h 12 min"),
        (97200, "1 j 3 h", "1 d 3 u", "1 Tg. 3 Std.", "1 d 3 h"),
        (258300, "2 j 23 h", "2 d 23 u", "2 Tg. 23 Std.", "2 d 23 h"),
        (6 * 86400 + 5, "6 j", "6 d", "6 Tg.", "6 d"),
        (ALMOST_A_DAY_S, "1 j", "1 d", "1 Tg.", "1 d"),
        (float("inf"), "?", "?", "?", "?"),
        (float("nan"), "?", "?", "?", "?"),
        (-5, "?", "?", "?", "?"),
    ],
)
def test_durations_are_written_as_people_say_them(
    seconds: float, fr: str, nl: str, de: str, en: str
) -> None:
    assert [duration(language, seconds) for language in LANGUAGES] == [fr, nl, de, en]


def test_time_left_is_not_a_minute_less_for_the_rounding_of_a_clock() -> None:
    assert countdown("en", ALMOST_A_DAY_S) == "1 d"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_ends_in_two_full_stops(language: str) -> None:
    units = {say(language, f"unit.{unit}") for unit in ("hour", "day")}
    abbreviated = any(unit.endswith(".") for unit in units)
    ending = [key for key, text in words(language).items() if "_s}." in text]

    assert not (abbreviated and ending)


def test_ages_are_words_of_the_language() -> None:
    assert [ago(language, 6 * 86400) for language in LANGUAGES] == [
        "il y a 6 j",
        "6 d geleden",
        "vor 6 Tg.",
        "6 d ago",
    ]


def test_ranks_are_ordinals_of_the_language() -> None:
    assert [rank("fr", n) for n in (1, 2, 5)] == ["1er choix", "2e choix", "5e choix"]
    assert [rank("en", n) for n in (1, 2, 3, 4)] == [
        "1st choice",
        "2nd choice",
        "3rd choice",
        "4th choice",
    ]


def test_a_line_is_named_by_its_verb_and_its_audience() -> None:
    assert purpose("fr", "alert") == "ALERTER"
    management = audience("management", Text(), "fr")
    assert purpose("fr", "alert", management) == "ALERTER · direction"
    assert purpose("en", "coordinate", "Port") == "COORDINATE · Port"


def test_facts_of_the_reason_are_in_its_line() -> None:
    assert detail("fr", "timeout", {"timeout_s": 10.0}) == "pas de réponse en 10 s"
    assert detail("en", "timeout", {"timeout_s": 90.0}) == "no answer within 90 s"
    assert (
        detail("en", "status", {"code": 503, "phrase": "Service Unavailable"})
        == "answered 503 Service Unavailable"
    )
    assert detail("de", "slow", {"latency_s": 2.5, "slow_after_s": 1}) == (
        "langsam: Antwort nach 2,5 s, Grenze 1 s"
    )
    assert detail("fr", "protocol", {"said": "connection closed"}) == (
        "réponse incompréhensible : « connection closed »"
    )


def test_our_own_words_in_facts_are_translated() -> None:
    assert detail("fr", "dns", {"host": "a.example", "problem": "silent"}) == (
        "adresse introuvable : le serveur de noms ne répond pas (a.example)"
    )
    assert detail("de", "not-registered", {"problem": "searching"}) == (
        "nicht im Netz eingebucht: sucht noch"
    )


def test_a_problem_of_ours_stands_outside_the_quotation_marks_of_the_peer() -> None:
    facts = {"problem": "no-known-login", "said": "GSSAPI"}

    assert detail("fr", "auth", facts) == (
        "identifiants refusés : aucune façon de s\u2019identifier que nous "
        "connaissions : « GSSAPI »"
    )


def test_the_words_of_a_problem_hold_facts_of_their_own() -> None:
    facts = {"problem": "key-too-short", "what": "auth_key", "limit": 8}

    assert detail("nl", "secret-missing", facts) == (
        "wachtwoord ontbreekt: auth_key heeft minder dan 8 tekens"
    )


def test_what_a_problem_names_is_not_filled_in_once_more() -> None:
    facts = {"problem": "no-field", "what": "{code} [x] | {problem}", "code": 1}

    assert detail("en", "protocol", facts) == (
        "answer makes no sense: {code} [x] | {problem} is missing"
    )


def test_a_problem_that_a_later_version_knows_is_shown_as_it_is() -> None:
    line = detail("fr", "protocol", {"problem": "no-yaml"})

    assert line == "réponse incompréhensible : no-yaml"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Accès", "dépend d\u2019Accès, hors service"),
        ("Électricité", "dépend d\u2019Électricité, hors service"),
        ("Fibre", "dépend de Fibre, hors service"),
        ("le canal Teams seul", "dépend du canal Teams seul, hors service"),
        ("les téléphones", "dépend des téléphones, hors service"),
    ],
)
def test_french_words_change_before_a_name(name: str, line: str) -> None:
    assert detail("fr", "needs", {"component": name}) == line


@pytest.mark.parametrize(
    ("language", "key", "today", "later"),
    [
        ("en", "ack.done", "by Anne at 16:40.", "by Anne on 24/11 16:40."),
        ("fr", "ack.done", "par Anne à 16:40.", "par Anne le 24/11 16:40."),
        ("fr", "exercise.until", "jusqu\u2019à 16:40", "jusqu\u2019au 24/11 16:40"),
        ("fr", "then", "Dès 16:40 :", "Dès le 24/11 16:40 :"),
        ("nl", "act.noted", "Genoteerd om 16:40.", "Genoteerd op 24-11 16:40."),
        ("de", "notices.acknowledged.now", "Um 16:40 ", "Am 24.11. 16:40 "),
        ("de", "exercise.until", "bis 16:40", "bis 24.11. 16:40"),
    ],
)
def test_a_word_before_a_time_goes_with_its_day(
    language: str, key: str, today: str, later: str
) -> None:
    day = short_date(language, date(2026, 11, 24))

    assert today in say(language, key, by="Anne", time="16:40")
    assert later in say(language, key, by="Anne", time=f"{day} 16:40")


def test_no_french_word_stands_unchanged_before_a_vowel() -> None:
    names = {key: re.findall(r"\{(\w+)", text) for key, text in words("fr").items()}
    said = {
        key: say("fr", key, **dict.fromkeys(facts, "Accès"))
        for key, facts in names.items()
    }
    wrong = {
        key: text
        for key, text in said.items()
        if re.search(r"\b([dD]e|[qQ]ue) Accès", text)
    }

    assert wrong == {}


@pytest.mark.parametrize(
    ("n", "lines"),
    [
        (0, ["0 autre possibilité", "0 other possibilities"]),
        (1, ["1 autre possibilité", "1 other possibility"]),
        (2, ["2 autres possibilités", "2 other possibilities"]),
    ],
)
def test_a_noun_goes_with_its_number(n: int, lines: list[str]) -> None:
    said = [say(language, "replay.suspects.more", n=n) for language in ("fr", "en")]

    assert said == [f"et {lines[0]}", f"and {lines[1]}"]


def test_a_missing_fact_leaves_its_part_out() -> None:
    assert detail("en", "status", {}) == "answered with an error"
    assert detail("en", "needs", {}) == "depends on something that is down"


@pytest.mark.parametrize("fact", [None, "", True, float("nan"), [1], {"a": 1}, b"x"])
def test_a_strange_fact_breaks_nothing(fact: object) -> None:
    for reason in Reason:
        detail("fr", reason, dict.fromkeys(FACTS, fact))


def test_a_text_of_the_plan_is_said_in_the_language_that_is_spoken() -> None:
    grid = Text(translations={"fr": "Réseau", "en": "Grid"})

    assert say("fr", "may_need", what=grid).endswith("Réseau")
    assert say("en", "may_need", what=grid).endswith("Grid")


def test_words_from_outside_are_one_short_printable_line() -> None:
    hostile = "A\x1b[31m\u202eB\r\nSet-Cookie: x" + "y" * 5000

    line = detail("en", "protocol", {"said": hostile})

    assert line.isprintable()
    assert len(line) < 260


def test_braces_from_outside_are_not_filled() -> None:
    line = detail("en", "auth", {"said": "{code} [x] | {self}", "code": 535})

    assert line == "login refused (535): “{code} [x] | {self}”"


def test_an_unknown_reason_is_shown_as_it_is() -> None:
    assert detail("fr", "new-thing", {}) == "new-thing"


def test_languages_are_found_however_they_are_written() -> None:
    assert language_of("fr-BE") == "fr"
    assert language_of("NL") == "nl"
    assert language_of(None, "de") == "de"
    assert language_of("xx", "yy") == "en"
    assert say("xx", "else") == "If that fails:"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1 event since 02:30, replayed, does not"),
        ("fr", "1 événement depuis le 02:30 ne donne pas"),
        ("nl", "1 gebeurtenis sinds 02:30 geeft niet"),
        ("de", "1 Ereignis seit 02:30 ergibt nicht"),
    ],
)
def test_single_event_that_a_log_replays_is_singular(language: str, said: str) -> None:
    facts = message("commands.verify.other-changes", events=1, since="02:30")

    assert in_words(language, facts).startswith(said)


def test_end_of_a_state_in_french_is_not_read_as_more_of_it() -> None:
    for key in ("act.then.aside.no_more", "act.then.down.no_more", "standby.unheard"):
        assert re.search(
            r"\bne seront plus|n\u2019est plus", say("fr", key), re.IGNORECASE
        )
