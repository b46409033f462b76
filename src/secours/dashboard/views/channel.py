"""Page of one channel: state, test, history, and needs."""

from datetime import UTC, datetime, timedelta
from statistics import median

import streamlit as st
from markupsafe import Markup

from secours.core.audit.switch_times import detection_limit_s
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine import channel_history, engine_client, history
from secours.dashboard.engine.channel_history import Past
from secours.dashboard.engine.engine_client import NotDone
from secours.dashboard.engine.history import NoHistory, spans_of
from secours.dashboard.engine.source import plan
from secours.dashboard.view import QUICK_S
from secours.model.plan import Config
from secours.model.snapshot import ChannelView
from secours.render.pages import channel, timeline
from secours.render.pages.channel import ChannelAsked, ChannelFacts, ChannelHistory
from secours.render.pages.strip import Window
from secours.render.wording.localizer import Localizer

TESTED = "tested"  # in the address: when a test was requested


def draw(localizer: Localizer, address: Address, visit: Visit) -> Markup:
    """Draw the channel in the address."""
    query = channel.asked_of(address.get, localizer)
    view = _view(localizer, query)
    if view is None:
        return channel.missing_html(query.name, localizer)
    past = _history(localizer, view, query.days, plan())
    return channel.channel_html(view, localizer, query, past, acts=visit.acts)


def every_s(localizer: Localizer, address: Address) -> float | None:
    """Return the refresh interval while a requested test runs."""
    asked = channel.asked_of(address.get, localizer)
    view = _view(localizer, asked)
    return QUICK_S if view and channel.is_testing(view, asked) else None


def below(localizer: Localizer, address: Address, visit: Visit) -> None:
    """Offer to test the channel, and show the chart asked for."""
    query = channel.asked_of(address.get, localizer)
    view = _view(localizer, query)
    if view is None:
        return
    if query.explores:
        _explore(localizer, view, query.days, visit.theme)
    if visit.acts and view.probes:
        _test(localizer, view, plan())


def _view(localizer: Localizer, asked: ChannelAsked) -> ChannelView | None:
    return localizer.snapshot.by_name.get(asked.name)


def _window(days: int) -> Window:
    end = datetime.now(UTC)
    return Window(end - timedelta(days=days), end)


def _explore(localizer: Localizer, view: ChannelView, days: int, theme: str) -> None:
    """Load the chart library, and draw one."""
    from secours.dashboard.charts import answers

    window = _window(days)
    try:
        buckets = channel_history.buckets(view, window)
    except NoHistory as none:
        st.text(localizer.say(str(none)))
        return
    if not any(buckets.values()):
        st.text(localizer.say("channel.explore.none"))
        return
    st.plotly_chart(
        answers.figure(buckets, window, localizer, theme),
        theme=None,
        alt=localizer.say("channel.explore"),
        config={"displaylogo": False},
    )


def _test(localizer: Localizer, view: ChannelView, config: Config | None) -> None:
    """Offer to test the channel now; a costly test must be confirmed."""
    known = config.channels.get(view.name) if config else None
    costs = known is None or any(probe.cost for probe in known.probes)
    with st.container(horizontal=True, vertical_alignment="center"):
        sure = not costs or st.checkbox(localizer.say("channel.costs"))
        clicked = st.button(localizer.say("channel.test"), disabled=not sure)
    if not clicked:
        return
    try:
        engine_client.test_now(view.name, localizer=localizer)
    except NotDone as refused:
        st.text(localizer.say("channel.not_asked", what=refused.why(localizer)))
        return
    st.query_params[TESTED] = f"{channel.now_s(localizer):.3f}"
    st.rerun()


def _history(
    localizer: Localizer, view: ChannelView, days: int, config: Config | None
) -> ChannelHistory:
    """Read the history of a channel; without one only its plan."""
    window = _window(days)
    past, lately, missing = Past(), None, ""
    try:
        lately = history.days(window.start)
        past = channel_history.channel(view, window)
    except NoHistory as none:
        missing = str(none)
    return ChannelHistory(
        window=window,
        spans=spans_of(view, lately, window, stamped=localizer.snapshot.at.utc),
        fared=_fared(past, view.name, config),
        missing=missing,
    )


def _fared(past: Past, name: str, config: Config | None) -> ChannelFacts:
    """Compute the facts on a channel besides its state."""
    channel = config.channels.get(name) if config else None
    delays = [
        (down.at.utc - begun[0]).total_seconds()
        for down, runs in past.failures
        if (begun := timeline.failed_since(runs)) is not None
    ]
    return ChannelFacts(
        passed=past.passed,
        latencies=past.latencies,
        detect_s=median(delays) if delays else None,
        detected=len(delays),
        limit_s=detection_limit_s(channel.probes) if channel else None,
        needs=channel.needs if channel else None,
        traits=channel.traits if channel else {},
        trial=past.trial,
    )
