"""A site as others see it: what it says of itself, and what that rests on."""

from typing import Any

import pytest
from msgspec.structs import replace
from plans import channel, component, fold, line, moment, plan, probe, result, shot

from secours.core.events import Said
from secours.core.sites.own_view import known_state, own_view
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, Path
from secours.model.sections.line import Line, Purpose
from secours.model.sites.membership import Shares, Sites
from secours.model.sites.views import SharedPart, SiteState, SiteView
from secours.model.snapshot import Link
from secours.model.statements import Declared, Mark, Pin

META = component("provider:meta")


def town(*parts: Channel | Component | Line | Path, **options: Any) -> Config:
    settings: dict[str, Any] = {
        "name": "dison",
        "hub": ("nats://127.0.0.1:4222",),
        **options,
    }
    return replace(plan(*parts), sites=Sites(**settings))


def seen(config: Config, *states: str, marks: tuple[Mark, ...] = ()) -> SiteView:
    """Return our view after each `name letter`, twice so that it is confirmed."""
    events = [
        result(state[:-2], state[-1], second)
        for second in (1.0, 2.0)
        for state in states
    ]
    said = [Said(word=mark, at=moment(3.0)) for mark in marks]
    return own_view(config, shot(config, fold(config, *events, *said)))


def part(view: SiteView, name: str = "provider:meta") -> SharedPart:
    (found,) = (each for each in view.parts if each.name == name)
    return found


def said_of(each: SharedPart) -> tuple[bool, bool, bool]:
    return each.works, each.fails, each.suspected


def word(name: str, says: Declared) -> Mark:
    return Mark(subject=name, says=says, by="Ana", why="", at=moment(3.0))


def test_what_works_through_a_component_proves_it_with_its_age() -> None:
    view = seen(town(META, channel("whatsapp", "provider:meta")), "whatsapp o")

    found = part(view)

    assert said_of(found) == (True, False, False)
    assert found.proved_s == 0.0


@pytest.mark.parametrize(
    ("fibre", "shared"),
    [((), ()), (("power:grid",), (("power:grid, Liège",),))],
    ids=["our own line", "power of the region"],
)
def test_failure_behind_our_lost_link_is_of_what_took_the_link(
    fibre: tuple[str, ...], shared: tuple[tuple[str, ...], ...]
) -> None:
    reference = probe("lan", "dns", id="paths/lan/dns", via="lan")
    lan = Path(name="lan", needs=(("internet:fibre",),), references=(reference,))
    parts = component("internet:fibre", *fibre), component("power:grid"), META
    teams = channel("teams", "provider:meta", "internet:fibre")
    config = town(*parts, lan, teams, region="Liège")

    up = seen(config, "teams x", "path lan/dns o")
    cut = seen(config, "teams x", "path lan/dns x")

    assert cut.own_link is Link.DOWN
    assert ("provider:meta",) in up.channels[0].needs
    assert cut.channels[0].failed_s is not None
    assert cut.channels[0].needs == shared


@pytest.mark.parametrize(
    ("down", "needs"),
    [
        ("site:it", ()),
        ("provider:meta", (("provider:meta",),)),
        ("channel:whatsapp", ()),
    ],
)
def test_channel_without_a_failed_test_accuses_only_what_it_fell_with(
    down: str, needs: tuple[tuple[str, ...], ...]
) -> None:
    config = town(
        *(META, component("cloud:azure"), component("site:it")),
        channel("whatsapp", "provider:meta", "cloud:azure", "site:it"),
    )

    view = seen(config, "whatsapp o", marks=(word(down, Declared.DOWN),))

    assert view.channels[0].failed_s is not None
    assert view.channels[0].needs == needs


def test_hint_that_fails_is_no_failed_test_of_a_channel_said_to_be_down() -> None:
    status = probe("whatsapp", "statuspage", hint=True)
    probes = probe("whatsapp"), status
    config = town(META, channel("whatsapp", "provider:meta", probes=probes))
    said = word("channel:whatsapp", Declared.DOWN)

    view = seen(config, "whatsapp o", "whatsapp/statuspage x", marks=(said,))

    assert view.channels[0].failed_s is not None
    assert view.channels[0].needs == ()


