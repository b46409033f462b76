"""One channel: what it is now, a test of it, how it fared, what it hangs on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

import streamlit as st
from markupsafe import Markup

from secours.core.audit.switch_times import detection_limit_s
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.charts import states
from secours.dashboard.engine import engine_client, history
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.history import Channel, NoHistory, Past
from secours.dashboard.engine.source import plan
from secours.dashboard.refresh import QUICK_S
from secours.model.plan import Config
from secours.model.snapshot import ChannelView, Snapshot
from secours.render.pages import channel, sections, timeline
from secours.render.pages.channel import Fared
from secours.render.pages.journal import period
from secours.render.pages.timeline import Span
from secours.render.wording.localizer import Localizer

CELLS = {1: 288, 7: 336, 90: 360}  # of the picture, by days
ASKED = "tested"  # in the session: when the test of a channel was asked for

Test = Callable[[str], None]


def draw(localizer: Localizer, address: Address, _: Visit) -> Markup:
    """Draw what the channel is now that the address names."""
    name = address.get("name") or _first(localizer)
    found = _view(localizer.snapshot, name)
    if found is None:
        return channel.missing_html(name, localizer)
    asked_s = st.session_state.get(ASKED, {}).get(name)
    return channel.now_html(found, localizer, asked_s)


def every_s(localizer: Localizer, address: Address) -> float | None:
    """Return how often it is drawn while a test that was asked for goes on."""
    name = address.get("name") or _first(localizer)
    found = _view(localizer.snapshot, name)
    asked_s = st.session_state.get(ASKED, {}).get(name)
    pending = found and asked_s is not None and channel.is_testing(found, asked_s)
    return QUICK_S if pending else None


def below(localizer: Localizer, address: Address, visit: Visit) -> None:
    """Offer to test the channel, and show how it fared."""
    view = _view(localizer.snapshot, address.get("name") or _first(localizer))
    if view is None:
        return
    config = plan()
    _choose(localizer, view)
    if visit.acts and view.probes:
        _test(localizer, view, config, engine_client.test_now)
    _history(localizer, view, config, history.channel)


def _first(localizer: Localizer) -> str:
    return localizer.snapshot.channels[0].name if localizer.snapshot.channels else ""


def _view(snapshot: Snapshot | None, name: str) -> ChannelView | None:
    views = snapshot.channels if snapshot else ()
    return next((view for view in views if view.name == name), None)


def _choose(localizer: Localizer, view: ChannelView) -> str:
    """Let another channel be chosen; the address follows."""
    names = {
        f"{localizer.in_language(each.label) or each.name} ({each.name})": each.name
        for each in localizer.snapshot.channels
    }
    labels = list(names)
    place = list(names.values()).index(view.name)
    chosen = names[st.selectbox(localizer.say("channel.choose"), labels, index=place)]
    if chosen != view.name:
        st.query_params["name"] = chosen
    return chosen


def _test(
    localizer: Localizer, view: ChannelView, config: Config | None, test: Test
) -> None:
    """Offer to test the channel now; what costs money wants a second thought."""
    known = config.channels.get(view.name) if config else None
    costs = known is None or any(probe.cost for probe in known.probes)
    with st.container(horizontal=True, vertical_alignment="center"):
        sure = not costs or st.checkbox(localizer.say("channel.costs"))
        clicked = st.button(localizer.say("channel.test"), disabled=not sure)
    if not clicked:
        return
    try:
        test(view.name)
    except NotDone as refused:
        why = str(refused) or localizer.say("journal.no_engine")
        st.text(localizer.say("channel.not_asked", what=why))
        return
    now_s = localizer.snapshot.at.steady_s + localizer.screen_age_s
    st.session_state[ASKED] = {**st.session_state.get(ASKED, {}), view.name: now_s}
    st.rerun()


def _history(
    localizer: Localizer, view: ChannelView, config: Config | None, load: Channel
) -> None:
    st.header(localizer.say("channel.timeline"), anchor=False)
    periods = {period(days, localizer): days for days in CELLS}
    labels = list(periods)
    chosen = st.segmented_control(
        localizer.say("journal.since"), labels, default=labels[0], required=True
    )
    days = periods[chosen or labels[0]]
    end = datetime.now(UTC)
    start = end - timedelta(days=days)
    probes = [f"channels/{view.name}/{probe.name}" for probe in view.probes]
    try:
        past = load(view.name, probes, start)
    except NoHistory as none:
        st.text(localizer.say(str(none)))
        past = Past()
    silent = timeline.silences(past.lives, start)
    now = timeline.present(view.standing, end)
    spans = timeline.spans(past.changes, now, start, silent)
    _timeline(localizer, spans, start, end, CELLS[days])
    st.header(localizer.say("channel.facts"), anchor=False)
    fared = _fared(past, view.name, config)
    facts = channel.facts_html(view, fared, localizer)
    st.html(sections.page(facts, localizer.language))


def _timeline(
    localizer: Localizer, spans: list[Span], start: datetime, end: datetime, n: int
) -> None:
    """Show the states as a picture, a sentence and a table."""
    said = timeline.summary(timeline.share(spans), localizer)
    cells = timeline.cells(spans, start, end, n)
    st.text(said)
    st.plotly_chart(
        states.strip(cells, start, end, localizer),
        theme=None,
        config={"displayModeBar": False},
        alt=said,
    )
    table = channel.spans_html(spans, localizer)
    st.html(sections.page(table, localizer.language))


def _fared(past: Past, name: str, config: Config | None) -> Fared:
    """Work out what is to be said of a channel besides its state."""
    known = config.channels.get(name) if config else None
    delays = [
        (down.at.utc - begun[0]).total_seconds()
        for down, runs in past.failures
        if (begun := timeline.failed_since(runs)) is not None
    ]
    return Fared(
        passed={probe.rpartition("/")[2]: past.passed(probe) for probe in past.results},
        latencies={
            probe.rpartition("/")[2]: found
            for probe, results in past.results.items()
            if (found := timeline.latency(results)) is not None
        },
        detect_s=median(delays) if delays else None,
        detected=len(delays),
        limit_s=detection_limit_s(known.probes) if known else None,
        needs=known.needs if known else None,
        traits=known.traits if known else {},
        trial=past.trial,
    )
