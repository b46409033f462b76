"""Orders for silence: when people listen next, and where the orders stand."""

# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

import re
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from render import hearing, town_statements
from render.silences import HOURLY, ORDERS, RADIO, silent, waiting
from render.snapshots import change, moment, snapshot, standing, with_channel

from secours.cli import answer_text
from secours.config import load
from secours.core.notices.matters import Matter
from secours.engine.published.current import of_plan
from secours.languages import Text
from secours.model.observed import Instant, Reason
from secours.model.receivers.audiences import Listening
from secours.model.sections.notify import NoticeKind
from secours.model.snapshot import ComponentView, Link, Rehearsal, Snapshot
from secours.model.statements import Exercise
from secours.render import redact
from secours.render.answers import recommend, report
from secours.render.export.lite import lite_html
from secours.render.paper.sheet import sheet_html, sheet_text
from secours.render.situation.now import now_html
from secours.render.wall.stale_cover import stale_html
from secours.render.wall.wall import wall_html
from secours.render.wording import notice, sms_length
from secours.render.wording.localizer import Localizer
from secours.render.wording.silence import orders

EXAMPLE = Path(__file__).parents[2] / "probes.yaml"
BRUSSELS = ZoneInfo("Europe/Brussels")
NIGHT = Listening(hour=2, minute=30, lasts_min=15, where=RADIO)


def starts(listening: Listening, now: datetime, count: int) -> list[str]:
    """Return the next times on the clock of Brussels, each with its offset."""
    found = islice(orders.times(listening, now, BRUSSELS), count)
    return [f"{w.start.astimezone(BRUSSELS):%d %H:%M %z}" for w in found]


def by_minutes(listening: Listening, now: datetime, count: int) -> list[datetime]:
    """Find them by looking at the clock of Brussels every minute."""
    found: list[datetime] = []
    at = now.replace(second=0, microsecond=0) - timedelta(days=2)
    while len(found) < count:
        here = at.astimezone(BRUSSELS)
        hour = listening.hour in (None, here.hour)
        over = at + timedelta(minutes=listening.lasts_min) <= now
        if hour and here.minute == listening.minute and not over:
            found.append(at)
        at += timedelta(minutes=1)
    return found


@pytest.mark.parametrize(
    ("month", "day"), [(3, 28), (3, 29), (10, 24), (10, 25), (7, 1)]
)
@pytest.mark.parametrize("hour", [0, 1, 2, 13, 23])
@pytest.mark.parametrize("listening", [HOURLY, NIGHT])
def test_times_are_those_that_the_clock_shows(
    month: int, day: int, hour: int, listening: Listening
) -> None:
    now = datetime(2026, month, day, hour, 3, 20, tzinfo=UTC)
    found = [w.start for w in islice(orders.times(listening, now, BRUSSELS), 6)]

    assert found == by_minutes(listening, now, 6)


def test_a_time_that_the_clock_skips_is_none_and_one_shown_twice_is_two() -> None:
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    autumn = datetime(2026, 10, 24, 12, tzinfo=UTC)

    assert starts(NIGHT, spring, 1) == ["30 02:30 +0200"]
    assert starts(NIGHT, autumn, 2) == ["25 02:30 +0200", "25 02:30 +0100"]


@pytest.mark.parametrize(("month", "day"), [(3, 29), (10, 25), (7, 2)])
def test_a_daily_time_ends_when_the_clock_says_so(month: int, day: int) -> None:
    long = replace(NIGHT, hour=1, lasts_min=120)  # 01:30 to 03:30
    before = datetime(2026, month, day - 1, 20, tzinfo=UTC)
    first = next(orders.times(long, before, BRUSSELS))

    assert f"{first.end.astimezone(BRUSSELS):%d %H:%M}" == f"{day:02} 03:30"
    late = first.end - timedelta(minutes=1)
    assert next(orders.times(long, late, BRUSSELS)) == first


