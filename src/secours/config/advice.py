"""Warnings about a plan that loads: valid, but unwise."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Set
from importlib.util import find_spec
from shlex import quote
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours.config import catalogue
from secours.config.best_evidence import proves_path
from secours.config.in_clear import SITE, in_clear
from secours.config.reader import document, durations
from secours.config.reader.mistakes import shown
from secours.config.receiver_advice import of_receivers
from secours.config.text_advice import of_text
from secours.config.wall_advice import of_wall
from secours.message import Fact, Message, message
from secours.model.nodes import VOICE, kind_of, name_in, owner_node
from secours.model.plan import Config
from secours.model.secret import Secret, SecretMissing
from secours.model.sections.channel import Channel, Component, Path, Probe

NATS, INSTALL = "nats", "secours doctor"
POWER, OWN_POWER = "power", "site"
UPS, FEED = "nut", "power:feed"
ENOUGH_REFERENCES = 2  # in unrelated networks, or their failure looks like ours

Place = tuple[str, str | int]  # a section, and a name or a number in it


class Advice(Struct, frozen=True):
    """A warning, and its place in the file."""

    place: Place
    where: str
    message: Message
    line: int = 0  # 0 without the text of the plan
    column: int = 0  # of an option


def warnings(config: Config) -> tuple[Advice, ...]:
    """Return the warnings on a plan that loads."""
    unplaced = (
        *_of_file(config),
        *_of_paths(config),
        *_of_components(config),
        *_of_channels(config),
        *_of_plan(config),
        *_of_lines(config),
        *(_about(*each) for each in of_wall(config)),
        *_of_takeover(config),
        *_of_settings(config),
        *_of_secrets(config),
        *_of_targets(config),
        *_of_sites(config),
    )
    lines = _lines(config.text) if unplaced else {}
    placed = (replace(each, line=lines.get(each.place, 0)) for each in unplaced)
    texts = (Advice(("", at), at, said, n) for n, at, said in of_text(config.text))
    heard = (
        Advice(("", at), at, said, *place) for *place, at, said in of_receivers(config)
    )
    return (*placed, *texts, *_in_clear(config), *heard)


def _lines(text: bytes) -> dict[Place, int]:
    """Return the line of each named or numbered part of a plan."""
    root = document.parse(text) if text else None
    sections = dict(root.items) if isinstance(root, document.Mapping) else {}
    if isinstance(notify := sections.get("notify"), document.Mapping):
        sections |= {f"notify.{key}": node for key, node in notify.items.items()}
    lines: dict[Place, int] = {}
    for section, node in sections.items():
        if isinstance(node, document.Mapping):
            lines |= {(section, name): key.line for name, key in node.keys.items()}
        elif isinstance(node, document.Sequence):
            lines |= {(section, at): each.line for at, each in enumerate(node.items)}
    return lines


def _about(section: str, name: str, said: Message) -> Advice:
    return Advice((section, name), f"{section}.{name}", said)


def _of_file(config: Config) -> Iterator[Advice]:
    if config.shared:
        where, group = config.shared
        yield Advice(("", where), where, message("plan.advice.group", group=group))


def _in_clear(config: Config) -> Iterator[Advice]:
    for each in in_clear(config):
        warning = message("plan.advice.unencrypted", host=each.host, mend=each.mend)
        if each.problem == "unverified":
            warning = message("plan.advice.unverified", host=each.host, mend=each.mend)
        elif each.of == SITE:
            warning = message("plan.advice.public-url", host=each.host, mend=each.mend)
        yield Advice(("", each.where), each.where, warning, each.line, each.column)


def _of_components(config: Config) -> Iterator[Advice]:
    """Suggest how to test what is named in order to be tested."""
    for name, part in config.components.items():
        known = catalogue.load().components.get(name)
        if known and known.suggestions and not part.probes:
            how = message("plan.advice.untested.try", what=str(known.suggestions[0]))
            yield _about("components", name, message("plan.advice.untested", how=how))


def _of_paths(config: Config) -> Iterator[Advice]:
    for path in config.paths.values():
        yield from (_about("paths", path.name, said) for said in _of_path(path))


def _of_path(path: Path) -> Iterator[Message]:
    if not path.references:
        yield message("plan.advice.no-references")
        return
    for reference in path.references:
        if not proves_path(reference):
            yield message("plan.advice.reference", name=reference.name)
    if sum(map(proves_path, path.references)) < ENOUGH_REFERENCES:
        yield message("plan.advice.one-more-reference")


def _of_channels(config: Config) -> Iterator[Advice]:
    audiences = {line.audience for line in config.plan}
    for name, channel in config.channels.items():
        sentences = (
            *_of_needs(channel),
            *_of_proof(channel, config),
            *_of_audiences(channel, audiences),
            *_of_kind(config, channel),
        )
        yield from (_about("channels", name, each) for each in sentences)


def _of_needs(channel: Channel) -> Iterator[Message]:
    if not channel.needs_known:
        yield message("plan.advice.needs-unknown", none="[]")


def _of_proof(channel: Channel, config: Config) -> Iterator[Message]:
    untried = not channel.probes and channel.test_every_s is None
    if untried and channel.name in config.planned:
        yield message("plan.advice.untested", how=_how_to_test(channel, config))
    elif untried and config.planned:
        yield message("plan.advice.idle")
    if channel.thin:
        required = any(p.required for p in channel.probes if not p.hint)
        slug = "plan.advice.thin" if required else "plan.advice.optional"
        tried = f"secours test {quote(channel.name)} ok --by NAME"
        yield message(slug, command=tried)


def _of_audiences(channel: Channel, audiences: Set[str]) -> Iterator[Message]:
    for audience in channel.reaches:
        if audiences and audience not in audiences:
            yield message("plan.advice.reaches", audience=audience)


def _of_kind(config: Config, channel: Channel) -> Iterator[Message]:
    name = channel.kind or ""
    kind = catalogue.kind_of(name, config.own_kinds) if name else None
    if kind and kind.discontinued:
        since = kind.discontinued
        yield message("plan.advice.discontinued", kind=name, since=since)
    for purpose in sorted(channel.former_purposes):
        yield message(
            "plan.advice.former-purpose",
            kind=name,
            purpose=purpose,
            line="purpose: inform",
            own=f"purposes: [{purpose}]",
        )
    yield from _of_carriers(config, channel)


def _of_carriers(config: Config, channel: Channel) -> Iterator[Message]:
    """Warn of a mobile operator of a kind that the site does not list."""
    listed = config.site.access.get("mobile")
    usual = catalogue.load().access["mobile"] if listed and channel.kind else ()
    for name in usual:
        brought = {(name,), (f"{VOICE}:{name_in(name)}",)} & {*channel.needs}
        if brought and listed and name not in listed:
            yield message(
                "plan.advice.carrier",
                kind=channel.kind or "",
                name=name,
                without=f"[{name}]",
                instead=f"[{listed[0]}]",
            )


def _of_plan(config: Config) -> Iterator[Advice]:
    if not config.plan:
        yield Advice(("", "plan"), "plan", message("plan.advice.no-plan"))


def _of_lines(config: Config) -> Iterator[Advice]:
    for at, line in enumerate(config.plan):
        if not line.last_resort.in_(config.site.language):
            said = message("plan.advice.last-resort")
            yield Advice(("plan", at), f"plan[{at}]", said)


def _of_settings(config: Config) -> Iterator[Advice]:
    for probe in config.probes():
        yield from (_of_probe(probe, said) for said in _of_options(probe, config))


def _of_probe(probe: Probe, said: Message) -> Advice:
    return Advice((probe.section, probe.owner), probe.id, said)


def _of_options(probe: Probe, config: Config) -> Iterator[Message]:
    """Yield the warnings about the options of a probe, its type's among them."""
    if probe.stale_after_s is not None and probe.stale_after_s < probe.interval_s:
        stale, interval = map(durations.words, (probe.stale_after_s, probe.interval_s))
        yield message("plan.advice.stale", stale=stale, interval=interval)
    if probe.timeout_passed_s is not None:
        own, usual = map(durations.words, (probe.timeout_s, probe.timeout_passed_s))
        yield message("plan.advice.timeout", own=own, usual=usual)
    within_s = getattr(probe.settings, "within", 0.0)
    if probe.timeout_s <= within_s:
        yield message("plan.advice.within", within=durations.words(within_s))
    if probe.type == UPS and _is_on_its_battery(probe, config):
        yield message("plan.advice.own-battery", owner=probe.owner, feed=FEED)
    yield from getattr(probe.settings, "warnings", tuple)()
    if getattr(probe.settings, "answers", False) and not _some_may_answer(config):
        yield message("plan.advice.answers")


