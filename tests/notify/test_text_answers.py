"""What people write back acknowledges, asks, or gets one line of help; no more."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from msgspec.structs import replace
from notify.desk import Desk, Sender, recipient, takes, town
from plans import moment

from secours import probes
from secours.core.events import Said
from secours.model.notices import NoticeStep
from secours.model.plan import Config
from secours.model.secret import Template
from secours.model.sections.notify import Recipient, Target
from secours.model.statements import Declared, Mark
from secours.notify import codes
from secours.notify.answers import text_answers
from secours.notify.answers.text_answers import TextAnswers, asks_for_state, code_in
from secours.render.paper.sheet import radio_line

ANNE, BOB, NOBODY = "+32475123456", "+32486000000", "+32470999999"
PAIR = (recipient("anne", "anne-sms"), recipient("bob", "bob-sms"))
Clerks = Callable[..., "Clerk"]


class Modem(str):
    """Settings of a probe on which answers are read, as the desk wants them."""

    answers = True
    device = "/dev/ttyUSB2"

    __slots__ = ()


class SecondModem(Modem):
    """Settings of another one."""

    device = "/dev/ttyUSB5"

    __slots__ = ()


def texted(*recipients: Recipient) -> Config:
    """Make a plan whose recipients have a number each, over one channel."""
    config = town(*recipients)
    carrier = config.notify.targets["sms"].carrier
    assert carrier is not None
    carrier = replace(carrier, settings=Modem("sms"))
    numbers = {"anne-sms": ANNE, "bob-sms": BOB}
    named = {
        name: Target(name=name, through="sms", carrier=carrier, to=Template(to))
        for name, to in numbers.items()
    }
    radio = config.notify.targets["radio"].carrier
    assert radio is not None
    second = replace(radio, settings=SecondModem("radio"))
    named["anne-radio"] = Target(
        name="anne-radio", through="radio", carrier=second, to=Template(ANNE)
    )
    targets = {**config.notify.targets, **named}
    return replace(config, notify=replace(config.notify, targets=targets))


class Clerk:
    """A desk that reads what people write back."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.answers = TextAnswers(desk.notices.ledger)

    def stamp(self, at: float) -> None:
        self.desk.stamp(at)
        self.follow()

    def distrusts_texts(self) -> None:
        """Have somebody distrust the channel of the first modem."""
        at = moment(40)
        mark = Mark(
            subject="channel:sms", says=Declared.DISTRUSTED, by="Ana", at=at, until=None
        )
        self.desk.stamp(40, Said(word=mark, at=at))
        self.follow()

    def follow(self) -> None:
        """Go by the state that the desk has come to."""
        self.answers.catch_up()

    async def takes(self, sender: str, text: str, over: str = "") -> bool:
        return await self.answers.take(sender, text, over=over)

    async def sent(self) -> list[str]:
        """Return what was sent beside notices, when all is sent."""
        while self.answers._sending:
            await asyncio.gather(*self.answers._sending)
        return [notice.text for _, notice in self.desk.sent if not notice.mark]

    def noted(self, step: NoticeStep) -> list[str]:
        return [
            str(e.facts.get("said", "")) for _, e in self.desk.journal if e.step is step
        ]


@pytest.fixture
async def clerks(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clerks]:
    made: list[Clerk] = []

    def make(*recipients: Recipient, sms: Sender = takes) -> Clerk:
        config = texted(*(recipients or PAIR))
        desk = Desk(config, teams=takes, radio=takes, sms=sms)
        monkeypatch.setattr(probes, "find", desk.find)
        clerk = Clerk(desk)
        made.append(clerk)
        return clerk

    yield make
    for clerk in made:
        await clerk.answers.stop()
        await clerk.desk.notices.stop()


async def told(clerk: Clerk) -> str:
    """Have both told that a channel is down; return the code."""
    desk = clerk.desk
    desk.all_is_well()
    desk.fails("teams", 10)
    await desk.until(lambda latest: len(latest) == 2 and all(d.stage for d in latest))
    clerk.follow()
    return desk.notices.latest()[0].code


