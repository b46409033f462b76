"""The section `notify`: recipients, targets and their transport."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import time
from urllib.parse import urlsplit

from secours import probes
from secours.config.reader.document import Scalar
from secours.config.reader.mistakes import shown, suggestion
from secours.config.reader.shapes import (
    Name,
    Record,
    Shape,
    Spot,
    Wrong,
    items,
    list_of,
    mapping_of,
    record,
    said,
)
from secours.config.reader.values import DURATION, checked, choice
from secours.config.sections.fields import filled, section
from secours.config.sections.needs import gives_needs
from secours.config.sections.probe_settings import shape_of
from secours.languages import LANGUAGES, Text
from secours.message import BadValue, Series
from secours.model.secret import SecretMissing, Template
from secours.model.sections.channel import Carries, Channel, Probe
from secours.model.sections.notify import Notify, Recipient, Target
from secours.wire.option_checks import HIGHEST_PORT, called

WAYS = ("through", "url", "command")
SCHEMES, BARE, PORT = "apprise_schemes.txt", "bare", "port"
EXAMPLE = "ntfys://host/topic"
CALLING = ("modem", "sip")  # types whose options place a call
DAY_S = 86400.0
WEB = {  # Apprise schemes for pasted addresses
    "http": {"json": "json://", "form": "form://"},
    "https": {"json": "jsons://", "form": "forms://"},
}


def _web_address(spot: Spot) -> Template:
    address: Template = shape_of(Template).read(spot)
    with suppress(SecretMissing):
        if not re.match(r"https?://[^/?#:]", address.reveal()):
            raise Wrong(spot, "plan.option.web-address")
    return address


def _apprise_address(spot: Spot) -> Template:
    """Refuse an invalid address; the message never repeats a secret.

    `secours validate` asks Apprise itself, which is slow to import.
    """
    address: Template = shape_of(Template).read(spot)
    with suppress(SecretMissing):
        written = address.reveal()
        scheme, separator, rest = written.partition("://")
        if not separator:
            raise Wrong(spot, "plan.notify.url", example=EXAMPLE)
        mark = _mark_of(spot, scheme)
        if mark != BARE and not rest.strip("/ "):
            raise Wrong(spot, "plan.notify.bare", example=EXAMPLE)
        if mark == PORT:
            _check_place(spot, written)
    return address


def _mark_of(spot: Spot, scheme: str) -> str:
    """Return the mark of a scheme."""
    marks = schemes()
    if (kind := scheme.lower()) in marks:
        return marks[kind]
    if kind in WEB:
        raise Wrong(spot, "plan.notify.web", **WEB[kind])
    # What stands before the colon may be a part of a secret.
    node = spot.node
    is_written = isinstance(node, Scalar) and node.text.startswith(scheme)
    written = scheme if is_written else "***"
    meant = suggestion(written, marks)
    raise Wrong(spot, "plan.notify.scheme", name=shown(written), meant=meant)


def _check_place(spot: Spot, written: str) -> None:
    """Refuse an invalid host or port."""
    try:
        place = urlsplit(written)
    except ValueError:
        raise Wrong(spot, "plan.notify.url", example=EXAMPLE) from None
    try:
        port = place.port
    except ValueError:
        port = 0
    if port == 0:
        from_to = {"low": 1, "high": HIGHEST_PORT}
        raise Wrong(spot, "plan.option.from-to", option="port", **from_to)


def schemes() -> dict[str, str]:
    """Return the schemes of Apprise, and their marks.

    `port`: with host and port; `bare`: nothing need follow. They are in a file, as the
    import of Apprise is slower than the rest of reading a plan.
    """
    from importlib.resources import files  # a plan without such a target needs none

    text = files("secours.config").joinpath(SCHEMES).read_text("utf-8")
    lines = (line.partition(" ") for line in text.splitlines())
    return {scheme: mark for scheme, _, mark in lines}


def _word(spot: Spot) -> str:
    word: str = shape_of(str).read(spot)
    if "\0" in word:
        raise Wrong(spot, "plan.option.null-character")
    return word


def _days(spot: Spot) -> float:
    every_s: float = DURATION.read(spot)
    if every_s % DAY_S:
        raise Wrong(spot, "plan.notify.days")
    return float(every_s)  # a plain number, for what is told as JSON


def _hour(text: str) -> time:
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text):
        raise ValueError
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))


TARGET = section(
    Target,
    to=shape_of(Template),
    url=Shape(_apprise_address, {"type": "string"}),
    command=list_of(Shape(_word, {"type": "string"})),
)
NOTIFY = section(
    Notify,
    beat_to=Shape(_web_address, {"type": "string"}),
    to=mapping_of(section(Recipient, ("targets",), language=choice(*LANGUAGES))),
    targets=mapping_of(TARGET),
    prove=said(
        "Periodic test message over each way, marked as a test.",
        record(
            {
                "every": said(
                    "Time between two tests of a way, in whole days; 7d are Mondays.",
                    Shape(_days, DURATION.form),
                ),
                "at": said(
                    "Time of day at the site from which they are made, for two hours.",
                    checked(_hour, "plan.a.hour"),
                ),
            }
        ),
    ),
)


def notify(
    whole: Record, channels: Mapping[str, Channel], names: frozenset[str]
) -> Notify:
    """Make the section, noting contradictions.

    `names` are those of all channels in the file, also with a mistake.
    """
    written: Mapping[str, Record] = whole.get("targets", {})
    recipients: Mapping[str, Record] = whole.get("to", {})
    _check_recipients(recipients, written)
    _check_circles(recipients)
    reached = {n.text for r in recipients.values() for n in r.get("targets", ())}
    for name, target in written.items():
        if name not in reached:
            target.spot.note("plan.notify.unreached")
    targets = {
        name: _target(name, target, channels, names) for name, target in written.items()
    }
    _check_texts(recipients, targets)
    prove: Record | None = whole.get("prove", None)
    return filled(
        whole,
        Notify,
        prove_every_s=prove.get("every", 7 * DAY_S) if prove is not None else None,
        prove_at=whole.part("prove").get("at", Notify().prove_at),
        recipients={
            name: filled(each, Recipient, {"label": Text(name)}, name=name)
            for name, each in recipients.items()
        },
        targets=targets,
    )


def _check_recipients(
    recipients: Mapping[str, Record], targets: Mapping[str, Record]
) -> None:
    for written in recipients.values():
        if written.values.get("targets") == ():
            written.at("targets").note("plan.notify.no-target")
        for name in written.get("targets", ()):
            name.is_in(targets, "plan.no-such.target")
        if other := written.get("escalate_to"):
            other.is_in(recipients, "plan.no-such.recipient")
        elif written.get("escalate_after") is not None:
            written.at("escalate_after").note("plan.notify.to-nobody")


def _check_texts(
    recipients: Mapping[str, Record], targets: Mapping[str, Target]
) -> None:
    """Note recipients whom nothing but a call tells: it stands beside a text."""
    for written in recipients.values():
        known = [targets.get(name.text) for name in written.get("targets", ())]
        if known and all(each is not None and each.rings for each in known):
            written.at("targets").note("plan.notify.rings-alone")


def _check_circles(recipients: Mapping[str, Record]) -> None:
    """Note each circle once: no escalation returns to a recipient."""
    next_of = {
        name: other.text
        for name, written in recipients.items()
        if (other := written.get("escalate_to"))
    }
    noted: set[str] = set()
    for name in next_of:
        met = [name]
        while (after := next_of.get(met[-1])) is not None and after not in met:
            met.append(after)
        if after == name and noted.isdisjoint(met):
            noted.update(met)
            names = Series((*met, name), "plan.circle.needs")
            recipients[name].at("escalate_to").note("plan.circle", names=names)


def _target(
    name: str, written: Record, channels: Mapping[str, Channel], names: frozenset[str]
) -> Target:
    ways = [way for way in WAYS if written.get(way) is not None]
    if len(ways) != 1 and not _has_mistake(written):
        written.spot.note("plan.notify.one-way", names=", ".join(WAYS))
    if (to := written.get("to")) is not None and ways and "through" not in ways:
        written.at("to").note("plan.notify.to-alone")
    if "command" in ways and not items(written.at("command")):
        written.at("command").note("plan.option.program")
    through: Name | None = written.get("through")
    carrier = _carrier(through, to, written, channels, names) if through else None
    channel = channels.get(through.text) if through else None
    return filled(
        written,
        Target,
        name=name,
        carrier=carrier,
        rings=channel is not None and _rings(channel),
        allowed=written.spot.context.vault.allowance(),
        needs_known=through is not None or gives_needs(written),
    )


def _has_mistake(written: Record) -> bool:
    """Tell whether a way is written but invalid: already noted."""
    return any(
        written.at(way) is not written.spot and written.get(way) is None for way in WAYS
    )


def _carrier(
    through: Name,
    to: Template | None,
    written: Record,
    channels: Mapping[str, Channel],
    names: frozenset[str],
) -> Probe | None:
    """Return the first probe of a channel that reaches an addressee."""
    through.is_in(names, "plan.no-such.channel")
    channel = channels.get(through.text)
    if channel is None:
        return None  # which is a mistake already
    if Carries.TEXT not in channel.carries and not _rings(channel):
        through.spot.note("plan.notify.no-text", name=channel.name)
        return None
    probe = _first(channel, to)
    if isinstance(probe, Probe):
        return probe
    if probe is None:
        calls = _rings(channel)
        slug = "plan.notify.no-caller" if calls else "plan.notify.no-sender"
        types = ", ".join(CALLING if calls else _sending())
        through.spot.note(slug, name=channel.name, names=types)
    elif to is None:
        through.spot.note(probe.message)
    else:
        said = probe.message
        facts = {name: fact for name, fact in said.facts if name != "option"}
        written.at("to").note(said.slug, **facts)
    return None


def _first(channel: Channel, to: Template | None) -> Probe | BadValue | None:
    """Return the first probe that reaches an addressee, or the first refusal."""
    refused: BadValue | None = None
    for probe in channel.probes:
        try:
            reaches = _calls if _rings(channel) else _reaches
            if reaches(probe, to):
                return probe
        except BadValue as error:
            refused = refused or error
    return refused


def _reaches(probe: Probe, to: Template | None) -> bool:
    """Tell whether a probe sends to an addressee, secrets aside, or raise BadValue."""
    kind = probes.find(probe.type)
    if kind.send is None or kind.addressee is None:
        return False
    with suppress(SecretMissing):
        kind.addressee(probe.settings, to.reveal() if to else "")
    return True


def _rings(channel: Channel) -> bool:
    """Tell whether notices over a channel are calls: it carries speech, and no text."""
    return Carries.VOICE in channel.carries and Carries.TEXT not in channel.carries


def _calls(probe: Probe, to: Template | None) -> bool:
    """Tell whether a probe can call an addressee; raise BadValue if not a number."""
    if probe.type not in CALLING:
        return False
    with suppress(SecretMissing):
        called(to.reveal() if to else "")
    return True


def _sending() -> Iterator[str]:
    for name in probes.names():
        with suppress(ModuleNotFoundError):
            if probes.find(name).send:
                yield name
