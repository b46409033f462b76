from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest
from brute import domino, random_plan, smallest
from plans import channel, component, line, plan, probe
from soak import share_of

from secours.core.audit.line import (
    Lack,
    LineAudit,
    Pair,
    Reach,
    cut_sets,
    examine,
    independence,
)
from secours.core.audit.plan import (
    Audit,
    Tried,
    Trying,
    Uncontrolled,
    alert_test_day,
    audit,
    national_test_day,
)
from secours.core.audit.takers import Later
from secours.core.diagnosis.identifiability import Confused, cheapest
from secours.core.graph.independent_set import independent
from secours.model.nodes import channel_node
from secours.model.observed import Evidence, Instant
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Path
from secours.model.sections.line import Purpose
from secours.model.statements import Trial

MANY = share_of(10_000)
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)


def found_in(
    config: Config,
    trials: dict[str, Trial] | None = None,
    now: datetime = NOW,
) -> Audit:
    return audit(config, now=now, trials=trials or {})


def first_line(config: Config) -> LineAudit:
    return examine(config, config.plan[0])


# ------------------------------------------------------------------ brute force


def brute_cut_sets(config: Config) -> set[frozenset[str]]:
    fallen = domino(config)
    channels = set(map(channel_node, config.channels))
    names = [*config.components, *channels]
    return smallest(names, lambda down: channels <= fallen(down))


def brute_ways(config: Config) -> int:
    fallen = domino(config)
    taken = [fallen([name]) for name in config.components]

    def apart(names: tuple[str, ...]) -> bool:
        return not any(
            channel_node(a) in gone and channel_node(b) in gone
            for gone in taken
            for a, b in combinations(names, 2)
        )

    sizes = range(len(config.channels), 0, -1)
    return next(n for n in sizes if any(map(apart, combinations(config.channels, n))))


def test_cut_sets_equal_trying_every_set() -> None:
    rng = Random(41)
    for _ in range(MANY):
        config = random_plan(rng, components=6, channels=3)

        assert cut_sets(config, list(config.channels)) == brute_cut_sets(config)


def test_cut_sets_of_large_plans_equal_trying_every_set() -> None:
    rng = Random(42)
    for _ in range(share_of(500)):
        config = random_plan(rng, components=25, channels=12)

        assert cut_sets(config, list(config.channels)) == brute_cut_sets(config)


def test_independent_ways_equal_trying_every_set_of_channels() -> None:
    rng = Random(43)
    for _ in range(MANY):
        config = random_plan(rng, components=7, channels=6)

        found = independence(config, list(config.channels))

        assert found.proven
        assert found.ways == len(found.channels) == brute_ways(config)


def test_channels_said_to_be_independent_share_nothing() -> None:
    rng = Random(44)
    for _ in range(300):
        things = [f"k{k}" for k in range(20)]
        rests_on = {
            f"c{n}": frozenset(rng.sample(things, rng.randint(0, 4)))
            for n in range(rng.randint(0, 40))
        }

        chosen = independent(rests_on).channels

        assert all(not rests_on[a] & rests_on[b] for a, b in combinations(chosen, 2))
        assert list(chosen) == [name for name in rests_on if name in chosen]


def test_ways_of_channels_that_share_nothing_with_others_add_up() -> None:
    rng = Random(46)
    for _ in range(200):
        pairs = [p for p in combinations(range(8), 2) if rng.random() < 0.4]
        rests_on = {n: frozenset(p for p in pairs if n in p) for n in range(8)}
        alone = {f"a{n}": frozenset(map(str, p)) for n, p in rests_on.items()}
        others = {
            f"b{n}": frozenset(f"{t}!" for t in map(str, p))
            for n, p in rests_on.items()
        }

        both = independent({**alone, **others})

        assert both.proven
        assert len(both.channels) == 2 * len(independent(alone).channels)


