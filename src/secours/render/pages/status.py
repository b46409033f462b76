"""The state of every channel, and of each probe under it, on one page to scroll.

Pure: a Snapshot in, HTML out. First what to use, then each channel in the order of the
plan, then what they share, our own link, and what changed last.
"""

from urllib.parse import urlencode

from markupsafe import Markup
from msgspec import Struct

from secours import texts
from secours.model.nodes import channel_node
from secours.model.snapshot import Link, Recommendation
from secours.render import badges, templates
from secours.render.badges import Tone
from secours.render.pages import channel_filter, notices
from secours.render.pages.actions import ActionLink, action_link
from secours.render.pages.channel_filter import ALL, Wanted
from secours.render.pages.owner import OwnerView, owner, path
from secours.render.wall import card, unsafe_band
from secours.render.wall.card_fit import card_text
from secours.render.wall.footer import change_row, is_told, notes
from secours.render.wording import caveats, exercise, suspects
from secours.render.wording.localizer import Localizer

MOST_CHANGES = 12


class AnswerView(Struct, frozen=True, kw_only=True):
    """What to use for a line, as the wall has it, in a small size."""

    card: Markup
    act: ActionLink | None


def status_html(
    localizer: Localizer, *, wish: Wanted = ALL, acts: bool = False
) -> Markup:
    """Draw the state of everything.

    Of the channels those looked for; `acts` adds links to what a person can do.
    """
    snapshot = localizer.snapshot
    shown = channel_filter.found(wish, localizer)
    changes = [each for each in snapshot.changes if is_told(each)][:MOST_CHANGES]
    return templates.fill(
        "status.html",
        localizer.language,
        unsafe=unsafe_band.band(localizer),
        notes=_notes(localizer),
        waiting=notices.waiting(localizer, acts=acts),
        answers=[_answer(line, localizer, acts) for line in snapshot.recommendations],
        exercise=exercise.block(localizer),
        suspects=suspects.sentences(localizer),
        counts=channel_filter.counts(localizer),
        found=channel_filter.shown_of(shown, wish, localizer),
        channels=[
            owner(
                view,
                localizer,
                link=channel_link(view.name, localizer),
                act=_act_on(channel_node(view.name), localizer) if acts else None,
            )
            for view in shown
        ],
        components=_components(localizer, acts),
        paths=[path(view, localizer) for view in snapshot.paths],
        changes=[change_row(each, localizer) for each in changes],
    )


def _notes(localizer: Localizer) -> list[str]:
    said = list(notes(localizer))
    if localizer.snapshot.config_error:
        said.append(localizer.snapshot.config_error)
    if advice := caveats.on_battery(localizer):
        said.insert(0, advice)
    if localizer.snapshot.own_link is Link.DOWN:
        how = localizer.say("own_link.how")
        said.insert(0, f"{localizer.say('own_link.down')}. {how}")
    if localizer.snapshot.example:
        said.append(localizer.say("note.example"))
    return said


def _answer(line: Recommendation, localizer: Localizer, acts: bool) -> AnswerView:
    """Draw the answer of a line; `acts` adds a link to pin it."""
    head = texts.purpose(localizer.language, line.purpose, line.audience)
    pin = action_link("act.link.pin", head, localizer, do="pin", line=line.name)
    drawn = card.column_html(card_text(line, localizer))
    return AnswerView(card=drawn, act=pin if acts else None)


def _act_on(subject: str, localizer: Localizer) -> ActionLink:
    about = localizer.subject(subject)
    return action_link("page.act", about, localizer, subject=subject)


def channel_link(name: str, localizer: Localizer) -> str:
    """Return the address of the page of a channel."""
    return f"channel?{urlencode({'name': name, 'lang': localizer.language})}"


def _components(localizer: Localizer, acts: bool) -> list[OwnerView]:
    """Return the components that something is known of."""
    return [
        owner(view, localizer, act=_act_on(view.name, localizer) if acts else None)
        for view in localizer.snapshot.components
        if view.probes or badges.tone_of(view.standing) is not Tone.UNKNOWN
    ]
