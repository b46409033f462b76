"""What the formats make of an answer that is out to break them."""

# ruff: noqa: RUF001 -- the curly apostrophe is how it is printed

from msgspec.structs import replace
from plans import channel, component, fold, line, plan, result, shot
from plans import probe as probe_of
from render import hearing
from render.snapshots import snapshot

from secours.cli import answer_text, nagios, state_text
from secours.languages import Text
from secours.model.observed import Evidence, Reason, Verdict, failed
from secours.model.receivers.reach import Reception
from secours.model.snapshot import Link, Snapshot, State, Use
from secours.render.answers import check, recommend, status
from secours.render.answers.check import ChannelAnswer, CheckAnswer, ProbeAnswer
from secours.render.export.families import prometheus_text
from secours.render.export.states import states
from secours.render.wording.localizer import Localizer
from secours.wire.nagios.perfdata import perfdata

HOSTILE = 'it\'s | 100%=\n"bad" \\ x'


LINE = "COORDINATE · management [coordinate/management]"


def probe(
    name: str, latency_ms: float | None = 12.5, path: str | None = None
) -> ProbeAnswer:
    return ProbeAnswer(
        probe=name,
        type="tcp",
        path=path,
        outcome=Verdict.OK,
        evidence=Evidence.REACHED,
        latency_ms=latency_ms,
        reason="",
        detail="",
    )


def answer(
    name: str,
    *probes: ProbeAnswer,
    state: State = State.AVAILABLE,
    detail: str = "",
) -> CheckAnswer:
    entry = ChannelAnswer(
        name=name,
        state=state,
        warnings=(),
        evidence=Evidence.REACHED,
        reason="refused" if detail else "",
        detail=detail,
        probes=probes,
    )
    return CheckAnswer(
        schema=1,
        site="Test",
        at="2026-01-01T00:00:01.000Z",
        state=state,
        channels=(entry,),
        components=(),
    )


# ------------------------------------------------------------------ nagios


def test_what_is_hostile_stays_on_the_line_and_in_its_label() -> None:
    said = nagios.states(
        answer(HOSTILE, probe("tcp"), state=State.DOWN, detail=HOSTILE), "en"
    )

    assert said.count("\n") == 0
    assert said.count("|") == 1
    head, _, performance = said.partition("|")
    assert head.startswith("SECOURS CRITICAL - Test: 0/1 OK; it's / 100%= ")
    measures, refused = perfdata(performance)
    assert refused == ()
    assert (measures[0].value, measures[0].unit) == (0.0125, "s")


def test_each_of_several_probes_has_its_own_label() -> None:
    said = nagios.states(
        answer("mail", probe("smtp"), probe("smtp", path="4g"), probe("dns", None)),
        "en",
    )

    labels = [m.label for m in perfdata(said.partition("|")[2])[0]]
    assert labels[:2] == ["mail/smtp", "mail/smtp/4g"]
    assert not any("dns" in label for label in labels)


def test_a_long_list_of_what_is_wrong_is_cut() -> None:
    long = answer("mail", state=State.DOWN, detail="x" * 5000)

    assert len(nagios.states(long, "en").partition("|")[0]) < 1100


# ------------------------------------------------------------------ trouble


def test_what_ails_the_engine_is_in_every_format() -> None:
    shown = snapshot("oooo", trouble=("clock", "moon"))
    answered = status.answer(shown, 1.0, "en")

    text = list(state_text.states(answered, shown, "en"))
    line = nagios.states(answered, "en")
    samples = list(prometheus_text(states(shown)))

    said = ["The clock of this machine is wrong", "Secours reports trouble: moon"]
    assert text[:2] == said
    assert line.startswith("SECOURS WARNING")
    assert "; ".join(said) in line
    assert 'secours_trouble{trouble="clock"} 1' in samples
    assert 'secours_trouble{trouble="moon"} 1' in samples


# ------------------------------------------------------------------ words


def seen(letters: str) -> Snapshot:
    config = plan(
        component("carrier:x", label=Text("Opérateur X")),
        channel("signal", "carrier:x"),
        channel("mail", "carrier:x"),
        line("signal", "mail"),
    )
    events = (result("signal", letters[0], 1), result("mail", letters[1], 1))
    return shot(config, fold(config, *events))


def told(snapshot: Snapshot, language: str = "en", *, fresh: bool = True) -> list[str]:
    given = recommend.answer(snapshot, 1.0, language)
    return list(answer_text.recommendations(given, snapshot, language, fresh=fresh))


def test_a_backup_that_shares_something_says_what() -> None:
    assert told(seen("oo")) == [
        f"{LINE}: use Signal (how to use signal).",
        "  If that fails: Mail (shares Opérateur X).",
    ]


def test_nothing_left_is_the_last_resort() -> None:
    assert told(seen("xx"))[:1] == [f"{LINE}: NO USABLE CHANNEL. Send a runner"]


def test_an_unverified_channel_and_a_degraded_one_say_so() -> None:
    assert told(seen("?x"))[0].endswith(
        "(how to use signal) · UNVERIFIED: this machine may not make this test"
        " · at risk with Opérateur X."
    )
    assert told(seen("dx"))[0].endswith(
        "(how to use signal) · DEGRADED · UNVERIFIED · at risk with Opérateur X."
    )


