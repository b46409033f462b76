"""Folder of a hub: created, and changed as sites come and go.

Every file is written whole, beside the old one, so that a server that reads its
configuration meanwhile reads the old or the new one. They belong to the folder's owner:
a server's user has its key and its store alone, and changes nothing that root installs.
A change raises Refusal where it makes no sense, and OSError where it cannot be written.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain
from pathlib import Path

import msgspec
from msgspec.structs import replace

from secours.message import Refusal
from secours.sites import credentials, subjects
from secours.sites.credentials import Credentials
from secours.sites.hub import certificates, configuration
from secours.sites.hub import roster as rosters
from secours.sites.hub.certificates import KeyAndCertificate
from secours.sites.hub.roster import SITES, AdmittedSite, HubMember, Roster
from secours.sites.nkeys import new_key

ROSTER = "hub.json"
AUTHORITY, AUTHORITY_KEY = "authority.pem", "authority.key"
PROVINCE = "province.credentials"
KEPT = f"{configuration.SERVER_CONF}.before"  # of a server, what it had
SECRET, PUBLIC = 0o600, 0o644
CLOSED, OPEN = 0o700, 0o755  # of folders; a server's user has to come to its own


class HubFolder:
    """The files of one hub."""

    def __init__(self, path: Path) -> None:
        """Set the folder; nothing is read."""
        self.path = path

    def init(
        self, members: Iterable[HubMember], province: str, now: datetime
    ) -> Roster:
        """Make a hub without sites; raise Refusal if something is there, or OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _make(self.path, OPEN)
        if any(self.path.iterdir()):
            raise Refusal("commands.hub.there", folder=str(self.path))
        authority = certificates.authority(now)
        self._write(AUTHORITY_KEY, authority.key, SECRET)
        self._write(AUTHORITY, authority.certificate, PUBLIC)
        site, given = _admitted(province, (), authority, "", now)
        self._write(PROVINCE, credentials.written(given), SECRET)
        return self._with_servers(Roster(members=(), province=site), members, now)

    def renew(self, members: Iterable[HubMember], now: datetime) -> Roster:
        """Write the servers' certificates and configuration anew, for these members.

        The authority, the province and all sites stay what they are.
        """
        with self._alone():
            roster = self.roster()
            return self._with_servers(roster, tuple(members) or roster.members, now)

    def add(self, name: str, follow: Iterable[str], now: datetime) -> Path:
        """Admit a site, and return the file to copy to it."""
        with self._alone():
            roster = self.roster()
            if roster.site(name) or name == roster.province.name:
                raise Refusal("commands.hub.known", site=name)
            site, creds = _admitted(
                name, tuple(follow), self._authority(), roster.province.nkey, now
            )
            _make(self.path / SITES, CLOSED)
            file = f"{SITES}/{file_of(name)}"
            self._write(file, credentials.written(creds), SECRET)
            sites = sorted((*roster.sites, site), key=lambda each: each.name)
            self._save(replace(roster, sites=tuple(sites)), now)
            return self.path / file

    def remove(self, name: str, now: datetime) -> None:
        """Shut a site out, and remove its credentials."""
        with self._alone():
            roster = self.roster()
            if roster.site(name) is None:
                raise Refusal("commands.hub.unknown", site=name)
            sites = tuple(each for each in roster.sites if each.name != name)
            self._save(replace(roster, sites=sites), now)
            (self.path / SITES / file_of(name)).unlink(missing_ok=True)

    def roster(self) -> Roster:
        """Return the roster of the hub; raise Refusal if it is the folder of no hub."""
        try:
            return rosters.decoded((self.path / ROSTER).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise Refusal("commands.hub.none", folder=str(self.path)) from None
        except msgspec.MsgspecError as error:
            file = str(self.path / ROSTER)
            raise Refusal("commands.hub.damaged", file=file, said=str(error)) from None

    def server(self, member: HubMember) -> Path:
        """Return the folder of a server."""
        return self.path / member.name

    def earlier(self) -> list[Path]:
        """Return the configurations without TLS first."""
        return [
            each
            for each in self._confs()
            if configuration.TLS_FIRST not in each.read_text("utf-8")
        ]

    def tls_first(self) -> str:
        """Return the value of `handshake_first` in the first server's configuration.

        A new hub sends nothing in clear: no older site uses it.
        """
        first = next(iter(self._confs()), None)
        if first is None:
            return configuration.TLS_ONLY
        return configuration.tls_first_in(first.read_text("utf-8"))

    def left_stores(self) -> list[Path]:
        """Return stores of the servers for former names of the province, unused now."""
        roster = self.roster()
        ours = subjects.consumer(roster.province.name)
        stores = "jetstream*/jetstream/[!$]*"  # an account each; $ is the server's own
        found = (self.server(each).glob(stores) for each in roster.members)
        return [each for each in chain(*found) if each.name != ours]

    def _confs(self) -> list[Path]:
        """Return the configurations that there are."""
        members = self.roster().members if (self.path / ROSTER).exists() else ()
        confs = (self.server(each) / configuration.SERVER_CONF for each in members)
        return [each for each in confs if each.exists()]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Lock the hub against concurrent changes: the later one would win."""
        try:
            opened = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        except (FileNotFoundError, NotADirectoryError):
            raise Refusal("commands.hub.none", folder=str(self.path)) from None
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            yield
        finally:
            os.close(opened)

    def _authority(self) -> KeyAndCertificate:
        return KeyAndCertificate(
            (self.path / AUTHORITY_KEY).read_text("utf-8"),
            (self.path / AUTHORITY).read_text("utf-8"),
        )

    def _with_servers(
        self, roster: Roster, members: Iterable[HubMember], now: datetime
    ) -> Roster:
        authority, pinned = self._authority(), []
        tls_first = self.tls_first()
        for member in members:
            leaf = certificates.for_server(authority, member.name, member.hosts, now)
            pinned.append(replace(member, pin=certificates.pin(leaf.certificate)))
            _make(self.server(member), OPEN)
            if os.geteuid() == 0:  # it was the server's user's
                ours = self.path.stat()
                os.chown(self.server(member), ours.st_uid, ours.st_gid)
            self._write(f"{member.name}/{configuration.KEY}", leaf.key, SECRET)
            for name, text in (
                (configuration.CERTIFICATE, leaf.certificate),
                (configuration.AUTHORITY, authority.certificate),
                (
                    configuration.SERVICE,
                    configuration.service_conf(
                        self.server(member).absolute(), len(roster.sites)
                    ),
                ),
            ):
                self._write(f"{member.name}/{name}", text, PUBLIC)
        roster = replace(roster, members=tuple(pinned))
        for member in roster.members:
            user = _user_of(self.server(member))
            store = self.server(member) / configuration.store_of(roster)
            _make(store, CLOSED)
            if os.geteuid() == 0:
                os.chown(store, user.st_uid, user.st_gid, follow_symlinks=False)
            text = configuration.server_conf(roster, member, tls_first)
            file = self.server(member) / configuration.SERVER_CONF
            if file.exists() and (before := file.read_text("utf-8")) != text:
                self._write(f"{member.name}/{KEPT}", before, SECRET)
            self._write(f"{member.name}/{file.name}", text, PUBLIC)
        return self._save(roster, now)

    def _save(self, roster: Roster, now: datetime) -> Roster:
        roster = rosters.changed(roster, now)
        for member in roster.members:
            text = configuration.sites_conf(roster)
            self._write(f"{member.name}/{configuration.SITES_CONF}", text, PUBLIC)
        self._write(ROSTER, rosters.encoded(roster).decode(), PUBLIC)
        return roster

    def _write(self, name: str, text: str, mode: int) -> None:
        """Write a file whole, with its folder's owner; a server's key with its user."""
        path = self.path / name
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with open(opened, "w", encoding="utf-8") as file:
                of_key = path.name == configuration.KEY and _user_of(path.parent)
                owner = of_key or path.parent.stat()
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
                os.fchmod(file.fileno(), mode)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)


def _user_of(server: Path) -> os.stat_result:
    """Return who runs a server: its store is theirs."""
    return next((each.lstat() for each in server.glob("jetstream*")), server.stat())


def _make(folder: Path, mode: int) -> None:
    """Make a folder with this mode, whatever the umask; one that is there stays."""
    with suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(mode)


def file_of(site: str) -> str:
    """Return the name of a site's credentials file."""
    return f"{subjects.token(site)}.credentials"


def _admitted(
    name: str,
    follow: tuple[str, ...],
    authority: KeyAndCertificate,
    province: str,
    now: datetime,
) -> tuple[AdmittedSite, Credentials]:
    key = new_key()
    leaf = certificates.for_site(authority, subjects.token(name), now)
    site = AdmittedSite(
        name=name,
        nkey=key.public,
        pin=certificates.pin(leaf.certificate),
        follow=follow,
        added=now,
    )
    creds = Credentials(
        site=name,
        seed=key.seed,
        certificate=leaf.certificate,
        key=leaf.key,
        authority=authority.certificate,
        province=province or key.public,
    )
    return site, creds
