"""Instructions for a new hub: what to copy into a plan, what to run."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

from secours.model.sites.membership import ALL
from secours.sites.hub.configuration import KEY, SERVICE
from secours.sites.hub.roster import AdmittedSite, Roster

UNIT = "nats-server"
_RELOADS = (f"systemctl reload {UNIT}", f"{UNIT} --signal reload=PID")
RELOADING = tuple(f"{each} && sleep 1 && {each}" for each in _RELOADS)
"""Commands that make a running server reload its sites: as a service, or else.

Twice: a server subscribes the service imports of an account that is new to it only at
the next reload (server.go, configureAccounts, up to 2.14). Until then nobody answers
what that site stores.
"""


def section(roster: Roster, site: AdmittedSite, file: str) -> Iterator[str]:
    """Yield the section of a plan that connects a site to the hub."""
    follow = (ALL,) if site == roster.province else site.follow
    urls = roster.urls
    yield "sites:"
    yield f"  name: {_yaml(site.name)}"
    yield f"  hub: {_yaml(urls[0]) if len(urls) == 1 else _yaml_list(urls)}"
    yield f"  credentials: {_yaml('${file:' + file + '}')}"
    if follow:
        yield f"  follow: {_yaml_list(follow)}"


def service(folder: Path, store: str) -> Iterator[str]:
    """Yield the commands that make a service of Debian's nats-server.

    Its user has the store and the key alone: root installs what is beside them.
    """
    unit = f"/etc/systemd/system/{UNIT}.service.d/{SERVICE}"
    kept, key = quote(str(folder / store)), quote(str(folder / KEY))
    yield f"chown -R nats: {kept} {key}"
    yield f"install -D -m 644 {quote(str(folder / SERVICE))} {unit}"
    yield f"systemctl daemon-reload && systemctl restart {UNIT}"


def _yaml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _yaml_list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_yaml, texts))}]"
