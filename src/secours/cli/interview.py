"""The questions of `secours init`: the place, its channels, its people, the order."""

import os
from collections.abc import Sequence
from contextlib import suppress

from secours import texts
from secours.cli import channel_interview
from secours.cli.channel_interview import FoundAnswers
from secours.cli.conversation import Conversation, numbers
from secours.cli.plan_draft import PlanDraft
from secours.config import catalogue, starter
from secours.config.edit.people import (
    KNOWN_AUDIENCES,
    known_devices,
    lines_of,
    offered,
    usual_devices,
)
from secours.config.reader.mistakes import BadConfig, shown
from secours.config.reader.values import bounded
from secours.config.sections.hosts import is_host
from secours.config.sections.receivers import ALL
from secours.doctor import found_servers
from secours.languages import LANGUAGES, Text
from secours.message import BadValue, message
from secours.model.requests import Edit, GroupEdit, LineEdit
from secours.model.sections.line import Purpose
from secours.wire.modem import serial_devices


def hold(talk: Conversation, draft: PlanDraft) -> None:
    """Ask all that a plan needs, or all that a plan may have besides."""
    if not draft.before:
        names = ", ".join(LANGUAGES)
        question = message("commands.init.ask.language", names=names)
        talk.language = talk.ask(question, _language, talk.language)
        talk.say("commands.init.how")
        usual = starter.WORDS[talk.language]["site"]
        name = talk.ask(message("commands.init.ask.name"), bounded, usual)
        site = {
            "name": name,
            "language": talk.language,
            "timezone": _time_zone(talk.language),
        }
        draft.begin(site)
    else:
        draft.begin(None)
        talk.language = draft.plan.site.language
        talk.say("commands.init.how")
    channel_interview.hold(talk, draft, _found(talk))
    if draft.config is not None:
        _lines(talk, draft, _audiences(talk, draft))


def _language(text: str) -> str:
    short = text.lower()[:2]
    if short not in LANGUAGES:
        raise BadValue("commands.init.no-language", names=", ".join(LANGUAGES))
    return short


def _found(talk: Conversation) -> FoundAnswers:
    """Look for modems and servers, and ask DNS about the domain of the place."""
    domain = talk.ask(message("commands.init.ask.domain"), _domain)
    ports = [name or port for port, name in talk.remember(serial_devices.found).items()]
    here = talk.remember(found_servers.of_machine)
    named = talk.remember(lambda: found_servers.of_domain(domain) if domain else ())
    for each in (*named, *here):
        facts = {"port": str(each.port)} if each.port else {}
        facts |= {"by": each.by} if each.by else {}
        kind = catalogue.load().kinds[channel_interview.kind_of(each)].label
        talk.say("commands.init.found", kind=kind, host=each.host, **facts)
    for port in ports:
        talk.say("commands.init.found-modem", port=port)
    return FoundAnswers(servers=(*named, *here), ports=tuple(ports))


def _domain(text: str) -> str:
    domain = text.rpartition("@")[2].strip(".")
    if domain and not is_host(domain):
        raise BadValue("commands.init.no-domain", name=shown(text))
    return domain


def _time_zone(language: str) -> str:
    """Return the time zone of this machine, of the language where it has none."""
    with suppress(OSError):
        found = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
        if found and not found.endswith("UTC"):
            return found
    return "Europe/London" if language == "en" else "Europe/Brussels"


def _audiences(talk: Conversation, draft: PlanDraft) -> list[str]:
    """Ask who is to be reached, and by which devices."""
    there = [*draft.plan.audiences]
    names = {texts.say(talk.language, f"audience.{n}"): n for n in KNOWN_AUDIENCES}
    by_name = {name.casefold(): audience for name, audience in names.items()}
    talk.show("")
    question = message("commands.init.ask.audiences", names=", ".join(names))
    informs = any(Purpose.INFORM in c.purposes for c in draft.plan.channels.values())
    first, *_, population = names
    default = ", ".join((first, population) if informs else (first,))
    for label in talk.ask(question, _listed, "" if there else default):
        audience = by_name.get(label.casefold(), label)
        _group(talk, draft, audience, label)
        there.append(audience)
    return [*dict.fromkeys(there)]


def _group(talk: Conversation, draft: PlanDraft, audience: str, label: str) -> None:
    devices = known_devices()
    usual = usual_devices(draft.plan, audience)
    default = " ".join(str(n) for n, name in enumerate(devices, 1) if name in usual)
    question = message("commands.init.ask.people", name=label)
    people = talk.ask(question, _count)
    builtin = catalogue.load().devices
    lines = (builtin[name].label.in_(talk.language) for name in devices)
    talk.show(*(f"  {n}  {line}" for n, line in enumerate(lines, 1)))
    question = message("commands.init.ask.devices", name=label)
    chosen = talk.ask(question, lambda text: numbers(text, len(devices)), default)
    values = {"people": people, "devices": [devices[n] for n in chosen]}
    _edit(talk, draft, GroupEdit(audience=audience, name=ALL, values=values))


def _listed(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if any("/" in name for name in names):
        raise BadValue("commands.init.no-name", sign="/")
    return [*dict.fromkeys(names)]


def _count(text: str) -> int | None:
    if text and not (text.isdecimal() and len(text) < 10 and int(text)):
        raise BadValue("commands.init.no-count")
    return int(text) if text else None


def _lines(talk: Conversation, draft: PlanDraft, audiences: Sequence[str]) -> None:
    """Ask for the last resort, and for the order of each line."""
    if not audiences:
        return
    lines = [*lines_of(audiences)]
    last = ""
    if {*lines} - {(line.purpose, line.audience) for line in draft.plan.plan}:
        usual = starter.WORDS[talk.language]["last"]
        last = talk.ask(message("commands.init.ask.last-resort"), bounded, usual)
    for purpose, audience in lines:
        _line(talk, draft, purpose, audience, last)


def _line(
    talk: Conversation, draft: PlanDraft, purpose: Purpose, audience: str, last: str
) -> None:
    plan, spoken = draft.plan, talk.language
    there = {(line.purpose, line.audience): line for line in plan.plan}
    line = there.get((purpose, audience))
    fit = [*offered(plan, purpose, line)]
    label = plan.site.audiences.get(audience, Text())
    whom = texts.audience(audience, label, spoken)
    words = texts.purpose(spoken, purpose, whom)
    if not fit:
        talk.say("commands.init.no-channel", line=words)
        return
    labels = [plan.channels[each].label.in_(spoken) for each in fit]
    talk.show("", *(f"  {n}  {label}" for n, label in enumerate(labels, 1)))
    question = message("commands.init.ask.order", line=words)
    left_out = draft.former.difference(name for name, _ in line.order) if line else ()
    usual = [str(n) for n, name in enumerate(fit, 1) if name not in left_out]
    default = " ".join(usual)
    order = talk.ask(question, lambda text: numbers(text, len(fit)), default)
    edit = LineEdit(
        purpose=purpose,
        audience=audience,
        channels=tuple(fit[n] for n in order),
        values={} if line else {"last_resort": last},
    )
    _edit(talk, draft, edit)


def _edit(talk: Conversation, draft: PlanDraft, edit: Edit) -> None:
    """Change the plan, or say why that cannot be."""
    try:
        draft.edit(edit, talk.language)
    except BadConfig as bad:
        mistakes = (each.message for each in bad.mistakes)
        talk.show(*(texts.in_words(talk.language, each) for each in mistakes))
