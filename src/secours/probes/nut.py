"""NUT: does a UPS have mains, and how long will its battery last?

Failed means that the UPS says that it runs on its battery, or gives no power any more.
All that says nothing of the mains is unknown: a server that is silent or refuses us,
DATA-STALE, DRIVER-NOT-CONNECTED, a calibration. A battery that is low or worn out is a
warning. An ok shows that there are mains, not that the battery holds what it promises.

With `from`, the `autonomy` of a component is counted by its `battery.runtime`. With a
user name the server has to accept our login, as a secondary of that UPS.

Source: RFC 9271 (commands STARTTLS, USERNAME, PASSWORD, LOGIN, GET VAR, LOGOUT; errors;
status symbols); Network UPS Tools, docs/new-names.txt (battery.runtime in seconds).
"""

import re
from collections.abc import Iterator
from typing import Any, Literal

from msgspec.structs import replace

from secours.message import BadValue
from secours.model.observed import (
    Evidence,
    Outcome,
    Reason,
    degraded,
    failed,
    ok,
    unknown,
)
from secours.model.runs import Stop
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.outside_text import plain
from secours.wire.http.api_options import check_account
from secours.wire.net import sockets
from secours.wire.net.starttls import Streams, encrypt
from secours.wire.net.tls import TlsOptions, client_context
from secours.wire.numbers import battery_runtime
from secours.wire.option_checks import check_port
from secours.wire.progress import Progress, followed, unanswered_is_unknown
from secours.wire.sent_secret import SentSecret

BEST = Evidence.AUTHENTICATED
DEFAULT_INTERVAL_S = 30.0
LINE_BYTES = 2048  # of an answer; upsd keeps a value in 512
ON_MAINS = {"OL", "BYPASS", "BOOST", "TRIM"}
NO_OUTPUT = {"OFF", "FSD"}  # no power comes out of it, or will soon
UNFED = {"OFF", "BYPASS"}  # what it feeds does not last on its battery
WEAK = {"LB", "RB"}  # low, or to be replaced
TROUBLE = {"OVER", "ALARM", "BYPASS"}
MISSING = "VAR-NOT-SUPPORTED"
DENIED = ("ACCESS-DENIED", "INVALID-USERNAME", "INVALID-PASSWORD", "USERNAME-REQUIRED")
REFUSALS = {
    **dict.fromkeys(("DATA-STALE", "DRIVER-NOT-CONNECTED", MISSING), Reason.REPORTED),
    **dict.fromkeys(DENIED, Reason.AUTH),
    "UNKNOWN-UPS": Reason.CONTENT,
}


class Settings(TlsOptions, frozen=True, kw_only=True):
    """Server, UPS, and our account."""

    host: str
    """Name or address of the server, upsd."""
    port: int = 3493
    """Port of the server."""
    ups: str
    """Name of the UPS there, as `upsc -l` lists it."""
    security: Literal["offered", "starttls", "none"] = "offered"
    """Encryption: STARTTLS where it is offered, always, or never."""
    username: str | None = None
    """User name of our account there."""
    password: Secret | None = None
    """Password of that user, named as ${NAME}."""
    ca: str | None = None  # again: they are listed in this order
    verify: bool = True

    def __post_init__(self) -> None:
        check_port(self.port)
        check_account(self.username, self.password)
        if not re.fullmatch(r"[\w.:-]{1,64}", self.ups, re.ASCII):
            raise BadValue("plan.option.name", option="ups")

    @property
    def measures_battery(self) -> bool:
        """Tell that it says how long a battery lasts."""
        return True

    def sent_secrets(self) -> Iterator[SentSecret]:
        """Yield the password: what is only offered can be left out on the way."""
        if self.password is not None:
            yield SentSecret(
                option=("password",),
                host=self.host,
                encrypted=self.security == "starttls",
                verified=self.verify,
                to_encrypt="security: starttls",
            )


class UpsRefusal(Exception):
    """An error of the server, by its token."""


async def probe(settings: Settings, path: Path | None) -> Outcome:
    """Log in, if that is wanted, and ask for the status of the UPS."""
    secret = settings.password.reveal() if settings.password else None
    progress, at = Progress(), (settings.host, settings.port, path)
    async with (
        unanswered_is_unknown(),
        followed(progress),
        sockets.connection(*at, limit=LINE_BYTES) as clear,
    ):
        progress.proven = Evidence.REACHED
        talk = UpsTalk(settings, clear, progress)
        try:
            if settings.security != "none":
                await talk.encrypt()
            if settings.username is not None and secret is not None:
                await talk.log_in(settings.username, secret)
            status = await talk.value("ups.status")
            lasts = await talk.value("battery.runtime", otherwise="")
            charge = await talk.value("battery.charge", otherwise="")
            talk.send("LOGOUT")
        except UpsRefusal as refusal:
            token = str(refusal)
            reason = REFUSALS.get(token, Reason.PROTOCOL)
            raise Stop(unknown(reason, said=token)) from None
        finally:
            sockets.hang_up(talk.streams[1])
    return judged(status, number(lasts), number(charge), progress.proven)