def test_a_search_that_tires_still_finds_channels_that_share_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("secours.core.graph.independent_set.PATIENCE", 3)
    rng = Random(45)
    rests_on = {
        f"c{n}": frozenset(f"k{k}" for k in rng.sample(range(150), 3))
        for n in range(200)
    }

    found = independent(rests_on)

    assert not found.proven
    assert len(found.channels) > 30
    assert all(
        not rests_on[a] & rests_on[b] for a, b in combinations(found.channels, 2)
    )


# ------------------------------------------------------------------ a line

FALSE_REDUNDANCY = (
    component("internet:fibre"),
    component("provider:meta"),
    component("cloud:aws", "internet:fibre"),
    channel("whatsapp", "provider:meta", "internet:fibre"),
    channel("messenger", "provider:meta", "internet:fibre"),
    channel("slack", "cloud:aws", "internet:fibre"),
    channel("signal", "cloud:aws", "internet:fibre"),
)


def test_four_channels_of_two_providers_are_two_ways_and_one_access() -> None:
    found = first_line(plan(*FALSE_REDUNDANCY)).independence

    assert found.ways == 1
    assert (found.by_providers, found.by_access) == (2, 1)
    assert found.by_class == {"cloud": 3, "internet": 1, "provider": 3}
    assert found.limited_by == ("internet",)


def test_what_takes_every_channel_is_a_single_point_of_failure() -> None:
    found = found_in(plan(*FALSE_REDUNDANCY))

    assert found.lines[0].single_points == ("internet:fibre",)
    assert found.lines[0].cut_sets == (
        ("internet:fibre",),
        ("provider:meta", "cloud:aws"),
    )
    assert not found.sound


def test_a_second_access_leaves_pairs_only() -> None:
    config = plan(
        component("internet:fibre"),
        component("carrier:a"),
        component("provider:meta"),
        channel("whatsapp", "provider:meta", ["internet:fibre", "carrier:a"]),
        channel("sms", "carrier:a"),
    )

    found = found_in(config)

    assert found.sound
    assert found.lines[0].single_points == ()
    assert found.lines[0].cut_sets == (
        ("internet:fibre", "carrier:a"),
        ("carrier:a", "provider:meta"),
    )
    assert found.lines[0].independence.channels == ("whatsapp", "sms")


def test_a_line_of_one_channel_has_that_channel_as_its_single_point() -> None:
    found = first_line(plan(component("carrier:a"), channel("sms", "carrier:a")))

    assert found.single_points == ("carrier:a", "channel:sms")
    assert found.cut_sets == (("carrier:a",),)
    assert found.cut_sets_with_channels == (("channel:sms",),)


def test_a_channel_failing_by_itself_is_listed_apart() -> None:
    config = plan(component("carrier:a"), channel("sms", "carrier:a"), channel("bell"))

    found = first_line(config)

    assert found.cut_sets == ()
    assert found.cut_sets_with_channels == (
        ("carrier:a", "channel:bell"),
        ("channel:sms", "channel:bell"),
    )


def test_a_battery_makes_of_a_single_point_a_later_one() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=7200.0),
        component("carrier:b", "power:grid", autonomy_s=14400.0),
        channel("sms", "carrier:a"),
        channel("voice", "carrier:b"),
    )

    found = found_in(config)

    assert found.sound
    assert found.lines[0].single_points_later == (
        Later(component="power:grid", after_s=14400.0),
    )
    assert found.lines[0].tiers == (
        Pair(
            first="primary",
            second="alternate",
            channels=("sms", "voice"),
            shares=(),
            shares_later=("power:grid",),
        ),
    )


def test_tiers_that_one_failure_takes_both_are_named() -> None:
    found = first_line(plan(*FALSE_REDUNDANCY))

    assert [(p.first, p.second, p.shares) for p in found.tiers] == [
        ("primary", "alternate", ("internet:fibre", "provider:meta")),
        ("alternate", "contingency", ("internet:fibre",)),
        ("contingency", "emergency", ("internet:fibre", "cloud:aws")),
    ]
    assert [(p.first, p.second) for p in found.steps] == [
        ("whatsapp", "messenger"),
        ("messenger", "slack"),
        ("slack", "signal"),
    ]


