"""SIP REGISTER with Digest: add our address to an account, and remove it.

Only our own address is ever added or removed: the telephones of the account stay.

Source: RFC 3261 sections 10.2 (REGISTER), 21.4.17 (423).
"""

import re
import secrets

from secours.model.observed import Evidence
from secours.wire.numbers import whole
from secours.wire.sip.login import Account, Headers, let_in
from secours.wire.sip.messages import Request, SipResponse
from secours.wire.sip.options import SipOptions
from secours.wire.sip.peer import Peer

EXPIRES = re.compile(r";\s*expires\s*=\s*(\d+)")
LONGEST_S = 86400  # a registrar that wants longer is not obeyed


class Registration:
    """A series of REGISTERs: numbers go on, names stay the same."""

    def __init__(self, peer: Peer, options: SipOptions, account: Account) -> None:
        user, domain = options.registered_user, options.registered_domain
        self._peer, self._account = peer, account
        self._uri = f"sip:{domain}"
        self._address = f"<sip:{user}@{domain}>"
        self._contact = peer.contact(user)
        self._call_id, self._tag = secrets.token_hex(12), secrets.token_hex(4)
        self._number = 0
        self.asked_s = 0  # for how long, the last time

    async def add(self, expires_s: int) -> SipResponse:
        """Register for so long, or for the registrar's longer minimum.

        Raises:
            Stop: a challenge that cannot be answered, or no SIP.
            OSError: the network refuses.
        """
        answer = await self._bind(expires_s)
        longer = answer.header("min-expires")
        if answer.code != 423 or not longer.isdecimal():
            return answer
        wanted_s = whole(longer, Evidence.SERVED)
        return await self._bind(wanted_s) if wanted_s <= LONGEST_S else answer

    def lists_us(self, answer: SipResponse) -> bool:
        """Tell whether an answer lists our address among those of the account."""
        listed = ",".join(answer.headers.get("contact", ())).lower()
        return self._contact.strip("<>").lower() in listed

    def granted_s(self, answer: SipResponse) -> int | None:
        """Return for how long a registrar keeps us; None if it does not say.

        It lists every telephone of the account: ours is looked for, section 10.3.
        """
        ours, match = self._contact.strip("<>").lower(), None
        for listed in ",".join(answer.headers.get("contact", ())).split(","):
            _, ours_is_there, options = listed.lower().partition(ours)
            if ours_is_there and (match := EXPIRES.search(options)):
                break
        told = match[1] if match else answer.header("expires")
        return whole(told, Evidence.SERVED) if told.isdecimal() else None

    async def remove(self) -> SipResponse:
        """Remove our address."""
        return await self._bind(0)

    async def query(self) -> SipResponse:
        """Ask which telephones the account has, RFC 3261 section 10.2.3."""
        return await self._let_in(())

    async def _bind(self, expires_s: int) -> SipResponse:
        self.asked_s = expires_s
        contact = f"{self._contact};expires={expires_s}"
        return await self._let_in((("Contact", contact), ("Expires", str(expires_s))))

    async def _let_in(self, binding: Headers) -> SipResponse:
        """Send one REGISTER, and answer its challenges."""
        return await let_in(
            lambda login: self._ask(*binding, *login),
            "REGISTER",
            self._uri,
            self._account,
        )

    async def _ask(self, *more: tuple[str, str]) -> SipResponse:
        self._number += 1
        headers = (
            ("From", f"{self._address};tag={self._tag}"),
            ("To", self._address),
            *more,
        )
        return await self._peer.ask(
            Request("REGISTER", self._uri, self._call_id, self._number, headers)
        )