def judged(
    status: str, lasts_s: float | None, charge: float | None, proven: Evidence
) -> Outcome:
    """Return what the status words of a UPS mean."""
    words, quote = set(status.split()), plain(status)
    if "CAL" in words and "OL" not in words:
        return unknown(Reason.REPORTED, said=quote)
    lasts = battery_runtime(0.0 if words & UNFED else lasts_s)
    facts: dict[str, Any] = {"said": quote, **lasts}
    if charge is not None and charge <= 100:
        facts["charge"] = int(charge)
    weak = degraded(Reason.BATTERY_LOW, proven, **facts)
    if words & NO_OUTPUT or "OB" in words:
        reason = Reason.ON_BATTERY if "OB" in words else Reason.REPORTED
        warnings = weak.warnings if words & WEAK else ()
        return replace(failed(reason, proven, **facts), warnings=warnings)
    if not words & ON_MAINS:
        return unknown(Reason.CONTENT, said=quote)
    if words & TROUBLE:
        return degraded(Reason.REPORTED, proven, **facts)
    return weak if words & WEAK else ok(proven, **facts)


def number(text: str) -> float | None:
    """Return a number as the server writes it; None for anything else."""
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else None


class UpsTalk:
    """Talk with upsd: a line for a line."""

    def __init__(self, settings: Settings, clear: Streams, progress: Progress) -> None:
        self._settings, self._progress = settings, progress
        self._clear = self.streams = clear  # kept beneath TLS

    def send(self, command: str) -> None:
        """Send a command."""
        self.streams[1].write(f"{command}\n".encode())

    async def ask(self, command: str, form: str) -> str:
        """Send a command, and return what its answer has in the group of `form`.

        Raises:
            UpsRefusal: it is an error.
            Stop: it is of another form.
        """
        self.send(command)
        raw = await self.streams[0].readuntil(b"\n")
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if error := re.fullmatch(r"ERR ([A-Z0-9-]{1,40})( .*)?", line):
            raise UpsRefusal(error[1])
        if not (found := re.fullmatch(form, line)):
            raise self._progress.nonsense(said=plain(line))
        return found[1]

    async def encrypt(self) -> None:
        """Begin TLS, where the server has it or we insist."""
        mine = self._settings
        try:
            await self.ask("STARTTLS", "(OK STARTTLS)")
        except UpsRefusal:
            if mine.security == "starttls":
                raise self._progress.failed(Reason.TLS_MISSING) from None
            return
        context = client_context(ca=mine.ca, verify=mine.verify)
        beneath = self._clear[1].transport
        secure = await encrypt(beneath, context, mine.host, _no_look, LINE_BYTES)
        self.streams = secure

    async def log_in(self, username: str, password: str) -> None:
        """Send our account, and take the UPS as one of its secondaries does."""
        for name, text in (("username", username), ("password", password)):
            if not text.isprintable():
                facts = {"problem": "not-text", "what": name}
                raise Stop(unknown(Reason.SECRET_MISSING, **facts))
            escaped = re.sub(r'(["\\])', r"\\\1", text)
            await self.ask(f'{name.upper()} "{escaped}"', "(OK)( .*)?")
        await self.ask(f"LOGIN {self._settings.ups}", "(OK)( .*)?")
        self._progress.proven = Evidence.AUTHENTICATED

    async def value(self, name: str, otherwise: str | None = None) -> str:
        """Return a variable of the UPS; `otherwise` where it has none of that name."""
        ups = self._settings.ups
        form = rf'VAR {re.escape(ups)} {re.escape(name)} "((?:[^"\\]|\\.)*)"'
        try:
            answer = await self.ask(f"GET VAR {ups} {name}", form)
        except UpsRefusal as refusal:
            if otherwise is None or str(refusal) != MISSING:
                raise
            return otherwise
        if self._progress.proven is Evidence.REACHED:
            self._progress.proven = Evidence.SERVED
        return re.sub(r"\\(.)", r"\1", answer)


async def _no_look() -> None:
    """Leave out when a refused certificate expires: `tls` tells that."""
