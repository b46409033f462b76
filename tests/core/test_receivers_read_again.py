"""Who hears what, where a second reading of the rules found the first wanting."""

from core.receivers.people import (
    device,
    group,
    heard,
    heard_on,
    mark,
    only_line,
    peopled,
    refused,
    roll_call,
)
from msgspec.structs import replace
from plans import channel, component, fold, probe, result, tick

from secours.core.events import Event, Said
from secours.model.observed import Evidence, Reason, unknown
from secours.model.sections.channel import Channel
from secours.model.statements import Declared, Pin

LASTING_S = 86400.0
MASTS = component("carrier:mobile-a")
MOBILE = device("mobile", text=("carrier:mobile-a",))
RADIO = device("radio", voice=("radio:astrid",))
ASTRID = component("radio:astrid")
FIELD = group("field", "mobile")
BY_MODEM = probe("carrier:mobile-a", device="/dev/ttyUSB2", stale_after_s=LASTING_S)


def lasting(name: str, *needs: str | tuple[str, ...], on: str | None = None) -> Channel:
    """Make a channel whose results count for a day."""
    own = probe(name, stale_after_s=LASTING_S, best=Evidence.DELIVERED)
    pairs = heard_on(on) if on else None
    return channel(name, *needs, probes=(own,), heard_on=pairs)


def works(*names: str) -> list[Event]:
    return [result(name, "o", 1) for name in names]


def fails(*names: str) -> list[Event]:
    return [result(name, "x", at) for at in (60, 66) for name in names]


def test_measured_by_what_needs_it_and_not_by_what_can_choose() -> None:
    """A messenger that fails for its own reasons takes no text from anybody."""
    masts = replace(MASTS, probes=(BY_MODEM,))
    messenger = lasting("messenger", ("carrier:mobile-a", "internet:isp"))
    web_sms = lasting("websms", on="mobile.text")
    parts = (masts, component("internet:isp"), web_sms, messenger)
    config = peopled(*parts, devices=(MOBILE,), groups=(FIELD,))
    names = ("websms", "messenger", "carrier:mobile-a")
    failed = fails("messenger", "carrier:mobile-a")

    line = only_line(config, fold(config, *works(*names), *failed))

    assert heard(line, "websms") == {"field": "none"}
    assert not line.receivers["websms"].groups[0].sure
    assert line.use
    assert line.use.channel == "websms", "all that is left, by one modem's word"


def test_measured_by_no_device_that_is_not_there() -> None:
    masts = replace(MASTS, probes=(BY_MODEM,))
    own = lasting("sms", "carrier:mobile-a", on="mobile.text")
    web_sms = lasting("websms", on="mobile.text")
    config = peopled(masts, own, web_sms, devices=(MOBILE,), groups=(FIELD,))
    names = ("sms", "websms", "carrier:mobile-a")
    pulled = [result("sms", unknown(Reason.NO_DEVICE), at) for at in (60, 66)]
    failed = fails("carrier:mobile-a")

    line = only_line(config, fold(config, *works(*names), *pulled, *failed))

    assert not line.receivers["websms"].groups[0].sure


def test_backup_that_nobody_hears_by_design_is_independent_of_nothing() -> None:
    radio = lasting("radio", on="radio.voice")
    sms = lasting("sms", on="mobile.text")
    parts = (MASTS, ASTRID, sms, radio)
    config = peopled(*parts, devices=(MOBILE, RADIO), groups=(FIELD,))

    line = only_line(config, fold(config, *works("sms", "radio")))

    assert line.backup
    assert line.backup.channel == "radio"
    assert not line.backup.independent


def test_backup_that_nobody_hears_any_more_is_no_independent_one() -> None:
    """It may be that nobody hears it: then what takes the other leaves nothing."""
    masts = replace(MASTS, probes=(BY_MODEM,))
    radio = lasting("radio", "radio:astrid", on="radio.voice")
    sms = lasting("sms", on="mobile.text")
    both = group("field", "mobile", "radio")
    parts = (masts, ASTRID, radio, sms)
    config = peopled(*parts, devices=(MOBILE, RADIO), groups=(both,))
    failed = fails("carrier:mobile-a")

    ok = works("radio", "sms", "carrier:mobile-a")
    line = only_line(config, fold(config, *ok, *failed))

    assert line.use
    assert line.backup
    assert (line.use.channel, line.backup.channel) == ("radio", "sms")
    assert not line.backup.independent


def test_channel_that_nobody_hears_by_design_is_unverified_in_an_outage() -> None:
    radio = lasting("radio", on="radio.voice")
    parts = (MASTS, ASTRID, radio)
    config = peopled(*parts, devices=(MOBILE, RADIO), groups=(FIELD,))
    ok = works("radio")

    before = only_line(config, fold(config, *ok))
    after = only_line(config, fold(config, *ok, mark("carrier:mobile-a", 60)))

    assert before.use
    assert after.use
    assert (before.use.verified, after.use.verified) == (True, False)


