import re

import pytest
from msgspec.structs import replace
from render.desk import now_page
from render.sent_notices import TITLE, attempt, informed, sent, targets
from render.snapshots import snapshot

from secours import texts
from secours.cli import notify
from secours.languages import LANGUAGES
from secours.model.notices import Attempt, Fitness, Stage
from secours.model.observed import Reason
from secours.model.requests import AckRequest, NotifyTestRequest
from secours.model.snapshot import Snapshot
from secours.render.export.lite import lite_html
from secours.render.pages import notices
from secours.render.redact import discreet
from secours.render.wall.wall import wall_html
from secours.render.wording.localizer import Localizer

HERE = Localizer(informed(), "en")


def drawn(*attempts: Attempt) -> tuple[str, set[str], str]:
    """Return the words and shapes of a notice, and the tone of its head."""
    shown = replace(informed(), notices=(sent(*attempts),))
    (row,) = notices.recent(Localizer(shown, "en"))
    shapes = set(re.findall(r'data-shape="(\w+)"', row.html))
    head = re.search(r's-state"><span class="s-mark s-(\w+)"', row.html)
    assert head is not None
    return str(row.html.striptags()), shapes, head[1]


@pytest.mark.parametrize("under_way", [True, False])
def test_what_is_accepted_never_looks_or_reads_as_arrived(under_way: bool) -> None:
    accepted = attempt("duty-sms", Stage.ACCEPTED, under_way=under_way)

    words, shapes, tone = drawn(accepted)
    arrived_words, arrived_shapes, _ = drawn(attempt("duty-sms", Stage.ARRIVED))

    assert (shapes, tone) == ({"answers"}, "answers")
    assert "accepted" in words
    assert "not known to have arrived" in words
    assert arrived_shapes == {"ok"}
    assert "arrived" in arrived_words
    assert "accepted" not in arrived_words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_the_two_differ_in_every_language(language: str) -> None:
    say = Localizer(snapshot(), language).say

    assert say("notices.accepted") != say("notices.arrived")


def test_a_notice_says_by_how_many_ways_it_was_tried_and_how_far_it_has_come() -> None:
    refused = attempt("duty-mail", reason=Reason.TIMEOUT, facts={"timeout_s": 10})
    under_way = attempt("duty-push", under_way=True)
    came = attempt("duty-sms", Stage.ACCEPTED)

    words, shapes, tone = drawn(refused, came, under_way)

    assert shapes == {"down", "answers", "unknown"}
    assert tone == "answers"
    for said in ("not taken", "no answer within 10 s", "being sent", "to Duty officer"):
        assert said in words


def test_call_that_a_voicemail_takes_is_no_progress_of_its_notice() -> None:
    refused = attempt("duty-mail", reason=Reason.TIMEOUT, facts={"timeout_s": 10})
    answered = replace(attempt("duty-call", Stage.ACCEPTED), rings=True)

    _, _, tone = drawn(refused, answered)

    assert tone == "down"


def test_notice_that_did_not_arrive_is_called_no_test_message() -> None:
    reason, facts = Reason.NOT_DELIVERED, {"said": "absent"}
    lost = attempt("duty-sms", Stage.ACCEPTED, reason=reason, facts=facts)

    words, _, tone = drawn(lost)

    assert tone == "down"
    assert notify._came_of(lost, "en").startswith("not taken by duty-sms: the notice")
    assert "the notice did not arrive: “absent”" in words
    assert "test message" not in words
    for language in LANGUAGES:
        of_test = texts.detail(language, reason, facts)
        of_notice = texts.detail_of_notice(language, reason, facts)
        assert of_notice != of_test
        assert "absent" in of_notice
    assert texts.detail_of_notice("en", Reason.TIMEOUT, {}) == "no answer"


def test_nothing_sent_is_not_being_sent() -> None:
    waits, _, tone = drawn()
    over = replace(informed(), notices=(sent(over=True),))
    (row,) = notices.recent(Localizer(over, "en"))

    assert ("not sent yet" in waits, tone) == (True, "unknown")
    assert "not sent" in row.html
    assert "not sent yet" not in row.html


def test_each_target_says_whether_it_is_of_use_and_two_get_nothing() -> None:
    rows = notices.targets(HERE)

    words = {row.name: str(row.html.striptags()) for row in rows}
    silent = [row.name for row in rows if row.request is None]
    assert silent == ["duty-distrusted", "duty-unusable"]
    assert "Gets nothing: no longer safe." in words["duty-distrusted"]
    assert "Gets nothing: NTFY_URL is missing." in words["duty-unusable"]
    assert "over On-call SMS" in words["duty-outside"]
    assert "Last test" in words["duty-outside"]
    assert rows[0].request == NotifyTestRequest(target="duty-outside")


def test_a_target_of_which_nothing_was_measured_is_not_green() -> None:
    for view in targets():
        shown = replace(snapshot(), targets=(view,))
        (row,) = notices.targets(Localizer(shown, "en"))

        assert 'data-shape="ok"' not in row.html
        assert (view.fitness is Fitness.OUTSIDE) == ("data-shape" not in row.html)


def test_only_what_waits_can_be_acknowledged_and_each_code_once() -> None:
    first = informed().notices[0]
    twice = replace(informed(), notices=(first, replace(first, recipient="second")))

    once = [row.request for row in notices.recent(HERE)]
    both = [row.request for row in notices.recent(Localizer(twice, "en"))]

    assert once == [AckRequest(code="K7Q2"), None, None, None]
    assert both == [AckRequest(code="K7Q2"), None]


def test_the_address_asks_for_a_notice_that_waits_and_for_no_other() -> None:
    assert notices.asked("K7Q2", HERE) == AckRequest(code="K7Q2")
    for code in ("M2PX", "T5ZZ", "", "<b>", None):
        assert notices.asked(code, HERE) is None


def test_what_will_happen_is_said_with_the_notice_in_quotation_marks() -> None:
    said = notices.will(AckRequest(code="K7Q2"), HERE)
    test = notices.will(NotifyTestRequest(target="duty-sms"), HERE)

    assert said[0].startswith("You acknowledge notice K7Q2")
    assert TITLE in said[1]
    assert test == ["A test, marked as one, is sent to duty-sms."]


def test_what_is_now_has_a_line_for_what_waits_and_leads_to_its_form() -> None:
    page = now_page(informed(), acts=True)

    assert page.count("Not acknowledged since 03:08: notice K7Q2") == 1
    assert TITLE in page
    assert "duty-down (not taken), duty-outside (accepted)" in page
    assert 'href="act?lang=en&amp;do=ack&amp;code=K7Q2"' in page
    assert "M2PX" not in page
    assert "do=ack" not in now_page(informed())


def test_strangers_learn_that_a_notice_waits_and_nothing_else_of_it() -> None:
    shown = discreet(informed())

    page = now_page(shown)

    assert "Not acknowledged since 03:08" in page
    for word in (TITLE, "duty", "Anne", "K7Q2"):
        assert word not in page
        assert word not in repr((shown.notices, shown.targets))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plain_page_names_the_code_and_the_wall_nothing(language: str) -> None:
    calm = replace(informed(), notices=())

    assert lite_html(informed(), language, age_s=1.0).count("K7Q2") == 1
    assert _wall(informed(), language) == _wall(calm, language)


def _wall(shown: Snapshot, language: str) -> str:
    return wall_html(shown, language, age_s=1.0)
