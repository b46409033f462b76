from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace
from render.snapshots import moment, snapshot

from secours.model.plan import UriScheme
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
