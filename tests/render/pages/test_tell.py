from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace
from render.snapshots import moment, snapshot, with_line

from secours.languages import Text
from secours.model.sections.channel import UriScheme
from secours.model.snapshot import Snapshot
from secours.model.statements import Announced
from secours.render.pages import tell
from secours.render.redact import discreet
from secours.render.wording.announcement import announcements
from secours.render.wording.localizer import Localizer


def town(**schemes: UriScheme) -> Snapshot:
    """Return a town whose two lines have left their first choice."""
    shown = snapshot("xooo", "xooo")
    channels = tuple(
        replace(each, uri_scheme=schemes.get(each.name, "")) for each in shown.channels
    )
    return replace(shown, channels=channels)


def links(shown: Snapshot) -> list[tuple[str, str]]:
    localizer = Localizer(shown, "en")
    said = announcements(shown, "en")[0]
    assert said.on == ("calls",)
    found = tell.text_to_send(said, localizer)["links"]
    return [(each.words, each.address) for each in found]


def test_message_is_begun_on_a_channel_that_has_a_link_for_it() -> None:
    text = announcements(town(), "en")[0].text
    ((_, sms),) = links(town(calls="sms"))
    ((words, mail),) = links(town(calls="mailto"))

    assert links(town(sms="sms")) == []
    assert words == "Write by Voice calls"
    assert sms.startswith("sms:?&body=")
    assert parse_qs(urlsplit(sms).query)["body"] == [text]
    assert urlsplit(mail).scheme == "mailto"
    assert parse_qs(urlsplit(mail).query) == {
        "subject": ["ALERT · management"],
        "body": [text],
    }


@pytest.mark.parametrize(
    ("scheme", "how", "to"),
    [
        ("mailto", "crise@town.example", "crise@town.example"),
        (
            "mailto",
            "List <a.b+c@x.example>, d@x.example.",
            "a.b+c@x.example,d@x.example",
        ),
        ("mailto", "a&bcc=x@town.example", "x@town.example"),
        ("mailto", "List of the crisis", ""),
        ("sms", "The gateway: +32 470 00 01 12", "+32470000112"),
        ("sms", "0470/00.01.12, list 3", "0470000112"),
        ("sms", "0470 00 01 12 or 0471 00 01 12", ""),
        ("sms", "Desk 12, extension 4112, code 470001", ""),
    ],
)
def test_message_is_addressed_where_how_to_use_the_channel_says_to_whom(
    scheme: UriScheme, how: str, to: str
) -> None:
    shown = town(calls=scheme)
    channels = tuple(
        replace(each, how=Text(how)) if each.name == "calls" else each
        for each in shown.channels
    )
    shown = replace(shown, channels=channels)

    ((_, address),) = links(shown)
    ((_, to_a_stranger),) = links(discreet(shown))

    assert urlsplit(address).path == to
    assert urlsplit(to_a_stranger).path == ""


def test_all_that_nobody_was_told_yet_is_noted_at_once() -> None:
    word = Announced(
        line="alert/management", channel="calls", on=("calls",), by="Bob", at=moment(1)
    )
    told = tell.to_tell(Localizer(town(), "en"))
    half = tell.to_tell(Localizer(replace(town(), announced=(word,)), "en"))

    everything = tell.all_sent(told)

    assert everything
    assert [each.line for each in everything.each] == [
        "alert/management",
        "coordinate/management",
    ]
    assert [each.told for each in half] == [True, False]
    assert tell.all_sent(half) is None


def test_each_text_has_a_button_that_copies_it() -> None:
    first, _ = tell.to_tell(Localizer(town(), "en"))
    text = announcements(town(), "en")[0].text

    assert f'data-copy="{text}"' in first.html
    assert ">Copy</button>" in first.html


def test_where_nothing_is_left_the_last_resort_is_told_and_noted() -> None:
    shown = with_line(snapshot("xxxx"), 0, last_resort=Text("Send runners"))
    word = Announced(line="alert/management", channel="", on=(), by="Bob", at=moment(1))

    first, *_ = tell.to_tell(Localizer(shown, "en"))
    again, *_ = tell.to_tell(Localizer(replace(shown, announced=(word,)), "en"))

    assert "no usable channel. Send runners." in first.html
    assert ">Copy</button>" in first.html
    assert first.request.line == "alert/management"
    assert first.request.channel == ""
    assert not first.told
    assert again.told
    assert "told by Bob at 03:14</p>" in again.html