def _is_on_its_battery(probe: Probe, config: Config) -> bool:
    """Tell whether it takes down at once what lives on the battery that it reads.

    Mains with an autonomy, as of a generator, may feed something on that battery.
    """
    owner = config.owners.get(owner_node(probe.id))
    if owner is None or not (owner.autonomy_s and probe.required):
        return False
    if isinstance(owner, Component) and _is_power(owner.name):
        fed = (e for e in config.owners.values() if e.autonomy_s and e is not owner)
        feeds = any(owner.name in clause for each in fed for clause in each.needs)
        return owner.measured_by == probe.id or not feeds
    return True


def _some_may_answer(config: Config) -> bool:
    """Tell whether any recipient is told on a number that text messages go to."""
    targets = config.notify.targets.values()
    return any(t.carrier and hasattr(t.carrier.settings, "answers") for t in targets)


def _of_secrets(config: Config) -> Iterator[Advice]:
    for probe in config.probes():
        for missing in dict.fromkeys(_missing(probe.settings)):
            yield _of_probe(probe, message("plan.advice.secret", missing=missing))
    for missing in _missing(config.notify.beat_to):
        yield _about(
            "notify", "beat_to", message("plan.advice.beat-to", missing=missing)
        )
    for missing in _missing(config.paper):
        warning = message("plan.advice.print", missing=missing)
        yield Advice(("print", "password"), "print", warning)


