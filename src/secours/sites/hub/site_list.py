"""List of the sites that a hub lets in, from its server to the province.

`secours hub` writes them, with a rising revision, into subjects that the province may
hear and nobody uses. A server tells each client its permissions: so the province knows
of a site before it was ever heard, wherever the folder of the hub is. A cluster member
with an older configuration is ignored.

Source: NATS server, events.go, "$SYS.REQ.USER.INFO".
"""

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

from secours.sites import subjects

if TYPE_CHECKING:
    from nats.aio.client import Client

ANSWER_WITHIN_S = 5.0


class SiteList(Struct, frozen=True, kw_only=True):
    """The sites that a hub lets in, without the province."""

    province: str = ""  # public nkey: another one is another hub's
    revision: int = 0  # 0 where no hub has said anything
    sites: frozenset[str] = frozenset()

    def replaces(self, other: "SiteList") -> bool:
        """Tell whether it outdates another list."""
        if self.province != other.province:
            return bool(self.revision)
        return self.revision > other.revision


async def ask(client: "Client") -> SiteList | None:
    """Ask the server; return None where an older Secours's refuses the question."""
    from nats.errors import NoRespondersError
    from nats.errors import TimeoutError as NoAnswer

    try:
        answer = await client.request(subjects.OWN_RIGHTS, b"", timeout=ANSWER_WITHIN_S)
        user = msgspec.json.decode(answer.data, type=_Answer).data
    except (NoRespondersError, NoAnswer, msgspec.MsgspecError):
        return None
    return _listed(user)


class _Permissions(Struct):
    allow: tuple[str, ...] = ()


class _Rights(Struct):
    subscribe: _Permissions = field(default_factory=_Permissions)


class _User(Struct):
    user: str
    permissions: _Rights = field(default_factory=_Rights)


class _Answer(Struct):
    data: _User


def _listed(user: _User) -> SiteList | None:
    allowed = user.permissions.subscribe.allow
    revisions = [n for n in map(subjects.revision_in, allowed) if n is not None]
    if not revisions:
        return None
    found = filter(None, map(subjects.read, allowed))
    lives = (each.site for each in found if each.topic == subjects.ALIVE)
    return SiteList(province=user.user, revision=max(revisions), sites=frozenset(lives))
