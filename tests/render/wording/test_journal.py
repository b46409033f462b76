import csv
import io
import json

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from render.entries import Entry, changed, engine, note, of, word
from render.snapshots import NOON, change, snapshot

from secours.cli import schema
from secours.languages import LANGUAGES
from secours.model.notices import NoticeStep
from secours.model.observed import Reason
from secours.model.snapshot import Change
from secours.render.badges import Tone
from secours.render.paper import export
from secours.render.wording import journal
from secours.render.wording.localizer import Localizer

HOSTILE = "<img src=//beacon.invalid onerror=alert(1)>\x1b[31m"


def localizer(language: str = "en") -> Localizer:
    return Localizer(snapshot(), language)


def of_province(after: str, reason: Reason = Reason.NONE) -> Change:
    made = word("mark", "carrier:mobile-a", after, before="down", reason=reason)
    return replace(made, facts={"author": "Province de Liège"})


def test_a_change_of_state_is_a_sentence_with_its_reason() -> None:
    entry = changed("teams", "o", "x")

    assert (
        journal.sentence(entry, localizer())
        == "Teams: OK → DOWN, no answer within 10 s"
    )
    assert journal.kind_of(entry) == journal.STATE


def test_channel_that_a_plan_drops_is_said_to_be_no_longer_in_it() -> None:
    made = replace(change("fax", "x", "?", 60, reason=Reason.NONE), after="")

    said = journal.sentence(of(made), localizer())

    assert said == "fax: DOWN → no longer in the plan"


def test_a_change_of_the_answer_names_the_line_and_both_channels() -> None:
    made = change("alert/management", "o", "x", 60, subject="line")
    made = Change(at=made.at, subject="line", name=made.name, before="sms", after="")

    said = journal.sentence(of(made), localizer())

    assert said == "ALERT · management: On-call SMS → no channel"
    assert journal.kind_of(of(made)) == journal.ANSWER


def test_how_long_leaving_a_failed_channel_took_is_said() -> None:
    made = Change(
        at=change("sms", "o", "x", 60).at,
        subject="line",
        name="alert/management",
        before="sms",
        after="calls",
        facts={"took_s": 5.2, "limit_s": 40.0},
    )

    said = journal.sentence(of(made), localizer())

    assert said == (
        "ALERT · management: On-call SMS → Voice calls,"
        " 5.2 s after the first failed test; the plan allows 40 s"
    )


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            word("mark", "carrier:mobile-a", "down", said="they phoned"),
            "Opérateur A declared down “they phoned”",
        ),
        (
            word("mark", "carrier:mobile-a", "down", since="2026-11-23T13:05:00+00:00"),
            "Opérateur A declared down, since 2026-11-23 14:05",
        ),
        (
            word("mark", "channel:sms", "distrusted"),
            "On-call SMS set aside: no longer safe",
        ),
        (
            word("marks", "", "confirmed"),
            "declarations confirmed: there are no others",
        ),
        (
            word("mark", "carrier:mobile-a", "", reason=Reason.LAPSED),
            "Opérateur A: what was declared has ended",
        ),
        (
            word("mark", "channel:sms", "withdrawn"),
            "On-call SMS: what was declared is withdrawn",
        ),
        (
            word("mark", "channel:sms", "withdrawn", before="distrusted"),
            "On-call SMS: what was declared is withdrawn (no longer safe)",
        ),
        (
            word("announced", "alert/management", "calls", before="sms pager"),
            "ALERT · management: people told to use Voice calls, on: On-call SMS,"
            " Pager",
        ),
        (
            word("announced", "alert/management", "", before="pager"),
            "ALERT · management: people told that no channel is usable, on: Pager",
        ),
        (
            word("announced", "alert/management", ""),
            "ALERT · management: people told that no channel is usable",
        ),
        (
            of_province("beneath"),
            "Opérateur A: what Province de Liège declared (down)"
            " does not hold while the word of the site does",
        ),
        (
            of_province("again"),
            "Opérateur A: what Province de Liège declared holds now (down)",
        ),
        (
            replace(of_province("again"), facts={}),
            "Opérateur A: what the province declared holds now (down)",
        ),
        (
            replace(
                of_province("kept"), facts={"component": "carrier:mobile-b + site:x"}
            ),
            "Opérateur A stays set aside though the plan changed: it needed"
            " mobile-b + x",
        ),
        (
            of_province("", reason=Reason.LAPSED),
            "Opérateur A: what Province de Liège declared has ended (down)",
        ),
        (
            word("pin", "alert/management", "pager"),
            "ALERT · management: Pager pinned",
        ),
        (
            word("pin", "alert/management", "withdrawn"),
            "ALERT · management: no longer pinned",
        ),
        (word("test", "radio", "failed"), "Radio channel 3 tried: it does not work"),
        (
            word("test", "radio", "withdrawn"),
            "Radio channel 3: the latest test is taken back",
        ),
        (word("watch", "", "taken"), "watch taken"),
        (
            replace(word("watch", "", "taken"), facts={"by": "Bram", "before": "Anne"}),
            "watch taken from Anne",
        ),
        (
            word("watch", "", "taken", since="2026-11-23T13:05:00+00:00"),
            "watch taken, since 2026-11-23 14:05",
        ),
        (word("watch", "", "handed"), "watch handed over"),
        (
            word("watch", "", "handed", to="Cas", said="quiet"),
            "watch handed over to Cas “quiet”",
        ),
        (
            word("exercise", "carrier:mobile-a + channel:sms", "started"),
            "EXERCISE: simulated failure of Opérateur A + On-call SMS",
        ),
        (
            word("exercise", "carrier:mobile-a", "overtaken", reason=Reason.LAPSED),
            "EXERCISE ended by a real change: Opérateur A",
        ),
        (word("exercise", "", "withdrawn"), "EXERCISE over"),
    ],
)
def test_what_people_declare_is_said_with_its_author(made: Change, said: str) -> None:
    entry = of(made)

    assert journal.sentence(entry, localizer()) == said
    assert journal.kind_of(entry) == journal.WORD
    by = "Bram" if made.reason is Reason.DECLARED else "secours"
    assert journal.author(entry) == by


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("start", "v12", "monitoring starts (plan v12)"),
        ("stop", "", "monitoring stops"),
        ("trouble", "disk", "trouble: Disk error: history is no longer kept"),
        ("trouble-over", "moon", "over: moon"),
        (
            "store-damaged",
            "history.damaged-2026-11-24.sqlite3",
            "the history was damaged: a new one is begun,"
            " the old one is history.damaged-2026-11-24.sqlite3",
        ),
        (
            "store-gone",
            "",
            "the file of the history was deleted or replaced: a new one is begun",
        ),
        ("store-copied", "7", "entries taken over from the old history: 7"),
        ("config-error", "a:1:1: x", "plan refused: a:1:1: x"),
        ("clock", "+90.0", "the clock of this machine was set by +90.0 s"),
        ("later-kind", "hm", "later-kind hm"),
    ],
)
def test_what_the_engine_notes_is_said(kind: str, text: str, said: str) -> None:
    assert journal.sentence(engine(kind, text), localizer()) == said