def test_a_tier_of_several_falls_only_with_what_takes_all_of_it() -> None:
    config = plan(
        *(component(f"carrier:{name}") for name in "ab"),
        *(channel(name) for name in ("one", "two", "three")),
        channel("sms", "carrier:a"),
        channel("voice", "carrier:a"),
        channel("paper", "carrier:b"),
        line("one", "two", "sms", "voice", "paper"),
    )

    found = first_line(config)

    assert found.tiers[-1].shares == ()
    assert Pair(
        first="sms",
        second="voice",
        channels=("sms", "voice"),
        shares=("carrier:a",),
        shares_later=(),
    ) in (found.steps)


def test_a_channel_that_lacks_what_the_line_requires_does_not_count() -> None:
    config = plan(
        channel("signal", traits={"e2e": "yes", "sla": "no"}),
        channel("mail", traits={"e2e": "optional"}),
        channel("bell", purposes=frozenset({Purpose.ALERT}), traits={"e2e": "yes"}),
        line("signal", "mail", "bell", require=("e2e",)),
    )

    found = first_line(config)

    assert found.channels == ("signal",)
    assert found.lacking == (
        Lack(channel="mail", lacks="e2e"),
        Lack(channel="bell", lacks="coordinate"),
    )
    assert found.traits_missing == ("sla",)


def test_a_line_that_alerts_had_better_wake_people() -> None:
    app = channel("app", traits={"wakes_people": "no"})
    alert = line("app", purpose=Purpose.ALERT)

    assert first_line(plan(app, alert)).traits_missing == ("wakes_people",)
    assert first_line(plan(app)).traits_missing == ()


def test_what_all_may_know_need_be_neither_encrypted_nor_wake_people() -> None:
    traits = {"e2e": "no", "wakes_people": "no", "sla": "no"}
    site = channel("site", traits=traits, purposes=frozenset(Purpose))
    informs = line("site", purpose=Purpose.INFORM)

    assert first_line(plan(site, informs)).traits_missing == ("sla",)
    assert first_line(plan(site)).traits_missing == ("e2e", "sla")


def test_it_says_what_share_of_the_audience_a_channel_reaches() -> None:
    app = channel("app", reaches={"management": 0.8, "staff": 0.2})

    assert first_line(plan(app, channel("sms"))).reaches == (
        Reach(channel="app", share=0.8),
        Reach(channel="sms", share=None),
    )


def test_what_an_internet_access_hangs_on_is_access_too() -> None:
    config = plan(
        component("carrier:fixed"),
        component("internet:fibre", "carrier:fixed"),
        channel("teams", "internet:fibre"),
        channel("voip", "carrier:fixed"),
    )

    found = first_line(config).independence

    assert (found.by_providers, found.by_access) == (2, 1)


# ------------------------------------------------------------------ the probes

META = (
    component("provider:meta"),
    component("service:whatsapp"),
    channel("whatsapp", "service:whatsapp", "provider:meta"),
)


def test_with_one_channel_on_it_a_provider_looks_like_its_service() -> None:
    found = found_in(plan(*META)).indistinguishable

    assert found == (
        Confused(
            components=("provider:meta", "service:whatsapp"),
            probe_at="provider:meta",
            parts=(("provider:meta",), ("service:whatsapp",)),
        ),
    )


def test_a_second_channel_of_the_provider_parts_the_two_when_it_is_probed() -> None:
    probed = channel("messenger", "provider:meta")
    silent = channel("messenger", "provider:meta", probes=())

    assert found_in(plan(*META, probed)).indistinguishable == ()
    assert found_in(plan(*META, silent)).indistinguishable[0].probe_at == (
        "channel:messenger"
    )


def test_a_probe_through_a_path_sees_what_the_path_needs() -> None:
    via = channel("mail", "site:it", probes=(probe("mail", via="lan"),))
    seen = plan(
        component("internet:fibre"),
        component("site:it"),
        via,
        channel("fax", "internet:fibre", probes=()),
        Path(name="lan", needs=(("internet:fibre",),)),
    )

    found = found_in(seen)

    assert [each.components for each in found.indistinguishable] == [
        ("internet:fibre", "site:it")
    ]


