"""A small town's plan, and the page of it with something let fail."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup
from msgspec.structs import replace
from plans import channel, component, line, moment, plan

from secours.core.audit.examination import examined
from secours.core.audit.plan import audit
from secours.core.replay.whatif import Outlook, whatif
from secours.languages import Text
from secours.model.plan import Config
from secours.model.secret import InClear
from secours.model.sections.line import Purpose
from secours.model.snapshot import Snapshot
from secours.render.answers.audit import AuditAnswer, answer, labels
from secours.render.redundancy.choice import chosen
from secours.render.redundancy.page import PlanPage, plan_html
from secours.render.redundancy.rows import UNTIL_S
from secours.render.wording.localizer import Localizer

HOUR_S = 3600.0
NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)

TOWN = plan(
    replace(component("power:grid"), label=Text("Mains")),
    replace(
        component("internet:fibre", "power:grid", autonomy_s=2 * HOUR_S),
        label=Text("Town fibre"),
    ),
    replace(
        component("carrier:mobile-a", "power:grid", autonomy_s=4 * HOUR_S),
        label=Text("Operator A"),
    ),
    replace(component("provider:meta"), label=Text("Meta")),
    replace(component("sat:iridium"), label=Text("Iridium")),
    channel("signal", "internet:fibre"),
    channel("whatsapp", "internet:fibre", "provider:meta"),
    channel("sms", "carrier:mobile-a"),
    channel("radio", probes=(), test_every_s=86400.0),
    channel("satphone", "sat:iridium"),
    line("signal", "whatsapp", "sms", purpose=Purpose.COORDINATE),
    line("sms", "signal", "radio", purpose=Purpose.ALERT, audience="staff"),
)


def works(config: Config = TOWN) -> Snapshot:
    """Return a snapshot in which everything works."""
    return whatif(config, (), start=moment(0)).steps[0].snapshot


def outlook(*fails: str, config: Config = TOWN) -> Outlook:
    """Follow a failure for as long as the page shows."""
    return whatif(config, fails, start=moment(0), until_s=UNTIL_S)


def audited(
    config: Config = TOWN, language: str = "en", in_clear: tuple[InClear, ...] = ()
) -> AuditAnswer:
    """Examine a plan of which people logged no test."""
    found = audit(config, now=NOW, trials={})
    beside: dict[str, Any] = {"outdated": (), "discontinued": ()}
    return answer(found, config, language, NOW, in_clear=in_clear, **beside)


def drawn(
    *asked: str,
    config: Config = TOWN,
    now: Snapshot | None = None,
    language: str = "en",
    others: Sequence[tuple[str, str]] = (("lang", "en"),),
    lasted: Sequence[tuple[str, float]] = (),
    counted: Sequence[str] = (),
) -> Markup:
    """Draw the page with what an address asks for."""
    choice = chosen(config, labels(config, language), asked, others)
    page = PlanPage(
        config=config,
        choice=choice,
        answer=audited(config, language),
        examination=examined(config),
        counted=counted,
        outlook=outlook(*choice.fails, config=config) if choice.fails else None,
        lasted=lasted,
        outages=[("meta-2021", Text("Meta, worldwide"))],
    )
    return plan_html(Localizer(now or works(config), language), page)


def hostile(words: str) -> Config:
    """Return a plan all of whose names for people are these words."""
    text = Text(words)
    return plan(
        replace(component("power:grid"), label=text),
        channel("sms", "power:grid", label=text, short_name=text),
        channel("radio", label=text, short_name=text, probes=()),
        replace(line("sms", audience=words), last_resort=text),
    )
