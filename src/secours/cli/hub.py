"""Make the hub of a province, and say which sites may come in.

A hub is a NATS server, or several that stand in for one another; `init` writes its
configuration and its keys into a folder of its own. `add` makes the keys of a site and
prints what to copy there; `remove` shuts one out. A running server takes up a change of
its sites when it is told to reload, which each of the two says how to do. `list` asks
the hub, where it is reached, which of them have ever come.

  secours hub init FOLDER --host hub.province.example
  secours hub add SITE --follow NAME,NAME
  secours hub list
  secours hub remove SITE

`init --renew` writes the servers' certificates and configuration anew, for other names,
more servers, or after an upgrade of Secours; the authority, the province and the sites
stay what they are.
"""

import argparse
import os
import socket
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from secours import texts
from secours.cli import arguments, printing, prose
from secours.cli.refusal import Refused, refuse_without
from secours.languages import of_terminal
from secours.message import Fact, Message, Refusal, message, why
from secours.model.observed import Reason
from secours.outside_text import plain

if TYPE_CHECKING:
    from secours.sites.hub.folder import HubFolder
    from secours.sites.hub.roster import HubMember, Roster

INIT, ADD, LIST, REMOVE = "init", "add", "list", "remove"
PROVINCE = "province"
PACKAGES = ("nacl", "cryptography", "nats")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `hub`."""
    parser.add_argument("action", choices=(INIT, ADD, LIST, REMOVE))
    parser.add_argument(
        "what",
        nargs="?",
        metavar="NAME",
        help="of init the folder; of add and remove the site",
    )
    parser.add_argument(
        "--folder",
        default=".",
        metavar="FOLDER",
        help="the folder of the hub (default: this one)",
    )
    parser.add_argument(
        "--follow",
        action="append",
        default=[],
        metavar="SITES",
        help="of add: the sites that it may hear, with commas between, or all",
    )
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="HOST",
        help="of init: a name or address by which sites reach the server; may be given"
        " several times, plans name the first (default: this machine's name)",
    )
    parser.add_argument(
        "--port",
        type=arguments.port,
        help="of init: the port that sites connect to (default: 4222, or as it was)",
    )
    parser.add_argument(
        "--cluster",
        action="append",
        default=[],
        metavar="NAME=HOST:PORT",
        help="of init: a server of several, to be given for each; they speak to one"
        " another on the port 2000 above",
    )
    parser.add_argument(
        "--province",
        default=PROVINCE,
        metavar="NAME",
        help=f"of init: what the province is called among sites (default: {PROVINCE})",
    )
    parser.add_argument(
        "--renew",
        action="store_true",
        help="of init: write what is the servers' anew, and keep all else",
    )
    arguments.add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Run the action, and print the next steps."""
    refuse_without(PACKAGES, "commands.hub.extra", "sites")
    from secours.sites.hub.folder import HubFolder

    if args.action != LIST and not args.what:
        raise Refused(message("commands.hub.what", action=args.action))
    if args.action == LIST and args.what:
        raise Refused(message("commands.hub.list-what"))
    hub = HubFolder(Path(args.what if args.action == INIT else args.folder))
    act = {INIT: _init, ADD: _add, LIST: _list, REMOVE: _remove}[args.action]
    try:
        act(args, hub)
        for file in hub.earlier():
            said = message("commands.hub.earlier", file=str(file), folder=str(hub.path))
            prose.warn(texts.in_words(_language(args), said))
    except Refusal as refusal:
        raise Refused(refusal.message) from None
    return 0


def _init(args: argparse.Namespace, hub: "HubFolder") -> None:
    from secours.sites.hub import instructions, server_version
    from secours.sites.hub import roster as rosters
    from secours.sites.hub.folder import PROVINCE as PROVINCE_FILE

    if found := server_version.too_old():
        least = server_version.least()
        raise Refused(message("commands.hub.too-old", found=found, least=least))
    now = datetime.now(UTC)
    if args.renew:
        roster = hub.renew(_members(args, hub.roster().members), now)
    else:
        name = rosters.site_name(args.province)
        roster = hub.init(_members(args, ()), name, now)
    servers = " ".join(quote(str(hub.server(each))) for each in roster.members)
    _say(args, message("commands.hub.made", folder=str(hub.path), hub=_urls(roster)))
    _say_servers(args, hub, roster)
    _say(args, message("commands.hub.try", folder=servers))
    _say(args, message("commands.hub.province", file=str(hub.path / PROVINCE_FILE)))
    printing.lines(instructions.section(roster, roster.province, PROVINCE_FILE))


def _say_servers(args: argparse.Namespace, hub: "HubFolder", roster: "Roster") -> None:
    """Print how to run each server as a service, or reload it."""
    from secours.sites.hub import instructions
    from secours.sites.hub.configuration import store_of
    from secours.sites.hub.folder import KEPT

    for member in roster.members:
        folder = hub.server(member).absolute()
        _say(args, message("commands.hub.server", server=member.name))
        printing.lines(_indented(instructions.service(folder, store_of(roster))))
        if (kept := folder / KEPT).exists():
            file = kept.stem
            _say(args, message("commands.hub.kept", kept=str(kept), file=file))
    if args.renew:
        _say(args, message("commands.hub.restart"))
    _say_who_hears_clear(args, hub)


