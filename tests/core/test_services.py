"""A network fails by service: full for calls, it still carries texts and data."""

from datetime import timedelta
from pathlib import Path

import pytest
from plans import (
    START,
    channel,
    component,
    fold,
    moment,
    plan,
    probe,
    result,
    shot,
    tick,
)
from recordings import recorded

from secours.config import load
from secours.core.events import Replanned, Said
from secours.core.memory import Memory
from secours.core.replay.score import Replay, replay
from secours.core.step import step
from secours.model.nodes import channel_node
from secours.model.observed import Evidence, Reason, ok
from secours.model.plan import Config
from secours.model.sections.channel import Probe
from secours.model.snapshot import State
from secours.model.statements import Declared, Mark, Trial

TEL = "tel: {kind: voice-mobile, probes: [{type: modem, port: /dev/ttyUSB2}]}"
UNPROBED = "tel: {kind: voice-mobile}"
SMS = "sms: {kind: sms-operator-a, probes: [{type: modem, port: /dev/ttyUSB2}]}"
LINE = "{purpose: alert, audience: staff, primary: tel, alternate: sms}"


def read(folder: Path, *channels: str) -> Config:
    file = folder / "probes.yaml"
    file.write_text(f"channels: {{{', '.join(channels)}}}\nplan: [{LINE}]\n")
    return load(file)


def used(played: Replay, minute: float) -> str | None:
    """Return what the line uses at a minute of an outage."""
    shot = [m.snapshot for m in played.timeline if m.minute <= minute][-1]
    use = shot.recommendations[0].use
    return use.channel if use else None


def distrust(subject: str) -> Said:
    word = Mark(
        subject=subject,
        says=Declared.DISTRUSTED,
        by="Ana",
        at=moment(5),
        until=START + timedelta(days=1),
    )
    return Said(word=word, at=moment(5))


def aside(memory: Memory) -> set[str]:
    known = memory.channels.items()
    return {name for name, each in known if each.aside is Reason.SET_ASIDE}


def test_full_mobile_calls_leave_texts_in_use(tmp_path: Path) -> None:
    played = replay(read(tmp_path, TEL, SMS), recorded("brussels-2016-03-22"))

    assert used(played, 29) == "tel"
    assert {used(played, minute) for minute in range(63, 300)} == {"sms"}


def test_full_mobile_calls_are_not_the_operator(tmp_path: Path) -> None:
    played = replay(read(tmp_path, TEL, SMS), recorded("brussels-2016-03-22"))
    full = [m for m in played.timeline if 63 <= m.minute < 300]

    assert [m.snapshot.suspects for m in full] == [()], "declared, none is suspected"
    assert full[0].minute == 66
    assert full[0].snapshot.known_down == ("voice:mobile-a",)


def test_operator_that_fails_takes_calls_and_texts(tmp_path: Path) -> None:
    played = replay(read(tmp_path, TEL, SMS), recorded("rogers-2022-07-08"))

    assert {used(played, minute) for minute in range(1, 1022)} == {None}
    assert used(played, 1023) == "tel"


def test_distrusted_service_that_an_edit_takes_away_frees_nothing(
    tmp_path: Path,
) -> None:
    before, after = read(tmp_path, TEL, SMS), read(tmp_path, UNPROBED, SMS)
    assert "voice:mobile-a" in before.components
    assert "voice:mobile-a" not in after.components

    memory = step(before, Memory(), Replanned(at=moment(0)))
    memory = step(before, memory, distrust("voice:mobile-a"))
    memory = step(after, memory, Replanned(at=moment(10)))

    assert aside(memory) == {"tel"}
    assert channel_node("tel") in memory.words.distrusts


def test_distrusted_operator_holds_what_needs_its_services(tmp_path: Path) -> None:
    """A plan of before the services, under a version that knows them."""
    config = read(tmp_path, TEL, SMS)

    memory = step(config, Memory(), Replanned(at=moment(0)))
    memory = step(config, memory, distrust("carrier:mobile-a"))

    assert aside(memory) == {"tel", "sms"}


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        (Evidence.AUTHENTICATED, State.DOWN),
        (Evidence.DELIVERED, State.AVAILABLE),
    ],
)
def test_only_a_call_that_arrived_speaks_against_the_word_on_calls(
    evidence: Evidence, state: State
) -> None:
    tel = channel("tel", "voice:v", probes=(probe("tel", "call", confirm=1),))
    full = Mark(subject="voice:v", says=Declared.DOWN, by="Ann", at=moment(1))

    memory = fold(
        plan(component("voice:v"), tel),
        Said(word=full, at=moment(1)),
        result("tel/call", ok(evidence), 10),
    )

    assert memory.channels["tel"].state is state


