"""What the plan rests on: its strength, what if something fails, and a picture."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import inf

import streamlit as st
from markupsafe import Markup
from msgspec.structs import asdict

from secours import texts
from secours.config import catalogue
from secours.core.audit.plan import audit
from secours.core.replay.whatif import Outlook, nodes_of, whatif
from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.dashboard.engine.source import plan
from secours.engine import clock
from secours.engine.store import saved_memory
from secours.model.nodes import kind_of
from secours.model.plan import Config
from secours.model.statements import Trial
from secours.render.answers import audit as audit_answer
from secours.render.escape import literal
from secours.render.pages import needs_picture, sections
from secours.render.wall import unsafe_band
from secours.render.wording import audit as audit_wording
from secours.render.wording import whatif as whatif_wording
from secours.render.wording.localizer import Localizer

HOUR_S = 3600.0
UNTIL_S = (0.0, *(HOUR_S * n for n in (1, 2, 4, 8, 12, 24, 48, 72)), inf)
COLUMNS = 3


def draw(_: Localizer, __: Address, ___: Visit) -> Markup:
    """Draw nothing above what can be ticked."""
    return Markup()


def below(localizer: Localizer, _: Address, __: Visit) -> None:
    """Show what the plan rests on."""
    config = plan()
    if config is None:
        st.text(localizer.say("redundancy.refused"))
        return
    st.text(localizer.say("paper.plan", version=config.version))
    _strength(localizer, config, saved_memory.trials())
    _whatif(localizer, config)


def _strength(
    localizer: Localizer, config: Config, trials: Mapping[str, Trial]
) -> None:
    st.header(localizer.say("redundancy.strength"), anchor=False)
    now = datetime.now(UTC)
    found = audit(config, now=now, trials=trials)
    aged = asdict(catalogue.aged(config, now.date()))
    answer = audit_answer.answer(found, config, localizer.language, now, **aged)
    said = audit_wording.sections(answer, localizer.language)
    st.html(sections.html(said, localizer.language))


def _whatif(localizer: Localizer, config: Config) -> None:
    """Let things fail, and say and draw what falls with them."""
    st.header(localizer.say("redundancy.whatif"), anchor=False)
    if band := unsafe_band.band(localizer):
        st.html(sections.page(band, localizer.language))
    fails = _ticked(localizer, config)
    until_s = st.select_slider(
        localizer.say("redundancy.until"),
        UNTIL_S,
        inf,
        format_func=lambda until_s: _until(localizer, until_s),
    )
    fallen: set[str] = set()
    if fails:
        marks = localizer.snapshot.marks
        now = clock.now()
        outlook = whatif(config, fails, start=now, until_s=until_s, marks=marks)
        fallen = {fall.name for step in outlook.steps for fall in step.falls}
        _outlook(localizer, config, fails, outlook)
    else:
        st.text(localizer.say("redundancy.none"))
    st.header(localizer.say("redundancy.picture"), anchor=False)
    st.text(localizer.say("redundancy.picture.how"))
    st.graphviz_chart(needs_picture.picture(config, fallen, localizer))


def _ticked(localizer: Localizer, config: Config) -> list[str]:
    """Offer a box for each thing that can fail; return those that are ticked."""
    kinds: dict[str, list[str]] = {}
    for name in nodes_of(config):
        kinds.setdefault(kind_of(name), []).append(name)
    names = audit_answer.labels(config, localizer.language)
    fails: list[str] = []
    with st.expander(localizer.say("redundancy.tick"), expanded=True):
        for kind, nodes in kinds.items():
            st.text(_kind(localizer, kind))
            columns = st.columns(COLUMNS)
            for place, name in enumerate(nodes):
                label = literal(names[name])
                if columns[place % COLUMNS].checkbox(label, key=f"fails {name}"):
                    fails.append(name)
    return fails


def _kind(localizer: Localizer, kind: str) -> str:
    """Name a class of components; one of the site's own is called as it is."""
    key = f"redundancy.kind.{kind}"
    return words if (words := localizer.say(key)) != key else kind


def _until(localizer: Localizer, until_s: float) -> str:
    if until_s == inf:
        return localizer.say("redundancy.end")
    if not until_s:
        return localizer.say("whatif.at_once")
    return texts.duration(localizer.language, until_s)


def _outlook(
    localizer: Localizer, config: Config, fails: Sequence[str], outlook: Outlook
) -> None:
    if any(name.startswith("power:") for name in fails):
        st.text(localizer.say("on_battery.advice"))
    names = audit_answer.labels(config, localizer.language)
    moments = whatif_wording.sections(outlook, names, localizer.language)
    st.html(sections.html(moments, localizer.language))
    if later := whatif_wording.later(outlook, names, localizer.language):
        st.text(later)
