"""The configuration of a NATS server, and of the service that runs it.

The part on sites is in a file of its own, so that its changes leave an edited main file
alone. Paths are as seen from the server's folder.

Source: NATS documentation, "Configuration", "TLS", "Clustering" and "JetStream".
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from secours.sites import subjects
from secours.sites.envelope import LARGEST_BYTES
from secours.sites.hub import permissions
from secours.sites.hub.permissions import Permissions
from secours.sites.hub.roster import ROUTES_ABOVE, AdmittedSite, HubMember, Roster

SERVER_CONF, SITES_CONF = "nats.conf", "sites.conf"
CERTIFICATE, KEY, AUTHORITY = "server.pem", "server.key", "authority.pem"
STORE, CLUSTER_STORE = "jetstream", "jetstream-cluster"  # separate: what a server
# stored alone would differ from the other members
MOST_CONNECTIONS = 8  # of a site, as dead ones stay open for 30 s; without a limit one
# site could use up all connections of the server
SUBSCRIPTIONS, FOR_EACH = 64, 8  # of a connection, and more per followed site
MOST_SUBSCRIPTIONS = 4096
HEADERS_BYTES = 4096
ANSWERED_WITHIN = "15s"  # after which a server drops a request: else it keeps each for
# two minutes, and one site could fill its memory with them
TLS_FIRST = "handshake_first:"  # an older server sends its first line in clear
TLS_ONLY, OR_CLEAR = "true", '"2s"'  # never in clear; or after a silence of 2 s
_TLS_FIRST = re.compile(rf"^\s*{TLS_FIRST}\s*(\w+|\"[^\"]*\")", re.MULTILINE)
SERVICE = "secours.conf"  # what systemd adds to Debian's nats-server.service
TIDIED_AT = 50  # GOGC in per cent, below the usual 100: a hub needs most of its memory
# in the seconds in which all sites reconnect at once
LEAST_MIB, MIB_OF_A_SITE = 60, 0.3  # above which Go collects garbage all the time
ENDED_AT = 10  # times as much: systemd then ends and restarts the server

_SERVER = """\
# Written by `secours hub init`. Who may come in is in {sites_conf}, which
# `secours hub add` and `remove` write anew; this file they leave as it is.

server_name: {name}
listen: "0.0.0.0:{port}"
include "{sites_conf}"

tls {{
  cert_file: "{certificate}"
  key_file: "{key}"
  ca_file: "{authority}"
  verify: true              # a client shows a certificate too
  pinned_certs: $certificates
  min_version: "1.3"
  timeout: 10               # seconds; a handshake over a satellite takes long
  handshake_first: {tls_first}     # TLS before all else. With a time, who says nothing
                            # for so long is a site of before, or on a slower way: it
                            # hears a word in clear, and no other site comes in so.
}}

jetstream {{
  store_dir: "{store}"
  max_memory_store: 4GB     # promised: 2 MB for the states of a site, who has less
  max_file_store: 10GB      # less than the disk has; the streams are to have 8
  sync_interval: "5s"       # what power takes away; sites send that again
}}

max_payload: 128KB          # the largest message of a site has 64
max_control_line: 2KB       # subjects are kept in memory
max_connections: 20000
max_subscriptions: {subscriptions}     # of one connection
max_subscription_tokens: 16 # each is a place in a tree; none of ours has more than 12
max_pending: 8MB            # of a client that is slow, before it is let go
write_deadline: "10s"
ping_interval: "12s"        # who does not answer twice is gone
ping_max: 2
"""
_CLUSTER = """
cluster {{
  name: "secours"
  listen: "0.0.0.0:{port}"
  routes: [
{routes}
  ]
  tls {{
    cert_file: "{certificate}"
    key_file: "{key}"
    ca_file: "{authority}"
    verify: true
    pinned_certs: [         # of the members: no site is one
{pins}
    ]
    timeout: 10
  }}
}}
"""
_SITES = """\
# Written by `secours hub`; what is changed here is lost.

certificates: [
{pins}
]
authorization {{
  timeout: 15
}}
accounts {{
{accounts}
}}
"""
_ACCOUNT = """\
  {account}: {{{more}
    users: [
{user}
    ]
    exports: [
{exports}
    ]
    imports: [
{imports}
    ]
  }}"""
_SERVICE = """\
[Unit]
StartLimitIntervalSec=0

