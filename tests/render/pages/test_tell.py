from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace
from render.snapshots import moment, snapshot, with_line

from secours.model.plan import Text, UriScheme
from secours.model.snapshot import Snapshot
from secours.model.statements import Announced
from secours.render.pages import tell
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
    found = tell.text_to_send(said, localizer).links
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


def test_all_that_nobody_was_told_yet_is_noted_at_once() -> None:
    word = Announced(
        line="alert/management", channel="calls", on=("calls",), by="Bob", at=moment(1)
    )
    told = tell.to_tell(Localizer(town(), "en"))
    half = tell.to_tell(Localizer(replace(town(), announced=(word,)), "en"))

    everything = tell.all_sent(told)

    assert everything
    assert [each["line"] for each in everything["each"]] == [
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
    assert first.request["line"] == "alert/management"
    assert first.request["channel"] == ""
    assert not first.told
    assert again.told
    assert "told by Bob at 03:14</p>" in again.html