def test_a_pinned_channel_that_is_down_says_so() -> None:
    snapshot = seen("xo")
    first = snapshot.recommendations[0]
    assert isinstance(first.use, Use)
    use = replace(first.use, channel="signal", pinned=True, state=State.DOWN)
    first = replace(first, use=use)

    said = told(replace(snapshot, recommendations=(first,)))

    assert said[0].startswith(f"{LINE}: PINNED BUT DOWN: Signal (how to use signal)")
    assert f"{LINE}: use" not in said[0]
    assert said[1] == "  If nothing works: Send a runner"


def test_a_pinned_channel_that_nobody_hears_is_not_said_to_be_used() -> None:
    said = told(hearing.pinned_in_vain())

    assert said[0].startswith("ALERT · management [alert/management]: PINNED · NOT")
    assert ": use " not in said[0]


def test_our_own_link_comes_first() -> None:
    assert told(replace(seen("oo"), own_link=Link.DOWN))[0].startswith(
        "OUR OWN LINK IS DOWN."
    )


def test_a_stale_answer_is_the_order_of_the_plan_and_no_state() -> None:
    assert told(seen("xo"), fresh=False) == [
        "STALE DATA. Try by hand, in this order:",
        f"{LINE}: Signal, Mail.",
    ]


def test_the_example_plan_says_that_it_is_one() -> None:
    assert told(replace(seen("oo"), example=True))[0].startswith("EXAMPLE PLAN")


def test_the_table_lists_the_probes_of_what_is_wrong_and_aligns() -> None:
    config = plan(
        channel("sms"),
        channel("mail", probes=(probe_of("mail", "smtp"), probe_of("mail", "dns"))),
    )
    events = (
        result("sms", "o", 1),
        result("mail/smtp", failed(Reason.REFUSED), 1),
        result("mail/dns", "o", 1),
    )
    snapshot = shot(config, fold(config, *events))

    table = list(state_text.states(check.answer(snapshot, "en"), snapshot, "en"))

    assert table == [
        "● OK      Sms     the service answers",
        "✖ DOWN    Mail    connection refused",
        "  failed    smtp  connection refused",
        "  passed    dns   the service answers",
    ]


# ------------------------------------------------------------------ who hears it


def heard(shown: Snapshot, language: str = "en") -> list[str]:
    answer = recommend.answer(shown, 1.0, language)
    return [*answer_text.recommendations(answer, shown, language, fresh=True)]


def test_recommend_names_who_is_missed_what_completes_it_and_why() -> None:
    use, why, *_ = heard(hearing.missing("-o", "calls"))

    assert use.endswith(" · DEGRADED · not: Field (20). With Voice calls: all.")
    assert why == "    Field: Mobile A down for 3 min."


def test_recommend_names_many_who_are_missed_once() -> None:
    lost = hearing.heard("-o").groups
    many = Reception(groups=(*lost[:1] * 24, *lost[1:]))
    use, why, *_ = heard(hearing.hears(hearing.missing("-o"), 0, {"sms": many}))

    assert use.count("Field") == 24
    assert why == "    Field, Field and 22 others: Mobile A down for 3 min."


def test_recommend_has_the_last_resort_beside_what_nobody_may_hear() -> None:
    shown = hearing.doubtful()
    said = heard(shown, "fr")

    assert any("NON VÉRIFIÉ : par déduction : Réseau électrique" in row for row in said)
    assert (
        "  Si rien ne fonctionne : Envoyer un messager. Suivre le plan papier, page 4."
        in said
    )


def test_recommend_says_that_what_else_there_is_may_not_be_heard() -> None:
    shown = hearing.hears(snapshot(), 0, {"calls": hearing.inferred()})

    assert "  If that fails: Voice calls [calls] (unverified)." in heard(shown)


def test_nagios_counts_no_channel_of_an_old_status_as_available() -> None:
    shown = snapshot("oxoo")
    old = status.answer(shown, 9999.0, "en")

    said, _, measured = nagios.states(old, "en", stale=True).partition("|")

    assert said == "SECOURS UNKNOWN - STALE DATA"
    assert {each.label: each.value for each in perfdata(measured)[0]} == {
        "channels available": 0,
        "channels degraded": 0,
        "channels down": 0,
        "channels unknown": len(shown.channels),
    }


def test_nagios_names_who_is_missed_and_counts_who_is_reached() -> None:
    shown = hearing.missing("-o")
    found = recommend.answer(shown, 1.0, "fr")
    line = nagios.recommendations(found, Localizer(shown, "fr"), 1, fresh=True)

    assert "SMS d’astreinte (sans : Terrain)" in line
    assert "'people reached alert/management'=60;;;0;80" in line


def test_a_sentence_that_ends_in_an_abbreviation_has_one_full_stop() -> None:
    fell = replace(snapshot(), components=(hearing.CARRIER, hearing.FELL))
    shown = hearing.hears(fell, 0, {"sms": hearing.inferred("p-")})

    answered = recommend.answer(shown, 0.0, "de")
    said = answer_text.recommendations(answered, shown, "de", fresh=True)

    assert (
        "    Einsatz, Zu Hause: abgeleitet: Stromnetz ausgefallen seit 5 Std." in said
    )
