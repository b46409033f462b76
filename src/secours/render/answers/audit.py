"""JSON answer of `audit`; `redundancy.audit_words` puts it into words."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.core.audit.line import LineAudit, LineFindings
from secours.core.audit.plan import Audit, Proof, Trying, Uncontrolled
from secours.core.audit.switch_times import Promise
from secours.core.diagnosis.identifiability import Confused
from secours.languages import Text
from secours.model.nodes import DEVICE, channel_node, path_node
from secours.model.plan import Config
from secours.model.receivers.audiences import group_key
from secours.model.secret import InClear
from secours.render.answers.values import SCHEMA, Count, like


class AuditLineAnswer(LineFindings, frozen=True, kw_only=True):
    """A line of the plan: a `LineAudit` with its independence beside its cut sets."""

    independent_ways: Count
    independent_channels: tuple[str, ...]
    independent_proven: bool
    ways_by_providers: Count
    ways_by_access: Count
    ways_by_class: Mapping[str, Count]
    limited_by: tuple[str, ...]


class AuditAnswer(Struct, frozen=True, kw_only=True):
    """The whole plan, as designed; `labels` says what people call its names."""

    schema: Literal[1]
    site: str
    at: datetime
    plan_version: str
    world: Literal["as designed"]
    lines: tuple[AuditLineAnswer, ...]
    indistinguishable: tuple[Confused, ...]
    unseen: tuple[str, ...]
    tests: tuple[Trying, ...]
    weak_evidence: tuple[Proof, ...]
    not_daily: tuple[str, ...]
    daily_unknown: tuple[str, ...]
    uncontrolled: tuple[Uncontrolled, ...]
    promises: tuple[Promise, ...]
    outdated: tuple[str, ...]
    discontinued: tuple[str, ...]
    in_clear: tuple[InClear, ...]
    labels: Mapping[str, str]


def answer(
    audit: Audit,
    config: Config,
    language: str,
    at: datetime,
    *,
    outdated: Collection[str],
    discontinued: Collection[str],
    in_clear: tuple[InClear, ...],
) -> AuditAnswer:
    """Return an audit; the last three come from the file, not the reasoning."""
    return like(
        AuditAnswer,
        audit,
        schema=SCHEMA,
        site=config.site.name.in_(language, config.site.language),
        at=_to_the_second(at),
        plan_version=config.version,
        world="as designed",
        lines=tuple(map(line_answer, audit.lines)),
        tests=tuple(map(_dated, audit.tests)),
        outdated=tuple(outdated),
        discontinued=tuple(discontinued),
        in_clear=in_clear,
        labels=every_label(config, language),
    )


def labels(config: Config, language: str) -> dict[str, str]:
    """Return the label of each component, `channel:NAME`, `path:NAME`."""
    spoken = (language, config.site.language)
    named = {
        channel_node(channel.name): channel.label.in_(*spoken) or channel.name
        for channel in config.channels.values()
    }
    named |= {path_node(name): name for name in config.paths}
    parts = config.components.values()
    return {part.name: part.label.in_(*spoken) or part.name for part in parts} | named


def every_label(config: Config, language: str) -> dict[str, str]:
    """Return them, with those of each audience, AUDIENCE/GROUP and `device:NAME`."""
    spoken = (language, config.site.language)
    groups = {
        group_key(audience.name, group.name): group.label.in_(*spoken) or group.name
        for audience in config.audiences.values()
        for group in audience.groups
    }
    devices = {
        f"{DEVICE}:{name}": device.label.in_(*spoken) or name
        for name, device in config.devices.items()
    }
    given = config.site.audiences
    audiences = {
        line.audience: texts.audience(
            line.audience, given.get(line.audience, Text()), *spoken
        )
        for line in config.plan
    }
    return labels(config, language) | audiences | groups | devices


def line_answer(line: LineAudit) -> AuditLineAnswer:
    """Return the audit of a line, flat."""
    independence = line.independence
    return like(
        AuditLineAnswer,
        line,
        independent_ways=independence.ways,
        independent_channels=independence.channels,
        independent_proven=independence.proven,
        ways_by_providers=independence.by_providers,
        ways_by_access=independence.by_access,
        ways_by_class=independence.by_class,
        limited_by=independence.limited_by,
    )


def _dated(test: Trying) -> Trying:
    return (
        replace(test, tried_at=_to_the_second(test.tried_at)) if test.tried_at else test
    )


def _to_the_second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