@pytest.mark.parametrize(
    "written",
    [
        *("{}", "ack {}", "ACK{}", " Ack: {}! ", "ok {}.", "code {}", "ack\n{}\r\n"),
        *("«{}»", "Acknowledge: code {}", "Bevestigen: code {}", "bevestigen {}"),
        *(
            "Quittieren: Code {}",
            "Bestätigen {}",
            "Accuser réception : code {}",
            "accuser reception {}",
        ),
    ],
)
async def test_code_acknowledges_however_it_is_written(
    clerks: Clerks, written: str
) -> None:
    clerk = clerks()
    code = await told(clerk)
    spaced = f"{code[:3].lower()} {code[3:]}"
    theirs = await clerk.takes("0032475 12 34 56", written.format(spaced))

    assert theirs
    for notice in clerk.desk.notices.latest():
        assert notice.acknowledged_by == "Anne"
        assert notice.acknowledged_way == "text"
        assert (notice.asks, notice.in_hand) == (False, True)
    by, line = clerk.desk.journal[-1]
    assert (by, line.step, line.way) == ("Anne", NoticeStep.ACKNOWLEDGED, "text")
    assert await clerk.sent() == []


async def test_code_of_anothers_notice_acknowledges_nothing(clerks: Clerks) -> None:
    clerk = clerks(recipient("anne", "anne-sms"), recipient("bob", "bob-sms"))
    desk = clerk.desk
    desk.all_is_well()
    theirs = desk.notices.test("bob-sms", "Ana").code
    await desk.until(lambda latest: bool(latest) and latest[0].stage is not None)
    clerk.follow()
    await clerk.takes(ANNE, theirs)
    refused = desk.notices.latest()[0].acknowledged_at
    await clerk.takes(BOB, theirs)

    assert refused is None
    assert desk.notices.latest()[0].acknowledged_by == "Bob"
    assert len(await clerk.sent()) == 1  # Anne's line of help


async def test_forged_code_of_a_stranger_is_noted_and_nothing_else(
    clerks: Clerks,
) -> None:
    clerk = clerks()
    code = await told(clerk)
    senders = (
        NOBODY,
        "1234",
        "BANK",
        "",
        "+3247512345",
        "75123456",
        "\x1b[31m" + "x" * 99,
    )
    for sender in senders:
        assert not await clerk.takes(sender, f"ack {code}")
        clerk.stamp(clerk.desk.second + 61)

    assert clerk.desk.notices.latest()[0].acknowledged_at is None
    assert await clerk.sent() == []
    noted = clerk.noted(NoticeStep.STRANGER)
    assert noted == ["…999", "…234", "BANK", "?", "…345", "…456", "[31mxxxxxxx"]
    strangers = [e for _, e in clerk.desk.journal if e.step is NoticeStep.STRANGER]
    assert code not in str(strangers)


@pytest.mark.parametrize(
    "asked", ["?", " ?? ", "status", "Status?", "ÉTAT", "toestand", "Lage"]
)
async def test_question_is_answered_by_what_to_use_in_their_language(
    clerks: Clerks, asked: str
) -> None:
    clerk = clerks(recipient("anne", "anne-sms", language="fr"), PAIR[1])
    await told(clerk)
    await clerk.takes(ANNE, asked)

    (line,) = await clerk.sent()
    assert line == "Secours 00:00 : COORDONNER : Sms, sinon Radio."
    assert clerk.desk.notices.latest()[0].acknowledged_at is None


async def test_notice_goes_to_each_in_their_language(clerks: Clerks) -> None:
    clerk = clerks(recipient("anne", "anne-sms", language="fr"), PAIR[1])
    await told(clerk)

    texts = [notice.text for _, notice in clerk.desk.sent]
    assert any("COORDONNER" in text.upper() for text in texts)
    assert any("COORDINATE" in text.upper() for text in texts)
    titles = {each.title for each in clerk.desk.notices.latest()}
    assert len(titles) == 1  # on screens, in the site's


