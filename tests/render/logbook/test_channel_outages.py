from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace
from render.entries import word
from render.snapshots import change, moment

from secours.model.observed import Reason, failed
from secours.model.snapshot import Change
from secours.render.logbook import channel_outages
from secours.render.logbook.channel_outages import ChannelOutage, KnownBy

PLAN = ("sms", "calls", "teams", "pager", "radio", "mail")
SAID = {"by": "Anne", "said": "no carrier"}


def fell(name: str, ago_s: float, **given: Any) -> Change:
    return change(name, "o", "x", ago_s, **given)


def component(name: str, ago_s: float, **given: Any) -> Change:
    return fell(name, ago_s, subject="component", **given)


def needing(name: str, component: str, ago_s: float, **given: Any) -> Change:
    facts = {"component": component}
    return fell(name, ago_s, reason=Reason.NEEDS, facts=facts, **given)


def outages(changes: Iterable[Change]) -> list[ChannelOutage]:
    return channel_outages.outages(changes, PLAN)


def known(*changes: Change) -> dict[str, KnownBy]:
    found = outages(changes)
    return {each.channel: each.known_by for each in found}


def test_each_time_a_channel_was_down_is_an_outage_with_its_cause() -> None:
    first, second = fell("sms", 900), fell("sms", 300, reason=Reason.REFUSED)
    back = change("sms", "x", "d", 600)

    found = outages([first, back, second])

    assert [(each.began, each.ended) for each in found] == [
        (first.at.utc, back.at.utc),
        (second.at.utc, None),
    ]
    assert [each.reason for each in found] == [Reason.TIMEOUT, Reason.REFUSED]


def test_outage_goes_on_while_the_channel_is_not_measured() -> None:
    changes = [
        fell("sms", 900),
        change("sms", "x", "?", 600),
        change("sms", "?", "x", 300),
        change("sms", "x", "o", 100),
    ]

    (outage,) = outages(changes)

    assert (outage.began, outage.ended) == (changes[0].at.utc, changes[3].at.utc)


def test_what_fell_with_a_component_is_known_as_that_is() -> None:
    found = known(
        component("power:grid", 60, reason=Reason.DECLARED, facts=SAID),
        needing("site:it", "power:grid", 60, subject="component"),
        needing("teams", "site:it", 60),
        component("carrier:a", 50),
        needing("sms", "carrier:a", 50),
        component("carrier:b", 40, reason=Reason.SUSPECT),
        needing("calls", "carrier:b", 40),
        needing("pager", "carrier:c + carrier:d", 30),
        fell("radio", 20, reason=Reason.DECLARED, facts=SAID),
        fell("mail", 10, reason=Reason.SUSPECT),
    )

    assert found == {
        "teams": KnownBy.DECLARED,
        "sms": KnownBy.PRESUMED,
        "calls": KnownBy.PRESUMED,
        "pager": KnownBy.PRESUMED,
        "radio": KnownBy.DECLARED,
        "mail": KnownBy.PRESUMED,
    }


def test_what_its_own_test_found_too_is_measured_and_the_cause() -> None:
    (fallen,) = outages([needing("sms", "carrier:a", 50)])
    (other,) = outages([fell("sms", 50)])
    refused = failed(Reason.REFUSED, port=5060)

    own = channel_outages.with_own_failure(fallen, lambda _: refused)

    assert (own.known_by, own.reason) == (KnownBy.MEASURED, Reason.REFUSED)
    assert own.facts == {"port": 5060}
    assert channel_outages.with_own_failure(fallen, lambda _: None) == fallen
    assert channel_outages.with_own_failure(other, lambda _: refused) == other


def test_components_that_need_each_other_end_no_search() -> None:
    found = known(
        needing("a:a", "b:b", 60, subject="component"),
        needing("b:b", "a:a", 60, subject="component"),
        needing("sms", "a:a", 60),
    )

    assert found == {"sms": KnownBy.PRESUMED}


def declared_since(ago_s: float, said_ago_s: float, dated_ago_s: float) -> list[Change]:
    """Return what is recorded of a word that dates the failure before it was said."""
    since = moment(ago_s).utc.isoformat()
    mark = word("mark", "channel:sms", "down", since=since, ago_s=said_ago_s)
    return [mark, fell("sms", dated_ago_s, reason=Reason.DECLARED, facts=SAID)]


def test_declared_outage_begins_as_declared_and_lasts_whatever_was_proved_before() -> (
    None
):
    """The order in which changes were recorded decides, not their dates."""
    for dated_ago_s in (5000, 400):  # recorded by an older engine, and by this one
        first = change("sms", "?", "o", 400)

        (outage,) = outages([first, *declared_since(5000, 180, dated_ago_s)])

        assert (outage.began, outage.ended) == (moment(5000).utc, None)
        assert outage.known_by is KnownBy.DECLARED
        assert outage.detected == moment(180).utc


def test_declared_outage_ends_when_the_word_is_withdrawn() -> None:
    """What nothing tests would else be down for ever, by a word taken back."""
    said = [word("mark", "channel:radio", "down", ago_s=900)]
    said += [fell("radio", 900, reason=Reason.DECLARED, facts=SAID)]
    untested = change("radio", "x", "?", 300)

    def ended(after: str) -> Any:
        mark = word("mark", "channel:radio", after, before="down", ago_s=300)
        return outages([*said, mark, untested])[0].ended

    assert ended("withdrawn") == untested.at.utc
    assert ended("") is None  # a word that lapsed may still be so


def test_declared_outage_begins_after_the_end_of_another_that_was_declared() -> None:
    """An outage that was not measured hides none of what a person says."""
    back = change("sms", "x", "o", 600)
    word_put_back = declared_since(5000, 180, 600)

    _, again = outages([*declared_since(900, 900, 900), back, *word_put_back])
    apart, _ = outages([fell("sms", 900), back, *word_put_back])

    assert (again.began, again.ended) == (back.at.utc, None)
    assert (apart.began, apart.known_by) == (moment(5000).utc, KnownBy.DECLARED)


def test_outage_ends_never_before_it_began() -> None:
    (outage,) = outages([fell("sms", 300), change("sms", "x", "o", 600)])

    assert outage.ended == outage.began


def test_outage_of_a_channel_ends_with_the_edit_that_dropped_it() -> None:
    edit = replace(change("fax", "?", "?", 300), after="")
    changes = [fell("fax", 900), change("fax", "x", "?", 600), edit]

    (outage,) = outages(changes)

    assert (outage.ended, outage.dropped) == (edit.at.utc, True)


def test_outage_of_a_channel_that_left_the_plan_unseen_lasts_no_longer() -> None:
    (outage,) = outages([fell("fax", 900)])

    assert (outage.ended, outage.dropped, outage.lasts) == (None, True, False)