def _of_targets(config: Config) -> Iterator[Advice]:
    for name, target in config.notify.targets.items():
        sentences = [
            message("plan.advice.target-secret", missing=missing)
            for missing in dict.fromkeys(_missing((target.to, target.url)))
        ]
        if target.command and shutil.which(program := target.command[0]) is None:
            sentences.append(
                message("plan.advice.target-program", program=shown(program))
            )
        if not target.needs_known:
            sentences.append(message("plan.advice.target-needs", none="[]"))
        if target.carrier is not None:
            settings = target.carrier.settings
            sentences += getattr(settings, "notice_warnings", tuple)()
        yield from (_about("notify.targets", name, each) for each in sentences)


def _of_takeover(config: Config) -> Iterator[Advice]:
    """Warn of a standby that takes over while the first is still fresh."""
    after_s, fresh_s = config.takeover_after_s, config.screen.max_age_s
    if after_s is not None and after_s < fresh_s:
        after, fresh = map(durations.words, (after_s, fresh_s))
        said = message("plan.advice.takeover", after=after, fresh=fresh)
        yield _about("standby", "takeover_after", said)


def _of_sites(config: Config) -> Iterator[Advice]:
    """Warn if this site is not heard by the others, or hears less than it could."""
    if (sites := config.sites) is None:
        return
    for missing in _missing(sites.credentials):
        warning = message("plan.advice.sites-secret", missing=missing)
        yield _about("sites", "credentials", warning)
    if sites.credentials is None and sites.is_over_tls:
        yield _about("sites", "hub", message("plan.advice.sites-nobody"))
    if not sites.is_over_tls:
        yield _about("sites", "hub", message("plan.advice.sites-plain"))
    if sites.name in sites.follow:
        yield _about("sites", "follow", message("plan.advice.sites-itself"))
    if sites.region and not any(map(_is_power, config.components)):
        warning = message("plan.advice.sites-region", example="power:grid")
        yield _about("sites", "region", warning)
    if find_spec(NATS) is None:
        warning = message("plan.advice.sites-package", install=INSTALL)
        yield _about("sites", "hub", warning)


def _is_power(component: str) -> bool:
    """Tell whether a component is power from outside the site."""
    return kind_of(component) == POWER and name_in(component) != OWN_POWER


def _missing(value: Any) -> Iterator[Fact]:
    if isinstance(value, Secret):
        try:
            value.reveal()
        except SecretMissing as missing:
            yield missing.said
    for inner in _inside(value):
        yield from _missing(inner)


def _inside(value: Any) -> Iterable[Any]:
    match value:
        case Mapping():
            return value.values()
        case tuple() | list():
            return value
        case Struct():
            return [getattr(value, name) for name in value.__struct_fields__]
    return ()


def _how_to_test(channel: Channel, config: Config) -> Message:
    if not channel.kind:
        return message("plan.advice.untested.add", test="test: {every: 7d}")
    what = catalogue.kind_of(channel.kind, config.own_kinds).advice
    return message("plan.advice.untested.try", what=what)
