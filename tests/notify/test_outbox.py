"""What is kept of notices, and what the next engine makes of it."""

from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from plans import moment

from secours.core.notices.due import NoticeMemory
from secours.core.notices.matters import Matter
from secours.model.notices import Attempt, Dispatch, Stage, WayProof
from secours.model.observed import Instant
from secours.model.sections.notify import NoticeKind
from secours.notify import codes, outbox
from secours.notify.outbox import MOST, Entry, Outbox

USE_SMS = Matter(kind=NoticeKind.RECOMMENDATION, key="line/a", state="sms", severity=2)
UNDER_WAY = Attempt(target="mail", at=moment(5).utc, under_way=True)
ACCEPTED = replace(UNDER_WAY, stage=Stage.ACCEPTED)


def entry(code: str, *attempts: Attempt, **options: Any) -> Entry:
    told = {"over": options.pop("over", False), "test": options.pop("test", False)}
    dispatch = Dispatch(
        code=code,
        at=moment(5).utc,
        recipient="duty",
        title="",
        attempts=attempts,
        **told,
    )
    settings = {"dispatch": dispatch, "matters": (USE_SMS,), "due": moment(5)}
    return Entry(**{**settings, **options})


def begun(*entries: Entry, boot: str = "boot", now: Instant | None = None) -> Outbox:
    box = Outbox(boot_id="boot", at=moment(10), edition=3, by_id=outbox.of(entries))
    return outbox.resumed(box, boot, now or moment(20))


def test_what_was_being_sent_is_sent_again_and_says_so() -> None:
    (found,) = begun(entry("A", UNDER_WAY)).entries

    assert (found.sent, found.interrupted) == (False, True)
    assert not found.dispatch.attempts[0].under_way


def test_whose_receipt_was_awaited_is_sent_again() -> None:
    (found,) = begun(entry("A", ACCEPTED, sent=True)).entries

    assert (found.sent, found.interrupted) == (False, True)


def test_what_is_settled_otherwise_is_not_sent_again() -> None:
    done = replace(ACCEPTED, target="sms", under_way=False)
    arrived = replace(UNDER_WAY, target="sms", stage=Stage.ARRIVED)
    box = begun(
        entry("A", ACCEPTED, done, sent=True),
        entry("B", ACCEPTED, arrived, sent=True),
        entry("C", ACCEPTED, sent=True, over=True),
        entry("D", replace(done, under_way=False), sent=True),
    )

    assert all(each.sent and not each.interrupted for each in box.entries)
    assert not any(a.under_way for each in box.entries for a in each.dispatch.attempts)


def test_test_is_not_sent_again() -> None:
    (found,) = begun(entry("A", UNDER_WAY, test=True)).entries

    assert found.dispatch.over


def test_after_a_reboot_its_moments_are_counted_from_their_dates() -> None:
    linked = outbox.with_link(entry("A"), codes.digest("token"), moment(5))
    now = Instant(moment(3600).utc, 12.0)  # soon after the machine started
    box = begun(replace(linked, taken=moment(6)), boot="another", now=now)

    (found,) = box.entries
    assert now.since(found.due) == 3595
    assert found.taken is not None
    assert now.since(found.taken) == 3594
    assert box.by_token(codes.digest("token"), now) == (found, found.links[0])
    later = Instant(now.utc + timedelta(hours=24), now.steady_s + 24 * 3600)
    assert box.by_token(codes.digest("token"), later) is None


def test_so_many_are_kept_of_what_is_over_and_the_newest() -> None:
    box = Outbox()
    box = box.put(entry("open"))
    for number in range(MOST + 5):
        box = box.put(entry(f"over{number}", over=True))
    box = box.bounded()

    assert len(box.entries) == MOST + 2
    assert box.find(("open", "duty")) is not None
    assert box.find(("over3", "duty")) is None
    assert box.entries[-1].dispatch.code == f"over{MOST + 4}"


def test_newest_to_each_recipient_is_kept() -> None:
    box = Outbox()
    for number in range(MOST + 5):
        one = entry(f"over{number}", over=True)
        told = replace(one.dispatch, recipient=f"duty{number}")
        box = box.put(replace(one, dispatch=told))

    assert box.bounded() == box


def test_what_is_not_over_is_all_kept() -> None:
    box = Outbox()
    for number in range(MOST + 1):
        box = box.put(entry(f"open{number}"))

    assert box.bounded() == box


def test_what_nobody_was_told_goes_with_what_is_newer() -> None:
    radio = replace(USE_SMS, state="radio", severity=4)
    other = replace(USE_SMS, key="own-link", state="down")
    old = entry("A", matters=(USE_SMS, other))

    assert outbox.merged([old], (radio,)) == (radio, other)


def test_it_waits_for_as_long_as_what_it_replaces() -> None:
    old = entry("A", taken=moment(7))
    new = outbox.after(entry("B", due=moment(100)), [old])

    assert (new.due, new.taken) == (moment(5), moment(7))


@given(st.text())
def test_code_is_meant_however_it_is_written(noise: str) -> None:
    code = codes.new_code(())
    spoken = code.replace("0", "o").replace("1", "l").lower()

    assert codes.meant(f" {spoken[:3]}-{spoken[3:]} ") == code
    assert len(code) == codes.LENGTH
    assert set(codes.meant(noise)) <= set(codes.meant(noise).upper())


def test_it_is_read_as_it_was_written() -> None:
    box = begun(outbox.with_link(entry("A", ACCEPTED), "digest", moment(5)))
    box = replace(box, told=NoticeMemory(at=moment(9)))

    assert msgspec.json.decode(msgspec.json.encode(box), type=Outbox) == box


def test_proofs_of_another_boot_are_as_old_by_its_clock() -> None:
    begun = moment(0)
    proof = WayProof(since=begun, begun=begun, proven=begun)
    box = Outbox(boot_id="one", proofs={"sms": proof})
    now = Instant(moment(86400).utc, 30.0)  # half a minute after the machine started

    kept = outbox.resumed(box, "another", now).proofs["sms"]

    for each in (kept.since, kept.begun, kept.proven):
        assert kept.age_s(each, now) == 86400.0
        assert each is not None
        assert now.since(each) == 86400.0