async def test_anything_else_gets_help_once(clerks: Clerks) -> None:
    clerk = clerks()
    await told(clerk)
    for hour in range(3):
        await clerk.takes(ANNE, f"what is it? {hour}")
        clerk.stamp(clerk.desk.second + 3600)

    assert len(await clerk.sent()) == 1
    assert "code of a notice" in (await clerk.sent())[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\xff" * 160,
        "ÿ",
        "Ж" * 70,
        "x" * 10_000,
        "ACK",
        "RE: use SMS K7M2PQ I am on holiday",
        "K7M2P",
        "\0\x1a\x1b\r\n",
        "AAAAAA?",
        "😀\ud800",
    ],
)
async def test_odd_message_is_no_code_and_no_defect(clerks: Clerks, text: str) -> None:
    clerk = clerks()
    await told(clerk)
    await clerk.takes(ANNE, text)

    assert code_in(text) in ("", "AAAAAA")
    assert clerk.desk.notices.latest()[0].acknowledged_at is None
    assert len(await clerk.sent()) == 1
    (said,) = clerk.noted(NoticeStep.TEXT)
    assert len(said) <= text_answers.LONGEST_NOTED
    assert said.isprintable()


async def test_long_text_with_a_code_is_none_and_is_not_cut_to_one() -> None:
    assert code_in("K7M2PQ" + " " * 10_000 + "not") == ""
    assert not asks_for_state("?" + " " * 10_000)
    assert code_in(" K7M2PQ ") == "K7M2PQ"


async def test_thousand_messages_in_a_minute_cost_one_answer_and_few_lines(
    clerks: Clerks,
) -> None:
    clerk = clerks()
    await told(clerk)
    for _ in range(500):
        await clerk.takes(ANNE, "?")
        await clerk.takes(NOBODY, "?")

    assert len(await clerk.sent()) == 1
    assert len(clerk.noted(NoticeStep.TEXT)) == text_answers.MOST_NOTED
    assert len(clerk.noted(NoticeStep.STRANGER)) == 1
    clerk.stamp(clerk.desk.second + 61)
    *_, (_, last) = clerk.desk.journal
    assert (last.step, last.facts["n"]) == (NoticeStep.STRANGER, 498)


async def test_loop_with_an_answering_machine_ends_by_the_limits(
    clerks: Clerks,
) -> None:
    clerk = clerks()
    code = await told(clerk)
    start = clerk.desk.second
    while clerk.desk.second < start + 3600:  # whatever is sent is answered at once
        await clerk.takes(ANNE, f"Status? I am away. You wrote: use SMS, code {code}")
        await clerk.takes(ANNE, "?")
        await clerk.sent()
        clerk.stamp(clerk.desk.second + 20)

    assert len(await clerk.sent()) == text_answers.MOST_AN_HOUR
    assert clerk.desk.notices.latest()[-1].acknowledged_at is None


async def test_answers_are_one_a_minute_to_each_and_ten_an_hour_to_all(
    clerks: Clerks,
) -> None:
    clerk = clerks()
    await told(clerk)
    for _ in range(20):
        await clerk.takes(ANNE, "?")
        await clerk.takes(BOB, "?")
        clerk.stamp(clerk.desk.second + 61)
    within = len(await clerk.sent())
    clerk.stamp(clerk.desk.second + 3600)
    await clerk.takes(BOB, "?")

    assert within == 10
    assert len(await clerk.sent()) == 11


async def test_question_right_after_the_line_of_help_is_answered_a_minute_later(
    clerks: Clerks,
) -> None:
    clerk = clerks()
    await told(clerk)
    await clerk.takes(ANNE, "what is it?")
    clerk.stamp(clerk.desk.second + 20)
    for _ in range(3):
        await clerk.takes(ANNE, "?")
    clerk.stamp(clerk.desk.second + 39)
    at_once = await clerk.sent()
    clerk.stamp(clerk.desk.second + 2)
    later = await clerk.sent()
    clerk.stamp(clerk.desk.second + 61)

    assert len(at_once) == 1
    assert later == await clerk.sent()
    assert later[1:] == ["Secours 00:01: COORDINATE: Radio, if that fails Sms."]


