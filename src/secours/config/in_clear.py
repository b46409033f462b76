"""Secrets of a plan that are sent without encryption or verification.

For `validate` and `audit`. Without secrets that stay on this machine, and those never
sent themselves: SIP digests, SNMP v3 keys.

Source: Apprise, `NotifyBase.protocol` and `secure_protocol` (`json`, `jsons`).
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct
from msgspec.structs import replace

from secours.config.reader import document
from secours.config.reader.positions import Steps, named, value_at
from secours.config.sections.notify import schemes
from secours.model.nodes import channel_node, path_node
from secours.model.plan import Config
from secours.model.secret import InClear, Secret, SecretMissing, Template
from secours.model.sections.channel import Probe
from secours.model.sections.notify import Notify
from secours.wire.net.addresses import is_loopback
from secours.wire.sent_secret import SentSecret, holds_secret, over_http

if TYPE_CHECKING:
    from secours.model.paper.settings import Printing

SITE = "site"  # its links hold a token
SECURE = ("workflow",)  # a scheme of Apprise, although `workflows` exists

Sent = tuple[str, Steps, SentSecret]  # owner, place of the sender


def in_clear(config: Config) -> tuple[InClear, ...]:
    """Return each secret that can be read on the network."""
    open_ones = [each for each in _sent(config) if _is_open(each[2])]
    text = config.text if open_ones else b""
    root = document.parse(text) if text else document.Mapping(line=0, column=0)
    return tuple(_placed(root, *each) for each in open_ones)


def _is_open(sent: SentSecret) -> bool:
    return not (is_loopback(sent.host) or (sent.encrypted and sent.verified))


def _placed(root: document.Node, of: str, at: Steps, sent: SentSecret) -> InClear:
    steps = (*at, *sent.option)
    node = value_at(root, steps)
    return InClear(
        of=of,
        option=".".join(sent.option),
        where=named(steps),
        line=node.line,
        column=node.column,
        host=sent.host,
        problem="unverified" if sent.encrypted else "unencrypted",
        mend=sent.to_verify if sent.encrypted else sent.to_encrypt,
    )


def _sent(config: Config) -> Iterator[Sent]:
    for name, channel in config.channels.items():
        at = "channels", name, "probes"
        yield from _of_probes(channel_node(name), at, channel.probes)
    for name, part in config.components.items():
        yield from _of_probes(name, ("components", name, "probes"), part.probes)
    for name, path in config.paths.items():
        at = "paths", name, "references"
        yield from _of_probes(path_node(name), at, path.references)
    if config.paper and config.paper.password:
        yield "print", ("print",), _to_printer(config.paper)
    if config.site.public_url is not None:
        yield SITE, (SITE,), over_http("public_url", config.site.public_url)
    yield from _of_notices(config.notify)


def _to_printer(paper: "Printing") -> SentSecret:
    return SentSecret(
        option=("password",),
        host=paper.host,
        encrypted=paper.uri.startswith("ipps:"),
        to_encrypt="ipps://",
    )


def _of_notices(notify: Notify) -> Iterator[Sent]:
    """Find secrets in addresses; over a channel its probe sends."""
    addresses: dict[tuple[str, ...], Template | None] = {
        ("notify", "beat_to"): notify.beat_to
    }
    for name, target in notify.targets.items():
        addresses["notify", "targets", name, "url"] = target.url
    for (*at, option), url in addresses.items():
        with suppress(SecretMissing, ValueError):
            if url is not None and holds_secret(url):
                of = ".".join(at if len(at) > 1 else (*at, option))
                yield of, tuple(at), _sent_to(option, url)


def _of_probes(of: str, at: Steps, probes: tuple[Probe, ...]) -> Iterator[Sent]:
    for number, probe in enumerate(probes):
        for sent in _of_options(probe.settings):
            yield of, (*at, number), sent


def _of_options(options: Any) -> Iterator[SentSecret]:
    """Find the secrets that options send, by their type, else by their names."""
    if (own := getattr(options, "sent_secrets", None)) is not None:
        yield from own()
        return
    for name in options.__struct_fields__ if isinstance(options, Struct) else ():
        value = getattr(options, name)
        if isinstance(value, Secret):
            yield from _by_their_names(options, name)
        for sent in _of_options(value):
            yield replace(sent, option=(name, *sent.option))


def _by_their_names(options: Any, name: str) -> Iterator[SentSecret]:
    verified = getattr(options, "verify", True)
    if (url := getattr(options, "base_url", None)) is not None:
        yield over_http(name, url, verified=verified)
    elif (security := getattr(options, "security", None)) is not None:
        yield SentSecret(
            option=(name,),
            host=options.host,
            encrypted=security != "none",
            verified=verified,
        )


def _sent_to(option: str, url: Template) -> SentSecret:
    """Return the protection of a secret in an Apprise or web address."""
    parts = urlsplit(url.reveal())
    secure = f"{parts.scheme}s"  # of every scheme that has a secure form
    unencrypted = {*schemes(), "https"} - {f"{each}s" for each in SECURE}
    verify = dict(parse_qsl(parts.query)).get("verify", "yes").lower()
    return SentSecret(
        option=(option,),
        host=parts.hostname or "",
        encrypted=secure not in unencrypted,
        verified=verify not in ("no", "false", "off", "0"),
        to_encrypt=f"{secure}://",
        to_verify="verify=yes",
    )
