"""Access policy: the one place that decides viewers' rights.

On this machine viewers with its token may look and act; a name is asked. From elsewhere
only known people may act and see how channels are used: by a header from a proxy that
the settings trust, or by the OpenID Connect login of Streamlit. A request forwarded by
a proxy is not of this machine, wherever that proxy runs; nor is one for another host: a
foreign page could make a browser here send it (CSRF).
"""

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

from msgspec import Struct

from secours.config import language_in
from secours.dashboard.engine.source import config_path
from secours.languages import of_terminal
from secours.message import Refusal, message
from secours.render.escape import plain
from secours.texts import in_words
from secours.web.door import FORWARDED, host_name
from secours.wire.net.addresses import is_loopback

READ_ONLY = "SECOURS_READ_ONLY"
KNOWN_ONLY = "SECOURS_KNOWN_ONLY"
TRUSTED_PROXY = "SECOURS_TRUSTED_PROXY"
USER_HEADER = "SECOURS_USER_HEADER"
SECRETS = (".streamlit/secrets.toml", "~/.streamlit/secrets.toml")
LONGEST_NAME = 60
UNFILLED = ("{", "$")  # placeholders that a proxy left without a login
LEAST_SECRET = 32  # letters of the key that signs logins
LOCAL, KNOWN, STRANGER = "local", "known", "stranger"
SEES_WALL = "screen"  # sees the wall, else as a stranger

Network = IPv4Network | IPv6Network
Headers = Sequence[tuple[str, str]]  # lower-case names, repeated as sent


class AccessRefused(Refusal):
    """The dashboard must not start like this."""


class Access(Struct, frozen=True, kw_only=True):
    """Settings of who may vouch for viewers."""

    read_only: bool = False
    known_only: bool = False  # strangers see nothing at all, not even the wall
    proxies: tuple[Network, ...] = ()
    user_header: str = ""
    login: bool = False  # the OpenID Connect login of Streamlit is set up


class Viewer(Struct, frozen=True, kw_only=True):
    """Viewer: somebody of this machine, a known person, or a stranger."""

    kind: str = STRANGER
    name: str = ""

    @property
    def trusted(self) -> bool:
        """Tell whether they may see everything, and act."""
        return self.kind in (LOCAL, KNOWN)


def settings(env: Mapping[str, str]) -> Access:
    """Read the settings from the environment; raise Refused if they are invalid."""
    header = env.get(USER_HEADER, "").strip().lower()
    proxies = tuple(_network(text) for text in env.get(TRUSTED_PROXY, "").split(","))
    networks = tuple(network for network in proxies if network is not None)
    if bool(header) != bool(networks):
        raise AccessRefused("commands.access.together")
    return Access(
        read_only=env.get(READ_ONLY, "") == "1",
        known_only=env.get(KNOWN_ONLY, "") == "1",
        proxies=networks,
        user_header=header,
        login=_login(map(Path, SECRETS)),
    )


def check_in_words(address: str) -> None:
    """Check the settings of this process as `check` does.

    Raises:
        RuntimeError: with the reason, in the language of the site or the terminal.
    """
    try:
        check(settings(os.environ), address)
    except AccessRefused as refused:
        raise RuntimeError(in_words(spoken(), refused.message)) from None


def spoken() -> str:
    """Return the language of the site, else of the terminal."""
    return language_in(config_path()) or of_terminal(os.environ)


def check(access: Access, address: str) -> None:
    """Refuse to listen beyond this machine where nobody could be known.

    Raises:
        Refused: actions would be open to everybody, or the screens to nobody.
    """
    if is_loopback(address) or access.proxies or access.login:
        return
    if access.known_only:
        raise AccessRefused("commands.access.known-only", file=SECRETS[0])
    if access.read_only:
        return
    where = address or message("commands.access.everywhere")
    raise AccessRefused("commands.access.who-acts", where=where, file=SECRETS[0])


def viewer(access: Access, peer: str, headers: Headers) -> Viewer:
    """Return who sent a request; `peer` is the other end of the connection."""
    names = [text for name, text in headers if name == access.user_header]
    if access.user_header and is_trusted(access, peer):
        name = plain(names[0], LONGEST_NAME) if len(names) == 1 else ""
        named = name and not name.startswith(UNFILLED)
        return Viewer(kind=KNOWN, name=name) if named else Viewer()
    forwarded = any(name in FORWARDED for name, _ in headers)
    hosts = [text for name, text in headers if name == "host"]
    here = is_loopback(peer) and len(hosts) == 1 and is_loopback(host_name(hosts[0]))
    return Viewer(kind=LOCAL) if here and not forwarded else Viewer()


def environment() -> Access:
    """Return the settings of this process; invalid ones trust nobody."""
    try:
        return settings(os.environ)
    except AccessRefused:
        closed = os.environ.get(KNOWN_ONLY, "") == "1"
        return Access(read_only=True, known_only=closed)


def is_trusted(access: Access, peer: str) -> bool:
    """Return whether this is the address of a trusted proxy."""
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in access.proxies)


def _network(text: str) -> Network | None:
    text = text.strip()
    if not text:
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise AccessRefused("commands.access.no-network", text=text) from None


def _login(files: Iterable[Path]) -> bool:
    """Tell whether Streamlit's login is set up in one of these files."""
    for file in files:
        try:
            secrets = tomllib.loads(file.expanduser().read_text("utf-8"))
        except (OSError, ValueError, RuntimeError):
            continue
        if "auth" in secrets:
            _check_secret(secrets["auth"], file)
            return True
    return False


def _check_secret(auth: Any, file: Path) -> None:
    secret = auth.get("cookie_secret") if isinstance(auth, dict) else None
    if secret is not None and len(str(secret)) < LEAST_SECRET:
        facts = {"file": str(file), "most": str(LEAST_SECRET)}
        raise AccessRefused("commands.access.weak-secret", **facts)