def now_of(shot: Snapshot, language: str = "fr", age_s: float = 0.0) -> str:
    return orders.rows(shot.orders[0], Localizer(shot, language, age_s))[0].soon


def at_clock(shot: Snapshot, hour: int, minute: int, second: int = 0) -> Snapshot:
    at = datetime(2026, 11, 24, hour, minute, second, tzinfo=UTC)
    return replace(shot, at=Instant(at, shot.at.steady_s))


def test_the_next_time_is_counted_down_and_then_is_now() -> None:
    shot = silent()

    assert now_of(at_clock(shot, 2, 14)) == "à 04:00, dans 46 min"
    assert now_of(at_clock(shot, 2, 59, 30)) == "à 04:00, dans 30 s"
    assert now_of(at_clock(shot, 2, 59, 30), age_s=40) == "MAINTENANT, jusqu’à 04:05"
    assert now_of(at_clock(shot, 3, 4, 59), "nl") == "NU, tot 04:05"
    assert now_of(at_clock(shot, 3, 5), "de") == "um 05:00, in 55 min"


def test_the_countdown_follows_a_clock_that_is_set() -> None:
    shot = silent()
    jumped = Instant(shot.at.utc - timedelta(hours=5), shot.at.steady_s + 1)

    assert now_of(replace(shot, at=jumped)) == "à 23:00, dans 45 min"


# ------------------------------------------------------------------ one text message


def test_one_text_message_has_all_orders() -> None:
    short = replace(
        ORDERS,
        decide=Text("fermer l’école"),
        meet=Text("mairie, 8 h"),
        send=Text(),
    )
    shot = waiting(orders=short)
    said = orders.brief(shot.orders[0], Localizer(shot, "fr"))

    assert "radio CRISE-1, chaque heure de :00 à :05" in said
    assert said.endswith("Se réunir : mairie, 8 h")
    assert sms_length.is_gsm(said)
    assert sms_length.fits(said)


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
@pytest.mark.parametrize("what", ["école " * 40, "学校" * 40, "[€]" * 50])
def test_text_message_is_cut_behind_when_to_listen(language: str, what: str) -> None:
    shot = waiting(orders=replace(ORDERS, decide=Text(what)))
    localizer = Localizer(shot, language)
    said = orders.brief(shot.orders[0], localizer)

    assert not sms_length.fits(said)
    assert "CRIS" in sms_length.cut(said)


# ------------------------------------------------------------------ screens


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_wall_shows_the_orders_in_large_where_all_is_cut() -> None:
    html = wall_html(silent(), "fr", age_s=0.0)

    assert re.search(r'<h3 class="s-answer [^>]*>Écouter à 04:00, dans 45 min<', html)
    assert html.count("s-answer") == 1  # of two lines of one audience
    assert "Envoyer un messager." in html  # the last resort
    assert html.count('class="s-ladder"') == 2
    assert 'class="s-orders"' not in html


def test_card_of_all_lines_has_the_room_of_its_own_head() -> None:
    staff = replace(snapshot().recommendations[0], audience="staff")
    shot = replace(silent(), own_link=Link.DOWN)
    shot = replace(shot, recommendations=(*shot.recommendations, staff))
    html = wall_html(shot, "fr", age_s=0.0)

    assert "s-heads-2" in html  # of cards half as wide
    assert 's-answer s-medium">Écouter' in html


@pytest.mark.parametrize("layout", ["columns", "bands"])
def test_wall_shows_them_below_the_answers_while_some_channel_is_left(
    layout: str,
) -> None:
    shot = silent(snapshot("xxx?", "xx??"), all_cut=False)
    shown = replace(shot, own_link=Link.DOWN)
    html = wall_html(shown, "fr", age_s=0.0, layout=layout)

    assert "Messager à pied" in html[: html.index('class="s-orders"')]
    band = words(html[html.index('class="s-orders"') :])
    assert "Direction : aucun contact sûr depuis 47 min" in band
    assert "Écouter : à 04:00, dans 45 min, radio CRISE-1" in band