def test_channel_that_fails_its_test_accuses_all_its_needs_whatever_people_say() -> (
    None
):
    config = town(META, channel("whatsapp", "provider:meta"))
    said = word("channel:whatsapp", Declared.DOWN)

    view = seen(config, "whatsapp x", marks=(said,))

    assert view.channels[0].needs == (("provider:meta",),)


def test_what_works_badly_proves_nothing_though_its_proof_is_young() -> None:
    config = town(META, channel("whatsapp", "provider:meta"))
    worked = result("whatsapp", "o", 1)
    weak = [result("whatsapp", "d", second) for second in (2, 3)]

    before = own_view(config, shot(config, fold(config, worked)))
    after = own_view(config, shot(config, fold(config, worked, *weak)))

    assert said_of(part(before)) == (True, False, False)
    assert said_of(part(after)) == (False, False, False)


def test_what_has_an_alternative_is_proved_by_nothing() -> None:
    config = town(
        META, component("cloud:x"), channel("chat", ["provider:meta", "cloud:x"])
    )

    assert not part(seen(config, "chat o")).works


def test_the_only_component_to_blame_fails_here() -> None:
    config = town(META, channel("whatsapp", "provider:meta"), channel("phone"))

    found = part(seen(config, "whatsapp x", "phone o"))

    assert said_of(found) == (False, True, False)
    assert found.failed_s == 1.0  # since the first failure, not its confirmation


def test_one_of_several_to_blame_is_suspected_only() -> None:
    config = town(
        META, component("site:lan"), channel("whatsapp", "provider:meta", "site:lan")
    )

    found = part(seen(config, "whatsapp x"))

    assert said_of(found) == (False, False, True)
    assert not found.common


def test_several_to_blame_that_others_have_too_are_common() -> None:
    needs = ("provider:meta", "service:whatsapp")
    config = town(META, component("service:whatsapp"), channel("whatsapp", *needs))

    view = seen(config, "whatsapp x")

    assert [each.common for each in view.parts] == [True, True]
    assert not any(each.fails for each in view.parts)


def test_a_word_alone_is_no_failure_and_no_proof() -> None:
    config = town(META, channel("whatsapp", "provider:meta"))

    down = part(seen(config, "whatsapp o", marks=(word(META.name, Declared.DOWN),)))
    up = part(seen(config, marks=(word("channel:whatsapp", Declared.UP),)))

    assert said_of(down) == said_of(up) == (False, False, False)


def test_its_own_probes_say_that_it_fails_whatever_people_say_too() -> None:
    probed = component("provider:meta", probes=(probe("provider:meta"),))
    config = town(probed, channel("whatsapp", "provider:meta"))

    found = part(
        seen(config, "provider:meta x", marks=(word(META.name, Declared.DOWN),))
    )

    assert found.fails


def test_a_hint_proves_nothing() -> None:
    hint = channel(
        "whatsapp", "provider:meta", probes=(probe("whatsapp", "tcp", hint=True),)
    )

    assert not part(seen(town(META, hint), "whatsapp o")).works


def test_each_path_has_its_own_proof() -> None:
    over = [probe("whatsapp", name, via=name) for name in ("fibre", "mobile")]
    config = town(
        META,
        Path(name="fibre"),
        Path(name="mobile"),
        channel("whatsapp", "provider:meta", probes=tuple(over)),
    )
    view = seen(config, "whatsapp/fibre o", "whatsapp/mobile o")

    assert {each.path: each.works for each in view.parts} == {
        "fibre": True,
        "mobile": True,
    }


def test_what_a_path_needs_is_proved_by_what_passes_over_it() -> None:
    config = town(
        component("carrier:a"),
        Path(name="mobile", needs=(("carrier:a",),)),
        channel("mail", probes=(probe("mail", via="mobile"),)),
    )

    assert part(seen(config, "mail o"), "carrier:a").works


def test_a_channel_needs_what_it_cannot_do_without_of_what_is_shared() -> None:
    config = town(
        component("cloud:x"),
        component("carrier:a", "power:grid"),
        component("carrier:b"),
        component("power:grid"),
        component("site:lan"),
        channel("sms", "carrier:a", "site:lan"),
        channel("either", ["carrier:a", "carrier:b"]),
        channel("spared", ["cloud:x", "site:lan"]),
        channel("secret", "carrier:a", needs_known=False),
        region="Verviers",
    )

    needs = {each.name: each.needs for each in seen(config).channels}

    assert needs == {
        "sms": (("carrier:a",), ("power:grid, Verviers",)),
        "either": (("carrier:a", "carrier:b"), ("carrier:b", "power:grid, Verviers")),
        "spared": (),
        "secret": (),
    }


