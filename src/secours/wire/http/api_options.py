"""Options of an HTTP API: its address, and our account there."""

from urllib.parse import urlsplit

from secours.message import BadValue
from secours.model.secret import Secret
from secours.model.sections.channel import Path
from secours.wire.http.api import Service
from secours.wire.net.tls import ExpiryOptions, TlsOptions


class ApiOptions(TlsOptions, frozen=True, kw_only=True):
    """Address of an API."""

    base_url: str
    """Address that all of the API begin with."""

    def __post_init__(self) -> None:
        check_url("base_url", self.base_url)


class ServerOptions(ExpiryOptions, frozen=True, kw_only=True):
    """Address of one's own server, and the login there."""

    base_url: str
    """Address that all of the server's API begin with."""
    token: Secret | None = None
    """Access token of our account, named as ${NAME}; instead of a user name."""
    username: str | None = None
    """User name of our account; instead of a token."""
    password: Secret | None = None
    """Password of that user, named as ${NAME}."""

    def __post_init__(self) -> None:
        check_url("base_url", self.base_url)
        check_account(self.username, self.password)
        if self.token is not None and self.username is not None:
            raise BadValue("plan.option.one-login")

    @property
    def logs_in(self) -> bool:
        """Tell whether we have an account there."""
        return self.token is not None or self.username is not None

    def service(self, path: Path | None) -> Service:
        """Return the API, with our login in each request."""
        return Service(
            self.base_url,
            path,
            self,
            token=self.token,
            username=self.username,
            password=self.password,
        )


def check_url(option: str, url: str, *, query: bool = False) -> None:
    """Raise BadValue for anything but a plain address of an API."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise BadValue("plan.option.no-url", option=option) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadValue("plan.option.web-address", option=option)
    if parts.username is not None or parts.password is not None:
        raise BadValue("plan.option.url-password", option=option)
    if parts.fragment or (parts.query and not query):
        raise BadValue("plan.option.url-end", option=option)


def check_account(username: str | None, password: Secret | None) -> None:
    """Raise BadValue for half a login: it says what is missing."""
    if (username is None) != (password is None):
        raise BadValue("plan.option.each-other", option="username", other="password")