def test_wall_shows_orders_of_an_audience_that_is_not_on_it() -> None:
    html = wall_html(silent(snapshot(), audience="staff"), "fr", age_s=0.0)

    assert "Personnel : aucun canal depuis 47 min" in words(html)


def test_wall_has_the_orders_that_fit_of_an_audience_that_is_not_on_it() -> None:
    shot = silent(snapshot(), audience="staff")
    long = Text("mot " * 30 + "fin")
    full = silent(snapshot(), audience="staff", orders=replace(ORDERS, decide=long))

    assert "Se réunir : salle" in words(wall_html(shot, "fr", age_s=0.0))
    assert "Se réunir" not in words(wall_html(full, "fr", age_s=0.0))
    assert "CRISE-1" in wall_html(full, "fr", age_s=0.0)


def test_wall_shows_no_orders_while_they_do_not_hold() -> None:
    assert "CRISE-1" not in wall_html(waiting(), "fr", age_s=0.0)
    short = silent(snapshot("xxxx", "xxxx"), in_force=False)
    assert "CRISE-1" not in wall_html(short, "fr", age_s=0.0)


def test_orders_that_are_too_long_for_a_card_are_cut_there_and_not_on_pages() -> None:
    long = Text("mot " * 38 + "fin")
    shot = silent(orders=replace(ORDERS, decide=long, meet=long, send=long))
    assert wall_html(shot, "fr", age_s=0.0).count("fin<") == 3

    alert, coordinate = shot.recommendations
    apart = (alert, replace(coordinate, audience="staff"))  # two cards, each half wide
    shot = replace(shot, recommendations=apart)
    assert "fin<" not in wall_html(shot, "fr", age_s=0.0)
    assert now_html(Localizer(shot, "fr")).count("fin<") == 3


def test_plain_page_shows_the_orders() -> None:
    assert "Écouter à 04:00, dans 45 min" in lite_html(silent(), "fr", age_s=0.0)


def test_page_of_now_shows_them_above_the_answers_or_below() -> None:
    cut = now_html(Localizer(silent(), "fr"))
    doubt = now_html(Localizer(silent(snapshot("xxx?"), all_cut=False), "fr"))

    assert cut.index("CRISE-1") < cut.index("s-now-answers")
    assert doubt.index("CRISE-1") > doubt.index("s-now-answers")
    assert "CRISE-1" not in now_html(Localizer(waiting(), "fr"))


def test_page_of_now_says_whom_to_tell_what_they_missed() -> None:
    answer = replace(
        change("sms", "o", "x", 180), subject="line", name="alert/management"
    )
    answer = replace(answer, before="", after="calls")
    shot = waiting(
        snapshot("xoxx"),
        since=moment(2820),
        back=moment(180),
    )
    html = now_html(Localizer(replace(shot, changes=(answer,)), "fr"))

    said = "Direction : aucun canal entre 02:27 et 03:11. Les informer maintenant, par"
    assert said in words(html)
    assert "aucun canal → Appels vocaux" in words(html)


def test_notice_of_the_first_channel_says_whom_to_tell_without_the_orders() -> None:
    shot = waiting(snapshot("xoxx"), since=moment(2820), back=moment(180))
    key = "line/alert/management"

    def said(state: str, kind: NoticeKind) -> str:
        matter = Matter(kind=kind, key=key, state=state, severity=2)
        return notice.words([matter], Localizer(shot, "fr"), code="").text

    used = said("calls", NoticeKind.RECOMMENDATION)
    assert (
        "Direction : aucun canal entre 02:27 et 03:11. Les informer maintenant" in used
    )
    assert "CRISE-1" not in used
    assert "Les informer" not in said("", NoticeKind.NOTHING_LEFT)


