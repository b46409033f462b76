"""Sentences of a component on its battery."""

import pytest
from plans import channel, component, fold, plan, probe, result, shot, tick

from secours.languages import LANGUAGES
from secours.model.observed import RUNTIME, Evidence, Reason, failed
from secours.model.plan import Config
from secours.model.snapshot import Snapshot
from secours.render.pages import owner
from secours.render.wording.localizer import Localizer

FEED, SITE = "power:feed", "power:site"
UPS = probe(FEED, "nut", stale_after_s=90.0, confirm=1)
ON_BATTERY = failed(Reason.ON_BATTERY, Evidence.SERVED, **{RUNTIME: 1380})


def town(measured_by: str | None = UPS.id) -> Config:
    return plan(
        component(FEED, probes=(UPS,)),
        component(SITE, FEED, autonomy_s=3600.0, measured_by=measured_by),
        channel("mail", SITE, probes=()),
    )


def on_battery(config: Config) -> Snapshot:
    memory = fold(config, result(f"{FEED}/nut", ON_BATTERY, 10), tick(20))
    return shot(config, memory)


def sentences(shown: Snapshot, name: str, language: str) -> str:
    (view,) = [part for part in shown.components if part.name == name]
    return " ".join(owner.reasons(view, Localizer(shown, language)))


MEASURED = {
    "fr": "tient encore 22 min, jusque vers 00:23 (selon l\u2019onduleur)",
    "nl": "houdt het nog 22 min vol, tot ongeveer 00:23 (volgens de UPS)",
    "de": "hält noch 22 min, bis etwa 00:23 (laut USV)",
    "en": "holds another 22 min, until about 00:23 (as the UPS measures)",
}
WORDS = {
    "fr": "onduleur sur batterie, 23 min",
    "nl": "UPS op batterij, 23 min",
    "de": "USV auf Batterie, 23 min",
    "en": "UPS on battery, 23 min",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_say_that_the_end_of_a_battery_is_measured(language: str) -> None:
    shown = on_battery(town())

    assert MEASURED[language] in sentences(shown, SITE, language)
    assert sentences(shown, FEED, language).startswith(WORDS[language])


def test_reasons_say_where_the_ups_does_not_tell_the_end() -> None:
    without = failed(Reason.ON_BATTERY, Evidence.SERVED)
    shown = shot(town(), fold(town(), result(f"{FEED}/nut", without, 10), tick(20)))

    said = sentences(shown, SITE, "en")
    assert "holds another 59 min" in said
    assert said.endswith("(by the plan: the UPS does not say)")


def test_reasons_say_nothing_of_a_ups_where_none_is_named() -> None:
    assert "UPS" not in sentences(on_battery(town(None)), SITE, "en")
