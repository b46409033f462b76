from plans import channel, component, moment, plan

from secours.core.replay.whatif import whatif
from secours.render.wording.whatif import section

TOWN = plan(component("provider:signal"), channel("signal", "provider:signal"))
NODES = ("provider:signal", "channel:signal")


def falls(**names: str) -> list[str]:
    """Return what falls with the provider, each thing called so."""
    (step, *_) = whatif(TOWN, ["provider:signal"], start=moment(0)).steps
    said = section(step, dict(zip(NODES, names.values(), strict=True)), "en")
    return list(said.paragraphs)


def test_component_called_as_its_channel_is_named_once() -> None:
    assert falls(component="Signal", channel="Signal") == ["Falls: Signal."]


def test_channel_says_with_what_it_falls() -> None:
    assert falls(component="Servers", channel="Signal") == [
        "Falls: Signal (with Servers), Servers."
    ]