def test_references_of_a_path_tell_it_from_what_is_behind_it() -> None:
    reference = probe("lan", "tls", id="paths/lan/tls")
    config = plan(
        component("internet:fibre"),
        component("site:it"),
        channel("mail", "site:it", "internet:fibre"),
        Path(name="lan", needs=(("internet:fibre",),), references=(reference,)),
    )

    assert found_in(config).indistinguishable == ()


def test_an_alternative_that_fails_alone_goes_unseen() -> None:
    config = plan(
        component("internet:fibre"),
        component("carrier:a", probes=(probe("carrier:a"),)),
        component("vendor:elsewhere"),
        channel("signal", ["internet:fibre", "carrier:a"]),
    )

    assert found_in(config).unseen == ("internet:fibre",)


def test_what_somebody_only_says_of_itself_tells_nothing_apart() -> None:
    hint = probe("provider:meta", hint=True)
    config = plan(
        component("provider:meta", probes=(hint,)),
        component("service:whatsapp"),
        channel("whatsapp", "service:whatsapp", "provider:meta"),
    )

    assert len(found_in(config).indistinguishable) == 1


def test_the_cheapest_probe_parts_two_suspects() -> None:
    config = plan(
        component("sat:iridium"),
        component("provider:meta"),
        channel("both", "sat:iridium", "provider:meta"),
        channel("satphone", "sat:iridium", probes=()),
    )
    suspects = [frozenset({"sat:iridium"}), frozenset({"provider:meta"})]

    assert cheapest(config, suspects) == "provider:meta"
    assert cheapest(config, suspects[:1]) is None


def test_a_channel_whose_probes_prove_no_more_than_an_answer_is_named() -> None:
    ping = probe("bridge", best=Evidence.REACHED)
    config = plan(
        channel("bridge", probes=(ping,)),
        channel("mail", probes=(probe("mail", best=Evidence.AUTHENTICATED),)),
        channel("radio", probes=()),
    )

    weak = found_in(config).weak_evidence

    assert [(proof.channel, proof.best) for proof in weak] == [("bridge", "reached")]


# ------------------------------------------------------------------ unknown needs


def unknown_needs(name: str, **options: Any) -> Channel:
    return channel(name, needs_known=False, **options)


def test_channels_that_declare_nothing_are_no_independent_ways() -> None:
    found = found_in(plan(*map(unknown_needs, ("pbx", "mail", "radio"))))

    (line,) = found.lines
    assert line.needs_unknown == ("pbx", "mail", "radio")
    assert (line.independence.ways, line.independence.channels) == (0, ())
    assert not found.sound


def test_a_channel_that_declares_nothing_falls_with_every_component() -> None:
    config = plan(
        component("carrier:x"),
        component("sat:y"),
        component("power:grid"),
        channel("sms", "carrier:x"),
        unknown_needs("radio", autonomy_s=3600.0),
        channel("satphone", "sat:y"),
    )

    alone = examine(config, line("sms", "radio"))
    three = examine(config, line("sms", "radio", "satphone"))

    assert alone.single_points == ("carrier:x",)
    assert alone.steps[0].shares == ("carrier:x",)
    assert three.single_points == ()
    assert three.cut_sets == (("carrier:x", "sat:y"),)
    assert three.independence.channels == ("sms", "satphone")
    assert three.independence.by_class == {}
    assert not found_in(config).sound


def test_what_is_declared_to_need_nothing_is_named_and_counts() -> None:
    config = plan(component("carrier:x"), channel("sms", "carrier:x"), channel("feet"))

    found = found_in(config)

    (said,) = found.lines
    assert (said.needs_none, said.needs_unknown) == (("feet",), ())
    assert said.independence.channels == ("sms", "feet")
    assert found.sound


def test_what_a_test_would_notice_does_not_rest_on_what_nobody_declared() -> None:
    config = plan(
        component("carrier:x"),
        channel("sms", "carrier:x", probes=()),
        unknown_needs("radio"),
    )

    assert found_in(config).unseen == ("carrier:x",)