@pytest.mark.parametrize("shot", [silent(), waiting()])
def test_cover_has_the_orders_without_a_state_and_the_times_to_count(
    shot: Snapshot,
) -> None:
    html = stale_html(shot, "fr")
    (found,) = re.findall(r'data-secours-listen="([^"]*)"', html)
    begin, end = found.split(",")[0].split("-")

    assert "Direction : après 30 min sans contact" in words(html)
    assert "aucun canal" not in html
    assert datetime.fromtimestamp(int(begin), BRUSSELS).strftime("%H:%M") == "04:00"
    assert int(end) - int(begin) == 300
    assert len(found.split(",")) == orders.COUNTED


def test_orders_that_did_not_hold_give_way_to_how_channels_are_used() -> None:
    shot = of_plan(load(EXAMPLE))
    held = tuple(replace(view, in_force=True) for view in shot.orders)
    calm, silent = (stale_html(s, "fr") for s in (shot, replace(shot, orders=held)))

    assert "Armoire B2" in calm
    assert "sans contact" not in calm
    assert "Direction : après 30 min sans contact" in words(silent)


def test_stale_plain_page_counts_nothing_down() -> None:
    html = lite_html(silent(), "fr", age_s=9000.0)

    assert "chaque heure de :00 à :05" in html
    assert "45 min" not in html


def test_whoever_may_not_see_how_sees_no_orders() -> None:
    shot = silent()
    hidden = replace(shot, screen=replace(shot.screen, how=False))

    assert redact.discreet(shot).orders == ()
    assert redact.on_wall(hidden).orders == ()  # type: ignore[union-attr]


def test_orders_say_that_maintenance_is_planned_and_until_when() -> None:
    until = moment(-3600).utc
    shot = silent(planned=True, planned_until=until)

    said = "aucun canal depuis 47 min (maintenance prévue jusqu’à 04:14)"
    assert said in words(wall_html(shot, "fr", age_s=0.0))
    assert said in words(now_html(Localizer(shot, "fr")))
    unknown = silent(planned=True)
    assert "(maintenance prévue)" in words(wall_html(unknown, "fr", age_s=0.0))


def drilled() -> Snapshot:
    """Return a town in which all works, and an exercise takes everything."""
    shot, real = silent(snapshot("xxxx", "xxxx"), since=None), waiting()
    exercise = Exercise(fails=("power:grid",), by="Ann", at=real.at)
    rehearsal = Rehearsal(
        exercise=exercise,
        channels={view.name: view.standing for view in shot.channels},
        recommendations=shot.recommendations,
        orders=shot.orders,
    )
    return replace(real, rehearsal=rehearsal)


def test_exercise_shows_the_orders_marked_as_one() -> None:
    shot = drilled()
    order = (
        "EXERCICE · Direction : après 30 min sans contact. Écouter : à 04:00,"
        " dans 45 min, radio CRISE-1"
    )
    decide = "Décider : chaque directeur ferme son école"

    said = answer_text.recommendations(
        recommend.answer(shot, 0.0, "fr"), shot, "fr", fresh=True
    )
    wall = words(wall_html(shot, "fr", age_s=0.0))  # as far as there is room
    assert order in wall
    assert decide not in wall
    lite = words(lite_html(shot, "fr", age_s=0.0))  # which scrolls
    for shown in (words(now_html(Localizer(shot, "fr"))), " ".join(said), lite):
        assert f"{order}. {decide}" in shown
        assert shown.count("CRISE-1") == 1
    assert "CRISE-1" not in wall_html(redact.discreet(shot), "fr", age_s=0.0)
    without = replace(shot, screen=replace(shot.screen, how=False))
    hidden = redact.on_wall(without)
    assert "CRISE-1" not in wall_html(hidden, "fr", age_s=0.0)  # type: ignore[arg-type]


