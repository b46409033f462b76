import pytest
from msgspec.structs import replace
from plans import channel, component, line, plan
from render.plan_page import TOWN, audited, works

from secours.core.audit.examination import examined
from secours.languages import LANGUAGES, Text
from secours.model.plan import Config
from secours.model.receivers.audiences import (
    EARS,
    Audience,
    Device,
    DeviceNeeds,
    DeviceService,
    PeopleGroup,
)
from secours.model.secret import InClear
from secours.model.sections.line import Purpose
from secours.render.badges import Tone
from secours.render.redundancy.findings import Weakness, findings, strengths
from secours.render.wording.localizer import Localizer


def found(
    config: Config = TOWN, language: str = "en", *, acts: bool = True
) -> list[Weakness]:
    spoken = Localizer(works(config), language)
    return findings(audited(config, language), examined(config), spoken, acts=acts)


def one(what: str, config: Config = TOWN) -> Weakness:
    (weakness,) = [each for each in found(config) if what in each.what]
    return weakness


FIBRE = replace(component("internet:fibre"), label=Text("Fibre"))


def test_one_failure_that_takes_a_line_is_the_worst_and_names_what_would_do() -> None:
    config = plan(
        FIBRE,
        channel("mail", "internet:fibre"),
        channel("chat", "internet:fibre"),
        channel("radio"),
        channel("siren", purposes=frozenset({Purpose.ALERT})),
        line("mail", "chat"),
    )

    first = found(config)[0]

    assert first.tone is Tone.DOWN
    assert first.what == "Fibre: one failure takes everything"
    assert first.where == ["COORDINATE · management: Mail, Chat"]
    assert first.mend == [
        "COORDINATE · management: add Radio, already in the plan; then no single "
        "failure cuts everybody off within 8 h, any single failure leaves at "
        "least 1 of 3 for 8 h, 2 of 3 channels are independent"
    ]


def test_where_no_channel_would_do_the_mend_says_what_one_must_outlive() -> None:
    config = plan(
        FIBRE, channel("mail", "internet:fibre"), channel("c", "internet:fibre")
    )

    assert one("one failure", config).mend == [
        "COORDINATE · management: add a channel that does without Fibre"
    ]


def test_a_line_with_one_channel_is_said_with_that_channel() -> None:
    weakness = one("only channel", plan(channel("radio")))

    assert weakness.what == "COORDINATE · management: Radio is the only channel"
    assert weakness.tone is Tone.DOWN


def test_tiers_that_fall_together_are_said_once_for_what_takes_them() -> None:
    weakness = one("and its replacement")

    assert weakness.what == (
        "Town fibre: one failure takes a channel and its replacement"
    )
    assert weakness.where == [
        "COORDINATE · management: primary, alternate (Signal, Whatsapp)"
    ]
    assert weakness.mend == ["COORDINATE · management: move Sms up (independent)"]


def test_what_ends_with_the_batteries_says_when_and_what_outlives_it() -> None:
    weakness = one("when the batteries are empty")

    assert weakness.what == "Mains: nothing left when the batteries are empty"
    assert weakness.where == ["COORDINATE · management: after 4 h"]
    assert weakness.mend == [
        "COORDINATE · management: add Radio, already in the plan; then no single "
        "failure cuts everybody off within 8 h, after 8 h without mains 1 of 4 is "
        "left, 3 of 4 channels are independent"
    ]


def test_what_people_did_not_try_has_a_link_to_log_it() -> None:
    weakness = one("have not tried")

    assert weakness.where == ["Radio: never tried"]
    (link,) = weakness.links
    assert link.words == "Radio"
    assert "do=test" in link.address
    assert "subject=radio" in link.address
    assert weakness.mend == ["Try it, then log the test"]


def test_who_may_not_act_is_shown_no_link() -> None:
    (weakness,) = [each for each in found(acts=False) if "not tried" in each.what]

    assert weakness.links == []
    assert weakness.mend == ["Try it, then log the test: Radio"]