[Service]
WorkingDirectory={folder}
ExecStart=
ExecStart=/usr/sbin/nats-server -c {conf}
# at the first a new site comes in, from the second on what it says is kept
ExecReload=
ExecReload=/bin/kill -s HUP $MAINPID
ExecReload=/bin/sleep 1
ExecReload=/bin/kill -s HUP $MAINPID
Restart=always
RestartSec=2
LimitNOFILE=65536
MemoryMax={most_mib}M
{environment}
"""


def tls_first_in(conf: str) -> str:
    """Return the value of `handshake_first` in an existing configuration.

    An older one has none: older sites, which expect a line in clear, use that hub.
    """
    found = _TLS_FIRST.search(conf)
    return found[1] if found and found[1] != "false" else OR_CLEAR


def server_conf(roster: Roster, member: HubMember, tls_first: str = TLS_ONLY) -> str:
    """Write the configuration of one server."""
    files = {"certificate": CERTIFICATE, "key": KEY, "authority": AUTHORITY}
    whole = _SERVER.format(
        name=_quoted(member.name),
        port=member.port,
        sites_conf=SITES_CONF,
        store=store_of(roster),
        subscriptions=MOST_SUBSCRIPTIONS,
        tls_first=tls_first,
        **files,
    )
    if len(roster.members) == 1:
        return whole
    return whole + _CLUSTER.format(
        port=member.port + ROUTES_ABOVE,
        routes=_lines((_quoted(each.route) for each in roster.members), 4),
        pins=_lines((_quoted(each.pin) for each in roster.members), 6),
        **files,
    )


def store_of(roster: Roster) -> str:
    """Return the folder in which a server keeps what it is told."""
    return STORE if len(roster.members) == 1 else CLUSTER_STORE


def sites_conf(roster: Roster) -> str:
    """Write the sites' accounts and permissions."""
    office = roster.province
    accounts = [_office(roster), *(_site(site, roster) for site in roster.sites)]
    pins = (each.pin for each in (office, *roster.sites))
    return _SITES.format(
        pins=_lines(map(_quoted, pins), 2), accounts="\n".join(accounts)
    )


def service_conf(folder: Path, sites: int) -> str:
    """Write the override for Debian's service to run a folder's server."""
    variables = environment(sites).items()
    return _SERVICE.format(
        folder=str(folder).replace("%", "%%"),
        conf=SERVER_CONF,
        most_mib=ENDED_AT * _tidy_mib(sites),
        environment="\n".join(f"Environment={key}={value}" for key, value in variables),
    )


def environment(sites: int) -> dict[str, str]:
    """Return a server's memory limits for so many sites."""
    return {"GOGC": str(TIDIED_AT), "GOMEMLIMIT": f"{_tidy_mib(sites)}MiB"}


def _tidy_mib(sites: int) -> int:
    return max(LEAST_MIB, int(MIB_OF_A_SITE * sites))


def _office(roster: Roster) -> str:
    """Write the province's account, with the streams."""
    office = roster.province
    services = (
        f"{{service: {_quoted(subject)}, response_type: {responses},"
        f" response_threshold: {_quoted(ANSWERED_WITHIN)}}}"
        for subject, responses in permissions.SERVICES.items()
    )
    return _ACCOUNT.format(
        account=_account(office),
        more="\n    jetstream: enabled",
        user=_user(office, permissions.of_province(roster)),
        exports=_lines((*services, _spoken(office)), 6),
        imports=_lines(
            (_from(site, subjects.alive(site.name)) for site in roster.sites), 6
        ),
    )


def _site(site: AdmittedSite, roster: Roster) -> str:
    """Write the account of a site, for it alone."""
    office = roster.province
    services = (
        f"{{service: {{account: {_account(office)}, subject: {_quoted(each)}}}}}"
        for each in permissions.services(site)
    )
    others = (
        _from(other, subjects.all_of(other.name))
        for other in (office, *roster.sites)
        if other.name != site.name and (site.follows_all or other.name in site.follow)
    )
    return _ACCOUNT.format(
        account=_account(site),
        more=f"\n    limits: {{{_limits(site, roster)}}}",
        user=_user(site, permissions.of_site(site)),
        exports=_lines([_spoken(site)], 6),
        imports=_lines((*services, *others), 6),
    )


def _limits(site: AdmittedSite, roster: Roster) -> str:
    """Write the limits of a site at the server."""
    followed = len(roster.sites if site.follows_all else site.follow)
    few = min(SUBSCRIPTIONS + FOR_EACH * followed, MOST_SUBSCRIPTIONS)
    limits = {
        "max_connections": MOST_CONNECTIONS,
        "max_subscriptions": few,
        "max_payload": LARGEST_BYTES + HEADERS_BYTES,
    }
    return ", ".join(f"{key}: {value}" for key, value in limits.items())


def _spoken(site: AdmittedSite) -> str:
    return f"{{stream: {_quoted(subjects.all_of(site.name))}}}"


def _from(site: AdmittedSite, subject: str) -> str:
    return f"{{stream: {{account: {_account(site)}, subject: {_quoted(subject)}}}}}"


def _account(site: AdmittedSite) -> str:
    return _quoted(subjects.consumer(site.name))


def _user(site: AdmittedSite, may: Permissions) -> str:
    denied = f", deny: {_list(may.not_subscribe)}" if may.not_subscribe else ""
    return f"""\
      {{  # {subjects.token(site.name)}
        nkey: {_quoted(site.nkey)}
        permissions: {{
          publish: {{allow: {_list(may.publish)}}}
          subscribe: {{allow: {_list(may.subscribe)}{denied}}}
        }}
      }}"""


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _lines(texts: Iterable[str], indent: int) -> str:
    return "\n".join(f"{'':{indent}}{text}" for text in texts)


def _quoted(text: str) -> str:
    return json.dumps(text)