def test_completed_by_what_the_answer_lacks_where_the_pinned_one_is_down() -> None:
    sms = lasting("sms", on="mobile.text")
    more = lasting("more", on="mobile.text")
    config = peopled(MASTS, sms, more, devices=(MOBILE,), groups=(FIELD,))
    pinned = Said(
        word=Pin(line="coordinate/management", channel="sms", by="Ann", at=tick(50).at),
        at=tick(50).at,
    )

    line = only_line(config, fold(config, *works("sms", "more"), pinned, *fails("sms")))

    assert line.use
    assert line.answer
    assert (line.use.channel, line.use.pinned) == ("sms", True)
    assert (line.answer.channel, line.completed_by) == ("more", ())


def test_answer_beside_a_pin_that_surely_nobody_hears_has_a_backup_of_its_own() -> None:
    sms = lasting("sms", on="mobile.text")
    radio, siren = (
        lasting("radio", on="radio.voice"),
        lasting("siren", on="radio.voice"),
    )
    parts = (MASTS, ASTRID, sms, radio, siren)
    config = peopled(*parts, devices=(MOBILE, RADIO), groups=(FIELD,))
    pin = Pin(line="coordinate/management", channel="sms", by="Ann", at=tick(50).at)
    events = [*works("sms", "radio", "siren"), Said(word=pin, at=tick(50).at)]

    line = only_line(config, fold(config, *events, mark("carrier:mobile-a", 60)))

    assert line.use
    assert line.answer
    assert line.backup
    assert (line.use.channel, line.use.in_vain) == ("sms", True)
    assert (line.answer.channel, line.backup.channel) == ("radio", "siren")


def test_line_returns_to_what_fewer_hear_where_nothing_reaches_more() -> None:
    """An operator is dead for days: that is no reason to stay on another channel."""
    mobile = device("mobile", split={"text": ("carrier:mobile-a", "carrier:mobile-b")})
    sms = lasting("sms", on="mobile.text")
    more = lasting("more", on="mobile.text")
    parts = (MASTS, component("carrier:mobile-b"), sms, more)
    config = peopled(*parts, devices=(mobile,), groups=(FIELD,))
    dead = mark("carrier:mobile-a", 30)
    again = [result("sms", "o", at) for at in (100, 160)]
    events = [*works("sms", "more"), dead, *fails("sms"), *again]

    soon = only_line(config, fold(config, *events, tick(400)))
    later = only_line(config, fold(config, *events, tick(800)))

    assert soon.use
    assert later.use
    assert (soon.use.channel, later.use.channel) == ("more", "sms")


def test_roll_call_is_shown_of_people_whom_nobody_thought_to_reach() -> None:
    radio = lasting("radio", on="radio.voice")
    parts = (MASTS, ASTRID, radio)
    config = peopled(*parts, devices=(MOBILE, RADIO), groups=(FIELD,))
    called = roll_call("radio", 30, field=(3, 4))

    line = only_line(config, fold(config, *works("radio"), called))

    assert heard(line, "radio") == {"field": "part"}


def test_roll_call_does_not_outlive_the_last_device_by_which_people_answered() -> None:
    """The boxes at home died before it, the masts after it: nobody is left."""
    home = device("home-internet", data=("internet:home",))
    mobile = device("mobile", data=("carrier:mobile-a",))
    chat = channel(
        "chat",
        probes=(probe("chat", stale_after_s=LASTING_S),),
        heard_on=heard_on("mobile.data", "home-internet.data"),
    )
    parts = (MASTS, component("internet:home"), chat)
    people = group("home", "mobile", "home-internet")
    config = peopled(*parts, devices=(mobile, home), groups=(people,))
    called = roll_call("chat", 60, home=(20, 20))
    boxes, masts = mark("internet:home", 30), mark("carrier:mobile-a", 90)

    between = only_line(config, fold(config, *works("chat"), boxes, called))
    after = only_line(config, fold(config, *works("chat"), boxes, called, masts))

    assert heard(between, "chat") == {"home": "whole"}
    assert heard(after, "chat") == {"home": "none"}


def test_completed_by_nothing_where_nobody_told_who_is_there() -> None:
    sms = lasting("sms", on="mobile.text")
    more = lasting("more", on="mobile.text")
    config = peopled(MASTS, sms, more, devices=(MOBILE,), groups=())
    word = Pin(line="coordinate/management", channel="sms", by="Ann", at=tick(50).at)
    pinned = Said(word=word, at=tick(50).at)
    events = (*works("sms", "more"), pinned, *fails("sms"))

    assert only_line(config, fold(config, *events)).completed_by == ()