async def test_question_that_waits_is_not_answered_over_what_is_distrusted_since(
    clerks: Clerks,
) -> None:
    clerk = clerks(recipient("anne", "anne-sms", "anne-radio"), PAIR[1])
    await told(clerk)
    await clerk.takes(ANNE, "what is it?", over=Modem.device)
    await clerk.takes(ANNE, "?", over=Modem.device)
    helped = await clerk.sent()
    clerk.distrusts_texts()
    clerk.stamp(clerk.desk.second + 61)

    assert len(helped) == 1
    assert await clerk.sent() == helped


async def test_nothing_written_back_changes_a_state_a_mark_or_the_plan(
    clerks: Clerks,
) -> None:
    clerk = clerks()
    code = await told(clerk)
    desk = clerk.desk
    before = desk.config, desk.memory
    for text in (code, "?", "mark mail down", "undo", "STATUS teams up", ""):
        await clerk.takes(ANNE, text)
    await clerk.sent()

    assert (desk.config, desk.memory) == before


async def test_over_what_is_distrusted_nobody_acknowledges_or_is_answered(
    clerks: Clerks,
) -> None:
    clerk = clerks()
    code = await told(clerk)
    desk = clerk.desk
    clerk.distrusts_texts()
    await clerk.takes(ANNE, code)
    await clerk.takes(ANNE, "?")

    assert all(e.acknowledged_at is None for e in desk.notices.latest())
    assert await clerk.sent() == []


async def test_code_over_a_distrusted_modem_is_none_for_who_has_another(
    clerks: Clerks,
) -> None:
    both = recipient("anne", "anne-sms", "anne-radio")
    clerk = clerks(both, PAIR[1])
    code = await told(clerk)
    desk = clerk.desk
    clerk.distrusts_texts()
    await clerk.takes(ANNE, code, Modem.device)
    await clerk.takes(ANNE, "?", Modem.device)
    before = {e.acknowledged_by for e in desk.notices.latest()}
    answered = await clerk.sent()
    await clerk.takes(ANNE, code, SecondModem.device)

    assert (before, answered) == ({""}, [])
    assert "Anne" in {e.acknowledged_by for e in desk.notices.latest()}


async def test_old_state_is_not_told_as_one_of_now(clerks: Clerks) -> None:
    clerk = clerks()
    await told(clerk)
    clerk.desk.second += 3600  # without a stamp
    await clerk.takes(ANNE, "?")
    (old,) = await clerk.sent()
    stamp = clerk.desk.notices.ledger.stamp

    assert stamp is not None
    assert old == radio_line(stamp.shot, "en", states=False)
    assert old != radio_line(stamp.shot, "en", states=True)


def test_codes_that_are_given_are_read_back() -> None:
    for _ in range(100):
        code = codes.new_code(())
        assert code_in(f"ack {code}") == code_in(code.lower()) == code


async def test_answer_goes_by_what_works_now(clerks: Clerks) -> None:
    clerk = clerks(recipient("anne", "anne-chat", "anne-sms"), PAIR[1])
    desk = clerk.desk
    carrier = desk.config.notify.targets["teams"].carrier
    assert carrier is not None
    carrier = replace(carrier, settings=Modem("teams"))
    other = Target(
        name="anne-chat", through="teams", carrier=carrier, to=Template(ANNE)
    )
    targets = {**desk.config.notify.targets, "anne-chat": other}
    notify = replace(desk.config.notify, targets=targets)
    desk.config = replace(desk.config, notify=notify)
    await told(clerk)  # that teams is down
    await clerk.takes(ANNE, "?")
    await clerk.sent()

    assert desk.over()[-1] == "sms"


async def test_question_is_answered_in_writing_though_a_call_is_the_better_way(
    clerks: Clerks,
) -> None:
    clerk = clerks(recipient("anne", "anne-radio", "anne-sms"), PAIR[1])
    notify = clerk.desk.config.notify
    calls = replace(notify.targets["anne-radio"], rings=True)
    notify = replace(notify, targets={**notify.targets, "anne-radio": calls})
    clerk.desk.config = replace(clerk.desk.config, notify=notify)
    clerk.desk.all_is_well()
    await clerk.takes(ANNE, "?")
    await clerk.sent()

    assert clerk.desk.over() == ["sms"]
