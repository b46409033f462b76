import re
from datetime import timedelta

import pytest
from msgspec.structs import replace
from render.desk import channels_page
from render.snapshots import (
    NOON,
    change,
    moment,
    snapshot,
    standing,
    with_channel,
)

from secours.languages import LANGUAGES, Text
from secours.model.nodes import channel_node, path_node
from secours.model.observed import Evidence, Reason, Verdict
from secours.model.snapshot import Link, PathView, ProbeView, Snapshot
from secours.render.pages import timeline
from secours.render.pages.channel_filter import PROBLEMS, ChannelFilter
from secours.render.pages.channels import Timelines
from secours.render.pages.strip import Window

BAD = "<img src=x onerror=alert(1)>"


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def rows(html: str) -> list[str]:
    """Return the words of each row, without those of its strip."""
    found = re.findall(r'<article class="s-owner s-item">.*?</article>', html, re.S)
    strip = re.compile(r'<div class="s-strip".*?</div>', re.S)
    return [text_of(strip.sub("", part)) for part in found]


def probe(name: str, verdict: Verdict = Verdict.OK) -> ProbeView:
    reason = Reason.NONE if verdict is Verdict.OK else Reason.TIMEOUT
    return ProbeView(
        name=name,
        type="sip",
        path=None,
        verdict=verdict,
        reason=reason,
        at=moment(5),
    )


def many(*verdicts: Verdict) -> Snapshot:
    """Return a town whose first channel has so many probes."""
    probes = tuple(probe(f"p{n}", verdict) for n, verdict in enumerate(verdicts))
    return with_channel(snapshot(), "sms", probes=probes)


def test_every_channel_has_state_use_reason_proof_and_its_probes() -> None:
    shown = rows(channels_page(snapshot("xdo?"), "en", age_s=4.0))

    assert shown[:4] == [
        "DOWN On-call SMS How: Envoyer au groupe ASTREINTE"
        " no answer within 10 s · for 3 min"
        " sip failed no answer within 10 s · 9 s ago",
        "DEGRADED Voice calls How: Composer le 4711, code sur la fiche"
        " slow: answered in 4.2 s, limit 2 s · for 3 min"
        " the service answers, 9 s ago"
        " sip degraded slow: answered in 4.2 s, limit 2 s · 9 s ago",
        "OK Pager How: Console des bips, groupe 3"
        " for 3 min the service answers, 9 s ago"
        " sip passed answered in 42 ms · 9 s ago",
        "UNKNOWN Runner on foot How: Bureau 12, liste rouge"
        " no automatic test · for 3 min"
        " sip could not be made no automatic test · 9 s ago",
    ]


def test_what_they_share_and_our_own_link_come_last() -> None:
    lan = PathView(name="lan", state=Link.DOWN, probes=(probe("dns", Verdict.FAILED),))
    shown = rows(channels_page(snapshot(paths=(lan,))))

    assert shown[-2].startswith("OK Opérateur A")
    assert shown[-1].startswith("DOWN lan dns failed no answer")


def test_warnings_and_presumptions_are_said() -> None:
    held = standing(
        "x",
        reason=Reason.NEEDS,
        facts={"component": "carrier:mobile-a"},
        presumed="carrier:mobile-a",
        warnings=(Reason.QUOTA,),
        until=moment(-600),
        aside=Reason.MAINTENANCE,
        evidence=Evidence.NONE,
    )

    shown = with_channel(snapshot(), "sms", standing=held)
    sms = rows(channels_page(shown, age_s=0.0))[0]

    assert sms.count("Opérateur A") == 1
    assert "presumed down with Opérateur A" in sms
    assert "Mind: mailbox nearly full or allowance nearly used up" in sms
    assert "holds another 10 min" in sms
    assert "in maintenance" in sms


def test_until_when_people_are_to_try_a_channel_is_said() -> None:
    shown = snapshot()
    sms, calls, *others = shown.channels
    tried = replace(sms.standing, tried_at=moment(86400.0))
    sms = replace(sms, standing=tried, test_every_s=30 * 86400.0)
    calls = replace(calls, test_every_s=86400.0)
    shown = replace(shown, channels=(sms, calls, *others))

    first, second, third, *_ = rows(channels_page(shown, "en"))

    assert "to be tried by 2026-12-23" in first
    assert "never tried" in second
    assert "tried" not in third


def test_each_strip_has_the_states_of_its_own() -> None:
    shown = snapshot("xooo")
    window = Window(NOON - timedelta(hours=24), NOON)
    down = timeline.spans(
        [change("sms", "o", "x", 7200)],
        timeline.present(shown.channel("sms").standing, NOON),
        window.start,
    )
    spans = {channel_node("sms"): down, path_node("lan"): []}

    html = channels_page(shown, over=Timelines(window=window, spans=spans))

    labels = re.findall(r'class="s-strip" role="img" aria-label="([^"]*)"', html)
    assert labels == [
        "On-call SMS: Usable for 91.7% of the time measured. Down once, for 2 h.",
        "lan: Nothing was measured in this time.",
    ]