def test_roll_call_gives_way_to_what_is_set_aside_after_it() -> None:
    """It is not the state of the masts that changes then, but what people say of it."""
    mobile = device("mobile", split={"text": ("carrier:mobile-a", "carrier:mobile-b")})
    sms = lasting("sms", on="mobile.text")
    parts = (MASTS, component("carrier:mobile-b"), sms)
    config = peopled(*parts, devices=(mobile,), groups=(FIELD,))
    called = roll_call("sms", 60, field=(4, 4))
    mended = mark("carrier:mobile-a", 90, Declared.MAINTENANCE)

    before = only_line(config, fold(config, *works("sms"), called))
    after = only_line(config, fold(config, *works("sms"), called, mended))

    assert heard(before, "sms") == {"field": "whole"}
    assert heard(after, "sms") == {"field": "part"}


def test_roll_call_gives_way_where_the_rest_falls_beside_what_was_set_aside() -> None:
    """One of two was in maintenance when people answered, the other fails after it."""
    mobile = device("mobile", text=(("carrier:mobile-a", "carrier:mobile-b"),))
    sms = lasting("sms", on="mobile.text")
    parts = (MASTS, component("carrier:mobile-b"), sms)
    config = peopled(*parts, devices=(mobile,), groups=(FIELD,))
    mended = mark("carrier:mobile-a", 30, Declared.MAINTENANCE)
    called, dead = roll_call("sms", 60, field=(4, 4)), mark("carrier:mobile-b", 90)

    before = only_line(config, fold(config, *works("sms"), mended, called))
    after = only_line(config, fold(config, *works("sms"), mended, called, dead))

    assert heard(before, "sms") == {"field": "whole"}
    assert heard(after, "sms") == {"field": "none"}


def test_roll_call_gives_way_to_the_later_of_two_words_on_one_network() -> None:
    mobile = device("mobile", text=(("carrier:mobile-a",),))
    config = peopled(
        MASTS, lasting("sms", on="mobile.text"), devices=(mobile,), groups=(FIELD,)
    )
    listened = mark("carrier:mobile-a", 30, Declared.DISTRUSTED)
    called = roll_call("sms", 60, field=(4, 4))
    mended = mark("carrier:mobile-a", 90, Declared.MAINTENANCE)

    before = only_line(config, fold(config, *works("sms"), listened, called))
    after = only_line(config, fold(config, *works("sms"), listened, called, mended))

    assert heard(before, "sms") == {"field": "whole"}
    assert heard(after, "sms") == {"field": "none"}


def test_channel_that_the_one_to_use_outdoes_has_its_reason() -> None:
    """Calls reach one group only, the radio the other: the runner reaches both."""
    office, crew = group("office", "landline"), group("crew", "mobile", "astrid")
    devices = (
        device("mobile", voice=("carrier:mobile-a",)),
        *(device(name, voice=()) for name in ("landline", "astrid")),
    )
    on = {"sms": "mobile", "phones": "landline", "radio": "astrid", "runner": "ears"}
    parts = [lasting(name, on=f"{device}.voice") for name, device in on.items()]
    parts[1] = replace(parts[1], heard_on=heard_on("mobile.voice", "landline.voice"))
    config = peopled(MASTS, *parts, devices=devices, groups=(office, crew))

    line = only_line(config, fold(config, *works(*on), mark("carrier:mobile-a", 60)))

    assert line.use
    assert line.use.channel == "runner"
    assert refused(line) == dict.fromkeys(("sms", "phones", "radio"), "receivers")


def test_backup_may_need_what_failed_though_the_line_was_just_on_it() -> None:
    """Fewer hear it, so the line leaves it while a test may yet clear it."""
    mobile = device("mobile", data=())
    radio = device("radio", text=(), split={"voice": ("voice:v", "radio:astrid")})
    known = lasting("known", "carrier:mobile-a", on="mobile.data")
    spare = replace(lasting("spare", "carrier:mobile-a", on="radio.text"), probes=())
    unsure = replace(lasting("unsure", on="radio.voice"), needs_known=False)
    parts = (component("voice:v"), ASTRID, MASTS, unsure, spare, known)
    people = group("field", "mobile", "radio")
    config = peopled(*parts, devices=(mobile, radio), groups=(people,))
    events = [*works("unsure"), result("known", "d", 1), mark("voice:v", 30)]

    at_once = only_line(config, fold(config, *events))
    later = only_line(config, fold(config, *events, tick(31)))

    assert at_once.use
    assert at_once.use.channel == "known"
    backups = [each.backup and each.backup.channel for each in (at_once, later)]
    assert backups == ["spare", "spare"]
