"""Orders for silence in a plan: times to listen, and texts in several languages."""

from pathlib import Path

import pytest
from config.plan_files import mistakes, read

from secours.languages import Text
from secours.model.receivers.audiences import Audience, WhenCut

PLAN = "channels: {a: {}}\naudiences: {s: {when_cut: {listen: TIMES}}}"


def audience(folder: Path, written: str) -> Audience:
    text = f"channels: {{a: {{}}}}\naudiences: {{staff: {written}}}\n"
    return read(folder, text).audiences["staff"]


def orders(folder: Path, written: str) -> WhenCut:
    found = audience(folder, f"{{when_cut: {written}}}").when_cut
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "times"),
    [
        ("hh:00 to hh:05, radio", (None, 0, 5)),
        ("hh:00 à hh:05, radio", (None, 0, 5)),
        ("hh:00 a hh:05,radio", (None, 0, 5)),
        ("uu:00 tot uu:05, radio", (None, 0, 5)),
        ("HH:00 bis HH:05, radio", (None, 0, 5)),
        ("hh:00-hh:05, radio", (None, 0, 5)),
        ("hh:55 to hh:05, radio", (None, 55, 10)),
        ("8:00 to 8:15, radio", (8, 0, 15)),
        ("20h30 à 20h45, radio", (20, 30, 15)),
        ("23:50 to 00:10, radio", (23, 50, 20)),
        ("00:00 to 24:00, radio", (0, 0, 1440)),
        ("23:00 to 24:00, radio", (23, 0, 60)),
        ("20h à 20h15, radio", (20, 0, 15)),
        ("20h00-20h15, radio", (20, 0, 15)),
        ("20 h 00 à 20 h 15, radio", (20, 0, 15)),
        ("de 20 h à 20 h 15 radio", (20, 0, 15)),
        ("hhh00 à hhh05, radio", (None, 0, 5)),
        ("chaque heure de :00 à :05, radio", (None, 0, 5)),
        ("tous les jours, de 8h30 à 9 heures, radio", (8, 30, 30)),
        ("20:00 Uhr bis 20:15 Uhr, radio", (20, 0, 15)),
        ("von 20 bis 20.15 Uhr: radio", (20, 0, 15)),
        ("jede Stunde von :55 bis :05, radio", (None, 55, 10)),
        ("20 Uhr 30 bis 20 Uhr 45, radio", (20, 30, 15)),
        ("20.00-20.15 uur, radio", (20, 0, 15)),
        ("van 20u tot 20u15, radio", (20, 0, 15)),
        ("elk uur van uu.00 tot uu.05, radio", (None, 0, 5)),
        ("every day from 20:00 until 20:15 hrs, radio", (20, 0, 15)),
        ("8 pm to 8.15 pm, radio", (20, 0, 15)),
        ("8 to 8:15 p.m., radio", (20, 0, 15)),
        ("11:30 to 1 pm, radio", (11, 30, 90)),
        ("12 am to 12:30 am, radio", (0, 0, 30)),
        ("HH:00 – HH:05; radio", (None, 0, 5)),  # noqa: RUF001
        ("20H-20H15, radio", (20, 0, 15)),
    ],
)
def test_times_to_listen_are_read(
    tmp_path: Path, written: str, times: tuple[int | None, int, int]
) -> None:
    heard = orders(tmp_path, f'{{listen: "{written}"}}').listen

    assert heard is not None
    assert (heard.hour, heard.minute, heard.lasts_min) == times
    assert heard.where == Text("radio")


@pytest.mark.parametrize(
    "written",
    [
        "radio CRISIS-1",
        "hh:00 to hh:05",
        "hh:00 to hh:05, ",
        "hh:00, radio",
        "hh:00 to 03:05, radio",
        "hh:60 to hh:05, radio",
        "24:00 to 24:05, radio",
        "12:00 to 25:00, radio",
        "23:30 to 24:30, radio",
        "hh:05 to hh:05, radio",
        "every hour, radio",
        "every hour from 20:00 to 20:15, radio",
        "every day from :00 to :05, radio",
        "5 to 10, radio",
        "20 pm to 21 pm, radio",
        "hh:00 to hh:05 pm, radio",
        "0 pm to 1 pm, radio",
        "20:0 to 20:15, radio",
        "2000 to 2015, radio",
        "20:00 to 20:155, radio",
        "20h à 20h15",
        "20.00-20.15 uur",
        "noon to 12:15, radio",
    ],
)
def test_other_forms_are_refused_with_an_example(tmp_path: Path, written: str) -> None:
    (said,) = mistakes(tmp_path, PLAN.replace("TIMES", f'"{written}"'))

    assert said.startswith(
        "2:36: audiences.s.when_cut.listen: must be times and a place"
    )
    assert "hh:00 to hh:05, radio CRISIS-1" in said


def test_place_to_listen_is_kept_as_it_is_written(tmp_path: Path) -> None:
    heard = orders(tmp_path, '{listen: "20h-20h15  Haute Tour, CH 3"}').listen

    assert heard
    assert heard.where == Text("Haute Tour, CH 3")


def test_each_language_has_its_own_words_for_the_same_times(tmp_path: Path) -> None:
    both = '{fr: "hh:00 à hh:05, radio CRISE", nl: "uu:00 tot uu:05, radio CRISIS"}'
    heard = orders(tmp_path, f"{{listen: {both}, decide: {{fr: Fermer, nl: Sluiten}}}}")

    assert heard.listen is not None
    assert heard.listen.where.in_("nl") == "radio CRISIS"
    assert heard.decide.in_("fr") == "Fermer"
    differ = both.replace("uu:05", "uu:10")
    said = mistakes(tmp_path, PLAN.replace("TIMES", differ))
    assert "the languages name different times" in said[0]


def test_orders_hold_after_half_an_hour_unless_written(tmp_path: Path) -> None:
    assert orders(tmp_path, "{meet: Town hall}").after_s == 1800
    assert orders(tmp_path, "{meet: Town hall, after: 2h}").after_s == 7200


def test_an_audience_may_have_neither_orders_nor_a_report(tmp_path: Path) -> None:
    found = audience(tmp_path, "{label: Staff}")

    assert (found.when_cut, found.report) == (None, None)


@pytest.mark.parametrize("listen", ["{}", "{fr: radio}"])
def test_what_names_no_times_is_not_said_to_name_different_ones(
    tmp_path: Path, listen: str
) -> None:
    (said,) = mistakes(tmp_path, PLAN.replace("TIMES", listen))

    assert "must be times and a place" in said
