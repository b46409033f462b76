import re

import pytest
from msgspec.structs import replace
from render.snapshots import (
    change,
    moment,
    snapshot,
    standing,
    suspecting,
    with_channel,
)

from secours.languages import LANGUAGES
from secours.model.observed import Evidence, Reason
from secours.model.plan import Text
from secours.model.snapshot import Explained, Link
from secours.render.pages.status import status_html


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def owners(html: str) -> list[str]:
    return [
        text_of(part)
        for part in re.findall(r'<article class="s-owner">.*?</article>', html, re.S)
    ]


def test_every_channel_has_state_reason_proof_and_its_probes() -> None:
    shown = owners(status_html(snapshot("xdo?"), "en", age_s=4.0))

    assert shown[:4] == [
        "On-call SMS DOWN no answer within 10 s · for 3 min"
        " How: Envoyer au groupe ASTREINTE"
        " sip failed no answer within 10 s · 9 s ago",
        "Voice calls DEGRADED slow: answered in 4.2 s, limit 2 s · for 3 min"
        " the service answers, 9 s ago How: Composer le 4711, code sur la fiche"
        " sip degraded slow: answered in 4.2 s, limit 2 s · 9 s ago",
        "Pager OK for 3 min the service answers, 9 s ago"
        " How: Console des bips, groupe 3 sip passed answered in 42 ms · 9 s ago",
        "Runner on foot UNKNOWN no automatic test · for 3 min"
        " How: Bureau 12, liste rouge"
        " sip could not be made no automatic test · 9 s ago",
    ]


def test_what_to_use_comes_before_the_channels() -> None:
    text = text_of(status_html(snapshot("xooo"), "fr", age_s=4.0))

    assert text.index("À utiliser maintenant") < text.index("Canaux")
    assert "ALERTER 2e choix Appels vocaux" in text


def test_our_own_link_and_the_example_are_said() -> None:
    shown = snapshot(own_link=Link.DOWN, example=True, trouble=("disk",))
    text = text_of(status_html(shown, "en", age_s=4.0))

    assert text.index("OUR OWN LINK IS DOWN") < text.index("Use now")
    assert "EXAMPLE PLAN" in text
    assert "Disk error" in text


def test_a_refused_plan_says_where_its_mistake_is() -> None:
    shown = snapshot(config_error="probes.yaml:3:1: no such kind")

    assert "probes.yaml:3:1: no such kind" in status_html(shown, "en", age_s=4.0)


def test_all_suspects_are_listed_and_none_is_guessed() -> None:
    found = (("carrier:mobile-a",), ("channel:sms", "channel:calls"))
    group = Explained(channels=("calls", "sms"), suspects=found)
    shown = suspecting(snapshot(), group)

    assert (
        "Likely failure Opérateur A or the channel On-call SMS alone"
        " + the channel Voice calls alone (explains: Voice calls, On-call SMS)"
    ) in text_of(status_html(shown, "en", age_s=4.0))


def test_what_is_known_down_and_what_nothing_explains_are_said_apart() -> None:
    groups = (
        Explained(
            channels=("calls", "sms", "teams"),
            suspects=(("carrier:mobile-a",),),
            unexplained=("teams",),
        ),
        Explained(channels=("path:lan",), unexplained=("path:lan",)),
    )
    shown = suspecting(snapshot(known_down=("power:grid",)), *groups)

    assert (
        "Likely failure known down: grid"
        " Opérateur A (explains: Voice calls, On-call SMS); unexplained: Teams"
        " unexplained: the path lan"
    ) in text_of(status_html(shown, "en", age_s=4.0))


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
    shown = status_html(with_channel(snapshot(), "sms", standing=held), "en", age_s=0.0)

    sms = owners(shown)[0]
    assert "depends on Opérateur A, down" in sms
    assert "presumed down with Opérateur A" in sms
    assert "Mind: mailbox or allowance nearly full" in sms
    assert "holds another 10 min" in sms
    assert "in maintenance" in sms


def test_the_latest_changes_are_listed() -> None:
    shown = snapshot(changes=(change("sms", "o", "x", 60),))

    assert "03:13:07 On-call SMS OK → DOWN no answer within 10 s" in text_of(
        status_html(shown, "en", age_s=4.0)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_drawn_in_every_language(language: str) -> None:
    html = status_html(snapshot("xd?o"), language, age_s=float("inf"))

    assert "status." not in html
    assert "evidence." not in html


def test_a_hostile_banner_is_only_text() -> None:
    bad = "<img src=x onerror=alert(1)>"
    shown = snapshot("xxxx")
    sms = shown.channel("sms")
    probe = replace(
        sms.probes[0], name=bad, path=bad, reason=Reason.AUTH, facts={"said": bad}
    )
    shown = with_channel(
        shown,
        "sms",
        label=Text(bad),
        how=Text(bad),
        probes=(probe,),
        standing=standing("x", reason=Reason.AUTH, facts={"said": bad}),
    )
    group = Explained(channels=(bad,), suspects=((bad,),), unexplained=(bad,))
    shown = suspecting(replace(shown, config_error=bad, known_down=(bad,)), group)

    assert "<img" not in status_html(shown, "en", age_s=4.0)


def test_that_marks_may_be_lost_is_said_first() -> None:
    shown = snapshot(words_lost=True)

    text = text_of(status_html(shown, "en", age_s=4.0))

    assert text.index("What people declared may be lost") < text.index("Use now")
