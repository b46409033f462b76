"""What works although its need was called down still rests on it and its needs."""

from msgspec.structs import replace
from plans import channel, component, fold, line, moment, plan, probe, result, shot

from secours.core.events import Event, Said
from secours.core.memory import Memory
from secours.model.plan import Config
from secours.model.snapshot import Backup
from secours.model.statements import Declared, Mark

FIBRE, MOBILE, SITE = "internet:fibre", "carrier:a", "site:it"


def backup(memory: Memory, config: Config) -> Backup:
    found = shot(config, memory).recommendations[0].backup
    assert found is not None
    return found


def marked_down(second: float) -> Said:
    at = moment(second)
    word = Mark(subject=FIBRE, says=Declared.DOWN, by="Ann", at=at)
    return Said(word=word, at=at)


def wired(*needs: str) -> Config:
    """Return mail and Teams over the fibre, and mobile channels, of which none do."""
    fibre = component(FIBRE, *needs, probes=(probe(FIBRE),))
    return plan(
        component(SITE),
        fibre,
        component(MOBILE),
        *(channel(name, FIBRE) for name in ("mail", "teams")),
        channel("sms", MOBILE),
        line("mail", "teams", "sms"),
        failback_after_s=60.0,
    )


def answering(config: Config, *seconds: float) -> list[Event]:
    return [result(n, "o", second) for second in seconds for n in config.channels]


def test_what_both_work_over_is_shared_though_its_own_probe_fails() -> None:
    config = wired()
    contradicted = [result(FIBRE, "x", second) for second in (10, 15)]
    fine = [result(FIBRE, "o", 1), *answering(config, 1)]

    memory = fold(config, *fine, *contradicted, *answering(config, 20, 50, 79, 90))

    assert memory.contradictions == {(FIBRE, "mail"), (FIBRE, "teams")}
    assert backup(memory, config).channel == "sms"
    assert backup(memory, config).skipped == {"teams": (FIBRE,)}


def test_what_a_failed_probe_hides_beneath_it_is_still_shared() -> None:
    config = wired(SITE)
    sms = channel("sms", SITE)
    config = replace(config, channels={**config.channels, "sms": sms})
    contradicted = [result(FIBRE, "x", second) for second in (10, 15)]
    fine = [result(FIBRE, "o", 1), *answering(config, 1)]

    memory = fold(config, *fine, *contradicted, *answering(config, 20, 50, 79, 90))

    found = backup(memory, config)
    assert (found.channel, found.independent) == ("teams", False)
    assert found.shares == (SITE, FIBRE)


def test_a_word_that_what_works_contradicts_makes_nothing_independent() -> None:
    config = wired()
    fine = [result(FIBRE, "o", 1), *answering(config, 1)]

    memory = fold(config, *fine, marked_down(10), *answering(config, 20, 50, 79, 90))

    assert backup(memory, config).skipped == {"teams": (FIBRE,)}


def test_each_way_that_may_still_stand_is_shared() -> None:
    """Both are called down and Teams works: it stands on one of them."""
    down = [
        result(name, "x", second) for second in (10, 15) for name in (FIBRE, MOBILE)
    ]
    probed = (component(name, probes=(probe(name),)) for name in (FIBRE, MOBILE))
    config = plan(*probed, channel("teams", [FIBRE, MOBILE]), channel("sms", MOBILE))
    fine = [result(FIBRE, "o", 1), result(MOBILE, "o", 1), *answering(config, 1)]

    memory = fold(config, *fine, *down, *answering(config, 20))

    assert backup(memory, config).shares == (MOBILE,)


def test_what_is_borne_by_batteries_shares_no_mains_that_are_down() -> None:
    config = plan(
        component("power:grid", probes=(probe("power:grid"),)),
        *(channel(n, "power:grid", autonomy_s=3600.0) for n in ("sms", "mail")),
    )
    fine = [result("power:grid", "o", 1), *answering(config, 1)]
    cut = [result("power:grid", "x", second) for second in (10, 15)]

    memory = fold(config, *fine, *cut, *answering(config, 20))

    assert backup(memory, config).independent
    assert backup(memory, config).shares_later == ()
