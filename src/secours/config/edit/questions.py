"""Questions to a person on the few options that a channel's probe needs.

They come from the suggestions of the catalogue: an option with an example value is
asked, one with a real value is taken, and what needs a list or a table is left to the
editor of the plan.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, structs
from msgspec.structs import replace

from secours import probes
from secours.config import catalogue
from secours.config.catalogue import ChannelKind, Suggestion
from secours.config.reader import synonyms
from secours.config.reader.mistakes import guesses
from secours.config.sections import hosts
from secours.languages import LANGUAGES
from secours.message import BadValue, Message, message
from secours.model.observed import Evidence, Reason
from secours.model.secret import Template, names_secret

HOST, PORT, USERNAME, PASSWORD = "host", "port", "username", "password"
TOKEN = message("commands.init.ask.token")
URL = message("commands.init.ask.url")
QUESTIONS = {
    HOST: message("commands.init.ask.host"),
    PORT: message("commands.init.ask.port"),
    "url": URL,
    "base_url": URL,
    "jid": message("commands.init.ask.jid"),
    USERNAME: message("commands.init.ask.username"),
    PASSWORD: message("commands.init.ask.password"),
    "token": TOKEN,
    "auth_token": TOKEN,
    "client_secret": TOKEN,
    "mail_from": message("commands.init.ask.mail-from"),
    "rcpt_to": message("commands.init.ask.rcpt-to"),
}
OWN_NAMES = {  # as their providers say
    *("account_sid", "client_id", "tenant", "phone_number_id", "number"),
    *("room", "channel", "chat", "topic", "to"),
}
BY_PEOPLE = {"every": "30d"}  # of a test that they log
EXAMPLE = r"example|192\.0\.2\."  # RFC 2606, RFC 5737
PLACES = (HOST, "url", "base_url")  # of which a real value is taken as it is
TAKEN = {
    *(*PLACES, PORT, "security", "transport", "required", "interval", "name"),
    *("send", "expect", "roaming"),
}
LAST = ("mail_roundtrip", "sms_roundtrip", "call_roundtrip")  # they ask for more
NOT_ASKED = ("heartbeat", "statuspage", "snmp", "plugin")
LONGEST_NAME = 30
SECURE, OPEN = "starttls", "none"
WAYS: Mapping[str, Sequence[Mapping[str, Any]]] = {  # tried in turn, the surest first
    "sip": [{"transport": way} for way in ("tls", "tcp", "udp")],
    "smtp": [
        {PORT: 587, "security": SECURE},
        {PORT: 465, "security": "tls"},
        {PORT: 25, "security": SECURE},
        {PORT: 25, "security": OPEN},
    ],
    "imap": [{PORT: 993, "security": "tls"}, {PORT: 143, "security": SECURE}],
}
ANOTHER_WAY = {  # reasons to try the next way: no credentials were refused
    *(Reason.REFUSED, Reason.TIMEOUT, Reason.PROTOCOL, Reason.TLS_MISSING),
    Reason.TLS_FAILED,
}


class ChannelQuestion(Struct, frozen=True, kw_only=True):
    """A question on an option of a probe; with `must` it needs an answer."""

    option: str
    words: Message
    must: bool
    is_secret: bool
    is_template: bool  # it may hold references to secrets

    def read(self, text: str) -> str:
        """Return the answer, or raise BadValue."""
        text = text if self.is_secret else text.strip()
        if self.must and not text:
            raise BadValue("commands.init.needed")
        if self.option == HOST and text:
            host, _ = _host_and_port(text)
            if refused := hosts.refusal(host, has_port=False):
                raise BadValue(refused)
        return text


def wanted(kind: ChannelKind) -> Suggestion | None:
    """Return the suggestion to ask for: one that sends nothing before all others."""
    found = min(_usable(kind), key=lambda each: each.type in LAST, default=None)
    if found and found.type == "mail_roundtrip":  # one half is enough to begin
        return Suggestion(type="imap", options=found.options["imap"])
    return found


def unasked(kind: ChannelKind) -> Mapping[str, Any] | None:
    """Return a probe that needs no answers, if there is one."""
    for each in _usable(kind):
        if not [*_to_ask(each.options)] and "example" not in str(each):
            return {"type": each.type, **_taken(each.options)}
    return None


def _usable(kind: ChannelKind) -> list[Suggestion]:
    return [
        each
        for each in kind.suggestions
        if each.type not in NOT_ASKED and "ca" not in each.options
    ]


def of_probe(suggestion: Suggestion) -> Iterator[ChannelQuestion]:
    """Yield the questions on a probe; without an answer to the first there is none."""
    for number, option in enumerate(_to_ask(suggestion.options)):
        asked = _question(suggestion.type, option, suggestion.options[option])
        yield replace(asked, must=asked.must and number > 0)


def _question(type_: str, option: str, value: Any) -> ChannelQuestion:
    fields = structs.fields(probes.find(type_).settings)
    own = message("commands.init.ask.own-name", option=option)
    return ChannelQuestion(
        option=option,
        words=QUESTIONS.get(option, own),
        must=any(each.required and each.name == option for each in fields),
        is_template=any(f.type is Template and f.name == option for f in fields),
        is_secret=_is_secret(value) or names_secret(option),
    )


def is_of(question: ChannelQuestion, answers: Mapping[str, str]) -> bool:
    """Tell whether to ask a question: a password only with a user name."""
    return question.option != PASSWORD or bool(_account(answers))


def answered(suggestion: Suggestion, answers: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a probe as answered; secrets are references."""
    options = suggestion.options
    settings = probes.find(suggestion.type).settings
    probe: dict[str, Any] = {"type": suggestion.type, **_taken(options)}
    for option, answer in answers.items():
        if answer:
            probe |= _value(option, answer, options[option], settings)
    if not _account(answers):
        probe.pop(PASSWORD, None)
    if PASSWORD in probe or PASSWORD not in options:
        return probe
    return {key: each for key, each in probe.items() if key != USERNAME}