# ------------------------------------------------------------------ people


def test_a_channel_that_its_probes_never_prove_is_to_be_tried_by_people() -> None:
    ping = probe("bridge", best=Evidence.REACHED)
    config = plan(channel("bridge", probes=(ping,)), channel("mail"))

    assert [trying.channel for trying in found_in(config).tests] == ["bridge"]


def tried(days: float, *, worked: bool = True) -> dict[str, Trial]:
    at = Instant(NOW - timedelta(days=days), 0.0)
    return {"radio": Trial(channel="radio", worked=worked, by="Anne", at=at)}


def radio() -> Channel:
    return channel("radio", probes=(), test_every_s=7 * 86400.0)


@pytest.mark.parametrize(
    ("days", "standing"),
    [(1, "fresh"), (7, "fresh"), (8, "due"), (11, "overdue"), (15, "unknown")],
)
def test_a_test_by_people_ages(days: float, standing: Tried) -> None:
    found = found_in(plan(radio()), trials=tried(days))

    assert found.tests == (
        Trying(
            channel="radio",
            every_s=7 * 86400.0,
            standing=standing,
            tried_at=NOW - timedelta(days=days),
            worked=True,
        ),
    )


def test_a_channel_that_nobody_ever_tried_or_probes_is_named() -> None:
    config = plan(radio(), channel("bell", probes=()), channel("sms"))

    assert [(t.channel, t.standing) for t in found_in(config).tests] == [
        ("radio", "never"),
        ("bell", "never"),
    ]


def test_a_test_that_did_not_work_is_told() -> None:
    found = found_in(plan(radio()), trials=tried(1, worked=False))

    assert found.tests[0].worked is False


@pytest.mark.parametrize(
    ("after", "day"),
    [
        (date(2026, 9, 20), date(2026, 10, 1)),
        (date(2026, 10, 1), date(2026, 10, 1)),
        (date(2026, 10, 2), date(2026, 11, 5)),
        (date(2026, 12, 31), date(2027, 1, 7)),
    ],
)
def test_be_alert_is_tested_on_the_first_thursday(after: date, day: date) -> None:
    assert alert_test_day(after) == day


def test_be_alert_is_given_its_day() -> None:
    config = plan(
        component("gov:be-alert"), channel("alert", "gov:be-alert", probes=())
    )

    (test,) = found_in(config).tests

    assert (test.proposed, test.national) == (date(2026, 10, 1), date(2026, 10, 1))


@pytest.mark.parametrize(
    ("after", "day"),
    [
        (date(2026, 10, 1), date(2026, 10, 1)),
        (date(2026, 10, 2), date(2027, 10, 7)),
        (date(2026, 11, 24), date(2027, 10, 7)),
    ],
)
def test_the_whole_country_is_tested_on_the_first_thursday_of_october(
    after: date, day: date
) -> None:
    assert national_test_day(after) == day


def test_what_people_do_not_use_every_day_is_named_apart_from_what_nobody_said() -> (
    None
):
    config = plan(
        channel("satphone", traits={"daily": "no"}),
        channel("mail", traits={"daily": "yes"}),
        channel("radio", traits={"daily": "unknown"}),
        channel("bell"),
    )

    found = found_in(config)

    assert found.not_daily == ("satphone",)
    assert found.daily_unknown == ("radio", "bell")


def test_a_means_that_the_institution_does_not_control_is_labelled() -> None:
    config = plan(
        channel("whatsapp", traits={"managed": "no", "sla": "no"}),
        channel("mail", traits={"managed": "yes", "sla": "no"}),
        channel("radio", traits={"managed": "unknown"}),
    )

    assert found_in(config).uncontrolled == (
        Uncontrolled(channel="whatsapp", lacks=("managed", "sla")),
        Uncontrolled(channel="mail", lacks=("sla",)),
    )


def test_what_the_plan_promises_of_each_channel_is_in_the_audit() -> None:
    (promise,) = found_in(plan(channel("sms"))).promises

    assert (promise.channel, promise.confirm, promise.own) == ("sms", 2, False)
