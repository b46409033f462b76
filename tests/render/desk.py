"""Pages for a desk, drawn of a snapshot in a language."""

from datetime import timedelta

from markupsafe import Markup

from secours.core.diagnosis.explanation import Explanation
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.pages import timeline
from secours.render.pages.channel_filter import ALL, ChannelFilter
from secours.render.pages.channels import Timelines, channels_html
from secours.render.pages.strip import Window
from secours.render.situation.now import LastDay, Rights, now_html
from secours.render.situation.why import why_html
from secours.render.wording.localizer import Localizer


def now_page(
    shown: Snapshot, language: str = "en", age_s: float = 4.0, *, acts: bool = False
) -> Markup:
    """Return what to use now, as somebody known is shown it, without a history."""
    return now_html(Localizer(shown, language, age_s), rights=Rights(acts=acts))


def why_page(
    shown: Snapshot,
    language: str = "en",
    why: Explanation | None = None,
    *,
    age_s: float = 4.0,
    plan: Config | None = None,
    asked: str | None = None,
) -> Markup:
    """Return the page of why it is so."""
    localizer = Localizer(shown, language, age_s)
    return why_html(localizer, why, plan=plan, channel_asked=asked)


def day_of(shown: Snapshot) -> LastDay:
    """Return a day in which each channel became what it is now."""
    end = shown.at.utc
    window = Window(end - timedelta(hours=24), end)
    spans = {
        view.name: timeline.spans(
            (), timeline.present(view.standing, end), window.start
        )
        for view in shown.channels
    }
    return LastDay(window=window, spans=spans)


def channels_page(
    shown: Snapshot,
    language: str = "en",
    *,
    age_s: float = 4.0,
    over: Timelines | None = None,
    wish: ChannelFilter = ALL,
    acts: bool = False,
) -> Markup:
    """Return the channels that are looked for, without a history if none is given."""
    end = shown.at.utc
    bare = Timelines(window=Window(end - timedelta(days=wish.days), end))
    localizer = Localizer(shown, language, age_s)
    return channels_html(localizer, over or bare, wish=wish, acts=acts)