def there(
    probe: Mapping[str, Any], kind: ChannelKind | None
) -> Iterator[tuple[ChannelQuestion, str]]:
    """Yield the questions on a probe of a plan, and its answers; "" for a secret."""
    suggested = kind.suggestions if kind else ()
    usual = next((s.options for s in suggested if s.type == probe["type"]), {})
    for option, value in {**usual, **probe}.items():
        is_asked = option in QUESTIONS or option in OWN_NAMES
        is_number = option == PORT and isinstance(value, int)
        if not is_asked or is_number or not isinstance(value, str | int):
            continue
        question = _question(probe["type"], option, value)
        before = "" if question.is_secret else str(probe.get(option, ""))
        if option == HOST and before and isinstance(probe.get(PORT), int):
            bare = f"[{before}]" if ":" in before else before
            before = f"{bare}:{probe[PORT]}"
        yield replace(question, must=question.must and not question.is_secret), before


def changed(
    probe: Mapping[str, Any], kind: ChannelKind | None, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Return a probe of a plan with other answers; a secret that is "" is kept."""
    settings = probes.find(probe["type"]).settings
    new = dict(probe)
    for question, before in there(probe, kind):
        option = question.option
        answer = answers.get(option, before)
        if answer == before:
            continue
        new.pop(option, None)
        if option == HOST:
            new.pop(PORT, None)
        if answer:
            new |= _value(option, answer, probe.get(option), settings)
    return new


def more_proof(kind: ChannelKind, reached: Evidence) -> tuple[str, Evidence] | None:
    """Return the probe of a kind that would prove more than was reached, if any."""
    best, name = max(
        ((probes.find(each.type).best, each.type) for each in kind.suggestions),
        key=lambda each: each[0].rank,
        default=(Evidence.NONE, ""),
    )
    return (name, best) if best.rank > reached.rank else None


def _account(answers: Mapping[str, str]) -> str:
    return answers.get(USERNAME) or answers.get("jid") or ""


def _to_ask(options: Mapping[str, Any]) -> Iterator[str]:
    for option, value in options.items():
        asked = option in QUESTIONS or option in OWN_NAMES
        is_number = option == PORT and isinstance(value, int)
        is_real = option in PLACES and not re.search(EXAMPLE, value)
        if asked and not is_number and not is_real:
            yield option


def _taken(options: Mapping[str, Any]) -> dict[str, Any]:
    asked = {*_to_ask(options)}
    return {k: v for k, v in options.items() if k in TAKEN and k not in asked}


def _is_secret(example: Any) -> bool:
    return isinstance(example, str) and example.startswith("${")


def _host_and_port(text: str) -> tuple[str, int | None]:
    host, _, port = text.rpartition(":")
    if host and ":" not in host.strip("[]") and port.isdecimal() and len(port) < 6:
        return host, int(port)
    return text, None


def _value(option: str, text: str, example: Any, settings: Any) -> dict[str, Any]:
    if option == HOST and PORT in settings.__struct_fields__:
        host, port = _host_and_port(text)
        return {HOST: host.strip("[]"), **({PORT: port} if port else {})}
    is_number = isinstance(example, int) and text.lstrip("-").isdecimal()
    return {option: int(text) if is_number else text}


def ways(
    probe: Mapping[str, Any], suggestion: Suggestion | None
) -> list[Mapping[str, Any]]:
    """Return variants of a probe to try: TLS first, no password in clear.

    A port that was typed is kept.
    """
    usual = suggestion.options.get(PORT) if suggestion else None
    port = {PORT: probe[PORT]} if probe.get(PORT) not in (None, usual) else {}
    variants: list[Mapping[str, Any]] = []
    for way in WAYS.get(probe["type"], [{}]):
        each = {**probe, **way, **port}
        in_clear = each.get("security") == OPEN and PASSWORD in each
        if not in_clear and each not in variants:
            variants.append(each)
    return variants


def meant(word: str) -> tuple[str, ...]:
    """Return the kinds that a word may mean: by name, label, synonym or spelling."""
    return certain(word) or guesses(word, [*catalogue.load().kinds], "kind")


def certain(word: str) -> tuple[str, ...]:
    """Return the kinds that a word means, without guesses at its spelling."""
    builtin = catalogue.load()
    if kind := builtin.kind_named(word):
        return (kind,)
    labels = [
        name
        for name, each in builtin.kinds.items()
        for text in (each.label, each.short_name)
        if word.casefold() in {text.in_(spoken).casefold() for spoken in LANGUAGES}
    ]
    return tuple(dict.fromkeys((*labels, *synonyms.exactly("kind", word))))


def name_of(word: str) -> str:
    """Return the name of a channel in a plan, after the word that people say."""
    bare = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", bare)[:LONGEST_NAME].strip("-")


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name for a channel, with a number where others have it."""
    more = (f"{name}-{n}" for n in range(2, len(taken) + 3))
    return next(each for each in (name, *more) if each not in taken)