def test_a_plan_that_an_earlier_version_was_handed_is_still_said() -> None:
    taken = Entry(at=NOON, by="Province de Liège (Ann)", kind="plan-handed-down")

    said = journal.sentence(taken, localizer())

    assert said == "the province’s plan is put in the file"  # noqa: RUF001


def test_a_contradiction_is_of_the_states() -> None:
    made = Change(
        at=change("x", "o", "x", 1).at,
        subject="plan",
        name="carrier:mobile-a",
        before="",
        after="sms",
    )

    assert journal.kind_of(of(made)) == journal.STATE
    assert "On-call SMS works without Opérateur A" in journal.sentence(
        of(made), localizer()
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "an event was not settled after 100 decisions"),
        ("fr", "pas réglé après 100 décisions"),
        ("nl", "een gebeurtenis was na 100 beslissingen niet afgehandeld"),
        ("de", "ein Ereignis war nach 100 Entscheidungen nicht abgeschlossen"),
    ],
)
def test_a_defect_is_of_the_engine_and_somebody_has_to_know(
    language: str, said: str
) -> None:
    at = change("x", "o", "x", 1).at
    made = Change(at=at, subject="defect", name="", before="", after="unsettled")

    assert journal.kind_of(of(made)) == journal.ENGINE
    assert journal.tone_of(of(made)) is Tone.DEGRADED
    assert said in journal.sentence(of(made), localizer(language))


def test_entries_are_found_by_kind_and_by_words_of_the_sentence() -> None:
    entries = [note("Called the mayor"), changed("sms", "o", "x"), engine("start")]

    def found(kinds: tuple[str, ...] = (), text: str = "") -> list[str]:
        matching = journal.matching(entries, localizer(), kinds, text)
        return [entry.kind for entry in matching]

    assert found() == ["note", "change", "start"]
    assert found((journal.NOTE, journal.ENGINE)) == ["note", "start"]
    assert found(text=" MAYOR ") == ["note"]
    assert found(text="anne") == ["note"]
    assert found(text="no answer") == ["change"]
    assert found((journal.ENGINE,), "mayor") == []