def test_without_a_history_it_is_said_why() -> None:
    window = Window(NOON - timedelta(hours=24), NOON)

    html = channels_page(
        snapshot(), over=Timelines(window=window, missing="journal.no_history")
    )

    assert "There is no history yet." in text_of(html)


def test_problems_come_first_where_that_is_asked_for() -> None:
    shown = rows(channels_page(snapshot("o?dx"), wish=ChannelFilter(order=PROBLEMS)))

    assert [words.split()[0] for words in shown[:4]] == [
        "DOWN",
        "UNKNOWN",
        "DEGRADED",
        "OK",
    ]


def test_few_probes_are_all_seen() -> None:
    html = channels_page(many(*[Verdict.OK] * 3))

    assert html.count("<details") == 1  # in which one is looked for
    assert "p2 passed" in rows(html)[0]


def test_a_test_that_was_not_made_yet_is_called_that_and_nothing_else() -> None:
    waits = replace(probe("sip", Verdict.UNKNOWN), reason=Reason.NOT_MEASURED, at=None)

    row = rows(channels_page(with_channel(snapshot(), "sms", probes=(waits,))))[0]

    assert row.endswith("sip not tested yet")


def test_many_probes_are_folded_and_those_that_fail_are_seen() -> None:
    failing = Verdict.OK, Verdict.OK, Verdict.FAILED, Verdict.OK, Verdict.UNKNOWN
    html = channels_page(many(*failing))

    row = html[html.index("s-item-said") :]
    seen = text_of(row[: row.index("<details")])
    fold = row[row.index("<details") : row.index("</details>")]
    assert "p2 failed" in seen
    assert "p4 could not be made" in seen
    assert "p0" not in seen
    assert text_of(fold).startswith("3 more tests p0 passed")


def test_where_all_passes_all_are_folded() -> None:
    html = channels_page(many(*[Verdict.OK] * 5))

    row = html[html.index("s-item-said") :]
    assert text_of(row[row.index("<details") :]).startswith("5 tests p0 passed")


def test_a_name_leads_to_the_channel_over_the_same_time() -> None:
    html = channels_page(snapshot(), wish=ChannelFilter(days=7))

    assert 'href="channel?name=sms&amp;lang=en&amp;days=7"' in html
    assert 'href="channel?name=sms&amp;lang=en"' in channels_page(snapshot())


def test_who_may_act_gets_a_link_for_each_channel_and_component() -> None:
    html = channels_page(snapshot(), acts=True)

    assert "act?" not in channels_page(snapshot())
    assert 'href="act?lang=en&amp;subject=channel%3Asms"' in html
    assert 'href="act?lang=en&amp;subject=carrier%3Amobile-a"' in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_drawn_in_every_language(language: str) -> None:
    html = channels_page(snapshot("xd?o"), language, age_s=float("inf"))

    assert not re.search(r"[> \"](status|evidence|find|channels)\.[a-z]", html)


def test_what_comes_from_outside_is_only_text() -> None:
    shown = snapshot("xxxx")
    sms = shown.channel("sms")
    bad = replace(
        sms.probes[0], name=BAD, path=BAD, reason=Reason.AUTH, facts={"said": BAD}
    )
    held = standing("x", reason=Reason.AUTH, facts={"said": BAD})
    shown = with_channel(
        shown,
        "sms",
        label=Text(BAD),
        how=Text(BAD),
        mind=Text(BAD),
        probes=(bad,) * 5,
        standing=held,
    )
    line = replace(shown.recommendations[0], audience=BAD)
    shown = replace(
        shown, recommendations=(line,), paths=(PathView(name=BAD, state=Link.DOWN),)
    )
    window = Window(NOON - timedelta(hours=24), NOON)
    spans = {channel_node("sms"): [timeline.present(held, NOON)]}
    over = Timelines(window=window, spans=spans)

    for wish in (
        ChannelFilter(),
        ChannelFilter(text='"><script>'),
        ChannelFilter(audience=BAD),
    ):
        html = channels_page(shown, over=over, wish=wish, acts=True)

        assert "<img" not in html
        assert "<script" not in html


def test_a_probe_names_its_path_where_there_are_several() -> None:
    lan, wwan = (PathView(name=name, state=Link.OK) for name in ("lan", "4g"))
    view = snapshot().channel("sms")
    probes = tuple(replace(view.probes[0], path=name) for name in ("lan", "4g"))

    def names(*paths: PathView) -> list[str]:
        shown = with_channel(snapshot(paths=paths), "sms", probes=probes)
        return re.findall(r'"s-probe-name">(sip.*?)<', channels_page(shown))[:2]

    assert names(lan) == ["sip", "sip"]
    assert names(lan, wwan) == ["sip (lan)", "sip (4g)"]