def test_sheet_has_the_orders_of_each_audience() -> None:
    shot = waiting()

    for written in (
        sheet_text(shot, "fr", states=True),
        sheet_html(shot, "fr", states=False),
    ):
        assert "Direction : après 30 min sans contact. Écouter : radio" in written
        assert "salle des mariages" in written


def test_cover_keeps_the_orders_that_hold_of_the_first_audiences_that_fit() -> None:
    most = Text("garder les enfants jusqu’à vingt heures " * 4)
    long = replace(ORDERS, decide=most, meet=most, send=most)
    (first,) = silent(orders=long).orders
    others = (replace(first, audience=name) for name in ("staff", "partners", "a", "b"))
    html = stale_html(replace(silent(), orders=(first, *others)), "fr")

    assert html.count("garder les enfants") >= 3 * 4
    assert "Direction : après 30 min" in html
    assert "SMS" in html


def test_nobody_is_told_by_a_pinned_channel_that_is_down() -> None:
    shot = silent(town_statements.pinned(), in_force=False, back=moment(180))
    ((_, head, _),) = orders.back(Localizer(shot, "en"))

    assert "Tell them now, by On-call SMS, Teams." in head


def test_whom_nothing_proven_reaches_is_told_by_an_unverified_channel() -> None:
    shot = silent(snapshot("x?xx", "xx?x"), in_force=False, back=moment(180))
    ((_, head, _),) = orders.back(Localizer(shot, "fr"))

    assert "par Appels vocaux (non vérifié), Radio canal 3 (non vérifié)." in head


# ------------------------------------------------------------------ upwards


def dark() -> Snapshot:
    """Return a town without mains, whose management is out of reach."""
    mains = ComponentView(
        name="power:grid", label=Text("Réseau"), standing=standing("x", since_s=3600)
    )
    shot = silent(snapshot("xxxx", "xoxx"), all_cut=False)
    return replace(shot, components=(mains,), known_down=("power:grid",))


def test_report_says_what_is_lost_used_missed_and_needed() -> None:
    found = report.answer(Localizer(dark(), "fr"), "authority")

    assert found.lost[0].name == "power:grid"
    assert found.lost[0].since == "2026-11-24T01:14:07.000Z"
    assert found.used == ("COORDONNER : Pont téléphonique",)
    assert found.missed == (
        "Direction : aucun contact sûr depuis 47 min",
        "ALERTER : aucun canal",
    )
    assert found.needed == ("un groupe électrogène de 20 kVA",)


def test_report_says_that_our_own_link_is_down_and_what_is_not_verified() -> None:
    shot = replace(silent(snapshot("??xx", "??xx")), own_link=Link.DOWN, orders=())
    since = change("lan", "o", "x", 600, subject="path")
    shot = replace(shot, changes=(since, *shot.changes))
    found = report.answer(Localizer(shot, "fr"), "authority")
    first, second = found.used

    assert (found.lost[0].label, found.lost[0].sure) == ("Notre accès", True)
    assert found.lost[0].since == "2026-11-24T02:04:07.000Z"
    assert "Perdu : Notre accès depuis 03:04 " in found.text
    assert first.startswith("ALERTER : ")
    assert first.endswith(" (non vérifié)")
    assert second.endswith(" (non vérifié)")


def test_report_never_calls_what_is_being_measured_no_channel() -> None:
    shot = snapshot("xxxx", "xxxx")
    lines = [replace(each, measuring=True) for each in shot.recommendations]
    shot = replace(shot, recommendations=tuple(lines), reports={"authority": {}})
    found = report.answer(Localizer(shot, "en"), "authority")

    assert found.used == ("ALERT: MEASURING", "COORDINATE: MEASURING")
    assert found.missed == ()


def test_report_names_whom_no_channel_reaches_before_orders_hold() -> None:
    shot = silent(snapshot("xxxx", "oxxx"), in_force=False)
    found = report.answer(Localizer(shot, "en"), "authority")

    assert found.used == ("COORDINATE: Teams",)
    assert found.missed == ("ALERT: no channel",)
    assert "Not reached: ALERT" in found.text