def _say_who_hears_clear(args: argparse.Namespace, hub: "HubFolder") -> None:
    """Print that sites of before come in too, and whom that shuts out."""
    from secours.sites.hub.configuration import TLS_ONLY

    if not hub.earlier() and (wait := hub.tls_first()) != TLS_ONLY:
        _say(args, message("commands.hub.clear-after", wait=wait.strip('"')))


def _add(args: argparse.Namespace, hub: "HubFolder") -> None:
    from secours.sites.hub import instructions
    from secours.sites.hub import roster as rosters
    from secours.sites.hub.folder import file_of

    name = rosters.site_name(args.what)
    written = [part.strip() for each in args.follow for part in each.split(",")]
    follow = tuple(dict.fromkeys(rosters.followed(each) for each in written if each))
    file = hub.add(name, follow, datetime.now(UTC))
    roster = hub.roster()
    site = roster.site(name)
    assert site is not None
    _say(args, message("commands.hub.added", site=name, file=str(file)))
    printing.lines(instructions.section(roster, site, file_of(name)))
    _say_reload(args, hub, roster)
    _say(args, message("commands.hub.place", site=name))


def _remove(args: argparse.Namespace, hub: "HubFolder") -> None:
    hub.remove(args.what, datetime.now(UTC))
    _say(args, message("commands.hub.removed", site=args.what))
    _say_reload(args, hub, hub.roster())


def _list(args: argparse.Namespace, hub: "HubFolder") -> None:
    roster = hub.roster()
    prose.say(_urls(roster))
    for each in roster.sites:
        day = each.added.date().isoformat()
        slug = "commands.hub.site" if each.follow else "commands.hub.site.alone"
        follow = ", ".join(each.follow)
        facts = {"site": each.name, "added": day}
        _say(args, message(slug, **facts, **({"follow": follow} if follow else {})))
    for store in hub.left_stores():
        _say(args, message("commands.hub.store", store=plain(store)))
    _say_who_came(args, hub, roster)
    _say_who_hears_clear(args, hub)
    _say(args, message("commands.hub.counted", sites=len(roster.sites)))


def _say_who_came(args: argparse.Namespace, hub: "HubFolder", roster: "Roster") -> None:
    """Say which sites never came, and which the hub still holds."""
    import msgspec
    from nats.errors import Error

    from secours.sites.hub import arrivals
    from secours.sites.hub.folder import PROVINCE as PROVINCE_FILE

    try:
        arrived = arrivals.ask(roster, hub.path / PROVINCE_FILE)
    except (OSError, Error, msgspec.MsgspecError) as error:
        unknown = message("commands.hub.unasked", why=_why(error, roster))
        prose.warn(texts.in_words(_language(args), unknown))
        return
    listed = {each.name for each in roster.sites}
    for name in sorted(listed - arrived):
        _say(args, message("commands.hub.never", site=name))
    for name in sorted(arrived - listed):
        _say(args, message("commands.hub.left", site=name))


def _why(error: Exception, roster: "Roster") -> Fact:
    """Say why a hub was not asked."""
    from secours.sites import link

    if link.why(error)[0] is Reason.TLS_MISSING:
        return message("commands.doctor.hub.earlier", hub=_urls(roster))
    if isinstance(error, TimeoutError):
        return message("commands.doctor.hub.silent", hub=_urls(roster))
    if isinstance(error, OSError):
        return why(error)
    return message("commands.os.said", said=plain(error))


def _members(
    args: argparse.Namespace, before: tuple["HubMember", ...]
) -> tuple["HubMember", ...]:
    """Return the servers asked for; of a renewal the former ones, with what is new."""
    from msgspec.structs import replace

    from secours.sites.hub import roster as rosters

    hosts = tuple(map(rosters.host, args.host))
    port = args.port or rosters.PORT
    members = tuple(rosters.member(each, port) for each in args.cluster)
    members = members or tuple(
        replace(each, port=args.port or each.port) for each in before
    )
    if len(members) > 1 or args.cluster:
        if len(members) < 3 or len({each.name for each in members}) < len(members):
            raise Refusal("commands.hub.cluster")
        return tuple(
            replace(each, hosts=tuple(dict.fromkeys((*each.hosts, *hosts))))
            for each in members
        )
    alone = rosters.HubMember(name=rosters.ALONE, hosts=(), port=port)
    (alone,) = members or (alone,)
    hosts = hosts or alone.hosts or (rosters.host(socket.gethostname()),)
    return (replace(alone, hosts=hosts),)


def _say_reload(args: argparse.Namespace, hub: "HubFolder", roster: "Roster") -> None:
    """Print how to reload a running server's sites."""
    from secours.sites.hub import instructions

    if len(roster.members) > 1:
        from secours.sites.hub.configuration import SITES_CONF

        _say(args, message("commands.hub.copy"))
        files = (str(hub.server(each) / SITES_CONF) for each in roster.members)
        printing.lines(_indented(files))
    _say(args, message("commands.hub.reload"))
    printing.lines(_indented(instructions.RELOADING))


def _indented(commands: Iterable[str]) -> Iterator[str]:
    return (f"  {command}" for command in commands)


def _urls(roster: "Roster") -> str:
    return ", ".join(roster.urls)


def _say(args: argparse.Namespace, said: Message) -> None:
    prose.say(texts.in_words(_language(args), said))


def _language(args: argparse.Namespace) -> str:
    return args.lang or of_terminal(os.environ)
