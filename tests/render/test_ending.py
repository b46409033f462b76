"""The time left of a channel in use, as far as the people of its line hear it."""

from render.snapshots import moment, snapshot, standing, with_channel, with_line

from secours.model.snapshot import Snapshot
from secours.render.answers import recommend
from secours.render.export.lite import lite_html
from secours.render.paper.sheet import sheet_text
from secours.render.wall import card_text
from secours.render.wall.rungs import badge_of
from secours.render.wording.localizer import Localizer

HOURS = moment(-7200)  # from now until the masts of people end


def masts_end() -> Snapshot:
    """Return a town whose SMS gateway lives on for longer than its people hear it."""
    own = standing("o", until=moment(-36000))
    shown = with_channel(snapshot(), "sms", standing=own)
    return with_line(shown, 0, until={"sms": HOURS})


def test_card_says_how_long_people_hear_the_channel_in_use() -> None:
    localizer = Localizer(masts_end(), "en", 0.0)

    card, _ = card_text.said(localizer.snapshot.recommendations[0], localizer)

    assert (card.rank, card.tone) == ("2\xa0h left", "degraded")


def test_rung_counts_down_for_its_line_alone() -> None:
    shown = masts_end()
    localizer = Localizer(shown, "en", 0.0)

    words = [badge_of("sms", localizer, line).word for line in shown.recommendations]

    assert words == ["2\xa0h", "10\xa0h"]


def test_backup_says_how_long_people_hear_it() -> None:
    shown = snapshot()
    spare = shown.recommendations[0].backup
    assert spare is not None
    shown = with_line(shown, 0, until={spare.channel: HOURS})
    localizer = Localizer(shown, "en", 0.0)

    told = card_text.backup(shown.recommendations[0], localizer)

    assert "2\xa0h left" in told


def test_sheet_has_the_hour_at_which_nobody_hears_it_any_more() -> None:
    assert "On-call SMS  until about 05:14 · USE" in sheet_text(
        masts_end(), "en", states=True
    )


def test_recommend_has_the_same_moment() -> None:
    line = recommend.answer(masts_end(), 0.0, "en").recommendations[0]

    assert line.use is not None
    assert line.use.until == "2026-11-24T04:14:07.000Z"


def test_lite_says_the_time_left() -> None:
    assert ">2\xa0h left<" in lite_html(masts_end(), "en", age_s=0.0)