def test_a_battery_that_holds_needs_no_power() -> None:
    config = town(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=3600.0),
        channel("sms", "carrier:a"),
        region="Verviers",
    )

    (sms,) = seen(config).channels

    assert sms.needs == (("carrier:a",),)


@pytest.mark.parametrize(
    ("states", "state"),
    [
        pytest.param(("sms o", "mail o"), SiteState.PRIMARY, id="primary"),
        pytest.param(("sms x", "mail o"), SiteState.FALLBACK, id="fallback"),
        pytest.param(("sms x", "mail x"), SiteState.NOTHING_LEFT, id="nothing-left"),
    ],
)
def test_the_state_is_that_of_recommend(
    states: tuple[str, ...], state: SiteState
) -> None:
    assert seen(town(channel("sms"), channel("mail")), *states).known is state


def test_whose_own_link_is_down_says_so_first() -> None:
    config = town(channel("sms"))
    now = shot(config, fold(config, result("sms", "o", 1.0)))

    assert known_state(replace(now, own_link=Link.DOWN)) is SiteState.OWN_LINK
    assert known_state(replace(now, recommendations=())) is None


@pytest.mark.parametrize(
    ("mail", "state", "used"),
    [
        pytest.param("o", SiteState.FALLBACK, "mail", id="another"),
        pytest.param("x", SiteState.NOTHING_LEFT, None, id="nothing-left"),
    ],
)
def test_a_pin_on_what_is_down_hides_neither_the_answer_nor_that_there_is_none(
    mail: str, state: SiteState, used: str | None
) -> None:
    config = town(channel("sms"), channel("mail"))
    pin = Pin(line=config.plan[0].name, channel="sms", by="Ann", at=moment(1))
    tests = (result("sms", "x", 1.0), result("mail", mail, 1.0)) * 4
    memory = fold(config, *tests, Said(word=pin, at=moment(1)))

    view = own_view(config, shot(config, memory))

    assert (view.known, view.lines[0].use) == (state, used)


def test_it_says_what_each_line_uses_and_which_channels_it_has() -> None:
    config = town(
        channel("sms", kind="sms", purposes=frozenset({Purpose.ALERT})),
        line("sms", purpose=Purpose.ALERT),
    )

    view = seen(config, "sms o")

    (used,), (sms,) = view.lines, view.channels
    assert (used.use, used.kind, used.rank, used.verified) == ("sms", "sms", 1, True)
    assert (sms.usable, sms.purposes, sms.failed_s) == (True, (Purpose.ALERT,), None)


def test_its_channels_stand_in_the_order_to_try_them() -> None:
    config = town(
        *(channel(name) for name in ("spare", "sms", "teams", "chat")),
        line("sms", "teams", purpose=Purpose.ALERT),
        line("chat", "teams"),
    )

    names = [each.name for each in seen(config, "sms o").channels]

    assert names == ["chat", "teams", "sms", "spare"]


def test_what_informs_the_population_comes_after_what_reaches_us() -> None:
    lines = [
        line("site", purpose=Purpose.INFORM),
        line("sms", purpose=Purpose.ALERT),
        line("chat", purpose=Purpose.COORDINATE),
    ]
    view = seen(town(channel("site"), channel("sms"), channel("chat"), *lines))

    assert [each.name for each in view.channels] == ["chat", "sms", "site"]


def test_what_is_set_aside_is_not_usable() -> None:
    marks = (word("channel:sms", Declared.DISTRUSTED),)

    (sms,) = seen(town(channel("sms")), "sms o", marks=marks).channels

    assert not sms.usable


def test_only_what_is_shared_is_said() -> None:
    parts = (META, channel("whatsapp", "provider:meta"))
    states = seen(town(*parts, share=(Shares.STATES,)), "whatsapp o")
    lines = seen(town(*parts, share=(Shares.RECOMMENDATION,)), "whatsapp o")

    assert states.parts
    assert states.channels
    assert not states.lines
    assert lines.lines
    assert not lines.parts
    assert not lines.channels


def test_a_site_by_itself_has_no_view() -> None:
    config = plan(channel("sms"))

    with pytest.raises(ValueError, match="by itself"):
        own_view(config, shot(config, fold(config)))