def test_what_no_test_notices_and_what_tests_confuse_name_a_probe() -> None:
    alike = plan(
        component("carrier:a"),
        component("provider:b"),
        channel("x", "carrier:a", "provider:b"),
    )
    weakness = one("cannot tell apart", alike)
    assert weakness.where == ["carrier:a / provider:b"]
    assert weakness.mend == ["Add a probe on: provider:b"]  # the cheaper one
    config = plan(component("power:grid"), channel("x", "power:grid", probes=()))
    assert one("no test notices", config).mend == ["Add a probe on: power:grid"]


def test_unknown_needs_are_to_be_written_down() -> None:
    config = plan(channel("radio"), channel("dark", needs_known=False))

    assert one("is not known", config).mend == [
        "Write in the plan (depends_on) the needs of: Dark"
    ]


def test_who_is_not_reached_is_said_even_where_nobody_is() -> None:
    config = plan(
        channel("sms", reaches={"management": 0.0}),
        channel("radio", reaches={"management": 1.0}),
    )

    assert one("does not reach", config).where == ["Sms (0%)"]


def test_the_worst_come_first() -> None:
    order = [Tone.DOWN, Tone.DEGRADED, Tone.UNKNOWN]
    config = plan(
        FIBRE,
        channel("mail", "internet:fibre", reaches={"management": 0.5}),
        channel("chat", "internet:fibre", probes=(), test_every_s=1.0),
    )

    tones = [order.index(each.tone) for each in found(config)]

    assert set(tones) == {0, 1, 2}
    assert tones == sorted(tones)


def test_a_sound_plan_has_no_findings() -> None:
    traits = dict.fromkeys(
        ("e2e", "managed", "sla", "low_bandwidth", "gdpr", "wakes_people", "daily"),
        "yes",
    )
    said = DeviceService.VOICE
    by_ear = {"traits": traits, "heard_on": ((EARS, said),)}
    config = plan(channel("one", **by_ear), channel("other", **by_ear))
    everybody = PeopleGroup(name="all", label=Text("All"), devices=())
    audience = Audience(name="management", groups=(everybody,))
    ears = Device(name=EARS, label=Text("Ears"), services={said: DeviceNeeds()})

    declared = replace(config, audiences={"management": audience}, devices={EARS: ears})

    assert found(declared) == []
    assert [each.what for each in found(config)] == [
        "Receivers not declared: COORDINATE · management"
    ]


def test_the_table_has_a_row_for_each_line() -> None:
    coordinate, alert = strengths(audited(), "en")

    assert (coordinate["line"], coordinate["channels"]) == (
        "COORDINATE · management",
        3,
    )
    assert (coordinate["independent"], coordinate["tone"]) == ("2", Tone.DEGRADED)
    assert "Sms" in coordinate["which"]
    assert alert["tone"] is Tone.OK


def test_line_without_two_independent_channels_is_nowhere_well() -> None:
    config = plan(
        *(component(name) for name in ("power:x", "power:y", "power:z")),
        channel("a", "power:x", "power:y"),
        channel("b", "power:y", "power:z"),
        channel("c", "power:x", "power:z"),
    )

    (row,) = strengths(audited(config), "en")

    assert one("no two channels are independent", config).tone is Tone.DOWN
    assert row["tone"] is Tone.DOWN


@pytest.mark.parametrize("language", LANGUAGES)
def test_password_that_can_be_learnt_on_its_way_is_a_weakness(language: str) -> None:
    password = InClear(
        of="channel:sms",
        option="password",
        where="channels.sms.probes[0].password",
        line=7,
        column=9,
        host="gateway.test",
        problem="unencrypted",
        mend="https://",
    )
    unverified = replace(password, of="notify.beat_to", problem="unverified")
    answer = audited(TOWN, language, in_clear=(password, unverified))

    every = findings(answer, examined(TOWN), Localizer(works(), language), acts=True)
    (weakness,) = [each for each in every if "notify.beat_to" in each.what]
    assert "Sms" in weakness.what
    assert len(weakness.where) == 2
    assert all("password" in w and "gateway.test" in w for w in weakness.where)
    assert "channels.sms.probes[0].password" in weakness.mend[0]
    assert weakness.mend[0].endswith("https://")
    assert weakness.tone is Tone.DEGRADED


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_finding_has_its_three_parts_in_every_language(language: str) -> None:
    for weakness in found(language=language):
        assert weakness.what
        assert weakness.why
        assert weakness.mend
        assert "finding." not in f"{weakness}"