def test_call_that_arrived_proves_nothing_when_it_is_old_or_calls_fail() -> None:
    call = probe("tel", "call", confirm=1, required=False, stale_after_s=100.0)
    modem = probe("tel", "modem", stale_after_s=100.0)
    config = plan(component("voice:v"), channel("tel", "voice:v", probes=(call, modem)))
    full = Mark(subject="voice:v", says=Declared.DOWN, by="Ann", at=moment(1))
    registered = ok(Evidence.AUTHENTICATED)
    events = (
        Said(word=full, at=moment(1)),
        result("tel/call", ok(Evidence.DELIVERED), 10),
        result("tel/modem", registered, 90),
    )

    works = fold(config, *events)
    assert works.channels["tel"].state is State.AVAILABLE
    old = fold(config, *events, tick(150))
    assert old.channels["tel"].state is State.DOWN, "the call is old"
    failed = fold(config, *events, result("tel/call", "x", 95))
    assert failed.channels["tel"].state is State.DOWN, "no call arrives any more"


def test_word_that_alone_keeps_calls_up_is_no_proof_of_them() -> None:
    """The modem has registered since; nobody has called."""
    config = plan(component("voice:v"), channel("tel", "voice:v"))
    full = Mark(subject="voice:v", says=Declared.DOWN, by="Ann", at=moment(1))
    up = Mark(subject="channel:tel", says=Declared.UP, by="Ann", at=moment(10))
    registered = ok(Evidence.AUTHENTICATED)

    memory = fold(
        config,
        Said(word=full, at=moment(1)),
        Said(word=up, at=moment(10)),
        result("tel", registered, 20),
    )

    (said,) = shot(config, memory).recommendations
    assert said.use
    assert said.use.channel == "tel"
    assert not said.use.verified
    assert memory.channels["tel"].declared_by == "Ann"


SLOW_S = 1e6  # tested now and then: its proof outlives a word
REGISTERED, ARRIVED = ok(Evidence.AUTHENTICATED), ok(Evidence.DELIVERED)


def slow(owner: str) -> tuple[Probe, ...]:
    return (probe(owner, stale_after_s=SLOW_S),)


def over_at_1000(subject: str, says: Declared = Declared.DOWN) -> Said:
    """Say something that ends after a thousand seconds."""
    until = START + timedelta(seconds=1000)
    word = Mark(subject=subject, says=says, by="Ann", at=moment(10), until=until)
    return Said(word=word, at=moment(10))


@pytest.mark.parametrize("says", [Declared.DOWN, Declared.MAINTENANCE])
@pytest.mark.parametrize("owner", ["tel", "voice:v"])
def test_only_a_call_that_arrived_answers_a_word_on_calls_that_has_ended(
    owner: str, says: Declared
) -> None:
    """The modem of the channel, or of the network itself, has registered since."""
    config = plan(
        component("voice:v", probes=slow("voice:v")),
        channel("tel", "voice:v", probes=slow("tel")),
    )
    before = (result("tel", REGISTERED, 5), over_at_1000("voice:v", says))

    registered = fold(config, *before, result(owner, REGISTERED, 500), tick(1001))
    arrived = fold(config, *before, result(owner, ARRIVED, 500), tick(1001))

    assert registered.channels["tel"].state is State.UNKNOWN
    assert registered.channels["tel"].reason is Reason.LAPSED
    assert arrived.channels["tel"].state is State.AVAILABLE


def test_people_answer_a_word_on_calls_that_has_ended() -> None:
    config = plan(component("voice:v"), channel("tel", "voice:v"))
    before = (over_at_1000("voice:v"), result("tel", REGISTERED, 1500))
    tried = Trial(channel="tel", worked=True, by="Ann", at=moment(1501))
    up = Mark(subject="voice:v", says=Declared.UP, by="Ann", at=moment(1501))

    assert fold(config, *before).channels["tel"].reason is Reason.LAPSED
    for word in (tried, up):
        memory = fold(config, *before, Said(word=word, at=moment(1501)))
        assert memory.channels["tel"].state is State.AVAILABLE


def test_word_on_an_operator_that_has_ended_is_answered_for_texts_alone() -> None:
    """A modem that registers proves the operator, and no calls."""
    config = plan(
        component("carrier:a"),
        component("voice:v", "carrier:a"),
        channel("sms", "carrier:a", probes=slow("sms")),
        channel("tel", "voice:v", probes=slow("tel")),
    )
    since = (result("sms", REGISTERED, 500), result("tel", REGISTERED, 500))

    memory = fold(config, over_at_1000("carrier:a"), *since, tick(1001))

    assert memory.channels["sms"].state is State.AVAILABLE
    assert memory.channels["tel"].reason is Reason.LAPSED