@pytest.mark.parametrize(
    ("entry", "tone"),
    [
        pytest.param(changed("sms", "o", "x"), Tone.DOWN, id="down"),
        pytest.param(changed("sms", "x", "d"), Tone.DEGRADED, id="degraded"),
        pytest.param(changed("sms", "x", "o"), Tone.OK, id="works again"),
        pytest.param(changed("sms", "o", "?"), Tone.UNKNOWN, id="unknown"),
        pytest.param(of(word("mark", "power:grid", "down")), Tone.DOWN, id="mark"),
        pytest.param(
            of(word("mark", "channel:sms", "distrusted")), Tone.ASIDE, id="distrusted"
        ),
        pytest.param(of(word("mark", "x:y", "withdrawn")), None, id="withdrawn"),
        pytest.param(of(word("test", "sms", "failed")), Tone.DOWN, id="failed test"),
        pytest.param(note("x"), None, id="note"),
        pytest.param(engine("start"), None, id="start"),
        pytest.param(engine("stop"), Tone.UNKNOWN, id="stop"),
        pytest.param(engine("trouble", "disk"), Tone.DEGRADED, id="trouble"),
        pytest.param(engine("notice", '{"step":"failed"}'), Tone.DEGRADED, id="lost"),
        pytest.param(engine("notice", '{"step":"arrived"}'), None, id="arrived"),
        pytest.param(engine("notice", "?"), None, id="of another version"),
    ],
)
def test_an_entry_looks_like_the_state_that_it_tells_of(
    entry: Entry, tone: Tone | None
) -> None:
    assert journal.tone_of(entry) is tone


def test_a_line_that_is_left_with_nothing_looks_down_and_another_like_no_state() -> (
    None
):
    at = change("sms", "o", "x", 60).at
    made = Change(at=at, subject="line", name="alert/x", before="sms", after="")

    assert journal.tone_of(of(made)) is Tone.DOWN
    assert journal.tone_of(of(replace(made, after="calls"))) is None


def test_nothing_that_was_noted_is_markup() -> None:
    entries = [note(HOSTILE, by=HOSTILE), of(word("mark", HOSTILE, "down"))]

    html = export.as_page(entries, localizer(), NOON)

    assert "<img" not in html
    assert "\x1b" not in html


def test_the_csv_is_what_the_command_prints_and_runs_no_formula() -> None:
    text = export.as_csv([note("=cmd()|x"), changed("sms", "o", "x", 0)])

    first, second = csv.DictReader(io.StringIO(text))
    assert first["text"] == "'=cmd()|x"
    assert second["at"] == "2026-11-24T02:14:07.000+00:00"
    assert (second["subject"], second["name"]) == ("channel", "sms")
    assert (second["before"], second["after"]) == ("available", "down")


def test_the_json_has_the_same_columns_as_the_command() -> None:
    answer = json.loads(export.as_json([note("Noté")], "Town"))

    assert answer["schema"] == 1
    assert answer["site"] == "Town"
    assert tuple(answer["entries"][0]) == export.COLUMNS
    validator = Draft202012Validator(schema.of("journal"))
    validator.validate(answer)
    del answer["entries"][0]["reason"]
    assert not validator.is_valid(answer)


@pytest.mark.parametrize(
    ("language", "day"),
    [
        ("fr", "24/11/2026"),
        ("nl", "24-11-2026"),
        ("de", "24.11.2026"),
        ("en", "2026-11-24"),
    ],
    ids=LANGUAGES,
)
def test_the_page_to_print_is_dated_and_stands_alone(language: str, day: str) -> None:
    page = export.as_page([note("x")], localizer(language), NOON)

    assert page.startswith(f'<!DOCTYPE html><html lang="{language}">')
    assert f"{day} 03:14:07 (2026-11-24 02:14:07 UTC)" in page
    assert "size: A4" in page
    assert "Cellule de crise" in page
    assert "v1" in page
    assert "http" not in page
    assert "{" not in page.split("</style>")[1]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            {"step": "failed", "reason": "refused", "attempt": 2},
            "notice K7M2PQ to duty: not taken by bell (attempt 2): connection refused",
        ),
        ({"step": "accepted"}, "notice K7M2PQ to duty: accepted by bell"),
        ({"step": "acknowledged"}, "notice K7M2PQ acknowledged"),
        (
            {
                "step": "unconfirmed",
                "reason": "not-delivered",
                "facts": {"within_s": 60.0},
            },
            "notice K7M2PQ to duty: no receipt over bell: the notice did not arrive "
            "within 1 min",
        ),
        ({"step": "withheld"}, "no notice goes over bell: no longer safe"),
        (
            {"step": "passed-on", "before": "chief", "exercise": True},
            "EXERCISE: notice K7M2PQ to duty: chief has not acknowledged it",
        ),
    ],
)
def test_what_became_of_a_notice_is_a_sentence(
    told: dict[str, object], said: str
) -> None:
    whole = {"code": "K7M2PQ", "recipient": "duty", "target": "bell", **told}
    entry = engine(journal.NOTICE, json.dumps(whole))

    assert journal.sentence(entry, localizer()) == said
    assert journal.kind_of(entry) == journal.ENGINE


@pytest.mark.parametrize("step", NoticeStep)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_step_of_a_notice_has_words(language: str, step: NoticeStep) -> None:
    entry = engine(journal.NOTICE, json.dumps({"step": step}))

    assert "entry." not in journal.sentence(entry, localizer(language))


@pytest.mark.parametrize("text", ["", "{", '{"step": "lost"}', HOSTILE])
def test_notice_that_another_version_wrote_is_shown_plainly(text: str) -> None:
    said = journal.sentence(engine(journal.NOTICE, text), localizer())

    assert said.isprintable()