def test_report_names_each_group_after_lines_without_a_channel() -> None:
    shot = hearing.hears(snapshot("oooo", "xxxx"), 0, {"sms": hearing.inferred()})
    found = report.answer(Localizer(shot, "en"), "authority")

    assert found.missed[0].startswith("COORDINATE")
    assert "Not reached: COORDINATE, Field, At home" in found.text


def test_report_calls_nothing_in_maintenance_lost() -> None:
    planned = standing("x", aside=Reason.MAINTENANCE)
    shot = with_channel(dark(), "sms", standing=planned)
    grid = replace(shot.components[0], standing=planned)

    before, after = (
        report.answer(Localizer(each, "en"), "authority")
        for each in (dark(), replace(shot, components=(grid,)))
    )

    gone = {each.name for each in before.lost} - {each.name for each in after.lost}
    assert gone == {"channel:sms", "power:grid"}
    assert before.needed
    assert after.needed == ()


def test_report_never_says_that_nothing_is_needed() -> None:
    shot = replace(dark(), reports={"authority": {}})
    localizer = Localizer(shot, "en")
    found = report.sections(report.answer(localizer, "authority"), localizer)

    assert found[-1].paragraphs == ["the plan names nothing for this"]


def test_report_asks_for_nothing_where_that_is_not_lost() -> None:
    shot = replace(dark(), components=(), known_down=())

    assert report.answer(Localizer(shot, "fr"), "authority").needed == ()


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_report_fits_one_text_message_and_says_each_part(language: str) -> None:
    localizer = Localizer(dark(), language)
    text = report.answer(localizer, "authority").text

    assert sms_length.fits(text)
    assert text.endswith("un groupe électrogène de 20 kVA")
    for key in ("lost", "used", "missed", "needed"):
        assert sms_length.transliterated(localizer.say(f"report.{key}")) in text
    assert "47 min" in text


def wordy(need: str) -> Snapshot:
    """Return a dark town with long names, each line with an audience of its own."""
    shot = dark()
    long = "Réseau de secours de la Protection civile de la province "
    channels = tuple(
        replace(view, short_name=Text(f"{view.name} {long}")) for view in shot.channels
    )
    audiences = ("management", "Écoles et crèches de la commune", "hospitals", "staff")
    lines = tuple(
        replace(line, audience=audience)
        for line, audience in zip(2 * shot.recommendations, audiences, strict=True)
    )
    return replace(
        shot,
        channels=channels,
        recommendations=lines,
        site=replace(shot.site, name=Text(long)),
        reports={"authority": {"power": Text(need)}},
    )


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
@pytest.mark.parametrize("letters", [20, 45, 70, 150])
def test_report_with_long_names_never_cuts_whom_it_misses(
    language: str, letters: int
) -> None:
    localizer = Localizer(wordy("x" * letters), language)
    text = report.answer(localizer, "authority").text

    assert sms_length.fits(text)
    for key in ("used", "missed", "needed"):
        assert sms_length.transliterated(localizer.say(f"report.{key}")) in text
    assert "bridge" in text
    who = localizer.audience("management")
    assert f"{who[:1].upper()}{who[1:6]}" in text
    assert "47 min" in text
    assert "hospita" in text or re.search(r"47 min (and|et|en nog|und) \d", text)
    assert "x" * min(letters, 30) in text


def test_report_leaves_out_what_is_lost_before_it_hides_whom_nothing_reaches() -> None:
    shot = replace(dark(), reports={"authority": {"power": Text("x" * 70)}})
    text = report.answer(Localizer(shot, "fr"), "authority").text

    assert sms_length.fits(text)
    assert "Perdu : " not in text
    assert "Utilisé : COORDONNER : Pont téléphonique. " in text
    assert "Non joints : Direction 47 min. " in text
    assert text.endswith("x" * 70)
